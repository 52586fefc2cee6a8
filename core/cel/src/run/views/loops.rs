//! Comprehensions that give a bool or a list: `all`, `exists`, `exists_one`, `filter`, `map`. Those that give a map or sort are
//! the machine's.

use super::{
    Run,
    view::{Kind, View},
};
use crate::{parse::ast::Fold, run::cost, value::Value};

/// A comprehension that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    number: u32,
    /// What is gone through: a list or a map.
    range: View,
    /// The entry that comes next.
    next: usize,
    /// The first error, which a deciding entry still absorbs.
    wrong: Option<View>,
    /// How many entries hold.
    holding: usize,
    /// Where what it gathers begins.
    gathered: usize,
}

impl Run<'_, '_> {
    /// Begins a comprehension over what is on top; says which instruction is next.
    pub(super) fn begin(&mut self, number: u32) -> Option<usize> {
        let range = self.pop()?;
        if range.is_wrong() {
            self.push(range);
            return Some(self.program.tables().loops.get(number as usize)?.end as usize);
        }
        match self.value(range)? {
            Value::List(_) | Value::Map(_) => {}
            _ => return None,
        }
        let gathered = self.memory.gathered.len();
        self.memory.turns.push(Turn { number, range, next: 0, wrong: None, holding: 0, gathered });
        self.turn(self.at + 1)
    }

    /// The key, if it lies anywhere, and the value of the entry at which a comprehension is.
    pub(super) fn entry(&self, depth: usize) -> Option<(Option<&Value>, &Value)> {
        let turn = self.memory.turns.get(depth)?;
        let at = turn.next.checked_sub(1)?;
        match self.value(turn.range)? {
            Value::List(items) => Some((None, items.get(at)?)),
            Value::Map(map) => map.entries().get(at).map(|(key, value)| (Some(key), value)),
            _ => None,
        }
    }

    /// Goes on with the next entry at `body`, or to the end if there is none.
    fn turn(&mut self, body: usize) -> Option<usize> {
        let depth = self.memory.turns.len().checked_sub(1)?;
        let turn = self.memory.turns.get_mut(depth)?;
        let (at, number) = (turn.next, turn.number);
        turn.next += 1;
        let Some((key, value)) = self.entry(depth) else { return self.finish(None) };
        let value = View::of(value, Kind::Entry, depth as u64);
        let (single, key) = match key {
            None => (value, View::int(at as i64)),
            Some(key) => {
                let key = View::of(key, Kind::Key, depth as u64);
                (key, key)
            }
        };
        let plan = self.program.tables().loops.get(number as usize)?;
        let locals = &mut self.memory.locals;
        match plan.second {
            None => *locals.get_mut(plan.first as usize)? = single,
            Some(second) => {
                *locals.get_mut(plan.first as usize)? = key;
                *locals.get_mut(second as usize)? = value;
            }
        }
        self.spend(cost::turn(plan.fold))?;
        Some(body)
    }

    /// Ends the comprehension: with `early`, or with what the bodies gave. Says which instruction is next.
    fn finish(&mut self, early: Option<View>) -> Option<usize> {
        let turn = self.memory.turns.pop()?;
        let plan = self.program.tables().loops.get(turn.number as usize)?;
        let mut gathered = self.memory.gathered.drain(turn.gathered..);
        let list = match (plan.fold, early.or(turn.wrong)) {
            (Fold::Filter | Fold::List, None) => Some(Value::List(gathered.by_ref().collect())),
            _ => None,
        };
        drop(gathered);
        let view = match (early.or(turn.wrong), list) {
            (Some(view), _) => view,
            (None, Some(list)) => self.made(list),
            (None, None) if plan.fold == Fold::ExistsOne => View::bool(turn.holding == 1),
            (None, None) => View::bool(plan.fold == Fold::All),
        };
        self.push(view);
        Some(plan.end as usize)
    }

    /// Takes what the body gave; says which instruction is next.
    #[inline]
    pub(super) fn collect(&mut self, number: u32) -> Option<usize> {
        let plan = self.program.tables().loops.get(number as usize)?;
        let given = self.pop()?;
        let turn = self.memory.turns.last_mut()?;
        match (given.kind, plan.fold) {
            (Kind::Bool, fold @ (Fold::All | Fold::Exists)) => {
                if given.is(fold == Fold::Exists) {
                    return self.finish(Some(given));
                }
            }
            (Kind::Wrong, Fold::All | Fold::Exists) => drop(turn.wrong.get_or_insert(given)),
            // Each entry counts, and an error ends it.
            (Kind::Wrong, _) => return self.finish(Some(given)),
            (Kind::Bool, Fold::ExistsOne) => turn.holding += given.bits as usize,
            (Kind::Bool, Fold::Filter) => {
                if given.bits != 0 {
                    let depth = self.memory.turns.len() - 1;
                    let (key, value) = self.entry(depth)?;
                    let entry = key.unwrap_or(value).clone();
                    self.memory.gathered.push(entry);
                }
            }
            (_, Fold::List) => {
                let value = self.own(given);
                self.memory.gathered.push(value);
            }
            _ => return None,
        }
        self.turn(plan.body as usize)
    }

    /// Takes whether the entry counts; says which instruction is next.
    pub(super) fn filter(&mut self, number: u32) -> Option<usize> {
        let test = self.pop()?;
        match test.kind {
            Kind::Bool if test.bits != 0 => Some(self.at + 1),
            Kind::Bool => self.turn(self.program.tables().loops.get(number as usize)?.body as usize),
            Kind::Wrong => self.finish(Some(test)),
            _ => None,
        }
    }
}
