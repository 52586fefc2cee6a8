package dev.fishplate;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;

/**
 * Writes Java's values as the border's little-endian records (docs/layout.md) into a direct buffer
 * that grows. Knows no native code. For one thread.
 */
final class LayoutWriter {
  /** No event, batch or document comes near: a request above it is a mistake of its caller. */
  private static final int MAX_BYTES = 1 << 30;

  /** Texts up to this length reserve three bytes a char without counting them first. */
  private static final int SHORT_TEXT = 1 << 12;

  private ByteBuffer buffer;
  private int at;

  /** The lists and maps that are being written. */
  private final ArrayDeque<Object> path = new ArrayDeque<>(0);

  /** Writes from the start of {@code buffer}. */
  LayoutWriter(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  /** A direct buffer in the border's byte order. */
  static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The buffer written to: the one given, or a larger one that took its place. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** Bytes written. */
  int size() {
    return at;
  }

  void u8(int value) {
    ensure(1);
    buffer.put(at++, (byte) value);
  }

  void i32(int value) {
    ensure(4);
    buffer.putInt(at, value);
    at += 4;
  }

  void i64(long value) {
    ensure(8);
    buffer.putLong(at, value);
    at += 8;
  }

  /** Writes a u32 later: gives the place to hand to {@link #fill}. */
  int gap() {
    i32(0);
    return at - 4;
  }

  void fill(int place, int value) {
    buffer.putInt(place, value);
  }

  void raw(byte[] bytes) {
    ensure(bytes.length);
    buffer.put(at, bytes);
    at += bytes.length;
  }

  void bytes(byte[] bytes) {
    i32(bytes.length);
    raw(bytes);
  }

  void text(CharSequence text) {
    int place = gap();
    chars(text);
    fill(place, at - place - 4);
  }

  /** The UTF-8 bytes of {@code text}, without their length. */
  void chars(CharSequence text) {
    int length = text.length();
    ensure(length <= SHORT_TEXT ? 3L * length : Utf8.length(text));
    for (int index = 0; index < length; index++) {
      char unit = text.charAt(index);
      if (unit < 0x80) {
        buffer.put(at++, (byte) unit);
      } else {
        int point = Character.codePointAt(text, index);
        index += Character.charCount(point) - 1;
        int size = Utf8.size(point);
        for (int rest = 0; rest < size; rest++) {
          buffer.put(at++, Utf8.unit(point, size, rest));
        }
      }
    }
  }

  /**
   * A tag and a value; what no field can take is written as the name of its class.
   *
   * @param levels how many lists and maps within each other are written with their entries; below
   *     them, and where one holds itself, they are written empty
   */
  void value(Object value, int levels) {
    if (value instanceof CharSequence text) {
      u8(Tag.STRING);
      text(text);
    } else if (value instanceof Number number) {
      number(number);
    } else if (value == null) {
      u8(Tag.NULL);
    } else if (value instanceof Boolean truth) {
      u8(Tag.BOOL);
      u8(truth ? 1 : 0);
    } else if (value instanceof byte[] array) {
      u8(Tag.BYTES);
      bytes(array);
    } else if (value instanceof Enum<?> constant) {
      u8(Tag.STRING);
      text(constant.name());
    } else if (value instanceof List<?> list) {
      list(list, levels);
    } else if (value instanceof Map<?, ?> map) {
      map(map, levels);
    } else {
      timeOrOther(value);
    }
  }

  private void number(Number number) {
    if (number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte) {
      integer(Tag.INT, number.longValue());
    } else if (number instanceof Double || number instanceof Float) {
      integer(Tag.DOUBLE, Double.doubleToRawLongBits(number.doubleValue()));
    } else if (number instanceof Uint uint) {
      integer(Tag.UINT, uint.bits());
    } else if (number instanceof BigInteger big && big.bitLength() <= 63) {
      integer(Tag.INT, big.longValue());
    } else if (number instanceof BigInteger big && big.signum() > 0 && big.bitLength() == 64) {
      integer(Tag.UINT, big.longValue());
    } else if (number instanceof BigInteger) {
      other("an int of more than 64 bits");
    } else {
      other(describe(number));
    }
  }

  private void integer(int tag, long bits) {
    ensure(9);
    buffer.put(at, (byte) tag);
    buffer.putLong(at + 1, bits);
    at += 9;
  }

  private void timeOrOther(Object value) {
    if (value instanceof Instant instant) {
      time(Tag.TIMESTAMP, instant.getEpochSecond(), instant.getNano());
    } else if (value instanceof Duration duration) {
      duration(duration);
    } else if (value instanceof OffsetDateTime time) {
      time(Tag.TIMESTAMP, time.toEpochSecond(), time.getNano());
    } else if (value instanceof ZonedDateTime time) {
      time(Tag.TIMESTAMP, time.toEpochSecond(), time.getNano());
    } else {
      other(describe(value));
    }
  }

  /** Java floors a duration's seconds; at the border both parts have the sign of the whole. */
  private void duration(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    boolean towardsZero = seconds < 0 && nanos > 0;
    time(
        Tag.DURATION,
        towardsZero ? seconds + 1 : seconds,
        towardsZero ? nanos - 1_000_000_000 : nanos);
  }

  private void time(int tag, long seconds, int nanos) {
    integer(tag, seconds);
    i32(nanos);
  }

  private void list(List<?> list, int levels) {
    u8(Tag.LIST);
    int place = gap();
    int count = 0;
    if (levels > 0 && enter(list)) {
      for (Object value : list) {
        value(value, levels - 1);
        count++;
      }
      leave();
    }
    fill(place, count);
  }

  private void map(Map<?, ?> map, int levels) {
    u8(Tag.MAP);
    int place = gap();
    int count = 0;
    if (levels > 0 && enter(map)) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        value(entry.getKey(), 0);
        value(entry.getValue(), levels - 1);
        count++;
      }
      leave();
    }
    fill(place, count);
  }

  /** Steps into a list or map; false if it holds itself. */
  private boolean enter(Object container) {
    for (Object outer : path) {
      if (outer == container) {
        return false;
      }
    }
    path.push(container);
    return true;
  }

  private void leave() {
    path.pop();
  }

  /** Something that no field can take, in Java's words: the core refuses it at its field. */
  private void other(String what) {
    u8(Tag.OTHER);
    text(what);
  }

  private static String describe(Object value) {
    String name = value.getClass().getTypeName();
    return ("AEIOUaeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
  }

  private void ensure(long more) {
    long needed = at + more;
    if (needed > buffer.capacity()) {
      grow(needed);
    }
  }

  private void grow(long needed) {
    if (needed > MAX_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes in one call");
    }
    ByteBuffer larger =
        allocate((int) Math.min(MAX_BYTES, Math.max(needed, 2L * buffer.capacity())));
    larger.put(0, buffer, 0, at);
    buffer = larger;
  }
}
