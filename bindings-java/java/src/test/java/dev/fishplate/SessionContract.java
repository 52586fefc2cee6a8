package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fishplate.SessionOptions.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session promises, whatever lies behind its address. */
@Timeout(60)
abstract class SessionContract extends FuturesContract {
  private static final TraceContext TRACE =
      TraceContext.fromHeaders(
              Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
          .orElseThrow();

  @Test
  void outcomes_come_in_order_with_the_ids_that_their_session_gives_them() {
    try (Session session = connect(options().sessionId(ID))) {
      for (int at = 1; at <= 100; at++) {
        assertEquals(at, session.send(large(1000 + at)));
      }
      for (int at = 1; at <= 100; at++) {
        Outcome outcome = next(session);
        assertEquals(at, outcome.sequence());
        Decision decision = outcome.decision();
        assertEquals((1000 + at) / 4.0, decision.doubleOutput("share"));
        Canonical identity = new Canonical();
        identity.u8(2);
        identity.raw(ID);
        identity.i64(at);
        byte[] id = Canonical.decisionId(decision.version(), identity.toBytes());
        assertEquals(HexFormat.of().formatHex(id), decision.idHex());
      }
      SessionReport report = session.report();
      assertEquals(HexFormat.of().formatHex(ID), report.sessionId());
      assertEquals(SessionState.STREAMING, report.state());
      assertEquals(
          List.of(100L, 100L, 1L), List.of(report.sent(), report.received(), report.epoch()));
      assertEquals("payments", report.ruleSet());
      assertEquals(Optional.empty(), report.endedWith());
    }
  }

  @Test
  void every_form_of_an_event_is_decided_as_in_process() {
    try (RuleSet rules = Samples.rules();
        Engine engine = Engine.open(rules);
        Session session = connect()) {
      for (Event event :
          List.of(
              Event.of(Samples.FIELDS),
              Event.json(Samples.JSON),
              Event.protobuf(Samples.protobuf()))) {
        session.send(event.withTrace(TRACE));
        Decision there = next(session).decision();
        Decision here = engine.decide(event);
        assertEquals(here.versionHex(), there.versionHex());
        assertEquals(here.outputs(), there.outputs());
        assertEquals(here.matched(), there.matched());
        assertEquals(here.shadowMatched(), there.shadowMatched());
        assertEquals(TRACE, there.parent().orElseThrow());
        assertEquals(TRACE.traceIdHex(), there.trace().orElseThrow().traceIdHex());
        byte[] span = Canonical.sha256(TRACE.traceId(), TRACE.spanId(), there.id());
        assertEquals(HexFormat.of().formatHex(span, 0, 8), there.trace().orElseThrow().spanIdHex());
      }
    }
  }

  @Test
  void a_refused_event_is_an_outcome_in_its_place() {
    try (Session session = connect()) {
      session.send(large(2000));
      session.send(Event.json("{"));
      session.send(Map.of("amount", new java.util.BitSet()));
      session.send(large(2001));
      assertTrue(next(session).isDecided());
      assertEquals("F0602", next(session).error().orElseThrow().code());
      FishplateException unsupported = next(session).error().orElseThrow();
      assertEquals("F0603", unsupported.code());
      assertTrue(unsupported.getMessage().contains("java.util.BitSet"), unsupported::getMessage);
      assertEquals(4, next(session).sequence());
    }
  }

  @Test
  void a_preview_is_an_outcome_too() {
    try (Session session = connect()) {
      session.send(large(2000), SendOptions.defaults().withPreview(true));
      assertEquals(500.0, next(session).decision().doubleOutput("share"));
    }
  }

  @Test
  void after_a_half_close_what_was_sent_is_decided_and_then_the_end_is_ok() {
    try (Session session = connect()) {
      session.send(large(2000));
      session.send(large(2001));
      session.halfClose();
      assertRefused(StatusCode.FAILED_PRECONDITION, "F0850", () -> session.send(large(2002)));
      assertRefused(StatusCode.FAILED_PRECONDITION, "F0850", call(session::halfClose));
      assertEquals(1, next(session).sequence());
      assertEquals(2, next(session).sequence());
      assertEquals(Optional.empty(), session.receive(LONG));
      assertEquals(Optional.empty(), session.receive());
      SessionReport report = session.report();
      assertEquals(SessionState.DONE, report.state());
      assertEquals(Optional.of(StatusCode.OK), report.endedWith());
      assertEquals(Optional.of(2L), report.watermark());
    }
  }

  @Test
  void after_a_cancel_the_end_is_cancelled_and_tells_the_watermark() {
    try (Session session = connect()) {
      session.send(large(2000));
      assertEquals(1, next(session).sequence());
      session.cancel();
      assertRefused(StatusCode.FAILED_PRECONDITION, "F0850", call(session::cancel));
      assertRefused(StatusCode.CANCELLED, "F0855", () -> session.receive(LONG));
      assertRefused(StatusCode.CANCELLED, "F0855", session::receive);
      assertEquals(Optional.of(StatusCode.CANCELLED), session.report().endedWith());
      assertEquals(Optional.of(1L), session.report().watermark());
    }
  }

  @Test
  void an_iterator_gives_what_is_left_until_the_end() {
    try (Session session = connect()) {
      for (int at = 0; at < 10; at++) {
        session.send(large(2000));
      }
      session.halfClose();
      List<Long> sequences = new ArrayList<>();
      for (Outcome outcome : session) {
        sequences.add(outcome.sequence());
      }
      assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L), sequences);
      Iterator<Outcome> atTheEnd = session.iterator();
      assertFalse(atTheEnd.hasNext());
      assertThrows(NoSuchElementException.class, atTheEnd::next);
    }
  }

  @Test
  void a_full_window_that_rejects_refuses_until_outcomes_were_taken() throws Exception {
    try (Session session = connect(options().whenFull(WhenFull.REJECT).windowEvents(2))) {
      session.send(large(2000));
      session.send(large(2001));
      assertRefused(StatusCode.RESOURCE_EXHAUSTED, "F0851", () -> session.send(large(2002)));
      next(session);
      next(session);
      long sequence = 0;
      for (int at = 0; at < 1000 && sequence == 0; at++) {
        try {
          sequence = session.send(large(2003));
        } catch (ResourceExhaustedException full) {
          Thread.sleep(10);
        }
      }
      assertEquals(3, sequence);
      assertEquals(3, next(session).sequence());
    }
  }

  @Test
  void a_full_window_that_blocks_waits_for_room() throws Exception {
    try (Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(2))) {
      session.send(large(2000));
      session.send(large(2001));
      Duration wait = Duration.ofMillis(30);
      assertRefused(StatusCode.DEADLINE_EXCEEDED, "F0852", () -> session.send(large(2002), wait));
      CompletableFuture<Long> blocked =
          CompletableFuture.supplyAsync(() -> session.send(large(2003)));
      assertEquals(1, next(session).sequence());
      assertEquals(2, next(session).sequence());
      assertEquals(3, blocked.get(30, TimeUnit.SECONDS));
      assertEquals(3, next(session).sequence());
    }
  }

  @Test
  void a_full_window_that_sheds_answers_for_every_event_all_the_same() {
    try (Session session = connect(options().whenFull(WhenFull.SHED_OLDEST).windowEvents(2))) {
      for (int at = 1; at <= 20; at++) {
        assertEquals(at, session.send(large(2000)));
      }
      session.halfClose();
      long shed = 0;
      long sequence = 0;
      for (Outcome outcome : session) {
        assertEquals(++sequence, outcome.sequence());
        String code = outcome.error().map(FishplateException::code).orElse("decided");
        assertTrue(List.of("F0853", "decided").contains(code), code);
        shed += outcome.isDecided() ? 0 : 1;
      }
      assertEquals(20, sequence);
      assertTrue(shed > 0);
      assertEquals(shed, session.report().shed());
    }
  }

  @Test
  void a_session_ends_at_its_deadline() {
    try (Session session = connect(options().deadline(Duration.ofMillis(300)))) {
      session.send(large(2000));
      assertTrue(next(session).isDecided());
      assertRefused(StatusCode.DEADLINE_EXCEEDED, "F0855", () -> session.receive(LONG));
      assertEquals(Optional.of(1L), session.report().watermark());
      FishplateException late = refusalOf(() -> session.send(large(2001)));
      assertEquals(StatusCode.DEADLINE_EXCEEDED, late.status());
    }
  }

  @Test
  void a_wait_for_nothing_ends_in_time() {
    try (Session session = connect()) {
      assertRefused(StatusCode.DEADLINE_EXCEEDED, "F0852", () -> session.receive(Duration.ZERO));
      assertRefused(
          StatusCode.DEADLINE_EXCEEDED, "F0852", () -> session.receive(Duration.ofMillis(20)));
    }
  }

  /**
   * Closes sessions of a full window in whose {@code call} another thread waits, until it was there
   * before the close: one that comes later is refused, which is as good.
   */
  private void closeWakes(Function<Session, ?> call) throws Exception {
    String code = "";
    for (int round = 0; round < 20 && !code.equals("F0863"); round++) {
      Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(1));
      session.send(large(2000));
      next(session);
      session.send(large(2000), SendOptions.defaults().withPreview(true));
      CompletableFuture<?> waiting = CompletableFuture.supplyAsync(() -> call.apply(session));
      Thread.sleep(10 * round);
      session.close();
      code = causeOf(waiting).code();
      assertTrue(List.of("F0863", "F0801").contains(code), code);
    }
    assertEquals("F0863", code);
  }

  @Test
  void closing_wakes_a_receive_that_waits() throws Exception {
    closeWakes(
        session -> {
          session.receive();
          return session.receive();
        });
  }

  @Test
  void closing_wakes_a_send_that_waits_for_room() throws Exception {
    closeWakes(session -> session.send(large(2001)));
  }

  @Test
  void a_closed_session_refuses_everything_but_to_be_closed() {
    Session session = connect();
    session.close();
    session.close();
    assertRefused(StatusCode.FAILED_PRECONDITION, "F0801", () -> session.send(large(2001)));
    assertRefused(StatusCode.FAILED_PRECONDITION, "F0801", session::receive);
    assertRefused(StatusCode.FAILED_PRECONDITION, "F0801", call(session::halfClose));
    assertRefused(StatusCode.FAILED_PRECONDITION, "F0801", call(session::cancel));
    assertRefused(StatusCode.FAILED_PRECONDITION, "F0801", session::report);
  }

  @Test
  void one_thread_sends_while_another_receives() throws Exception {
    int events = 5_000;
    try (Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(64))) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                for (int at = 1; at <= events; at++) {
                  session.send(large(1000 + at));
                }
                session.halfClose();
              });
      long sequence = 0;
      for (Outcome outcome : session) {
        assertEquals(++sequence, outcome.sequence());
        assertEquals((1000 + sequence) / 4.0, outcome.decision().doubleOutput("share"));
      }
      assertEquals(events, sequence);
      sender.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void many_threads_send_and_many_receive_and_nothing_is_lost() throws Exception {
    int threads = 4;
    int each = 500;
    try (Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(16))) {
      List<CompletableFuture<Long>> workers = new ArrayList<>();
      for (int at = 0; at < threads; at++) {
        workers.add(
            CompletableFuture.supplyAsync(
                () -> {
                  long sum = 0;
                  for (int event = 0; event < each; event++) {
                    session.send(large(2000));
                    sum += session.receive().orElseThrow().sequence();
                  }
                  return sum;
                },
                task -> new Thread(task).start()));
      }
      long sum = 0;
      for (CompletableFuture<Long> worker : workers) {
        sum += worker.get(50, TimeUnit.SECONDS);
      }
      long all = (long) threads * each;
      assertEquals(all * (all + 1) / 2, sum);
    }
  }

  @Test
  void an_unknown_rule_set_is_not_found() {
    assertRefused(StatusCode.NOT_FOUND, "F0861", () -> connect(options().ruleSet("others")));
  }
}
