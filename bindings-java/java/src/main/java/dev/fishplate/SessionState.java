package dev.fishplate;

/** Where a session is in its life; it never goes back. A call that waits is not a state. */
public enum SessionState {
  /** Events are taken. */
  STREAMING,
  /** No more events are taken; what was accepted is decided and delivered. */
  CLOSING,
  /** Nothing more will come. */
  DONE
}
