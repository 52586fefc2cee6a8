package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Java's two ends of a lane, in memory of their own: docs/ring-layout.md, without another process.
 */
@Timeout(60)
class RingLaneTest {
  private static final int BYTES = RingLayout.LANE_BYTES_MIN;
  private static final int PUBLISHED_AT = 128;
  private static final int CONSUMED_AT = 256;
  private static final int DATA_WORD_AT = 384;
  private static final int SPACE_WORD_AT = 512;

  private final ByteBuffer data = memory(BYTES);
  private final ByteBuffer control = memory(RingLayout.CONTROL_BYTES);
  private final CountingFutex futex = new CountingFutex();
  private final RingLane lane =
      new RingLane(
          data,
          control,
          PUBLISHED_AT,
          CONSUMED_AT,
          new RingWord(futex, RingLayout.WORD_DECISION_DATA, control, DATA_WORD_AT),
          new RingWord(futex, RingLayout.WORD_DECISION_SPACE, control, SPACE_WORD_AT));
  private final RingProducer producer = new RingProducer(lane, 0);
  private final RingConsumer consumer = new RingConsumer(lane, 0);

  private static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Counts wakes; nobody sleeps. */
  private static final class CountingFutex implements RingWord.Futex {
    private int wakes;

    @Override
    public void sleep(int word, int expected, int millis) {
      throw new AssertionError("nobody sleeps here");
    }

    @Override
    public void wake(int word) {
      wakes++;
    }
  }

  private static RingFrame frame(long sequence, int length) {
    byte[] payload = new byte[length];
    Arrays.fill(payload, (byte) sequence);
    byte[] trace = new byte[TraceContext.SIZE];
    Arrays.fill(trace, (byte) (sequence + 1));
    return new RingFrame(RingLayout.KIND_EVENT, 17, sequence, -sequence, trace, payload);
  }

  private static void assertSame(RingFrame expected, RingFrame found) {
    assertEquals(expected.kind(), found.kind());
    assertEquals(expected.flags(), found.flags());
    assertEquals(expected.sequence(), found.sequence());
    assertEquals(expected.deadline(), found.deadline());
    assertArrayEquals(expected.trace(), found.trace());
    assertArrayEquals(expected.payload(), found.payload());
  }

  @Test
  void a_frame_stands_where_the_layout_draws_it() throws Exception {
    assertTrue(producer.push(frame(3, 5)));
    assertEquals(1, data.getLong(0));
    assertEquals(5, data.getInt(8));
    assertEquals(2, data.getShort(12));
    assertEquals(17, data.getShort(14));
    assertEquals(3, data.getLong(16));
    assertEquals(-3, data.getLong(24));
    for (int at = 32; at < 57; at++) {
      assertEquals(4, data.get(at));
    }
    for (int at = 57; at < 64; at++) {
      assertEquals(0, data.get(at));
    }
    assertEquals(3, data.get(64));
    assertEquals(3, data.get(68));
    assertEquals(128, control.getLong(PUBLISHED_AT));
  }

  @Test
  void an_empty_lane_has_nothing() throws Exception {
    assertFalse(consumer.isReady());
    assertNull(consumer.poll());
  }

  @Test
  void frames_of_every_length_come_out_as_they_went_in() throws Exception {
    Random random = new Random(7);
    ArrayDeque<RingFrame> model = new ArrayDeque<>();
    long sequence = 0;
    for (int step = 0; step < 200_000; step++) {
      if (random.nextInt(5) < 3) {
        int longest = random.nextInt(4) == 0 ? lane.maxPayload() : 200;
        RingFrame frame = frame(++sequence, random.nextInt(longest + 1));
        if (producer.push(frame)) {
          model.add(frame);
        } else {
          assertFalse(model.isEmpty(), "an empty lane takes any frame");
        }
      } else {
        assertEquals(model.isEmpty(), !consumer.isReady());
        RingFrame found = consumer.poll();
        if (model.isEmpty()) {
          assertNull(found);
        } else {
          assertSame(model.remove(), found);
        }
      }
    }
  }

  @Test
  void what_stood_there_before_never_passes_for_a_frame() throws Exception {
    // Every word of the lane looks like the commit word of some position.
    for (int at = 0; at < BYTES; at += Long.BYTES) {
      data.putLong(at, at + 1L);
    }
    data.putLong(0, 0);
    for (int round = 0; round < 1000; round++) {
      assertTrue(producer.push(frame(round, round % 300)));
      assertEquals(round, consumer.poll().sequence());
      assertNull(consumer.poll());
    }
  }

