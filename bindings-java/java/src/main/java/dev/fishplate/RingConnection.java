package dev.fishplate;

import java.util.concurrent.TimeUnit;

/**
 * What carries a session's frames: moves them between the session, which native code holds, and the
 * lanes of a ring, looks whether the server lives, and searches for it when it has gone. What the
 * frames say it does not know. For one thread at a time.
 */
final class RingConnection {
  /** How often it is asked whether the server lives: one system call each time. */
  static final long SLICE = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

  private final long session;
  private final String name;
  private final long reconnectMillis;

  /** Null while there is no connection. */
  private RingLink link;

  /** A frame that is to be written, and for which there was no room. */
  private RingFrame stuck;

  /** When it was last asked whether the server lives. */
  private long askedAt;

  private boolean wasWelcomed;
  private boolean isDone;

  /** While the server is searched for: when next, until when, and how long the pauses are. */
  private boolean isSearching;

  private long searchNext;
  private long searchUntil;
  private long pause;

  RingConnection(long session, String name, long reconnectMillis) {
    this.session = session;
    this.name = name;
    this.reconnectMillis = reconnectMillis;
  }

  /** Null while there is none. */
  RingLink link() {
    return link;
  }

  /** Whether a frame waits for room, of which nobody tells a reader. */
  boolean isStuck() {
    return stuck != null;
  }

  boolean wasWelcomed() {
    return wasWelcomed;
  }

  /** Whether the session's last word is here. */
  boolean isDone() {
    return isDone;
  }

  /** Begins a connection on a place that was claimed. */
  void begin(RingLink fresh) {
    isSearching = false;
    link = fresh;
    askedAt = System.nanoTime();
    RingCalls.connected(session, fresh.events().maxPayload());
    write();
  }

  /** Hands over what the server wrote, and notices if it has gone. */
  void look() {
    read();
    if (link != null && System.nanoTime() - askedAt >= SLICE) {
      askedAt = System.nanoTime();
      if (!link.isServed()) {
        // What it wrote before it went counts.
        read();
        lose();
      }
    }
    giveUpSearch();
  }

  /** Hands over what the server wrote. */
  private void read() {
    try {
      RingFrame frame;
      while (link != null && (frame = link.decisions().poll()) != null) {
        RingCalls.Standing standing = RingCalls.take(session, frame);
        wasWelcomed = standing.wasWelcomed();
        isDone = standing.isDone();
        if (isDone) {
          letGo();
        }
      }
    } catch (DamagedRing damage) {
      giveUp(SessionErrors.damaged(damage));
    }
  }

  /** Writes what the session has to say, as far as there is room. */
  void write() {
    if (link == null) {
      return;
    }
    boolean wrote = false;
    try {
      while ((stuck = stuck == null ? RingCalls.next(session) : stuck) != null
          && link.events().push(stuck)) {
        stuck = null;
        wrote = true;
      }
    } catch (DamagedRing damage) {
      giveUp(SessionErrors.damaged(damage));
      return;
    }
    if (wrote) {
      link.events().wakeConsumer();
    }
  }

  /** Ends the session here. */
  void giveUp(FishplateException why) {
    RingCalls.giveUp(session, why);
    isDone = true;
    isSearching = false;
    letGo();
  }

  /** Gives the place in the ring back. */
  void letGo() {
    stuck = null;
    if (link != null) {
      link.detach();
      link = null;
    }
  }

  /** The server has gone: what was not accepted goes to the next one, if one comes in time. */
  private void lose() {
    letGo();
    if (!isDone) {
      RingCalls.disconnected(session);
      isSearching = true;
      pause = FIRST_PAUSE;
      searchNext = System.nanoTime();
      searchUntil = searchNext + TimeUnit.MILLISECONDS.toNanos(reconnectMillis);
    }
  }

  /** Whether the server is searched for. */
  boolean isSearching() {
    return isSearching;
  }

  /** How long until it is looked for again, in nanoseconds. */
  long pauseLeft() {
    return searchNext - System.nanoTime();
  }

  /** Nobody was found this time. */
  void searchAgain() {
    searchNext = System.nanoTime() + pause;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    giveUpSearch();
  }

  private void giveUpSearch() {
    if (isSearching && System.nanoTime() - searchUntil >= 0) {
      String why = "its server has gone, and none came within " + reconnectMillis + " ms";
      giveUp(SessionErrors.unreachable(RingSession.SCHEME + name, why));
    }
  }
}
