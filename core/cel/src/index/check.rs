//! The checks that need no machine: one slot against constants. What they say is what the machine says, for the values
//! that they know; of any other they say nothing.

use std::sync::Arc;

use crate::{
    check::overloads::Function,
    run::{
        Slot, equal, functions,
        same::{ends_with, same, starts_with},
    },
    value::Value,
};

/// A check of one slot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    pub(super) slot: u32,
    /// What an absent field reads as; none: an error.
    pub(super) default: Option<Box<Value>>,
    pub(super) test: Test,
}

/// What is asked of the value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// Whether there is one.
    Has,
    /// Whether it is true.
    True,
    /// A number against another, by doubles: see [`number`].
    Number(Sides, f64),
    /// Whether it is one of these, which are sorted.
    NumberIn(Arc<[f64]>),
    /// Whether it is this text, or is not.
    Text(Arc<str>, bool),
    /// Whether it is one of these, which are sorted.
    TextIn(Arc<[Arc<str>]>),
    /// `contains`, `startsWith`, `endsWith`.
    Part(Function, Arc<str>),
    /// A comparison of other things, with the machine's own functions.
    Compare(Box<(Function, Value)>),
}

/// On which sides of its threshold a comparison holds, and whether it does of a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) below: bool,
    pub(super) at: bool,
    pub(super) above: bool,
    pub(super) nan: bool,
}

impl Sides {
    pub(super) fn of(function: Function) -> Option<Self> {
        let sides = |below, at, above, nan| Some(Self { below, at, above, nan });
        match function {
            Function::Less => sides(true, false, false, false),
            Function::LessOrEqual => sides(true, true, false, false),
            Function::Greater => sides(false, false, true, false),
            Function::GreaterOrEqual => sides(false, true, true, false),
            Function::Equal => sides(false, true, false, false),
            Function::NotEqual => sides(true, false, true, true),
            _ => None,
        }
    }

    /// Of `value` beside `constant`; without a branch, since what an event holds cannot be foreseen.
    #[inline]
    pub(super) fn holds(self, value: f64, constant: f64) -> bool {
        (self.below & (value < constant))
            | (self.at & (value == constant))
            | (self.above & (value > constant))
            | (self.nan & value.is_nan())
    }
}

/// A constant as the double that stands for it in comparisons with any number, if there is one. Beside a double an integer
/// is rounded; beside an integer it is exact. So an integer constant has to be one that rounding keeps apart from
/// its neighbours. Negative zero is zero.
pub(super) fn number(constant: &Value) -> Option<f64> {
    const TWO_53: u64 = 1 << 53;
    match constant {
        Value::Int(value) if value.unsigned_abs() < TWO_53 => Some(*value as f64),
        Value::Uint(value) if *value < TWO_53 => Some(*value as f64),
        Value::Double(value) if !value.is_nan() => Some(value + 0.0),
        _ => None,
    }
}

/// A value as a double, rounded as comparisons round it.
pub(super) fn measured(value: &Value) -> Option<f64> {
    match value {
        Value::Double(value) => Some(*value),
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        _ => None,
    }
}

impl Check {
    /// Whether it holds; `None` if that is an error, or another's to say.
    #[inline(always)]
    pub(super) fn holds(&self, slots: &[Slot]) -> Option<bool> {
        match (&self.test, slots.get(self.slot as usize)) {
            (Test::Number(sides, constant), Some(Slot::Value(Value::Double(value)))) => {
                Some(sides.holds(*value, *constant))
            }
            (Test::Text(constant, is), Some(Slot::Text(text))) if text.is_there() => {
                Some(same(text.as_str().as_bytes(), constant.as_bytes()) == *is)
            }
            (Test::TextIn(constants), Some(Slot::Text(text))) if text.is_there() => {
                Some(text_among(constants, text.as_str()))
            }
            (Test::Part(Function::EndsWith, part), Some(Slot::Text(text))) if text.is_there() => {
                Some(ends_with(text.as_str().as_bytes(), part.as_bytes()))
            }
            (Test::Part(Function::StartsWith, part), Some(Slot::Text(text))) if text.is_there() => {
                Some(starts_with(text.as_str().as_bytes(), part.as_bytes()))
            }
            _ => self.holds_else(slots),
        }
    }

    /// The same of what is rarer: apart, so that the way above stays short.
    #[inline(never)]
    fn holds_else(&self, slots: &[Slot]) -> Option<bool> {
        let default = self.default.as_deref();
        match &self.test {
            Test::Number(sides, constant) => Some(sides.holds(measured(read(slots, self.slot, default)?)?, *constant)),
            Test::Text(constant, is) => Some((*read_text(slots, self.slot, default)? == **constant) == *is),
            Test::Has => Some(slots.get(self.slot as usize).is_some_and(Slot::is_there)),
            Test::True => match read(slots, self.slot, default)? {
                Value::Bool(value) => Some(*value),
                _ => None,
            },
            Test::NumberIn(constants) => Some(among(constants, measured(read(slots, self.slot, default)?)?)),
            Test::TextIn(constants) => Some(text_among(constants, read_text(slots, self.slot, default)?)),
            Test::Part(function, part) => {
                let text = read_text(slots, self.slot, default)?;
                match function {
                    Function::StartsWith => Some(starts_with(text.as_bytes(), part.as_bytes())),
                    Function::EndsWith => Some(ends_with(text.as_bytes(), part.as_bytes())),
                    Function::Contains => Some(text.contains(&**part)),
                    _ => None,
                }
            }
            Test::Compare(with) => compare(with.0, read(slots, self.slot, default)?, &with.1),
        }
    }
}

/// What a slot reads as, with this default; `None` is an error.
#[inline]
pub(super) fn read<'s>(slots: &'s [Slot], slot: u32, default: Option<&'s Value>) -> Option<&'s Value> {
    let slot = slots.get(slot as usize);
    match slot {
        Some(Slot::Value(value)) => Some(value),
        Some(Slot::Error(_)) => None,
        _ => slot.and_then(Slot::value).or(default),
    }
}

/// The same of text; anything else is an error, or another's to say.
#[inline]
pub(super) fn read_text<'s>(slots: &'s [Slot], slot: u32, default: Option<&'s Value>) -> Option<&'s str> {
    let slot = slots.get(slot as usize);
    match (slot.and_then(Slot::text), slot) {
        (Some(text), _) => Some(text),
        (None, Some(Slot::Value(_) | Slot::Error(_))) => None,
        _ => match default? {
            Value::String(text) => Some(text),
            _ => None,
        },
    }
}

/// Whether a sorted list has a number; NaN is in none.
pub(super) fn among(sorted: &[f64], value: f64) -> bool {
    let at = sorted.partition_point(|constant| *constant < value);
    sorted.get(at).is_some_and(|constant| *constant == value)
}

/// Whether a sorted list has a text. A few are looked at one by one: most differ in their lengths already.
#[inline]
pub(super) fn text_among(sorted: &[Arc<str>], text: &str) -> bool {
    if sorted.len() <= 8 {
        return sorted.iter().any(|constant| same(constant.as_bytes(), text.as_bytes()));
    }
    sorted.binary_search_by(|constant| (**constant).cmp(text)).is_ok()
}

fn compare(function: Function, value: &Value, constant: &Value) -> Option<bool> {
    match function {
        Function::Equal => Some(equal(value, constant)),
        Function::NotEqual => Some(!equal(value, constant)),
        _ => match functions::call2(function, value, constant) {
            Ok(Value::Bool(holds)) => Some(holds),
            _ => None,
        },
    }
}
