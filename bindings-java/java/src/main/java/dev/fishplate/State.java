package dev.fishplate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much an engine remembers, and how its rules stand, at one moment. Immutable.
 *
 * @param bytes bytes of state, by the formula of docs/windows.md; what {@link EngineOptions#memory}
 *     bounds
 * @param keys keys of features and of remembering rules
 * @param partitions values of the document's {@code partition_by} that have a time or ids of their
 *     own
 * @param refusedKeys times that a new key was not kept because the memory was taken
 * @param evictedKeys keys that went because the memory was taken
 * @param expiredKeys keys that went because their windows were over
 * @param warming features whose windows have not filled since a swap or a restore, by name
 * @param modes the mode of every rule by its id, in document order
 */
public record State(
    long bytes,
    long keys,
    long partitions,
    long refusedKeys,
    long evictedKeys,
    long expiredKeys,
    List<String> warming,
    Map<String, Mode> modes) {
  /** Copies the list and the map. */
  public State {
    warming = List.copyOf(warming);
    modes = Collections.unmodifiableMap(new LinkedHashMap<>(modes));
  }
}
