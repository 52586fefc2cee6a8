package dev.fishplate;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A program that uses sessions in one class loader after another, each of which is collected. */
final class LoaderAfterLoader {
  private LoaderAfterLoader() {}

  /** A loader of the classes that lie in {@code folders}. */
  static URLClassLoader loader(String... folders) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String folder : folders) {
      urls.add(Path.of(folder).toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  /** An {@link Isolated} of {@code loader}. */
  @SuppressWarnings("unchecked")
  static Function<String, String> isolated(ClassLoader loader) throws Exception {
    return (Function<String, String>)
        loader.loadClass("dev.fishplate.Isolated").getConstructor().newInstance();
  }

  /** The arguments: two folders of classes, and the addresses. */
  public static void main(String[] args) throws Exception {
    for (int at = 2; at < args.length; at++) {
      WeakReference<ClassLoader> loader = use(args[0], args[1], args[at]);
      for (int tries = 0; tries < 500 && loader.get() != null; tries++) {
        System.gc();
        Thread.sleep(10);
      }
      // Whatever thread it left behind has time to run here.
      Thread.sleep(300);
      System.out.println(loader.get() == null ? "collected" : "kept");
    }
  }

  private static WeakReference<ClassLoader> use(String classes, String tests, String address)
      throws Exception {
    try (URLClassLoader loader = loader(classes, tests)) {
      Function<String, String> isolated = isolated(loader);
      System.out.println(isolated.apply(address));
      ((AutoCloseable) isolated).close();
      return new WeakReference<>(loader);
    }
  }
}
