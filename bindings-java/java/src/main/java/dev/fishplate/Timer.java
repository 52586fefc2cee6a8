package dev.fishplate;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * What a decision was made for when no event asked for it: a rule fired by itself, because its time
 * came. Immutable, but for a {@code byte[]} in the key, which is a copy each time that a decision
 * is asked.
 *
 * @param rule the rule's id
 * @param key the key that it fired for: the values of the rule's {@code by}, in its order
 * @param due when it was due, in event time
 */
public record Timer(String rule, List<Object> key, Instant due) {
  /** Checks that nothing is missing. */
  public Timer {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(due, "due");
    key = Collections.unmodifiableList(Arrays.asList(key.toArray()));
  }

  /** Equal when every part is; a {@code byte[]} in the key is compared by its bytes. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Timer timer
        && timer.rule.equals(rule)
        && timer.due.equals(due)
        && Arrays.deepEquals(timer.key.toArray(), key.toArray());
  }

  @Override
  public int hashCode() {
    return Objects.hash(rule, due, Arrays.deepHashCode(key.toArray()));
  }
}
