// Generated from boundary/src/table.rs by `cargo run -p fishplate-boundary --features generate --bin fishplate-generate`; do not edit.
package dev.fishplate;

/** The outcome of an operation: gRPC's codes with gRPC's numbers, and what each means to whoever sent the event. */
public enum StatusCode {
  /** gRPC's OK; recorded as EVENT_SUCCESS. */
  OK(0, "EVENT_SUCCESS", false, Effect.KNOWN),
  /** gRPC's CANCELLED; recorded as EVENT_FAILURE. */
  CANCELLED(1, "EVENT_FAILURE", false, Effect.UNTIL_WATERMARK),
  /** gRPC's UNKNOWN; recorded as EVENT_FAILURE. */
  UNKNOWN(2, "EVENT_FAILURE", false, Effect.UNKNOWN),
  /** gRPC's INVALID_ARGUMENT; recorded as EVENT_REJECTED. */
  INVALID_ARGUMENT(3, "EVENT_REJECTED", false, Effect.KNOWN),
  /** gRPC's DEADLINE_EXCEEDED; recorded as EVENT_TIMEOUT. */
  DEADLINE_EXCEEDED(4, "EVENT_TIMEOUT", true, Effect.UNKNOWN),
  /** gRPC's NOT_FOUND; recorded as EVENT_MISSING. */
  NOT_FOUND(5, "EVENT_MISSING", true, Effect.KNOWN),
  /** gRPC's ALREADY_EXISTS; recorded as EVENT_CONFLICT. */
  ALREADY_EXISTS(6, "EVENT_CONFLICT", false, Effect.KNOWN),
  /** gRPC's PERMISSION_DENIED; recorded as EVENT_REJECTED. */
  PERMISSION_DENIED(7, "EVENT_REJECTED", false, Effect.KNOWN),
  /** gRPC's RESOURCE_EXHAUSTED; recorded as EVENT_TIMEOUT. */
  RESOURCE_EXHAUSTED(8, "EVENT_TIMEOUT", true, Effect.KNOWN),
  /** gRPC's FAILED_PRECONDITION; recorded as EVENT_REJECTED. */
  FAILED_PRECONDITION(9, "EVENT_REJECTED", false, Effect.KNOWN),
  /** gRPC's ABORTED; recorded as EVENT_CONFLICT. */
  ABORTED(10, "EVENT_CONFLICT", true, Effect.KNOWN),
  /** gRPC's OUT_OF_RANGE; recorded as EVENT_REJECTED. */
  OUT_OF_RANGE(11, "EVENT_REJECTED", false, Effect.KNOWN),
  /** gRPC's UNIMPLEMENTED; recorded as EVENT_REJECTED. */
  UNIMPLEMENTED(12, "EVENT_REJECTED", false, Effect.KNOWN),
  /** gRPC's INTERNAL; recorded as EVENT_FAILURE. */
  INTERNAL(13, "EVENT_FAILURE", false, Effect.UNKNOWN),
  /** gRPC's UNAVAILABLE; recorded as EVENT_TIMEOUT. */
  UNAVAILABLE(14, "EVENT_TIMEOUT", true, Effect.UNKNOWN),
  /** gRPC's DATA_LOSS; recorded as EVENT_FAILURE. */
  DATA_LOSS(15, "EVENT_FAILURE", false, Effect.UNKNOWN),
  /** gRPC's UNAUTHENTICATED; recorded as EVENT_REJECTED. */
  UNAUTHENTICATED(16, "EVENT_REJECTED", false, Effect.KNOWN);

  /** Whether an operation may have taken effect although it failed. */
  public enum Effect {
    /** Known: it did (OK) or did not. */
    KNOWN,
    /** Unknown. */
    UNKNOWN,
    /** Unknown until the final watermark arrives. */
    UNTIL_WATERMARK
  }

  private static final StatusCode[] BY_VALUE = values();

  private final int value;
  private final String domainState;
  private final boolean retryable;
  private final Effect effect;

  StatusCode(int value, String domainState, boolean retryable, Effect effect) {
    this.value = value;
    this.domainState = domainState;
    this.retryable = retryable;
    this.effect = effect;
  }

  /**
   * Gives gRPC's number.
   *
   * @return 0 to 16
   */
  public int value() {
    return value;
  }

  /**
   * Gives what an event-driven system records: {@code EVENT_REJECTED}.
   *
   * @return the name
   */
  public String domainState() {
    return domainState;
  }

  /**
   * Tells whether trying again can help.
   *
   * @return true if it can
   */
  public boolean retryable() {
    return retryable;
  }

  /**
   * Tells whether the effect of the operation is known.
   *
   * @return what is known
   */
  public Effect effect() {
    return effect;
  }

  /**
   * Tells whether the operation may have taken effect although it failed.
   *
   * @return true if nobody knows (yet)
   */
  public boolean effectUnknown() {
    return effect != Effect.KNOWN;
  }

  /**
   * Gives the status with gRPC's number {@code value}.
   *
   * @param value 0 to 16
   * @return the status
   * @throws IllegalArgumentException if there is none
   */
  public static StatusCode fromValue(int value) {
    if (value < 0 || value >= BY_VALUE.length) {
      throw new IllegalArgumentException("no status has the number " + value);
    }
    return BY_VALUE[value];
  }
}
