package dev.fishplate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every operation of the boundary as Java calls it: Java's values in, Java's values or a {@link
 * FishplateException} out. This file knows how arguments and results lie in memory, and nothing of
 * what the operations mean. Any thread.
 */
final class Calls {
  /** Magic and size, with which most records begin. */
  static final int RECORD_HEAD = 8;

  /** What {@link #writeLimits} writes. */
  static final int LIMITS_SIZE = Limits.NAMES.size() * Long.BYTES;

  private Calls() {}

  /** A call whose arguments stand in a storage already. Gives the status's number. */
  @FunctionalInterface
  interface Operation {
    int run(long out, long capacity, long reply);
  }

  /**
   * Runs an operation that may be run again if its result (or its error) did not fit. What it gives
   * may be another, larger one then, if somebody else took the first.
   */
  static void run(Storage storage, Operation operation) {
    int status = operation.run(storage.out(), storage.capacity(), storage.reply());
    while (storage.isTooSmall()) {
      storage.grow();
      status = operation.run(storage.out(), storage.capacity(), storage.reply());
    }
    check(storage, status);
  }

  /** Ends an operation of an engine whose result waits if it did not fit: it is never run again. */
  static byte[] take(long engine, Storage storage, int first) {
    int status = first;
    if (isWaiting(storage, status)) {
      long ticket = storage.number();
      if (!storage.mayGrow()) {
        return takeLarge(engine, storage, ticket);
      }
      storage.grow();
      status = Native.fetch(engine, ticket, storage.out(), storage.capacity(), storage.reply());
    }
    check(storage, status);
    return storage.result();
  }

  /** A result that is too large for the memory that a thread keeps: copied once, into its array. */
  private static byte[] takeLarge(long engine, Storage storage, long ticket) {
    byte[] result = Memory.take(engine, ticket, storage.out(), storage.capacity(), storage.reply());
    if (result == null) {
      throw FishplateException.of(storage.result());
    }
    return result;
  }

  /** Whether an operation that is never run again was done, whether its result fitted or not. */
  static boolean isDone(Storage storage, int status) {
    return status == StatusCode.OK.value() || isWaiting(storage, status);
  }

  private static boolean isWaiting(Storage storage, int status) {
    return status == StatusCode.OUT_OF_RANGE.value() && storage.isTooSmall();
  }

  static void check(Storage storage, int status) {
    if (status != StatusCode.OK.value()) {
      throw FishplateException.of(storage.result());
    }
  }

