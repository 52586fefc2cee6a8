package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * The reading end of a lane: copies a frame out, checks it, gives its room back. Trusts nothing
 * that it reads. For one thread at a time, but {@link #isReady} is for any.
 */
final class RingConsumer {
  private final RingLane lane;
  private volatile long position;

  /** Begins at {@code start}. */
  RingConsumer(RingLane lane, long start) {
    this.lane = lane;
    this.position = start;
  }

  /** Whether {@link #poll} would find something. */
  boolean isReady() {
    return lane.commitWord(position) != 0;
  }

  /**
   * The next frame, copied out; its room is given back. Null if there is none yet.
   *
   * @throws DamagedRing if what stands there is no frame
   */
  RingFrame poll() throws DamagedRing {
    while (true) {
      long commit = lane.commitWord(position);
      if (commit == 0) {
        return null;
      }
      if (commit != position + 1) {
        throw damaged("a commit word of another position");
      }
      byte[] header = new byte[RingLayout.FRAME_HEADER_BYTES];
      lane.data().get(lane.at(position), header);
      RingFrame frame = read(ByteBuffer.wrap(header).order(lane.data().order()));
      if (frame != null) {
        return frame;
      }
    }
  }

  /** Reads the frame of a header that was copied once; null if it is a pad. */
  private RingFrame read(ByteBuffer header) throws DamagedRing {
    int kind = Short.toUnsignedInt(header.getShort(RingLayout.FRAME_KIND));
    long length = Integer.toUnsignedLong(header.getInt(RingLayout.FRAME_LENGTH));
    long total = RingLane.frameBytes(length);
    check(header, kind, length, total);
    int payloadAt = lane.at(position) + RingLayout.FRAME_HEADER_BYTES;
    if (kind == RingLayout.KIND_PAD) {
      release(total);
      return null;
    }
    byte[] payload = new byte[(int) length];
    lane.data().get(payloadAt, payload);
    byte[] trace = new byte[TraceContext.SIZE];
    header.get(RingLayout.FRAME_TRACE, trace);
    RingFrame frame =
        new RingFrame(
            kind,
            Short.toUnsignedInt(header.getShort(RingLayout.FRAME_FLAGS)),
            header.getLong(RingLayout.FRAME_SEQUENCE),
            header.getLong(RingLayout.FRAME_DEADLINE),
            trace,
            payload);
    release(total);
    return frame;
  }

  private void check(ByteBuffer header, int kind, long length, long total) throws DamagedRing {
    long rest = lane.bytes() - lane.at(position);
    if (kind == 0) {
      throw damaged("a frame of kind 0");
    }
    for (int at = RingLayout.FRAME_RESERVED; at < RingLayout.FRAME_HEADER_BYTES; at++) {
      if (header.get(at) != 0) {
        throw damaged("reserved bytes that are not zero");
      }
    }
    if (kind == RingLayout.KIND_PAD) {
      if (total != rest || length != rest - RingLayout.FRAME_HEADER_BYTES) {
        throw damaged("a pad that does not end with its lane");
      }
    } else if (length > lane.maxPayload() || total > rest) {
      throw damaged("a frame longer than its lane");
    }
  }

  private DamagedRing damaged(String what) {
    return new DamagedRing(what, position);
  }

  private void release(long total) {
    position += total;
    lane.release(position);
    lane.spaceWord().wakeSleeper();
  }

  /** What this end sleeps on. */
  RingWord word() {
    return lane.dataWord();
  }
}
