package dev.fishplate;

/**
 * What came in is wrong: a rule document, an event, an argument. Trying again cannot help. Thrown
 * for {@link StatusCode#INVALID_ARGUMENT}.
 */
public final class InvalidArgumentException extends FishplateException {
  private static final long serialVersionUID = 1L;

  InvalidArgumentException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
