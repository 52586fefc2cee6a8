package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Ends a suite by asserting that no native object is left. */
final class LeavesNothing implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    // A thread that a close has just woken is the last user of its session, and frees it.
    for (int at = 0; at < 500 && LiveObjects.count() > 0; at++) {
      Thread.sleep(10);
    }
    for (LiveObjects.Kind kind : LiveObjects.Kind.values()) {
      assertEquals(0, LiveObjects.count(kind), () -> "left of the kind " + kind);
    }
  }
}
