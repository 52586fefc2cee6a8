//! Comprehensions: what they go through, entry by entry, and what becomes of what their bodies give.

use std::{cmp::Ordering, sync::Arc};

use super::{
    EvalError, cost, functions,
    machine::{Fault, Machine, Outcome},
    order,
};
use crate::{
    diag::Code,
    parse::ast::Fold,
    value::{Map, Value},
};

/// A comprehension that is under way.
#[derive(Debug)]
pub(super) struct Turn {
    number: u32,
    range: Range,
    /// The entry that comes next.
    next: usize,
    so_far: SoFar,
}

/// What is gone through.
#[derive(Debug)]
enum Range {
    List(Arc<[Value]>),
    Map(Arc<Map>),
}

/// What the bodies gave so far.
#[derive(Debug)]
enum SoFar {
    /// The first error, which a deciding entry still absorbs.
    Logic(Option<Box<EvalError>>),
    Count(usize),
    List(Vec<Value>),
    Map(Map),
    /// Keys and entries.
    Sort(Vec<(Value, Value)>),
}

impl Machine<'_> {
    /// Begins a comprehension over what is on top; says which instruction is next.
    pub(super) fn begin(&mut self, number: u32) -> Result<usize, Box<EvalError>> {
        let plan = &self.program.tables().loops[number as usize];
        let range = match self.pop() {
            Ok(Value::List(items)) => Range::List(items),
            Ok(Value::Map(map)) => Range::Map(map),
            Ok(other) => {
                let error = self.error(functions::no_overload("a comprehension", &[other]));
                self.push(Err(error));
                return Ok(plan.end as usize);
            }
            Err(error) => {
                self.push(Err(error));
                return Ok(plan.end as usize);
            }
        };
        let so_far = match plan.fold {
            Fold::All | Fold::Exists => SoFar::Logic(None),
            Fold::ExistsOne => SoFar::Count(0),
            Fold::Filter | Fold::List => SoFar::List(Vec::new()),
            Fold::Map | Fold::Entries => SoFar::Map(Map::default()),
            Fold::Sort => SoFar::Sort(Vec::new()),
        };
        self.turns.push(Turn { number, range, next: 0, so_far });
        let body = self.at + 1;
        self.turn(body)
    }

    /// Goes on with the next entry at `body`, or to the end if there is none.
    fn turn(&mut self, body: usize) -> Result<usize, Box<EvalError>> {
        let turn = self.turns.last_mut().expect("a comprehension is under way between its two instructions");
        let plan = &self.program.tables().loops[turn.number as usize];
        let entry = match &turn.range {
            Range::List(items) => items.get(turn.next).map(|item| (Value::Int(turn.next as i64), item.clone())),
            Range::Map(map) => map.entries().get(turn.next).cloned(),
        };
        let Some((key, value)) = entry else {
            return Ok(self.finish(None));
        };
        turn.next += 1;
        let single = if matches!(turn.range, Range::Map(_)) { &key } else { &value };
        match plan.second {
            None => self.locals[plan.first as usize] = Ok(single.clone()),
            Some(second) => {
                self.locals[plan.first as usize] = Ok(key);
                self.locals[second as usize] = Ok(value);
            }
        }
        self.spend(cost::turn(plan.fold))?;
        Ok(body)
    }

    /// Ends the comprehension: with `early`, or with what the bodies gave. Says which instruction is next.
    fn finish(&mut self, early: Option<Outcome>) -> usize {
        let turn = self.turns.pop().expect("only a comprehension that is under way ends");
        let plan = &self.program.tables().loops[turn.number as usize];
        let end = plan.end as usize;
        let outcome = early.unwrap_or_else(|| match turn.so_far {
            SoFar::Logic(Some(error)) => Err(error),
            SoFar::Logic(None) => Ok(Value::Bool(plan.fold == Fold::All)),
            SoFar::Count(count) => Ok(Value::Bool(count == 1)),
            SoFar::List(items) => Ok(Value::list(items)),
            SoFar::Map(map) => Ok(Value::Map(map.into())),
            SoFar::Sort(pairs) => sorted(pairs).map_err(|fault| self.error(fault)),
        });
        self.push(outcome);
        end
    }

    /// Whether the entry counts; says which instruction is next.
    pub(super) fn filter(&mut self, number: u32) -> Result<usize, Box<EvalError>> {
        debug_assert_eq!(self.turns.last().map(|turn| turn.number), Some(number));
        match self.bool() {
            Ok(true) => Ok(self.at + 1),
            Ok(false) => self.again(number),
            Err(error) => Ok(self.finish(Some(Err(error)))),
        }
    }

    /// The first instruction of the body stands behind the instruction that began the comprehension.
    fn again(&mut self, number: u32) -> Result<usize, Box<EvalError>> {
        let body = self.program.tables().loops[number as usize].body as usize;
        self.turn(body)
    }

    /// Takes what the body gave; says which instruction is next.
    pub(super) fn collect(&mut self, number: u32) -> Result<usize, Box<EvalError>> {
        let fold = self.program.tables().loops[number as usize].fold;
        let early = match fold {
            Fold::All | Fold::Exists => self.decide(fold == Fold::Exists),
            _ => match self.take_in(fold) {
                Ok(()) => None,
                Err(error) => Some(Err(error)),
            },
        };
        match early {
            Some(early) => Ok(self.finish(Some(early))),
            None => self.again(number),
        }
    }

    /// `all` and `exists`: an entry that decides ends it; an error waits for one.
    fn decide(&mut self, deciding: bool) -> Option<Outcome> {
        match self.bool() {
            Ok(value) if value == deciding => Some(Ok(Value::Bool(value))),
            Ok(_) => None,
            Err(error) => {
                if let Some(Turn { so_far: SoFar::Logic(first @ None), .. }) = self.turns.last_mut() {
                    *first = Some(error);
                }
                None
            }
        }
    }

    /// Everything else: what the body gave is kept; an error ends it.
    fn take_in(&mut self, fold: Fold) -> Result<(), Box<EvalError>> {
        let given =
            if matches!(fold, Fold::ExistsOne | Fold::Filter) { Value::Bool(self.bool()?) } else { self.pop()? };
        let turn = self.turns.last_mut().expect("a comprehension is under way where its body ends");
        let (key, entry) = match &turn.range {
            Range::List(items) => (Value::Int(turn.next as i64 - 1), items[turn.next - 1].clone()),
            Range::Map(map) => (map.entries()[turn.next - 1].0.clone(), map.entries()[turn.next - 1].0.clone()),
        };
        let fault: Option<Fault> = match (&mut turn.so_far, given) {
            (SoFar::Count(count), given) => {
                *count += usize::from(given == Value::Bool(true));
                None
            }
            (SoFar::List(items), given) if fold == Fold::Filter => {
                if given == Value::Bool(true) {
                    items.push(entry);
                }
                None
            }
            (SoFar::List(items), given) => {
                items.push(given);
                None
            }
            (SoFar::Sort(pairs), given) => {
                pairs.push((given, entry));
                None
            }
            (SoFar::Map(map), given) if fold == Fold::Map => functions::add_entry(map, key, given).err(),
            (SoFar::Map(map), Value::Map(more)) => {
                let mut more = more.entries().iter();
                more.find_map(|(key, value)| functions::add_entry(map, key.clone(), value.clone()).err())
            }
            (_, other) => Some(functions::no_overload("transformMapEntry", &[other])),
        };
        fault.map_or(Ok(()), |fault| Err(self.error(fault)))
    }
}

/// The entries in the order of their keys; those of equal keys stay as they came.
fn sorted(mut pairs: Vec<(Value, Value)>) -> Result<Value, Fault> {
    let mut wrong: Option<Fault> = None;
    if let [(only, _)] = &pairs[..] {
        check_sortable(only, only)?;
    }
    pairs.sort_by(|(a, _), (b, _)| {
        if let Err(fault) = check_sortable(a, b) {
            wrong.get_or_insert(fault);
            return Ordering::Equal;
        }
        order::total(a, b)
    });
    match wrong {
        Some(fault) => Err(fault),
        None => Ok(Value::list(pairs.into_iter().map(|(_, entry)| entry).collect())),
    }
}

/// Values are sorted only among those of one type that has an order.
pub(crate) fn check_sortable(a: &Value, b: &Value) -> Result<(), Fault> {
    let one_type = std::mem::discriminant(a) == std::mem::discriminant(b);
    if !one_type || order::compare(a, b).is_err() {
        return Err((Code::NO_SUCH_OVERLOAD, "only values of one type that has an order can be sorted".to_owned()));
    }
    Ok(())
}
