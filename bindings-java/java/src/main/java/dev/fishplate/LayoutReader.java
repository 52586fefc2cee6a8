package dev.fishplate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the border's little-endian records (docs/layout.md) into Java's own values. Knows no native
 * code: it reads a copy that Java owns. For one thread.
 */
final class LayoutReader {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private int at;
  private boolean sawBytes;

  LayoutReader(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  static int intAt(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  static long longAt(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  int u8() {
    return bytes[at++] & 0xff;
  }

  int i32() {
    int value = intAt(bytes, at);
    at += 4;
    return value;
  }

  long i64() {
    long value = longAt(bytes, at);
    at += 8;
    return value;
  }

  String text() {
    int length = i32();
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  byte[] bytes() {
    return raw(i32());
  }

  byte[] raw(int length) {
    byte[] copy = new byte[length];
    System.arraycopy(bytes, at, copy, 0, length);
    at += length;
    return copy;
  }

  /** Everything that is left. */
  byte[] rest() {
    return raw(bytes.length - at);
  }

  /**
   * Whether a value read so far was, or held, a {@code byte[]}, which its receiver could change.
   */
  boolean sawBytes() {
    return sawBytes;
  }

  /** A value in Java's own form; lists and maps cannot be changed and keep their order. */
  Object value() {
    int tag = u8();
    return switch (tag) {
      case Tag.NULL -> null;
      case Tag.BOOL -> u8() != 0;
      case Tag.INT -> i64();
      case Tag.UINT -> Uint.fromBits(i64());
      case Tag.DOUBLE -> Double.longBitsToDouble(i64());
      case Tag.STRING -> text();
      case Tag.BYTES -> {
        sawBytes = true;
        yield bytes();
      }
      case Tag.TIMESTAMP -> Instant.ofEpochSecond(i64(), i32());
      case Tag.DURATION -> Duration.ofSeconds(i64(), i32());
      case Tag.LIST -> list();
      case Tag.MAP -> map();
      default -> throw new IllegalStateException("a value of unknown tag " + tag);
    };
  }

  private List<Object> list() {
    int count = i32();
    List<Object> values = new ArrayList<>(count);
    for (int index = 0; index < count; index++) {
      values.add(value());
    }
    return Collections.unmodifiableList(values);
  }

  private Map<Object, Object> map() {
    int count = i32();
    Map<Object, Object> entries = newMap(count);
    for (int index = 0; index < count; index++) {
      Object key = value();
      entries.put(key, value());
    }
    return Collections.unmodifiableMap(entries);
  }

  /** Names and their values, in order. */
  Map<String, Object> fields() {
    int count = i32();
    Map<String, Object> fields = newMap(count);
    for (int index = 0; index < count; index++) {
      String name = text();
      fields.put(name, value());
    }
    return Collections.unmodifiableMap(fields);
  }

  /** Texts, in order. */
  List<String> texts() {
    int count = i32();
    if (count == 0) {
      return List.of();
    }
    String[] texts = new String[count];
    for (int index = 0; index < count; index++) {
      texts[index] = text();
    }
    return List.of(texts);
  }

  /** Errors of a decision, in order. */
  List<DecisionError> errors() {
    int count = i32();
    if (count == 0) {
      return List.of();
    }
    DecisionError[] errors = new DecisionError[count];
    for (int index = 0; index < count; index++) {
      DecisionError.Kind kind = u8() == 1 ? DecisionError.Kind.RULE : DecisionError.Kind.OUTPUT;
      String name = text();
      errors[index] = new DecisionError(kind, name, code(i32()), i32(), i32(), text());
    }
    return List.of(errors);
  }

  /** A code as it is shown: {@code F0203}. */
  static String code(int number) {
    String digits = Integer.toString(number);
    return digits.length() >= 4 ? "F" + digits : "F0000".substring(0, 5 - digits.length()) + digits;
  }

  /** The number of a code: 203 of {@code F0203}. */
  static int number(String code) {
    return Integer.parseInt(code, 1, code.length(), 10);
  }

  private static <K, V> Map<K, V> newMap(int count) {
    return new LinkedHashMap<>(Math.max(4, count * 4 / 3 + 1));
  }
}
