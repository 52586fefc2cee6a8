package dev.fishplate;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A rule set with its windows: it decides events.
 *
 * <p>Any number of threads may use an engine; calls that touch its windows take turns. The engine
 * has no thread of its own: {@link #decide} runs on its caller's. Close it when it is no longer
 * needed; its decisions stay as they are.
 */
public final class Engine implements AutoCloseable {
  private final RuleSet ruleSet;
  private final Handle handle;
  private final FieldTree fields;
  private final boolean picksUpTrace;

  private Engine(RuleSet ruleSet, EngineOptions options) {
    this.ruleSet = ruleSet;
    this.fields = ruleSet.fieldTree().within(options);
    this.picksUpTrace = options.picksUpTrace();
    this.handle = new Handle(this, ruleSet.openEngine(options));
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
   * Opens an engine with empty windows.
   *
   * @throws FailedPreconditionException if the rule set is closed
   */
  public static Engine open(RuleSet ruleSet, EngineOptions options) {
    return new Engine(
        Objects.requireNonNull(ruleSet, "ruleSet"), Objects.requireNonNull(options, "options"));
  }

  /** The rule set that it decides by. */
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
    TraceContext trace = picksUpTrace ? CurrentTrace.orNull() : null;
    try {
      for (int next = 0; next < all.size(); ) {
        next = Calls.decideSome(handle.value(), all, next, fields, trace, outcomes);
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
