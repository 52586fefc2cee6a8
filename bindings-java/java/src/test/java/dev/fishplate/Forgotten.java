package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Waits for the collector to free what a test has forgotten on purpose. */
final class Forgotten {
  private Forgotten() {}

  /** Asserts that no object of {@code kind} is left, after the collector has had its time. */
  static void areFreed(LiveObjects.Kind kind) throws InterruptedException {
    for (int at = 0; at < 500 && LiveObjects.count(kind) > 0; at++) {
      System.gc();
      Thread.sleep(10);
    }
    assertEquals(0, LiveObjects.count(kind));
  }
}
