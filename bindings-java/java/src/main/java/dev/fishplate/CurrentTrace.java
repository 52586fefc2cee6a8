package dev.fishplate;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The current OpenTelemetry span as a {@link TraceContext}, if the OpenTelemetry API is where this
 * class's own loader finds it. Fishplate depends on none of it: it is looked up once, by name. Any
 * thread.
 */
final class CurrentTrace {
  private static final String SPAN = "io.opentelemetry.api.trace.Span";
  private static final String SPAN_CONTEXT = "io.opentelemetry.api.trace.SpanContext";
  private static final String TRACE_FLAGS = "io.opentelemetry.api.trace.TraceFlags";

  /** The calls of one loaded API; null if there is none. */
  private static final CurrentTrace API = find(CurrentTrace.class.getClassLoader());

  /** {@code Span.current().getSpanContext()}. */
  private final MethodHandle context;

  private final MethodHandle isValid;
  private final MethodHandle traceId;
  private final MethodHandle spanId;

  /** {@code context.getTraceFlags().asByte()}. */
  private final MethodHandle flags;

  private CurrentTrace(Class<?> span, Class<?> spanContext, Class<?> traceFlags)
      throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    MethodHandle current = lookup.findStatic(span, "current", MethodType.methodType(span));
    MethodHandle ofSpan =
        lookup.findVirtual(span, "getSpanContext", MethodType.methodType(spanContext));
    MethodHandle ofContext =
        lookup.findVirtual(spanContext, "getTraceFlags", MethodType.methodType(traceFlags));
    MethodHandle asByte =
        lookup.findVirtual(traceFlags, "asByte", MethodType.methodType(byte.class));
    this.context =
        MethodHandles.filterReturnValue(current, ofSpan)
            .asType(MethodType.methodType(Object.class));
    this.isValid = getter(lookup, spanContext, "isValid", boolean.class);
    this.traceId = getter(lookup, spanContext, "getTraceIdBytes", byte[].class);
    this.spanId = getter(lookup, spanContext, "getSpanIdBytes", byte[].class);
    this.flags =
        MethodHandles.filterReturnValue(ofContext, asByte)
            .asType(MethodType.methodType(byte.class, Object.class));
  }

  private static MethodHandle getter(
      MethodHandles.Lookup lookup, Class<?> owner, String name, Class<?> type)
      throws ReflectiveOperationException {
    return lookup
        .findVirtual(owner, name, MethodType.methodType(type))
        .asType(MethodType.methodType(type, Object.class));
  }

  /** The API that {@code loader} finds; null if it finds none, or one that is not as expected. */
  private static CurrentTrace find(ClassLoader loader) {
    try {
      return new CurrentTrace(
          Class.forName(SPAN, false, loader),
          Class.forName(SPAN_CONTEXT, false, loader),
          Class.forName(TRACE_FLAGS, false, loader));
    } catch (ReflectiveOperationException | LinkageError absent) {
      return null;
    }
  }

  /** Whether there is an OpenTelemetry API. */
  static boolean isAvailable() {
    return API != null;
  }

  /** The context of the span that is current in this thread; null if there is none. */
  static TraceContext orNull() {
    return API == null ? null : API.read();
  }

  private TraceContext read() {
    try {
      Object span = (Object) context.invokeExact();
      if (!(boolean) isValid.invokeExact(span)) {
        return null;
      }
      byte[] trace = (byte[]) traceId.invokeExact(span);
      byte[] parent = (byte[]) spanId.invokeExact(span);
      return TraceContext.of(trace, parent, (byte) flags.invokeExact(span) & 0xff);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) {
      throw new IllegalStateException("the API's getters declare no exception", impossible);
    }
  }
}
