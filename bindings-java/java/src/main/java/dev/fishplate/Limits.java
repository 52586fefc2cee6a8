package dev.fishplate;

import java.util.Arrays;
import java.util.List;

/**
 * The bounds on what comes in, for loading a rule set and for opening an engine. A bound that is
 * not set, or set to 0, has its default. Immutable.
 *
 * <p>What breaks a bound is refused with {@link StatusCode#INVALID_ARGUMENT}, before memory is
 * taken for it.
 */
public final class Limits {
  /** Every bound by its name, in the order of the core's table. */
  static final List<String> NAMES =
      List.of(
          "message_depth",
          "message_fields",
          "event_bytes",
          "list_entries",
          "string_bytes",
          "document_bytes",
          "rules",
          "expression_depth",
          "expression_nodes",
          "cost",
          "table_rows");

  private static final Limits DEFAULTS = new Limits(new long[NAMES.size()]);

  private final long[] values;

  private Limits(long[] values) {
    this.values = values;
  }

  /** Every bound at its default. */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The bound called {@code name}, 0 if it has its default.
   *
   * @throws IllegalArgumentException if there is no bound of this name
   */
  public long get(String name) {
    return values[indexOf(name)];
  }

  /** The values in the order of {@link #NAMES}. */
  long[] values() {
    return values.clone();
  }

  private static int indexOf(String name) {
    int at = NAMES.indexOf(name);
    if (at < 0) {
      throw new IllegalArgumentException("no limit is called " + name + "; there are " + NAMES);
    }
    return at;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Limits limits && Arrays.equals(limits.values, values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Limits[");
    for (int at = 0; at < values.length; at++) {
      if (values[at] != 0) {
        text.append(text.length() > 7 ? ", " : "").append(NAMES.get(at)).append('=');
        text.append(Long.toUnsignedString(values[at]));
      }
    }
    return text.append(']').toString();
  }

  /** Collects bounds. For one thread at a time. */
  public static final class Builder {
    private final long[] values = new long[NAMES.size()];

    private Builder() {}

    /** Messages nested in messages of an event; 16 by default. */
    public Builder messageDepth(long value) {
      return set("message_depth", value);
    }

    /** Fields of one message of an event; 1,024 by default. */
    public Builder messageFields(long value) {
      return set("message_fields", value);
    }

    /** Bytes of one event; 1 MiB by default. */
    public Builder eventBytes(long value) {
      return set("event_bytes", value);
    }

    /** Entries of one list or map of an event; 10,000 by default. */
    public Builder listEntries(long value) {
      return set("list_entries", value);
    }

    /** Bytes of one string or bytes field of an event; 256 KiB by default. */
    public Builder stringBytes(long value) {
      return set("string_bytes", value);
    }

    /** Bytes of a rule document; 32 MiB by default. */
    public Builder documentBytes(long value) {
      return set("document_bytes", value);
    }

    /** Rules of one document; 100,000 by default. */
    public Builder rules(long value) {
      return set("rules", value);
    }

    /** Nesting of one expression; 250 by default. */
    public Builder expressionDepth(long value) {
      return set("expression_depth", value);
    }

    /** Nodes of one expression; 10,000 by default. */
    public Builder expressionNodes(long value) {
      return set("expression_nodes", value);
    }

    /** Cost of one evaluation of one expression, in units of cel-go; 1,000,000 by default. */
    public Builder cost(long value) {
      return set("cost", value);
    }

    /** Rows of all lookup tables of one document; 100,000 by default. */
    public Builder tableRows(long value) {
      return set("table_rows", value);
    }

    /**
     * Sets a bound by its name, as a rule document's tools name it: {@code "string_bytes"}.
     *
     * @throws IllegalArgumentException if there is no bound of this name, or the value is negative
     */
    public Builder set(String name, long value) {
      int at = indexOf(name);
      if (value < 0) {
        throw new IllegalArgumentException("limit " + name + " is negative: " + value);
      }
      values[at] = value;
      return this;
    }

    /** The bounds collected so far. */
    public Limits build() {
      return new Limits(values.clone());
    }
  }
}
