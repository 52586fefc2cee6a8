//! The functions and operators of the language, and the types that they take and give: a table.
//!
//! A new function is a row here and an arm in `run`. Source:
//! <https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions>.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::{
    library,
    parse::ast::{Binary, Unary},
};

use super::signature::{Signature, signature};

/// What the machine can be asked to do with strict arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Not,
    Negate,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Index,
    Size,
    Contains,
    StartsWith,
    EndsWith,
    ToBool,
    ToInt,
    ToUint,
    ToDouble,
    ToString,
    ToBytes,
    ToTimestamp,
    ToDuration,
    ToDyn,
    GetFullYear,
    GetMonth,
    GetDate,
    GetDayOfMonth,
    GetDayOfYear,
    GetDayOfWeek,
    GetHours,
    GetMinutes,
    GetSeconds,
    GetMilliseconds,
    Matches,
    /// `x[?k]`
    OptIndex,
    /// A row of the library.
    Library(u16),
    /// A function of the host.
    Host(u16),
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Operator,
    Global,
    Member,
    /// `size(x)` and `x.size()`.
    Both,
}

/// A function, by the name that it is called by.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) style: Style,
    pub(super) function: Function,
    pub(super) overloads: Vec<Signature>,
}

/// The row of an operator with one operand.
pub(super) fn unary(op: Unary) -> &'static Row {
    operator(match op {
        Unary::Not => Function::Not,
        Unary::Minus => Function::Negate,
    })
}

/// The function of an operator with two operands; `&&` and `||` are not strict, and hence none.
pub(super) fn function_of(op: Binary) -> Option<Function> {
    Some(match op {
        Binary::And | Binary::Or => return None,
        Binary::Less => Function::Less,
        Binary::LessOrEqual => Function::LessOrEqual,
        Binary::Greater => Function::Greater,
        Binary::GreaterOrEqual => Function::GreaterOrEqual,
        Binary::Equal => Function::Equal,
        Binary::NotEqual => Function::NotEqual,
        Binary::In => Function::In,
        Binary::Add => Function::Add,
        Binary::Subtract => Function::Subtract,
        Binary::Multiply => Function::Multiply,
        Binary::Divide => Function::Divide,
        Binary::Modulo => Function::Modulo,
    })
}

/// The row of an operator with two operands; `&&` and `||` have none.
pub(super) fn binary_row(op: Binary) -> Option<&'static Row> {
    function_of(op).map(operator)
}

/// The row of an operator.
pub(super) fn operator(function: Function) -> &'static Row {
    let mut rows = table().iter().filter(|row| row.style == Style::Operator);
    rows.find(|row| row.function == function).expect("every operator has a row: tested")
}

/// The row of a function by its name.
pub(super) fn named(name: &str) -> Option<&'static Row> {
    static BY_NAME: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
        let rows = table().iter().enumerate().filter(|(_, row)| row.style != Style::Operator);
        rows.map(|(at, row)| (row.name, at)).collect()
    });
    BY_NAME.get(name).map(|at| &table()[*at])
}

/// The name of a function, for messages.
pub(crate) fn name_of(function: Function) -> &'static str {
    table().iter().find(|row| row.function == function).map_or("function", |row| row.name)
}

/// Every name that can be called: none with an `@`, which the machine keeps for itself.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().iter().filter(|row| row.style != Style::Operator && !row.name.starts_with('@')).map(|row| row.name)
}

/// Whether some function has a dotted name that ends in `.name`.
pub(super) fn some_namespace_has(name: &str) -> bool {
    static LAST: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| names().filter_map(|name| name.rsplit_once('.')).map(|(_, last)| last).collect());
    LAST.contains(name)
}

/// All rows: the language's own, then the library's.
fn table() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let own = TABLE.iter().map(|(name, style, function, overloads)| (*name, *style, *function, *overloads));
        let library = library::rows()
            .enumerate()
            .map(|(at, entry)| (entry.name, entry.style, Function::Library(at as u16), entry.overloads));
        let row = |(name, style, function, overloads): (_, _, _, &[&str])| Row {
            name,
            style,
            function,
            overloads: overloads.iter().map(|text| signature(text)).collect(),
        };
        own.chain(library).map(row).collect()
    });
    &ROWS
}

