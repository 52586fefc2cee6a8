package dev.fishplate;

import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A rule set with its windows: it decides events.
 *
 * <p>Any number of threads may use an engine; calls that touch its windows take turns. The engine
 * has no thread and no clock of its own: {@link #decide} runs on its caller's thread, and {@link
 * #advanceTo} says what time it is. Close it when it is no longer needed; its decisions stay as
 * they are.
 */
public final class Engine implements AutoCloseable {
  private final Handle handle;
  private final CurrentFields fields;
  private final EngineOptions options;
  private volatile RuleSet ruleSet;

  private Engine(RuleSet ruleSet, EngineOptions options, long opened) {
    this.handle = new Handle(this, opened);
    this.fields = new CurrentFields(ruleSet.fieldTree().within(options));
    this.options = options;
    this.ruleSet = ruleSet;
  }

  /**
   * Opens an engine with empty windows and default options.
   *
   * @throws FailedPreconditionException if the rule set is closed
   */
  public static Engine open(RuleSet ruleSet) {
    return open(ruleSet, EngineOptions.defaults());
  }

  /**
   * Opens an engine: with empty windows, or, if the options name a state folder, with what its
   * inputs left there.
   *
   * @throws FailedPreconditionException if the rule set is closed, or if the state folder is
   *     another engine's at this moment (F0870), cannot be used (F0871), or has the state of
   *     another rule set (F0880, F0893)
   * @throws FishplateException with {@link StatusCode#DATA_LOSS} (F0874) if the state folder is
   *     damaged; with {@link StatusCode#UNAVAILABLE} if its disk is full (F0872) or fails (F0873),
   *     also from a later call, after which the engine takes nothing more
   */
  public static Engine open(RuleSet ruleSet, EngineOptions options) {
    Objects.requireNonNull(ruleSet, "ruleSet");
    Objects.requireNonNull(options, "options");
    return new Engine(ruleSet, options, ruleSet.openEngine(options));
  }

  /** As {@link #restore(RuleSet, EngineOptions, byte[][])}, with default options. */
  public static Engine restore(RuleSet ruleSet, byte[]... snapshots) {
    return restore(ruleSet, EngineOptions.defaults(), snapshots);
  }

  /**
   * Opens an engine with the state of snapshots, each of other key groups of engines of one rule
   * set; a group that none of them has begins empty. It decides what the others would have decided,
   * to the last bit. If {@code ruleSet} is another one than theirs, it is as after a {@link #swap}.
   *
   * <p>For the time of the call the snapshots are there twice.
   *
   * @param snapshots what {@link #snapshot()} gave, in any order; at least one, together at most 2
   *     GiB. The arrays may be changed afterwards
   * @throws FishplateException with {@link StatusCode#DATA_LOSS} (F0891) if one is not a snapshot,
   *     or damaged
   * @throws FailedPreconditionException if one has the format of a later version (F0892) or was
   *     made under another {@code partition_by} (F0893); if the rule set is closed
   * @throws InvalidArgumentException if there is none, if two have the same key group, or if they
   *     are of different rule sets
   * @throws IllegalArgumentException if they are too large for one call
   */
  public static Engine restore(RuleSet ruleSet, EngineOptions options, byte[]... snapshots) {
    Objects.requireNonNull(ruleSet, "ruleSet");
    Objects.requireNonNull(options, "options");
    if (options.state() != null) {
      throw new IllegalArgumentException(
          "an engine is restored from snapshots or from its state folder, not from both");
    }
    return new Engine(ruleSet, options, ruleSet.restoreEngine(options, List.of(snapshots)));
  }

  /** The rule set that it decides by: that of its opening, or the last one swapped in. */
  public RuleSet ruleSet() {
    return ruleSet;
  }

  /**
   * Decides an event and updates the windows.
   *
   * @throws InvalidArgumentException if the event is refused: nothing has changed
   * @throws FailedPreconditionException if the engine is closed
   */
  public Decision decide(Event event) {
    try {
      return Calls.decide(handle.value(), event, fields, false);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** As {@link #decide(Event)}, of an event given by its fields: see {@link Event#of}. */
  public Decision decide(Map<String, ?> event) {
    return decide(Event.of(event));
  }

  /**
   * Gives what {@link #decide(Event)} would give now, and changes nothing.
   *
   * @throws InvalidArgumentException if the event is refused
   * @throws FailedPreconditionException if the engine is closed
   */
  public Decision preview(Event event) {
    try {
      return Calls.decide(handle.value(), event, fields, true);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** As {@link #preview(Event)}, of an event given by its fields: see {@link Event#of}. */
  public Decision preview(Map<String, ?> event) {
    return preview(Event.of(event));
  }

  /**
   * Says why each rule would, or would not, match an event now: the value of every part of its
   * conditions, at its place in the document. Changes nothing. Values that come of fields that the
   * document calls sensitive are hidden.
   *
   * @return text for people, a paragraph a rule
   * @throws InvalidArgumentException if the event is refused
   * @throws FailedPreconditionException if the engine is closed
   */
  public String explain(Event event) {
    return explained(event, false);
  }

  /** As {@link #explain(Event)}, of an event given by its fields: see {@link Event#of}. */
  public String explain(Map<String, ?> event) {
    return explain(Event.of(event));
  }

  /** The same as {@link #explain(Event)}, as one JSON object: docs/explain.md gives its form. */
  public String explainJson(Event event) {
    return explained(event, true);
  }

  /** As {@link #explainJson(Event)}, of an event given by its fields: see {@link Event#of}. */
  public String explainJson(Map<String, ?> event) {
    return explainJson(Event.of(event));
  }

  private String explained(Event event, boolean json) {
    try {
      return Calls.explain(handle.value(), event, json);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Decides many events in order; a refused event is an error in its own place.
   *
   * <p>Events of several forms may be mixed. Other threads' events may come between them. Events
   * without a trace of their own take the current OpenTelemetry span of this thread, if the
   * OpenTelemetry API is on the class path and {@link EngineOptions#picksUpTrace} is true.
   *
   * @return what became of each event, in order; cannot be changed
   * @throws FailedPreconditionException if the engine is closed before the first event is decided;
   *     if it is closed later, the events that are left have that error in their places
   */
  public List<Outcome> decideAll(Iterable<Event> events) {
    List<Event> all = new ArrayList<>();
    events.forEach(event -> all.add(Objects.requireNonNull(event, "an event of the batch")));
    List<Outcome> outcomes = new ArrayList<>(all.size());
    TraceContext trace = options.picksUpTrace() ? CurrentTrace.orNull() : null;
    try {
      for (int next = 0; next < all.size(); ) {
        next = BatchCalls.decideSome(handle.value(), all, next, fields, trace, outcomes);
      }
    } catch (FishplateException refused) {
      if (outcomes.isEmpty()) {
        throw refused;
      }
      while (outcomes.size() < all.size()) {
        outcomes.add(Outcome.refused(outcomes.size() + 1, refused));
      }
    } finally {
      Reference.reachabilityFence(this);
    }
    return List.copyOf(outcomes);
  }

  /**
   * Says that it is {@code now} in event time: an event of before {@code now} less the document's
   * {@code max_disorder} is late from here on, in every partition. Rules whose time came fire by
   * themselves, each with a decision of its own, whose {@link Decision#timer} says which rule, for
   * which key, and when it was due. Time never goes back: an earlier time than before changes
   * nothing, and gives nothing.
   *
   * @param now to the nanosecond; in the years 1 to 9999
   * @return the decisions in the order in which they were due; of the same moment in document
   *     order, of the same rule by key. Cannot be changed
   * @throws InvalidArgumentException if {@code now} is outside those years: nothing has changed
   * @throws FailedPreconditionException if the engine is closed
   */
  public List<Decision> advanceTo(Instant now) {
    Objects.requireNonNull(now, "now");
    try {
      return StateCalls.advanceTo(handle.value(), now);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The whole state as bytes, for {@link #restore(RuleSet, EngineOptions, byte[][])}; in this and
   * in later versions, and in the one before. Changes nothing.
   *
   * <p>Takes time and memory in proportion to the state; nobody else decides meanwhile. For a
   * moment the bytes are there twice: in native memory, and in the array.
   *
   * @throws FishplateException with {@link StatusCode#OUT_OF_RANGE} (F0806) if there are more bytes
   *     than an array can have, about 2 GiB: take some key groups at a time
   * @throws OutOfMemoryError if the heap has no room for the array
   * @throws FailedPreconditionException if the engine is closed
   */
  public byte[] snapshot() {
    try {
      return StateCalls.snapshot(handle.value());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The state of some key groups, for a host that moves them to another engine. See {@link
   * #snapshot()}.
   *
   * @param groups numbers of key groups: 0 to 127 if the document declares {@code partition_by},
   *     else 0 alone. One that is not there is left out; no number at all gives a snapshot of no
   *     group
   * @throws IllegalArgumentException if a number is negative or above 65,535
   * @throws FishplateException as {@link #snapshot()}
   */
  public byte[] snapshot(int... groups) {
    int[] asked = groups.clone();
    for (int group : asked) {
      if (group < 0 || group > 0xffff) {
        throw new IllegalArgumentException("no key group has the number " + group);
      }
    }
    try {
      return StateCalls.snapshot(handle.value(), asked);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Decides by {@code next} from the next event on; no decision mixes rule sets. Features, ids and
   * remembering rules whose definition is the same keep their state; rules that were switched by
   * {@link #setMode} stay so, by id. Swapping back is the same call, but what the other rule set
   * did not define was dropped.
   *
   * <p>Calls that other threads make meanwhile are decided before it or after it. The earlier rule
   * set is not closed; the engine has no more need of it.
   *
   * @return what was kept
   * @throws FailedPreconditionException if {@code next} has another {@code partition_by} (F0893),
   *     or is closed, or the engine is: nothing has changed
   */
  public Swapped swap(RuleSet next) {
    Objects.requireNonNull(next, "next");
    FieldTree tree = next.fieldTree().within(options);
    try (CurrentFields.Change change = fields.beginChange()) {
      return next.swapInto(
          handle.value(),
          () -> {
            change.set(tree);
            ruleSet = next;
          });
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Switches a rule from the next event on, whatever the document says, and in rule sets to come as
   * well, by its id.
   *
   * @param mode null: as the document says
   * @throws NotFoundException if the rule set has no such rule (F0894)
   * @throws FailedPreconditionException if the engine is closed
   */
  public void setMode(String rule, Mode mode) {
    Objects.requireNonNull(rule, "rule");
    try {
      StateCalls.setMode(handle.value(), rule, mode);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * How much the engine remembers, and how its rules stand.
   *
   * @throws FailedPreconditionException if the engine is closed
   */
  public State state() {
    try {
      return StateCalls.state(handle.value());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Makes the engine reachable in this process (by this class loader's copy of Fishplate) as {@code
   * inproc:NAME}, until it is closed: see {@link Session#connect}.
   *
   * @throws FishplateException with {@link StatusCode#ALREADY_EXISTS} if another engine has the
   *     name
   * @throws FailedPreconditionException if the engine is closed
   */
  public void share(String name) {
    try {
      SessionCalls.share(handle.value(), Objects.requireNonNull(name, "name"));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * What the engine has done so far.
   *
   * @throws FailedPreconditionException if the engine is closed
   */
  public Counters counters() {
    try {
      return Calls.counters(handle.value());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Ends the engine: every later call is refused. Calls that run at this moment end normally.
   * Idempotent; any thread, at any time.
   */
  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return "Engine[" + ruleSet + "]";
  }
}
