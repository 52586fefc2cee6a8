package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The state as bytes, whole and by key group, and how much of it there is. */
@ExtendWith(LeavesNothing.class)
class SnapshotsTest {
  private static List<Event> events(int devices, long second) {
    List<Event> events = new ArrayList<>();
    for (int at = 0; at < devices; at++) {
      events.add(Pumps.event("p-" + at, second, 90.0));
    }
    return events;
  }

  private static List<Decision> decided(Engine engine, List<Event> events) {
    return engine.decideAll(events).stream().map(Outcome::decision).toList();
  }

  @Test
  void a_restored_engine_decides_what_the_other_would_have_decided() {
    try (RuleSet rules = RuleSet.fromText(Pumps.RULES);
        Engine engine = Engine.open(rules)) {
      engine.decideAll(events(50, 0));
      byte[] snapshot = engine.snapshot();
      try (Engine restored = Engine.restore(rules, snapshot)) {
        Arrays.fill(snapshot, (byte) 0);
        assertEquals(engine.counters(), restored.counters());
        assertEquals(engine.state(), restored.state());
        assertArrayEquals(engine.snapshot(), restored.snapshot());
        Decision one = engine.decide(Pumps.event("p-7", 30, 90.0));
        assertEquals(2, one.longOutput("seen"));
        assertEquals(one, restored.decide(Pumps.event("p-7", 30, 90.0)));
        List<Decision> fired = engine.advanceTo(Pumps.at(62));
        assertEquals(50, fired.size());
        assertEquals(fired, restored.advanceTo(Pumps.at(62)));
      }
    }
  }

  @Test
  void a_snapshot_of_megabytes_comes_whole_and_is_restored() {
    try (RuleSet rules = RuleSet.fromText(Pumps.RULES);
        Engine engine = Engine.open(rules)) {
      engine.decideAll(events(50_000, 0));
      byte[] snapshot = engine.snapshot();
      assertTrue(snapshot.length > 5 << 20, "larger than what a thread keeps");
      assertArrayEquals(snapshot, engine.snapshot());
      try (Engine restored = Engine.restore(rules, snapshot)) {
        assertEquals(50_000, restored.state().keys());
        assertEquals(decided(engine, events(2_000, 1)), decided(restored, events(2_000, 1)));
      }
    }
  }

  @Test
  void key_groups_move_to_other_engines_and_together_are_the_whole() {
    int[] some = {127, 3, 64, 3_000};
    int[] rest = IntStream.range(0, 127).filter(at -> at != 3 && at != 64).toArray();
    try (RuleSet rules = RuleSet.fromText(Pumps.PARTITIONED);
        Engine whole = Engine.open(rules)) {
      whole.decideAll(events(2_000, 0));
      byte[] first = whole.snapshot(some);
      byte[] second = whole.snapshot(rest);
      try (Engine both = Engine.restore(rules, EngineOptions.defaults(), second, first);
          Engine part = Engine.restore(rules, first)) {
        assertArrayEquals(whole.snapshot(), both.snapshot());
        State state = part.state();
        assertTrue(state.keys() > 0 && state.keys() < whole.state().keys() / 10, state::toString);
        assertEquals(decided(whole, events(2_000, 1)), decided(both, events(2_000, 1)));
      }
    }
  }

  @Test
  void a_snapshot_of_no_key_group_holds_no_key() {
    try (RuleSet rules = RuleSet.fromText(Pumps.PARTITIONED);
        Engine engine = Engine.open(rules)) {
      engine.decideAll(events(100, 0));
      byte[] none = engine.snapshot(new int[0]);
      assertArrayEquals(none, engine.snapshot(200));
      try (Engine empty = Engine.restore(rules, none)) {
        assertEquals(0, empty.state().keys());
        assertEquals(100, empty.counters().accepted());
      }
    }
  }

  @Test
  void a_snapshot_restores_to_another_rule_set_as_after_a_swap() {
    String later = Pumps.RULES.replace("seen_1h", "seen_2h").replace("sliding: 1h", "sliding: 2h");
    try (RuleSet rules = RuleSet.fromText(Pumps.RULES);
        RuleSet next = RuleSet.fromText(later);
        Engine engine = Engine.open(rules)) {
      engine.decideAll(events(10, 0));
      engine.setMode("QUIET", Mode.OFF);
      try (Engine restored = Engine.restore(next, engine.snapshot())) {
        State state = restored.state();
        assertEquals(List.of("seen_2h"), state.warming());
        assertEquals(Mode.OFF, state.modes().get("QUIET"));
        assertEquals(1, restored.decide(Pumps.event("p-1", 30, 20.0)).longOutput("seen"));
      }
    }
  }

