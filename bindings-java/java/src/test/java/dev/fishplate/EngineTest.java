package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothing.class)
class EngineTest {
  private static final TraceContext TRACE =
      TraceContext.of(
          HexFormat.of().parseHex("4bf92f3577b34da6a3ce929d0e0e4736"),
          HexFormat.of().parseHex("00f067aa0ba902b7"),
          1);

  private RuleSet rules;
  private Engine engine;

  @BeforeEach
  void open() {
    rules = Samples.rules();
    engine = Engine.open(rules);
  }

  @AfterEach
  void close() {
    engine.close();
    rules.close();
  }

  @Test
  void every_form_of_an_event_gives_the_same_decision() {
    List<Event> forms =
        List.of(
            Event.protobuf(Samples.protobuf()), Event.json(Samples.JSON), Event.of(Samples.FIELDS));
    for (Event event : forms) {
      Decision decision = engine.preview(event);
      assertEquals(List.of("large", "abroad", "division"), decision.matched(), event::toString);
      assertEquals(66, decision.longOutput("score"));
      assertEquals("REVIEW", decision.stringOutput("action"));
      assertEquals(500.0, decision.doubleOutput("share"));
      assertEquals(List.of("watched"), decision.shadowMatched());
      assertEquals(engine.preview(forms.get(0)), decision);
    }
  }

  @Test
  void outputs_stand_in_document_order_and_without_value_are_left_out() {
    Decision decision = engine.decide(Samples.FIELDS);
    assertEquals(List.of("score", "action", "share"), List.copyOf(decision.outputs().keySet()));
    assertNull(decision.output("serial"));
    assertThrows(NoSuchElementException.class, () -> decision.longOutput("serial"));
    assertThrows(ClassCastException.class, () -> decision.longOutput("action"));
  }

  @Test
  void nested_messages_and_lists_are_maps_and_lists() {
    Map<String, Object> event = new HashMap<>(Samples.FIELDS);
    event.put("device", Map.of("name", "till", "serial", Uint.fromBits(-1)));
    event.put("tags", List.of("a", "b"));
    Decision decision = engine.decide(event);
    assertEquals(Uint.fromBits(-1), decision.output("serial"));
    assertEquals(List.of("a", "b"), decision.output("tags"));
  }

  @Test
  void a_null_is_absent() {
    Map<String, Object> event = new HashMap<>(Samples.FIELDS);
    event.put("country", null);
    assertEquals(List.of("large", "division"), engine.decide(event).matched());
  }

  @Test
  void an_error_in_a_rule_stands_in_the_decision_with_its_place() {
    Map<String, Object> event = new HashMap<>(Samples.FIELDS);
    event.put("divisor", 0);
    Decision decision = engine.decide(event);
    assertEquals(List.of("large", "abroad"), decision.matched());
    DecisionError error = decision.errors().get(0);
    assertEquals(DecisionError.Kind.RULE, error.kind());
    assertEquals("division", error.name());
    assertEquals("F0301", error.code());
    assertEquals(18, error.line());
    assertEquals(11, error.column());
  }

  @Test
  void ids_follow_the_ordinal_of_the_accepted_event() {
    Decision first = engine.decide(Samples.FIELDS);
    Decision second = engine.decide(Samples.FIELDS);
    assertNotEquals(first.idHex(), second.idHex());
    byte[] identity = {3, 1, 0, 0, 0, 0, 0, 0, 0};
    byte[] digest = Canonical.sha256(rules.version(), identity);
    assertEquals(HexFormat.of().formatHex(digest, 0, 16), first.idHex());
    assertEquals(rules.versionHex(), first.versionHex());
  }

  @Test
  void a_preview_changes_nothing() {
    Decision preview = engine.preview(Samples.FIELDS);
    assertEquals(preview, engine.preview(Samples.FIELDS));
    assertEquals(preview, engine.decide(Samples.FIELDS));
    assertEquals(1, engine.counters().accepted());
  }

  @Test
  void the_trace_goes_through_with_a_span_of_the_decisions_own() {
    Decision decision = engine.decide(Event.of(Samples.FIELDS).withTrace(TRACE));
    TraceContext trace = decision.trace().orElseThrow();
    assertEquals(TRACE, decision.parent().orElseThrow());
    assertEquals(TRACE.traceIdHex(), trace.traceIdHex());
    assertEquals(TRACE.flags(), trace.flags());
    byte[] digest = Canonical.sha256(TRACE.traceId(), TRACE.spanId(), decision.id());
    assertEquals(HexFormat.of().formatHex(digest, 0, 8), trace.spanIdHex());
  }

