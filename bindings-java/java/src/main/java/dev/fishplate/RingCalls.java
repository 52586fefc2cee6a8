package dev.fishplate;

/**
 * The operations of a ring, and of a session whose frames Java carries, as Java calls them. This
 * file knows how arguments and results lie in memory. Any thread.
 */
final class RingCalls {
  private static final int FRAME_MAGIC = 0x31465046;

  private RingCalls() {}

  /** Opens a session whose frames the caller carries; gives its handle. It is not connected yet. */
  static long open(SessionOptions options) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      int optionsEnd = SessionCalls.writeOptions(options, request);
      options.sessionId().ifPresent(request::raw);
      int idEnd = request.size();
      request.chars(options.ruleSet());
      int end = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.carriedOpen(
                  storage.in(0),
                  SessionOptions.NAMES.size(),
                  storage.in(optionsEnd),
                  idEnd - optionsEnd,
                  storage.in(idEnd),
                  end - idEnd,
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** The next frame to be carried to the server; null if there is none for now. */
  static RingFrame next(long session) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage, (out, capacity, reply) -> Native.carriedNext(session, out, capacity, reply));
      LayoutReader reader = new LayoutReader(storage.result(), 0);
      if (reader.i32() != FRAME_MAGIC) {
        throw new IllegalStateException("not the record of a frame");
      }
      reader.i32();
      int kind = reader.i32();
      if (kind == 0) {
        return null;
      }
      int flags = reader.i32();
      long sequence = reader.i64();
      long deadline = reader.i64();
      byte[] trace = reader.raw(TraceContext.SIZE);
      return new RingFrame(kind, flags, sequence, deadline, trace, reader.bytes());
    }
  }

  /** Hands over a frame that the server wrote; gives the standing of the session. */
  static Standing take(long session, RingFrame frame) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.i64(frame.sequence());
      request.raw(frame.payload());
      int size = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.carriedTake(
                  session,
                  frame.kind(),
                  frame.sequence(),
                  storage.in(Long.BYTES),
                  size - Long.BYTES,
                  out,
                  capacity,
                  reply));
      return new Standing(storage.number());
    }
  }

  /** How a session stands that is carried by its caller. */
  record Standing(long bits) {
    private static final long WELCOMED = 1;
    private static final long DONE = 2;

    /** Whether any server ever welcomed it. */
    boolean wasWelcomed() {
      return (bits & WELCOMED) != 0;
    }

    /** Whether its last word is here: nothing more is carried. */
    boolean isDone() {
      return (bits & DONE) != 0;
    }
  }

  /** Tells a session that a connection is there whose frames take so many bytes of payload. */
  static void connected(long session, int maxPayload) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.carriedConnected(session, maxPayload, out, capacity, reply));
    }
  }

  /** Tells a session that its connection broke. */
  static void disconnected(long session) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage,
          (out, capacity, reply) -> Native.carriedDisconnected(session, out, capacity, reply));
    }
  }

  /** Ends a session with an error of the caller's. */
  static void giveUp(long session, FishplateException error) {
    Diagnostic why = error.diagnostics().get(0);
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.chars(why.message());
      int messageEnd = request.size();
      request.chars(why.place().name());
      int end = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.carriedGiveUp(
                  session,
                  error.status().value(),
                  LayoutReader.number(error.code()),
                  storage.in(0),
                  messageEnd,
                  storage.in(messageEnd),
                  end - messageEnd,
                  out,
                  capacity,
                  reply));
    }
  }

  /** Claims a place in a ring; gives its handle. May wait for a second. */
  static long attach(String name) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.chars(name);
      int size = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) -> Native.ringAttach(storage.in(0), size, out, capacity, reply));
      return storage.number();
    }
  }

  /** The record {@code ring}. */
  static LayoutReader describe(long ring) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(storage, (out, capacity, reply) -> Native.ringDescribe(ring, out, capacity, reply));
      return new LayoutReader(storage.result(), Calls.RECORD_HEAD);
    }
  }

  /**
   * Sleeps while a word has {@code expected}, at most so long; ends early if the ring is closed.
   */
  static void sleep(long ring, int word, int expected, int millis) {
    try (Storage storage = Storage.borrow()) {
      // Why it ended does not matter: its caller looks at what it waits for.
      Native.ringWait(
          ring, word, expected, millis, storage.out(), storage.capacity(), storage.reply());
    }
  }

  /** Wakes whoever sleeps on a word; nobody does if the ring is closed. */
  static void wake(long ring, int word) {
    try (Storage storage = Storage.borrow()) {
      Native.ringWake(ring, word, storage.out(), storage.capacity(), storage.reply());
    }
  }

  /** Whether the ring's server lives. */
  static boolean isServed(long ring) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(storage, (out, capacity, reply) -> Native.ringAlive(ring, out, capacity, reply));
      return storage.number() != 0;
    }
  }
}
