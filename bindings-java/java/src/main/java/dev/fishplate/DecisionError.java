package dev.fishplate;

/**
 * An error that a decision carries: the event was accepted, but one rule or output ended in an
 * error.
 *
 * @param kind what it stands against
 * @param name the id of the rule, or the name of the output
 * @param code its stable code: {@code F0301}
 * @param line line of the rule document, from 1
 * @param column column, from 1, in code points
 * @param message what went wrong; not part of the canonical form
 */
public record DecisionError(
    Kind kind, String name, String code, int line, int column, String message) {
  /** What an error stands against. */
  public enum Kind {
    /** The rule's {@code when} or {@code output} ended in an error: it did not match. */
    RULE,
    /** The output's merge failed: it took its default. */
    OUTPUT
  }
}
