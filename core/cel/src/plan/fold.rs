//! What can be computed before any event: constants folded, constant lists as sets.
//!
//! An error is never folded: it belongs to the run, which may not even reach it.

use super::program::{Instr, Set};
use crate::{
    check::overloads::Function,
    run::{cost, functions},
    value::{Key, Value},
};

/// What folding one expression may cost. Folding copies, and hostile text must not buy square work with it.
const MAX_COST: u64 = 100_000;
/// Below this many entries, walking a list is as fast as hashing the value.
const MIN_SET: usize = 4;

/// Folds until its budget is spent.
#[derive(Default)]
pub(crate) struct Folder {
    spent: u64,
}

impl Folder {
    pub(crate) fn call(&mut self, function: Function, args: &[Value]) -> Option<Value> {
        match function {
            Function::Library(number) => {
                let entry = crate::library::row(number);
                self.spend(entry.cost_of(args, MAX_COST))?;
                return (entry.evaluate)(args).ok();
            }
            // The host may count its calls.
            Function::Host(_) => return None,
            _ => {}
        }
        let (cost, outcome): (u64, &dyn Fn() -> Result<Value, _>) = match args {
            [a] => (cost::call1(function, a), &|| functions::call1(function, a)),
            [a, b] => (cost::call2(function, a, b, MAX_COST), &|| functions::call2(function, a, b)),
            _ => return None,
        };
        self.spend(cost)?;
        outcome().ok()
    }

    pub(crate) fn aggregate(&mut self, instr: Instr, items: Vec<Value>) -> Option<Value> {
        self.spend(1 + items.len() as u64)?;
        match instr {
            Instr::List(_) => Some(Value::List(items.into())),
            Instr::Map(_) => functions::map(items).ok(),
            _ => None,
        }
    }

    fn spend(&mut self, cost: u64) -> Option<()> {
        self.spent = self.spent.saturating_add(cost);
        (self.spent <= MAX_COST).then_some(())
    }
}

/// A list as a set, if it is long enough and being equal to an entry is having its key. A NaN equals nothing, and is
/// left out.
pub(super) fn set(list: &Value) -> Option<Set> {
    let Value::List(items) = list else { return None };
    if items.len() < MIN_SET {
        return None;
    }
    let equal_to_some = items.iter().filter(|item| !matches!(item, Value::Double(number) if number.is_nan()));
    equal_to_some.map(|item| Key::of(item).filter(is_exact)).collect()
}

/// Whether all that equals it has its key: from 2^53 on, integers that differ may equal one double.
fn is_exact(key: &Key) -> bool {
    const TWO_53: u64 = 1 << 53;
    match key {
        Key::Int(value) => value.unsigned_abs() < TWO_53,
        Key::Uint(_) => false,
        Key::Double(bits) => f64::from_bits(*bits).abs() < TWO_53 as f64,
        Key::Null | Key::Bool(_) | Key::String(_) | Key::Bytes(_) => true,
    }
}
