package dev.fishplate;

/**
 * The process may not do this: read a file, for example. Thrown for {@link
 * StatusCode#PERMISSION_DENIED}.
 */
public final class PermissionDeniedException extends FishplateException {
  private static final long serialVersionUID = 1L;

  PermissionDeniedException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
