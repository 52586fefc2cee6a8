package dev.fishplate;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations on what an engine remembers, as Java calls them. Knows how their arguments and
 * results lie in memory, and nothing of what they mean. Any thread.
 */
final class StateCalls {
  private static final int SIZE_OF_COUNT = Integer.BYTES;

  /** How the border is asked for every key group. */
  private static final int[] ALL_GROUPS = {};

  /** How it is asked for none: by one that no engine has. */
  private static final int[] NO_GROUP = {0xffff};

  private StateCalls() {}

  /** Opens an engine with the state of snapshots; gives its handle. Each is copied once. */
  static long restore(long ruleSet, EngineOptions options, List<byte[]> snapshots) {
    long size = Calls.LIMITS_SIZE + SIZE_OF_COUNT;
    for (byte[] snapshot : snapshots) {
      size += SIZE_OF_COUNT + (long) snapshot.length;
    }
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "snapshots of together " + size + " bytes; at most " + Integer.MAX_VALUE + " at once");
    }
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request((int) size);
      int limitsSize = Calls.writeLimits(options.limits(), request);
      request.i32(snapshots.size());
      snapshots.forEach(request::bytes);
      int end = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.engineRestore(
                  ruleSet,
                  storage.in(0),
                  Limits.NAMES.size(),
                  options.strict(),
                  options.memory(),
                  options.atBudget().ordinal(),
                  storage.in(limitsSize),
                  end - limitsSize,
                  out,
                  capacity,
                  reply));
      return storage.number();
    }
  }

  /** The decisions of the rules whose time has come. */
  static List<Decision> advanceTo(long engine, Instant now) {
    try (Storage storage = Storage.borrow()) {
      int status =
          Native.advanceTo(
              engine,
              now.getEpochSecond(),
              now.getNano(),
              storage.out(),
              storage.capacity(),
              storage.reply());
      List<Outcome> outcomes = new ArrayList<>();
      BatchCalls.read(Calls.take(engine, storage, status), outcomes);
      return outcomes.stream().map(Outcome::decision).toList();
    }
  }

  /** The whole state. */
  static byte[] snapshot(long engine) {
    return snapshotAsked(engine, ALL_GROUPS);
  }

  /** The state of some key groups, which are numbers of 16 bits. */
  static byte[] snapshot(long engine, int[] groups) {
    return snapshotAsked(engine, groups.length == 0 ? NO_GROUP : groups);
  }

  private static byte[] snapshotAsked(long engine, int[] groups) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      for (int group : groups) {
        request.u8(group);
        request.u8(group >> 8);
      }
      storage.accept(request);
      int status =
          Native.engineSnapshot(
              engine,
              storage.in(0),
              groups.length,
              storage.out(),
              storage.capacity(),
              storage.reply());
      return Calls.take(engine, storage, status);
    }
  }

  /**
   * Swaps the rule set.
   *
   * @param done runs as soon as it is swapped, whatever becomes of the call after it
   */
  static Swapped swap(long engine, long ruleSet, Runnable done) {
    try (Storage storage = Storage.borrow()) {
      int status =
          Native.engineSwap(engine, ruleSet, storage.out(), storage.capacity(), storage.reply());
      if (Calls.isDone(storage, status)) {
        done.run();
      }
      LayoutReader reader =
          new LayoutReader(Calls.take(engine, storage, status), Calls.RECORD_HEAD);
      return new Swapped(reader.texts(), reader.texts(), reader.texts());
    }
  }

  /** Switches a rule; a null mode: as the document says. */
  static void setMode(long engine, String rule, Mode mode) {
    try (Storage storage = Storage.borrow()) {
      LayoutWriter request = storage.request();
      request.chars(rule);
      int size = request.size();
      storage.accept(request);
      Calls.run(
          storage,
          (out, capacity, reply) ->
              Native.engineSetMode(
                  engine, storage.in(0), size, Mode.number(mode), out, capacity, reply));
    }
  }

  /** The record {@code state}. */
  static State state(long engine) {
    try (Storage storage = Storage.borrow()) {
      Calls.run(
          storage, (out, capacity, reply) -> Native.engineState(engine, out, capacity, reply));
      LayoutReader reader = new LayoutReader(storage.result(), Calls.RECORD_HEAD);
      return new State(
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.i64(),
          reader.texts(),
          modes(reader));
    }
  }

  private static Map<String, Mode> modes(LayoutReader reader) {
    int count = reader.i32();
    Map<String, Mode> modes = new LinkedHashMap<>();
    for (int at = 0; at < count; at++) {
      String rule = reader.text();
      modes.put(rule, Mode.of(reader.i32()));
    }
    return modes;
  }
}
