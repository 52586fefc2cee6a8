package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Features that come with an event: on every call that takes one, in sessions, and what is refused.
 */
class FeaturesTest {
  private static final String STORE =
      """
      fishplate: 1
      name: store
      schema: {fields: {card: string}}
      outputs:
        why: {type: string, merge: first}
      features:
        risk: {supplied: double}
        segment: {supplied: string}
        since: {supplied: timestamp}
      rules:
        - {id: RISKY, when: has(features.risk) && features.risk > 0.5}
        - {id: SEGMENT, when: has(features.segment), output: {why: features.segment}}
        - {id: OLD, when: 'has(features.since) && features.since < timestamp("2020-01-01T00:00:00Z")'}
      """;

  private static final Map<String, Object> RISKY = Map.of("risk", 0.75, "segment", "neu, grün");
  private static final List<Event> FORMS =
      List.of(Event.json("{\"card\": \"c\"}"), Event.of(Map.of("card", "c")));

  private final RuleSet rules = RuleSet.fromText(STORE);
  private final Engine engine = Engine.open(rules);

  @AfterEach
  void close() {
    engine.close();
    rules.close();
  }

  @Test
  void anEventOfAnyFormBringsFeatures() {
    for (Event form : FORMS) {
      Event event = form.withFeatures(RISKY);
      for (Decision decision : List.of(engine.decide(event), engine.preview(event))) {
        assertEquals(List.of("RISKY", "SEGMENT"), decision.matched());
        assertEquals(Map.of("why", "neu, grün"), decision.outputs());
        assertEquals(RISKY, decision.features());
      }
      assertTrue(engine.explain(event).contains("features.risk  =  0.75"));
    }
  }

  @Test
  void nothingIsLeftOfTheEventBefore() {
    Map<String, Object> absent = new HashMap<>();
    absent.put("risk", null);
    for (Event event : FORMS) {
      assertEquals(List.of("RISKY", "SEGMENT"), engine.decide(event.withFeatures(RISKY)).matched());
      assertEquals(List.of(), engine.decide(event).matched());
      assertEquals(List.of(), engine.decide(event.withFeatures(Map.of())).matched());
      assertEquals(List.of(), engine.decide(event.withFeatures(absent)).matched());
    }
  }

  @Test
  void javasOwnValuesAreTaken() {
    Map<String, Object> features =
        Map.of("risk", 1, "since", Instant.parse("2019-06-01T00:00:00Z"));
    assertEquals(
        List.of("RISKY", "OLD"), engine.decide(FORMS.get(0).withFeatures(features)).matched());
  }

  @Test
  void whatNoRuleCouldReadIsRefused() {
    for (Event event : FORMS) {
      Event slip = event.withFeatures(Map.of("risc", 0.5));
      assertEquals(
          "F0606", assertThrows(InvalidArgumentException.class, () -> engine.decide(slip)).code());
      Event wrong = event.withFeatures(Map.of("risk", "high"));
      FishplateException refused =
          assertThrows(InvalidArgumentException.class, () -> engine.decide(wrong));
      assertEquals("F0603", refused.code());
      assertTrue(refused.getMessage().contains("features.risk"), refused.getMessage());
    }
    assertThrows(NullPointerException.class, () -> FORMS.get(0).withFeatures(null));
    assertEquals(0, engine.counters().accepted());
  }

  @Test
  void aTraceAndFeaturesGoTogetherInAnyOrder() {
    TraceContext trace =
        TraceContext.fromHeaders(
                Map.of("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
            .orElseThrow();
    Event event = FORMS.get(0);
    for (Event both :
        List.of(
            event.withTrace(trace).withFeatures(RISKY),
            event.withFeatures(RISKY).withTrace(trace))) {
      Decision decision = engine.decide(both);
      assertEquals(List.of("RISKY", "SEGMENT"), decision.matched());
      assertTrue(decision.trace().isPresent());
    }
  }

  @Test
  void eachEventOfABatchBringsItsOwn() {
    Event json = FORMS.get(0);
    List<Outcome> outcomes =
        engine.decideAll(
            List.of(
                json.withFeatures(RISKY),
                json,
                json.withFeatures(Map.of("risc", 1.0)),
                FORMS.get(1).withFeatures(Map.of("segment", "x"))));
    assertEquals(List.of("RISKY", "SEGMENT"), outcomes.get(0).decision().matched());
    assertEquals(List.of(), outcomes.get(1).decision().matched());
    assertEquals("F0606", outcomes.get(2).error().orElseThrow().code());
    assertEquals(List.of("SEGMENT"), outcomes.get(3).decision().matched());
  }

  @Test
  void theyComeInASession() {
    engine.share("features-of-java");
    try (Session session = Session.connect("inproc:features-of-java")) {
      session.send(FORMS.get(0).withFeatures(RISKY));
      session.send(FORMS.get(1));
      session.send(FORMS.get(1).withFeatures(Map.of("risk", "high")));
      session.halfClose();
      Duration wait = Duration.ofSeconds(10);
      Outcome first = session.receive(wait).orElseThrow();
      assertEquals(List.of("RISKY", "SEGMENT"), first.decision().matched());
      assertEquals(List.of(), session.receive(wait).orElseThrow().decision().matched());
      assertEquals("F0603", session.receive(wait).orElseThrow().error().orElseThrow().code());
    }
  }
}
