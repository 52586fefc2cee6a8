import com.google.protobuf.ByteString;
import dev.fishplate.v1.Decision;
import dev.fishplate.v1.DecisionError;
import dev.fishplate.v1.Entry;
import dev.fishplate.v1.NamedValue;
import dev.fishplate.v1.Refusal;
import dev.fishplate.v1.Value;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The canonical form of a decision, from the messages of the wire contract and from
 * docs/canonical.md alone: it shares no code with Fishplate's own Java.
 */
final class CanonicalForm {
  private static final long THE_NAN = 0x7ff8_0000_0000_0000L;

  private byte[] bytes = new byte[512];
  private int size;

  private CanonicalForm() {}

  /** Every byte of a decision. */
  static byte[] of(Decision decision) {
    CanonicalForm form = new CanonicalForm();
    form.raw("FPD1".getBytes(StandardCharsets.US_ASCII));
    form.raw(decision.getRuleSetVersion());
    form.raw(decision.getId());
    form.u8((decision.getLate() ? 1 : 0) | (decision.getRepeated() ? 2 : 0));
    form.u8(decision.getTrace().isEmpty() ? 0 : 1);
    form.raw(decision.getTrace());
    form.named(decision.getOutputsList());
    form.texts(decision.getMatchedList());
    form.named(decision.getFeaturesList());
    form.errors(decision.getErrorsList());
    form.texts(decision.getShadowMatchedList());
    form.errors(decision.getShadowErrorsList());
    return form.taken();
  }

  /** Every byte of a refused event. */
  static byte[] of(Refusal refusal) {
    CanonicalForm form = new CanonicalForm();
    form.raw("FPR1".getBytes(StandardCharsets.US_ASCII));
    form.u32(refusal.getStatus());
    form.u32(refusal.getDiagnostics(0).getCode());
    return form.taken();
  }

  static byte[] sha256(byte[] bytes) {
    return digest().digest(bytes);
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("every Java has SHA-256", absent);
    }
  }

  private byte[] taken() {
    return Arrays.copyOf(bytes, size);
  }

  // --- values ---

  private void value(Value value) {
    switch (value.getKindCase()) {
      case NULL, KIND_NOT_SET -> u8(0);
      case BOOL -> {
        u8(1);
        u8(value.getBool() ? 1 : 0);
      }
      case INT -> {
        u8(2);
        u64(value.getInt());
      }
      case UINT -> {
        u8(3);
        u64(value.getUint());
      }
      case DOUBLE -> {
        u8(4);
        u64(bits(value.getDouble()));
      }
      case STRING -> {
        u8(5);
        text(value.getString());
      }
      case BYTES -> {
        u8(6);
        u32(value.getBytes().size());
        raw(value.getBytes());
      }
      case TIMESTAMP -> time(7, value.getTimestamp().getSeconds(), value.getTimestamp().getNanos());
      case DURATION -> time(8, value.getDuration().getSeconds(), value.getDuration().getNanos());
      case LIST -> {
        u8(9);
        u32(value.getList().getValuesCount());
        value.getList().getValuesList().forEach(this::value);
      }
      case MAP -> map(value.getMap().getEntriesList());
      case UNSUPPORTED -> throw new IllegalStateException("a decision holds no unsupported value");
    }
  }

  /** One NaN, and no negative zero. */
  private static long bits(double number) {
    if (Double.isNaN(number)) {
      return THE_NAN;
    }
    return number == 0.0 ? 0 : Double.doubleToRawLongBits(number);
  }

  private void time(int tag, long seconds, int nanos) {
    u8(tag);
    u64(seconds);
    u32(nanos);
  }

  private void map(List<Entry> entries) {
    List<Map.Entry<byte[], Entry>> sorted = new ArrayList<>();
    entries.forEach(entry -> sorted.add(Map.entry(keyText(entry.getKey()), entry)));
    sorted.sort(Map.Entry.comparingByKey(Arrays::compareUnsigned));
    u8(10);
    u32(sorted.size());
    for (Map.Entry<byte[], Entry> entry : sorted) {
      value(entry.getValue().getKey());
      value(entry.getValue().getValue());
    }
  }

  private static byte[] keyText(Value key) {
    String text =
        switch (key.getKindCase()) {
          case STRING -> key.getString();
          case BOOL -> Boolean.toString(key.getBool());
          case INT -> Long.toString(key.getInt());
          case UINT -> Long.toUnsignedString(key.getUint());
          default -> throw new IllegalStateException("no key of a map: " + key.getKindCase());
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // --- parts of a decision ---

  private void named(List<NamedValue> pairs) {
    u32(pairs.size());
    for (NamedValue pair : pairs) {
      text(pair.getName());
      value(pair.getValue());
    }
  }

  private void texts(List<String> texts) {
    u32(texts.size());
    texts.forEach(this::text);
  }

  private void errors(List<DecisionError> errors) {
    u32(errors.size());
    for (DecisionError error : errors) {
      u8(error.getSubjectValue());
      text(error.getName());
      u32(error.getCode());
      u32(error.getLine());
      u32(error.getColumn());
    }
  }

  // --- bytes ---

  private void text(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    u32(encoded.length);
    raw(encoded);
  }

  private void raw(ByteString more) {
    need(more.size());
    more.copyTo(bytes, size);
    size += more.size();
  }

  private void raw(byte[] more) {
    need(more.length);
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
  }

  private void u8(int value) {
    need(1);
    bytes[size++] = (byte) value;
  }

  private void u32(int value) {
    little(value, 4);
  }

  private void u64(long value) {
    little(value, 8);
  }

  private void little(long value, int width) {
    need(width);
    for (int at = 0; at < width; at++) {
      bytes[size++] = (byte) (value >>> (8 * at));
    }
  }

  private void need(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }
}
