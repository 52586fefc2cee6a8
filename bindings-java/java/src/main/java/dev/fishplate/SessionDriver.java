package dev.fishplate;

/**
 * What lies behind a session: native code, or a ring that Java itself reads and writes. Any thread.
 * A driver never refers to its {@link Session}, so that a session that nobody has is collected.
 */
interface SessionDriver {
  /** Sends an event; gives its sequence. {@code trace} may be null. */
  long send(Event event, TraceContext trace, SendOptions options);

  /**
   * The outcome of the next event; null at the end with OK. A session that ended otherwise throws
   * its last word.
   *
   * @param waitMillis a u32; {@link Waits#FOREVER} is as long as it takes
   */
  Outcome receive(int waitMillis);

  void halfClose();

  void cancel();

  /** Never waits; idempotent. */
  void close();

  SessionReport report();
}
