import dev.fishplate.Canonical;
import dev.fishplate.Decision;
import dev.fishplate.Engine;
import dev.fishplate.Event;
import dev.fishplate.FishplateException;
import dev.fishplate.Session;
import dev.fishplate.TraceContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The demo's path: decides a whole file of events and hashes each decision's canonical form. */
final class Stream {
  private static final int TRACE = 25;
  private static final int TRACE_ID = 16;
  private static final int PROGRESS_EVERY = 10_000;

  private int events;
  private int decisions;
  private int matched;
  private int late;
  private int tracesKept;

  private final MessageDigest all = Answers.sha256();
  private final MessageDigest one = Answers.sha256();
  private final ByteArrayOutputStream marks = new ByteArrayOutputStream();
  private final ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * Decides the records of {@code file}, through {@code session} if there is one; {@code out} gets
   * 8 bytes an event, unless it is "-".
   */
  static String run(Engine engine, Session session, String format, String file, String out)
      throws Tagged.Malformed, IOException {
    List<Event> records = records(format, Files.readAllBytes(Path.of(file)));
    Stream stream = new Stream();
    long start = System.nanoTime();
    if (session != null) {
      Sessions.through(
          session, records, outcome -> stream.take(records, outcome.error(), outcome::decision));
    } else {
      for (Event event : records) {
        stream.decide(engine, records, event);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!out.equals("-")) {
      Files.write(Path.of(out), stream.marks.toByteArray());
    }
    return String.format(
        Locale.ROOT,
        "stream\t%d\t%d\t%d\t%d\t%.6f\t%d\t%s",
        stream.events,
        stream.decisions,
        stream.matched,
        stream.late,
        seconds,
        stream.tracesKept,
        HexFormat.of().formatHex(stream.all.digest()));
  }

  private void decide(Engine engine, List<Event> records, Event event) {
    Decision decision;
    try {
      decision = engine.decide(event);
    } catch (FishplateException refused) {
      take(records, Optional.of(refused), null);
      return;
    }
    take(records, Optional.empty(), () -> decision);
  }

  /** Takes what became of the next of {@code records}. */
  private void take(
      List<Event> records, Optional<FishplateException> refusal, Supplier<Decision> decision) {
    Event event = records.get(events++);
    byte[] bytes = refusal.isPresent() ? Canonical.of(refusal.get()) : count(event, decision.get());
    all.update(length.putInt(0, bytes.length).array());
    all.update(bytes);
    marks.write(one.digest(bytes), 0, 8);
    if (events % PROGRESS_EVERY == 0) {
      System.err.println("progress " + events + " " + records.size());
    }
  }

  private byte[] count(Event event, Decision decision) {
    decisions++;
    matched += decision.matched().isEmpty() ? 0 : 1;
    late += decision.late() ? 1 : 0;
    String sent = event.trace().map(TraceContext::traceIdHex).orElse("none");
    String kept = decision.trace().map(TraceContext::traceIdHex).orElse("lost");
    tracesKept += sent.equals(kept) ? 1 : 0;
    return Canonical.of(decision);
  }

  /** A record is a u32 length of the body, 25 bytes of trace context, the body. */
  private static List<Event> records(String format, byte[] file) throws Tagged.Malformed {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> records = new ArrayList<>();
    while (buffer.hasRemaining()) {
      byte[] body = new byte[buffer.getInt()];
      byte[] trace = new byte[TRACE];
      buffer.get(trace).get(body);
      Event event = Runner.event(format, body);
      boolean traced = new BigInteger(1, trace).shiftRight(8 * (TRACE - TRACE_ID)).signum() != 0;
      records.add(traced ? event.withTrace(TraceContext.fromBytes(trace)) : event);
    }
    return records;
  }
}
