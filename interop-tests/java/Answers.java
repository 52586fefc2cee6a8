import dev.fishplate.Canonical;
import dev.fishplate.Decision;
import dev.fishplate.DecisionError;
import dev.fishplate.Diagnostic;
import dev.fishplate.FishplateException;
import dev.fishplate.TraceContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Decisions and errors as the fields of an answer, read through the public API alone. */
final class Answers {
  private Answers() {}

  /** The fields of a decision, joined by tabs. */
  static String decision(Decision decision) {
    return String.join(
        "\t",
        decision.idHex(),
        decision.versionHex(),
        flags(decision),
        decision.trace().map(Answers::trace).orElse("-"),
        Tagged.write(decision.outputs()),
        Tagged.write(decision.matched()),
        Tagged.write(decision.features()),
        errors(decision.errors()),
        Tagged.write(decision.shadowMatched()),
        errors(decision.shadowErrors()),
        HexFormat.of().formatHex(sha256().digest(Canonical.of(decision))));
  }

  private static String flags(Decision decision) {
    List<String> set = new ArrayList<>();
    if (decision.late()) {
      set.add("late");
    }
    if (decision.repeated()) {
      set.add("repeated");
    }
    return set.isEmpty() ? "-" : String.join("+", set);
  }

  private static String trace(TraceContext trace) {
    String flags = HexFormat.of().toHexDigits((byte) trace.flags());
    return trace.traceIdHex() + "-" + trace.spanIdHex() + "-" + flags;
  }

  private static String errors(List<DecisionError> errors) {
    return Tagged.write(errors.stream().map(Answers::error).toList());
  }

  private static String error(DecisionError error) {
    return String.join(
        ":",
        error.kind().name().toLowerCase(Locale.ROOT),
        error.name(),
        error.code(),
        Integer.toString(error.line()),
        Integer.toString(error.column()));
  }

  /** The fields of an error, joined by tabs. */
  static String error(FishplateException error) {
    List<String> fields = new ArrayList<>();
    fields.add(error.status().name());
    fields.add(Integer.toString(error.diagnostics().size()));
    for (Diagnostic diagnostic : error.diagnostics()) {
      fields.add(diagnostic.code());
      fields.add(Tagged.percent(diagnostic.place().toString()));
    }
    fields.add(Tagged.percent(error.getMessage()));
    return String.join("\t", fields);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
