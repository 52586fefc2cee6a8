package dev.fishplate;

import java.util.Objects;
import java.util.Optional;

/**
 * What became of one event of a session or a batch: a decision, or the error that refused it.
 * Immutable.
 */
public final class Outcome {
  private final long sequence;
  private final Decision decision;
  private final FishplateException error;

  private Outcome(long sequence, Decision decision, FishplateException error) {
    this.sequence = sequence;
    this.decision = decision;
    this.error = error;
  }

  static Outcome decided(long sequence, Decision decision) {
    return new Outcome(sequence, Objects.requireNonNull(decision), null);
  }

  static Outcome refused(long sequence, FishplateException error) {
    return new Outcome(sequence, null, Objects.requireNonNull(error));
  }

  /** The event's place in its session or batch, from 1. */
  public long sequence() {
    return sequence;
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
    return sequence + ": " + (isDecided() ? decision : error);
  }
}