  @Test
  void the_state_tells_bytes_keys_and_partitions() {
    try (RuleSet rules = RuleSet.fromText(Pumps.PARTITIONED);
        Engine engine = Engine.open(rules)) {
      State empty = engine.state();
      assertEquals(0, empty.keys() + empty.partitions());
      assertEquals(List.of("HOT", "QUIET", "COUNTED"), List.copyOf(empty.modes().keySet()));
      for (int at = 0; at < 30; at++) {
        engine.decide(Pumps.event("p-" + at, 0, 20.0));
      }
      State state = engine.state();
      assertEquals(30, state.keys());
      assertEquals(30, state.partitions());
      assertTrue(state.bytes() > empty.bytes());
      assertEquals(0, state.refusedKeys() + state.evictedKeys() + state.expiredKeys());
      assertEquals(30, engine.advanceTo(Pumps.at(4_000)).size(), "all were silent");
      assertEquals(0, engine.state().keys());
      assertEquals(30, engine.state().expiredKeys());
    }
  }

  @Test
  void without_room_a_new_key_is_refused_or_the_oldest_goes_and_either_is_counted() {
    EngineOptions tight = EngineOptions.defaults().withMemory(20_000);
    try (RuleSet rules = RuleSet.fromText(Pumps.COUNTING);
        Engine refusing = Engine.open(rules, tight);
        Engine evicting = Engine.open(rules, tight.withAtBudget(EngineOptions.AtBudget.EVICT))) {
      Decision first = decided(refusing, events(1_000, 0)).get(0);
      assertEquals(1, first.longOutput("seen"));
      assertTrue(refusing.state().refusedKeys() > 0);
      assertEquals(0, refusing.state().evictedKeys());
      long keys = refusing.state().keys();
      Decision refused = refusing.decide(Pumps.event("p-999", 1, 20.0));
      assertTrue(
          refused.errors().stream().map(DecisionError::code).toList().contains("F0309"),
          refused::toString);
      assertEquals(keys, refusing.state().keys());
      assertEquals(2, refusing.decide(Pumps.event("p-0", 1, 20.0)).longOutput("seen"));
      evicting.decideAll(events(1_000, 0));
      assertTrue(evicting.state().evictedKeys() > 0);
      assertEquals(0, evicting.state().refusedKeys());
      assertTrue(evicting.state().bytes() <= 20_000);
      assertEquals(2, evicting.decide(Pumps.event("p-999", 1, 20.0)).longOutput("seen"));
      assertEquals(1, evicting.decide(Pumps.event("p-0", 1, 20.0)).longOutput("seen"));
    }
  }

  @Test
  void a_rule_is_switched_off_and_into_the_shadow_until_the_document_counts_again() {
    try (RuleSet rules = RuleSet.fromText(Pumps.RULES);
        Engine engine = Engine.open(rules)) {
      assertEquals(List.of("COUNTED"), engine.preview(Pumps.event("p", 0, 20.0)).matched());
      engine.setMode("COUNTED", Mode.OFF);
      Decision off = engine.preview(Pumps.event("p", 0, 20.0));
      assertEquals(List.of(), off.matched());
      assertEquals(List.of(), off.shadowMatched());
      engine.setMode("COUNTED", Mode.SHADOW);
      assertEquals(List.of("COUNTED"), engine.preview(Pumps.event("p", 0, 20.0)).shadowMatched());
      Map<String, Mode> modes =
          Map.of("HOT", Mode.LIVE, "QUIET", Mode.LIVE, "COUNTED", Mode.SHADOW);
      assertEquals(modes, engine.state().modes());
      engine.setMode("COUNTED", null);
      assertEquals(List.of("COUNTED"), engine.preview(Pumps.event("p", 0, 20.0)).matched());
      assertEquals(Mode.LIVE, engine.state().modes().get("COUNTED"));
    }
  }
}