/// Values with an order, each with its own type, and numbers across types.
const ORDER: &[&str] = &[
    "int, int -> bool",
    "double, double -> bool",
    "uint, uint -> bool",
    "string, string -> bool",
    "timestamp, timestamp -> bool",
    "duration, duration -> bool",
    "bool, bool -> bool",
    "bytes, bytes -> bool",
    "int, double -> bool",
    "int, uint -> bool",
    "uint, int -> bool",
    "uint, double -> bool",
    "double, int -> bool",
    "double, uint -> bool",
    "decimal, decimal -> bool",
    "decimal, int -> bool",
    "decimal, uint -> bool",
    "int, decimal -> bool",
    "uint, decimal -> bool",
];
/// `==` and `!=`; what may be compared with what is more than a pattern says, see `check::operators`.
const EQUALITY: &[&str] = &["A, A -> bool"];
const NUMBERS: &[&str] = &[
    "int, int -> int",
    "double, double -> double",
    "uint, uint -> uint",
    "decimal, decimal -> decimal",
    "decimal, int -> decimal",
    "decimal, uint -> decimal",
    "int, decimal -> decimal",
    "uint, decimal -> decimal",
];
const ADD: &[&str] = &[
    "int, int -> int",
    "double, double -> double",
    "uint, uint -> uint",
    "string, string -> string",
    "bytes, bytes -> bytes",
    "list(A), list(A) -> list(A)",
    "duration, duration -> duration",
    "timestamp, duration -> timestamp",
    "duration, timestamp -> timestamp",
    "decimal, decimal -> decimal",
    "decimal, int -> decimal",
    "decimal, uint -> decimal",
    "int, decimal -> decimal",
    "uint, decimal -> decimal",
];
const SUBTRACT: &[&str] = &[
    "int, int -> int",
    "double, double -> double",
    "uint, uint -> uint",
    "duration, duration -> duration",
    "timestamp, duration -> timestamp",
    "timestamp, timestamp -> duration",
    "decimal, decimal -> decimal",
    "decimal, int -> decimal",
    "decimal, uint -> decimal",
    "int, decimal -> decimal",
    "uint, decimal -> decimal",
];
const MODULO: &[&str] = &[
    "int, int -> int",
    "uint, uint -> uint",
    "decimal, decimal -> decimal",
    "decimal, int -> decimal",
    "decimal, uint -> decimal",
    "int, decimal -> decimal",
    "uint, decimal -> decimal",
];
const IN_TEXT: &[&str] = &["string, string -> bool"];
const CALENDAR: &[&str] = &["timestamp -> int", "timestamp, string -> int"];
/// Fields that durations have too.
const CLOCK: &[&str] = &["timestamp -> int", "timestamp, string -> int", "duration -> int"];

