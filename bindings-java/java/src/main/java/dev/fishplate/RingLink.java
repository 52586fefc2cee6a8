package dev.fishplate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One place in a ring: the claim, which native code holds, and the memory, which Java maps. Knows
 * where the parts of the ring stand (docs/ring-layout.md); what its frames mean it does not know.
 *
 * <p>The claim is a lock of the kernel's that Java never takes or asks for by itself: a lock of a
 * {@link FileChannel} vanishes when any other channel on the file is closed. The memory is freed
 * when nobody has this object: giving up the claim unmaps nothing, so that a thread that comes late
 * finds memory, and by the rules of its owner touches it no more.
 */
final class RingLink implements RingWord.Futex {
  private final long handle;
  private final RingProducer events;
  private final RingConsumer decisions;

  private RingLink(long handle, Parts parts) throws IOException {
    this.handle = handle;
    try (FileChannel file =
        FileChannel.open(parts.path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer header = map(file, 0, RingLayout.HEADER_BYTES);
      parts.check(header, file.size());
      long controlAt = RingLayout.HEADER_BYTES + (long) parts.pair * RingLayout.CONTROL_BYTES;
      ByteBuffer control = map(file, controlAt, RingLayout.CONTROL_BYTES);
      checkClaim(control);
      this.events = producer(parts, header, control, map(file, parts.eventLane, parts.laneBytes));
      this.decisions = consumer(parts, control, map(file, parts.decisionLane, parts.laneBytes));
    }
  }

  /**
   * Claims a place in the ring called {@code name} and maps it. May wait for a second.
   *
   * @throws FishplateException if nobody serves it, every place is taken, or it cannot be used
   */
  static RingLink attach(String name) {
    long handle = RingCalls.attach(name);
    RingLink link = null;
    try {
      link = new RingLink(handle, Parts.read(RingCalls.describe(handle)));
    } catch (IOException failure) {
      throw SessionErrors.unusable("cannot map the ring: " + failure.getMessage());
    } finally {
      if (link == null) {
        Calls.close(handle);
      }
    }
    return link;
  }

  /** Where everything stands, as the record {@code ring} says it (docs/layout.md). */
  private record Parts(
      Path path,
      int pair,
      int laneBytes,
      long fileBytes,
      long eventLane,
      long decisionLane,
      long eventStart,
      long decisionStart) {
    static Parts read(LayoutReader record) {
      Path path = Path.of(record.text());
      int pair = record.i32();
      int laneBytes = record.i32();
      record.i32();
      long fileBytes = record.i64();
      long eventLane = record.i64();
      record.raw(4 * Long.BYTES);
      long decisionLane = record.i64();
      record.raw(4 * Long.BYTES);
      return new Parts(
          path, pair, laneBytes, fileBytes, eventLane, decisionLane, record.i64(), record.i64());
    }

    /** The file that was mapped must be the ring that was claimed, and one that this code knows. */
    void check(ByteBuffer header, long size) throws IOException {
      int pairs = header.getInt(RingLayout.HEADER_PAIRS);
      boolean isKnown =
          header.getLong(RingLayout.HEADER_MAGIC) == RingLayout.MAGIC
              && header.getInt(RingLayout.HEADER_VERSION) == RingLayout.VERSION
              && header.getInt(RingLayout.HEADER_SIZE) == RingLayout.HEADER_BYTES;
      boolean isClaimed =
          pairs > pair
              && pairs <= RingLayout.PAIRS_MAX
              && header.getInt(RingLayout.HEADER_LANE_BYTES) == laneBytes
              && header.getLong(RingLayout.HEADER_FILE_BYTES) == fileBytes
              && size >= fileBytes;
      if (!isKnown || !isClaimed) {
        throw new IOException(path + " is not the ring that was claimed");
      }
    }
  }

  private static ByteBuffer map(FileChannel file, long at, long bytes) throws IOException {
    return file.map(FileChannel.MapMode.READ_WRITE, at, bytes).order(ByteOrder.nativeOrder());
  }

  /** A server that starts anew puts another file in the place of the one that was claimed. */
  private static void checkClaim(ByteBuffer control) throws IOException {
    long claimedBy = Integer.toUnsignedLong(control.getInt(RingLayout.CONTROL_CLIENT_PID));
    boolean isClaimed = control.getInt(RingLayout.CONTROL_STATE) == RingLayout.STATE_CLAIMED;
    if (!isClaimed || claimedBy != ProcessHandle.current().pid()) {
      throw new IOException("its file was replaced meanwhile");
    }
  }

  private RingProducer producer(
      Parts parts, ByteBuffer header, ByteBuffer control, ByteBuffer data) {
    RingWord doorbell =
        new RingWord(this, RingLayout.WORD_DOORBELL, header, RingLayout.HEADER_DOORBELL_WORD);
    RingWord space =
        new RingWord(
            this, RingLayout.WORD_EVENT_SPACE, control, RingLayout.CONTROL_EVENT_SPACE_WORD);
    RingLane lane =
        new RingLane(
            data,
            control,
            RingLayout.CONTROL_EVENT_PUBLISHED,
            RingLayout.CONTROL_EVENT_CONSUMED,
            doorbell,
            space);
    return new RingProducer(lane, parts.eventStart);
  }

  private RingConsumer consumer(Parts parts, ByteBuffer control, ByteBuffer data) {
    RingWord arrived =
        new RingWord(
            this, RingLayout.WORD_DECISION_DATA, control, RingLayout.CONTROL_DECISION_DATA_WORD);
    RingWord space =
        new RingWord(
            this, RingLayout.WORD_DECISION_SPACE, control, RingLayout.CONTROL_DECISION_SPACE_WORD);
    RingLane lane =
        new RingLane(
            data,
            control,
            RingLayout.CONTROL_DECISION_PUBLISHED,
            RingLayout.CONTROL_DECISION_CONSUMED,
            arrived,
            space);
    return new RingConsumer(lane, parts.decisionStart);
  }

  /** The end that writes. */
  RingProducer events() {
    return events;
  }

  /** The end that reads. */
  RingConsumer decisions() {
    return decisions;
  }

  /** Whether the server lives: asked of the kernel, never guessed by a time. */
  boolean isServed() {
    return RingCalls.isServed(handle);
  }

  /** Gives up the claim and ends the sleep of other threads. The lanes are somebody else's then. */
  void detach() {
    Calls.close(handle);
  }

  @Override
  public void sleep(int word, int expected, int millis) {
    RingCalls.sleep(handle, word, expected, millis);
  }

  @Override
  public void wake(int word) {
    RingCalls.wake(handle, word);
  }
}
