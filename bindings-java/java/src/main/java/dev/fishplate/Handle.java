package dev.fishplate;

import java.lang.ref.Cleaner;

/**
 * The number by which native code knows an object, and its end.
 *
 * <p>Native code checks every handle (kind, slot, generation, copy of the library), so a closed one
 * is refused and never followed. Any thread.
 */
final class Handle {
  /** Frees what was never closed; its one thread is a daemon. */
  private static final Cleaner CLEANER = Cleaner.create();

  private final long value;
  private final Cleaner.Cleanable cleanable;

  /** Ties {@code value} to {@code owner}: it is closed at the latest when nobody has the owner. */
  Handle(Object owner, long value) {
    this.value = value;
    this.cleanable = whenForgotten(owner, () -> Calls.close(value));
  }

  /**
   * Runs {@code end} once: when it is asked to, or at the latest when nobody has {@code owner}, to
   * which {@code end} must not refer.
   */
  static Cleaner.Cleanable whenForgotten(Object owner, Runnable end) {
    return CLEANER.register(owner, end);
  }

  long value() {
    return value;
  }

  /** Closes the object, the first time. */
  void close() {
    cleanable.clean();
  }
}
