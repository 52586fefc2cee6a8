package dev.fishplate;

import java.time.Instant;
import java.util.Map;

/** A rule set that remembers, for the tests of what an engine remembers, and events for it. */
final class Pumps {
  /** A rule that waits for a minute, one that waits for silence, and one that counts. */
  static final String RULES =
      """
      fishplate: 1
      name: pumps
      schema: {fields: {device: string, at: timestamp, celsius: double, model: string}}
      event: {time: at, max_disorder: 2s}
      outputs:
        action: {enum: [RUN, CHECK, STOP], merge: max, default: RUN}
        seen: {type: int, merge: first}
      features:
        seen_1h: {by: event.device, count: true, sliding: 1h, slide: 1m}
      rules:
        - id: HOT
          by: event.device
          when: event.celsius > 80.0
          for: 1m
          until: event.celsius < 70.0
          output: {action: STOP}
        - id: QUIET
          by: event.device
          silent: 5m
          output: {action: CHECK}
        - id: COUNTED
          when: features.seen_1h > 0
          output: {seen: features.seen_1h}
      """;

  /** The same by device: each has a time of its own, and the state is in 128 key groups. */
  static final String PARTITIONED =
      RULES.replace("outputs:", "partition_by: event.device\noutputs:");

  static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  /** Only the rule that counts. */
  static final String COUNTING =
      RULES.substring(0, RULES.indexOf("  - id: HOT"))
          + RULES.substring(RULES.indexOf("  - id: COUNTED"));

  private Pumps() {}

  /** A pump tells its temperature, so many seconds after noon. */
  static Event event(String device, long seconds, double celsius) {
    return Event.of(
        Map.of(
            "device", device, "at", NOON.plusSeconds(seconds), "celsius", celsius, "model", "A"));
  }

  /** So many seconds after noon. */
  static Instant at(long seconds) {
    return NOON.plusSeconds(seconds);
  }
}