static TABLE: &[(&str, Style, Function, &[&str])] = &[
    ("!", Style::Operator, Function::Not, &["bool -> bool"]),
    ("-", Style::Operator, Function::Negate, &["int -> int", "double -> double", "decimal -> decimal"]),
    ("<", Style::Operator, Function::Less, ORDER),
    ("<=", Style::Operator, Function::LessOrEqual, ORDER),
    (">", Style::Operator, Function::Greater, ORDER),
    (">=", Style::Operator, Function::GreaterOrEqual, ORDER),
    ("==", Style::Operator, Function::Equal, EQUALITY),
    ("!=", Style::Operator, Function::NotEqual, EQUALITY),
    ("in", Style::Operator, Function::In, &["A, list(A) -> bool", "A, map(A, B) -> bool"]),
    ("+", Style::Operator, Function::Add, ADD),
    ("-", Style::Operator, Function::Subtract, SUBTRACT),
    ("*", Style::Operator, Function::Multiply, NUMBERS),
    ("/", Style::Operator, Function::Divide, NUMBERS),
    ("%", Style::Operator, Function::Modulo, MODULO),
    (
        "[]",
        Style::Operator,
        Function::Index,
        &[
            "list(A), int -> A",
            "map(A, B), A -> B",
            "optional(list(A)), int -> optional(A)",
            "optional(map(A, B)), A -> optional(B)",
        ],
    ),
    (
        "[?]",
        Style::Operator,
        Function::OptIndex,
        &[
            "list(A), int -> optional(A)",
            "map(A, B), A -> optional(B)",
            "optional(list(A)), int -> optional(A)",
            "optional(map(A, B)), A -> optional(B)",
        ],
    ),
    ("size", Style::Both, Function::Size, &["string -> int", "bytes -> int", "list(A) -> int", "map(A, B) -> int"]),
    ("matches", Style::Both, Function::Matches, IN_TEXT),
    ("contains", Style::Member, Function::Contains, IN_TEXT),
    ("startsWith", Style::Member, Function::StartsWith, IN_TEXT),
    ("endsWith", Style::Member, Function::EndsWith, IN_TEXT),
    ("bool", Style::Global, Function::ToBool, &["bool -> bool", "string -> bool"]),
    (
        "int",
        Style::Global,
        Function::ToInt,
        &["int -> int", "uint -> int", "double -> int", "string -> int", "timestamp -> int", "decimal -> int"],
    ),
    ("uint", Style::Global, Function::ToUint, &["uint -> uint", "int -> uint", "double -> uint", "string -> uint"]),
    (
        "double",
        Style::Global,
        Function::ToDouble,
        &["double -> double", "int -> double", "uint -> double", "string -> double", "decimal -> double"],
    ),
    (
        "string",
        Style::Global,
        Function::ToString,
        &[
            "string -> string",
            "bool -> string",
            "int -> string",
            "uint -> string",
            "double -> string",
            "bytes -> string",
            "timestamp -> string",
            "duration -> string",
            "net.IP -> string",
            "net.CIDR -> string",
            "decimal -> string",
        ],
    ),
    ("bytes", Style::Global, Function::ToBytes, &["bytes -> bytes", "string -> bytes"]),
    (
        "timestamp",
        Style::Global,
        Function::ToTimestamp,
        &["timestamp -> timestamp", "string -> timestamp", "int -> timestamp"],
    ),
    ("duration", Style::Global, Function::ToDuration, &["duration -> duration", "string -> duration"]),
    ("dyn", Style::Global, Function::ToDyn, &["A -> dyn"]),
    ("getFullYear", Style::Member, Function::GetFullYear, CALENDAR),
    ("getMonth", Style::Member, Function::GetMonth, CALENDAR),
    ("getDate", Style::Member, Function::GetDate, CALENDAR),
    ("getDayOfMonth", Style::Member, Function::GetDayOfMonth, CALENDAR),
    ("getDayOfYear", Style::Member, Function::GetDayOfYear, CALENDAR),
    ("getDayOfWeek", Style::Member, Function::GetDayOfWeek, CALENDAR),
    ("getHours", Style::Member, Function::GetHours, CLOCK),
    ("getMinutes", Style::Member, Function::GetMinutes, CLOCK),
    ("getSeconds", Style::Member, Function::GetSeconds, CLOCK),
    ("getMilliseconds", Style::Member, Function::GetMilliseconds, CLOCK),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    #[test]
    fn every_operator_has_a_row() {
        for op in [Unary::Not, Unary::Minus] {
            assert_eq!(unary(op).name, op.symbol());
        }
        for op in [Binary::Less, Binary::Equal, Binary::In, Binary::Subtract, Binary::Modulo, Binary::NotEqual] {
            let function = function_of(op).expect("strict");
            assert_eq!(operator(function).name, op.symbol());
        }
        assert_eq!(operator(Function::Index).name, "[]");
    }

    #[test]
    fn dyn_gives_what_all_that_fits_agrees_on() {
        let add =
            |args: &[Type]| super::super::infer::Bindings::default().call(&operator(Function::Add).overloads, args);
        assert_eq!(add(&[Type::Dyn, Type::String]), Some(Type::String));
        assert_eq!(add(&[Type::Dyn, Type::Int]), Some(Type::Dyn), "an int, or a decimal");
        assert_eq!(add(&[Type::Dyn, Type::Dyn]), Some(Type::Dyn));
        assert_eq!(add(&[Type::Int, Type::Double]), None);
    }
}
