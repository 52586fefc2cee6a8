package dev.fishplate;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tagged text in which the vectors write values. */
final class Plain {
  private final String text;
  private int at;

  private Plain(String text) {
    this.text = text;
  }

  static Object read(String text) {
    return new Plain(text).value();
  }

  private Object value() {
    char tag = text.charAt(at++);
    if (tag == '[') {
      List<Object> values = new ArrayList<>();
      while (isNext(']')) {
        values.add(value());
      }
      return values;
    }
    if (tag == '{') {
      Map<Object, Object> entries = new LinkedHashMap<>();
      while (isNext('}')) {
        Object key = value();
        at++; // the equals sign
        entries.put(key, value());
      }
      return entries;
    }
    int start = at;
    while (at < text.length() && ",=]}".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return scalar(tag, text.substring(start, at));
  }

  /** Skips a comma, or the end of a list or map; whether another entry follows. */
  private boolean isNext(char end) {
    if (text.charAt(at) == ',') {
      at++;
    } else if (text.charAt(at) == end) {
      at++;
      return false;
    }
    return true;
  }

  private static Object scalar(char tag, String body) {
    String[] parts = body.split(";");
    return switch (tag) {
      case 'n' -> null;
      case 'b' -> body.equals("1");
      case 'i' -> Long.parseLong(body);
      case 'u' -> Uint.parse(body);
      case 'd' -> Double.longBitsToDouble(Long.parseUnsignedLong(body, 16));
      case 's' -> URLDecoder.decode(body, StandardCharsets.UTF_8);
      case 'y' -> HexFormat.of().parseHex(body);
      case 't' -> Instant.ofEpochSecond(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
      case 'p' -> Duration.ofSeconds(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
      default -> throw new IllegalArgumentException(tag + body);
    };
  }
}
