package dev.fishplate;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A session through shared memory, which Java itself reads and writes. What is said, and when, is
 * the affair of native code, as for every other session; here stands when a call waits, and for
 * what. Any thread.
 *
 * <p>There is no thread of its own: whoever sends writes the frames, whoever waits reads them. One
 * waiting thread sleeps on the ring's word and reads for all; the others wait for its news.
 */
final class RingSession implements SessionDriver {
  /** What addresses of rings begin with. */
  static final String SCHEME = "shm://";

  private static final long DEFAULT_CONNECT_MILLIS = 2_000;
  private static final long DEFAULT_RECONNECT_MILLIS = 3_000;

  /** Looks at the lane before sleeping: some tens of microseconds, about what a wake costs. */
  private static final int SPINS = 500;

  /** The longest sleep while a frame waits for room. */
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(2);

  /** No wait ends so late: 292 years. */
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final String name;
  private final long session;

  /** Held while anything moves, never while anything is waited for. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition news = lock.newCondition();
  private final RingConnection connection;

  /** Somebody sleeps on the ring's word, or searches for the server: only he reads. */
  private boolean isLed;

  private boolean isClosed;

  private RingSession(String name, SessionOptions options) {
    this.name = name;
    this.session = RingCalls.open(options);
    this.connection =
        new RingConnection(
            session, name, or(options.get("reconnect_ms"), DEFAULT_RECONNECT_MILLIS));
  }

  private static long or(long value, long byDefault) {
    return value == 0 ? byDefault : value;
  }

  /** Opens a session with the server of the ring called {@code name}; waits for the welcome. */
  static RingSession open(String name, SessionOptions options) {
    RingSession opened = new RingSession(name, options);
    boolean isOpen = false;
    try {
      opened.connect(or(options.get("connect_ms"), DEFAULT_CONNECT_MILLIS));
      isOpen = true;
    } finally {
      if (!isOpen) {
        opened.close();
      }
    }
    return opened;
  }

