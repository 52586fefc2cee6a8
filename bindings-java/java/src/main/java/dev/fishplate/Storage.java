package dev.fishplate;

import java.nio.ByteBuffer;

/**
 * The memory of one call: direct buffers that Java owns, that native code reads and fills, and that
 * the same thread uses again.
 *
 * <p>Native code gets addresses and never keeps them; Java never gets a buffer over memory that is
 * not its own. A call inside a call (a map whose entries call the engine) finds its thread's
 * buffers taken and gets others. For one thread, from {@link #borrow} to {@link #close}.
 */
final class Storage implements AutoCloseable {
  /** Decisions are some hundred bytes; what is larger is fetched once, and the buffer stays. */
  private static final int FIRST_CAPACITY = 64 << 10;

  /** Buffers above this are given back to the system after the call. */
  private static final int KEPT_CAPACITY = 4 << 20;

  // What stands in the control block, for native code.
  private static final int SIZE_AT = 0;
  private static final int NUMBER_AT = 8;
  private static final int TRACE_AT = 16;

  // What stands in the control block, for Java: where the buffers lie.
  private static final int OWN_ADDRESS_AT = 48;
  private static final int IN_ADDRESS_AT = 56;
  private static final int OUT_ADDRESS_AT = 64;
  private static final int CONTROL_SIZE = 72;

  private static final int CONTROL = 0;
  private static final int IN = 1;
  private static final int OUT = 2;

  /**
   * Control block, request, result of a thread; the first is null while they are taken. The array
   * holds nothing of this class loader, so that a thread that lives longer than the loader (in an
   * application server) does not keep it.
   */
  private static final ThreadLocal<ByteBuffer[]> IDLE = ThreadLocal.withInitial(Storage::first);

  private final ByteBuffer[] home;
  private final ByteBuffer control;
  private ByteBuffer in;
  private ByteBuffer out;

  private Storage(ByteBuffer[] home) {
    this.home = home;
    this.control = home[CONTROL];
    this.in = home[IN];
    this.out = home[OUT];
  }

  /** The thread's buffers, or fresh ones if they are taken. */
  static Storage borrow() {
    ByteBuffer[] home = IDLE.get();
    if (home[CONTROL] == null) {
      return new Storage(first());
    }
    Storage storage = new Storage(home);
    home[CONTROL] = null;
    return storage;
  }

  private static ByteBuffer[] first() {
    ByteBuffer control = LayoutWriter.allocate(CONTROL_SIZE);
    ByteBuffer in = LayoutWriter.allocate(FIRST_CAPACITY);
    ByteBuffer out = LayoutWriter.allocate(FIRST_CAPACITY);
    control.putLong(OWN_ADDRESS_AT, Memory.addressOf(control));
    control.putLong(IN_ADDRESS_AT, Memory.addressOf(in));
    control.putLong(OUT_ADDRESS_AT, Memory.addressOf(out));
    return new ByteBuffer[] {control, in, out};
  }

  /** A writer of the request, from its start. */
  LayoutWriter request() {
    return new LayoutWriter(in);
  }

  /** A writer of a request of {@code size} bytes, which is not copied while it is written. */
  LayoutWriter request(int size) {
    return new LayoutWriter(size > in.capacity() ? LayoutWriter.allocate(size) : in);
  }

  /** Takes over what {@code writer} wrote, wherever it grew to. */
  void accept(LayoutWriter writer) {
    if (writer.buffer() != in) {
      in = writer.buffer();
      control.putLong(IN_ADDRESS_AT, Memory.addressOf(in));
    }
  }

  /** The address of byte {@code offset} of the request. */
  long in(int offset) {
    return control.getLong(IN_ADDRESS_AT) + offset;
  }

  /** The address of {@code trace}; 0 for none. */
  long trace(TraceContext trace) {
    if (trace == null) {
      return 0;
    }
    control.put(TRACE_AT, trace.bytes());
    return control.getLong(OWN_ADDRESS_AT) + TRACE_AT;
  }

  /** The address of the result. */
  long out() {
    return control.getLong(OUT_ADDRESS_AT);
  }

  /** How many bytes the result may have. */
  long capacity() {
    return out.capacity();
  }

  /** The address of the two numbers that come back. */
  long reply() {
    return control.getLong(OWN_ADDRESS_AT) + SIZE_AT;
  }

  /** After a call: how large the result is, whether it fitted or not. */
  long size() {
    return control.getLong(SIZE_AT);
  }

  /** After a call: the new handle, the number, or the ticket. */
  long number() {
    return control.getLong(NUMBER_AT);
  }

  /** Whether the result of the last call is larger than what there was for it. */
  boolean isTooSmall() {
    return size() > capacity();
  }

  /** Whether a place for a result as large as the last one would be kept after the call. */
  boolean mayGrow() {
    return size() <= KEPT_CAPACITY;
  }

  /** Makes place for a result as large as the last one. What stood there is lost. */
  void grow() {
    out = LayoutWriter.allocate(Math.toIntExact(Math.max(size(), 2 * capacity())));
    control.putLong(OUT_ADDRESS_AT, Memory.addressOf(out));
  }

  /** A copy of the result. */
  byte[] result() {
    byte[] result = new byte[(int) Math.min(size(), capacity())];
    out.get(0, result);
    return result;
  }

  /** Gives the buffers back to the thread, or to the system if they grew too large. */
  @Override
  public void close() {
    if (in.capacity() > KEPT_CAPACITY || out.capacity() > KEPT_CAPACITY) {
      ByteBuffer[] fresh = first();
      System.arraycopy(fresh, 0, home, 0, fresh.length);
      return;
    }
    home[IN] = in;
    home[OUT] = out;
    home[CONTROL] = control;
  }
}
