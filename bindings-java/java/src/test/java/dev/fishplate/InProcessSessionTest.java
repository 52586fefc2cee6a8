package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions with an engine of this process. */
@ExtendWith(LeavesNothing.class)
class InProcessSessionTest extends SessionContract {
  private final RuleSet rules = Samples.rules();
  private final Engine engine = Engine.open(rules);

  @BeforeEach
  void share() {
    engine.share("payments");
  }

  @AfterEach
  void close() {
    engine.close();
    rules.close();
  }

  @Override
  String address() {
    return "inproc:payments";
  }

  @Test
  void sessions_and_direct_calls_share_one_engine() {
    engine.decide(Samples.FIELDS);
    try (Session session = connect(options())) {
      session.send(large(2000));
      session.send(large(2000), SendOptions.defaults().withPreview(true));
      assertTrue(session.receive(LONG).orElseThrow().isDecided());
      assertTrue(session.receive(LONG).orElseThrow().isDecided());
    }
    assertEquals(2, engine.counters().accepted());
  }

  @Test
  void a_full_window_rejects_unless_told_otherwise() {
    try (Session session = connect(options().windowEvents(1))) {
      session.send(large(2000));
      assertEquals("F0851", refusalOf(() -> session.send(large(2001))).code());
    }
  }

  @Test
  void an_event_whose_time_has_passed_is_refused_and_not_decided() throws Exception {
    try (Session session = connect(options())) {
      session.send(large(2000), SendOptions.defaults().within(Duration.ofMillis(1)));
      session.send(large(2000), SendOptions.defaults().within(LONG));
      Thread.sleep(20);
      assertEquals("F0862", session.receive(LONG).orElseThrow().error().orElseThrow().code());
      assertTrue(session.receive(LONG).orElseThrow().isDecided());
    }
    assertEquals(1, engine.counters().accepted());
  }

  @Test
  void a_name_is_one_engines_until_it_is_closed() {
    try (Engine other = Engine.open(rules)) {
      FishplateException taken =
          refusalOf(
              () -> {
                other.share("payments");
                return null;
              });
      assertEquals(StatusCode.ALREADY_EXISTS, taken.status());
      assertEquals("F0867", taken.code());
      engine.close();
      other.share("payments");
      try (Session session = connect(options())) {
        session.send(large(2000));
        assertTrue(session.receive(LONG).orElseThrow().isDecided());
      }
    }
    FishplateException nobody = refusalOf(() -> Session.connect("inproc:payments"));
    assertEquals(StatusCode.UNAVAILABLE, nobody.status());
    assertEquals("F0860", nobody.code());
  }

  @Test
  void a_session_ends_when_its_engine_is_closed() {
    try (Session session = connect(options())) {
      engine.close();
      FishplateException gone = refusalOf(() -> session.receive(LONG));
      assertEquals(StatusCode.UNAVAILABLE, gone.status());
    }
  }

  @Test
  void a_session_that_nobody_has_is_closed() throws Exception {
    WeakReference<Session> forgotten = forget();
    Forgotten.areFreed(LiveObjects.Kind.SESSION);
    assertTrue(forgotten.refersTo(null));
  }

  private WeakReference<Session> forget() throws Exception {
    // Its daemon thread waits for outcomes, and does not keep it.
    Session session = connect(options());
    assertEquals(500.0, session.decideAsync(large(2000)).get().doubleOutput("share"));
    return new WeakReference<>(session);
  }

  @Test
  void a_future_that_is_not_completed_keeps_its_session() throws Exception {
    // One after the other, so that some are under way while the collector runs.
    CompletableFuture<Decision> last = null;
    for (int at = 0; at < 50; at++) {
      last = connect(options()).decideAsync(Map.of("amount", 2000, "divisor", 100));
      System.gc();
    }
    assertEquals(500.0, last.get(30, TimeUnit.SECONDS).doubleOutput("share"));
    Forgotten.areFreed(LiveObjects.Kind.SESSION);
  }
}
