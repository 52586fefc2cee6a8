package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions at the end of a JVM, and of a class loader. */
@ExtendWith(LeavesNothing.class)
class SessionLoadingTest {
  private static final String CLASSES = Path.of("target/classes").toAbsolutePath().toString();
  private static final String TESTS = Path.of("target/test-classes").toAbsolutePath().toString();
  private static final String RING = TestServer.freshName();

  @TempDir private static Path folder;

  private static TestServer server;

  @BeforeAll
  static void serve() throws IOException {
    server =
        TestServer.start(
            folder, "--ring", RING, "--ring-lane-bytes", "65536", "--grpc", "127.0.0.1:0");
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private static List<String> addresses() {
    return List.of("inproc:payments", "shm://" + RING, server.grpc());
  }

  /** Runs a JVM; gives its exit code and what it printed. */
  private static String run(String program, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xcheck:jni", "-cp", CLASSES + ":" + TESTS, program));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the JVM ends");
    return process.exitValue() + " " + printed.strip();
  }

  @Test
  void a_jvm_ends_although_sessions_are_open_and_waited_for() throws Exception {
    List<String> arguments = new ArrayList<>(List.of("return"));
    arguments.addAll(addresses());
    assertEquals("0 open 6", run("dev.fishplate.LeftOpen", arguments));
    arguments.set(0, "exit");
    assertEquals("7 open 6", run("dev.fishplate.LeftOpen", arguments));
  }

  @Test
  void two_class_loaders_have_sessions_of_their_own() throws Exception {
    try (URLClassLoader first = LoaderAfterLoader.loader(CLASSES, TESTS);
        URLClassLoader second = LoaderAfterLoader.loader(CLASSES, TESTS)) {
      Function<String, String> here = LoaderAfterLoader.isolated(first);
      Function<String, String> there = LoaderAfterLoader.isolated(second);
      for (String address : addresses()) {
        assertEquals("66 1", here.apply(address));
        assertEquals("66 1", there.apply(address));
      }
      ((AutoCloseable) here).close();
      ((AutoCloseable) there).close();
    }
  }

  @Test
  void a_class_loader_whose_sessions_are_closed_is_collected() throws Exception {
    List<String> arguments = new ArrayList<>(List.of(CLASSES, TESTS));
    arguments.addAll(addresses());
    assertEquals(
        "0 66 1\ncollected\n66 1\ncollected\n66 1\ncollected",
        run("dev.fishplate.LoaderAfterLoader", arguments));
  }
}
