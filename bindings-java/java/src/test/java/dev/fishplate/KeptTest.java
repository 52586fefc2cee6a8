package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Engines whose inputs are kept in a folder. */
@ExtendWith(LeavesNothing.class)
class KeptTest {
  private static final String RULES =
      """
      fishplate: 1
      name: kept
      schema: {fields: {id: int, who: string, at: timestamp}}
      event: {time: at, id: id}
      outputs: {seen: {type: int, merge: first}}
      features: {seen: {by: event.who, count: true, sliding: 1h, slide: 1h}}
      rules:
        - {id: ALL, when: true, output: {seen: features.seen}}
      """;

  @TempDir Path folder;

  private static RuleSet rules() {
    return RuleSet.fromText(RULES);
  }

  private EngineOptions kept() {
    return EngineOptions.defaults().withState(folder.resolve("state"));
  }

  private static Event event(int number) {
    String json = "{\"id\": \"" + number + "\", \"who\": \"a\", \"at\": \"2026-01-01T00:00:00Z\"}";
    return Event.json(json.getBytes(StandardCharsets.UTF_8));
  }

  private static long seen(Decision decision) {
    return decision.longOutput("seen");
  }

  @Test
  void an_engine_goes_on_where_its_folder_was_left() {
    try (RuleSet rules = rules();
        Engine engine = Engine.open(rules, kept())) {
      for (int at = 0; at < 3; at++) {
        assertEquals(at + 1, seen(engine.decide(event(at))));
      }
      List<Event> batch = IntStream.range(3, 6).mapToObj(KeptTest::event).toList();
      List<Outcome> outcomes = engine.decideAll(batch);
      assertEquals(
          List.of(4L, 5L, 6L), outcomes.stream().map(one -> seen(one.decision())).toList());
      engine.setMode("ALL", Mode.OFF);
    }
    try (RuleSet rules = rules();
        Engine engine = Engine.open(rules, kept())) {
      assertEquals(6, engine.counters().accepted());
      assertEquals(Mode.OFF, engine.state().modes().get("ALL"));
      engine.setMode("ALL", null);
      Decision again = engine.decide(event(5));
      assertTrue(again.repeated());
      assertEquals(6, seen(again));
      assertEquals(7, seen(engine.decide(event(6))));
    }
  }

  @Test
  void one_engine_at_a_time_has_a_folder() {
    try (RuleSet rules = rules()) {
      try (Engine engine = Engine.open(rules, kept())) {
        assertEquals(1, seen(engine.decide(event(0))));
        FailedPreconditionException refused =
            assertThrows(FailedPreconditionException.class, () -> Engine.open(rules, kept()));
        assertEquals("F0870", refused.code());
      }
      Engine.open(rules, kept()).close();
    }
  }

  @Test
  void a_folder_that_cannot_be_one_and_one_of_other_rules_are_refused() throws Exception {
    Files.writeString(folder.resolve("file"), "no folder");
    EngineOptions file = EngineOptions.defaults().withState(folder.resolve("file"));
    try (RuleSet rules = rules();
        RuleSet others = RuleSet.fromText(RULES.replace("name: kept", "name: another"))) {
      FailedPreconditionException refused =
          assertThrows(FailedPreconditionException.class, () -> Engine.open(rules, file));
      assertEquals("F0871", refused.code());
      Engine.open(rules, kept()).close();
      refused = assertThrows(FailedPreconditionException.class, () -> Engine.open(others, kept()));
      assertEquals("F0880", refused.code());
      assertThrows(
          IllegalArgumentException.class, () -> Engine.restore(rules, kept(), new byte[][] {{1}}));
    }
  }

  @Test
  void threads_wait_for_the_disk_together() throws Exception {
    List<Long> counts = Collections.synchronizedList(new ArrayList<>());
    try (RuleSet rules = rules();
        Engine engine = Engine.open(rules, kept())) {
      List<Thread> threads = new ArrayList<>();
      for (int first = 0; first < 4; first++) {
        int from = first * 1_000;
        threads.add(
            new Thread(
                () ->
                    IntStream.range(from, from + 25)
                        .forEach(at -> counts.add(seen(engine.decide(event(at)))))));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join(60_000);
      }
    }
    Collections.sort(counts);
    assertEquals(IntStream.rangeClosed(1, 100).mapToObj(Long::valueOf).toList(), counts);
  }
}
