import dev.fishplate.Decision;
import dev.fishplate.Engine;
import dev.fishplate.EngineOptions;
import dev.fishplate.Event;
import dev.fishplate.FishplateException;
import dev.fishplate.Limits;
import dev.fishplate.LiveObjects;
import dev.fishplate.Outcome;
import dev.fishplate.RuleSet;
import dev.fishplate.Session;
import dev.fishplate.TraceContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The runner of Java: one command a line in, one answer a line out, until {@code quit}. Holds the
 * last rule set, one engine, one session, the options for the next, and snapshots; everything else
 * is the library's. While there is a session, events are decided through it.
 */
public final class Runner {
  private final Limits.Builder limits = Limits.builder();
  private final States states = new States();
  private EngineOptions options = EngineOptions.defaults();
  private RuleSet rules;
  private Engine engine;
  private Session session;

  private Runner() {}

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Runner runner = new Runner();
    String line;
    while ((line = in.readLine()) != null && !line.equals("quit")) {
      out.print(runner.answer(line.split("\t", -1)) + "\n");
      out.flush();
    }
    out.flush();
  }

  private String answer(String[] fields) throws IOException {
    try {
      return command(fields[0], Arrays.copyOfRange(fields, 1, fields.length));
    } catch (FishplateException refused) {
      return "error\t" + Answers.error(refused);
    } catch (Tagged.Malformed | IndexOutOfBoundsException | NullPointerException mistake) {
      return "misused\t" + Tagged.percent(String.valueOf(mistake));
    }
  }

  private String command(String name, String[] args) throws Tagged.Malformed, IOException {
    switch (name) {
      case "rules_text":
        return compiled(fromText(args));
      case "rules_load":
        return compiled(RuleSet.load(Path.of(Tagged.unpercent(args[0])), limits.build()));
      case "limit":
        limits.set(args[0], Long.parseLong(args[1]));
        return "ok";
      case "strict":
        options = options.withStrict(args[0].equals("1"));
        return "ok";
      case "engine":
        if (engine != null) {
          engine.close();
        }
        return opened(Engine.open(rules, options.withLimits(limits.build())));
      case "decide":
        return args[0].equals("row") ? "unsupported" : one(event(args), false);
      case "preview":
        return args[0].equals("row") ? "unsupported" : one(event(args), true);
      case "explain":
        return explain(args);
      case "batch":
        return batch(args);
      case "columns":
        return "unsupported";
      case "close":
        return close(args[0]);
      case "use_closed":
        return useClosed(args[0]);
      case "live":
        return "ok\t"
            + LiveObjects.count(LiveObjects.Kind.RULE_SET)
            + "\t"
            + LiveObjects.count(LiveObjects.Kind.ENGINE)
            + "\t"
            + LiveObjects.count(LiveObjects.Kind.SESSION);
      case "stream":
        return Stream.run(
            engine, session, args[0], Tagged.unpercent(args[1]), Tagged.unpercent(args[2]));
      default:
        return stateCommand(name, args);
    }
  }

  private String stateCommand(String name, String[] args) throws Tagged.Malformed {
    switch (name) {
      case "memory":
        options = options.withMemory(Long.parseLong(args[0]));
        return "ok";
      case "at_budget":
        String policy = args[0].toUpperCase(Locale.ROOT);
        options = options.withAtBudget(EngineOptions.AtBudget.valueOf(policy));
        return "ok";
      case "folder":
        String folder = Tagged.unpercent(args[0]);
        options = options.withState(folder.isEmpty() ? null : Path.of(folder));
        return "ok";
      case "keep":
        return states.keep(args[0], args[1]);
      case "snapshot":
        return states.snapshot(engine, args);
      case "restore":
        return opened(
            states.restore(rules, options.withLimits(limits.build()).withState(null), args));
      case "advance":
        return States.advance(engine, args[0], args[1]);
      case "swap":
        return States.swap(engine, rules);
      case "mode":
        return States.mode(engine, args[0], args[1]);
      case "state":
        return States.state(engine);
      default:
        return sessionCommand(name, args);
    }
  }

  private String sessionCommand(String name, String[] args) throws Tagged.Malformed {
    switch (name) {
      case "share":
        engine.share(Tagged.unpercent(args[0]));
        return "ok";
      case "connect":
        if (session != null) {
          session.close();
        }
        session = Sessions.connect(args);
        return "ok\t" + Sessions.opened(session.report());
      case "send":
        Event event = event(Arrays.copyOf(args, 3));
        return "sent\t" + session.send(event, Sessions.sendOptions(args, 3));
      case "receive":
        return Sessions.receive(session, args.length == 0 ? 10_000 : Long.parseLong(args[0]));
      case "half_close":
        session.halfClose();
        return "ok";
      case "cancel":
        session.cancel();
        return "ok";
      case "report":
        return "report\t" + Sessions.standing(session.report());
      default:
        throw new Tagged.Malformed("no such command: " + name);
    }
  }

  /** Keeps the engine in the place of the last one, and of the session. */
  private String opened(Engine another) {
    if (engine != null) {
      engine.close();
    }
    engine = another;
    if (session != null) {
      session.close();
      session = null;
    }
    return "ok";
  }

  private String one(Event event, boolean preview) throws Tagged.Malformed {
    Decision decision;
    if (session != null) {
      decision = Sessions.decide(session, event, preview);
    } else {
      decision = preview ? engine.preview(event) : engine.decide(event);
    }
    return "decision\t" + Answers.decision(decision);
  }

  private String explain(String[] args) throws Tagged.Malformed {
    Event event = event(new String[] {args[0], "-", args[1]});
    String text = engine.explain(event);
    return "explained\t" + Tagged.percent(text) + "\t" + Tagged.percent(engine.explainJson(event));
  }

  private RuleSet fromText(String[] args) throws Tagged.Malformed {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int at = 2; at < args.length; at += 2) {
      files.put(Tagged.unpercent(args[at]), HexFormat.of().parseHex(args[at + 1]));
    }
    return RuleSet.fromText(
        Tagged.unpercent(args[0]), Tagged.unpercent(args[1]), files, limits.build());
  }

  private String compiled(RuleSet compiled) {
    if (rules != null) {
      rules.close();
    }
    rules = compiled;
    return "ok\t" + Tagged.percent(rules.name()) + "\t" + rules.versionHex();
  }

  private String close(String what) {
    switch (what) {
      case "rules" -> rules.close();
      case "session" -> session.close();
      default -> engine.close();
    }
    return "ok";
  }

  /** Calls something on an object that an earlier command closed; the answer is its error. */
  private String useClosed(String what) throws Tagged.Malformed {
    switch (what) {
      case "rules" -> Engine.open(rules).close();
      case "session" -> session.send(Map.of());
      default -> engine.counters();
    }
    throw new Tagged.Malformed("a closed object was accepted: " + what);
  }

  private String batch(String[] args) throws Tagged.Malformed {
    List<Event> events = new ArrayList<>();
    for (int at = 1; at < args.length; at += 2) {
      events.add(event(args[0], args[at], args[at + 1]));
    }
    List<Outcome> outcomes = new ArrayList<>();
    if (session != null) {
      Sessions.through(session, events, outcomes::add);
    } else {
      outcomes.addAll(engine.decideAll(events));
    }
    StringBuilder answer = new StringBuilder("batch\t").append(events.size());
    for (Outcome outcome : outcomes) {
      String fields =
          outcome.error().map(Answers::error).orElseGet(() -> Answers.decision(outcome.decision()));
      answer.append(outcome.isDecided() ? "\td\t" : "\te\t").append(Tagged.percent(fields));
    }
    return answer.toString();
  }

  private static Event event(String[] args) throws Tagged.Malformed {
    return event(args[0], args[1], args[2]);
  }

  private static Event event(String format, String trace, String body) throws Tagged.Malformed {
    int plus = body.indexOf('+');
    if (plus >= 0) {
      Event bare = event(format, trace, body.substring(plus + 1));
      return bare.withFeatures(map(body.substring(0, plus)));
    }
    Event event =
        format.equals("map") ? Event.of(map(body)) : event(format, HexFormat.of().parseHex(body));
    return trace(trace).map(event::withTrace).orElse(event);
  }

  /** An event of bytes in the format that the protocol calls {@code format}. */
  static Event event(String format, byte[] body) throws Tagged.Malformed {
    return switch (format) {
      case "protobuf" -> Event.protobuf(body);
      case "json" -> Event.json(body);
      default -> throw new Tagged.Malformed("no format " + format);
    };
  }

  private static Map<String, Object> map(String body) throws Tagged.Malformed {
    Map<String, Object> event = new LinkedHashMap<>();
    if (!(Tagged.read(body) instanceof Map<?, ?> map)) {
      throw new Tagged.Malformed("a map event is a {..}");
    }
    map.forEach((name, value) -> event.put((String) name, value));
    return event;
  }

  /** {@code -}, or {@code name=value,name=value}; the value of grpc-trace-bin is hex. */
  private static Optional<TraceContext> trace(String text) throws Tagged.Malformed {
    if (text.equals("-")) {
      return Optional.empty();
    }
    Map<String, Object> headers = new LinkedHashMap<>();
    for (String pair : text.split(",")) {
      String name = Tagged.unpercent(pair.substring(0, pair.indexOf('=')));
      String value = Tagged.unpercent(pair.substring(pair.indexOf('=') + 1));
      boolean isBinary = name.equalsIgnoreCase("grpc-trace-bin");
      headers.put(name, isBinary ? HexFormat.of().parseHex(value) : value);
    }
    return TraceContext.fromHeaders(headers);
  }
}
