package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Another rule set between two events. */
@ExtendWith(LeavesNothing.class)
@Timeout(120)
class SwapTest {
  private static String reading(String name, String when) {
    return """
    fishplate: 1
    name: NAME
    schema: {fields: {amount: double, flag: bool, text: string, numbers: list(int)}}
    outputs:
      by: {type: string, merge: first}
    rules:
      - {id: only, when: 'WHEN', output: {by: "'NAME'"}}
    """
        .replace("NAME", name)
        .replace("WHEN", when);
  }

  /** Reads one field, of which the other knows nothing. */
  private static final String AMOUNTS = reading("amounts", "event.amount > 10.0");

  /** Reads the others: what stands for "it is there" would be true, too. */
  private static final String FLAGS =
      reading("flags", "!event.flag && event.text == \"x\" && event.numbers == [7]");

  private static final Map<String, Object> BOTH =
      Map.of("amount", 11.0, "flag", false, "text", "x", "numbers", List.of(7));

  @Test
  void what_is_defined_alike_keeps_its_state_and_the_answer_says_so() {
    String later =
        Pumps.RULES
            .replace("features.seen_1h > 0", "features.seen_1h > 0 && features.seen_2h > 0")
            .replace(
                "rules:",
                "  seen_2h: {by: event.device, count: true, sliding: 2h, slide: 1m}\nrules:");
    try (RuleSet rules = RuleSet.fromText(Pumps.RULES);
        RuleSet next = RuleSet.fromText(later);
        Engine engine = Engine.open(rules)) {
      engine.decide(Pumps.event("p", 0, 90.0));
      Swapped there = engine.swap(next);
      assertEquals(List.of("seen_1h", "HOT", "QUIET"), there.kept());
      assertEquals(List.of("seen_2h"), there.warming());
      assertEquals(List.of(), there.dropped());
      assertSame(next, engine.ruleSet());
      assertEquals(List.of("seen_2h"), engine.state().warming());
      Decision decision = engine.decide(Pumps.event("p", 1, 90.0));
      assertEquals(2, decision.longOutput("seen"));
      assertEquals(next.versionHex(), decision.versionHex());
      assertNotEquals(rules.versionHex(), decision.versionHex());
      assertEquals(List.of("seen_2h"), engine.swap(rules).dropped());
      assertEquals("HOT", engine.advanceTo(Pumps.at(62)).get(0).timer().rule());
      assertTrue(engine.toString().contains(rules.versionHex()), engine::toString);
    }
  }

  @Test
  void maps_are_read_by_the_fields_of_the_rule_set_that_decides() {
    try (RuleSet amounts = RuleSet.fromText(AMOUNTS);
        RuleSet flags = RuleSet.fromText(FLAGS);
        Engine engine = Engine.open(amounts)) {
      for (RuleSet rules : List.of(flags, amounts, flags)) {
        engine.swap(rules);
        assertEquals(rules.name(), engine.decide(BOTH).output("by"));
        assertEquals(rules.name(), engine.preview(BOTH).output("by"));
        List<Outcome> outcomes = engine.decideAll(List.of(Event.of(BOTH), Event.of(BOTH)));
        outcomes.forEach(outcome -> assertEquals(rules.name(), outcome.decision().output("by")));
      }
    }
  }

  @Test
  void a_strict_engine_stays_strict() {
    try (RuleSet amounts = RuleSet.fromText(AMOUNTS);
        RuleSet flags = RuleSet.fromText(FLAGS);
        Engine engine = Engine.open(amounts, EngineOptions.defaults().withStrict(true))) {
      engine.swap(flags);
      Outcome outcome = engine.decideAll(List.of(Event.of(Map.of("surprise", 1)))).get(0);
      assertEquals("F0606", outcome.error().orElseThrow().code());
      assertEquals("flags", engine.decide(BOTH).output("by"));
    }
  }

