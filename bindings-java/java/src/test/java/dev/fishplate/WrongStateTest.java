package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** What is refused of those who touch what an engine remembers: and then nothing has changed. */
@ExtendWith(LeavesNothing.class)
class WrongStateTest {
  private static final int MAJOR_AT = 4;

  private RuleSet rules;
  private RuleSet partitioned;
  private Engine engine;

  @BeforeEach
  void open() {
    rules = RuleSet.fromText(Pumps.RULES);
    partitioned = RuleSet.fromText(Pumps.PARTITIONED);
    engine = Engine.open(rules);
    engine.decide(Pumps.event("p", 0, 90.0));
  }

  @AfterEach
  void close() {
    engine.close();
    rules.close();
    partitioned.close();
  }

  private static FishplateException refused(StatusCode status, String code, Executable call) {
    FishplateException error = assertThrows(FishplateException.class, call);
    assertEquals(code, error.code(), error.getMessage());
    assertEquals(status, error.status(), error.getMessage());
    assertTrue(error.getMessage().startsWith("error[" + code + "]: "), error.getMessage());
    return error;
  }

  @Test
  void a_time_outside_the_years_1_to_9999_is_refused_and_time_stands_still() {
    for (Instant wrong :
        List.of(
            Instant.MAX,
            Instant.MIN,
            Instant.parse("+10000-01-01T00:00:00Z"),
            Instant.parse("0001-01-01T00:00:00Z").minusNanos(1))) {
      refused(StatusCode.INVALID_ARGUMENT, "F0809", () -> engine.advanceTo(wrong));
    }
    assertEquals(1, engine.advanceTo(Pumps.at(62)).size());
  }

  @Test
  void bytes_that_are_no_snapshot_are_refused() {
    byte[] snapshot = engine.snapshot();
    byte[] rotten = snapshot.clone();
    rotten[rotten.length / 2] ^= 4;
    for (byte[] damaged :
        List.of(
            new byte[0],
            "garbage".getBytes(StandardCharsets.US_ASCII),
            new byte[100_000],
            rotten,
            Arrays.copyOf(snapshot, snapshot.length - 1),
            Arrays.copyOf(snapshot, snapshot.length + 1))) {
      refused(StatusCode.DATA_LOSS, "F0891", () -> Engine.restore(rules, damaged));
    }
    refused(StatusCode.DATA_LOSS, "F0891", () -> Engine.restore(rules, snapshot, new byte[9]));
    Engine.restore(rules, snapshot).close();
  }

  @Test
  void a_snapshot_of_a_later_format_is_refused_naming_both() {
    byte[] later = engine.snapshot();
    later[MAJOR_AT] = 9;
    FishplateException error =
        refused(StatusCode.FAILED_PRECONDITION, "F0892", () -> Engine.restore(rules, later));
    assertTrue(error.getMessage().contains("9.0"), error.getMessage());
    assertTrue(error.getMessage().contains("1."), error.getMessage());
  }

  @Test
  void snapshots_that_do_not_go_together_are_refused() {
    byte[] snapshot = engine.snapshot();
    refused(StatusCode.INVALID_ARGUMENT, "F0809", () -> Engine.restore(rules));
    refused(StatusCode.INVALID_ARGUMENT, "F0809", () -> Engine.restore(rules, snapshot, snapshot));
    String other = Pumps.RULES.replace("80.0", "81.0");
    try (RuleSet others = RuleSet.fromText(other);
        Engine another = Engine.open(others)) {
      byte[] second = another.snapshot(new int[0]);
      refused(StatusCode.INVALID_ARGUMENT, "F0809", () -> Engine.restore(rules, snapshot, second));
    }
  }

  @Test
  void state_does_not_move_to_another_partition_by() {
    byte[] snapshot = engine.snapshot();
    refused(StatusCode.FAILED_PRECONDITION, "F0893", () -> Engine.restore(partitioned, snapshot));
    FishplateException error =
        refused(StatusCode.FAILED_PRECONDITION, "F0893", () -> engine.swap(partitioned));
    assertTrue(error.getMessage().contains("partition_by: event.device"), error.getMessage());
    assertSame(rules, engine.ruleSet());
    assertArrayEquals(snapshot, engine.snapshot());
    assertEquals(2, engine.decide(Pumps.event("p", 1, 20.0)).longOutput("seen"));
  }

