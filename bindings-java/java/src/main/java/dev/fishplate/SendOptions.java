package dev.fishplate;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How one event is sent. Immutable.
 *
 * @param preview say what would be decided now, and change nothing
 * @param within refuse the event ({@link StatusCode#DEADLINE_EXCEEDED}) if its turn comes later
 *     than this from now; empty: its turn comes when it comes
 * @param waitAtMost how long the call may wait when the window is full and the session blocks;
 *     empty: as long as it takes
 */
public record SendOptions(
    boolean preview, Optional<Duration> within, Optional<Duration> waitAtMost) {
  private static final SendOptions DEFAULTS =
      new SendOptions(false, Optional.empty(), Optional.empty());

  /** Checks that nothing is missing or negative. */
  public SendOptions {
    Objects.requireNonNull(within, "within");
    Objects.requireNonNull(waitAtMost, "waitAtMost");
    within.ifPresent(SendOptions::positive);
    waitAtMost.ifPresent(Waits::u32);
  }

  private static void positive(Duration within) {
    if (within.isNegative() || within.isZero()) {
      throw new IllegalArgumentException("an event's time is not positive: " + within);
    }
  }

  /** To be decided whenever its turn comes; a full window is waited for as long as it takes. */
  public static SendOptions defaults() {
    return DEFAULTS;
  }

  /** The same, as a preview or not. */
  public SendOptions withPreview(boolean newPreview) {
    return new SendOptions(newPreview, within, waitAtMost);
  }

  /** The same, refused if its turn comes later than this from now. */
  public SendOptions within(Duration newWithin) {
    return new SendOptions(preview, Optional.of(newWithin), waitAtMost);
  }

  /** The same, waiting at most so long for room; zero: not at all. */
  public SendOptions waitAtMost(Duration newWait) {
    return new SendOptions(preview, within, Optional.of(newWait));
  }

  /** {@link #within} as a u32 of milliseconds; 0 is none. */
  int withinMillis() {
    return within.map(Waits::u32).orElse(0);
  }

  /** {@link #waitAtMost} as a u32 of milliseconds. */
  int waitMillis() {
    return waitAtMost.map(Waits::u32).orElse(Waits.FOREVER);
  }
}
