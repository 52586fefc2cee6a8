//! `Native.java`, the native methods, and `StatusCode.java`, the status table, for the Java binding.
//! Knows Java's spelling; what a method does is written in [`super::jni`].

use fishplate::status::{Effect, TABLE};

use super::words::{camel, wrapped};
use super::{Generated, HEAD};
use crate::table::{Gives, Kind, OPERATIONS, Operation};

const FOLDER: &str = "bindings-java/java/src/main/java/dev/fishplate/";

/// The class of native methods.
pub(super) fn native() -> Generated {
    let mut text = format!("// {HEAD}\npackage dev.fishplate;\n\n{NATIVE_DOC}final class Native {{\n");
    text += "  static {\n    NativeLibrary.load();\n  }\n\n  private Native() {}\n";
    for row in OPERATIONS {
        text += &method(row);
    }
    text += "}\n";
    Generated { path: format!("{FOLDER}Native.java"), text }
}

const NATIVE_DOC: &str = "\
/**
 * The operations of the boundary as raw native methods: numbers and addresses, no objects.
 *
 * <p>Every block of memory is given as the address and the size of a direct buffer that the caller owns and keeps
 * reachable until the method returns; address 0 with size 0 is none. Layouts: docs/layout.md.
 *
 * <p>Every method returns a status by number ({@link StatusCode}); none throws. {@code storage} receives the result if
 * the status is 0, and else an error record, cut to what fits. {@code reply} is the address of 16 bytes that receive
 * two numbers of 64 bits in the machine's order: the size of what stands in the storage (or, if it is more than its
 * capacity, the size of the whole), and the new handle, the number, or the ticket. A storage that is too small for a
 * result gives OUT_OF_RANGE and the size needed; of {@code decide}, {@code preview}, {@code decideAll},
 * {@code advanceTo}, {@code engineSnapshot}, {@code engineSwap} and {@code fetch} the result then waits under the
 * ticket, and {@code fetch} gives it; of the others, call again.
 *
 * <p>Handles are checked: one that is closed, of another kind, of another copy of the library, or from before a fork
 * is refused with FAILED_PRECONDITION. A handle is never 0.
 */
";

fn method(row: &Operation) -> String {
    let mut text = String::from("\n  /**\n");
    text += &wrapped(row.doc, "   * ", 110);
    let gives = match row.gives {
        Gives::Nothing => "Gives nothing.".to_owned(),
        Gives::Handle(kind) => format!("Gives the handle of the new {} in {{@code reply}}.", kind.name()),
        Gives::Number => "Gives the number in {@code reply}.".to_owned(),
        Gives::Text => "Gives UTF-8 text in {@code storage}.".to_owned(),
        Gives::Record(layout) | Gives::Waiting(layout) => format!("Gives the record {{@code {layout}}}."),
    };
    let blocks = if row.blocks { "It may block. " } else { "" };
    text += &format!("   *\n   * <p>{gives} {blocks}{}\n   *\n", row.threads.doc());
    for param in row.takes {
        let name = camel(param.name);
        match param.kind {
            Kind::Text | Kind::Bytes => {
                text += &wrapped(&format!("@param {name} address of {}", param.doc), "   * ", 110);
                text += &format!("   * @param {name}Size bytes there\n");
            }
            Kind::Named | Kind::Pieces => {
                let layout = if param.kind == Kind::Named { "named" } else { "pieces" };
                text += &wrapped(
                    &format!("@param {name} address of {}, in the layout {{@code {layout}}}", param.doc),
                    "   * ",
                    110,
                );
                text += &format!("   * @param {name}Size bytes there\n");
            }
            Kind::Limits | Kind::SessionOptions => {
                text += &wrapped(&format!("@param {name} address of numbers of 64 bits: {}", param.doc), "   * ", 110);
                text += &format!("   * @param {name}Count how many numbers\n");
            }
            Kind::Groups => {
                text += &wrapped(&format!("@param {name} address of numbers of 16 bits: {}", param.doc), "   * ", 110);
                text += &format!("   * @param {name}Count how many numbers\n");
            }
            Kind::Trace => text += &format!("   * @param {name} address of {}: 0\n", param.doc),
            _ => text += &wrapped(&format!("@param {name} {}", param.doc), "   * ", 110),
        }
    }
    text += "   * @param storage address of the storage\n   * @param capacity its size in bytes\n";
    text += "   * @param reply address of 16 bytes\n   * @return the status's number\n   */\n";
    let mut params: Vec<String> =
        row.takes.iter().flat_map(|param| java_params(&camel(param.name), param.kind)).collect();
    params.extend(["long storage", "long capacity", "long reply"].map(str::to_owned));
    let one_line = format!("  static native int {}({});\n", camel(row.name), params.join(", "));
    text += &if one_line.len() <= 101 {
        one_line
    } else {
        format!("  static native int {}(\n      {});\n", camel(row.name), params.join(",\n      "))
    };
    text
}

