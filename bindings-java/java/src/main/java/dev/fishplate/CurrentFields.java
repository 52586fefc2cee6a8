package dev.fishplate;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * The fields that an engine's rule set reads, while another rule set may take its place.
 *
 * <p>A map is written for one rule set: of what that does not read, only that it is there. So no
 * other may decide it. Whoever writes a map does so without any lock, because that runs the host's
 * code, and then {@link #hold holds} the rule set while it decides; if another one came in between,
 * it writes the map again, whole, for any rule set. Knows no native code. Any thread.
 */
final class CurrentFields {
  private final Lock reading;
  private final Lock writing;
  private volatile FieldTree tree;

  CurrentFields(FieldTree tree) {
    StampedLock lock = new StampedLock();
    this.reading = lock.asReadLock();
    this.writing = lock.asWriteLock();
    this.tree = tree;
  }

  /** The tree of the rule set as it is at this moment. */
  FieldTree now() {
    return tree;
  }

  /**
   * Keeps the rule set as it is until {@link #release}, if {@code written} is still its tree.
   *
   * @return whether it is; else nothing is held
   */
  boolean hold(FieldTree written) {
    reading.lock();
    if (tree == written) {
      return true;
    }
    reading.unlock();
    return false;
  }

  /** Ends a {@link #hold} that was given. */
  void release() {
    reading.unlock();
  }

  /** Waits until nobody holds the rule set, and keeps everybody from it until it is closed. */
  Change beginChange() {
    writing.lock();
    return new Change();
  }

  /** The time in which the rule set may change. */
  final class Change implements AutoCloseable {
    private Change() {}

    /** From now on it is another rule set's. */
    void set(FieldTree next) {
      tree = next;
    }

    @Override
    public void close() {
      writing.unlock();
    }
  }
}
