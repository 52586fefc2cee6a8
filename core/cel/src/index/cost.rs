//! What an evaluation can cost at most, whatever the event: only where that is within the limit may the index say `false`
//! for a rule, since spending too much is an error that nothing absorbs.
//!
//! It follows `run::cost`. What it does not know costs more than any limit.

use crate::{
    check::{Checked, Op, overloads::Function},
    run::cost,
    value::Value,
};

/// The bounds that hold for every event and every evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// What one evaluation may cost.
    pub cost: u64,
    /// Bytes of one text or bytes value.
    pub text: u64,
    /// Entries of one list or map.
    pub entries: u64,
}

impl Worst {
    /// Whether whatever holds under these bounds holds under `other` too: it allows no more values, and no less cost.
    pub fn covers(&self, other: &Worst) -> bool {
        other.cost >= self.cost && other.text <= self.text && other.entries <= self.entries
    }
}

/// What is known of a node before any event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bound {
    /// Of evaluating it.
    pub(super) cost: u64,
    /// Bytes, if it is text.
    length: u64,
    /// If it is a list or map.
    entries: u64,
    /// Of comparing it with something.
    weight: u64,
}

const ENDLESS: Bound = Bound { cost: u64::MAX, length: u64::MAX, entries: u64::MAX, weight: u64::MAX };

/// The bounds of each node; `known` are those that the planner folds, which cost nothing.
pub(super) fn bounds(checked: &Checked, known: &[Option<Value>], worst: &Worst) -> Vec<Bound> {
    let mut bounds: Vec<Bound> = Vec::with_capacity(checked.nodes.len());
    for (node, known) in checked.nodes.iter().zip(known) {
        let bound = match known {
            Some(value) => constant(value),
            None => of(&node.op, checked, &bounds, worst),
        };
        bounds.push(bound);
    }
    bounds
}

fn of(op: &Op, checked: &Checked, before: &[Bound], worst: &Worst) -> Bound {
    let at = |id: &u32| before[*id as usize];
    let all = |ids: &[u32]| ids.iter().fold(0u64, |sum, id| sum.saturating_add(at(id).cost));
    match op {
        Op::Nothing | Op::Message(_) => Bound::default(),
        Op::Constant(value) => constant(value),
        Op::Read { path, .. } => any_value(1 + path.fields.len() as u64, worst),
        Op::HasSlot(_) => scalar(1),
        // What is not from the event may have longer text than an event may.
        Op::Field { operand, .. } => {
            let (of, any) = (at(operand), any_value(at(operand).cost.saturating_add(1), worst));
            Bound { length: any.length.max(of.length), entries: any.entries.max(of.entries), ..any }
        }
        Op::HasKey { operand, .. } => scalar(at(operand).cost.saturating_add(1)),
        Op::And(left, right) | Op::Or(left, right) => scalar(all(&[*left, *right])),
        Op::Conditional { test, then, otherwise } => Bound {
            cost: all(&[*test, *then, *otherwise]),
            length: at(then).length.max(at(otherwise).length),
            entries: at(then).entries.max(at(otherwise).entries),
            weight: at(then).weight.max(at(otherwise).weight),
        },
        Op::Call1(function, a) => call1(*function, at(a)),
        Op::Call2(function, a, b) => call2(*function, at(a), at(b)),
        Op::List(items) => made(cost::LIST, items.of(&checked.children), before),
        Op::Map(items) => made(cost::MAP, items.of(&checked.children), before),
        #[allow(unreachable_patterns)] // what the language learns next is unknown here until somebody bounds it
        _ => ENDLESS,
    }
}

fn constant(value: &Value) -> Bound {
    let entries = match value {
        Value::List(items) => items.len() as u64,
        Value::Map(map) => map.entries().len() as u64,
        _ => 0,
    };
    // A table stands in many conditions, and is walked once.
    let (length, weight) = match value {
        Value::Map(map) => *map.extent.get_or_init(|| extent(value)),
        _ => extent(value),
    };
    Bound { cost: 0, length, entries, weight }
}

