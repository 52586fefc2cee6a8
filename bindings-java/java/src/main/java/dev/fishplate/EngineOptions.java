package dev.fishplate;

import java.nio.file.Path;
import java.util.Objects;

/**
 * How an engine takes events, and how much it may remember. Immutable.
 *
 * @param limits the bounds on each event
 * @param strict refuse fields that the schema does not have, in JSON and in maps
 * @param picksUpTrace events of a batch that have no trace of their own take the current
 *     OpenTelemetry span, if the OpenTelemetry API is on the class path
 * @param memory the most bytes of state, by the formula of docs/windows.md; 0: the default, 1 GiB.
 *     It is native memory, outside of the JVM's heap
 * @param atBudget what happens to a new key when they are taken
 * @param state a folder in which the engine's inputs are kept, made if it is not there; null: none.
 *     The engine begins with what they left there. Whatever changes it returns when the disk has
 *     it; a batch waits once, and threads wait together. One engine at a time has the folder;
 *     {@link Engine#close} frees it
 */
public record EngineOptions(
    Limits limits,
    boolean strict,
    boolean picksUpTrace,
    long memory,
    AtBudget atBudget,
    Path state) {
  private static final EngineOptions DEFAULTS = new EngineOptions(Limits.defaults(), false);

  /**
   * What happens to a new key when the memory is taken. Either is counted: {@link Engine#state}.
   */
  public enum AtBudget {
    /**
     * It is not kept: its event is decided, and rules that read its windows end in an error. Keys
     * that are there go on, and their windows may grow. The default.
     */
    REFUSE,
    /** The key that was not written for the longest goes, and the new one is kept. */
    EVICT
  }

  /** Options that pick up the current trace, with the default memory. */
  public EngineOptions(Limits limits, boolean strict) {
    this(limits, strict, true);
  }

  /** Options with the default memory. */
  public EngineOptions(Limits limits, boolean strict, boolean picksUpTrace) {
    this(limits, strict, picksUpTrace, 0, AtBudget.REFUSE, null);
  }

  /**
   * Checks that nothing is missing.
   *
   * @throws IllegalArgumentException if the memory is negative
   */
  public EngineOptions {
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(atBudget, "atBudget");
    if (memory < 0) {
      throw new IllegalArgumentException("the memory of an engine is negative: " + memory);
    }
  }

  /** Default limits and memory, and fields that the schema does not have are skipped. */
  public static EngineOptions defaults() {
    return DEFAULTS;
  }

  /** The same with these limits. */
  public EngineOptions withLimits(Limits newLimits) {
    return new EngineOptions(newLimits, strict, picksUpTrace, memory, atBudget, state);
  }

  /** The same, strict or not. */
  public EngineOptions withStrict(boolean newStrict) {
    return new EngineOptions(limits, newStrict, picksUpTrace, memory, atBudget, state);
  }

  /** The same, taking the current trace or not. */
  public EngineOptions withPicksUpTrace(boolean newPicksUpTrace) {
    return new EngineOptions(limits, strict, newPicksUpTrace, memory, atBudget, state);
  }

  /**
   * The same with at most so many bytes of state; 0: the default.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public EngineOptions withMemory(long newMemory) {
    return new EngineOptions(limits, strict, picksUpTrace, newMemory, atBudget, state);
  }

  /** The same, doing this with a new key when the memory is taken. */
  public EngineOptions withAtBudget(AtBudget newAtBudget) {
    return new EngineOptions(limits, strict, picksUpTrace, memory, newAtBudget, state);
  }

  /** The same with its inputs kept in this folder; null: nowhere. */
  public EngineOptions withState(Path newState) {
    return new EngineOptions(limits, strict, picksUpTrace, memory, atBudget, newState);
  }
}
