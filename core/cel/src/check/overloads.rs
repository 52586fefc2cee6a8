//! The functions and operators of the language, and the types that they take and give: a table.
//!
//! A new function is a row here and an arm in `run`. Source:
//! <https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions>.

use super::assign::Bindings;
use crate::{
    parse::ast::{Binary, Unary},
    types::Type,
};

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
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Operator,
    Global,
    Member,
    /// `size(x)` and `x.size()`.
    Both,
}

/// A parameter or result type; `A` and `B` stand for any type, the same one everywhere in an overload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    Dyn,
    A,
    B,
    ListOfA,
    MapOfAToB,
}

/// What it takes and what it gives.
type Overload = (&'static [Pattern], Pattern);

/// A function, by the name that it is called by.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) style: Style,
    pub(super) function: Function,
    overloads: &'static [Overload],
}

impl Row {
    /// The type of a call with these arguments, if some overload takes them. A `dyn` argument may fit several: their
    /// results then have to agree, or the result is `dyn`.
    pub(super) fn resolve(&self, args: &[Type]) -> Option<Type> {
        let mut result: Option<Type> = None;
        for (params, gives) in self.overloads {
            let mut bindings = Bindings::default();
            if params.len() == args.len() && params.iter().zip(args).all(|(param, arg)| bindings.accept(*param, arg)) {
                let gives = bindings.result(*gives);
                result = match result {
                    Some(other) if other != gives => Some(Type::Dyn),
                    _ => Some(gives),
                };
            }
        }
        result
    }

    /// The parameters of the first overload that takes `count` arguments.
    pub(super) fn expected(&self, count: usize) -> Option<&'static [Pattern]> {
        self.with(count).next()
    }

    /// Whether some overload takes the argument at `at` as it is.
    pub(super) fn some_takes(&self, args: &[Type], at: usize) -> bool {
        self.with(args.len()).any(|params| Bindings::default().accept(params[at], &args[at]))
    }

    /// What the argument at `at` of `count` may be: `int, uint or string`.
    pub(super) fn alternatives(&self, count: usize, at: usize) -> String {
        let mut texts: Vec<String> = Vec::new();
        for text in self.with(count).map(|params| params[at].text()) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let last = texts.pop().unwrap_or_default();
        if texts.is_empty() { last } else { format!("{} or {last}", texts.join(", ")) }
    }

    fn with(&self, count: usize) -> impl Iterator<Item = &'static [Pattern]> {
        self.overloads.iter().map(|(params, _)| *params).filter(move |params| params.len() == count)
    }
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
    let mut rows = TABLE.iter().filter(|row| row.style == Style::Operator);
    rows.find(|row| row.function == function).expect("every operator has a row: tested")
}

/// The rows of a function by its name.
pub(super) fn named(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name && row.style != Style::Operator)
}

/// The name of a function, for messages.
pub(crate) fn name_of(function: Function) -> &'static str {
    TABLE.iter().find(|row| row.function == function).map_or("function", |row| row.name)
}

/// Every name that can be called.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|row| row.style != Style::Operator).map(|row| row.name)
}

use Pattern as P;

/// Values with an order, each with its own type, and numbers across types.
const ORDER: &[Overload] = &[
    (&[P::Int, P::Int], P::Bool),
    (&[P::Double, P::Double], P::Bool),
    (&[P::Uint, P::Uint], P::Bool),
    (&[P::String, P::String], P::Bool),
    (&[P::Timestamp, P::Timestamp], P::Bool),
    (&[P::Duration, P::Duration], P::Bool),
    (&[P::Bool, P::Bool], P::Bool),
    (&[P::Bytes, P::Bytes], P::Bool),
    (&[P::Int, P::Double], P::Bool),
    (&[P::Int, P::Uint], P::Bool),
    (&[P::Uint, P::Int], P::Bool),
    (&[P::Uint, P::Double], P::Bool),
    (&[P::Double, P::Int], P::Bool),
    (&[P::Double, P::Uint], P::Bool),
];
/// `==` and `!=`; what may be compared with what is more than a pattern says, see `check::operators`.
const EQUALITY: &[Overload] = &[(&[P::A, P::A], P::Bool)];
const NUMBERS: &[Overload] =
    &[(&[P::Int, P::Int], P::Int), (&[P::Double, P::Double], P::Double), (&[P::Uint, P::Uint], P::Uint)];
const ADD: &[Overload] = &[
    (&[P::Int, P::Int], P::Int),
    (&[P::Double, P::Double], P::Double),
    (&[P::Uint, P::Uint], P::Uint),
    (&[P::String, P::String], P::String),
    (&[P::Bytes, P::Bytes], P::Bytes),
    (&[P::ListOfA, P::ListOfA], P::ListOfA),
    (&[P::Timestamp, P::Duration], P::Timestamp),
    (&[P::Duration, P::Timestamp], P::Timestamp),
    (&[P::Duration, P::Duration], P::Duration),
];
const SUBTRACT: &[Overload] = &[
    (&[P::Int, P::Int], P::Int),
    (&[P::Double, P::Double], P::Double),
    (&[P::Uint, P::Uint], P::Uint),
    (&[P::Timestamp, P::Timestamp], P::Duration),
    (&[P::Timestamp, P::Duration], P::Timestamp),
    (&[P::Duration, P::Duration], P::Duration),
];
const IN_TEXT: &[Overload] = &[(&[P::String, P::String], P::Bool)];
const CALENDAR: &[Overload] = &[(&[P::Timestamp], P::Int), (&[P::Timestamp, P::String], P::Int)];
/// Fields that durations have too.
const CLOCK: &[Overload] = &[(&[P::Timestamp], P::Int), (&[P::Timestamp, P::String], P::Int), (&[P::Duration], P::Int)];