  @Test
  void a_rule_that_is_not_there_cannot_be_switched() {
    NotFoundException error =
        assertThrows(NotFoundException.class, () -> engine.setMode("HOTT", Mode.OFF));
    assertEquals("F0894", error.code());
    assertEquals("rule", error.diagnostics().get(0).place().toString());
    assertTrue(error.getMessage().contains("`HOTT`"), error.getMessage());
    assertTrue(error.diagnostics().get(0).suggestion().orElseThrow().contains("HOT"));
    refused(StatusCode.NOT_FOUND, "F0894", () -> engine.setMode("", null));
    refused(StatusCode.INVALID_ARGUMENT, "F0809", () -> engine.setMode("\ud800", Mode.OFF));
    assertEquals(Mode.LIVE, engine.state().modes().get("HOT"));
  }

  @Test
  void a_key_group_is_a_number_of_16_bits() {
    assertThrows(IllegalArgumentException.class, () -> engine.snapshot(-1));
    assertThrows(IllegalArgumentException.class, () -> engine.snapshot(0, 65_536));
    assertArrayEquals(engine.snapshot(), engine.snapshot(0, 65_535));
  }

  @Test
  void memory_is_not_negative() {
    EngineOptions options = EngineOptions.defaults();
    assertThrows(IllegalArgumentException.class, () -> options.withMemory(-1));
    assertEquals(options, options.withMemory(0));
    try (Engine large = Engine.open(rules, options.withMemory(Long.MAX_VALUE))) {
      assertEquals(1, large.decide(Pumps.event("p", 0, 20.0)).longOutput("seen"));
    }
  }

  @Test
  void a_closed_engine_is_refused_everywhere() {
    byte[] snapshot = engine.snapshot();
    engine.close();
    for (Executable call :
        List.<Executable>of(
            () -> engine.advanceTo(Pumps.NOON),
            () -> engine.snapshot(),
            () -> engine.snapshot(0),
            () -> engine.swap(rules),
            () -> engine.setMode("HOT", Mode.OFF),
            () -> engine.state())) {
      refused(StatusCode.FAILED_PRECONDITION, "F0801", call);
    }
    assertSame(rules, engine.ruleSet());
    Engine.restore(rules, snapshot).close();
  }

  @Test
  void a_closed_rule_set_is_neither_swapped_in_nor_restored_to() {
    byte[] snapshot = engine.snapshot();
    RuleSet closed = RuleSet.fromText(Pumps.RULES);
    closed.close();
    refused(StatusCode.FAILED_PRECONDITION, "F0801", () -> engine.swap(closed));
    refused(StatusCode.FAILED_PRECONDITION, "F0801", () -> Engine.restore(closed, snapshot));
    assertSame(rules, engine.ruleSet());
    assertEquals(2, engine.decide(Pumps.event("p", 1, 20.0)).longOutput("seen"));
  }

  @Test
  void a_null_argument_is_javas_own_error() {
    EngineOptions options = EngineOptions.defaults();
    for (Executable call :
        List.<Executable>of(
            () -> engine.advanceTo(null),
            () -> engine.snapshot((int[]) null),
            () -> engine.swap(null),
            () -> engine.setMode(null, Mode.OFF),
            () -> options.withAtBudget(null),
            () -> Engine.restore(null, engine.snapshot()),
            () -> Engine.restore(rules, (EngineOptions) null, engine.snapshot()),
            () -> Engine.restore(rules, options, (byte[][]) null),
            () -> Engine.restore(rules, engine.snapshot(), null))) {
      assertThrows(NullPointerException.class, call);
    }
    assertSame(rules, engine.ruleSet());
    assertEquals(Mode.LIVE, engine.state().modes().get("HOT"));
  }
}
