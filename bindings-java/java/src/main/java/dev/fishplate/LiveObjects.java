package dev.fishplate;

/**
 * How many native objects exist that are not freed yet: for tests that end by asserting zero.
 *
 * <p>An object is freed when it is closed, no call uses it, and none of its children lives. Each
 * class loader that loaded Fishplate has a copy of the library, and counts for itself. Any thread.
 */
public final class LiveObjects {
  /** The kinds of object that native code holds. */
  public enum Kind {
    /** {@link RuleSet}s. */
    RULE_SET(1),
    /** {@link Engine}s. */
    ENGINE(2),
    /** {@link Session}s. */
    SESSION(3),
    /** Places in rings, which {@link Session}s through shared memory hold while connected. */
    RING(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  private LiveObjects() {}

  /** Objects of {@code kind} that are not freed yet. */
  public static long count(Kind kind) {
    return Calls.liveObjects(kind.number);
  }

  /** Objects of every kind that are not freed yet. */
  public static long count() {
    long sum = 0;
    for (Kind kind : Kind.values()) {
      sum += count(kind);
    }
    return sum;
  }
}
