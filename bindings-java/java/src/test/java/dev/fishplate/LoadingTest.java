package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How the native library comes into a process, and how the process ends with it. */
@ExtendWith(LeavesNothing.class)
class LoadingTest {
  private static final Path CLASSES = Path.of("target/classes").toAbsolutePath();
  private static final Path TESTS = Path.of("target/test-classes").toAbsolutePath();

  /** Runs a JVM with {@link Forgetful}; gives its exit code and what it printed. */
  private static String run(List<String> options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", CLASSES + ":" + TESTS, "dev.fishplate.Forgetful"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("XDG_CACHE_HOME");
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the JVM ends");
    return process.exitValue() + " " + printed.strip();
  }

  @Test
  void a_jvm_ends_although_nothing_was_closed() throws Exception {
    assertEquals("0 66", run(List.of("-Xcheck:jni")));
  }

  @Test
  void nothing_is_left_in_the_directory_that_the_library_was_loaded_from(@TempDir Path folder)
      throws Exception {
    assertEquals("0 66", run(List.of("-Djava.io.tmpdir=" + folder)));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void another_place_is_tried_when_the_first_cannot_be_written(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a directory");
    List<String> options =
        List.of("-Djava.io.tmpdir=" + file, "-Duser.home=" + folder.resolve("home"));
    assertEquals("0 66", run(options));
  }

  @Test
  void a_library_that_loads_from_nowhere_says_where_it_was_tried(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a directory");
    String printed = run(List.of("-Djava.io.tmpdir=" + file, "-Duser.home=" + file));
    assertTrue(printed.contains("UnsatisfiedLinkError"), printed);
    assertTrue(printed.contains(NativeLibrary.platform()), printed);
    assertTrue(printed.contains(file.toString()), printed);
    assertTrue(printed.contains("-Dfishplate.library.path"), printed);
  }

  @Test
  void the_library_can_be_named() throws Exception {
    Path library =
        CLASSES.resolve(
            "dev/fishplate/native/" + NativeLibrary.platform() + "/libfishplate_java.so");
    assertEquals("0 66", run(List.of("-Dfishplate.library.path=" + library)));
    String missing = run(List.of("-Dfishplate.library.path=/no/such/library.so"));
    assertTrue(missing.contains("/no/such/library.so"), missing);
  }

  @Test
  void two_class_loaders_have_two_copies_that_count_for_themselves() throws Exception {
    try (RuleSet here = Samples.rules();
        Loaded first = new Loaded();
        Loaded second = new Loaded()) {
      assertNotSame(first.type("RuleSet"), second.type("RuleSet"));
      assertEquals("payments", here.name());
      try (AutoCloseable rules = first.rules();
          AutoCloseable others = second.rules();
          AutoCloseable more = second.rules()) {
        assertEquals(List.of(1L, 2L), List.of(first.live(), second.live()));
        assertEquals(1, LiveObjects.count());
        assertEquals(
            List.of(rules.toString(), rules.toString()),
            Arrays.asList(others.toString(), more.toString()));
      }
      assertEquals(List.of(0L, 0L), List.of(first.live(), second.live()));
    }
  }

  @Test
  void a_class_loader_that_nobody_has_is_collected_with_its_library() throws Exception {
    WeakReference<ClassLoader> loader = useAndForget();
    for (int at = 0; at < 200 && loader.get() != null; at++) {
      System.gc();
      Thread.sleep(20);
    }
    assertNull(loader.get());
  }

  private static WeakReference<ClassLoader> useAndForget() throws Exception {
    try (Loaded loaded = new Loaded()) {
      loaded.rules().close();
      return new WeakReference<>(loaded.loader);
    }
  }

  /** The library in a class loader of its own. */
  private static final class Loaded implements AutoCloseable {
    private final URLClassLoader loader;

    Loaded() throws IOException {
      loader =
          new URLClassLoader(
              new URL[] {CLASSES.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
    }

    Class<?> type(String name) throws ClassNotFoundException {
      return loader.loadClass("dev.fishplate." + name);
    }

    AutoCloseable rules() throws ReflectiveOperationException {
      return (AutoCloseable)
          type("RuleSet")
              .getMethod("fromText", String.class, java.util.Map.class)
              .invoke(null, Samples.RULES, Samples.FILES);
    }

    long live() throws ReflectiveOperationException {
      return (long) type("LiveObjects").getMethod("count").invoke(null);
    }

    @Override
    public void close() throws IOException {
      loader.close();
    }
  }
}
