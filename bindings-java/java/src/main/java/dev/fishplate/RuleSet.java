package dev.fishplate;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A compiled rule document. Immutable; any thread may use it.
 *
 * <p>Close it when no more engines are to be opened on it; engines that are open keep what they
 * need. What it says of itself (name, rules, ...) can be read after closing as well.
 */
public final class RuleSet implements AutoCloseable {
  /** The name that errors show for a document that was given as text without one. */
  public static final String TEXT_NAME = "<text>";

  private final Handle handle;
  private final String name;
  private final byte[] version;
  private final List<String> outputs;
  private final List<String> rules;
  private final List<String> features;
  private final List<List<String>> fields;
  private final FieldTree fieldTree;

  private RuleSet(long value) {
    this.handle = new Handle(this, value);
    LayoutReader record = Calls.describe(value);
    this.version = record.raw(32);
    this.name = record.text();
    this.outputs = record.texts();
    this.rules = record.texts();
    this.features = record.texts();
    this.fields = paths(record);
    this.fieldTree = FieldTree.of(fields);
  }

  private static List<List<String>> paths(LayoutReader record) {
    int count = record.i32();
    List<List<String>> paths = new ArrayList<>(count);
    for (int at = 0; at < count; at++) {
      paths.add(record.texts());
    }
    return List.copyOf(paths);
  }

  /**
   * Compiles a document that names no schema file.
   *
   * @throws InvalidArgumentException with every mistake in the document at once
   */
  public static RuleSet fromText(String text) {
    return fromText(text, Map.of());
  }

  /**
   * Compiles a document. Nothing is opened: the schema files that it names are given here.
   *
   * @param files schema files by the names that the document (or another schema file) gives them
   * @throws InvalidArgumentException with every mistake in the document at once
   */
  public static RuleSet fromText(String text, Map<String, byte[]> files) {
    return fromText(TEXT_NAME, text, files, Limits.defaults());
  }

  /**
   * Compiles a document within limits.
   *
   * @param fileName the document's name, which errors show
   * @param files schema files by the names that the document (or another schema file) gives them
   * @throws InvalidArgumentException with every mistake in the document at once
   */
  public static RuleSet fromText(
      String fileName, String text, Map<String, byte[]> files, Limits limits) {
    Objects.requireNonNull(fileName, "fileName");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(files, "files");
    return new RuleSet(Calls.ruleSetFromText(fileName, text, files, limits));
  }

  /**
   * Compiles the document in a file; schema files are looked up beside it.
   *
   * @throws NotFoundException if there is no such file
   * @throws InvalidArgumentException with every mistake in the document at once
   */
  public static RuleSet load(Path path) {
    return load(path, Limits.defaults());
  }

  /** As {@link #load(Path)}, within limits. */
  public static RuleSet load(Path path, Limits limits) {
    return new RuleSet(Calls.ruleSetLoad(path.toString(), limits));
  }

  /** The document's {@code name}. */
  public String name() {
    return name;
  }

  /** SHA-256 over the document and its schema files: 32 bytes. */
  public byte[] version() {
    return version.clone();
  }

  /** The version in lower-case hexadecimal. */
  public String versionHex() {
    return HexFormat.of().formatHex(version);
  }

  /** Names of the outputs, in document order. */
  public List<String> outputs() {
    return outputs;
  }

  /** Ids of the rules, in document order. */
  public List<String> rules() {
    return rules;
  }

  /** Names of the features, in document order. */
  public List<String> features() {
    return features;
  }

  /** Paths of the event's fields that the document reads, from the event downwards. */
  public List<List<String>> fields() {
    return fields;
  }

  FieldTree fieldTree() {
    return fieldTree;
  }

  /** Opens an engine; gives its handle. */
  long openEngine(EngineOptions options) {
    try {
      return Calls.engineOpen(handle.value(), options);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Opens an engine with the state of snapshots; gives its handle. */
  long restoreEngine(EngineOptions options, List<byte[]> snapshots) {
    try {
      return StateCalls.restore(handle.value(), options, snapshots);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Makes an engine decide by this rule set; {@code done} runs as soon as it does. */
  Swapped swapInto(long engine, Runnable done) {
    try {
      return StateCalls.swap(engine, handle.value(), done);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Ends the rule set: no engine can be opened on it any more. Idempotent; any thread, at any time.
   */
  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return "RuleSet[" + name + ", " + versionHex() + "]";
  }
}
