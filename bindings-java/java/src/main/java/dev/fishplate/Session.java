package dev.fishplate;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * An ordered conversation of events and decisions, whatever lies behind its address: {@link
 * #connect}.
 *
 * <p>Events have sequences from 1; each has exactly one outcome, and outcomes come in order. They
 * are taken in one of two ways, and the first call decides which: by {@link #send} and {@link
 * #receive} (or iteration), or by {@link #decideAsync}. A call of the other way is refused with
 * {@link FailedPreconditionException}.
 *
 * <p>A session goes from {@link SessionState#STREAMING} to {@link SessionState#CLOSING} (by {@link
 * #halfClose}, {@link #cancel}, or the other end) to {@link SessionState#DONE}; a call that its
 * state does not allow is refused with {@link FailedPreconditionException} and changes nothing.
 *
 * <p>Any thread may use it: sends take turns, and so do receives. Waiting calls are woken by {@link
 * #close}, not by interrupting their threads. Close it; one that is forgotten is closed when it is
 * collected. No session keeps a JVM from exiting.
 *
 * <p>An event without a trace of its own takes the current OpenTelemetry span of the sending
 * thread, if the OpenTelemetry API is there and {@link SessionOptions#picksUpTrace} is true.
 */
public final class Session implements AutoCloseable, Iterable<Outcome> {
  private final SessionDriver driver;
  private final boolean picksUpTrace;
  private final OutcomeFutures futures;
  private final Cleaner.Cleanable cleanable;

  private Session(SessionDriver driver, boolean picksUpTrace) {
    this.driver = driver;
    this.picksUpTrace = picksUpTrace;
    this.futures = new OutcomeFutures(driver);
    this.cleanable = Handle.whenForgotten(this, driver::close);
  }

  /**
   * As {@link #connect(String, SessionOptions)}, with default options: enough in process and
   * through shared memory.
   */
  public static Session connect(String address) {
    return connect(address, SessionOptions.defaults());
  }

  /**
   * Opens a session with whatever is at {@code address}, and waits until it is welcome there, at
   * most {@link SessionOptions.Builder#connect}.
   *
   * <ul>
   *   <li>{@code inproc:NAME}: an engine of this process and this class loader, shared by {@link
   *       Engine#share};
   *   <li>{@code shm://NAME}: a server of the same user on this machine, through shared memory;
   *   <li>{@code grpc://HOST:PORT}: a server, over the network.
   * </ul>
   *
   * <pre>{@code
   * var options = SessionOptions.builder().deadline(Duration.ofMinutes(1)).build();
   * try (Session session = Session.connect("grpc://127.0.0.1:7001", options)) {
   *   for (Map<String, Object> payment : payments) {
   *     session.send(payment);
   *   }
   *   session.halfClose();
   *   for (Outcome outcome : session) {
   *     System.out.println(outcome.sequence() + " " + outcome.decision().output("action"));
   *   }
   * }
   * }</pre>
   *
   * (As long as fewer events are under way than the window has; else one thread sends and another
   * receives, or {@link #decideAsync} is used.)
   *
   * @throws InvalidArgumentException if it is no address, an option is wrong, or a session on a
   *     network names no deadline
   * @throws NotFoundException if the server has no such rule set
   * @throws FishplateException with {@link StatusCode#UNAVAILABLE} if nobody answers; with {@link
   *     StatusCode#DATA_LOSS} if the session to be taken over is not known there; with {@link
   *     StatusCode#ABORTED} if a later epoch has it
   */
  public static Session connect(String address, SessionOptions options) {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(options, "options");
    String ring =
        address.startsWith(RingSession.SCHEME)
            ? address.substring(RingSession.SCHEME.length())
            : "";
    SessionDriver driver =
        ring.isEmpty() ? NativeSession.open(address, options) : RingSession.open(ring, options);
    return new Session(driver, options.picksUpTrace());
  }

  /**
   * Sends an event; waits for room as long as it takes, if the session blocks when its window is
   * full. The event is copied before the call returns.
   *
   * @return its sequence, from 1
   * @throws FailedPreconditionException unless the session is streaming
   * @throws ResourceExhaustedException if the window is full and the session rejects
   * @throws CancelledException if the session is closed meanwhile
   * @throws InvalidArgumentException if it is too large for a frame of shared memory. An event that
   *     the rules cannot read is not refused here, but is an outcome like others
   * @throws FishplateException the session's last word, once it has ended otherwise than OK
   */
  public long send(Event event) {
    return send(event, SendOptions.defaults());
  }

  /** As {@link #send(Event)}, of an event given by its fields: see {@link Event#of}. */
  public long send(Map<String, ?> event) {
    return send(Event.of(event));
  }

  /**
   * As {@link #send(Event)}, waiting at most {@code wait} for room.
   *
   * @throws FishplateException with {@link StatusCode#DEADLINE_EXCEEDED} if there was no room in
   *     time: the event was not sent
   */
  public long send(Event event, Duration wait) {
    return send(event, SendOptions.defaults().waitAtMost(wait));
  }

  /** As {@link #send(Event)}, in the way that {@code options} say. */
  public long send(Event event, SendOptions options) {
    Objects.requireNonNull(event, "event");
    Objects.requireNonNull(options, "options");
    futures.useByHand();
    return sendNow(event, options);
  }

  private long sendNow(Event event, SendOptions options) {
    TraceContext trace = event.traceOrNull();
    if (trace == null && picksUpTrace) {
      trace = CurrentTrace.orNull();
    }
    try {
      return driver.send(event, trace, options);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The outcome of the next event, in order; waits for it as long as it takes.
   *
   * @return empty at the end of a session that ended with OK, again at every further call
   * @throws CancelledException if the session is closed meanwhile
   * @throws FishplateException the session's last word, if it ended otherwise than OK; again at
   *     every further call. {@link #report} tells the watermark
   */
  public Optional<Outcome> receive() {
    return receive(Waits.FOREVER);
  }

  /**
   * As {@link #receive()}, waiting at most {@code wait}; zero: not at all.
   *
   * @throws FishplateException with {@link StatusCode#DEADLINE_EXCEEDED} and code {@code F0852} if
   *     nothing came in time
   */
  public Optional<Outcome> receive(Duration wait) {
    return receive(Waits.u32(wait));
  }

  private Optional<Outcome> receive(int waitMillis) {
    futures.useByHand();
    return Optional.ofNullable(receiveOrNull(waitMillis));
  }

  private Outcome receiveOrNull(int waitMillis) {
    try {
      return driver.receive(waitMillis);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The outcomes that are left, as {@link #receive()} gives them, until the end. Its {@code
   * hasNext} waits, and throws what {@code receive} throws. Every iterator of a session takes from
   * the same outcomes.
   */
  @Override
  public Iterator<Outcome> iterator() {
    futures.useByHand();
    return new Iterator<>() {
      private Outcome next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          next = receiveOrNull(Waits.FOREVER);
        }
        return next != null;
      }

      @Override
      public Outcome next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the session has ended");
        }
        Outcome taken = next;
        next = null;
        return taken;
      }
    };
  }

  /**
   * Sends an event; the future has its decision, or the error that refused it. Futures are
   * completed in the order of their events, by one daemon thread of this session, which is started
   * with the first; what is chained to a future runs there too, unless it is chained by an {@code
   * …Async} method, and must not wait for this session.
   *
   * <p>A full window is the affair of the session's policy: a session that blocks waits here (but
   * never on that daemon thread). What {@code send} would throw is in the future instead. When the
   * session ends, the futures that are left have its last word, or {@link CancelledException}.
   * Cancelling a future does not take its event back. A session with futures that are not completed
   * is not forgotten.
   */
  public CompletableFuture<Decision> decideAsync(Event event) {
    Objects.requireNonNull(event, "event");
    SendOptions options =
        futures.isReceiver()
            ? SendOptions.defaults().waitAtMost(Duration.ZERO)
            : SendOptions.defaults();
    return futures.decide(this, () -> sendNow(event, options));
  }

  /** As {@link #decideAsync(Event)}, of an event given by its fields: see {@link Event#of}. */
  public CompletableFuture<Decision> decideAsync(Map<String, ?> event) {
    return decideAsync(Event.of(event));
  }

  /**
   * No more events: what was sent is decided and delivered, then the session ends with OK.
   *
   * @throws FailedPreconditionException unless the session is streaming
   */
  public void halfClose() {
    fenced(
        () -> {
          driver.halfClose();
          return null;
        });
  }

  /**
   * No more events: what the other end accepted is decided and delivered within the drain time,
   * then the session ends with {@link StatusCode#CANCELLED} and the watermark.
   *
   * @throws FailedPreconditionException if it is cancelled already, or done
   */
  public void cancel() {
    fenced(
        () -> {
          driver.cancel();
          return null;
        });
  }

  /**
   * Where it stands.
   *
   * @throws FailedPreconditionException if it is closed
   */
  public SessionReport report() {
    return fenced(driver::report);
  }

  private <R> R fenced(Supplier<R> call) {
    try {
      return call.get();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Lets go of the session: one that is not done is cancelled, waiting calls throw {@link
   * CancelledException}, and every later one {@link FailedPreconditionException}. Returns at once.
   * Idempotent; any thread, at any time.
   */
  @Override
  public void close() {
    cleanable.clean();
  }
}
