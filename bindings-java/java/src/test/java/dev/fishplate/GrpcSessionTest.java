package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions over gRPC. */
@ExtendWith(LeavesNothing.class)
class GrpcSessionTest extends SessionContract {
  @TempDir private static Path folder;

  private static TestServer server;

  @BeforeAll
  static void serve() throws IOException {
    server = TestServer.start(folder, "--grpc", "127.0.0.1:0");
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Override
  String address() {
    return server.grpc();
  }

  @Override
  SessionOptions.Builder options() {
    return SessionOptions.builder().deadline(Duration.ofMinutes(1));
  }

  @Test
  void a_session_on_a_network_names_when_it_ends() {
    FishplateException refusal = refusalOf(() -> Session.connect(address()));
    assertEquals(StatusCode.INVALID_ARGUMENT, refusal.status());
    assertEquals("F0854", refusal.code());
    SessionOptions.Builder ages =
        SessionOptions.builder().idleTimeout(Duration.ofSeconds(5)).maxAge(LONG);
    connect(ages).close();
  }

  @Test
  void where_nobody_listens_it_is_unavailable() {
    SessionOptions soon = options().connect(Duration.ofMillis(200)).build();
    FishplateException nobody = refusalOf(() -> Session.connect("grpc://127.0.0.1:1", soon));
    assertEquals(StatusCode.UNAVAILABLE, nobody.status());
    assertEquals("F0860", nobody.code());
    FishplateException wrong = refusalOf(() -> Session.connect("grpc://nowhere", soon));
    assertEquals("F0859", wrong.code());
  }
}
