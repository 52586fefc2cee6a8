package dev.fishplate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The canonical form of a decision, for hashing and comparing: docs/canonical.md gives every byte.
 *
 * <p>It is computed here, in Java, from the decision's own Java values, and knows nothing of the
 * record that came over the border: so it proves that the values arrived.
 */
public final class Canonical {
  private static final byte[] DECISION = "FPD1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REFUSAL = "FPR1".getBytes(StandardCharsets.US_ASCII);
  private static final long NAN = 0x7ff8_0000_0000_0000L;

  private byte[] bytes = new byte[256];
  private int size;

  Canonical() {}

  /** The canonical form of {@code decision}. */
  public static byte[] of(Decision decision) {
    Canonical out = new Canonical();
    out.raw(DECISION);
    out.raw(decision.version());
    out.raw(decision.id());
    out.u8((decision.late() ? 1 : 0) | (decision.repeated() ? 2 : 0));
    out.trace(decision.trace());
    out.named(decision.outputs());
    out.names(decision.matched());
    out.named(decision.features());
    out.errors(decision.errors());
    out.names(decision.shadowMatched());
    out.errors(decision.shadowErrors());
    return out.toBytes();
  }

  /** The canonical form of a refused event. */
  public static byte[] of(FishplateException refusal) {
    Canonical out = new Canonical();
    out.raw(REFUSAL);
    out.i32(refusal.status().value());
    out.i32(LayoutReader.number(refusal.code()));
    return out.toBytes();
  }

  /**
   * The canonical form of one value of a decision.
   *
   * @throws IllegalArgumentException if no decision can hold it
   */
  public static byte[] ofValue(Object value) {
    Canonical out = new Canonical();
    out.value(value);
    return out.toBytes();
  }

  /** SHA-256 over the parts, one after another. */
  static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** The first 128 bits of SHA-256 over a rule set's version and an identity (kind and value). */
  static byte[] decisionId(byte[] version, byte[] identity) {
    return Arrays.copyOf(sha256(version, identity), 16);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  void u8(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  void i32(int value) {
    reserve(4);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes[size++] = (byte) (value >> shift);
    }
  }

  void i64(long value) {
    reserve(8);
    for (int shift = 0; shift < 64; shift += 8) {
      bytes[size++] = (byte) (value >> shift);
    }
  }

  void value(Object value) {
    if (value == null) {
      u8(Tag.NULL);
    } else if (value instanceof Boolean truth) {
      u8(Tag.BOOL);
      u8(truth ? 1 : 0);
    } else if (value instanceof Long number) {
      u8(Tag.INT);
      i64(number);
    } else if (value instanceof Uint number) {
      u8(Tag.UINT);
      i64(number.bits());
    } else if (value instanceof Double number) {
      u8(Tag.DOUBLE);
      i64(doubleBits(number));
    } else if (value instanceof String text) {
      u8(Tag.STRING);
      text(text);
    } else if (value instanceof byte[] array) {
      u8(Tag.BYTES);
      counted(array);
    } else {
      timeOrMany(value);
    }
  }

  private void timeOrMany(Object value) {
    if (value instanceof Instant instant) {
      u8(Tag.TIMESTAMP);
      i64(instant.getEpochSecond());
      i32(instant.getNano());
    } else if (value instanceof Duration duration) {
      u8(Tag.DURATION);
      // Java floors the seconds; the canonical form counts both parts towards zero, with one sign.
      boolean floored = duration.getSeconds() < 0 && duration.getNano() > 0;
      i64(duration.getSeconds() + (floored ? 1 : 0));
      i32(duration.getNano() - (floored ? 1_000_000_000 : 0));
    } else if (value instanceof List<?> values) {
      u8(Tag.LIST);
      i32(values.size());
      values.forEach(this::value);
    } else if (value instanceof Map<?, ?> map) {
      map(map);
    } else {
      throw new IllegalArgumentException("no decision holds a " + value.getClass().getName());
    }
  }

  private record Entry(byte[] sortedBy, Object key, Object value) {}

  /** Entries sorted by the UTF-8 bytes of their keys' text. */
  private void map(Map<?, ?> map) {
    u8(Tag.MAP);
    i32(map.size());
    map.entrySet().stream()
        .map(entry -> new Entry(keyText(entry.getKey()), entry.getKey(), entry.getValue()))
        .sorted((a, b) -> Arrays.compareUnsigned(a.sortedBy, b.sortedBy))
        .forEach(
            entry -> {
              value(entry.key);
              value(entry.value);
            });
  }

  private static byte[] keyText(Object key) {
    return String.valueOf(key).getBytes(StandardCharsets.UTF_8);
  }

  /** One NaN, no negative zero. */
  private static long doubleBits(double value) {
    if (Double.isNaN(value)) {
      return NAN;
    }
    return value == 0.0 ? 0 : Double.doubleToRawLongBits(value);
  }

  private void trace(Optional<TraceContext> trace) {
    u8(trace.isPresent() ? 1 : 0);
    trace.ifPresent(
        context -> {
          raw(context.traceId());
          raw(context.spanId());
          u8(context.flags());
        });
  }

  private void named(Map<String, Object> values) {
    i32(values.size());
    values.forEach(
        (name, value) -> {
          text(name);
          value(value);
        });
  }

  private void names(List<String> names) {
    i32(names.size());
    names.forEach(this::text);
  }

  private void errors(List<DecisionError> errors) {
    i32(errors.size());
    for (DecisionError error : errors) {
      u8(error.kind() == DecisionError.Kind.RULE ? 1 : 2);
      text(error.name());
      i32(LayoutReader.number(error.code()));
      i32(error.line());
      i32(error.column());
    }
  }

  private void text(String text) {
    counted(text.getBytes(StandardCharsets.UTF_8));
  }

  private void counted(byte[] counted) {
    i32(counted.length);
    raw(counted);
  }

  void raw(byte[] raw) {
    reserve(raw.length);
    System.arraycopy(raw, 0, bytes, size, raw.length);
    size += raw.length;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
