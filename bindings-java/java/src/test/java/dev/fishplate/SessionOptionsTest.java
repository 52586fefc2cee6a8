package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fishplate.SessionOptions.WhenFull;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothing.class)
class SessionOptionsTest {
  @Test
  void they_are_those_of_the_transport_in_its_order() {
    List<String> names = SessionCalls.options().stream().map(SessionCalls.OptionRow::name).toList();
    assertEquals(names, SessionOptions.NAMES);
  }

  @Test
  void the_policies_have_the_transports_numbers() {
    String meaning = SessionCalls.options().get(0).meaning();
    assertTrue(meaning.contains("1 reject, 2 block, 3 shed"), meaning);
    for (WhenFull policy : WhenFull.values()) {
      assertEquals(
          policy.number(), SessionOptions.builder().whenFull(policy).build().get("when_full"));
    }
  }

  @Test
  void every_number_has_a_setter_and_a_name() {
    SessionOptions options =
        SessionOptions.builder()
            .whenFull(WhenFull.REJECT)
            .windowEvents(2)
            .windowBytes(3)
            .deadline(Duration.ofMillis(4))
            .idleTimeout(Duration.ofMillis(5))
            .maxAge(Duration.ofMillis(6))
            .drain(Duration.ofMillis(7))
            .connect(Duration.ofMillis(8))
            .reconnect(Duration.ofMillis(9))
            .epoch(10)
            .received(11)
            .build();
    assertArrayEquals(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, options.values());
    SessionOptions.Builder named = SessionOptions.builder();
    for (int at = 0; at < SessionOptions.NAMES.size(); at++) {
      named.set(SessionOptions.NAMES.get(at), at + 1);
    }
    assertEquals(options, named.build());
    assertEquals(options.hashCode(), named.build().hashCode());
  }

  @Test
  void a_part_of_a_millisecond_is_a_whole_one() {
    Duration[] times = {Duration.ofNanos(1), Duration.ofNanos(1_000_001), Duration.ofDays(100_000)};
    long[] millis = {1, 2, 8_640_000_000_000L};
    for (int at = 0; at < times.length; at++) {
      assertEquals(
          millis[at], SessionOptions.builder().deadline(times[at]).build().get("deadline_ms"));
    }
    assertEquals(-2, Waits.u32(Duration.ofDays(100_000)));
    assertEquals(-2, Waits.u32(Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  void what_makes_no_sense_is_refused() {
    SessionOptions.Builder builder = SessionOptions.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.set("windows", 1));
    assertThrows(IllegalArgumentException.class, () -> builder.windowEvents(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.drain(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> builder.sessionId(new byte[15]));
    assertThrows(IllegalArgumentException.class, () -> builder.build().get("windows"));
    assertThrows(
        IllegalArgumentException.class, () -> SendOptions.defaults().within(Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class,
        () -> SendOptions.defaults().waitAtMost(Duration.ofMillis(-1)));
    for (String address : List.of("inproc:nobody", "shm://nobody")) {
      SessionOptions zero = SessionOptions.builder().sessionId(new byte[16]).build();
      FishplateException refusal =
          assertThrows(FishplateException.class, () -> Session.connect(address, zero));
      assertEquals("F0809", refusal.code());
    }
  }

  @Test
  void the_id_is_a_copy() {
    byte[] id = SessionContract.ID.clone();
    SessionOptions options = SessionOptions.builder().sessionId(id).build();
    id[0]++;
    options.sessionId().orElseThrow()[1]++;
    assertArrayEquals(SessionContract.ID, options.sessionId().orElseThrow());
  }

  @Test
  void they_say_what_was_set() {
    String text =
        SessionOptions.builder()
            .sessionId(SessionContract.ID)
            .ruleSet("payments")
            .windowEvents(2)
            .picksUpTrace(false)
            .build()
            .toString();
    assertEquals(
        "SessionOptions[ruleSet=payments, sessionId=000102030405060708090a0b0c0d0e0f,"
            + " window_events=2, without trace]",
        text);
  }
}
