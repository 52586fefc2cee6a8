package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Contract, section 7: storage that is too small never makes an event be decided twice. */
@ExtendWith(LeavesNothing.class)
class StorageTest {
  private static final String DOCUMENT =
      """
      fishplate: 1
      name: echo
      schema: {fields: {texts: list(string)}}
      outputs:
        texts: {type: list(string), merge: first}
      rules:
        - {id: echo, when: "true", output: {texts: event.texts}}
      """;

  private static final List<String> LARGE =
      java.util.stream.IntStream.range(0, 50).mapToObj(at -> "x".repeat(10_000) + at).toList();

  @Test
  void a_decision_larger_than_the_storage_is_fetched_and_not_decided_again() {
    try (RuleSet rules = RuleSet.fromText(DOCUMENT);
        Engine engine = Engine.open(rules)) {
      Decision decision = inAFreshThread(() -> engine.decide(Map.of("texts", LARGE)));
      assertEquals(LARGE, decision.output("texts"));
      assertEquals(1, engine.counters().accepted());
    }
  }

  @Test
  void a_preview_larger_than_the_storage_is_fetched_too() {
    try (RuleSet rules = RuleSet.fromText(DOCUMENT);
        Engine engine = Engine.open(rules)) {
      Decision decision = inAFreshThread(() -> engine.preview(Map.of("texts", LARGE)));
      assertEquals(LARGE, decision.output("texts"));
      assertEquals(0, engine.counters().accepted());
    }
  }

  @Test
  void a_batch_larger_than_the_storage_is_fetched_too() {
    try (RuleSet rules = RuleSet.fromText(DOCUMENT);
        Engine engine = Engine.open(rules)) {
      List<Event> events = java.util.Collections.nCopies(20, Event.of(Map.of("texts", LARGE)));
      List<Outcome> outcomes = inAFreshThread(() -> engine.decideAll(events));
      assertEquals(20, outcomes.size());
      outcomes.forEach(outcome -> assertEquals(LARGE, outcome.decision().output("texts")));
      assertEquals(20, engine.counters().accepted());
    }
  }

  @Test
  void a_result_is_taken_into_an_array_of_its_own_once_and_never_a_second_time() {
    try (RuleSet rules = RuleSet.fromText(DOCUMENT);
        Storage storage = Storage.borrow()) {
      long engine = rules.openEngine(EngineOptions.defaults());
      try {
        Native.engineSnapshot(engine, 0, 0, storage.out(), 0, storage.reply());
        assertTrue(storage.size() > 0, "there is no room, and the size is told");
        long size = storage.size();
        long ticket = storage.number();
        byte[] taken = take(engine, ticket, storage);
        assertEquals(size, taken.length);
        assertArrayEquals(StateCalls.snapshot(engine), taken);
        assertNull(take(engine, ticket, storage));
        assertEquals("F0811", FishplateException.of(storage.result()).code());
        Calls.close(engine);
        assertNull(take(engine, ticket, storage));
        assertEquals("F0801", FishplateException.of(storage.result()).code());
      } finally {
        Calls.close(engine);
      }
    }
  }

  private static byte[] take(long engine, long ticket, Storage storage) {
    return Memory.take(engine, ticket, storage.out(), storage.capacity(), storage.reply());
  }

  @Test
  void what_a_thread_keeps_is_bounded() {
    inAFreshThread(
        () -> {
          try (Storage storage = Storage.borrow()) {
            LayoutWriter writer = storage.request();
            writer.raw(new byte[8 << 20]);
            storage.accept(writer);
          }
          try (Storage storage = Storage.borrow()) {
            assertTrue(storage.request().buffer().capacity() <= 4 << 20);
          }
          return null;
        });
  }

  @Test
  void a_call_inside_a_call_has_storage_of_its_own() {
    try (Storage outer = Storage.borrow();
        Storage inner = Storage.borrow()) {
      assertTrue(outer.out() != inner.out() && outer.in(0) != inner.in(0));
    }
    long first;
    try (Storage once = Storage.borrow()) {
      first = once.out();
    }
    try (Storage again = Storage.borrow()) {
      assertEquals(first, again.out());
    }
  }

  /** A thread whose storage has its first size. */
  private static <T> T inAFreshThread(java.util.concurrent.Callable<T> work) {
    java.util.concurrent.FutureTask<T> task = new java.util.concurrent.FutureTask<>(work);
    new Thread(task).start();
    try {
      return task.get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException failure) {
      throw new AssertionError(failure);
    }
  }
}