/// The longest text in a value, and what comparing the whole of it can cost.
fn extent(value: &Value) -> (u64, u64) {
    let (mut left, mut weight, mut length) = (vec![value], 0u64, 0u64);
    while let Some(value) = left.pop() {
        weight = weight.saturating_add(1);
        match value {
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::Timestamp(_)
            | Value::Duration(_)
            | Value::Opaque(_) => {}
            Value::String(text) => {
                length = length.max(text.len() as u64);
                weight = weight.saturating_add(tenth(text.len() as u64));
            }
            Value::Bytes(bytes) => {
                length = length.max(bytes.len() as u64);
                weight = weight.saturating_add(tenth(bytes.len() as u64));
            }
            Value::List(items) => left.extend(items.iter()),
            Value::Map(map) => {
                left.extend(map.entries().iter().flat_map(|(key, value)| [key, value]));
                left.extend(map.fallback());
            }
            Value::Message(message) => left.extend(message.entries().iter().map(|(_, value)| value)),
            _ => weight = u64::MAX,
        }
    }
    (length, weight)
}

fn scalar(cost: u64) -> Bound {
    Bound { cost, length: 0, entries: 0, weight: 1 }
}

/// Whatever a slot can hold. Nobody bounds what a list of texts or a message weighs.
fn any_value(cost: u64, worst: &Worst) -> Bound {
    Bound { cost, length: worst.text, entries: worst.entries, weight: u64::MAX }
}

fn tenth(length: u64) -> u64 {
    length.div_ceil(10).max(1)
}

fn call1(function: Function, a: Bound) -> Bound {
    use Function::*;
    let cost = a.cost.saturating_add(tenth(a.length));
    match function {
        ToDyn => Bound { cost: a.cost.saturating_add(1), ..a },
        Not | Negate | Size | ToBool | ToInt | ToUint | ToDouble | ToTimestamp | ToDuration | GetFullYear
        | GetMonth | GetDate | GetDayOfMonth | GetDayOfYear | GetDayOfWeek | GetHours | GetMinutes | GetSeconds
        | GetMilliseconds => scalar(cost),
        ToString | ToBytes => {
            // The longest text of a number or time is far below 64 bytes.
            let length = a.length.saturating_add(64);
            Bound { cost, length, entries: 0, weight: tenth(length) }
        }
        #[allow(unreachable_patterns)] // as above
        _ => ENDLESS,
    }
}

fn call2(function: Function, a: Bound, b: Bound) -> Bound {
    use Function::*;
    let both = a.cost.saturating_add(b.cost);
    let length = a.length.saturating_add(b.length);
    match function {
        Equal | NotEqual => scalar(both.saturating_add(a.weight.min(b.weight))),
        Less | LessOrEqual | Greater | GreaterOrEqual => scalar(both.saturating_add(tenth(a.length.min(b.length)))),
        // Each entry costs what comparing it with the value does, and all of them no more than the list weighs.
        In => {
            let each = b.entries.saturating_mul(a.weight);
            scalar(both.saturating_add(each.min(b.weight)).saturating_add(1))
        }
        Contains | StartsWith | EndsWith => scalar(both.saturating_add(tenth(length))),
        // A list costs by its entries, text by a tenth of its bytes, and it may be either.
        Add => {
            let entries = a.entries.saturating_add(b.entries);
            let cost = both.saturating_add(entries.saturating_add(1).max(tenth(length)));
            Bound { cost, length, entries, weight: a.weight.saturating_add(b.weight) }
        }
        Subtract | Multiply | Divide | Modulo => scalar(both.saturating_add(1)),
        Index => Bound { cost: both.saturating_add(1), ..a },
        GetFullYear | GetMonth | GetDate | GetDayOfMonth | GetDayOfYear | GetDayOfWeek | GetHours | GetMinutes
        | GetSeconds | GetMilliseconds => scalar(both.saturating_add(1)),
        #[allow(unreachable_patterns)] // as above
        _ => ENDLESS,
    }
}

/// A list or map literal.
fn made(own: u64, items: &[u32], before: &[Bound]) -> Bound {
    let mut made = Bound { cost: own, length: 0, entries: items.len() as u64, weight: 1 };
    for item in items {
        let item = before[*item as usize];
        made.cost = made.cost.saturating_add(item.cost);
        made.weight = made.weight.saturating_add(item.weight);
    }
    made
}
