package dev.fishplate;

/**
 * A frame of a ring, copied out of shared memory or to be copied in. Arrays are not copied again.
 *
 * @param kind what it is: a {@code KIND_} of {@link RingLayout}
 * @param flags what the kind makes of them
 * @param sequence the sequence, or what the kind makes of it
 * @param deadline nanoseconds since the Unix epoch; 0: none
 * @param trace 25 bytes, zeros if there is no trace; or null for none
 * @param payload what the kind makes of it
 */
record RingFrame(int kind, int flags, long sequence, long deadline, byte[] trace, byte[] payload) {
  static final byte[] NO_PAYLOAD = {};

  /** A frame that says nothing but its kind and a sequence. */
  static RingFrame bare(int kind, long sequence) {
    return new RingFrame(kind, 0, sequence, 0, null, NO_PAYLOAD);
  }

  /** A frame of a kind and a payload. */
  static RingFrame of(int kind, byte[] payload) {
    return new RingFrame(kind, 0, 0, 0, null, payload);
  }
}
