package dev.fishplate;

import java.time.Duration;

/** Java's spans of time as the numbers that calls across the border take. */
final class Waits {
  /** As long as it takes: the greatest u32. */
  static final int FOREVER = -1;

  private static final long GREATEST = 0xffff_fffeL;

  private Waits() {}

  /** Whole milliseconds, a fraction counted as one, so that no positive time becomes none. */
  static long millis(Duration time) {
    if (time.compareTo(Duration.ofMillis(Long.MAX_VALUE)) >= 0) {
      return Long.MAX_VALUE;
    }
    long millis = time.toMillis();
    return time.getNano() % 1_000_000 == 0 ? millis : millis + 1;
  }

  /**
   * A wait as a u32 of milliseconds; what is longer than 49 days is as good as 49 days.
   *
   * @throws IllegalArgumentException if it is negative
   */
  static int u32(Duration wait) {
    if (wait.isNegative()) {
      throw new IllegalArgumentException("a wait is negative: " + wait);
    }
    return (int) Math.min(GREATEST, millis(wait));
  }
}
