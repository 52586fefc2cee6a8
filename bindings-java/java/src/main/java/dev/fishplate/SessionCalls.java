package dev.fishplate;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The operations of sessions as Java calls them: Java's values in, Java's values or a {@link
 * FishplateException} out. This file knows how arguments and results lie in memory. Any thread.
 */
final class SessionCalls {
  private static final int OUTCOME_MAGIC = 0x314f5046;
  private static final int SESSION_ID = 16;
  private static final int VERSION = 32;

  private static final int WAIT_EXPIRED = 852;

  /** What {@code kind} says of a record {@code outcome}: its other kind is the end. */
  private static final int OUTCOME = 1;

  /** Who decides is elsewhere: every field goes there. */
  private static final FieldTree FIELDS = FieldTree.whole();

  private SessionCalls() {}

  /** Shares an engine under a name. */
  static void share(long engine, String name) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.chars(name);
      int size = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.engineShare(engine, storage.in(0), size, out, capacity, reply));
    }
  }

  /** Opens a session; gives its handle. */
  static long open(String address, SessionOptions options) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      int optionsEnd = writeOptions(options, request);
      options.sessionId().ifPresent(request::raw);
      int idEnd = request.size();
      request.chars(address);
      int addressEnd = request.size();
      request.chars(options.ruleSet());
      int end = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.sessionOpen(
                  storage.in(idEnd),
                  addressEnd - idEnd,
                  storage.in(0),
                  SessionOptions.NAMES.size(),
                  storage.in(optionsEnd),
                  idEnd - optionsEnd,
                  storage.in(addressEnd),
                  end - addressEnd,
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** Options stand first in a request, so that their numbers lie on a multiple of eight. */
  static int writeOptions(SessionOptions options, LayoutWriter request) {
    for (long value : options.values()) {
      request.i64(value);
    }
    return request.size();
  }

  /** Sends an event; gives its sequence. */
  static long send(long session, Event event, TraceContext trace, SendOptions options) {
    try (Storage storage = Storage.borrow()) {
      // What does not fit the storage is an error, cut: nothing is sent again for that.
      Calls.check(storage, send(storage, session, event, trace, options));
      return storage.number();
    }
  }

  /** As {@link #send}; 0 if it would have to wait, for a session that its host carries. */
  static long trySend(long session, Event event, TraceContext trace, SendOptions options) {
    try (Storage storage = Storage.borrow()) {
      int status = send(storage, session, event, trace, options);
      if (hasToWait(storage, status)) {
        return 0;
      }
      Calls.check(storage, status);
      return storage.number();
    }
  }

  private static int send(
      Storage storage, long session, Event event, TraceContext trace, SendOptions options) {
    LayoutWriter request = storage.request();
    FIELDS.write(event, request);
    int size = request.size();
    storage.accept(request);
    return Native.sessionSend(
        session,
        event.form(),
        storage.in(0),
        size,
        storage.trace(trace),
        options.preview(),
        options.withinMillis(),
        options.waitMillis(),
        storage.out(),
        storage.capacity(),
        storage.reply());
  }

  /** Whether a call ended with the error of having waited for too long, and with no other. */
  private static boolean hasToWait(Storage storage, int status) {
    return status == StatusCode.DEADLINE_EXCEEDED.value()
        && FishplateException.firstCode(storage.result()) == WAIT_EXPIRED;
  }

  /** The outcome of the next event; null at the end with OK. */
  static Outcome receive(long session, int waitMillis) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.sessionReceive(session, waitMillis, out, capacity, reply));
      return outcome(storage.result());
    }
  }

  /**
   * The record of the next outcome, for {@link #outcome}; null if it would have to be waited for,
   * for a session that its host carries.
   */
  static byte[] tryReceive(long session) {
    try (Storage storage = Storage.borrow()) {
      int status =
          Native.sessionReceive(session, 0, storage.out(), storage.capacity(), storage.reply());
      if (hasToWait(storage, status)) {
        return null;
      }
      while (storage.isTooSmall()) {
        storage.grow();
        status =
            Native.sessionReceive(session, 0, storage.out(), storage.capacity(), storage.reply());
      }
      Calls.check(storage, status);
      return storage.result();
    }
  }

  /**
   * The outcome of a record; null at the end with OK.
   *
   * @throws FishplateException at an end otherwise than OK
   */
  static Outcome outcome(byte[] record) {
    LayoutReader reader = new LayoutReader(record, 0);
    if (reader.i32() != OUTCOME_MAGIC) {
      throw new IllegalStateException("not the record of an outcome");
    }
    reader.i32();
    int kind = reader.i32();
    int status = reader.i32();
    long sequence = reader.i64();
    byte[] rest = reader.rest();
    if (status == StatusCode.OK.value()) {
      return kind == OUTCOME ? Outcome.decided(sequence, new Decision(rest)) : null;
    }
    FishplateException error =
        rest.length == 0
            ? SessionErrors.ended(StatusCode.fromValue(status))
            : FishplateException.of(rest);
    if (kind == OUTCOME) {
      return Outcome.refused(sequence, error);
    }
    throw error;
  }

  static void halfClose(long session) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage,
          (out, capacity, reply) -> Native.sessionHalfClose(session, out, capacity, reply));
    }
  }

  static void cancel(long session) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage, (out, capacity, reply) -> Native.sessionCancel(session, out, capacity, reply));
    }
  }

  /** Where a session stands. */
  static SessionReport report(long session) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage, (out, capacity, reply) -> Native.sessionReport(session, out, capacity, reply));
      LayoutReader reader = new LayoutReader(storage.result(), Calls.RECORD_HEAD);
      String id = HexFormat.of().formatHex(reader.raw(SESSION_ID));
      long epoch = reader.i64();
      SessionState state = SessionState.values()[reader.i32() - 1];
      StatusCode status = StatusCode.fromValue(reader.i32());
      long watermark = reader.i64();
      boolean isDone = state == SessionState.DONE;
      return new SessionReport(
          id,
          epoch,
          state,
          isDone ? Optional.of(status) : Optional.empty(),
          isDone ? Optional.of(watermark) : Optional.empty(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.text(),
          HexFormat.of().formatHex(reader.raw(VERSION)));
    }
  }

  /** Name and meaning of an option. */
  record OptionRow(String name, String meaning) {}

  /** Every number that the transport takes for a session, in its order. */
  static List<OptionRow> options() {
    try (Storage storage = Storage.borrow()) {
      Calls.run(storage, Native::sessionOptions);
      LayoutReader reader = new LayoutReader(storage.result(), Calls.RECORD_HEAD);
      int count = reader.i32();
      List<OptionRow> rows = new ArrayList<>(count);
      for (int at = 0; at < count; at++) {
        rows.add(new OptionRow(reader.text(), reader.text()));
      }
      return rows;
    }
  }
}
