package dev.fishplate;

/**
 * The object is in no state for this call: it is closed, for example. Nothing has changed. Thrown
 * for {@link StatusCode#FAILED_PRECONDITION}.
 */
public final class FailedPreconditionException extends FishplateException {
  private static final long serialVersionUID = 1L;

  FailedPreconditionException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
