package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Ends a suite by asserting that no native object is left. */
final class LeavesNothing implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) {
    assertEquals(0, LiveObjects.count(LiveObjects.Kind.ENGINE), "engines that are left");
    assertEquals(0, LiveObjects.count(LiveObjects.Kind.RULE_SET), "rule sets that are left");
  }
}
