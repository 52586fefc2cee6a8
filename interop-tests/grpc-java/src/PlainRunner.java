import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.fishplate.v1.DecideOnceRequest;
import dev.fishplate.v1.DecideOnceResponse;
import dev.fishplate.v1.DecisionServiceGrpc;
import dev.fishplate.v1.Done;
import dev.fishplate.v1.Event;
import dev.fishplate.v1.Open;
import dev.fishplate.v1.Outcome;
import dev.fishplate.v1.Signal;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grpc-java runner: the line protocol of {@code interop-tests/README.md}, spoken by a client
 * that is not ours. Its stubs are generated from {@code proto/}, its calls are grpc-java's, its
 * values protobuf's; it never sees Fishplate's JAR. Rules and engines are the server's, so it has
 * no commands for them.
 */
public final class PlainRunner {
  /** Headers that belong to HTTP/2 and gRPC: a client of gRPC cannot set them. */
  private static final Set<String> NOT_OURS = Set.of("content-type", "te", "user-agent", "host");

  private static final Pattern TRACEPARENT =
      Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");

  private String server = "";
  private PlainSession session;

  private PlainRunner() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PlainRunner runner = new PlainRunner();
    String line;
    while ((line = in.readLine()) != null && !line.equals("quit")) {
      out.print(runner.answer(line.split("\t", -1)) + "\n");
      out.flush();
    }
    runner.drop();
  }

  private String answer(String[] fields) throws IOException, InterruptedException {
    try {
      return command(fields[0], Arrays.copyOfRange(fields, 1, fields.length));
    } catch (PlainSession.Ended end) {
      return "error\t" + Answers.refusal(end.done.getRefusal());
    } catch (PlainSession.Broken broken) {
      return broken
          .refusal
          .map(refusal -> "error\t" + Answers.refusal(refusal))
          .orElseGet(() -> error(broken.status.getCode(), broken.getMessage()));
    } catch (PlainSession.Silent silence) {
      return error(Status.Code.DEADLINE_EXCEEDED, silence.getMessage());
    } catch (Values.Malformed | IndexOutOfBoundsException | IllegalArgumentException mistake) {
      return "misused\t" + Values.percent(String.valueOf(mistake));
    }
  }

  private static String error(Status.Code code, String words) {
    return "error\t" + code.name() + "\t0\t" + Values.percent(words);
  }

  private String command(String name, String[] args)
      throws IOException,
          PlainSession.Ended,
          PlainSession.Broken,
          PlainSession.Silent,
          InterruptedException {
    return switch (name) {
      case "connect" -> connect(args);
      case "send" -> "sent\t" + session.send(sendable(args));
      case "receive" -> receive(args.length == 0 ? 10_000 : Long.parseLong(args[0]));
      case "again" -> {
        session.sendAgain(Long.parseLong(args[0]));
        yield "ok";
      }
      case "decide" -> decide(event(args[0], args[1], args[2]).build());
      case "preview" -> decide(event(args[0], args[1], args[2]).setPreview(true).build());
      case "once" -> once(args);
      case "batch" -> batch(args);
      case "stream" ->
          StreamRun.run(session, args[0], Values.unpercent(args[1]), Values.unpercent(args[2]));
      case "half_close" -> signal(Signal.SIGNAL_HALF_CLOSE);
      case "cancel" -> signal(Signal.SIGNAL_CANCEL);
      case "report" -> report();
      case "close" -> {
        drop();
        yield "ok";
      }
      case "live" -> "ok\t0\t0\t" + (session == null ? 0 : 1);
      default -> "unsupported";
    };
  }

  /** Lets go of the connection, without a word. */
  private void drop() {
    if (session != null) {
      session.close();
      session = null;
    }
  }

  // --- sessions ---

  private String connect(String[] args)
      throws PlainSession.Ended, PlainSession.Broken, PlainSession.Silent, InterruptedException {
    drop();
    server = Values.unpercent(args[0]).substring("grpc://".length());
    Map<String, String> options = options(args, 1);
    Open.Builder open = Open.newBuilder();
    open.setRuleSet(Values.unpercent(options.getOrDefault("rule_set", "")));
    open.setWindowEvents(number(options, "window_events"));
    open.setWindowBytes(number(options, "window_bytes"));
    long epoch = Math.max(1, number(options, "epoch"));
    if (epoch > 1) {
      open.setResume(true).setReceived(number(options, "received"));
    }
    if (options.containsKey("deadline_ms")) {
      open.setDeadline(duration(options, "deadline_ms"));
    }
    if (options.containsKey("idle_timeout_ms")) {
      open.setIdleTimeout(duration(options, "idle_timeout_ms"));
    }
    if (options.containsKey("max_age_ms")) {
      open.setMaxAge(duration(options, "max_age_ms"));
    }
    if (options.containsKey("drain_ms")) {
      open.setDrainTimeout(duration(options, "drain_ms"));
    }
    String id = options.getOrDefault("id", UUID.randomUUID().toString().replace("-", ""));
    session = new PlainSession(server, open.build(), Values.unhex(id), epoch);
    return "ok\t" + id + "\t" + epoch + "\t" + Values.hex(session.version);
  }

  private static Map<String, String> options(String[] args, int from) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int at = from; at < args.length; at++) {
      String[] pair = args[at].split("=", 2);
      options.put(pair[0], pair[1]);
    }
    return options;
  }

  private static long number(Map<String, String> options, String name) {
    return Long.parseLong(options.getOrDefault(name, "0"));
  }

  private static Duration duration(Map<String, String> options, String name) {
    long ms = number(options, name);
    return Duration.newBuilder()
        .setSeconds(ms / 1000)
        .setNanos((int) (ms % 1000) * 1_000_000)
        .build();
  }

  private static Event sendable(String[] args) {
    Map<String, String> options = options(args, 3);
    Event.Builder event = event(args[0], args[1], args[2]);
    event.setPreview(number(options, "preview") == 1);
    if (number(options, "within_ms") != 0) {
      Instant end = Instant.now().plusMillis(number(options, "within_ms"));
      event.setDeadline(
          Timestamp.newBuilder().setSeconds(end.getEpochSecond()).setNanos(end.getNano()));
    }
    return event.build();
  }

  private String receive(long patienceMs)
      throws PlainSession.Broken, PlainSession.Silent, InterruptedException {
    try {
      Outcome outcome = session.receive(patienceMs);
      String fields =
          outcome.hasDecision()
              ? "\td\t" + Answers.decision(outcome.getDecision())
              : "\te\t" + Answers.refusal(outcome.getRefusal());
      return "outcome\t" + outcome.getSequence() + fields;
    } catch (PlainSession.Ended end) {
      return Answers.end(end.done);
    }
  }

  private String signal(Signal signal) {
    session.signal(signal);
    return "ok";
  }

  /** Where the session stands; what a plain client does not count is zero. */
  private String report() {
    Done done = session.lastWord();
    String state = session.isSignalled() ? "closing" : "streaming";
    return String.join(
        "\t",
        "report",
        done == null ? state : "done:" + Answers.status(done.getStatus()),
        Long.toString(session.epoch),
        Long.toString(session.sent()),
        Long.toString(session.accepted()),
        Long.toString(session.received()),
        "0",
        "0",
        done == null ? "-" : Long.toString(done.getWatermark()));
  }

  // --- events ---

  private String decide(Event event)
      throws PlainSession.Ended, PlainSession.Broken, PlainSession.Silent, InterruptedException {
    session.send(event);
    Outcome outcome = session.receive(PlainSession.PATIENCE_MS);
    return outcome.hasDecision()
        ? "decision\t" + Answers.decision(outcome.getDecision())
        : "error\t" + Answers.refusal(outcome.getRefusal());
  }

  /** One event outside any session, with the headers as they are in the call's metadata. */
  private String once(String[] args) throws PlainSession.Broken {
    ManagedChannel channel = PlainSession.channel(server);
    try {
      DecideOnceRequest request =
          DecideOnceRequest.newBuilder().setEvent(event(args[0], "-", args[2])).build();
      DecideOnceResponse answer =
          DecisionServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(PlainSession.PATIENCE_MS, TimeUnit.MILLISECONDS)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata(args[1])))
              .decideOnce(request);
      return answer.hasDecision()
          ? "decision\t" + Answers.decision(answer.getDecision())
          : "error\t" + Answers.refusal(answer.getRefusal());
    } catch (StatusRuntimeException broken) {
      throw new PlainSession.Broken(broken);
    } finally {
      channel.shutdownNow();
    }
  }

  private String batch(String[] args)
      throws PlainSession.Ended, PlainSession.Broken, PlainSession.Silent, InterruptedException {
    List<Event> events = new ArrayList<>();
    for (int at = 1; at < args.length; at += 2) {
      events.add(event(args[0], args[at], args[at + 1]).build());
    }
    StringBuilder answer = new StringBuilder("batch\t").append(events.size());
    int sent = 0;
    for (int done = 0; done < events.size(); done++) {
      sent += session.sendSome(events, sent);
      Outcome outcome = session.receive(PlainSession.PATIENCE_MS);
      answer.append(outcome.hasDecision() ? "\td\t" : "\te\t");
      answer.append(
          Values.percent(
              outcome.hasDecision()
                  ? Answers.decision(outcome.getDecision())
                  : Answers.refusal(outcome.getRefusal())));
    }
    return answer.toString();
  }

  private static Event.Builder event(String format, String trace, String body) {
    int plus = body.indexOf('+');
    if (plus >= 0) {
      Event.Builder bare = event(format, trace, body.substring(plus + 1));
      return bare.setFeatures(Values.readFields(body.substring(0, plus)));
    }
    Event.Builder event =
        format.equals("map")
            ? Event.newBuilder().setFields(Values.readFields(body))
            : body(format, Values.unhex(body));
    return event.setTrace(trace(trace));
  }

  /** An event of bytes in the form that the protocol calls {@code format}. */
  static Event.Builder body(String format, ByteString body) {
    return switch (format) {
      case "protobuf" -> Event.newBuilder().setProtobuf(body);
      case "json" -> Event.newBuilder().setJson(body);
      default -> throw new Values.Malformed("no format " + format);
    };
  }

  /** Headers by name, in small letters as HTTP/2 has them. */
  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    if (!text.equals("-")) {
      for (String pair : text.split(",")) {
        String[] parts = pair.split("=", 2);
        headers.put(
            Values.unpercent(parts[0]).toLowerCase(Locale.ROOT), Values.unpercent(parts[1]));
      }
    }
    return headers;
  }

  /** W3C's header as the 25 bytes of an event; other forms are the server's affair. */
  private static ByteString trace(String text) {
    Map<String, String> headers = headers(text);
    if (headers.isEmpty()) {
      return ByteString.EMPTY;
    }
    Matcher header = TRACEPARENT.matcher(headers.getOrDefault("traceparent", ""));
    if (headers.size() > 1 || !header.matches()) {
      throw new Values.Malformed("only traceparent can be sent in a session: " + text);
    }
    return Values.unhex(header.group(1) + header.group(2) + header.group(3));
  }

  /** Headers as the metadata of a call; the value of a {@code -bin} header is binary, hence hex. */
  private static Metadata metadata(String text) {
    Metadata metadata = new Metadata();
    headers(text)
        .forEach(
            (name, value) -> {
              if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                metadata.put(
                    Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER),
                    Values.unhex(value).toByteArray());
              } else if (!NOT_OURS.contains(name)) {
                metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
              }
            });
    return metadata;
  }
}
