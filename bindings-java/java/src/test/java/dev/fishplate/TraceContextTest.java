package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values are the examples of the W3C, B3 and Jaeger documents. */
class TraceContextTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final TraceContext SAMPLED =
      TraceContext.of(HexFormat.of().parseHex(TRACE), HexFormat.of().parseHex(SPAN), 1);

  private static TraceContext from(Map<String, ?> headers) {
    return TraceContext.fromHeaders(headers).orElseThrow();
  }

  @Test
  void traceparent_is_read_and_written() {
    String header = "00-" + TRACE + "-" + SPAN + "-01";
    assertEquals(SAMPLED, from(Map.of("traceparent", header)));
    assertEquals(SAMPLED, from(Map.of("TraceParent", header)));
    assertEquals(header, SAMPLED.traceparent());
    assertTrue(SAMPLED.sampled());
  }

  @Test
  void the_binary_header_of_grpc_is_read() {
    byte[] header = HexFormat.of().parseHex("0000" + TRACE + "01" + SPAN + "0201");
    assertEquals(SAMPLED, from(Map.of("grpc-trace-bin", header)));
  }

  @Test
  void jaegers_header_is_read() {
    assertEquals(SAMPLED, from(Map.of("uber-trace-id", TRACE + ":" + SPAN + ":0:1")));
  }

  @Test
  void both_forms_of_b3_are_read() {
    assertEquals(SAMPLED, from(Map.of("b3", TRACE + "-" + SPAN + "-1")));
    assertEquals(
        SAMPLED, from(Map.of("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled", "1")));
  }

  @Test
  void a_plain_trace_id_has_no_span() {
    TraceContext context = from(Map.of("x-trace-id", TRACE));
    assertEquals(TRACE, context.traceIdHex());
    assertEquals("0000000000000000", context.spanIdHex());
  }

  @Test
  void the_first_form_in_the_order_of_the_contract_wins() {
    TraceContext context =
        from(
            Map.of(
                "x-trace-id",
                "ffffffffffffffffffffffffffffffff",
                "traceparent",
                "00-" + TRACE + "-" + SPAN + "-00"));
    assertEquals(TRACE, context.traceIdHex());
    assertEquals(0, context.flags());
  }

  @Test
  void malformed_values_are_ignored_and_counted() {
    TraceContext.Parsed parsed =
        TraceContext.parseHeaders(
            Map.of("traceparent", "00-xyz", "uber-trace-id", TRACE + ":" + SPAN + ":0:1"));
    assertEquals(SAMPLED, parsed.context().orElseThrow());
    assertEquals(1, parsed.ignored());
  }

  @Test
  void no_header_gives_no_context() {
    TraceContext.Parsed parsed = TraceContext.parseHeaders(Map.of("accept", "*/*"));
    assertTrue(parsed.context().isEmpty());
    assertEquals(0, parsed.ignored());
  }

  @Test
  void the_binary_form_reads_back() {
    assertEquals(SAMPLED, TraceContext.fromBytes(SAMPLED.toBytes()));
    assertEquals(25, SAMPLED.toBytes().length);
  }

  @Test
  void arrays_are_copies() {
    byte[] traceId = SAMPLED.traceId();
    traceId[0] = 0;
    SAMPLED.toBytes()[0] = 0;
    assertArrayEquals(HexFormat.of().parseHex(TRACE), SAMPLED.traceId());
  }

  @Test
  void a_trace_id_of_zeros_or_of_another_length_is_refused() {
    assertThrows(
        IllegalArgumentException.class, () -> TraceContext.of(new byte[16], new byte[8], 0));
    assertThrows(
        IllegalArgumentException.class, () -> TraceContext.of(new byte[15], new byte[8], 0));
    assertThrows(IllegalArgumentException.class, () -> TraceContext.fromBytes(new byte[24]));
  }
}
