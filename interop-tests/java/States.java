import dev.fishplate.Decision;
import dev.fishplate.Engine;
import dev.fishplate.EngineOptions;
import dev.fishplate.Mode;
import dev.fishplate.RuleSet;
import dev.fishplate.State;
import dev.fishplate.Swapped;
import dev.fishplate.Timer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The runner's commands of an engine's state: time, snapshots, other rules, what it holds. Holds
 * snapshots by name; which engine and which rules is the runner's.
 */
final class States {
  private final Map<String, byte[]> kept = new HashMap<>();

  /** {@code keep NAME BYTES}. */
  String keep(String name, String hex) {
    kept.put(name, HexFormat.of().parseHex(hex));
    return "ok";
  }

  /** {@code snapshot NAME [GROUP]…}. */
  String snapshot(Engine engine, String[] args) {
    int[] groups = Arrays.stream(args).skip(1).mapToInt(Integer::parseInt).toArray();
    byte[] snapshot = groups.length == 0 ? engine.snapshot() : engine.snapshot(groups);
    kept.put(args[0], snapshot);
    String hash = HexFormat.of().formatHex(Answers.sha256().digest(snapshot));
    return "snapshot\t" + snapshot.length + "\t" + hash;
  }

  /** {@code restore NAME…}, without putting the engine anywhere. */
  Engine restore(RuleSet rules, EngineOptions options, String[] names) {
    return Engine.restore(
        rules, options, Arrays.stream(names).map(kept::get).toArray(byte[][]::new));
  }

  /** {@code advance SECONDS NANOS}. */
  static String advance(Engine engine, String seconds, String nanos) {
    Instant now = Instant.ofEpochSecond(Long.parseLong(seconds), Integer.parseInt(nanos));
    List<Decision> decisions = engine.advanceTo(now);
    StringBuilder answer = new StringBuilder("advanced\t").append(decisions.size());
    for (Decision decision : decisions) {
      Timer timer = decision.timer();
      String fields =
          String.join(
              "\t",
              Tagged.percent(timer.rule()),
              Tagged.write(timer.key()),
              Tagged.write(timer.due()),
              Answers.decision(decision));
      answer.append('\t').append(Tagged.percent(fields));
    }
    return answer.toString();
  }

  /** {@code swap}. */
  static String swap(Engine engine, RuleSet rules) {
    Swapped swapped = engine.swap(rules);
    return String.join(
        "\t",
        "swapped",
        Tagged.write(swapped.kept()),
        Tagged.write(swapped.warming()),
        Tagged.write(swapped.dropped()));
  }

  /** {@code mode RULE MODE}. */
  static String mode(Engine engine, String rule, String word) throws Tagged.Malformed {
    Mode mode = word.equals("-") ? null : Mode.valueOf(word.toUpperCase(Locale.ROOT));
    engine.setMode(Tagged.unpercent(rule), mode);
    return "ok";
  }

  /** {@code state}. */
  static String state(Engine engine) {
    State state = engine.state();
    Map<String, String> modes = new LinkedHashMap<>();
    state.modes().forEach((rule, mode) -> modes.put(rule, mode.name().toLowerCase(Locale.ROOT)));
    return String.join(
        "\t",
        "state",
        Long.toString(state.bytes()),
        Long.toString(state.keys()),
        Long.toString(state.partitions()),
        Long.toString(state.refusedKeys()),
        Long.toString(state.evictedKeys()),
        Long.toString(state.expiredKeys()),
        Tagged.write(state.warming()),
        Tagged.write(modes));
  }
}
