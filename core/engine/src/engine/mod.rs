//! RuleSet + state → Decision.
use crate::decision::Decision;
use crate::error::Error;
use crate::event::Event;
use crate::limits::Limits;
use crate::ruleset::RuleSet;

/// A rule set, its state and its limits. One caller at a time (`&mut`); whoever shares it owns the lock.
#[derive(Debug)]
pub struct Engine {
    rule_set: RuleSet,
}

/// How an engine takes events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The bounds on each event.
    pub limits: Limits,
    /// Refuse fields that the schema does not have, in JSON, maps and rows.
    pub strict: bool,
}

/// What an engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events accepted.
    pub accepted: u64,
    /// Events refused.
    pub refused: u64,
    /// Accepted events that were late.
    pub late: u64,
    /// Events whose id was seen before.
    pub repeated: u64,
    /// Accepted events that at least one live rule matched.
    pub matched: u64,
}

impl Engine {
    /// An engine with empty windows.
    pub fn new(rule_set: &RuleSet, options: Options) -> Engine {
        let _ = options;
        Engine { rule_set: rule_set.clone() }
    }

    /// The rule set that it decides by.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Decides `event` and updates the windows.
    ///
    /// # Errors
    /// The event is refused (`INVALID_ARGUMENT`): nothing has changed.
    pub fn decide(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        let _ = event;
        todo!()
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        let _ = event;
        todo!()
    }

    /// Decides each event in order; a refused one is an error in its own place.
    pub fn decide_all<'e>(
        &mut self,
        events: impl IntoIterator<Item = Event<'e>>,
    ) -> Vec<Result<Decision, Error>> {
        events.into_iter().map(|event| self.decide(event)).collect()
    }

    /// Resolves the header of a table of rows for [`Event::row`].
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: a column named twice, or (strict) one that the schema does not have.
    pub fn columns(&self, header: &[&str]) -> Result<crate::decode::Columns, Error> {
        let _ = header;
        todo!()
    }

    /// What it has done so far.
    pub fn counters(&self) -> Counters {
        todo!()
    }
}
