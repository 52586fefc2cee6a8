package dev.fishplate;

/** What stands in shared memory was not written by a ring. Becomes a {@link FishplateException}. */
final class DamagedRing extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says {@code what} stands {@code position} bytes behind where the lane began. */
  DamagedRing(String what, long position) {
    super(
        "the ring's memory is damaged: "
            + what
            + " at "
            + Long.toUnsignedString(position)
            + "; close the connection and open a new one");
  }
}
