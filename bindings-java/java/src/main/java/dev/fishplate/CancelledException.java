package dev.fishplate;

/**
 * The call was cancelled, by closing what it waited on, for example. Thrown for {@link
 * StatusCode#CANCELLED}.
 */
public final class CancelledException extends FishplateException {
  private static final long serialVersionUID = 1L;

  CancelledException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
