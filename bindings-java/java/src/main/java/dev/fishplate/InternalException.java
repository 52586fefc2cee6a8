package dev.fishplate;

/**
 * An error in Fishplate itself. Whether the call took effect is not known. Thrown for {@link
 * StatusCode#INTERNAL}.
 */
public final class InternalException extends FishplateException {
  private static final long serialVersionUID = 1L;

  InternalException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
