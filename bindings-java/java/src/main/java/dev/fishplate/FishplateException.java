package dev.fishplate;

import java.util.List;

/**
 * A refused call: a status, and one diagnostic or more, each with a code, a place and a way out.
 *
 * <p>{@link #getMessage()} is the text that the core made, the same in every language; it has
 * several lines where a place in a document is shown. A status that a caller may want to catch by
 * itself has a subclass; the others are plain {@code FishplateException}s.
 */
public class FishplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAGIC = 0x31455046;

  /** The status of the whole. */
  private final StatusCode status;

  /** What is wrong, in order. */
  private final Diagnostic[] diagnostics;

  FishplateException(StatusCode status, String text, Diagnostic[] diagnostics) {
    super(text);
    this.status = status;
    this.diagnostics = diagnostics;
  }

  /** The exception of an error record (docs/layout.md). */
  static FishplateException of(byte[] record) {
    LayoutReader reader = new LayoutReader(record, 0);
    if (reader.i32() != MAGIC) {
      throw new IllegalStateException("not the record of an error");
    }
    reader.i32();
    StatusCode status = StatusCode.fromValue(reader.i32());
    Diagnostic[] diagnostics = new Diagnostic[reader.i32()];
    String text = reader.text();
    for (int at = 0; at < diagnostics.length; at++) {
      diagnostics[at] = diagnostic(reader);
    }
    return of(status, text, diagnostics);
  }

  /** The number of the first diagnostic's code in an error record, without reading the rest. */
  static int firstCode(byte[] record) {
    LayoutReader reader = new LayoutReader(record, 3 * Integer.BYTES);
    int count = reader.i32();
    reader.raw(reader.i32());
    return count == 0 ? 0 : reader.i32();
  }

  private static FishplateException of(StatusCode status, String text, Diagnostic[] diagnostics) {
    return switch (status) {
      case INVALID_ARGUMENT -> new InvalidArgumentException(status, text, diagnostics);
      case NOT_FOUND -> new NotFoundException(status, text, diagnostics);
      case PERMISSION_DENIED -> new PermissionDeniedException(status, text, diagnostics);
      case RESOURCE_EXHAUSTED -> new ResourceExhaustedException(status, text, diagnostics);
      case FAILED_PRECONDITION -> new FailedPreconditionException(status, text, diagnostics);
      case CANCELLED -> new CancelledException(status, text, diagnostics);
      case INTERNAL -> new InternalException(status, text, diagnostics);
      default -> new FishplateException(status, text, diagnostics);
    };
  }

  private static Diagnostic diagnostic(LayoutReader reader) {
    String code = LayoutReader.code(reader.i32());
    String message = reader.text();
    Diagnostic.Place place = place(reader);
    String expected = reader.text();
    boolean suggested = reader.u8() != 0;
    String suggestion = reader.text();
    return new Diagnostic(code, message, place, expected, suggested ? suggestion : null);
  }

  private static Diagnostic.Place place(LayoutReader reader) {
    Diagnostic.Place.Kind kind =
        switch (reader.u8()) {
          case 1 -> Diagnostic.Place.Kind.TEXT;
          case 2 -> Diagnostic.Place.Kind.FIELD;
          case 3 -> Diagnostic.Place.Kind.NAME;
          default -> Diagnostic.Place.Kind.NONE;
        };
    return new Diagnostic.Place(
        kind, reader.text(), reader.i32(), reader.i32(), reader.i32(), reader.text());
  }

  /** The status of the whole. */
  public StatusCode status() {
    return status;
  }

  /** The code of the first diagnostic, which names the error: {@code F0203}. */
  public String code() {
    return diagnostics.length == 0 ? "F0901" : diagnostics[0].code();
  }

  /** Everything that is wrong, in order: all the mistakes of a rule document at once. */
  public List<Diagnostic> diagnostics() {
    return List.of(diagnostics);
  }
}
