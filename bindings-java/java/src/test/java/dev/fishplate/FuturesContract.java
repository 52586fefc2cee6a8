package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fishplate.SessionOptions.WhenFull;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a session promises of its futures, whatever lies behind its address. */
abstract class FuturesContract extends SessionSuite {
  @Test
  void futures_have_the_decisions_in_the_order_of_their_events() throws Exception {
    try (Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(32))) {
      List<Integer> completed = new ArrayList<>();
      List<CompletableFuture<Decision>> futures = new ArrayList<>();
      for (int at = 0; at < 500; at++) {
        int number = at;
        CompletableFuture<Decision> future = session.decideAsync(large(1001 + at));
        future.thenRun(
            () -> {
              synchronized (completed) {
                completed.add(number);
              }
            });
        futures.add(future);
      }
      for (int at = 0; at < 500; at++) {
        Decision decision = futures.get(at).get(30, TimeUnit.SECONDS);
        assertEquals((1001 + at) / 4.0, decision.doubleOutput("share"));
      }
      CompletableFuture<Decision> refused = session.decideAsync(Event.json("{"));
      assertEquals("F0602", causeOf(refused).code());
      assertRefused(StatusCode.FAILED_PRECONDITION, "F0850", session::receive);
      assertRefused(StatusCode.FAILED_PRECONDITION, "F0850", () -> session.send(large(1)));
      session.halfClose();
      assertEquals("F0850", causeOf(session.decideAsync(large(1))).code());
    }
  }

  @Test
  void a_session_that_is_received_by_hand_has_no_futures() throws Exception {
    try (Session session = connect()) {
      session.send(large(2000));
      assertEquals("F0850", causeOf(session.decideAsync(large(1))).code());
      assertEquals(1, next(session).sequence());
    }
  }

  @Test
  void closing_completes_the_futures_that_are_left() throws Exception {
    Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(8));
    List<CompletableFuture<Decision>> futures = new ArrayList<>();
    for (int at = 0; at < 8; at++) {
      futures.add(session.decideAsync(large(2000)));
    }
    session.close();
    for (CompletableFuture<Decision> future : futures) {
      Throwable error = future.handle((decision, thrown) -> thrown).get(30, TimeUnit.SECONDS);
      if (error != null) {
        assertEquals(StatusCode.CANCELLED, ((FishplateException) error).status());
      }
    }
    assertEquals("F0801", causeOf(session.decideAsync(large(1))).code());
  }

  @Test
  void a_future_may_send_the_next_event_but_never_waits_for_itself() throws Exception {
    try (Session session = connect(options().whenFull(WhenFull.BLOCK).windowEvents(1))) {
      CompletableFuture<String> second =
          session
              .decideAsync(large(2000))
              .thenCompose(first -> session.decideAsync(large(2000)))
              .thenApply(decision -> "decided")
              .exceptionally(
                  thrown ->
                      thrown.getCause() instanceof FishplateException full ? full.code() : "?");
      String end = second.get(30, TimeUnit.SECONDS);
      assertTrue(List.of("decided", "F0852").contains(end), end);
    }
  }
}
