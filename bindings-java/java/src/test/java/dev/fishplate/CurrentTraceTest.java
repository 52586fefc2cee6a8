package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With the real OpenTelemetry on the class path: its current span is that of the event. */
@ExtendWith(LeavesNothing.class)
class CurrentTraceTest {
  private static final SdkTracerProvider TRACES = SdkTracerProvider.builder().build();

  private static final TraceContext EXPLICIT =
      TraceContext.fromHeaders(
              Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"))
          .orElseThrow();

  @AfterAll
  static void close() {
    TRACES.close();
  }

  private static Span span() {
    return TRACES.get("test").spanBuilder("request").startSpan();
  }

  private static String traceparent(Span span) {
    return "00-"
        + span.getSpanContext().getTraceId()
        + "-"
        + span.getSpanContext().getSpanId()
        + "-"
        + span.getSpanContext().getTraceFlags().asHex();
  }

  private static List<String> parents(boolean picksUpTrace, List<Event> events) {
    try (RuleSet rules = Samples.rules();
        Engine engine = Engine.open(rules)) {
      engine.share("traced");
      SessionOptions options = SessionOptions.builder().picksUpTrace(picksUpTrace).build();
      try (Session session = Session.connect("inproc:traced", options)) {
        events.forEach(session::send);
        session.halfClose();
        List<String> parents = new ArrayList<>();
        session.forEach(outcome -> parents.add(parent(outcome.decision())));
        return parents;
      }
    }
  }

  private static String parent(Decision decision) {
    return decision.parent().map(TraceContext::traceparent).orElse("none");
  }

  @Test
  void there_is_an_api_and_without_a_span_no_context() {
    assertTrue(CurrentTrace.isAvailable());
    assertNull(CurrentTrace.orNull());
  }

  /** Runs {@code call} with {@code span} as the current one. */
  private static <R> R in(Span span, Supplier<R> call) {
    return Context.current().with(span).wrapSupplier(call).get();
  }

  private static List<String> parentsOf(List<Outcome> outcomes) {
    return outcomes.stream().map(outcome -> parent(outcome.decision())).toList();
  }

  @Test
  void an_event_of_a_session_takes_the_current_span() {
    Event event = SessionContract.large(2000);
    List<Event> events = List.of(event, event.withTrace(EXPLICIT));
    Span span = span();
    assertEquals(
        List.of(traceparent(span), EXPLICIT.traceparent()), in(span, () -> parents(true, events)));
    assertEquals(List.of("none", EXPLICIT.traceparent()), in(span, () -> parents(false, events)));
    assertEquals(List.of("none"), parents(true, List.of(event)));
  }

  @Test
  void the_events_of_a_batch_take_the_current_span_and_a_single_decision_takes_none() {
    Event event = SessionContract.large(2000);
    List<Event> events = List.of(event, event.withTrace(EXPLICIT));
    Span span = span();
    EngineOptions off = EngineOptions.defaults().withPicksUpTrace(false);
    try (RuleSet rules = Samples.rules();
        Engine engine = Engine.open(rules);
        Engine without = Engine.open(rules, off)) {
      assertEquals(
          List.of(traceparent(span), EXPLICIT.traceparent()),
          parentsOf(in(span, () -> engine.decideAll(events))));
      assertEquals(
          List.of("none", EXPLICIT.traceparent()),
          parentsOf(in(span, () -> without.decideAll(events))));
      assertEquals(Optional.empty(), in(span, () -> engine.decide(event)).parent());
    }
  }
}
