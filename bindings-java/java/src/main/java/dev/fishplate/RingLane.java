package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * Where the parts of one lane stand in mapped memory. Knows arithmetic, and nothing of frames.
 *
 * @param data the lane's bytes, a power of two, beginning on a word
 * @param control where the two positions stand
 * @param publishedAt the producer's position
 * @param consumedAt the consumer's position
 * @param dataWord what the consumer sleeps on
 * @param spaceWord what the producer sleeps on
 */
record RingLane(
    ByteBuffer data,
    ByteBuffer control,
    int publishedAt,
    int consumedAt,
    RingWord dataWord,
    RingWord spaceWord) {
  /** The bytes of the lane. */
  long bytes() {
    return data.capacity();
  }

  /** Where in the lane a position lies. */
  int at(long position) {
    return (int) (position & (data.capacity() - 1));
  }

  /** The longest payload: with the commit word after it a frame takes at most half a lane. */
  int maxPayload() {
    return data.capacity() / 2 - 2 * RingLayout.FRAME_HEADER_BYTES;
  }

  /** The bytes that a frame takes: its header and its payload, padded. */
  static long frameBytes(long payload) {
    long header = RingLayout.FRAME_HEADER_BYTES;
    return header + (payload + header - 1) / header * header;
  }

  long consumed() {
    return (long) RingMemory.LONGS.getAcquire(control, consumedAt);
  }

  /** Our reads of what is given back are over before the producer sees it. */
  void release(long position) {
    RingMemory.LONGS.setRelease(control, consumedAt, position);
  }

  /** For whoever looks at the ring from outside: nobody's protocol depends on it. */
  void publish(long position) {
    RingMemory.LONGS.setOpaque(control, publishedAt, position);
  }

  /** The commit word at a position; with it comes the frame. */
  long commitWord(long position) {
    return (long) RingMemory.LONGS.getAcquire(data, at(position) + RingLayout.FRAME_COMMIT);
  }
}
