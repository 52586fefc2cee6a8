package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rules that fire without an event, because somebody says what time it is. */
@ExtendWith(LeavesNothing.class)
class TicksTest {
  private RuleSet rules;
  private Engine engine;

  @BeforeEach
  void open() {
    rules = RuleSet.fromText(Pumps.RULES);
    engine = Engine.open(rules);
  }

  @AfterEach
  void close() {
    engine.close();
    rules.close();
  }

  private static List<Timer> timers(List<Decision> decisions) {
    return decisions.stream().map(Decision::timer).toList();
  }

  @Test
  void a_rule_fires_when_no_event_of_its_span_can_come_any_more() {
    Decision asked = engine.decide(Pumps.event("p-1", 0, 90.0));
    assertNull(asked.timer(), "an event asked for it");
    assertEquals(List.of(), engine.advanceTo(Pumps.at(61)));
    List<Decision> fired = engine.advanceTo(Pumps.at(62));
    assertEquals(List.of(new Timer("HOT", List.of("p-1"), Pumps.at(60))), timers(fired));
    Decision decision = fired.get(0);
    assertEquals(Map.of("action", "STOP"), decision.outputs());
    assertEquals(List.of("HOT"), decision.matched());
    assertFalse(decision.late() || decision.repeated());
    assertEquals(rules.versionHex(), decision.versionHex());
    assertTrue(decision.toString().contains("Timer[rule=HOT, key=[p-1]"), decision::toString);
    assertThrows(UnsupportedOperationException.class, fired::clear);
    assertThrows(UnsupportedOperationException.class, () -> decision.timer().key().clear());
  }

  @Test
  void timers_come_by_their_time_then_as_the_document_has_them_then_by_key() {
    engine.decide(Pumps.event("c", -240, 20.0));
    engine.decide(Pumps.event("b", 0, 90.0));
    engine.decide(Pumps.event("a", 0, 90.0));
    assertEquals(
        List.of(
            new Timer("HOT", List.of("a"), Pumps.at(60)),
            new Timer("HOT", List.of("b"), Pumps.at(60)),
            new Timer("QUIET", List.of("c"), Pumps.at(60)),
            new Timer("QUIET", List.of("a"), Pumps.at(300)),
            new Timer("QUIET", List.of("b"), Pumps.at(300))),
        timers(engine.advanceTo(Pumps.at(302))));
  }

  @Test
  void time_never_goes_back() {
    engine.decide(Pumps.event("p-1", 0, 90.0));
    assertEquals(1, engine.advanceTo(Pumps.at(100)).size());
    assertEquals(List.of(), engine.advanceTo(Pumps.at(100)));
    assertEquals(List.of(), engine.advanceTo(Pumps.at(-100)));
    assertTrue(engine.decide(Pumps.event("p-2", 97, 20.0)).late(), "before 100 s less 2 s");
    assertFalse(engine.decide(Pumps.event("p-2", 98, 20.0)).late());
  }

  @Test
  void the_first_and_the_last_moment_are_moments_and_time_has_nanoseconds() {
    assertEquals(List.of(), engine.advanceTo(Instant.parse("0001-01-01T00:00:00Z")));
    engine.decide(
        Event.of(
            Map.of("device", "p", "at", Instant.parse("1969-12-31T23:58:58.9Z"), "celsius", 81.0)));
    Instant before = Instant.parse("1970-01-01T00:00:00.899999999Z");
    assertEquals(List.of(), engine.advanceTo(before));
    Timer timer = engine.advanceTo(before.plusNanos(1)).get(0).timer();
    assertEquals(Instant.parse("1969-12-31T23:59:58.9Z"), timer.due());
    assertEquals(1, engine.advanceTo(Instant.parse("9999-12-31T23:59:59.999999999Z")).size());
  }

  @Test
  void a_timer_is_in_the_trace_of_its_keys_last_event_with_a_span_of_its_own() {
    TraceContext trace =
        TraceContext.of(
            HexFormat.of().parseHex("4bf92f3577b34da6a3ce929d0e0e4736"),
            HexFormat.of().parseHex("00f067aa0ba902b7"),
            1);
    Decision asked = engine.decide(Pumps.event("p-1", 0, 90.0).withTrace(trace));
    Decision fired = engine.advanceTo(Pumps.at(62)).get(0);
    assertEquals(trace, fired.parent().orElseThrow());
    assertEquals(trace.traceIdHex(), fired.trace().orElseThrow().traceIdHex());
    assertNotEquals(asked.idHex(), fired.idHex());
    assertNotEquals(asked.trace().orElseThrow(), fired.trace().orElseThrow());
  }

  @Test
  void keys_of_every_type_come_as_javas_values() {
    String document =
        """
        fishplate: 1
        name: keys
        schema:
          fields: {at: timestamp, t: bool, i: int, u: uint, s: string, y: bytes, p: duration}
        event: {time: at}
        outputs:
          fired: {type: int, merge: first}
        rules:
          - id: QUIET
            by: [event.t, event.i, event.u, event.s, event.y, event.at, event.p]
            silent: 1s
            output: {fired: 1}
        """;
    byte[] bytes = {0, -1};
    Map<String, Object> event =
        Map.of(
            "at",
            Pumps.NOON,
            "t",
            true,
            "i",
            -1,
            "u",
            Uint.fromBits(-1),
            "s",
            "\ud83d\udee4",
            "y",
            bytes,
            "p",
            Duration.ofMillis(-1500));
    try (RuleSet keys = RuleSet.fromText(document);
        Engine keyed = Engine.open(keys)) {
      keyed.decide(event);
      Decision decision = keyed.advanceTo(Pumps.at(1)).get(0);
      List<Object> key =
          List.of(
              true,
              -1L,
              Uint.fromBits(-1),
              "\ud83d\udee4",
              bytes,
              Pumps.NOON,
              Duration.ofMillis(-1500));
      Timer expected = new Timer("QUIET", key, Pumps.at(1));
      assertEquals(expected, decision.timer());
      assertEquals(expected.hashCode(), decision.timer().hashCode());
      ((byte[]) decision.timer().key().get(4))[0] = 9;
      assertEquals(expected, decision.timer(), "its bytes are a copy each time");
      assertNotEquals(expected, new Timer("QUIET", List.of(), Pumps.at(1)));
    }
  }

  @Test
  void a_tick_that_fires_tens_of_thousands_of_rules_tells_each_once_and_in_order() {
    int devices = 30_000;
    engine.decideAll(
        Stream.iterate(0, at -> at + 1)
            .limit(devices)
            .map(at -> Pumps.event(String.format("device-%05d", at), 0, 20.0))
            .toList());
    List<Decision> fired = engine.advanceTo(Pumps.at(302));
    assertEquals(devices, fired.size());
    for (int at = 0; at < devices; at++) {
      assertEquals(List.of(String.format("device-%05d", at)), fired.get(at).timer().key());
    }
    assertEquals(devices, fired.stream().map(Decision::idHex).distinct().count());
    assertEquals(List.of(), engine.advanceTo(Pumps.at(302)));
  }
}
