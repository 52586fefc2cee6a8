package dev.fishplate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How an engine's events are written for the border: bytes as they are; of a map the values that
 * the rule set reads, and of the others no more than that they are there. Knows no native code.
 * Immutable.
 */
final class FieldTree {
  /** Below what the border allows (64); deeper messages are beyond every schema. */
  private static final int MAX_LEVELS = 60;

  /** One field or message that is read. */
  private static final class Node {
    final Map<String, Node> children = new HashMap<>();

    /** A path ends here: the value itself is read. */
    boolean whole;
  }

  private final Node root;
  private final boolean strict;

  private FieldTree(Node root, boolean strict) {
    this.root = root;
    this.strict = strict;
  }

  /** Every value, for whom it may concern: who decides is elsewhere, and so is its rule set. */
  static FieldTree whole() {
    return new FieldTree(new Node(), true);
  }

  /** The tree of the paths that a rule set reads. */
  static FieldTree of(List<List<String>> paths) {
    Node root = new Node();
    for (List<String> path : paths) {
      Node node = root;
      for (String name : path) {
        node = node.children.computeIfAbsent(name, fresh -> new Node());
      }
      node.whole = true;
    }
    return new FieldTree(root, false);
  }

  /** The same for an engine that is strict or not. A strict one looks at every name. */
  FieldTree within(EngineOptions options) {
    return new FieldTree(root, options.strict());
  }

  /** Writes {@code event} in the form that it has: what it brings, then itself. */
  void write(Event event, LayoutWriter out) {
    if (event.featuresOrNull() != null) {
      writeFeatures(event.featuresOrNull(), out);
    }
    if (event.format() != Event.Format.FIELDS) {
      out.raw(event.bytes());
      return;
    }
    int place = out.gap();
    int count = 0;
    for (Map.Entry<String, ?> field : event.fields().entrySet()) {
      out.text(field.getKey());
      writeField(field.getValue(), root.children.get(field.getKey()), root, out, MAX_LEVELS);
      count++;
    }
    out.fill(place, count);
  }

  /** Features are scalars, and every one is looked at: a list or map is refused by its kind. */
  private static void writeFeatures(Map<String, ?> features, LayoutWriter out) {
    int size = out.gap();
    int place = out.gap();
    int count = 0;
    for (Map.Entry<String, ?> feature : features.entrySet()) {
      out.text(feature.getKey());
      out.value(feature.getValue(), 0);
      count++;
    }
    out.fill(place, count);
    out.fill(size, out.size() - place);
  }

  /**
   * Writes the value of a field of {@code parent}.
   *
   * @param node the field in the tree; null if no rule reads it
   */
  private void writeField(Object value, Node node, Node parent, LayoutWriter out, int left) {
    if (strict) {
      out.value(value, left);
    } else if (node != null && !node.children.isEmpty() && value instanceof Map<?, ?> message) {
      writeMessage(message, node, out, left);
    } else if (node != null || parent.whole) {
      // A list that is read may hold messages, and they others.
      out.value(value, left);
    } else {
      // The core asks of the fields that nobody reads only how many there are, and whether two
      // members of one `oneof` are set.
      out.value(value == null ? null : Boolean.TRUE, 0);
    }
  }

  private void writeMessage(Map<?, ?> message, Node node, LayoutWriter out, int left) {
    out.u8(Tag.MAP);
    int place = out.gap();
    int count = 0;
    for (Map.Entry<?, ?> field : message.entrySet()) {
      Node child = field.getKey() instanceof String name ? node.children.get(name) : null;
      out.value(field.getKey(), 0);
      writeField(field.getValue(), left > 0 ? child : null, node, out, left - 1);
      count++;
    }
    out.fill(place, count);
  }
}
