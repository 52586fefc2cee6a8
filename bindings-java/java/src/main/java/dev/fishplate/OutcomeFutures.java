package dev.fishplate;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * The outcomes of a session as futures, and the daemon thread that completes them in order. Knows
 * nothing of how events are sent. Any thread.
 *
 * <p>A sender learns its event's sequence only after sending, and the outcome may come before that:
 * whoever of sender and receiver comes first puts a future into the map, and the other one takes it
 * out.
 */
final class OutcomeFutures {
  /** How a session's outcomes are taken. */
  private enum Way {
    UNDECIDED,
    BY_HAND,
    FUTURES
  }

  private static final AtomicLong NUMBER = new AtomicLong();

  private final SessionDriver driver;
  private final AtomicReference<Way> way = new AtomicReference<>(Way.UNDECIDED);
  private final ConcurrentHashMap<Long, Pending> waiting = new ConcurrentHashMap<>();

  /** Set before the futures that are left are completed, so that none is overlooked. */
  private volatile Throwable ended;

  private volatile Thread receiver;

  OutcomeFutures(SessionDriver driver) {
    this.driver = driver;
  }

  /** The decision of one event; keeps its session from being forgotten until it is there. */
  private static final class Pending extends CompletableFuture<Decision> {
    // Only held, never read: a session that is forgotten is closed.
    @SuppressWarnings("unused")
    private volatile Session session;

    Pending(Session session) {
      this.session = session;
    }

    void end(Decision decision, Throwable error) {
      if (error == null) {
        complete(decision);
      } else {
        completeExceptionally(error);
      }
      session = null;
    }
  }

  /**
   * The outcomes are taken by {@code receive}.
   *
   * @throws FailedPreconditionException if futures take them
   */
  void useByHand() {
    use(Way.BY_HAND);
  }

  private void use(Way wanted) {
    Way found = way.get();
    if (found == Way.UNDECIDED && way.compareAndSet(Way.UNDECIDED, wanted)) {
      return;
    }
    if (way.get() != wanted) {
      throw SessionErrors.otherWay(wanted == Way.FUTURES);
    }
  }

  /** Whether this is the thread that completes the futures. */
  boolean isReceiver() {
    return Thread.currentThread() == receiver;
  }

  /** Sends by {@code send}, which gives the sequence; the future has what becomes of the event. */
  CompletableFuture<Decision> decide(Session session, LongSupplier send) {
    Pending mine = new Pending(session);
    try {
      use(Way.FUTURES);
      start();
      return meet(send.getAsLong(), mine);
    } catch (FishplateException refused) {
      mine.end(null, refused);
      return mine;
    }
  }

  /** The sender's side: gives the future that has, or will have, the event's outcome. */
  private Pending meet(long sequence, Pending mine) {
    Pending early = waiting.putIfAbsent(sequence, mine);
    if (early != null) {
      waiting.remove(sequence, early);
      return early;
    }
    Throwable end = ended;
    if (end != null && waiting.remove(sequence, mine)) {
      mine.end(null, end);
    }
    return mine;
  }

  /** The receiver's side. */
  private void deliver(Outcome outcome) {
    Pending late = new Pending(null);
    Pending early = waiting.putIfAbsent(outcome.sequence(), late);
    if (early != null) {
      waiting.remove(outcome.sequence(), early);
      late = early;
    }
    FishplateException error = outcome.error().orElse(null);
    late.end(error == null ? outcome.decision() : null, error);
  }

  private synchronized void start() {
    if (receiver == null) {
      // Made here, on the caller's thread: whoever closes a session may close its class loader
      // next, and then the receiver finds only the classes that are there.
      FishplateException closed = SessionErrors.closedMeanwhile();
      SessionErrors.otherWay(true);
      String name = "fishplate-futures-" + NUMBER.incrementAndGet();
      Thread thread = new Thread(() -> run(closed), name);
      thread.setDaemon(true);
      // Whatever loader the first caller has, this thread must not keep it.
      thread.setContextClassLoader(null);
      receiver = thread;
      thread.start();
    }
  }

  private void run(FishplateException closed) {
    try {
      Outcome outcome;
      while ((outcome = driver.receive(Waits.FOREVER)) != null) {
        deliver(outcome);
      }
      // Every event has had its outcome: there is nobody to hear this.
      ended = closed;
    } catch (FishplateException last) {
      ended = SessionErrors.isClosed(last) ? closed : last;
    } catch (RuntimeException | Error mistake) {
      ended = mistake;
    }
    for (Long sequence : waiting.keySet().stream().sorted().toList()) {
      Pending left = waiting.remove(sequence);
      if (left != null) {
        left.end(null, ended);
      }
    }
  }
}
