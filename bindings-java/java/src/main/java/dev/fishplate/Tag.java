package dev.fishplate;

/** The tags of values at the border: docs/layout.md, and those of the canonical form. */
final class Tag {
  static final int NULL = 0;
  static final int BOOL = 1;
  static final int INT = 2;
  static final int UINT = 3;
  static final int DOUBLE = 4;
  static final int STRING = 5;
  static final int BYTES = 6;
  static final int TIMESTAMP = 7;
  static final int DURATION = 8;
  static final int LIST = 9;
  static final int MAP = 10;

  /** On the way in only: something that no field can take, as a text that says what it is. */
  static final int OTHER = 255;

  private Tag() {}
}
