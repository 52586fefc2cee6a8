package dev.fishplate;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A word of the ring that one side sleeps on, and the flag after it that says so:
 * docs/ring-layout.md, "Waiting". One thread of this process sleeps on a word at a time; any may
 * notify.
 */
final class RingWord {
  /** The kernel's side of sleeping and waking, by the word's number. */
  interface Futex {
    /** Sleeps while the word has {@code expected}, at most so long; may return early. */
    void sleep(int word, int expected, int millis);

    /** Wakes whoever sleeps on the word. */
    void wake(int word);
  }

  private final Futex futex;
  private final int number;
  private final ByteBuffer memory;
  private final int at;

  /** The word called {@code number}, which stands in {@code memory} at {@code at}. */
  RingWord(Futex futex, int number, ByteBuffer memory, int at) {
    this.futex = futex;
    this.number = number;
    this.memory = memory;
    this.at = at;
  }

  /**
   * Says that somebody is going to sleep; gives the value that the word has now. Whoever has raised
   * the flag looks once more at what he waits for, and then sleeps or not, and lowers it.
   *
   * <p>The other side changes what is looked at, and then looks at the flag. Between its two steps
   * each side has a full fence, so that at least one of them sees the other: either what is waited
   * for is found, or the word is changed, and the kernel lets nobody sleep on the old value.
   */
  int raiseFlag() {
    int seen = (int) RingMemory.INTS.getAcquire(memory, at);
    RingMemory.INTS.setOpaque(memory, at + Integer.BYTES, 1);
    VarHandle.fullFence();
    return seen;
  }

  /** Nobody sleeps any more. */
  void lowerFlag() {
    RingMemory.INTS.setOpaque(memory, at + Integer.BYTES, 0);
  }

  /** Sleeps while the word has the value {@code seen}, at most so long; may return early. */
  void sleep(int seen, int millis) {
    futex.sleep(number, seen, millis);
  }

  /** Wakes the other side if it sleeps. What it waits for was stored before. */
  void wakeSleeper() {
    VarHandle.fullFence();
    // Whoever takes the flag down makes the call, so that a burst makes one.
    if ((int) RingMemory.INTS.getOpaque(memory, at + Integer.BYTES) != 0
        && (int) RingMemory.INTS.getAndSet(memory, at + Integer.BYTES, 0) != 0) {
      wake();
    }
  }

  /** Wakes whoever sleeps on the word, in this process or another. */
  void wake() {
    RingMemory.INTS.getAndAdd(memory, at, 1);
    futex.wake(number);
  }
}
