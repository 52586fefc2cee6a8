package dev.fishplate;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a caller says of a session when it connects. What is not set, or set to 0, has its default.
 * Immutable.
 *
 * <p>On a network ({@code grpc://}) a session names a {@link Builder#deadline deadline}, or an
 * {@link Builder#idleTimeout idle timeout} and a {@link Builder#maxAge maximum age}; one that names
 * neither is refused.
 */
public final class SessionOptions {
  /** Every number by its name, in the order of the transport's table. */
  static final List<String> NAMES =
      List.of(
          "when_full",
          "window_events",
          "window_bytes",
          "deadline_ms",
          "idle_timeout_ms",
          "max_age_ms",
          "drain_ms",
          "connect_ms",
          "reconnect_ms",
          "epoch",
          "received");

  private static final int ID_SIZE = 16;
  private static final SessionOptions DEFAULTS = builder().build();

  /** What happens to an event when the window is full. */
  public enum WhenFull {
    /** It is refused: {@link StatusCode#RESOURCE_EXHAUSTED}. The default in process. */
    REJECT,
    /** The sender waits for room. The default elsewhere. */
    BLOCK,
    /**
     * The oldest event that was not sent yet is shed for it: its outcome is {@link
     * StatusCode#RESOURCE_EXHAUSTED}, and it is never decided.
     */
    SHED_OLDEST;

    /** The number that the transport has for it; 0 is its default. */
    int number() {
      return ordinal() + 1;
    }
  }

  private final long[] values;
  private final byte[] sessionId;
  private final String ruleSet;
  private final boolean picksUpTrace;

  private SessionOptions(Builder builder) {
    this.values = builder.values.clone();
    this.sessionId = builder.sessionId;
    this.ruleSet = builder.ruleSet;
    this.picksUpTrace = builder.picksUpTrace;
  }

  /** Everything at its default: enough in process and through shared memory. */
  public static SessionOptions defaults() {
    return DEFAULTS;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The number called {@code name} ({@code "window_events"}), 0 if it has its default.
   *
   * @throws IllegalArgumentException if there is no option of this name
   */
  public long get(String name) {
    return values[indexOf(name)];
  }

  /** The session's id, 16 bytes; empty: a random one. */
  public Optional<byte[]> sessionId() {
    return Optional.ofNullable(sessionId).map(byte[]::clone);
  }

  /** The name of the rule set; empty: the only one that the server has. */
  public String ruleSet() {
    return ruleSet;
  }

  /** Whether events without a trace of their own take the current OpenTelemetry span. */
  public boolean picksUpTrace() {
    return picksUpTrace;
  }

  /** The numbers in the order of {@link #NAMES}. */
  long[] values() {
    return values.clone();
  }

  private static int indexOf(String name) {
    int at = NAMES.indexOf(name);
    if (at < 0) {
      throw new IllegalArgumentException(
          "no session option is called " + name + "; there are " + NAMES);
    }
    return at;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionOptions options
        && Arrays.equals(options.values, values)
        && Arrays.equals(options.sessionId, sessionId)
        && options.ruleSet.equals(ruleSet)
        && options.picksUpTrace == picksUpTrace;
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(values), Arrays.hashCode(sessionId), ruleSet, picksUpTrace);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("SessionOptions[ruleSet=").append(ruleSet);
    if (sessionId != null) {
      text.append(", sessionId=").append(HexFormat.of().formatHex(sessionId));
    }
    for (int at = 0; at < values.length; at++) {
      if (values[at] != 0) {
        text.append(", ").append(NAMES.get(at)).append('=').append(values[at]);
      }
    }
    return text.append(picksUpTrace ? "]" : ", without trace]").toString();
  }

  /**
   * Collects options. Times are counted in milliseconds, a fraction as a whole one. For one thread
   * at a time.
   */
  public static final class Builder {
    private final long[] values = new long[NAMES.size()];
    private byte[] sessionId;
    private String ruleSet = "";
    private boolean picksUpTrace = true;

    private Builder() {}

    /** What happens to an event when the window is full. */
    public Builder whenFull(WhenFull policy) {
      return set("when_full", policy.number());
    }

    /**
     * Events that may be under way, from their sending to the taking of their outcome; 1,024 by
     * default. The server may grant less.
     */
    public Builder windowEvents(long value) {
      return set("window_events", value);
    }

    /** Bytes of events that may be under way; 1 MiB by default. The server may grant less. */
    public Builder windowBytes(long value) {
      return set("window_bytes", value);
    }

    /** The session ends so long after its opening; never by default. */
    public Builder deadline(Duration value) {
      return set("deadline_ms", value);
    }

    /** The session ends when nothing has come from the client for so long; never by default. */
    public Builder idleTimeout(Duration value) {
      return set("idle_timeout_ms", value);
    }

    /** The session ends at this age; never by default. */
    public Builder maxAge(Duration value) {
      return set("max_age_ms", value);
    }

    /** How long what was accepted may take after a cancel or a deadline; 1 s by default. */
    public Builder drain(Duration value) {
      return set("drain_ms", value);
    }

    /** How long connecting may take; 2 s by default. */
    public Builder connect(Duration value) {
      return set("connect_ms", value);
    }

    /**
     * How long a broken connection is tried again, before the session ends with {@link
     * StatusCode#UNAVAILABLE}; 3 s by default.
     */
    public Builder reconnect(Duration value) {
      return set("reconnect_ms", value);
    }

    /**
     * The epoch of the first connection: 1 for a new session (the default), more to take one over
     * from an earlier process, with {@link #received} and {@link #sessionId}.
     */
    public Builder epoch(long value) {
      return set("epoch", value);
    }

    /** When taking a session over: the outcomes up to this sequence have been received. */
    public Builder received(long value) {
      return set("received", value);
    }

    /**
     * The session's id: 16 bytes, never all zero; a random one by default. The decisions' ids are
     * derived from it, unless events have ids of their own.
     *
     * @throws IllegalArgumentException if these are not 16 bytes
     */
    public Builder sessionId(byte[] id) {
      if (id.length != ID_SIZE) {
        throw new IllegalArgumentException("a session's id is 16 bytes, not " + id.length);
      }
      sessionId = id.clone();
      return this;
    }

    /** The name of the rule set, where a server has several. */
    public Builder ruleSet(String name) {
      ruleSet = Objects.requireNonNull(name, "ruleSet");
      return this;
    }

    /**
     * Whether an event without a trace of its own takes the current OpenTelemetry span, if the
     * OpenTelemetry API is on the class path; true by default.
     */
    public Builder picksUpTrace(boolean value) {
      picksUpTrace = value;
      return this;
    }

    /**
     * Sets a number by its name, as every language names it: {@code "deadline_ms"}.
     *
     * @throws IllegalArgumentException if there is no option of this name, or the value is negative
     */
    public Builder set(String name, long value) {
      int at = indexOf(name);
      if (value < 0) {
        throw new IllegalArgumentException("session option " + name + " is negative: " + value);
      }
      values[at] = value;
      return this;
    }

    private Builder set(String name, Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("session option " + name + " is negative: " + value);
      }
      return set(name, Waits.millis(value));
    }

    /** The options collected so far. */
    public SessionOptions build() {
      return new SessionOptions(this);
    }
  }
}
