package dev.fishplate;

/**
 * Java's text as UTF-8 bytes, for the border.
 *
 * <p>{@link String#getBytes} puts a question mark for a lone surrogate, so that two different
 * events would become one. Here a lone surrogate becomes the three bytes that its number would
 * have, which are not UTF-8: the core refuses them with its own code, as for every other caller.
 */
final class Utf8 {
  private Utf8() {}

  /** The bytes of {@code text}. */
  static byte[] encode(CharSequence text) {
    byte[] bytes = new byte[Math.toIntExact(length(text))];
    int at = 0;
    for (int index = 0; index < text.length(); ) {
      int point = Character.codePointAt(text, index);
      index += Character.charCount(point);
      int size = size(point);
      for (int rest = 0; rest < size; rest++) {
        bytes[at++] = unit(point, size, rest);
      }
    }
    return bytes;
  }

  /** How many bytes {@link #encode} gives. */
  static long length(CharSequence text) {
    long length = 0;
    for (int index = 0; index < text.length(); ) {
      int point = Character.codePointAt(text, index);
      index += Character.charCount(point);
      length += size(point);
    }
    return length;
  }

  /** How many bytes a code point (or a lone surrogate) takes. */
  static int size(int point) {
    if (point < 0x80) {
      return 1;
    }
    return point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  /** The {@code at}-th of the {@code size} bytes of {@code point}. */
  static byte unit(int point, int size, int at) {
    if (size == 1) {
      return (byte) point;
    }
    int bits = point >> (6 * (size - 1 - at));
    return (byte) (at == 0 ? (0xf00 >> size) & 0xff | bits : 0x80 | bits & 0x3f);
  }
}