fn java_params(name: &str, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Handle(_) | Kind::AnyHandle | Kind::Ticket | Kind::Size | Kind::Seconds | Kind::Trace => {
            vec![format!("long {name}")]
        }
        Kind::Text | Kind::Bytes | Kind::Named | Kind::Pieces => {
            vec![format!("long {name}"), format!("long {name}Size")]
        }
        Kind::Limits | Kind::SessionOptions | Kind::Groups => {
            vec![format!("long {name}"), format!("long {name}Count")]
        }
        Kind::Flag => vec![format!("boolean {name}")],
        Kind::Number => vec![format!("int {name}")],
    }
}

/// The status table as an enum.
pub(super) fn status_code() -> Generated {
    let mut text = format!("// {HEAD}\npackage dev.fishplate;\n\n{STATUS_DOC}public enum StatusCode {{\n");
    for (at, row) in TABLE.iter().enumerate() {
        let effect = effect_name(row.effect);
        let (name, number, state, retryable) = (row.name, row.status as i32, row.state.name(), row.retryable);
        let end = if at + 1 == TABLE.len() { ';' } else { ',' };
        text += &format!("  /** gRPC's {name}; recorded as {state}. */\n");
        text += &format!("  {name}({number}, \"{state}\", {retryable}, Effect.{effect}){end}\n");
    }
    text += STATUS_BODY;
    Generated { path: format!("{FOLDER}StatusCode.java"), text }
}

pub(super) fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Known => "KNOWN",
        Effect::Unknown => "UNKNOWN",
        Effect::UntilWatermark => "UNTIL_WATERMARK",
    }
}

const STATUS_DOC: &str = "\
/** The outcome of an operation: gRPC's codes with gRPC's numbers, and what each means to whoever sent the event. */
";

const STATUS_BODY: &str = r#"
  /** Whether an operation may have taken effect although it failed. */
  public enum Effect {
    /** Known: it did (OK) or did not. */
    KNOWN,
    /** Unknown. */
    UNKNOWN,
    /** Unknown until the final watermark arrives. */
    UNTIL_WATERMARK
  }

  private static final StatusCode[] BY_VALUE = values();

  private final int value;
  private final String domainState;
  private final boolean retryable;
  private final Effect effect;

  StatusCode(int value, String domainState, boolean retryable, Effect effect) {
    this.value = value;
    this.domainState = domainState;
    this.retryable = retryable;
    this.effect = effect;
  }

  /**
   * Gives gRPC's number.
   *
   * @return 0 to 16
   */
  public int value() {
    return value;
  }

  /**
   * Gives what an event-driven system records: {@code EVENT_REJECTED}.
   *
   * @return the name
   */
  public String domainState() {
    return domainState;
  }

  /**
   * Tells whether trying again can help.
   *
   * @return true if it can
   */
  public boolean retryable() {
    return retryable;
  }

  /**
   * Tells whether the effect of the operation is known.
   *
   * @return what is known
   */
  public Effect effect() {
    return effect;
  }

  /**
   * Tells whether the operation may have taken effect although it failed.
   *
   * @return true if nobody knows (yet)
   */
  public boolean effectUnknown() {
    return effect != Effect.KNOWN;
  }

  /**
   * Gives the status with gRPC's number {@code value}.
   *
   * @param value 0 to 16
   * @return the status
   * @throws IllegalArgumentException if there is none
   */
  public static StatusCode fromValue(int value) {
    if (value < 0 || value >= BY_VALUE.length) {
      throw new IllegalArgumentException("no status has the number " + value);
    }
    return BY_VALUE[value];
  }
}
"#;