  private void connect(long millis) {
    RingLink link = RingLink.attach(name);
    lock.lock();
    try {
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      connection.begin(link);
      while (!connection.wasWelcomed()) {
        if (connection.isDone()) {
          // Only the last word is there, and it is not OK: this throws it.
          SessionCalls.receive(session, 0);
        }
        if (until - System.nanoTime() <= 0) {
          String why = "no answer within " + millis + " ms";
          FishplateException nobody = SessionErrors.unreachable(SCHEME + name, why);
          connection.giveUp(nobody);
          throw nobody;
        }
        await(until);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long send(Event event, TraceContext trace, SendOptions options) {
    lock.lock();
    try {
      look();
      long until = until(options.waitMillis());
      for (boolean waited = false; ; waited = true) {
        long sequence = SessionCalls.trySend(session, event, trace, options);
        if (sequence == 0 && waited && until - System.nanoTime() <= 0) {
          // There is no room, and this says so.
          sequence = SessionCalls.send(session, event, trace, options);
        }
        if (sequence != 0) {
          connection.write();
          return sequence;
        }
        await(until);
        checkOpen();
      }
    } catch (FishplateException refused) {
      // A full window makes the session say what was received, so that room comes back.
      connection.write();
      throw refused;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Outcome receive(int waitMillis) {
    lock.lock();
    try {
      look();
      long until = until(waitMillis);
      for (boolean waited = false; ; waited = true) {
        byte[] record = SessionCalls.tryReceive(session);
        if (record != null) {
          connection.write();
          return SessionCalls.outcome(record);
        }
        if (waited && until - System.nanoTime() <= 0) {
          // Nothing is there, and this says so.
          return SessionCalls.receive(session, waitMillis);
        }
        await(until);
        checkOpen();
      }
    } finally {
      lock.unlock();
    }
  }

  private static long until(int waitMillis) {
    long wait =
        waitMillis == Waits.FOREVER
            ? NEVER
            : TimeUnit.MILLISECONDS.toNanos(Integer.toUnsignedLong(waitMillis));
    return System.nanoTime() + wait;
  }

  /** Reads what is there, unless somebody who waits does: he would miss it. */
  private void look() {
    if (!isClosed && !isLed) {
      connection.look();
    }
  }

  private void checkOpen() {
    if (isClosed) {
      throw SessionErrors.closedMeanwhile();
    }
  }

  /** Waits until there may be news, at most until then; the lock is given up meanwhile. */
  private void await(long until) {
    connection.write();
    long left = Math.min(until - System.nanoTime(), RingConnection.SLICE);
    if (isLed) {
      pause(left);
      return;
    }
    isLed = true;
    try {
      if (connection.isSearching()) {
        search(left);
      } else if (connection.link() == null) {
        pause(left);
      } else {
        listen(connection.link(), left);
      }
    } finally {
      isLed = false;
      news.signalAll();
    }
  }

  /** Closing wakes a session's calls, interrupting does not: the flag is there afterwards. */
  private void pause(long nanos) {
    boolean wasInterrupted = false;
    for (boolean isOver = nanos <= 0; !isOver; ) {
      try {
        news.awaitNanos(nanos);
        isOver = true;
      } catch (InterruptedException interrupted) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void withoutLock(Runnable wait) {
    lock.unlock();
    try {
      wait.run();
    } finally {
      lock.lock();
    }
  }

  /** Sleeps on the ring's word until frames come, and hands them over. */
  private void listen(RingLink link, long nanos) {
    RingConsumer decisions = link.decisions();
    withoutLock(() -> spin(decisions));
    // A place that was given up meanwhile is somebody else's.
    if (nanos > 0 && connection.link() == link) {
      int seen = decisions.word().raiseFlag();
      if (!decisions.isReady()) {
        long longest = connection.isStuck() ? Math.min(nanos, SOON) : nanos;
        int millis = (int) TimeUnit.NANOSECONDS.toMillis(longest) + 1;
        withoutLock(() -> decisions.word().sleep(seen, millis));
      }
      if (connection.link() == link) {
        decisions.word().lowerFlag();
      }
    }
    if (!isClosed) {
      connection.look();
      connection.write();
    }
  }

  private static void spin(RingConsumer decisions) {
    for (int spin = 0; spin < SPINS && !decisions.isReady(); spin++) {
      Thread.onSpinWait();
    }
  }

  /** Looks for the server, or waits for the moment to do so. */
  private void search(long nanos) {
    long pause = connection.pauseLeft();
    if (pause > 0) {
      pause(Math.min(pause, nanos));
    } else {
      seek();
    }
    if (!isClosed) {
      connection.look();
    }
  }

  private void seek() {
    AtomicReference<RingLink> attached = new AtomicReference<>();
    withoutLock(
        () -> {
          try {
            attached.set(RingLink.attach(name));
          } catch (FishplateException nobody) {
            // Tried again, until it took too long.
          }
        });
    RingLink found = attached.get();
    if (isClosed || !connection.isSearching()) {
      if (found != null) {
        found.detach();
      }
    } else if (found == null) {
      connection.searchAgain();
    } else {
      connection.begin(found);
    }
  }

  @Override
  public void halfClose() {
    lock.lock();
    try {
      SessionCalls.halfClose(session);
      connection.write();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void cancel() {
    lock.lock();
    try {
      SessionCalls.cancel(session);
      connection.write();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public SessionReport report() {
    lock.lock();
    try {
      return SessionCalls.report(session);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      cancelQuietly();
      connection.letGo();
      Calls.close(session);
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The server need not find out by itself that nobody is interested any more. */
  private void cancelQuietly() {
    try {
      SessionCalls.cancel(session);
      connection.write();
    } catch (FishplateException nothingToCancel) {
      // As good as cancelled.
    }
  }
}
