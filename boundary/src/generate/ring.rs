//! `RingLayout.java`, the numbers of the shared-memory ring for the binding that maps it itself.

use fishplate_ring::layout::{TABLE, flags, kind};

use super::words::wrapped;
use super::{Generated, HEAD};

/// The numbers of the ring's layout as constants.
pub(super) fn layout() -> Generated {
    let mut text = format!("// {HEAD}\npackage dev.fishplate;\n\n{DOC}final class RingLayout {{\n");
    for (name, value, meaning) in TABLE.iter().chain(kind::TABLE).chain(flags::TABLE) {
        text += &constant(name, *value, meaning.trim());
    }
    text += "  private RingLayout() {}\n}\n";
    Generated { path: "bindings-java/java/src/main/java/dev/fishplate/RingLayout.java".to_owned(), text }
}

/// An `int` where it fits: buffers are indexed by it.
fn constant(name: &str, value: u64, meaning: &str) -> String {
    let one_line = format!("  /** {} */\n", meaning.replace('`', "").replace("  ", " "));
    let doc = if one_line.len() <= 101 {
        one_line
    } else {
        format!("  /**\n{}   */\n", wrapped(&meaning.replace('`', "").replace("  ", " "), "   * ", 100))
    };
    match i32::try_from(value) {
        Ok(value) => format!("{doc}  static final int {name} = {value};\n\n"),
        Err(_) => format!("{doc}  static final long {name} = {value}L;\n\n"),
    }
}

const DOC: &str = "\
/**
 * Every offset, size and number of the shared-memory ring, as docs/ring-layout.md draws them. Offsets are in bytes
 * from the start of the file's header, a pair's control block, or a frame.
 */
";
