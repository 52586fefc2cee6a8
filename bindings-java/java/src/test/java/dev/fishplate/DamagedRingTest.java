package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Somebody scribbles over a ring that is in use: an error, never a crash. */
@ExtendWith(LeavesNothing.class)
@Timeout(60)
class DamagedRingTest {
  private final String name = TestServer.freshName();

  @TempDir private Path folder;

  private TestServer server;
  private ByteBuffer ring;

  @BeforeEach
  void serve() throws IOException {
    server = TestServer.start(folder, TestServer.ring(name));
    Path file = TestServer.fileOf(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ring = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
      ring.order(ByteOrder.nativeOrder());
    }
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    // A server that finds its ring damaged may leave it.
    Files.deleteIfExists(TestServer.fileOf(name));
  }

  private Session connect() {
    return Session.connect("shm://" + name);
  }

  /** Where the first pair's lane of decisions begins. */
  private int decisionLane() {
    int pairs = ring.getInt(RingLayout.HEADER_PAIRS);
    int controls = pairs * RingLayout.CONTROL_BYTES;
    int page = RingLayout.HEADER_BYTES;
    return page + (controls + page - 1) / page * page + ring.getInt(RingLayout.HEADER_LANE_BYTES);
  }

  /** The end of a session that is hurt after its first outcome, where its next frame will stand. */
  private FishplateException hurt(IntConsumer scribble) {
    try (Session session = connect()) {
      session.send(SessionContract.large(2000));
      assertTrue(session.receive(SessionContract.LONG).orElseThrow().isDecided());
      int control = RingLayout.HEADER_BYTES;
      long position = ring.getLong(control + RingLayout.CONTROL_DECISION_CONSUMED);
      scribble.accept((int) (decisionLane() + position));
      return SessionContract.refusalOf(() -> session.receive(SessionContract.LONG));
    }
  }

  @Test
  void a_commit_word_that_nobody_wrote_ends_the_session() {
    FishplateException end = hurt(at -> ring.putLong(at, 0x4242_4242L));
    assertEquals(StatusCode.DATA_LOSS, end.status(), end::getMessage);
    assertEquals("F0864", end.code());
    assertTrue(end.getMessage().contains("the ring's memory is damaged"), end::getMessage);
  }

  @Test
  void a_frame_whose_payload_is_garbage_ends_the_session() {
    long lane = ring.getInt(RingLayout.HEADER_LANE_BYTES);
    FishplateException end =
        hurt(
            at -> {
              long position = at - decisionLane();
              assertTrue(position < lane);
              ring.putInt(at + RingLayout.FRAME_LENGTH, 5);
              ring.putShort(at + RingLayout.FRAME_KIND, (short) RingLayout.KIND_DECISION);
              ring.put(at + RingLayout.FRAME_HEADER_BYTES, new byte[] {-1, -1, -1, -1, -1});
              RingMemory.LONGS.setRelease(ring, at, position + 1);
            });
    assertEquals(StatusCode.INTERNAL, end.status(), end::getMessage);
    assertEquals("F0858", end.code());
  }

  @Test
  void a_header_of_another_kind_of_file_is_refused() {
    ring.putLong(RingLayout.HEADER_MAGIC, 1);
    FishplateException refusal = SessionContract.refusalOf(this::connect);
    assertEquals("F0864", refusal.code(), refusal::getMessage);
  }

  @Test
  void another_version_of_the_layout_is_refused() {
    ring.putInt(RingLayout.HEADER_VERSION, 99);
    FishplateException refusal = SessionContract.refusalOf(this::connect);
    assertEquals(StatusCode.FAILED_PRECONDITION, refusal.status());
    assertTrue(refusal.getMessage().contains("version 99"), refusal::getMessage);
  }

  @Test
  void a_geometry_that_does_not_fit_its_file_is_refused() {
    for (int nonsense : new int[] {0, 3, -1, 1 << 30}) {
      int before = ring.getInt(RingLayout.HEADER_LANE_BYTES);
      ring.putInt(RingLayout.HEADER_LANE_BYTES, nonsense);
      FishplateException refusal = SessionContract.refusalOf(this::connect);
      assertEquals("F0864", refusal.code(), refusal::getMessage);
      ring.putInt(RingLayout.HEADER_LANE_BYTES, before);
    }
  }
}
