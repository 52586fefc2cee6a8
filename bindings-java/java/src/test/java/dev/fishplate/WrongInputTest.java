package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothing.class)
class WrongInputTest {
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

  private static void refused(String code, FishplateException error) {
    assertEquals(code, error.code(), error.getMessage());
    assertTrue(error.getMessage().startsWith("error[" + code + "]: "), error.getMessage());
  }

  private InvalidArgumentException refuse(Event event) {
    return assertThrows(InvalidArgumentException.class, () -> engine.decide(event));
  }

  @Test
  void what_is_not_yaml_is_refused_with_its_place() {
    InvalidArgumentException error =
        assertThrows(InvalidArgumentException.class, () -> RuleSet.fromText("fishplate: [1"));
    refused("F0401", error);
    assertEquals(Diagnostic.Place.Kind.TEXT, error.diagnostics().get(0).place().kind());
    assertEquals(RuleSet.TEXT_NAME, error.diagnostics().get(0).place().name());
  }

  @Test
  void a_mistake_in_a_rule_is_shown_with_line_caret_and_suggestion() {
    String document =
        """
        fishplate: 1
        name: wrong
        schema: {fields: {amount: double}}
        outputs:
          score: {type: int, merge: sum, default: 0}
        rules:
          - id: text
            when: event.amount > "500"
            output: {score: 1}
        """;
    InvalidArgumentException error =
        assertThrows(InvalidArgumentException.class, () -> RuleSet.fromText(document));
    String expected =
        """
        error[F0203]: cannot compare double with string
         --> <text>:8:26
          |
        8 |     when: event.amount > "500"
          |                          ^^^^^ expected double; remove the quotes""";
    assertEquals(expected, error.getMessage());
    Diagnostic diagnostic = error.diagnostics().get(0);
    assertEquals("<text>:8:26", diagnostic.place().toString());
    assertEquals("remove the quotes", diagnostic.suggestion().orElseThrow());
  }

  @Test
  void every_mistake_of_a_document_is_told_at_once() {
    String document =
        """
        fishplate: 1
        name: wrong
        schema: {fields: {amount: double}}
        outputs:
          score: {type: int, merge: sum, default: 0}
        rules:
          - {id: one, when: event.amuont > 1.0, output: {score: 1}}
          - {id: two, when: event.amount > 1.0, output: {scores: 1}}
        """;
    InvalidArgumentException error =
        assertThrows(InvalidArgumentException.class, () -> RuleSet.fromText(document));
    assertEquals(
        List.of("F0202", "F0408"), error.diagnostics().stream().map(Diagnostic::code).toList());
  }

  @Test
  void a_document_with_thousands_of_mistakes_tells_them_all() {
    StringBuilder document =
        new StringBuilder(
            """
            fishplate: 1
            name: wrong
            schema: {fields: {amount: double}}
            outputs:
              score: {type: int, merge: sum, default: 0}
            rules:
            """);
    for (int at = 0; at < 2_000; at++) {
      document
          .append("  - {id: r")
          .append(at)
          .append(", when: event.nothing > 1.0, output: {score: 1}}\n");
    }
    InvalidArgumentException error =
        assertThrows(InvalidArgumentException.class, () -> RuleSet.fromText(document.toString()));
    assertEquals(2_000, error.diagnostics().size());
  }

  @Test
  void a_missing_file_is_not_found() {
    NotFoundException error =
        assertThrows(NotFoundException.class, () -> RuleSet.load(Path.of("/no/such/rules.yaml")));
    refused("F0808", error);
    assertEquals("/no/such/rules.yaml", error.diagnostics().get(0).place().toString());
  }

  @Test
  void truncated_protobuf_is_refused() {
    byte[] whole = Samples.protobuf();
    refused("F0601", refuse(Event.protobuf(Arrays.copyOf(whole, whole.length - 1))));
  }

  @Test
  void text_that_is_not_json_is_refused() {
    refused("F0602", refuse(Event.json("{\"amount\": ")));
  }

