package dev.fishplate;

/**
 * What Java's own part of a session refuses. The text is made by the core, as that of every other
 * error.
 */
final class SessionErrors {
  private static final int CLOSED = 801;
  private static final int STALE_HANDLE = 802;
  private static final int SESSION_STATE = 850;
  private static final int SESSION_ENDED = 855;
  private static final int UNREACHABLE = 860;
  private static final int CLOSED_MEANWHILE = 863;
  private static final int RING_UNUSABLE = 864;

  private SessionErrors() {}

  /** The outcomes of the session are taken in the other of two ways. */
  static FishplateException otherWay(boolean wantsFutures) {
    return Calls.error(
        StatusCode.FAILED_PRECONDITION,
        SESSION_STATE,
        "the outcomes of this session are taken by " + (wantsFutures ? "receive" : "futures"),
        "",
        "open another session for the other way");
  }

  static FishplateException closedMeanwhile() {
    String message = "the session was closed while the call waited";
    return Calls.error(StatusCode.CANCELLED, CLOSED_MEANWHILE, message, "", "");
  }

  /** A last word that says no more than its status. */
  static FishplateException ended(StatusCode status) {
    return Calls.error(status, SESSION_ENDED, "the session ended with " + status, "", "");
  }

  /** Nobody answers at {@code address}. */
  static FishplateException unreachable(String address, String why) {
    String message = "nobody answers at `" + address + "`: " + why;
    return Calls.error(StatusCode.UNAVAILABLE, UNREACHABLE, message, "address", "");
  }

  static FishplateException unusable(String message) {
    return Calls.error(StatusCode.UNAVAILABLE, RING_UNUSABLE, message, "", "");
  }

  static FishplateException damaged(DamagedRing damage) {
    return Calls.error(StatusCode.DATA_LOSS, RING_UNUSABLE, damage.getMessage(), "", "");
  }

  /** Whether a call was refused because its object is closed. */
  static boolean isClosed(FishplateException error) {
    int code = LayoutReader.number(error.code());
    return code == CLOSED || code == STALE_HANDLE;
  }
}
