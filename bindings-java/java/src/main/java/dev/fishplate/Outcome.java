package dev.fishplate;

import java.util.Objects;
import java.util.Optional;

/** What became of one event of a batch: a decision, or the error that refused it. Immutable. */
public final class Outcome {
  private final Decision decision;
  private final FishplateException error;

  private Outcome(Decision decision, FishplateException error) {
    this.decision = decision;
    this.error = error;
  }

  static Outcome decided(Decision decision) {
    return new Outcome(Objects.requireNonNull(decision), null);
  }

  static Outcome refused(FishplateException error) {
    return new Outcome(null, Objects.requireNonNull(error));
  }

  /** Whether the event was accepted. */
  public boolean isDecided() {
    return decision != null;
  }

  /**
   * The decision.
   *
   * @throws FishplateException the error that refused the event
   */
  public Decision decision() {
    if (error != null) {
      throw error;
    }
    return decision;
  }

  /** The error that refused the event; empty if it was accepted. */
  public Optional<FishplateException> error() {
    return Optional.ofNullable(error);
  }

  @Override
  public String toString() {
    return isDecided() ? decision.toString() : error.toString();
  }
}
