import com.google.protobuf.ByteString;
import dev.fishplate.v1.Decision;
import dev.fishplate.v1.DecisionError;
import dev.fishplate.v1.Diagnostic;
import dev.fishplate.v1.Done;
import dev.fishplate.v1.Refusal;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Messages of the wire contract as the fields of an answer. */
final class Answers {
  private Answers() {}

  /** The fields of {@code <decision>}. */
  static String decision(Decision decision) {
    return String.join(
        "\t",
        Values.hex(decision.getId()),
        Values.hex(decision.getRuleSetVersion()),
        flags(decision),
        trace(decision.getTrace()),
        Values.writeNamed(decision.getOutputsList()),
        Values.writeTexts(decision.getMatchedList()),
        Values.writeNamed(decision.getFeaturesList()),
        errors(decision.getErrorsList()),
        Values.writeTexts(decision.getShadowMatchedList()),
        errors(decision.getShadowErrorsList()),
        HexFormat.of().formatHex(CanonicalForm.sha256(CanonicalForm.of(decision))));
  }

  private static String flags(Decision decision) {
    List<String> flags = new ArrayList<>();
    if (decision.getLate()) {
      flags.add("late");
    }
    if (decision.getRepeated()) {
      flags.add("repeated");
    }
    return flags.isEmpty() ? "-" : String.join("+", flags);
  }

  private static String trace(ByteString trace) {
    if (trace.isEmpty()) {
      return "-";
    }
    return Values.hex(trace.substring(0, 16))
        + "-"
        + Values.hex(trace.substring(16, 24))
        + "-"
        + Values.hex(trace.substring(24));
  }

  private static String errors(List<DecisionError> errors) {
    List<String> texts = new ArrayList<>();
    for (DecisionError error : errors) {
      String kind =
          switch (error.getSubject()) {
            case SUBJECT_RULE -> "rule";
            case SUBJECT_OUTPUT -> "output";
            default -> throw new Values.Malformed("an error against nothing");
          };
      texts.add(
          "%s:%s:F%04d:%d:%d"
              .formatted(
                  kind, error.getName(), error.getCode(), error.getLine(), error.getColumn()));
    }
    return Values.writeTexts(texts);
  }

  /** The fields of {@code <error>}. */
  static String refusal(Refusal refusal) {
    List<String> fields = new ArrayList<>();
    fields.add(status(refusal.getStatus()));
    fields.add(Integer.toString(refusal.getDiagnosticsCount()));
    for (Diagnostic diagnostic : refusal.getDiagnosticsList()) {
      fields.add("F%04d".formatted(diagnostic.getCode()));
      fields.add(Values.percent(place(diagnostic)));
    }
    fields.add(Values.percent(refusal.getText()));
    return String.join("\t", fields);
  }

  private static String place(Diagnostic diagnostic) {
    return switch (diagnostic.getPlaceCase()) {
      case TEXT ->
          diagnostic.getText().getFile()
              + ":"
              + diagnostic.getText().getLine()
              + ":"
              + diagnostic.getText().getColumn();
      case FIELD -> diagnostic.getField().isEmpty() ? "event" : "event." + diagnostic.getField();
      case NAME -> diagnostic.getName();
      case PLACE_NOT_SET -> "-";
    };
  }

  /** The fields of an end. */
  static String end(Done done) {
    String end = "end\t" + status(done.getStatus()) + "\t" + done.getWatermark();
    return done.getStatus() == 0 ? end : end + "\t" + refusal(done.getRefusal());
  }

  /** The name of a status by gRPC's number of it. */
  static String status(int number) {
    return Status.fromCodeValue(number).getCode().name();
  }
}
