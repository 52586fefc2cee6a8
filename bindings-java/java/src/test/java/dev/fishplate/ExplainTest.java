package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Why rules match, or do not. */
@ExtendWith(LeavesNothing.class)
@Timeout(60)
class ExplainTest {
  private static final String RULES =
      """
      fishplate: 1
      name: explained
      schema: {fields: {amount: double, pan: string}}
      event: {sensitive: [pan]}
      rules:
        - {id: BIG, when: event.amount > 10.0}
        - {id: KNOWN, when: event.pan.startsWith("4")}
      """;

  private static final String BIG =
      """
      BIG: matched
            6:21  event.amount > 10.0  =  true
            6:21    event.amount  =  11.0
      """;

  @Test
  void everyPartIsToldAndNothingChanges() {
    try (RuleSet rules = RuleSet.fromText(RULES);
        Engine engine = Engine.open(rules)) {
      Map<String, Object> event = Map.of("amount", 11.0, "pan", "4242");
      String text = engine.explain(event);
      assertTrue(text.startsWith(BIG), text);
      byte[] json = "{\"amount\": 11.0, \"pan\": \"4242\"}".getBytes(StandardCharsets.UTF_8);
      assertEquals(text, engine.explain(Event.json(json)), "in whatever form the event comes");
      assertTrue(engine.explainJson(event).contains("\"outcome\":\"matched\""));
      assertFalse(text.contains("4242"), "what is sensitive is hidden");
      assertEquals(0, engine.counters().accepted());
    }
  }

  @Test
  void whatIsRefusedIsNotExplained() {
    try (RuleSet rules = RuleSet.fromText(RULES);
        Engine engine = Engine.open(rules)) {
      Map<String, Object> event = Map.of("amount", "x");
      assertThrows(InvalidArgumentException.class, () -> engine.explain(event));
    }
  }
}
