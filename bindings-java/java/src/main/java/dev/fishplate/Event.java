package dev.fishplate;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An event as it comes in, the trace it belongs to, and the features that it brings. The caller
 * says which form it has; nothing is sniffed.
 *
 * <p>Arrays and maps are read when the event is decided and are not copied before: do not change
 * them until then. After that the event holds no native memory and needs no close.
 */
public final class Event {
  /** The forms of an event, with the numbers that they have at the border. */
  enum Format {
    PROTOBUF(1),
    JSON(2),
    FIELDS(3);

    private final int number;

    Format(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** Added to a format's number: features stand before the event. */
  private static final int WITH_FEATURES = 16;

  private final Format format;

  /** Set for PROTOBUF and JSON. */
  private final byte[] bytes;

  /** Set for FIELDS. */
  private final Map<String, ?> fields;

  private final TraceContext trace;

  /** Null for none. */
  private final Map<String, ?> features;

  private Event(
      Format format,
      byte[] bytes,
      Map<String, ?> fields,
      TraceContext trace,
      Map<String, ?> features) {
    this.format = format;
    this.bytes = bytes;
    this.fields = fields;
    this.trace = trace;
    this.features = features;
  }

  /** An event from a serialised protobuf message of the rule set's event type. */
  public static Event protobuf(byte[] message) {
    return new Event(Format.PROTOBUF, Objects.requireNonNull(message, "message"), null, null, null);
  }

  /** An event from UTF-8 JSON, read by the proto3 JSON mapping. */
  public static Event json(byte[] text) {
    return new Event(Format.JSON, Objects.requireNonNull(text, "text"), null, null, null);
  }

  /** An event from JSON text, read by the proto3 JSON mapping. */
  public static Event json(String text) {
    return json(Utf8.encode(Objects.requireNonNull(text, "text")));
  }

  /**
   * An event from its fields by name.
   *
   * <p>Values: {@code null} (absent), {@link Boolean}, {@link Byte}, {@link Short}, {@link
   * Integer}, {@link Long}, {@link java.math.BigInteger} (of 64 bits), {@link Uint}, {@link Float},
   * {@link Double}, {@link CharSequence}, {@link Enum} (its name), {@code byte[]}, {@link
   * java.time.Instant}, {@link java.time.OffsetDateTime}, {@link java.time.ZonedDateTime}, {@link
   * java.time.Duration}, {@link java.util.List}, and {@link Map} for a nested message or a CEL map.
   * Anything else in a field that the rules read is refused. Of fields that no rule reads only the
   * name is looked at, and only if the engine is strict.
   */
  public static Event of(Map<String, ?> fields) {
    return new Event(Format.FIELDS, null, Objects.requireNonNull(fields, "fields"), null, null);
  }

  /** The same event in {@code newTrace}. */
  public Event withTrace(TraceContext newTrace) {
    return new Event(format, bytes, fields, Objects.requireNonNull(newTrace, "trace"), features);
  }

  /**
   * The same event with values of the features that the document declares as {@code supplied}, by
   * name, in the place of any that it had. Values are as in {@link #of}; a feature that is left
   * out, or {@code null}, is absent: reading it is an error, and {@code has(features.x)} is false.
   * A name that no such feature has, and a value of another type, make the event a refused one.
   */
  public Event withFeatures(Map<String, ?> newFeatures) {
    return new Event(format, bytes, fields, trace, Objects.requireNonNull(newFeatures, "features"));
  }

  /** The trace it belongs to; empty if its sender gave none. */
  public Optional<TraceContext> trace() {
    return Optional.ofNullable(trace);
  }

  Format format() {
    return format;
  }

  /**
   * The number of all that says how the event is written: its format, and whether it brings
   * features.
   */
  int form() {
    return features == null ? format.number() : format.number() + WITH_FEATURES;
  }

  Map<String, ?> featuresOrNull() {
    return features;
  }

  byte[] bytes() {
    return bytes;
  }

  Map<String, ?> fields() {
    return fields;
  }

  TraceContext traceOrNull() {
    return trace;
  }

  /** The form and the size, never the content: it may be sensitive. */
  @Override
  public String toString() {
    return format == Format.FIELDS
        ? "Event[FIELDS, " + fields.size() + " fields]"
        : "Event[" + format + ", " + bytes.length + " bytes]";
  }
}
