package dev.fishplate;

import java.util.Objects;

/**
 * How an engine takes events. Immutable.
 *
 * @param limits the bounds on each event
 * @param strict refuse fields that the schema does not have, in JSON and in maps
 */
public record EngineOptions(Limits limits, boolean strict) {
  private static final EngineOptions DEFAULTS = new EngineOptions(Limits.defaults(), false);

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
    return new EngineOptions(newLimits, strict);
  }

  /** The same, strict or not. */
  public EngineOptions withStrict(boolean newStrict) {
    return new EngineOptions(limits, newStrict);
  }
}
