package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ten lines that the README shows. */
@ExtendWith(LeavesNothing.class)
class QuickstartTest {
  @Test
  void the_second_payment_of_the_hour_is_reviewed() {
    List<String> printed = new ArrayList<>();
    try (RuleSet rules = RuleSet.load(Path.of("../examples/quickstart/rules.yaml"));
        Engine engine = Engine.open(rules)) {
      for (double amount : new double[] {1500.0, 700.0}) {
        Map<String, ?> event =
            Map.of("card", "c1", "at", Instant.parse("2026-01-01T12:00:00Z"), "amount", amount);
        Decision decision = engine.decide(event);
        printed.add(decision.output("action") + " " + decision.matched());
      }
    }
    assertEquals(List.of("ALLOW []", "REVIEW [R001]"), printed);
  }
}
