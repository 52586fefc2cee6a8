import dev.fishplate.Decision;
import dev.fishplate.Event;
import dev.fishplate.FishplateException;
import dev.fishplate.Outcome;
import dev.fishplate.SendOptions;
import dev.fishplate.Session;
import dev.fishplate.SessionOptions;
import dev.fishplate.SessionReport;
import dev.fishplate.StatusCode;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The runner's sessions: options as the protocol writes them, deciding through a session, and the
 * answers about one. Knows names and numbers; knows no tagged text.
 */
final class Sessions {
  private static final Duration ENOUGH = Duration.ofSeconds(30);
  private static final String DEFAULT_WAIT = "10000";

  /** How a full window says so: where it rejects, and where it blocks without time to wait. */
  private static final Set<String> WINDOW_FULL = Set.of("F0851", "F0852");

  /** A call that failed by itself, and not because the session has ended. */
  private static final Set<String> NO_END = Set.of("F0801", "F0802", "F0852", "F0863");

  /** How many outcomes are received at once when the window is full, if so many are under way. */
  private static final int AT_ONCE = 32;

  private Sessions() {}

  /** Opens a session: the address, then options. */
  static Session connect(String[] args) throws Tagged.Malformed {
    SessionOptions.Builder options = SessionOptions.builder();
    for (int at = 1; at < args.length; at++) {
      String name = name(args[at]);
      String value = value(args[at]);
      switch (name) {
        case "id" -> options.sessionId(HexFormat.of().parseHex(value));
        case "rule_set" -> options.ruleSet(Tagged.unpercent(value));
        default -> options.set(name, Long.parseLong(value));
      }
    }
    return Session.connect(Tagged.unpercent(args[0]), options.build());
  }

  /** The options of a send, which stand in {@code args} from {@code first} on. */
  static SendOptions sendOptions(String[] args, int first) throws Tagged.Malformed {
    String wait = DEFAULT_WAIT;
    SendOptions options = SendOptions.defaults();
    for (int at = first; at < args.length; at++) {
      String value = value(args[at]);
      switch (name(args[at])) {
        case "preview" -> options = options.withPreview(value.equals("1"));
        case "within_ms" ->
            options = value.equals("0") ? options : options.within(millis(Long.parseLong(value)));
        case "wait_ms" -> wait = value;
        default -> throw new Tagged.Malformed("no such option: " + args[at]);
      }
    }
    return options.waitAtMost(millis(Long.parseLong(wait)));
  }

  private static String name(String option) {
    return option.substring(0, option.indexOf('='));
  }

  private static String value(String option) {
    return option.substring(option.indexOf('=') + 1);
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }

  /** Decides one event: sends it and gives its decision, or throws its refusal. */
  static Decision decide(Session session, Event event, boolean preview) throws Tagged.Malformed {
    long sequence = session.send(event, SendOptions.defaults().withPreview(preview));
    Outcome outcome = session.receive(ENOUGH).orElseThrow();
    if (outcome.sequence() != sequence) {
      throw new Tagged.Malformed("event " + sequence + " was answered by " + outcome);
    }
    return outcome.decision();
  }

  /** Decides events; the window is kept full, and outcomes are received when it is. */
  static void through(Session session, List<Event> events, Consumer<Outcome> taker) {
    int underWay = 0;
    for (Event event : events) {
      // With nothing under way, a full window is one whose credit is still on its way back.
      while (!hasSent(session, event, underWay == 0 ? ENOUGH : Duration.ZERO)) {
        int some = Math.min(underWay, AT_ONCE);
        receive(session, some, taker);
        underWay -= some;
      }
      underWay++;
    }
    receive(session, underWay, taker);
  }

  private static void receive(Session session, int count, Consumer<Outcome> taker) {
    for (int at = 0; at < count; at++) {
      taker.accept(session.receive(ENOUGH).orElseThrow());
    }
  }

  /** Sends an event if there is room for it, or comes to be within {@code wait}. */
  private static boolean hasSent(Session session, Event event, Duration wait) {
    try {
      session.send(event, wait);
      return true;
    } catch (FishplateException full) {
      if (WINDOW_FULL.contains(full.code())) {
        return false;
      }
      throw full;
    }
  }

  /** The answer to {@code receive}. */
  static String receive(Session session, long waitMillis) {
    Optional<Outcome> received;
    try {
      received = session.receive(millis(waitMillis));
    } catch (FishplateException error) {
      if (NO_END.contains(error.code())) {
        throw error;
      }
      return end(session.report()) + "\t" + Answers.error(error);
    }
    return received.map(Sessions::outcome).orElseGet(() -> end(session.report()));
  }

  private static String outcome(Outcome outcome) {
    return "outcome\t"
        + outcome.sequence()
        + outcome
            .error()
            .map(error -> "\te\t" + Answers.error(error))
            .orElseGet(() -> "\td\t" + Answers.decision(outcome.decision()));
  }

  private static String end(SessionReport report) {
    return "end\t"
        + report.endedWith().map(StatusCode::name).orElse("-")
        + "\t"
        + report.watermark().map(Object::toString).orElse("-");
  }

  /** What {@code connect} answers. */
  static String opened(SessionReport report) {
    return report.sessionId() + "\t" + report.epoch() + "\t" + report.versionHex();
  }

  /** What {@code report} answers. */
  static String standing(SessionReport report) {
    String state = report.state().name().toLowerCase(Locale.ROOT);
    return String.join(
        "\t",
        state + report.endedWith().map(status -> ":" + status.name()).orElse(""),
        Long.toString(report.epoch()),
        Long.toString(report.sent()),
        Long.toString(report.accepted()),
        Long.toString(report.received()),
        Long.toString(report.shed()),
        Long.toString(report.repeats()),
        report.watermark().map(Object::toString).orElse("-"));
  }
}