  @Test
  void an_event_without_a_trace_gives_a_decision_without_one() {
    Decision decision = engine.decide(Samples.FIELDS);
    assertTrue(decision.trace().isEmpty());
    assertTrue(decision.parent().isEmpty());
  }

  @Test
  void counters_count() {
    engine.decide(Samples.FIELDS);
    engine.decide(Map.of("divisor", 100));
    assertThrows(InvalidArgumentException.class, () -> engine.decide(Event.json("[]")));
    assertEquals(new Counters(2, 1, 0, 0, 1), engine.counters());
  }

  @Test
  void a_refused_event_of_a_batch_is_an_error_in_its_own_place() {
    List<Outcome> outcomes =
        engine.decideAll(
            List.of(
                Event.of(Samples.FIELDS).withTrace(TRACE),
                Event.of(Map.of("amount", "much")),
                Event.json(Samples.JSON),
                Event.json("{"),
                Event.protobuf(Samples.protobuf())));
    assertEquals(
        List.of(true, false, true, false, true),
        outcomes.stream().map(Outcome::isDecided).toList());
    assertEquals(TRACE, outcomes.get(0).decision().parent().orElseThrow());
    assertEquals("F0603", outcomes.get(1).error().orElseThrow().code());
    assertEquals("F0602", outcomes.get(3).error().orElseThrow().code());
    assertThrows(InvalidArgumentException.class, () -> outcomes.get(1).decision());
    assertEquals(66, outcomes.get(4).decision().longOutput("score"));
    assertEquals(3, engine.counters().accepted());
  }

  @Test
  void a_large_batch_is_decided_whole_and_in_order() {
    List<Event> events = new ArrayList<>();
    for (int at = 0; at < 5_000; at++) {
      events.add(Event.of(Map.of("amount", 1001.0 + at, "divisor", 100)));
    }
    List<Outcome> outcomes = engine.decideAll(events);
    assertEquals(5_000, outcomes.size());
    for (int at = 0; at < 5_000; at++) {
      assertEquals((1001.0 + at) / 4.0, outcomes.get(at).decision().doubleOutput("share"));
    }
  }

  @Test
  void an_empty_batch_gives_nothing() {
    assertEquals(List.of(), engine.decideAll(List.of()));
  }

  @Test
  void a_null_in_a_batch_is_refused_before_anything_is_decided() {
    List<Event> events = Arrays.asList(Event.of(Samples.FIELDS), null);
    assertThrows(NullPointerException.class, () -> engine.decideAll(events));
    assertEquals(0, engine.counters().accepted());
  }

  @Test
  void a_decision_outlives_its_engine_and_cannot_be_changed() {
    Decision decision = engine.decide(Samples.FIELDS);
    engine.close();
    rules.close();
    assertEquals(66L, decision.outputs().get("score"));
    assertThrows(UnsupportedOperationException.class, () -> decision.outputs().clear());
    assertThrows(UnsupportedOperationException.class, () -> decision.matched().remove(0));
    decision.id()[0]++;
    assertEquals(HexFormat.of().formatHex(decision.id()), decision.idHex());
    assertTrue(decision.toString().contains("score=66"), decision::toString);
  }

  @Test
  void the_rule_set_may_be_closed_before_its_engine() {
    rules.close();
    assertFalse(engine.decide(Samples.FIELDS).matched().isEmpty());
  }

  @Test
  void bytes_in_an_output_are_a_copy_each_time() {
    String document =
        """
        fishplate: 1
        name: copies
        schema: {fields: {raw: bytes}}
        outputs:
          raw: {type: bytes, merge: first}
        rules:
          - {id: always, when: "true", output: {raw: event.raw}}
        """;
    try (RuleSet copies = RuleSet.fromText(document);
        Engine copier = Engine.open(copies)) {
      Decision decision = copier.decide(Map.of("raw", new byte[] {1, 2}));
      ((byte[]) decision.output("raw"))[0] = 9;
      assertEquals("0102", HexFormat.of().formatHex((byte[]) decision.output("raw")));
    }
  }

  @Test
  void an_event_may_be_made_of_a_map_that_uses_the_engine_itself() {
    Map<String, Object> lazy =
        new HashMap<>(Samples.FIELDS) {
          private static final long serialVersionUID = 1L;

          @Override
          public Object get(Object name) {
            return name.equals("amount")
                ? engine.preview(Samples.FIELDS).doubleOutput("share") * 4
                : super.get(name);
          }
        };
    assertEquals(500.0, engine.decide(lazy).doubleOutput("share"));
  }
}
