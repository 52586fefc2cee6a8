package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothing.class)
@Timeout(120)
class ThreadsTest {
  private static final int THREADS = 8;
  private static final int EVENTS = 2_000;

  private static <T> List<T> together(Callable<T> work)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int at = 0; at < THREADS; at++) {
        futures.add(pool.submit(work));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void many_threads_share_one_engine_and_no_event_is_lost() throws Exception {
    try (RuleSet rules = Samples.rules();
        Engine engine = Engine.open(rules)) {
      Event protobuf = Event.protobuf(Samples.protobuf());
      List<Long> sums =
          together(
              () -> {
                long sum = 0;
                for (int at = 0; at < EVENTS; at++) {
                  Decision decision =
                      at % 2 == 0 ? engine.decide(protobuf) : engine.decide(Samples.FIELDS);
                  sum += decision.longOutput("score");
                }
                return sum;
              });
      sums.forEach(sum -> assertEquals(66L * EVENTS, sum));
      assertEquals((long) THREADS * EVENTS, engine.counters().accepted());
    }
  }

  @Test
  void closing_while_others_decide_refuses_them_and_nothing_else_happens() throws Exception {
    for (int round = 0; round < 20; round++) {
      RuleSet rules = Samples.rules();
      Engine engine = Engine.open(rules);
      ExecutorService pool = Executors.newFixedThreadPool(THREADS);
      try {
        List<Future<String>> ends = new ArrayList<>();
        for (int at = 0; at < THREADS; at++) {
          ends.add(pool.submit(() -> decideUntilRefused(engine)));
        }
        while (engine.counters().accepted() < 100) {
          Thread.onSpinWait();
        }
        engine.close();
        rules.close();
        for (Future<String> end : ends) {
          assertEquals("F0801", end.get());
        }
      } finally {
        pool.shutdownNow();
      }
    }
  }

  private static String decideUntilRefused(Engine engine) {
    while (true) {
      try {
        engine.decide(Samples.FIELDS);
      } catch (FailedPreconditionException closed) {
        return closed.code();
      }
    }
  }

  @Test
  void closing_from_many_threads_at_once_is_closing_once() throws Exception {
    RuleSet rules = Samples.rules();
    Engine engine = Engine.open(rules);
    together(
        () -> {
          engine.close();
          rules.close();
          return null;
        });
    assertEquals(0, LiveObjects.count());
  }

  @Test
  void engines_open_and_close_in_many_threads() throws Exception {
    try (RuleSet rules = Samples.rules()) {
      List<Integer> decided =
          together(
              () -> {
                int sum = 0;
                for (int at = 0; at < 100; at++) {
                  try (Engine engine = Engine.open(rules)) {
                    sum += engine.decide(Map.of("amount", 5000.0)).matched().size();
                  }
                }
                return sum;
              });
      decided.forEach(sum -> assertEquals(100, sum));
    }
  }

  @Test
  void what_is_never_closed_is_freed_when_nobody_has_it() throws Exception {
    openAndForget();
    for (int at = 0; at < 200 && LiveObjects.count() > 0; at++) {
      System.gc();
      Thread.sleep(20);
    }
    assertEquals(0, LiveObjects.count());
  }

  private static void openAndForget() {
    Engine engine = Engine.open(Samples.rules());
    assertTrue(engine.decide(Samples.FIELDS).matched().size() > 0);
    assertEquals(2, LiveObjects.count());
  }
}
