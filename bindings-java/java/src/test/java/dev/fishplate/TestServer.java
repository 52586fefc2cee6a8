package dev.fishplate;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of the payments rules in a process of its own: {@code fishplate serve}. */
final class TestServer implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Process process;
  private final List<String> printed = new ArrayList<>();

  private TestServer(Process process) throws IOException {
    this.process = process;
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    String line;
    while ((line = lines.readLine()) != null && !line.equals("ready")) {
      printed.add(line);
    }
    if (line == null) {
      throw new IOException("the server ended before it was ready; it printed " + printed);
    }
  }

  /** A name that no other ring of this machine has. */
  static String freshName() {
    return "java-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  }

  /** The options of a ring called {@code name} that takes little memory. */
  static String[] ring(String name) {
    return new String[] {"--ring", name, "--ring-lane-bytes", "1048576"};
  }

  /** The file of the ring called {@code name}; one whose server was killed leaves it behind. */
  static Path fileOf(String name) {
    return Path.of("/dev/shm/fishplate-" + name);
  }

  /** Writes the rules into {@code folder} and serves them; what it logs stands in a file there. */
  static TestServer start(Path folder, String... options) throws IOException {
    Path rules = Files.writeString(folder.resolve("payments.yaml"), Samples.RULES);
    Files.writeString(folder.resolve("payment.proto"), Samples.SCHEMA);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("fishplate.program")).toAbsolutePath().toString());
    command.addAll(List.of("serve", "--rules", rules.toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    return new TestServer(builder.start());
  }

  /** {@code grpc://127.0.0.1:PORT}, where it listens. */
  String grpc() {
    return printed.stream()
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .filter(address -> address.startsWith("grpc://"))
        .findFirst()
        .orElseThrow();
  }

  /** Ends it as the kernel ends a process: it can say nothing more. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the server did not end");
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
