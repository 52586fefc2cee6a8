package dev.fishplate;

import java.io.Serializable;
import java.util.Optional;

/**
 * One thing that is wrong with what came in.
 *
 * @param code its stable code: {@code F0203}
 * @param message what is wrong, without a full stop
 * @param place where
 * @param expected what was expected there; may be empty
 * @param suggestionOrNull what to do about it, or null; read it with {@link #suggestion()}
 */
public record Diagnostic(
    String code, String message, Place place, String expected, String suggestionOrNull)
    implements Serializable {
  /** What to do about it, where there is one suggestion. */
  public Optional<String> suggestion() {
    return Optional.ofNullable(suggestionOrNull);
  }

  /**
   * Where something is wrong.
   *
   * @param kind what the name names
   * @param name the file of a text, the path of an event's field (empty: the event itself), or the
   *     name of a file or argument
   * @param line line of the text, from 1; 0 where there is no text
   * @param column column, from 1, in code points; 0 where there is no text
   * @param width code points to underline on this line; 0 where there is no text
   * @param source the line itself; empty where there is no text, or if it has more than 1,000 code
   *     points
   */
  public record Place(Kind kind, String name, int line, int column, int width, String source)
      implements Serializable {
    /** What a place is in. */
    public enum Kind {
      /** Nowhere in what came in. */
      NONE,
      /** In a text: a rule document or a {@code .proto} file. */
      TEXT,
      /** In a field of an event. */
      FIELD,
      /** A file that could not be read, or an argument. */
      NAME
    }

    /** {@code rules.yaml:14:24}, {@code event.amount}, {@code event}, a name, or {@code -}. */
    @Override
    public String toString() {
      return switch (kind) {
        case NONE -> "-";
        case TEXT -> name + ":" + line + ":" + column;
        case FIELD -> name.isEmpty() ? "event" : "event." + name;
        case NAME -> name;
      };
    }
  }
}
