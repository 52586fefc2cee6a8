package dev.fishplate;

import java.util.List;

/**
 * What became of an engine's state when its rule set was swapped. Immutable.
 *
 * @param kept features and remembering rules whose state went on, by name
 * @param warming features that begin empty, by name: until their windows have filled they tell less
 *     than they will
 * @param dropped features of the earlier rule set that are gone, by name
 */
public record Swapped(List<String> kept, List<String> warming, List<String> dropped) {
  /** Copies the lists. */
  public Swapped {
    kept = List.copyOf(kept);
    warming = List.copyOf(warming);
    dropped = List.copyOf(dropped);
  }
}
