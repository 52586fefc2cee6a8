package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Against the vectors that were made from docs/canonical.md, never by Fishplate. */
@ExtendWith(LeavesNothing.class)
class CanonicalTest {
  private static final Path VECTORS = Path.of("../interop-tests/vectors");

  private static List<String[]> lines(String file) throws IOException {
    return Files.readAllLines(VECTORS.resolve(file)).stream()
        .filter(line -> !line.isEmpty())
        .map(line -> line.split("\t", -1))
        .toList();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @TestFactory
  Stream<DynamicTest> every_value_has_the_bytes_of_its_vector() throws IOException {
    List<String[]> vectors = lines("values.txt");
    assertTrue(vectors.size() >= 50, "the vectors are there");
    return vectors.stream()
        .map(
            vector ->
                DynamicTest.dynamicTest(
                    vector[0],
                    () -> assertEquals(vector[2], hex(Canonical.ofValue(Plain.read(vector[1]))))));
  }

  @TestFactory
  Stream<DynamicTest> every_decision_has_the_bytes_of_its_vector() throws IOException {
    List<String[]> vectors = lines("decisions.txt");
    assertTrue(vectors.size() >= 5, "the vectors are there");
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(vector[0], () -> checkDecision(vector)));
  }

  private static void checkDecision(String[] vector) {
    try (RuleSet rules = RuleSet.load(VECTORS.resolve(vector[1]));
        Engine engine = Engine.open(rules)) {
      for (int at = 4; at < vector.length - 1; at++) {
        engine.decide(event(vector[at]));
      }
      Event last = event(vector[vector.length - 1]);
      Decision decision = engine.decide(withTrace(last, vector[2]));
      assertEquals(vector[3], hex(Canonical.of(decision)));
    }
  }

  @TestFactory
  Stream<DynamicTest> every_decision_that_no_event_asked_for_has_the_bytes_of_its_vector()
      throws IOException {
    List<String[]> vectors = lines("timers.txt");
    assertTrue(vectors.size() >= 2, "the vectors are there");
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(vector[0], () -> checkTimer(vector)));
  }

  private static void checkTimer(String[] vector) {
    try (RuleSet rules = RuleSet.load(VECTORS.resolve(vector[1]));
        Engine engine = Engine.open(rules)) {
      engine.decide(withTrace(event(vector[5]), vector[2]));
      List<Decision> fired = engine.advanceTo((Instant) Plain.read(vector[4]));
      assertEquals(1, fired.size());
      assertEquals(vector[3], hex(Canonical.of(fired.get(0))));
    }
  }

  private static Event event(String tagged) {
    Map<String, Object> fields = new HashMap<>();
    ((Map<?, ?>) Plain.read(tagged)).forEach((name, value) -> fields.put((String) name, value));
    return Event.of(fields);
  }

  private static Event withTrace(Event event, String headers) {
    if (headers.equals("-")) {
      return event;
    }
    Map<String, String> map = new HashMap<>();
    for (String header : headers.split(",")) {
      map.put(header.substring(0, header.indexOf('=')), header.substring(header.indexOf('=') + 1));
    }
    return event.withTrace(TraceContext.fromHeaders(map).orElseThrow());
  }

  @Test
  void a_refusal_is_its_status_and_its_first_code() {
    FishplateException refusal =
        new InvalidArgumentException(
            StatusCode.INVALID_ARGUMENT,
            "",
            new Diagnostic[] {
              new Diagnostic(
                  "F0603",
                  "",
                  new Diagnostic.Place(Diagnostic.Place.Kind.NONE, "", 0, 0, 0, ""),
                  "",
                  null)
            });
    assertEquals("46505231" + "03000000" + "5b020000", hex(Canonical.of(refusal)));
  }

  @Test
  void what_no_decision_can_hold_has_no_canonical_form() {
    assertThrows(IllegalArgumentException.class, () -> Canonical.ofValue(new StringBuilder()));
    assertThrows(IllegalArgumentException.class, () -> Canonical.ofValue(1));
  }
}
