import dev.fishplate.Uint;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The tagged text of the runner protocol, to and from Java's own values. Knows nothing of events or
 * decisions.
 */
final class Tagged {
  /** A command that the protocol does not have: a mistake of whoever sent it, not of Fishplate. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String what) {
      super(what);
    }
  }

  private static final HexFormat HEX = HexFormat.of();

  private final String text;
  private int at;

  private Tagged(String text) {
    this.text = text;
  }

  /** Reads one value and nothing after it. */
  static Object read(String text) throws Malformed {
    Tagged reader = new Tagged(text);
    try {
      Object value = reader.value();
      if (reader.at < text.length()) {
        throw new Malformed("more than one value: " + text.substring(reader.at));
      }
      return value;
    } catch (RuntimeException wrong) {
      throw new Malformed("not a value: " + text + ": " + wrong);
    }
  }

  private Object value() throws Malformed {
    char tag = text.charAt(at++);
    if (tag == '[') {
      return list();
    }
    if (tag == '{') {
      return map();
    }
    int start = at;
    while (at < text.length() && ",=]}".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return scalar(tag, text.substring(start, at));
  }

  private List<Object> list() throws Malformed {
    List<Object> values = new ArrayList<>();
    while (!take(']')) {
      values.add(value());
      comma(']');
    }
    return values;
  }

  private Map<Object, Object> map() throws Malformed {
    Map<Object, Object> entries = new LinkedHashMap<>();
    while (!take('}')) {
      Object key = value();
      if (!take('=')) {
        throw new Malformed("a key without a value");
      }
      entries.put(key, value());
      comma('}');
    }
    return entries;
  }

  private boolean take(char wanted) {
    boolean found = text.charAt(at) == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private void comma(char close) throws Malformed {
    if (!take(',') && text.charAt(at) != close) {
      throw new Malformed("neither a comma nor " + close);
    }
  }

  private static Object scalar(char tag, String body) throws Malformed {
    return switch (tag) {
      case 'n' -> null;
      case 'b' -> body.equals("1");
      case 'i' -> Long.parseLong(body);
      case 'u' -> Uint.parse(body);
      case 'd' -> Double.longBitsToDouble(Long.parseUnsignedLong(body, 16));
      case 's' -> unpercent(body);
      case 'y' -> HEX.parseHex(body);
      case 't' -> Instant.ofEpochSecond(before(body), after(body));
      case 'p' -> Duration.ofSeconds(before(body), after(body));
      default -> throw new Malformed("not a value: " + tag + body);
    };
  }

  private static long before(String pair) {
    return Long.parseLong(pair.substring(0, pair.indexOf(';')));
  }

  private static int after(String pair) {
    return Integer.parseInt(pair.substring(pair.indexOf(';') + 1));
  }

  /** A value as tagged text. */
  static String write(Object value) {
    if (value == null) {
      return "n";
    } else if (value instanceof Boolean truth) {
      return truth ? "b1" : "b0";
    } else if (value instanceof Long number) {
      return "i" + number;
    } else if (value instanceof Uint number) {
      return "u" + number;
    } else if (value instanceof Double number) {
      return "d" + HEX.toHexDigits(Double.doubleToRawLongBits(number));
    } else if (value instanceof String string) {
      return "s" + percent(string);
    } else if (value instanceof byte[] bytes) {
      return "y" + HEX.formatHex(bytes);
    } else if (value instanceof Instant instant) {
      return "t" + instant.getEpochSecond() + ";" + instant.getNano();
    } else if (value instanceof Duration duration) {
      boolean floored = duration.getSeconds() < 0 && duration.getNano() > 0;
      return "p"
          + (duration.getSeconds() + (floored ? 1 : 0))
          + ";"
          + (duration.getNano() - (floored ? 1_000_000_000 : 0));
    } else if (value instanceof List<?> values) {
      StringJoiner list = new StringJoiner(",", "[", "]");
      values.forEach(entry -> list.add(write(entry)));
      return list.toString();
    } else if (value instanceof Map<?, ?> map) {
      StringJoiner entries = new StringJoiner(",", "{", "}");
      map.forEach((key, entry) -> entries.add(write(key) + "=" + write(entry)));
      return entries.toString();
    }
    throw new IllegalArgumentException("no decision holds a " + value.getClass());
  }

  /** Every byte of the text but the plain ones as %XX. */
  static String percent(String text) {
    StringBuilder out = new StringBuilder();
    for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
      char plain = (char) (unit & 0xff);
      boolean isPlain =
          plain >= 'a' && plain <= 'z'
              || plain >= 'A' && plain <= 'Z'
              || plain >= '0' && plain <= '9'
              || "._~/:-".indexOf(plain) >= 0;
      if (isPlain) {
        out.append(plain);
      } else {
        out.append('%').append(HEX.withUpperCase().toHexDigits(unit));
      }
    }
    return out.toString();
  }

  /** The text behind a percent-encoded one. */
  static String unpercent(String text) throws Malformed {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int at = 0; at < text.length(); at++) {
      char unit = text.charAt(at);
      if (unit == '%') {
        bytes.write(HexFormat.fromHexDigits(text, at + 1, at + 3));
        at += 2;
      } else {
        bytes.write(unit);
      }
    }
    try {
      ByteBuffer encoded = ByteBuffer.wrap(bytes.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(encoded).toString();
    } catch (CharacterCodingException wrong) {
      throw new Malformed("not UTF-8: " + text);
    }
  }
}
