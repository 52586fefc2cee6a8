package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * The one native method that the table of operations does not have: where a direct buffer lies.
 * Java 17 does not say it, and asking once for each buffer lets every other call hand over numbers
 * only.
 */
final class Memory {
  static {
    NativeLibrary.load();
  }

  private Memory() {}

  /** The address of the first byte of {@code buffer}; 0 if it is not direct. */
  static native long addressOf(ByteBuffer buffer);
}
