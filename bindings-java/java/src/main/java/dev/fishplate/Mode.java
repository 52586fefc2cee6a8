package dev.fishplate;

/** Whether a rule counts: as the document says, or as {@link Engine#setMode} switched it. */
public enum Mode {
  /** It is decided, and what it gives is merged into the outputs. */
  LIVE,
  /** It is decided and reported apart ({@link Decision#shadowMatched}), and never merged. */
  SHADOW,
  /** It is not decided. */
  OFF;

  /** The number that stands for "as the document says", where a mode may be left out. */
  private static final int OF_DOCUMENT = 3;

  private static final Mode[] BY_NUMBER = values();

  /** The border's number for {@code mode}; null: as the document says. */
  static int number(Mode mode) {
    return mode == null ? OF_DOCUMENT : mode.ordinal();
  }

  /** The mode of the border's number. */
  static Mode of(int number) {
    if (number < 0 || number >= BY_NUMBER.length) {
      throw new IllegalStateException("a rule of unknown mode " + number);
    }
    return BY_NUMBER[number];
  }
}