  /**
   * An error of Java's own in the form of all others: the core makes its text.
   *
   * @param name the argument that it is wrong with, empty for none
   * @param suggestion what to do about it, empty for nothing
   */
  static FishplateException error(
      StatusCode status, int code, String message, String name, String suggestion) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.chars(message);
      int messageEnd = request.size();
      request.chars(name);
      int nameEnd = request.size();
      request.chars(suggestion);
      int end = request.size();
      storage.accept(request);
      run(
          storage,
          (out, capacity, reply) ->
              Native.errorRecord(
                  status.value(),
                  code,
                  storage.in(0),
                  messageEnd,
                  storage.in(messageEnd),
                  nameEnd - messageEnd,
                  storage.in(nameEnd),
                  end - nameEnd,
                  out,
                  capacity,
                  reply));
      return FishplateException.of(storage.result());
    }
  }

  /** Compiles a document; gives its handle. */
  static long ruleSetFromText(String file, String text, Map<String, byte[]> files, Limits limits) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      int limitsSize = writeLimits(limits, request);
      request.chars(file);
      int fileEnd = request.size();
      request.chars(text);
      int textEnd = request.size();
      writeNamed(files, request);
      int end = request.size();
      storage.accept(request);
      run(
          storage,
          (out, capacity, reply) ->
              Native.ruleSetFromText(
                  storage.in(limitsSize),
                  fileEnd - limitsSize,
                  storage.in(fileEnd),
                  textEnd - fileEnd,
                  storage.in(textEnd),
                  end - textEnd,
                  storage.in(0),
                  Limits.NAMES.size(),
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** Compiles the document in a file; gives its handle. */
  static long ruleSetLoad(String path, Limits limits) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      int limitsSize = writeLimits(limits, request);
      request.chars(path);
      int end = request.size();
      storage.accept(request);
      run(
          storage,
          (out, capacity, reply) ->
              Native.ruleSetLoad(
                  storage.in(limitsSize),
                  end - limitsSize,
                  storage.in(0),
                  Limits.NAMES.size(),
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** The record {@code rule_set}. */
  static LayoutReader describe(long ruleSet) {
    try (Storage storage = Storage.borrow()) {
      run(storage, (out, capacity, reply) -> Native.ruleSetDescribe(ruleSet, out, capacity, reply));
      return new LayoutReader(storage.result(), RECORD_HEAD);
    }
  }

  /** Opens an engine; gives its handle. */
  static long engineOpen(long ruleSet, EngineOptions options) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      int limitsSize = writeLimits(options.limits(), request);
      if (options.state() != null) {
        request.chars(options.state().toString());
      }
      int end = request.size();
      storage.accept(request);
      run(
          storage,
          (out, capacity, reply) ->
              Native.engineOpenWith(
                  ruleSet,
                  storage.in(0),
                  Limits.NAMES.size(),
                  options.strict(),
                  options.memory(),
                  options.atBudget().ordinal(),
                  storage.in(limitsSize),
                  end - limitsSize,
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** Decides or previews one event. */
  static Decision decide(long engine, Event event, CurrentFields fields, boolean preview) {
    try (Storage storage = Storage.borrow()) {
      FieldTree tree = fields.now();
      int size = writeEvent(event, tree, storage);
      boolean isBound = event.format() == Event.Format.FIELDS;
      boolean isHeld = isBound && fields.hold(tree);
      int status;
      try {
        if (isBound && !isHeld) {
          size = writeEvent(event, FieldTree.whole(), storage);
        }
        status = decideWritten(engine, event, size, storage, preview);
      } finally {
        if (isHeld) {
          fields.release();
        }
      }
      return new Decision(take(engine, storage, status));
    }
  }

  private static int writeEvent(Event event, FieldTree fields, Storage storage) {
    LayoutWriter request = storage.request();
    fields.write(event, request);
    storage.accept(request);
    return request.size();
  }

  private static int decideWritten(
      long engine, Event event, int size, Storage storage, boolean preview) {
    int form = event.form();
    long in = storage.in(0);
    long trace = storage.trace(event.traceOrNull());
    long out = storage.out();
    long capacity = storage.capacity();
    long reply = storage.reply();
    return preview
        ? Native.preview(engine, form, in, size, trace, out, capacity, reply)
        : Native.decide(engine, form, in, size, trace, out, capacity, reply);
  }

  /** Why each rule would, or would not, match an event; text for people, or JSON. */
  static String explain(long engine, Event event, boolean json) {
    try (Storage storage = Storage.borrow()) {
      int size = writeEvent(event, FieldTree.whole(), storage);
      int form = event.form();
      run(
          storage,
          (out, capacity, reply) ->
              Native.engineExplain(engine, form, storage.in(0), size, json, out, capacity, reply));
      return new String(storage.result(), StandardCharsets.UTF_8);
    }
  }

  /** What an engine has done so far. */
  static Counters counters(long engine) {
    try (Storage storage = Storage.borrow()) {
      run(storage, (out, capacity, reply) -> Native.counters(engine, out, capacity, reply));
      LayoutReader reader = new LayoutReader(storage.result(), RECORD_HEAD);
      return new Counters(reader.i64(), reader.i64(), reader.i64(), reader.i64(), reader.i64());
    }
  }

  /** Objects of one kind that are not freed yet. */
  static long liveObjects(int kind) {
    try (Storage storage = Storage.borrow()) {
      run(storage, (out, capacity, reply) -> Native.liveObjects(kind, out, capacity, reply));
      return storage.number();
    }
  }

  /** Closes an object of any kind; again, too. */
  static void close(long handle) {
    try (Storage storage = Storage.borrow()) {
      run(storage, (out, capacity, reply) -> Native.close(handle, out, capacity, reply));
    }
  }

  /** Reads a trace context from headers. */
  static TraceContext.Parsed parseHeaders(Map<String, ?> headers) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      writeHeaders(headers, request);
      int size = request.size();
      storage.accept(request);
      run(
          storage,
          (out, capacity, reply) ->
              Native.traceFromHeaders(storage.in(0), size, out, capacity, reply));
      LayoutReader reader = new LayoutReader(storage.result(), 0);
      byte[] bytes = reader.raw(TraceContext.SIZE);
      boolean isFound = reader.u8() != 0;
      reader.raw(2);
      return new TraceContext.Parsed(
          isFound ? Optional.of(TraceContext.fromBytes(bytes)) : Optional.empty(), reader.i32());
    }
  }

  /** The version of the native library. */
  static String version() {
    try (Storage storage = Storage.borrow()) {
      run(storage, Native::version);
      return new String(storage.result(), StandardCharsets.UTF_8);
    }
  }

  /** Name, default and meaning of a limit. */
  record LimitRow(String name, long byDefault, String meaning) {}

  /** Every limit that the core has, in its order. */
  static List<LimitRow> limits() {
    try (Storage storage = Storage.borrow()) {
      run(storage, Native::limits);
      LayoutReader reader = new LayoutReader(storage.result(), RECORD_HEAD);
      int count = reader.i32();
      List<LimitRow> rows = new ArrayList<>(count);
      for (int at = 0; at < count; at++) {
        rows.add(new LimitRow(reader.text(), reader.i64(), reader.text()));
      }
      return rows;
    }
  }

  /** Limits stand first in a request, so that their numbers lie on a multiple of eight. */
  static int writeLimits(Limits limits, LayoutWriter request) {
    for (long value : limits.values()) {
      request.i64(value);
    }
    return request.size();
  }

  private static void writeNamed(Map<String, byte[]> named, LayoutWriter request) {
    request.i32(named.size());
    named.forEach(
        (name, bytes) -> {
          request.text(name);
          request.bytes(bytes);
        });
  }

  private static void writeHeaders(Map<String, ?> headers, LayoutWriter request) {
    int place = request.gap();
    int count = 0;
    for (Map.Entry<String, ?> header : headers.entrySet()) {
      if (header.getValue() instanceof byte[] bytes) {
        request.text(header.getKey());
        request.bytes(bytes);
        count++;
      } else if (header.getValue() instanceof CharSequence text) {
        request.text(header.getKey());
        request.text(text);
        count++;
      }
    }
    request.fill(place, count);
  }
}
