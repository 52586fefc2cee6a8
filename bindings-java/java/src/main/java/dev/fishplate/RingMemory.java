package dev.fishplate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How Java reaches words that other processes write: by their own width, in the machine's order.
 */
final class RingMemory {
  /** Words of 64 bits, at multiples of 8. */
  static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** Words of 32 bits, at multiples of 4. */
  static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private RingMemory() {}
}
