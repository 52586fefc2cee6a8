import dev.fishplate.Canonical;
import dev.fishplate.Decision;
import dev.fishplate.Engine;
import dev.fishplate.Event;
import dev.fishplate.FishplateException;
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

  /** Decides the records of {@code file}; {@code out} gets 8 bytes an event, unless it is "-". */
  static String run(Engine engine, String format, String file, String out)
      throws Tagged.Malformed, IOException {
    List<Event> records = records(format, Files.readAllBytes(Path.of(file)));
    Stream stream = new Stream();
    MessageDigest all = Answers.sha256();
    MessageDigest one = Answers.sha256();
    ByteArrayOutputStream marks = new ByteArrayOutputStream(8 * records.size());
    ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    long start = System.nanoTime();
    for (Event event : records) {
      byte[] bytes = stream.decide(engine, event);
      all.update(length.putInt(0, bytes.length).array());
      all.update(bytes);
      marks.write(one.digest(bytes), 0, 8);
      if (stream.events % PROGRESS_EVERY == 0) {
        System.err.println("progress " + stream.events + " " + records.size());
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!out.equals("-")) {
      Files.write(Path.of(out), marks.toByteArray());
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
        HexFormat.of().formatHex(all.digest()));
  }

  private byte[] decide(Engine engine, Event event) {
    events++;
    Decision decision;
    try {
      decision = engine.decide(event);
    } catch (FishplateException refused) {
      return Canonical.of(refused);
    }
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
