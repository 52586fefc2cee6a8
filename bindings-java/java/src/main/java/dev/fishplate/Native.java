// Generated from boundary/src/table.rs by `cargo run -p fishplate-boundary --features generate --bin fishplate-generate`; do not edit.
package dev.fishplate;

/**
 * The operations of the boundary as raw native methods: numbers and addresses, no objects.
 *
 * <p>Every block of memory is given as the address and the size of a direct buffer that the caller owns and keeps
 * reachable until the method returns; address 0 with size 0 is none. Layouts: docs/layout.md.
 *
 * <p>Every method returns a status by number ({@link StatusCode}); none throws. {@code storage} receives the result if
 * the status is 0, and else an error record, cut to what fits. {@code reply} is the address of 16 bytes that receive
 * two numbers of 64 bits in the machine's order: the size of what stands in the storage (or, if it is more than its
 * capacity, the size of the whole), and the new handle, the number, or the ticket. A storage that is too small for a
 * result gives OUT_OF_RANGE and the size needed; of {@code decide}, {@code preview}, {@code decideAll} and
 * {@code fetch} the result then waits under the ticket, and {@code fetch} gives it; of the others, call again.
 *
 * <p>Handles are checked: one that is closed, of another kind, of another copy of the library, or from before a fork
 * is refused with FAILED_PRECONDITION. A handle is never 0.
 */
final class Native {
  static {
    NativeLibrary.load();
  }

  private Native() {}

