//! Rules that remember their keys, at one event: between the rules, which say what holds, and the state, which keeps it.

use super::settle::Found;
use super::verdict::{Unkept, Watches};
use crate::codes;
use crate::ruleset::{Plan, WatchPlan, Watched};
use crate::state::Group;
use crate::timer::{Armed, Held, Said, Watch};
use crate::trace::TraceContext;

pub(super) struct Watching<'a> {
    pub(super) plan: &'a Plan,
    pub(super) group: &'a mut Group,
    /// By key list.
    pub(super) rows: &'a [Found],
    pub(super) time: Option<i128>,
    pub(super) parent: Option<TraceContext>,
    /// Whether the event changes what is remembered: it is accepted, and not late.
    pub(super) changes: bool,
    /// Rules that wait since this event, and when they are due.
    pub(super) waiting: Vec<(usize, i128)>,
}

impl Watching<'_> {
    fn due(&self, rule: usize) -> Option<i128> {
        self.waiting.iter().find(|(other, _)| *other == rule).map(|(_, due)| *due)
    }

    /// Makes the rule wait for the event's key, or wait no more, if the event changes anything.
    fn put(&mut self, rule: usize, armed: Option<Box<Armed>>) {
        if let (true, Some(watched)) = (self.changes, &self.plan.rules[rule].watch)
            && let Found::At(at) = &self.rows[watched.list]
        {
            self.group.arm(watched.list, *at, watched.place, armed);
        }
    }

    /// Does something with the rule's watch of the event's key: with the watch itself, or, where nothing is to be kept,
    /// with a copy.
    fn with<T>(&mut self, rule: usize, change: impl FnOnce(&mut Watch, &Watched, i128) -> T) -> Result<T, Unkept> {
        let (Some(watched), Some(time)) = (&self.plan.rules[rule].watch, self.time) else {
            let message = "a rule without a watch was asked for it".to_owned();
            return Err(Unkept { code: codes::INTERNAL, message, key: None });
        };
        match &self.rows[watched.list] {
            Found::At(at) if self.changes => {
                Ok(self.group.change(watched.list, *at, |row| change(&mut row.watches[watched.place], watched, time)))
            }
            Found::At(at) => {
                let row = self.group.rows[watched.list].row(*at);
                Ok(change(&mut row.watches[watched.place].clone(), watched, time))
            }
            Found::Nowhere => Ok(change(&mut Watch::default(), watched, time)),
            Found::NoRoom => {
                let message = "the state has no room for another key".to_owned();
                Err(Unkept { code: codes::NO_ROOM_FOR_KEY, message, key: None })
            }
            Found::Error(error) => Err(Unkept {
                code: codes::KEY_ERROR,
                message: error.why.clone(),
                key: Some((error.part, error.offset)),
            }),
        }
    }
}

impl Watches for Watching<'_> {
    fn hold(&mut self, rule: usize, when: bool, until: Option<bool>) -> Result<bool, Unkept> {
        let (held, newest) = self.with(rule, |watch, watched, time| match watched.kind {
            WatchPlan::Hold { span, .. } => (watch.hold(span, time, when, until), watch.last == Some(time)),
            WatchPlan::Silent { .. } => (Held::Off, false),
        })?;
        match held {
            Held::Pending(due) => self.waiting.push((rule, due)),
            Held::On | Held::Off if newest => self.put(rule, None),
            Held::On | Held::Off => {}
        }
        Ok(held == Held::On)
    }

    fn waits(&mut self, rule: usize) -> Result<bool, Unkept> {
        let due = self.with(rule, |watch, watched, time| match watched.kind {
            WatchPlan::Silent { span } => watch.hear(span, time),
            WatchPlan::Hold { .. } => None,
        })?;
        self.waiting.extend(due.map(|due| (rule, due)));
        Ok(self.changes && self.due(rule).is_some())
    }

    fn arm(&mut self, rule: usize, said: Said) {
        if let Some(due) = self.due(rule) {
            let armed = Armed { rule: rule as u32, due, said, parent: self.parent };
            self.put(rule, Some(Box::new(armed)));
        }
    }
}
