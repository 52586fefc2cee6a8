//! What can be computed before any event: constants folded, constant lists as sets.
//!
//! An error is never folded: it belongs to the run, which may not even reach it.

use std::sync::Arc;

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
pub(super) struct Folder {
    spent: u64,
}

impl Folder {
    pub(super) fn call(&mut self, function: Function, args: &[Value]) -> Option<Value> {
        let (cost, outcome): (u64, &dyn Fn() -> Result<Value, _>) = match args {
            [a] => (cost::call1(function, a), &|| functions::call1(function, a)),
            [a, b] => (cost::call2(function, a, b), &|| functions::call2(function, a, b)),
            _ => return None,
        };
        self.spend(cost)?;
        outcome().ok()
    }

    pub(super) fn aggregate(&mut self, instr: Instr, items: Vec<Value>) -> Option<Value> {
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

/// A list as a set, if it is long enough and each of its entries can be a key. A NaN equals nothing, and is left out.
pub(super) fn set(list: &Value) -> Option<Set> {
    let Value::List(items) = list else { return None };
    if items.len() < MIN_SET {
        return None;
    }
    let numbers = items.iter().filter(|item| !matches!(item, Value::Double(number) if number.is_nan()));
    numbers.map(Key::of).collect::<Option<_>>().map(Arc::new)
}
