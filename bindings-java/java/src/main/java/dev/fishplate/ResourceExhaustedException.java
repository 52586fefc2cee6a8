package dev.fishplate;

/**
 * A budget of memory or of waiting decisions is used up. Trying again later can help. Thrown for
 * {@link StatusCode#RESOURCE_EXHAUSTED}.
 */
public final class ResourceExhaustedException extends FishplateException {
  private static final long serialVersionUID = 1L;

  ResourceExhaustedException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
