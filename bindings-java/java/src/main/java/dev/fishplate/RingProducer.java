package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * The writing end of a lane: claim, write, commit, as docs/ring-layout.md says. Knows frames, and
 * not what their kinds mean. For one thread at a time.
 */
final class RingProducer {
  private final RingLane lane;

  /** Where the next frame goes. Ours: what stands in the ring is for others to read. */
  private long position;

  /** What the consumer had released when we last looked. */
  private long consumed;

  /** Begins at {@code start}, where the lane is empty. */
  RingProducer(RingLane lane, long start) {
    this.lane = lane;
    this.position = start;
    this.consumed = start;
  }

  /** The longest payload, in bytes. */
  int maxPayload() {
    return lane.maxPayload();
  }

  /**
   * Commits a frame, and wakes nobody: {@link #wakeConsumer} goes after the last of several.
   *
   * @return false if there is no room; nothing was changed
   * @throws DamagedRing if the consumer's word is nonsense
   */
  boolean push(RingFrame frame) throws DamagedRing {
    long bytes = RingLane.frameBytes(frame.payload().length);
    long rest = lane.bytes() - lane.at(position);
    long pad = bytes > rest ? rest : 0;
    if (!hasRoom(pad + bytes)) {
      return false;
    }
    if (pad > 0) {
      RingFrame filler = RingFrame.bare(RingLayout.KIND_PAD, 0);
      commit(filler, (int) (pad - RingLayout.FRAME_HEADER_BYTES), pad);
    }
    lane.data().put(lane.at(position) + RingLayout.FRAME_HEADER_BYTES, frame.payload());
    commit(frame, frame.payload().length, bytes);
    return true;
  }

  /** Wakes the consumer if it sleeps. */
  void wakeConsumer() {
    lane.dataWord().wakeSleeper();
  }

  /** Whether so many bytes, and the commit word after them, are free. */
  private boolean hasRoom(long bytes) throws DamagedRing {
    if (fits(bytes)) {
      return true;
    }
    long released = lane.consumed();
    if (released < consumed
        || released > position
        || released % RingLayout.FRAME_HEADER_BYTES != 0) {
      throw new DamagedRing("a consumed position that no consumer wrote", position);
    }
    consumed = released;
    return fits(bytes);
  }

  private boolean fits(long bytes) {
    return position - consumed + bytes + RingLayout.FRAME_HEADER_BYTES <= lane.bytes();
  }

  /** Writes the frame's header and makes it visible. Its payload is there, its room was claimed. */
  private void commit(RingFrame frame, int length, long total) {
    int at = lane.at(position);
    long next = position + total;
    ByteBuffer data = lane.data();
    // What stood at the next position is older bytes, which may look like anything. Once this frame
    // is visible, its consumer looks there: it must find nothing.
    RingMemory.LONGS.setOpaque(data, lane.at(next) + RingLayout.FRAME_COMMIT, 0L);
    data.putInt(at + RingLayout.FRAME_LENGTH, length);
    data.putShort(at + RingLayout.FRAME_KIND, (short) frame.kind());
    data.putShort(at + RingLayout.FRAME_FLAGS, (short) frame.flags());
    data.putLong(at + RingLayout.FRAME_SEQUENCE, frame.sequence());
    data.putLong(at + RingLayout.FRAME_DEADLINE, frame.deadline());
    data.put(at + RingLayout.FRAME_TRACE, NO_TRACE);
    if (frame.trace() != null) {
      data.put(at + RingLayout.FRAME_TRACE, frame.trace());
    }
    // Release: whoever sees the commit word sees the frame, and the zero after it.
    RingMemory.LONGS.setRelease(data, at + RingLayout.FRAME_COMMIT, position + 1);
    lane.publish(next);
    position = next;
  }

  /** The trace's 25 bytes and those that are reserved. */
  private static final byte[] NO_TRACE =
      new byte[RingLayout.FRAME_HEADER_BYTES - RingLayout.FRAME_TRACE];
}
