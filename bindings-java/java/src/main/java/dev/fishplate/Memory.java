package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * What the table of operations does not have, because it is about Java's memory: where a direct
 * buffer lies (Java 17 does not say it, and asking once for each buffer lets every other call hand
 * over numbers only), and results that go into an array of their own.
 */
final class Memory {
  static {
    NativeLibrary.load();
  }

  private Memory() {}

  /** The address of the first byte of {@code buffer}; 0 if it is not direct. */
  static native long addressOf(ByteBuffer buffer);

  /**
   * Takes a result that waits, as {@link Native#fetch} does, into an array of its size. Any thread.
   *
   * @param engine the engine
   * @param ticket the ticket
   * @param storage address of the storage, for an error
   * @param capacity its size in bytes
   * @param reply address of 16 bytes; the first eight receive the size of an error record
   * @return the result, which waits no more; null if there is an error record in {@code storage}
   * @throws OutOfMemoryError if there is no room for the array: the result is lost
   */
  static native byte[] take(long engine, long ticket, long storage, long capacity, long reply);
}