  @Test
  void a_value_of_another_type_is_refused_at_its_field() {
    InvalidArgumentException error = refuse(Event.of(Map.of("amount", "much")));
    refused("F0603", error);
    assertEquals("event.amount", error.diagnostics().get(0).place().toString());
    error = refuse(Event.of(Map.of("device", Map.of("serial", "x"))));
    assertEquals("event.device.serial", error.diagnostics().get(0).place().toString());
    error = refuse(Event.of(Map.of("tags", List.of("a", 1))));
    assertEquals("event.tags[1]", error.diagnostics().get(0).place().toString());
  }

  @Test
  void a_java_object_that_is_no_value_is_refused_by_its_name() {
    InvalidArgumentException error = refuse(Event.of(Map.of("amount", new BitSet())));
    refused("F0603", error);
    assertTrue(error.getMessage().contains("a java.util.BitSet"), error.getMessage());
    error = refuse(Event.of(Map.of("divisor", BigInteger.ONE.shiftLeft(64))));
    refused("F0604", error);
    assertEquals("event.divisor", error.diagnostics().get(0).place().toString());
  }

  @Test
  void a_lone_surrogate_is_refused_in_every_form() {
    refused("F0603", refuse(Event.of(Map.of("country", "a\ud800"))));
    refuse(Event.json("{\"country\": \"a\ud800\"}"));
    assertThrows(InvalidArgumentException.class, () -> RuleSet.fromText("name: \ud800"));
  }

  @Test
  void a_map_with_more_fields_than_the_limit_is_refused_although_few_are_read() {
    Map<String, Object> event = new HashMap<>(Samples.FIELDS);
    for (int at = 0; at < 1_100; at++) {
      event.put("unread" + at, at);
    }
    refused("F0702", refuse(Event.of(event)));
  }

  @Test
  void a_map_that_holds_itself_is_refused_or_not_read() {
    Map<String, Object> event = new HashMap<>(Samples.FIELDS);
    event.put("unread", event);
    assertEquals(66, engine.decide(event).longOutput("score"));
    event.put("device", event);
    event.put("serial", event);
    refuse(Event.of(event));
  }

  @Test
  void an_unknown_field_is_refused_only_by_a_strict_engine() {
    Map<String, Object> event = new LinkedHashMap<>(Samples.FIELDS);
    event.put("surprise", 1);
    assertEquals(66, engine.decide(event).longOutput("score"));
    try (Engine strict = Engine.open(rules, EngineOptions.defaults().withStrict(true))) {
      InvalidArgumentException error =
          assertThrows(InvalidArgumentException.class, () -> strict.decide(event));
      refused("F0606", error);
      assertEquals(66, strict.decide(Samples.FIELDS).longOutput("score"));
    }
  }

  @Test
  void an_engine_has_limits_of_its_own() {
    Limits tight = Limits.builder().stringBytes(3).build();
    try (Engine limited = Engine.open(rules, EngineOptions.defaults().withLimits(tight))) {
      Event event = Event.of(Map.of("country", "Norway"));
      refused("F0705", assertThrows(InvalidArgumentException.class, () -> limited.decide(event)));
    }
  }

  @Test
  void a_closed_engine_is_refused_everywhere() {
    engine.close();
    engine.close();
    Event event = Event.of(Samples.FIELDS);
    for (var call :
        List.<org.junit.jupiter.api.function.Executable>of(
            () -> engine.decide(event),
            () -> engine.preview(event),
            () -> engine.decideAll(List.of(event)),
            () -> engine.counters())) {
      refused("F0801", assertThrows(FailedPreconditionException.class, call));
    }
  }

  @Test
  void a_closed_rule_set_opens_no_engine() {
    rules.close();
    refused("F0801", assertThrows(FailedPreconditionException.class, () -> Engine.open(rules)));
  }

  @Test
  void a_null_argument_is_javas_own_error() {
    assertThrows(NullPointerException.class, () -> RuleSet.fromText(null));
    assertThrows(NullPointerException.class, () -> Engine.open(null));
    assertThrows(NullPointerException.class, () -> engine.decide((Event) null));
    assertThrows(NullPointerException.class, () -> Event.of(null));
    assertThrows(NullPointerException.class, () -> Event.json((String) null));
  }
}
