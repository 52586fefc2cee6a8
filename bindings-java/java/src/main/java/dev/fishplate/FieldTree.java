package dev.fishplate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How an engine's events are written for the border: bytes as they are; of a map the fields that
 * the rule set reads, and of the others nothing. Knows no native code. Immutable.
 */
final class FieldTree {
  /** Deeper than any schema; a map that holds itself ends here instead of in the stack. */
  private static final int MAX_DEPTH = 500;

  /** One field or message that is read. */
  private static final class Node {
    /** Empty: the whole value is read. */
    final Map<String, Node> children = new LinkedHashMap<>();
  }

  private final Node root;
  private final boolean everything;
  private final long messageFields;
  private final int depth;

  private FieldTree(Node root, boolean everything, long messageFields, int depth) {
    this.root = root;
    this.everything = everything;
    this.messageFields = messageFields;
    this.depth = depth;
  }

  /** The tree of the paths that a rule set reads. */
  static FieldTree of(List<List<String>> paths) {
    Node root = new Node();
    for (List<String> path : paths) {
      add(root, path);
    }
    return new FieldTree(root, false, 0, 0);
  }

  private static void add(Node root, List<String> path) {
    Node node = root;
    for (String name : path) {
      Node child = node.children.get(name);
      if (child != null && child.children.isEmpty()) {
        return; // A shorter path reads all of it already.
      }
      if (child == null) {
        child = new Node();
        node.children.put(name, child);
      }
      node = child;
    }
    node.children.clear();
  }

  /** The same for an engine with these options. A strict one looks at every name. */
  FieldTree within(EngineOptions options) {
    long levels = 2 * inForce(options.limits(), "message_depth") + 2;
    return new FieldTree(
        root,
        options.strict(),
        inForce(options.limits(), "message_fields"),
        (int) Math.min(levels, MAX_DEPTH));
  }

  private static long inForce(Limits limits, String name) {
    return limits.get(name) != 0 ? limits.get(name) : Defaults.BY_NAME.get(name);
  }

  /** The core's defaults, asked for once. */
  private static final class Defaults {
    static final Map<String, Long> BY_NAME = new LinkedHashMap<>();

    static {
      Calls.limits().forEach(row -> BY_NAME.put(row.name(), row.byDefault()));
    }
  }

  /** Writes {@code event} in the form that it has. */
  void write(Event event, LayoutWriter out) {
    if (event.format() != Event.Format.FIELDS) {
      out.raw(event.bytes());
      return;
    }
    int place = out.gap();
    out.fill(place, writeMessage(event.fields(), root, out, depth, false));
  }

  /**
   * Writes the entries of a message; gives their number. A message with more fields than the limit
   * is written by its names alone, so that the core sees their number and refuses it.
   *
   * @param nested keys have tags: the message stands as a map in another one
   */
  private int writeMessage(
      Map<?, ?> message, Node node, LayoutWriter out, int levels, boolean nested) {
    boolean tooMany = message.size() > messageFields;
    int count = 0;
    if (everything || tooMany) {
      for (Map.Entry<?, ?> field : message.entrySet()) {
        writeName(String.valueOf(field.getKey()), out, nested);
        out.value(tooMany ? null : field.getValue(), levels);
        count++;
      }
      return count;
    }
    for (Map.Entry<String, Node> wanted : node.children.entrySet()) {
      Object value = message.get(wanted.getKey());
      if (value != null) {
        writeName(wanted.getKey(), out, nested);
        writeField(value, wanted.getValue(), out, levels - 1);
        count++;
      }
    }
    return count;
  }

  private static void writeName(String name, LayoutWriter out, boolean nested) {
    if (nested) {
      out.u8(Tag.STRING);
    }
    out.text(name);
  }

  private void writeField(Object value, Node node, LayoutWriter out, int levels) {
    if (node.children.isEmpty() || levels <= 0 || !(value instanceof Map<?, ?> message)) {
      out.value(value, levels);
      return;
    }
    out.u8(Tag.MAP);
    int place = out.gap();
    out.fill(place, writeMessage(message, node, out, levels, true));
  }
}
