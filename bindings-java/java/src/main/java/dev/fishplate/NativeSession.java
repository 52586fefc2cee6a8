package dev.fishplate;

/** A session that native code holds: in process, or over gRPC. Any thread. */
final class NativeSession implements SessionDriver {
  private static final String GRPC = "grpc://";

  private final long handle;

  private NativeSession(long handle) {
    this.handle = handle;
  }

  /** Waits for the welcome. */
  static NativeSession open(String address, SessionOptions options) {
    // The thread behind gRPC never ends.
    if (address.startsWith(GRPC) && !NativeLibrary.pin()) {
      throw new IllegalStateException("the native library cannot be kept loaded");
    }
    return new NativeSession(SessionCalls.open(address, options));
  }

  @Override
  public long send(Event event, TraceContext trace, SendOptions options) {
    return SessionCalls.send(handle, event, trace, options);
  }

  @Override
  public Outcome receive(int waitMillis) {
    return SessionCalls.receive(handle, waitMillis);
  }

  @Override
  public void halfClose() {
    SessionCalls.halfClose(handle);
  }

  @Override
  public void cancel() {
    SessionCalls.cancel(handle);
  }

  @Override
  public void close() {
    Calls.close(handle);
  }

  @Override
  public SessionReport report() {
    return SessionCalls.report(handle);
  }
}
