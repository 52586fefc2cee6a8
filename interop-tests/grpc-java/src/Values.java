import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.NullValue;
import com.google.protobuf.Timestamp;
import dev.fishplate.v1.Entry;
import dev.fishplate.v1.NamedValue;
import dev.fishplate.v1.Value;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

/**
 * Values of the wire contract as tagged text, and tagged text as values of the wire contract:
 * {@code n b0|b1 i<dec> u<dec> d<16 hex digits> s<percent text> y<hex> t<s>;<ns> p<s>;<ns> [v,v]
 * {k=v,k=v}}. Knows values; knows no events and no decisions.
 */
final class Values {
  private static final String UNRESERVED = "._~/:-";

  private Values() {}

  /** A text that is not what the protocol has there: a mistake of whoever sent it. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  // --- texts ---

  /** Every byte but the unreserved ones as %XX. */
  static String percent(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      char letter = (char) (each & 0xff);
      boolean plain = letter < 0x80 && (Character.isLetterOrDigit(letter));
      if (plain || UNRESERVED.indexOf(letter) >= 0) {
        out.append(letter);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(each));
      }
    }
    return out.toString();
  }

  /** The text behind a percent-encoded one. */
  static String unpercent(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
    for (int at = 0; at < text.length(); at++) {
      if (text.charAt(at) == '%') {
        out.write(HexFormat.fromHexDigits(text, at + 1, at + 3));
        at += 2;
      } else {
        out.write(text.charAt(at));
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  static ByteString unhex(String text) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text));
  }

  // --- writing ---

  static String write(Value value) {
    return switch (value.getKindCase()) {
      case NULL, KIND_NOT_SET -> "n";
      case BOOL -> value.getBool() ? "b1" : "b0";
      case INT -> "i" + value.getInt();
      case UINT -> "u" + Long.toUnsignedString(value.getUint());
      case DOUBLE ->
          "d" + HexFormat.of().toHexDigits(Double.doubleToRawLongBits(value.getDouble()));
      case STRING -> "s" + percent(value.getString());
      case BYTES -> "y" + hex(value.getBytes());
      case TIMESTAMP -> {
        Timestamp time = value.getTimestamp();
        yield "t" + time.getSeconds() + ";" + time.getNanos();
      }
      case DURATION -> {
        Duration time = value.getDuration();
        yield "p" + time.getSeconds() + ";" + time.getNanos();
      }
      case LIST -> {
        StringJoiner list = new StringJoiner(",", "[", "]");
        value.getList().getValuesList().forEach(item -> list.add(write(item)));
        yield list.toString();
      }
      case MAP -> {
        StringJoiner map = new StringJoiner(",", "{", "}");
        for (Entry entry : value.getMap().getEntriesList()) {
          map.add(write(entry.getKey()) + "=" + write(entry.getValue()));
        }
        yield map.toString();
      }
      case UNSUPPORTED -> throw new Malformed("a decision holds no unsupported value");
    };
  }

  /** Names and values as a map whose keys are strings. */
  static String writeNamed(List<NamedValue> pairs) {
    StringJoiner out = new StringJoiner(",", "{", "}");
    for (NamedValue pair : pairs) {
      out.add("s" + percent(pair.getName()) + "=" + write(pair.getValue()));
    }
    return out.toString();
  }

  /** Texts as a list of strings. */
  static String writeTexts(Iterable<String> texts) {
    StringJoiner out = new StringJoiner(",", "[", "]");
    texts.forEach(text -> out.add("s" + percent(text)));
    return out.toString();
  }

  // --- reading ---

  /** An event: a map whose keys are the names of fields. */
  static dev.fishplate.v1.Map readFields(String text) {
    Reader reader = new Reader(text);
    Value value = reader.value();
    if (reader.at != text.length() || !value.hasMap()) {
      throw new Malformed("a map event is one {..}: " + text);
    }
    return value.getMap();
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    Value value() {
      char tag = text.charAt(at++);
      if (tag == '[') {
        List<Value> items = new ArrayList<>();
        while (!ended(']')) {
          items.add(value());
        }
        return Value.newBuilder()
            .setList(dev.fishplate.v1.List.newBuilder().addAllValues(items))
            .build();
      }
      if (tag == '{') {
        List<Entry> entries = new ArrayList<>();
        while (!ended('}')) {
          Value key = value();
          if (text.charAt(at++) != '=') {
            throw new Malformed("a key without a value: " + text);
          }
          entries.add(Entry.newBuilder().setKey(key).setValue(value()).build());
        }
        return Value.newBuilder()
            .setMap(dev.fishplate.v1.Map.newBuilder().addAllEntries(entries))
            .build();
      }
      int begin = at;
      while (at < text.length() && ",=]}".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return scalar(tag, text.substring(begin, at));
    }

    /** Passes over the comma between two items; says whether there are no more. */
    private boolean ended(char close) {
      if (text.charAt(at) == ',') {
        at++;
      }
      if (text.charAt(at) == close) {
        at++;
        return true;
      }
      return false;
    }

    private static Value scalar(char tag, String body) {
      Value.Builder value = Value.newBuilder();
      return switch (tag) {
        case 'n' -> value.setNull(NullValue.NULL_VALUE).build();
        case 'b' -> value.setBool(body.equals("1")).build();
        case 'i' -> value.setInt(Long.parseLong(body)).build();
        case 'u' -> value.setUint(Long.parseUnsignedLong(body)).build();
        case 'd' ->
            value.setDouble(Double.longBitsToDouble(HexFormat.fromHexDigitsToLong(body))).build();
        case 's' -> value.setString(unpercent(body)).build();
        case 'y' -> value.setBytes(unhex(body)).build();
        case 't' -> value.setTimestamp(timestamp(body)).build();
        case 'p' -> value.setDuration(duration(body)).build();
        default -> throw new Malformed("no tag " + tag);
      };
    }

    private static Timestamp timestamp(String body) {
      String[] parts = body.split(";");
      return Timestamp.newBuilder()
          .setSeconds(Long.parseLong(parts[0]))
          .setNanos(Integer.parseInt(parts[1]))
          .build();
    }

    private static Duration duration(String body) {
      String[] parts = body.split(";");
      return Duration.newBuilder()
          .setSeconds(Long.parseLong(parts[0]))
          .setNanos(Integer.parseInt(parts[1]))
          .build();
    }
  }
}
