import com.google.protobuf.ByteString;
import dev.fishplate.v1.Decision;
import dev.fishplate.v1.Event;
import dev.fishplate.v1.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The demo's path: decides a whole file of events over one session, and hashes the canonical form
 * of every outcome. Knows the file of records and the counts; knows no lines.
 */
final class StreamRun {
  private static final int TRACE = 25;
  private static final int PROGRESS_EVERY = 10_000;
  private static final ByteString NO_TRACE = ByteString.copyFrom(new byte[16]);

  private final MessageDigest stream = CanonicalForm.digest();
  private final ByteArrayOutputStream marks = new ByteArrayOutputStream();
  private int events;
  private int decisions;
  private int matched;
  private int late;
  private int kept;

  private StreamRun() {}

  /** Decides the records of {@code file}; {@code out} gets 8 bytes an event, unless {@code -}. */
  static String run(PlainSession session, String format, String file, String out)
      throws IOException,
          PlainSession.Ended,
          PlainSession.Broken,
          PlainSession.Silent,
          InterruptedException {
    List<Event> events = split(Files.readAllBytes(Path.of(file)), format);
    StreamRun run = new StreamRun();
    long start = System.nanoTime();
    int sent = 0;
    while (run.events < events.size()) {
      sent += session.sendSome(events, sent);
      // All that has arrived is taken before anything is sent again: one ack for many outcomes.
      for (int left = Math.max(1, session.arrived()); left > 0; left--) {
        run.add(session.receive(PlainSession.PATIENCE_MS), events.get(run.events));
        if (run.events % PROGRESS_EVERY == 0) {
          System.err.println("progress " + run.events + " " + events.size());
        }
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!out.equals("-")) {
      Files.write(Path.of(out), run.marks.toByteArray());
    }
    return String.format(
        Locale.ROOT,
        "stream\t%d\t%d\t%d\t%d\t%.6f\t%d\t%s",
        run.events,
        run.decisions,
        run.matched,
        run.late,
        seconds,
        run.kept,
        HexFormat.of().formatHex(run.stream.digest()));
  }

  private void add(Outcome outcome, Event event) {
    events++;
    byte[] form;
    if (outcome.hasDecision()) {
      Decision decision = outcome.getDecision();
      decisions++;
      matched += decision.getMatchedCount() > 0 ? 1 : 0;
      late += decision.getLate() ? 1 : 0;
      kept += keepsTrace(decision.getTrace(), event.getTrace()) ? 1 : 0;
      form = CanonicalForm.of(decision);
    } else {
      form = CanonicalForm.of(outcome.getRefusal());
    }
    stream.update(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(form.length).array());
    stream.update(form);
    marks.write(CanonicalForm.sha256(form), 0, 8);
  }

  private static boolean keepsTrace(ByteString own, ByteString sent) {
    return !sent.isEmpty()
        && own.size() == TRACE
        && own.substring(0, 16).equals(sent.substring(0, 16));
  }

  private static List<Event> split(byte[] file, String format) {
    List<Event> events = new ArrayList<>();
    ByteBuffer records = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    while (records.hasRemaining()) {
      int length = records.getInt();
      ByteString trace = ByteString.copyFrom(file, records.position(), TRACE);
      records.position(records.position() + TRACE);
      ByteString body = ByteString.copyFrom(file, records.position(), length);
      records.position(records.position() + length);
      Event.Builder event = PlainRunner.body(format, body);
      events.add(trace.startsWith(NO_TRACE) ? event.build() : event.setTrace(trace).build());
    }
    return events;
  }
}
