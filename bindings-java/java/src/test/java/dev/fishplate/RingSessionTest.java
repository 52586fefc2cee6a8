package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions through shared memory, which Java itself reads and writes. */
@ExtendWith(LeavesNothing.class)
class RingSessionTest extends SessionContract {
  private static final String NAME = TestServer.freshName();

  @TempDir private static Path folder;

  private static TestServer server;

  @BeforeAll
  static void serve() throws IOException {
    server = TestServer.start(folder, TestServer.ring(NAME));
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Override
  String address() {
    return "shm://" + NAME;
  }

  @Test
  void it_holds_a_place_in_the_ring_while_it_is_open() {
    try (Session session = connect(options())) {
      assertEquals(1, LiveObjects.count(LiveObjects.Kind.RING));
      session.send(large(2000));
      assertTrue(session.receive(LONG).orElseThrow().isDecided());
    }
    assertEquals(0, LiveObjects.count(LiveObjects.Kind.RING));
  }

  @Test
  void places_are_given_back_and_claimed_again() {
    for (int round = 0; round < 50; round++) {
      try (Session session = connect(options())) {
        session.send(large(2000));
        assertTrue(session.receive(LONG).orElseThrow().isDecided());
      }
    }
  }

  @Test
  void large_events_go_round_the_end_of_the_lane() {
    byte[] body = ("{\"id\":\"" + "x".repeat(200_000) + "\",\"amount\":2000}").getBytes();
    try (Session session = connect(options())) {
      for (int at = 0; at < 100; at++) {
        session.send(Event.json(body));
        assertEquals(500.0, session.receive(LONG).orElseThrow().decision().output("share"));
      }
    }
  }

  @Test
  void an_event_that_no_frame_takes_is_refused_before_it_is_sent() {
    try (Session session = connect(options().windowBytes(1 << 26))) {
      Event huge = Event.json(new byte[1 << 24]);
      FishplateException refusal = refusalOf(() -> session.send(huge));
      assertEquals(StatusCode.INVALID_ARGUMENT, refusal.status());
      assertEquals("F0865", refusal.code());
      assertEquals(1, session.send(Map.of("amount", 2000, "divisor", 100)));
      assertTrue(session.receive(LONG).orElseThrow().isDecided());
    }
  }

  @Test
  void a_session_that_nobody_has_gives_its_place_back() throws Exception {
    forget();
    Forgotten.areFreed(LiveObjects.Kind.RING);
    Forgotten.areFreed(LiveObjects.Kind.SESSION);
  }

  private void forget() throws Exception {
    Session session = connect(options());
    assertEquals(500.0, session.decideAsync(large(2000)).get().doubleOutput("share"));
  }

  @Test
  void where_nobody_serves_it_is_unavailable_at_once() {
    FishplateException nobody = refusalOf(() -> Session.connect("shm://nobody-is-here"));
    assertEquals(StatusCode.UNAVAILABLE, nobody.status());
    assertEquals("F0860", nobody.code());
    for (String wrong : new String[] {"shm://", "shm://Not/A/Name"}) {
      FishplateException refusal = refusalOf(() -> Session.connect(wrong));
      assertEquals(StatusCode.INVALID_ARGUMENT, refusal.status());
      assertEquals("F0859", refusal.code());
    }
  }
}
