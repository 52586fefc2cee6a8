package dev.fishplate;

/**
 * Something that was named does not exist: a file, for example. Thrown for {@link
 * StatusCode#NOT_FOUND}.
 */
public final class NotFoundException extends FishplateException {
  private static final long serialVersionUID = 1L;

  NotFoundException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(status, text, diagnostics);
  }
}
