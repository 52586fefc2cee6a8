package dev.fishplate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds and loads the native library that the JAR carries. Knows nothing of what it does.
 *
 * <p>A library can only be loaded from a file, and two class loaders cannot load one file: so each
 * copy of this class extracts one of its own into a fresh directory that only its user may enter,
 * loads it, and deletes it (a loaded library needs no name).
 */
final class NativeLibrary {
  /** Names a library to load instead of the one in the JAR. */
  static final String PATH_PROPERTY = "fishplate.library.path";

  private static final String FILE = "libfishplate_java.so";

  static {
    loadOnce();
  }

  private NativeLibrary() {}

  /**
   * Loads the library, the first time. Any thread.
   *
   * @throws UnsatisfiedLinkError if there is none for this platform, or no place to load it from
   */
  static void load() {
    // The class initialiser has done it.
  }

  /**
   * Keeps the library loaded even when this class loader is collected, because something of it runs
   * on: whether it is kept. Any thread, any number of times.
   */
  static native boolean pin();

  /** {@code linux-x86_64}: how the JAR names what it carries. */
  static String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    boolean isX86 = machine.equals("amd64") || machine.equals("x86-64") || machine.equals("x64");
    return system.replace(' ', '_') + "-" + (isX86 ? "x86_64" : machine);
  }

  private static void loadOnce() {
    String chosen = System.getProperty(PATH_PROPERTY);
    if (chosen != null) {
      System.load(Path.of(chosen).toAbsolutePath().toString());
      return;
    }
    String resource = "native/" + platform() + "/" + FILE;
    List<String> tried = new ArrayList<>();
    for (Path place : places()) {
      String failure = loadFrom(place, resource);
      if (failure == null) {
        return;
      }
      tried.add(place + ": " + failure);
    }
    throw new UnsatisfiedLinkError(
        "the native library of Fishplate for "
            + platform()
            + " could be loaded from nowhere; tried "
            + String.join("; ", tried)
            + ". Set -D"
            + PATH_PROPERTY
            + "=FILE to a library, or -Djava.io.tmpdir=DIR to a directory that allows executing");
  }

  /** Where to extract, in order; a file system may forbid executing (noexec). */
  static List<Path> places() {
    List<Path> places = new ArrayList<>();
    places.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    String home = System.getProperty("user.home", "");
    String cache = System.getenv("XDG_CACHE_HOME");
    if (cache != null && !cache.isEmpty()) {
      places.add(Path.of(cache));
    } else if (!home.isEmpty()) {
      places.add(Path.of(home, ".cache"));
    }
    if (!home.isEmpty()) {
      places.add(Path.of(home));
    }
    return places;
  }

  /** Loads a fresh copy under {@code place}; gives what went wrong, or null. */
  private static String loadFrom(Path place, String resource) {
    try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
      if (library == null) {
        throw new UnsatisfiedLinkError(
            "this JAR carries no native library of Fishplate for "
                + platform()
                + " (dev/fishplate/"
                + resource
                + "); set -D"
                + PATH_PROPERTY
                + "=FILE to one");
      }
      return loadCopy(place, library);
    } catch (IOException failure) {
      return failure.toString();
    }
  }

  private static String loadCopy(Path place, InputStream library) throws IOException {
    Files.createDirectories(place);
    Path directory =
        Files.createTempDirectory(
            place,
            "fishplate-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path copy = directory.resolve(FILE);
    try {
      Files.copy(library, copy);
      System.load(copy.toAbsolutePath().toString());
      return null;
    } catch (UnsatisfiedLinkError failure) {
      return failure.getMessage();
    } finally {
      Files.deleteIfExists(copy);
      Files.deleteIfExists(directory);
    }
  }
}