  @Test
  void a_frame_is_written_only_with_room_for_the_word_after_it() throws Exception {
    int frames = 0;
    while (producer.push(frame(frames, 0))) {
      frames++;
    }
    assertEquals(BYTES / RingLayout.FRAME_HEADER_BYTES - 1, frames);
    assertEquals(0, consumer.poll().sequence());
    assertTrue(producer.push(frame(1, 0)));
    assertFalse(producer.push(frame(2, 0)));
  }

  @Test
  void the_other_side_is_woken_only_if_its_flag_is_up() throws Exception {
    producer.push(frame(1, 0));
    producer.wakeConsumer();
    assertEquals(0, futex.wakes);
    int seen = consumer.word().raiseFlag();
    producer.push(frame(2, 0));
    producer.wakeConsumer();
    producer.wakeConsumer();
    assertEquals(1, futex.wakes);
    assertEquals(seen + 1, control.getInt(DATA_WORD_AT));
    control.putInt(SPACE_WORD_AT + 4, 1);
    consumer.poll();
    assertEquals(2, futex.wakes);
  }

  @Test
  void one_thread_writes_while_another_reads() throws Exception {
    int frames = 100_000;
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int at = 0; at < frames; ) {
                  if (producer.push(frame(at, at % 700))) {
                    at++;
                  } else {
                    Thread.yield();
                  }
                }
              } catch (DamagedRing damage) {
                throw new IllegalStateException(damage);
              }
            },
            task -> new Thread(task).start());
    for (int at = 0; at < frames; ) {
      RingFrame found = consumer.poll();
      if (found == null) {
        Thread.yield();
      } else {
        assertSame(frame(at, at % 700), found);
        at++;
      }
    }
    writer.get(30, TimeUnit.SECONDS);
  }

  /** What the reader says of a frame in which {@code change} has changed something. */
  private String said(Runnable change) throws Exception {
    producer.push(frame(1, 100));
    change.run();
    DamagedRing damage = assertThrows(DamagedRing.class, consumer::poll);
    assertThrows(DamagedRing.class, consumer::poll);
    return damage.getMessage();
  }

  @Test
  void garbage_is_an_exception_and_never_more() throws Exception {
    assertTrue(said(() -> data.putLong(0, 77)).contains("a commit word of another position"));
  }

  @Test
  void a_frame_of_no_kind_is_refused() throws Exception {
    assertTrue(said(() -> data.putShort(12, (short) 0)).contains("a frame of kind 0"));
  }

  @Test
  void a_length_beyond_the_lane_is_refused() throws Exception {
    assertTrue(said(() -> data.putInt(8, -1)).contains("a frame longer than its lane"));
  }

  @Test
  void a_length_beyond_what_a_frame_may_have_is_refused() throws Exception {
    assertTrue(
        said(() -> data.putInt(8, lane.maxPayload() + 1)).contains("a frame longer than its lane"));
  }

  @Test
  void a_pad_that_does_not_end_with_its_lane_is_refused() throws Exception {
    assertTrue(said(() -> data.putShort(12, (short) RingLayout.KIND_PAD)).contains("a pad that"));
  }

  @Test
  void reserved_bytes_that_are_not_zero_are_refused() throws Exception {
    assertTrue(said(() -> data.put(60, (byte) 1)).contains("reserved bytes"));
  }

  @Test
  void a_consumed_position_that_no_consumer_wrote_is_refused() throws Exception {
    while (producer.push(frame(1, 100))) {
      // Until the lane is full, and the consumer's word is looked at.
    }
    for (long nonsense : new long[] {-1, 1, 1 << 20, Long.MAX_VALUE}) {
      control.putLong(CONSUMED_AT, nonsense);
      assertThrows(DamagedRing.class, () -> producer.push(frame(1, 100)));
    }
  }

  @Test
  void scribbling_at_random_is_survived() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 20_000; round++) {
      RingLaneTest fresh = new RingLaneTest();
      for (int at = 0; at < 4; at++) {
        fresh.producer.push(frame(at, random.nextInt(500)));
      }
      for (int at = 0; at < 8; at++) {
        fresh.data.put(random.nextInt(512), (byte) random.nextInt());
      }
      try {
        while (fresh.consumer.poll() != null) {
          // Whatever passes for a frame has sane lengths.
        }
      } catch (DamagedRing damage) {
        assertTrue(damage.getMessage().startsWith("the ring's memory is damaged: "));
      }
    }
  }
}
