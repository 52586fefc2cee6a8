package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Where sessions are tested, and how refusals are looked at. Asserts nothing by itself. */
abstract class SessionSuite {
  static final Duration LONG = Duration.ofSeconds(30);

  static final byte[] ID = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");

  /** Where the payments rules are decided. */
  abstract String address();

  /** Options that are enough there. */
  SessionOptions.Builder options() {
    return SessionOptions.builder();
  }

  Session connect(SessionOptions.Builder options) {
    return Session.connect(address(), options.build());
  }

  final Session connect() {
    return connect(options());
  }

  static Event large(int amount) {
    return Event.of(Map.of("amount", amount, "divisor", 100));
  }

  static FishplateException refusalOf(Supplier<?> call) {
    return assertThrows(FishplateException.class, call::get);
  }

  static void assertRefused(StatusCode status, String code, Supplier<?> call) {
    FishplateException refusal = refusalOf(call);
    assertEquals(status, refusal.status(), refusal::getMessage);
    assertEquals(code, refusal.code(), refusal::getMessage);
  }

  static Supplier<Object> call(Runnable call) {
    return () -> {
      call.run();
      return null;
    };
  }

  static Outcome next(Session session) {
    return session.receive(LONG).orElseThrow();
  }

  static FishplateException causeOf(CompletableFuture<?> future) throws Exception {
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
    return (FishplateException) failed.getCause();
  }
}
