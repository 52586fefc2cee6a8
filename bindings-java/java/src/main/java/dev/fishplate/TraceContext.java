package dev.fishplate;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The trace that an event belongs to: trace id (16 bytes), span id (8) and flags (1), as <a
 * href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a> defines them. Immutable: arrays
 * are copied on the way in and out.
 */
public final class TraceContext {
  /** Bytes of the binary form. */
  static final int SIZE = 25;

  private static final int TRACE_ID = 16;
  private static final int SPAN_ID = 8;
  private static final HexFormat HEX = HexFormat.of();

  /** Trace id, span id, flags. Never written after construction, never handed out. */
  private final byte[] bytes;

  private TraceContext(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * What a set of headers said.
   *
   * @param context the context of the first form found; empty if there was none
   * @param ignored how many headers of a known form were malformed and ignored
   */
  public record Parsed(Optional<TraceContext> context, int ignored) {}

  /**
   * A context of these parts.
   *
   * @param traceId 16 bytes, not all zero
   * @param spanId 8 bytes; all zero where the sender has no span
   * @param flags 0 to 255; bit 0 is {@code sampled}
   * @throws IllegalArgumentException if a part is not as said here
   */
  public static TraceContext of(byte[] traceId, byte[] spanId, int flags) {
    if (traceId.length != TRACE_ID || spanId.length != SPAN_ID || flags < 0 || flags > 255) {
      throw new IllegalArgumentException(
          "a trace context is 16 bytes of trace id, 8 bytes of span id and flags from 0 to 255");
    }
    byte[] bytes = Arrays.copyOf(traceId, SIZE);
    System.arraycopy(spanId, 0, bytes, TRACE_ID, SPAN_ID);
    bytes[SIZE - 1] = (byte) flags;
    return fromBytes(bytes);
  }

  /**
   * A context from its binary form: trace id, span id, flags.
   *
   * @throws IllegalArgumentException if these are not 25 bytes, or the trace id is all zero
   */
  public static TraceContext fromBytes(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a trace context is 25 bytes, not " + bytes.length);
    }
    TraceContext context = new TraceContext(bytes.clone());
    if (context.hasNoTraceId()) {
      throw new IllegalArgumentException("a trace id is never all zero");
    }
    return context;
  }

  /**
   * Reads the context from headers, names in any case. The first form found wins, in this order:
   * {@code traceparent}, {@code grpc-trace-bin} (a {@code byte[]}), {@code uber-trace-id}, {@code
   * b3} or {@code x-b3-*}, {@code x-trace-id}. Malformed values are ignored.
   *
   * @param headers values are {@link CharSequence} or {@code byte[]}; others are ignored
   */
  public static Optional<TraceContext> fromHeaders(Map<String, ?> headers) {
    return parseHeaders(headers).context();
  }

  /** As {@link #fromHeaders}, and says how many headers were malformed. */
  public static Parsed parseHeaders(Map<String, ?> headers) {
    return Calls.parseHeaders(Objects.requireNonNull(headers, "headers"));
  }

  /** The trace id: 16 bytes. */
  public byte[] traceId() {
    return Arrays.copyOf(bytes, TRACE_ID);
  }

  /** The span id: 8 bytes. */
  public byte[] spanId() {
    return Arrays.copyOfRange(bytes, TRACE_ID, TRACE_ID + SPAN_ID);
  }

  /** The flags, 0 to 255. */
  public int flags() {
    return bytes[SIZE - 1] & 0xff;
  }

  /** Whether the sender records this trace (bit 0 of the flags). */
  public boolean sampled() {
    return (flags() & 1) != 0;
  }

  /** The trace id in lower-case hexadecimal. */
  public String traceIdHex() {
    return HEX.formatHex(bytes, 0, TRACE_ID);
  }

  /** The span id in lower-case hexadecimal. */
  public String spanIdHex() {
    return HEX.formatHex(bytes, TRACE_ID, TRACE_ID + SPAN_ID);
  }

  /** The W3C header: {@code 00-<trace id>-<span id>-<flags>}. */
  public String traceparent() {
    return "00-" + traceIdHex() + "-" + spanIdHex() + "-" + HEX.toHexDigits(bytes[SIZE - 1]);
  }

  /** The binary form: trace id, span id, flags; 25 bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** The binary form itself, for copying from. */
  byte[] bytes() {
    return bytes;
  }

  /** The same trace and flags with another span. */
  TraceContext withSpan(byte[] digest) {
    byte[] child = bytes.clone();
    System.arraycopy(digest, 0, child, TRACE_ID, SPAN_ID);
    return new TraceContext(child);
  }

  private boolean hasNoTraceId() {
    for (int at = 0; at < TRACE_ID; at++) {
      if (bytes[at] != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TraceContext context && Arrays.equals(context.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** As {@link #traceparent()}. */
  @Override
  public String toString() {
    return traceparent();
  }
}
