//! The functions beyond the language's own: a row each, with its name, what it takes and gives, what it costs and what
//! it does. It knows values; it knows no expressions.

pub(crate) mod decimals;
pub(crate) mod encoders;
mod format;
mod lists;
mod math;
mod network;
mod optionals;
mod strings;
#[cfg(test)]
mod tests;
mod types;

use crate::{
    check::overloads::{Function, Style},
    run::cost,
    run::functions::Given,
    value::Value,
};

/// A function of the library.
pub(crate) struct Entry {
    /// Its name; a function of a namespace has its whole name.
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    /// What it takes and gives, as `list(A), int -> A`.
    pub(crate) overloads: &'static [&'static str],
    pub(crate) cost: Cost,
    /// Values that no overload takes are a fault.
    pub(crate) evaluate: fn(&[Value]) -> Given,
}

/// What a call costs, by its arguments. A call is at least 1.
#[derive(Clone, Copy)]
pub(crate) enum Cost {
    /// 1
    One,
    /// A tenth of the text and bytes among the arguments.
    Text,
    /// The entries of the lists among the arguments, and what is in them.
    Entries,
    /// A tenth of the text among the arguments, searched for one another.
    Searched,
    /// As much as the first argument says.
    Number,
    /// What this says of the arguments; beyond the second, it need not be exact.
    Of(fn(&[Value], u64) -> u64),
}

impl Entry {
    /// What a call with these arguments costs; beyond `left` it need not be exact.
    pub(crate) fn cost_of(&self, args: &[Value], left: u64) -> u64 {
        let text = args.iter().map(cost::length).sum();
        match self.cost {
            Cost::One => 1,
            Cost::Text => cost::tenth(text),
            Cost::Entries => args.iter().fold(cost::tenth(text), |sum, arg| sum.saturating_add(entries(arg, left))),
            // Searching is linear in both.
            Cost::Searched => cost::tenth(text),
            Cost::Of(count) => count(args, left).max(1),
            Cost::Number => match args.first() {
                Some(Value::Int(count)) => u64::try_from(*count).unwrap_or(1).saturating_add(1),
                _ => 1,
            },
        }
    }
}

/// How many entries a value has, and the text in them, one level deep and two.
fn entries(value: &Value, left: u64) -> u64 {
    let Value::List(items) = value else { return 0 };
    let mut sum = items.len() as u64;
    for item in items.iter() {
        if sum > left {
            break;
        }
        sum += cost::tenth(cost::length(item)) + if let Value::List(items) = item { items.len() as u64 } else { 0 };
    }
    sum
}

const fn entry(
    name: &'static str,
    style: Style,
    overloads: &'static [&'static str],
    cost: Cost,
    evaluate: fn(&[Value]) -> Given,
) -> Entry {
    Entry { name, style, overloads, cost, evaluate }
}

/// The tables, in the order of their numbers.
const TABLES: &[&[Entry]] = &[
    types::TABLE,
    optionals::TABLE,
    strings::TABLE,
    math::TABLE,
    lists::TABLE,
    encoders::TABLE,
    network::TABLE,
    decimals::TABLE,
];

/// All rows, by number.
pub(crate) fn rows() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// Whether a function is one whose second argument counts only where the first is an optional that holds nothing, and
/// whether it takes out what that holds.
pub(crate) fn otherwise(function: Function) -> Option<bool> {
    let Function::Library(number) = function else { return None };
    match row(number).name {
        "or" => Some(false),
        "orValue" => Some(true),
        _ => None,
    }
}

/// The row of a number that [`rows`] gave.
pub(crate) fn row(number: u16) -> &'static Entry {
    let mut number = usize::from(number);
    for table in TABLES {
        match table.get(number) {
            Some(entry) => return entry,
            None => number -= table.len(),
        }
    }
    unreachable!("numbers come from the rows themselves")
}