  @Test
  void rule_sets_may_be_closed_once_they_are_swapped_in_or_out() {
    RuleSet amounts = RuleSet.fromText(AMOUNTS);
    RuleSet flags = RuleSet.fromText(FLAGS);
    try (Engine engine = Engine.open(amounts)) {
      engine.swap(flags);
      amounts.close();
      flags.close();
      assertEquals("flags", engine.decide(BOTH).output("by"));
    }
  }

  @Test
  void switched_rules_stay_so_by_their_id() {
    try (RuleSet amounts = RuleSet.fromText(AMOUNTS);
        RuleSet flags = RuleSet.fromText(FLAGS);
        Engine engine = Engine.open(amounts)) {
      engine.setMode("only", Mode.SHADOW);
      engine.swap(flags);
      assertEquals(Map.of("only", Mode.SHADOW), engine.state().modes());
      assertEquals(List.of("only"), engine.decide(BOTH).shadowMatched());
    }
  }

  /** A map that swaps the engine's rule set while it is read. */
  private static Map<String, Object> swapping(Engine engine, RuleSet next) {
    return new AbstractMap<>() {
      @Override
      public Set<Entry<String, Object>> entrySet() {
        engine.swap(next);
        return BOTH.entrySet();
      }
    };
  }

  @Test
  void an_event_that_swaps_the_rule_set_while_it_is_read_is_decided_by_the_new_one() {
    try (RuleSet amounts = RuleSet.fromText(AMOUNTS);
        RuleSet flags = RuleSet.fromText(FLAGS);
        Engine engine = Engine.open(amounts)) {
      assertEquals("flags", engine.decide(swapping(engine, flags)).output("by"));
      assertEquals("amounts", engine.preview(swapping(engine, amounts)).output("by"));
      List<Outcome> outcomes =
          engine.decideAll(List.of(Event.of(BOTH), Event.of(swapping(engine, flags))));
      outcomes.forEach(outcome -> assertEquals("flags", outcome.decision().output("by")));
      assertEquals(3, engine.counters().accepted());
      assertEquals(0, engine.counters().refused());
    }
  }

  @Test
  void no_map_is_decided_by_a_rule_set_that_it_was_not_written_for() throws Exception {
    try (RuleSet amounts = RuleSet.fromText(AMOUNTS);
        RuleSet flags = RuleSet.fromText(FLAGS);
        Engine engine = Engine.open(amounts)) {
      Map<String, String> names =
          Map.of(amounts.versionHex(), "amounts", flags.versionHex(), "flags");
      AtomicBoolean over = new AtomicBoolean();
      ExecutorService pool = Executors.newFixedThreadPool(3);
      try {
        List<Future<Long>> wrong = new ArrayList<>();
        for (int batch : new int[] {0, 1, 50}) {
          wrong.add(pool.submit(() -> wrongAnswers(engine, names, batch, over)));
        }
        for (int round = 0; round < 2_000; round++) {
          engine.swap(round % 2 == 0 ? flags : amounts);
        }
        over.set(true);
        for (Future<Long> count : wrong) {
          assertEquals(0, count.get());
        }
        assertEquals(0, engine.counters().refused());
      } finally {
        over.set(true);
        pool.shutdownNow();
      }
    }
  }

  /** Decides until it is over; counts the decisions that are not of the rule set that they name. */
  private static long wrongAnswers(
      Engine engine, Map<String, String> names, int batch, AtomicBoolean over) {
    List<Event> events = Collections.nCopies(batch, Event.of(BOTH));
    long wrong = 0;
    while (!over.get()) {
      List<Decision> decisions =
          batch == 0
              ? List.of(engine.decide(BOTH))
              : engine.decideAll(events).stream().map(Outcome::decision).toList();
      wrong +=
          decisions.stream()
              .filter(one -> !names.get(one.versionHex()).equals(one.output("by")))
              .count();
    }
    return wrong;
  }
}
