package dev.fishplate;

import java.util.Objects;

/**
 * How an engine takes events. Immutable.
 *
 * @param limits the bounds on each event
 * @param strict refuse fields that the schema does not have, in JSON and in maps
 * @param picksUpTrace events of a batch that have no trace of their own take the current
 *     OpenTelemetry span, if the OpenTelemetry API is on the class path
 */
public record EngineOptions(Limits limits, boolean strict, boolean picksUpTrace) {
  private static final EngineOptions DEFAULTS = new EngineOptions(Limits.defaults(), false);

  /** Options that pick up the current trace. */
  public EngineOptions(Limits limits, boolean strict) {
    this(limits, strict, true);
  }

  /** Checks that there are limits. */
  public EngineOptions {
    Objects.requireNonNull(limits, "limits");
  }

  /** Default limits, and fields that the schema does not have are skipped. */
  public static EngineOptions defaults() {
    return DEFAULTS;
  }

  /** The same with these limits. */
  public EngineOptions withLimits(Limits newLimits) {
    return new EngineOptions(newLimits, strict, picksUpTrace);
  }

  /** The same, strict or not. */
  public EngineOptions withStrict(boolean newStrict) {
    return new EngineOptions(limits, newStrict, picksUpTrace);
  }

  /** The same, taking the current trace or not. */
  public EngineOptions withPicksUpTrace(boolean newPicksUpTrace) {
    return new EngineOptions(limits, strict, newPicksUpTrace);
  }
}
