//! The shape that the entries of every language share: pointers become Rust values inside the guard, then the plain
//! function of the operation is called. A language gives its own parameter types.

use super::words::wrapped;
use crate::table::{Gives, OPERATIONS, Operation, Param};

/// The width at which rustfmt breaks lines here.
const WIDTH: usize = 120;

/// How one language writes an entry.
pub(super) trait Style {
    /// The attribute, the name and the beginning of the signature up to the parameters.
    fn head(&self, row: &Operation) -> String;
    /// Parameters before the operation's own.
    fn first(&self) -> &'static [&'static str];
    /// The parameters that `param` becomes.
    fn params(&self, param: &Param) -> Vec<String>;
    /// Parameters after the operation's own.
    fn last(&self, row: &Operation) -> Vec<String>;
    /// What is returned.
    fn returns(&self) -> &'static str;
    /// The statement that makes a Rust value of `param`; none if it is one already.
    fn unpack(&self, param: &Param) -> Option<String>;
    /// The argument that the operation is called with.
    fn argument(&self, param: &Param) -> String;
    /// The call that enters the guard, up to the closure.
    fn enter(&self, row: &Operation) -> String;
}

/// Every entry of the table, one after the other.
pub(super) fn all(style: &dyn Style) -> String {
    OPERATIONS.iter().map(|row| entry(style, row)).collect()
}

fn entry(style: &dyn Style, row: &Operation) -> String {
    let mut text = String::from("\n");
    text += &doc(row);
    let mut params: Vec<String> = style.first().iter().map(|param| (*param).to_owned()).collect();
    params.extend(row.takes.iter().flat_map(|param| style.params(param)));
    params.extend(style.last(row));
    text += &signature(&style.head(row), &params, style.returns());
    text += "    // SAFETY: every pointer is what the caller promises of it, for the time of this call.\n";
    text + &body(style, row) + "}\n"
}

/// What comes before and in the parentheses, on one line where rustfmt would have it so.
fn signature(head: &str, params: &[String], returns: &str) -> String {
    let (attributes, name) = head.rsplit_once('\n').unwrap_or_default();
    let one_line = format!("{name}({}) -> {returns} {{", params.join(", "));
    if one_line.len() <= WIDTH {
        return format!("{attributes}\n{one_line}\n");
    }
    format!("{head}(\n    {},\n) -> {returns} {{\n", params.join(",\n    "))
}

/// The guard around the operation: on one line if the operation's arguments are Rust values already.
fn body(style: &dyn Style, row: &Operation) -> String {
    let unpacked: Vec<String> = row.takes.iter().filter_map(|param| style.unpack(param)).collect();
    let arguments: String = row.takes.iter().map(|param| format!(", {}", style.argument(param))).collect();
    let call = format!("ops::{}(call{arguments})", row.name);
    let enter = style.enter(row);
    let closure = if arguments.is_empty() { format!("ops::{}", row.name) } else { format!("|call| {call}") };
    let one_line = format!("    unsafe {{ {enter}, {closure}) }}\n");
    if unpacked.is_empty() && one_line.len() <= WIDTH + 1 {
        return one_line;
    }
    let two_lines = format!("        {enter}, {closure})\n");
    if unpacked.is_empty() && two_lines.len() <= WIDTH + 1 {
        return format!("    unsafe {{\n{two_lines}    }}\n");
    }
    let statements: String = unpacked.iter().map(|statement| format!("            {statement};\n")).collect();
    let call = broken(row, &arguments, call);
    format!("    unsafe {{\n        {enter}, |call| {{\n{statements}            {call}\n        }})\n    }}\n")
}

/// The call of the operation, an argument a line where it is too long for one.
fn broken(row: &Operation, arguments: &str, call: String) -> String {
    const INDENT: usize = 12;
    if INDENT + call.len() <= WIDTH {
        return call;
    }
    let lines = arguments.replace(", ", ",\n                ");
    format!("ops::{}(\n                call{lines},\n            )", row.name)
}

/// The documentation of an operation, as it stands above its entry.
pub(super) fn doc(row: &Operation) -> String {
    let mut text = wrapped(row.doc, "/// ", 110);
    let gives = match row.gives {
        Gives::Nothing => String::new(),
        Gives::Handle(kind) => format!("Gives the handle of the new {}.", kind.name()),
        Gives::Number => "Gives a number.".to_owned(),
        Gives::Text => "Gives UTF-8 text in `storage`, without a final zero.".to_owned(),
        Gives::Record(layout) | Gives::Waiting(layout) => format!("Gives the record `{layout}` in `storage`."),
    };
    let blocks = if row.blocks { " It may block." } else { "" };
    text += &wrapped(format!("{gives}{blocks} {}", row.threads.doc()).trim(), "/// ", 110);
    if !row.takes.is_empty() {
        text += "///\n";
    }
    for param in row.takes {
        text += &wrapped(&format!("- `{}`: {}", param.name, param.doc), "/// ", 110);
    }
    text
}