const fn row(name: &'static str, style: Style, function: Function, overloads: &'static [Overload]) -> Row {
    Row { name, style, function, overloads }
}

static TABLE: &[Row] = &[
    row("!", Style::Operator, Function::Not, &[(&[P::Bool], P::Bool)]),
    row("-", Style::Operator, Function::Negate, &[(&[P::Int], P::Int), (&[P::Double], P::Double)]),
    row("<", Style::Operator, Function::Less, ORDER),
    row("<=", Style::Operator, Function::LessOrEqual, ORDER),
    row(">", Style::Operator, Function::Greater, ORDER),
    row(">=", Style::Operator, Function::GreaterOrEqual, ORDER),
    row("==", Style::Operator, Function::Equal, EQUALITY),
    row("!=", Style::Operator, Function::NotEqual, EQUALITY),
    row("in", Style::Operator, Function::In, &[(&[P::A, P::ListOfA], P::Bool), (&[P::A, P::MapOfAToB], P::Bool)]),
    row("+", Style::Operator, Function::Add, ADD),
    row("-", Style::Operator, Function::Subtract, SUBTRACT),
    row("*", Style::Operator, Function::Multiply, NUMBERS),
    row("/", Style::Operator, Function::Divide, NUMBERS),
    row("%", Style::Operator, Function::Modulo, &[(&[P::Int, P::Int], P::Int), (&[P::Uint, P::Uint], P::Uint)]),
    row("[]", Style::Operator, Function::Index, &[(&[P::ListOfA, P::Int], P::A), (&[P::MapOfAToB, P::A], P::B)]),
    row(
        "size",
        Style::Both,
        Function::Size,
        &[(&[P::String], P::Int), (&[P::Bytes], P::Int), (&[P::ListOfA], P::Int), (&[P::MapOfAToB], P::Int)],
    ),
    row("contains", Style::Member, Function::Contains, IN_TEXT),
    row("startsWith", Style::Member, Function::StartsWith, IN_TEXT),
    row("endsWith", Style::Member, Function::EndsWith, IN_TEXT),
    row("bool", Style::Global, Function::ToBool, &[(&[P::Bool], P::Bool), (&[P::String], P::Bool)]),
    row(
        "int",
        Style::Global,
        Function::ToInt,
        &[
            (&[P::Int], P::Int),
            (&[P::Uint], P::Int),
            (&[P::Double], P::Int),
            (&[P::String], P::Int),
            (&[P::Timestamp], P::Int),
        ],
    ),
    row(
        "uint",
        Style::Global,
        Function::ToUint,
        &[(&[P::Uint], P::Uint), (&[P::Int], P::Uint), (&[P::Double], P::Uint), (&[P::String], P::Uint)],
    ),
    row(
        "double",
        Style::Global,
        Function::ToDouble,
        &[(&[P::Double], P::Double), (&[P::Int], P::Double), (&[P::Uint], P::Double), (&[P::String], P::Double)],
    ),
    row(
        "string",
        Style::Global,
        Function::ToString,
        &[
            (&[P::String], P::String),
            (&[P::Bool], P::String),
            (&[P::Int], P::String),
            (&[P::Uint], P::String),
            (&[P::Double], P::String),
            (&[P::Bytes], P::String),
            (&[P::Timestamp], P::String),
            (&[P::Duration], P::String),
        ],
    ),
    row("bytes", Style::Global, Function::ToBytes, &[(&[P::Bytes], P::Bytes), (&[P::String], P::Bytes)]),
    row(
        "timestamp",
        Style::Global,
        Function::ToTimestamp,
        &[(&[P::Timestamp], P::Timestamp), (&[P::String], P::Timestamp), (&[P::Int], P::Timestamp)],
    ),
    row("duration", Style::Global, Function::ToDuration, &[(&[P::Duration], P::Duration), (&[P::String], P::Duration)]),
    row("dyn", Style::Global, Function::ToDyn, &[(&[P::A], P::Dyn)]),
    row("getFullYear", Style::Member, Function::GetFullYear, CALENDAR),
    row("getMonth", Style::Member, Function::GetMonth, CALENDAR),
    row("getDate", Style::Member, Function::GetDate, CALENDAR),
    row("getDayOfMonth", Style::Member, Function::GetDayOfMonth, CALENDAR),
    row("getDayOfYear", Style::Member, Function::GetDayOfYear, CALENDAR),
    row("getDayOfWeek", Style::Member, Function::GetDayOfWeek, CALENDAR),
    row("getHours", Style::Member, Function::GetHours, CLOCK),
    row("getMinutes", Style::Member, Function::GetMinutes, CLOCK),
    row("getSeconds", Style::Member, Function::GetSeconds, CLOCK),
    row("getMilliseconds", Style::Member, Function::GetMilliseconds, CLOCK),
];

#[cfg(test)]
mod tests {
    use super::*;

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
        let add = operator(Function::Add);
        assert_eq!(add.resolve(&[Type::Dyn, Type::Int]), Some(Type::Int));
        assert_eq!(add.resolve(&[Type::Dyn, Type::Dyn]), Some(Type::Dyn));
        assert_eq!(add.resolve(&[Type::Int, Type::Double]), None);
    }
}