  /**
   * Gives the version of the library: `0.1.0`.
   *
   * <p>Gives UTF-8 text in {@code storage}. Any thread may call it at any time.
   *
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int version(long storage, long capacity, long reply);

  /**
   * Gives the name, the default and the meaning of every limit, in the order in which limits are passed.
   *
   * <p>Gives the record {@code limits}. Any thread may call it at any time.
   *
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int limits(long storage, long capacity, long reply);

  /**
   * Compiles a rule document given as text. Nothing is opened: the schema files that it names are given with
   * it. Every mistake in the document is told at once.
   *
   * <p>Gives the handle of the new rule set in {@code reply}. Any thread may call it at any time.
   *
   * @param file address of the document's name, which errors show
   * @param fileSize bytes there
   * @param text address of the document
   * @param textSize bytes there
   * @param files address of the schema files, by the names that the document gives them, in the layout {@code
   * named}
   * @param filesSize bytes there
   * @param limits address of numbers of 64 bits: the bounds on what comes in; none, or a value of 0, means
   * the defaults
   * @param limitsCount how many numbers
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int ruleSetFromText(
      long file,
      long fileSize,
      long text,
      long textSize,
      long files,
      long filesSize,
      long limits,
      long limitsCount,
      long storage,
      long capacity,
      long reply);

  /**
   * Compiles the rule document in a file; schema files are looked up beside it. Every mistake in the document
   * is told at once.
   *
   * <p>Gives the handle of the new rule set in {@code reply}. It may wait for the system. Any thread may call it at any time.
   *
   * @param path address of the path of the document
   * @param pathSize bytes there
   * @param limits address of numbers of 64 bits: the bounds on what comes in; none, or a value of 0, means
   * the defaults
   * @param limitsCount how many numbers
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int ruleSetLoad(
      long path,
      long pathSize,
      long limits,
      long limitsCount,
      long storage,
      long capacity,
      long reply);

  /**
   * Gives the name and the version of a rule set, its outputs, rules and features, and the fields that it
   * reads.
   *
   * <p>Gives the record {@code rule_set}. Any thread may call it at any time.
   *
   * @param ruleSet the rule set
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int ruleSetDescribe(long ruleSet, long storage, long capacity, long reply);

  /**
   * Opens an engine with empty windows. It keeps the rule set alive, whichever is closed first.
   *
   * <p>Gives the handle of the new engine in {@code reply}. Any thread may call it at any time.
   *
   * @param ruleSet the rule set
   * @param limits address of numbers of 64 bits: the bounds on what comes in; none, or a value of 0, means
   * the defaults
   * @param limitsCount how many numbers
   * @param strict whether fields that the schema does not have are refused, in JSON and in maps
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int engineOpen(
      long ruleSet,
      long limits,
      long limitsCount,
      boolean strict,
      long storage,
      long capacity,
      long reply);

  /**
   * Decides one event and updates the windows. A decision that does not fit the storage waits to be fetched;
   * the event must not be decided again.
   *
   * <p>Gives the record {@code decision}. Any thread may call it at any time; calls on one engine take turns.
   *
   * @param engine the engine
   * @param format the form of the event: 1 protobuf, 2 JSON, 3 fields
   * @param event address of the event
   * @param eventSize bytes there
   * @param trace address of the event's trace context, 25 bytes, or none: 0
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int decide(
      long engine,
      int format,
      long event,
      long eventSize,
      long trace,
      long storage,
      long capacity,
      long reply);

  /**
   * Gives what `decide` would give now, and changes nothing.
   *
   * <p>Gives the record {@code decision}. Any thread may call it at any time; calls on one engine take turns.
   *
   * @param engine the engine
   * @param format the form of the event: 1 protobuf, 2 JSON, 3 fields
   * @param event address of the event
   * @param eventSize bytes there
   * @param trace address of the event's trace context, 25 bytes, or none: 0
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int preview(
      long engine,
      int format,
      long event,
      long eventSize,
      long trace,
      long storage,
      long capacity,
      long reply);

  /**
   * Decides many events in order. A refused event is an error in its own place.
   *
   * <p>Gives the record {@code batch}. Any thread may call it at any time; calls on one engine take turns.
   *
   * @param engine the engine
   * @param format the form of the event: 1 protobuf, 2 JSON, 3 fields
   * @param batch address of the events, in the layout `batch in`
   * @param batchSize bytes there
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int decideAll(
      long engine,
      int format,
      long batch,
      long batchSize,
      long storage,
      long capacity,
      long reply);

  /**
   * Takes a result that waits because it did not fit its caller's storage.
   *
   * <p>Gives the record {@code decision}. Any thread may call it at any time.
   *
   * @param engine the engine
   * @param ticket the ticket that came with OUT_OF_RANGE
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int fetch(long engine, long ticket, long storage, long capacity, long reply);

  /**
   * Gives what an engine has done so far: events accepted, refused, late, repeated, matched.
   *
   * <p>Gives the record {@code counters}. Any thread may call it at any time; calls on one engine take turns.
   *
   * @param engine the engine
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int counters(long engine, long storage, long capacity, long reply);

  /**
   * Reads a trace context from headers: `traceparent`, `grpc-trace-bin`, `uber-trace-id`, `b3`, `x-b3-*`,
   * `x-trace-id`; the first found in this order wins, malformed ones are ignored and counted.
   *
   * <p>Gives the record {@code trace}. Any thread may call it at any time.
   *
   * @param headers address of the headers, names in any case, in the layout {@code named}
   * @param headersSize bytes there
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int traceFromHeaders(
      long headers,
      long headersSize,
      long storage,
      long capacity,
      long reply);

  /**
   * Counts the objects of one kind that are not freed yet, in this copy of the library.
   *
   * <p>Gives the number in {@code reply}. Any thread may call it at any time.
   *
   * @param kind the kind of object: 1 rule sets, 2 engines
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int liveObjects(int kind, long storage, long capacity, long reply);

  /**
   * Closes an object: from now on it is refused everywhere. Calls that use it at this moment end normally,
   * and the last of them frees it. Closing again changes nothing and succeeds.
   *
   * <p>Gives nothing. Any thread may call it, any number of times, also while other calls use the object.
   *
   * @param handle the object
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int close(long handle, long storage, long capacity, long reply);

  /**
   * Gives what an error code means, with an example of the mistake and the way out.
   *
   * <p>Gives UTF-8 text in {@code storage}. Any thread may call it at any time.
   *
   * @param code the code's number: 203 for F0203
   * @param storage address of the storage
   * @param capacity its size in bytes
   * @param reply address of 16 bytes
   * @return the status's number
   */
  static native int explainError(int code, long storage, long capacity, long reply);
}
