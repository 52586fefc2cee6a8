package dev.fishplate;

import java.util.List;

/**
 * Many events, or many decisions, over the border in one call. Knows how a batch lies in memory,
 * and nothing of what is decided. Any thread.
 */
final class BatchCalls {
  /** How much of a batch goes over the border in one call: bounds the memory, not the batch. */
  private static final int BATCH_EVENTS = 1024;

  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_MAGIC = 0x31425046;

  private BatchCalls() {}

  /** How many events of a batch a request holds, and its size in bytes. */
  private record Written(int events, int size) {}

  /**
   * Decides the events from {@code from} on of one form, as many as one call takes, and adds what
   * became of each to {@code outcomes}.
   *
   * @param trace the trace of the events that have none of their own; null for none
   * @return the index of the first event that is left
   */
  static int decideSome(
      long engine,
      List<Event> events,
      int from,
      CurrentFields fields,
      TraceContext trace,
      List<Outcome> outcomes) {
    try (Storage storage = Storage.borrow()) {
      List<Event> left = events.subList(from, events.size());
      FieldTree tree = fields.now();
      Written written = write(left, tree, trace, storage);
      boolean isBound = left.get(0).format() == Event.Format.FIELDS;
      boolean isHeld = isBound && fields.hold(tree);
      int status;
      try {
        if (isBound && !isHeld) {
          written = write(left, FieldTree.whole(), trace, storage);
        }
        status =
            Native.decideAll(
                engine,
                left.get(0).form(),
                storage.in(0),
                written.size(),
                storage.out(),
                storage.capacity(),
                storage.reply());
      } finally {
        if (isHeld) {
          fields.release();
        }
      }
      read(Calls.take(engine, storage, status), outcomes);
      return from + written.events();
    }
  }

  /** Writes the events of the form of the first, as many as one call takes. */
  private static Written write(
      List<Event> events, FieldTree fields, TraceContext byDefault, Storage storage) {
    LayoutWriter request = storage.request();
    int form = events.get(0).form();
    int place = request.gap();
    int count = 0;
    while (count < events.size()
        && events.get(count).form() == form
        && count < BATCH_EVENTS
        && request.size() < BATCH_BYTES) {
      writeEvent(events.get(count++), fields, byDefault, request);
    }
    request.fill(place, count);
    storage.accept(request);
    return new Written(count, request.size());
  }

  private static void writeEvent(
      Event event, FieldTree fields, TraceContext byDefault, LayoutWriter request) {
    TraceContext trace = event.traceOrNull() == null ? byDefault : event.traceOrNull();
    request.u8(trace == null ? 0 : 1);
    request.raw(trace == null ? new byte[TraceContext.SIZE] : trace.bytes());
    int size = request.gap();
    int start = request.size();
    fields.write(event, request);
    request.fill(size, request.size() - start);
  }

  /** Adds what a batch's record says of each event to {@code outcomes}. */
  static void read(byte[] record, List<Outcome> outcomes) {
    LayoutReader reader = new LayoutReader(record, 0);
    if (reader.i32() != BATCH_MAGIC) {
      throw new IllegalStateException("not the record of a batch");
    }
    reader.i32();
    int count = reader.i32();
    for (int at = 0; at < count; at++) {
      int status = reader.i32();
      byte[] item = reader.bytes();
      long sequence = outcomes.size() + 1L;
      outcomes.add(
          status == StatusCode.OK.value()
              ? Outcome.decided(sequence, new Decision(item))
              : Outcome.refused(sequence, FishplateException.of(item)));
    }
  }
}
