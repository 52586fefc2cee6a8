package dev.fishplate;

import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * What the rules said of one event, or of a time that came ({@link #timer}), and why. A plain
 * value: immutable, holds nothing native, needs no close, and may be kept for as long as one likes.
 *
 * <p>Values are {@code null}, {@link Boolean}, {@link Long}, {@link Uint}, {@link Double}, {@link
 * String}, {@code byte[]} (a copy), {@link java.time.Instant}, {@link java.time.Duration}, {@link
 * List} and {@link Map}. They are read out of the decision's record when they are first asked for.
 */
public final class Decision {
  private static final int MAGIC = 0x31445046;
  private static final int LATE = 1;
  private static final int REPEATED = 2;
  private static final int HAS_TRACE = 4;

  // What identifies a decision: docs/layout.md.
  private static final int BY_EVENT_ID = 1;
  private static final int BY_SESSION = 2;
  private static final int BY_ORDINAL = 3;
  private static final int GIVEN = 4;
  private static final int TIMER = 5;

  /** How a timer's identity is told from others where ids are made: docs/canonical.md. */
  private static final int HASHED_TIMER = 4;

  // Where things stand in the record: docs/layout.md.
  private static final int FLAGS_AT = 8;
  private static final int VERSION_AT = 12;
  private static final int IDENTITY_KIND_AT = 44;
  private static final int NUMBER_AT = 48;
  private static final int PARENT_AT = 56;
  private static final int OUTPUTS_AT = 84;
  private static final int MATCHED_AT = 88;
  private static final int FEATURES_AT = 92;
  private static final int ERRORS_AT = 96;
  private static final int SHADOW_AT = 100;
  private static final int IDENTITY_AT = 104;
  private static final int ID_SIZE = 16;

  private final byte[] record;

  // What was read already. Every value is immutable, so that a thread that sees an old null reads
  // it once more, and nothing else can happen.
  private Map<String, Object> outputs;
  private Map<String, Object> features;
  private List<String> matched;
  private byte[] id;

  /** A decision of a record that nobody else has. */
  Decision(byte[] record) {
    if (LayoutReader.intAt(record, 0) != MAGIC) {
      throw new IllegalStateException("not the record of a decision");
    }
    this.record = record;
  }

  /**
   * The decision's id: 16 bytes, derived from the rule-set version and the event's identity, or the
   * timer's.
   */
  public byte[] id() {
    return ownId().clone();
  }

  /** The decision's id in lower-case hexadecimal. */
  public String idHex() {
    return HexFormat.of().formatHex(ownId());
  }

  /** The version of the rule set that decided: 32 bytes. */
  public byte[] version() {
    return Arrays.copyOfRange(record, VERSION_AT, VERSION_AT + 32);
  }

  /** The version of the rule set that decided, in lower-case hexadecimal. */
  public String versionHex() {
    return HexFormat.of().formatHex(record, VERSION_AT, VERSION_AT + 32);
  }

  /** The outputs that have a value, by name, in document order. Cannot be changed. */
  public Map<String, Object> outputs() {
    Map<String, Object> known = outputs;
    if (known == null) {
      LayoutReader reader = section(OUTPUTS_AT);
      known = reader.fields();
      outputs = reader.sawBytes() ? null : known;
    }
    return known;
  }

  /** One output by name; {@code null} if it has no value. */
  public Object output(String name) {
    return outputs().get(name);
  }

  /**
   * An output of type {@code int}.
   *
   * @throws NoSuchElementException if it has no value
   * @throws ClassCastException if it is of another type
   */
  public long longOutput(String name) {
    return (Long) present(name);
  }

  /**
   * An output of type {@code double}.
   *
   * @throws NoSuchElementException if it has no value
   * @throws ClassCastException if it is of another type
   */
  public double doubleOutput(String name) {
    return (Double) present(name);
  }

  /**
   * An output of type {@code bool}.
   *
   * @throws NoSuchElementException if it has no value
   * @throws ClassCastException if it is of another type
   */
  public boolean booleanOutput(String name) {
    return (Boolean) present(name);
  }

  /**
   * An output of type {@code string}, or of an enum: its name.
   *
   * @throws NoSuchElementException if it has no value
   * @throws ClassCastException if it is of another type
   */
  public String stringOutput(String name) {
    return (String) present(name);
  }

  private Object present(String name) {
    Object value = output(name);
    if (value == null) {
      throw new NoSuchElementException("the decision has no output " + name);
    }
    return value;
  }

  /** Ids of the live rules that fired, in document order. Cannot be changed. */
  public List<String> matched() {
    List<String> known = matched;
    if (known == null) {
      known = section(MATCHED_AT).texts();
      matched = known;
    }
    return known;
  }

  /** The features that the matched rules name, in document order. Cannot be changed. */
  public Map<String, Object> features() {
    Map<String, Object> known = features;
    if (known == null) {
      LayoutReader reader = section(FEATURES_AT);
      known = reader.fields();
      features = reader.sawBytes() ? null : known;
    }
    return known;
  }

  /** What ended in an error, in document order: rules, then outputs. Cannot be changed. */
  public List<DecisionError> errors() {
    return section(ERRORS_AT).errors();
  }

  /** Ids of the shadow rules that fired. Cannot be changed. */
  public List<String> shadowMatched() {
    return section(SHADOW_AT).texts();
  }

  /** Errors of shadow rules. Cannot be changed. */
  public List<DecisionError> shadowErrors() {
    LayoutReader reader = section(SHADOW_AT);
    reader.texts();
    return reader.errors();
  }

  /**
   * Whether the event came later than the document's {@code max_disorder} allows: it was decided,
   * and is in no window.
   */
  public boolean late() {
    return has(LATE);
  }

  /** Whether the event's id was seen before: this is the first decision again. */
  public boolean repeated() {
    return has(REPEATED);
  }

  /**
   * Which rule fired for which key, if no event asked for the decision ({@link Engine#advanceTo}).
   *
   * @return null if an event did
   */
  public Timer timer() {
    if (identityKind() != TIMER) {
      return null;
    }
    LayoutReader reader = new LayoutReader(record, IDENTITY_AT);
    String rule = reader.text();
    List<?> key = (List<?>) reader.value();
    return new Timer(rule, List.copyOf(key), Instant.ofEpochSecond(reader.i64(), reader.i32()));
  }

  /**
   * The event's trace with a span id of the decision's own, which is derived and not random; empty
   * if the event had no trace. Of a timer: that of the last event of its key.
   */
  public Optional<TraceContext> trace() {
    return parent()
        .map(
            parent ->
                parent.withSpan(Canonical.sha256(parent.traceId(), parent.spanId(), ownId())));
  }

  /** The trace context that came with the event. */
  public Optional<TraceContext> parent() {
    return has(HAS_TRACE)
        ? Optional.of(
            TraceContext.fromBytes(
                Arrays.copyOfRange(record, PARENT_AT, PARENT_AT + TraceContext.SIZE)))
        : Optional.empty();
  }

  private boolean has(int flag) {
    return (LayoutReader.intAt(record, FLAGS_AT) & flag) != 0;
  }

  private LayoutReader section(int offsetAt) {
    return new LayoutReader(record, LayoutReader.intAt(record, offsetAt));
  }

  private byte[] ownId() {
    byte[] known = id;
    if (known == null) {
      known =
          identityKind() == GIVEN
              ? Arrays.copyOfRange(record, IDENTITY_AT, IDENTITY_AT + ID_SIZE)
              : Canonical.decisionId(version(), identity());
      id = known;
    }
    return known;
  }

  private int identityKind() {
    return LayoutReader.intAt(record, IDENTITY_KIND_AT);
  }

  /** The identity's kind and value, as they are hashed. */
  private byte[] identity() {
    Canonical bytes = new Canonical();
    int kind = identityKind();
    bytes.u8(kind == TIMER ? HASHED_TIMER : kind);
    switch (kind) {
      case BY_EVENT_ID -> bytes.value(new LayoutReader(record, IDENTITY_AT).value());
      case BY_SESSION -> {
        bytes.raw(Arrays.copyOfRange(record, IDENTITY_AT, IDENTITY_AT + ID_SIZE));
        bytes.i64(LayoutReader.longAt(record, NUMBER_AT));
      }
      case BY_ORDINAL -> bytes.i64(LayoutReader.longAt(record, NUMBER_AT));
      case TIMER -> {
        Timer timer = timer();
        bytes.value(timer.rule());
        bytes.value(timer.key());
        bytes.value(timer.due());
      }
      default -> throw new IllegalStateException("a decision of unknown identity " + kind);
    }
    return bytes.toBytes();
  }

  /** Equal when every part is; doubles are compared by their bits, maps with their order. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Decision decision && Arrays.equals(decision.record, record);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(record);
  }

  @Override
  public String toString() {
    return "Decision["
        + idHex()
        + (late() ? ", late" : "")
        + (repeated() ? ", repeated" : "")
        + (identityKind() == TIMER ? ", " + timer() : "")
        + ", outputs="
        + outputs()
        + ", matched="
        + matched()
        + (errors().isEmpty() ? "]" : ", errors=" + errors() + "]");
  }
}
