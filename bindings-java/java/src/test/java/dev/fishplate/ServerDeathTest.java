package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a client sees of a server that dies. */
@ExtendWith(LeavesNothing.class)
@Timeout(60)
class ServerDeathTest {
  private static final Duration WITHIN = Duration.ofSeconds(5);

  private final String ring = TestServer.freshName();

  @TempDir private Path folder;

  @AfterEach
  void clean() throws IOException {
    Files.deleteIfExists(TestServer.fileOf(ring));
  }

  private static SessionOptions options(Duration reconnect) {
    return SessionOptions.builder()
        .deadline(Duration.ofMinutes(1))
        .reconnect(reconnect)
        .windowEvents(4)
        .build();
  }

  /** Sends and receives until the session ends; gives its last word. */
  private static FishplateException lastWord(Session session) {
    return assertThrows(
        FishplateException.class,
        () -> {
          while (true) {
            session.send(SessionContract.large(2000), WITHIN);
            assertTrue(session.receive(WITHIN).isPresent());
          }
        });
  }

  private void killAndMeet(String address, TestServer server) throws Exception {
    try (Session session = Session.connect(address, options(Duration.ofMillis(500)))) {
      session.send(SessionContract.large(2000));
      assertTrue(session.receive(WITHIN).orElseThrow().isDecided());
      server.kill();
      FishplateException end = lastWord(session);
      assertEquals(StatusCode.UNAVAILABLE, end.status(), end::getMessage);
      assertEquals("F0860", end.code());
      assertEquals(Optional.of(StatusCode.UNAVAILABLE), session.report().endedWith());
    }
  }

  @Test
  void a_ring_whose_server_was_killed_ends_its_session() throws Exception {
    try (TestServer server = TestServer.start(folder, TestServer.ring(ring))) {
      killAndMeet("shm://" + ring, server);
    }
  }

  @Test
  void a_connection_whose_server_was_killed_ends_its_session() throws Exception {
    try (TestServer server = TestServer.start(folder, "--grpc", "127.0.0.1:0")) {
      killAndMeet(server.grpc(), server);
    }
  }

  @Test
  void a_server_that_comes_back_without_its_state_ends_the_session_with_data_loss()
      throws Exception {
    List<TestServer> servers =
        new ArrayList<>(List.of(TestServer.start(folder, TestServer.ring(ring))));
    try (Session session = Session.connect("shm://" + ring, options(Duration.ofSeconds(20)))) {
      session.send(SessionContract.large(2000));
      assertTrue(session.receive(WITHIN).orElseThrow().isDecided());
      servers.get(0).kill();
      servers.add(TestServer.start(folder, TestServer.ring(ring)));
      FishplateException end = lastWord(session);
      assertEquals(StatusCode.DATA_LOSS, end.status(), end::getMessage);
      assertEquals("F0856", end.code());
    } finally {
      servers.forEach(TestServer::close);
    }
  }

  @Test
  void a_server_that_is_stopped_says_so_to_its_sessions() throws Exception {
    TestServer server = TestServer.start(folder, TestServer.ring(ring));
    try (Session session = Session.connect("shm://" + ring, options(WITHIN))) {
      session.send(SessionContract.large(2000));
      assertTrue(session.receive(WITHIN).orElseThrow().isDecided());
      server.close();
      FishplateException end = lastWord(session);
      assertEquals(StatusCode.UNAVAILABLE, end.status(), end::getMessage);
      assertEquals(Optional.of(1L), session.report().watermark());
    }
  }
}
