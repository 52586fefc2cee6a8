//! What whoever runs the process does to a rule set of the hub. Knows rule sets by name; knows no wire. Sessions are not
//! asked: each one's next event is decided by what stands then.

use std::sync::Arc;

use fishplate::engine::Swapped;
use fishplate::ruleset::Mode;
use fishplate::{Decision, Error, Place, RuleSet, Status, Timestamp, codes};
use fishplate_store::Lsn;

use super::Hub;
use crate::decider::Decider;
use crate::operate::{EngineState, Operates};

/// In all of these `rule_set` is a rule set's name, and empty if the hub has only one; calls wait for events under way, and
/// for the disk where the engine is kept.
impl Hub {
    /// Says that it is `now` in event time; gives what fired.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0861): no such rule set; `UNIMPLEMENTED` (F0869): its engine is not the hub's to operate; else as
    /// [`Operates::advance_to`].
    pub fn advance_to(&self, rule_set: &str, now: Timestamp) -> Result<Vec<Decision>, Error> {
        self.operated(rule_set, |_, engine| engine.advance_to(now))
    }

    /// Compiles another version of the rule set, and decides by it from the next event on. `files` are the schema files, by
    /// the names that the document gives them. Gives the new version, and what became of the state.
    ///
    /// # Errors
    /// Every mistake in the document; `FAILED_PRECONDITION` (F0880): it is of another name; else as [`Self::advance_to`] and
    /// [`Operates::swap`]. Nothing has changed.
    pub fn swap(
        &self,
        rule_set: &str,
        file: &str,
        text: &str,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<([u8; 32], Swapped), Error> {
        let rules = self.compile(file, text, files)?;
        self.operated(rule_set, |name, engine| {
            check_name(name, &rules)?;
            let swapped = engine.swap(&rules)?;
            let (rule_set, version) = (name, super::table::hex(rules.version()));
            tracing::info!(rule_set, version, ?swapped, "the operator has changed the rules");
            Ok((*rules.version(), swapped))
        })
    }

    /// Switches a rule; `None`: as the document says.
    ///
    /// # Errors
    /// As [`Self::advance_to`] and [`Operates::set_mode`].
    pub fn set_mode(&self, rule_set: &str, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.operated(rule_set, |rule_set, engine| {
            engine.set_mode(rule, mode)?;
            tracing::info!(rule_set, rule, ?mode, "the operator has switched a rule");
            Ok(())
        })
    }

    /// The rule set's name, and what its engine has done and holds.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn state(&self, rule_set: &str) -> Result<(String, EngineState), Error> {
        self.operated(rule_set, |name, engine| engine.state().map(|state| (name.to_owned(), state)))
    }

    /// The state of these key groups as bytes, of all if none is named.
    ///
    /// # Errors
    /// As [`Self::advance_to`] and [`Operates::snapshot`].
    pub fn snapshot(&self, rule_set: &str, key_groups: &[u16]) -> Result<Vec<u8>, Error> {
        self.operated(rule_set, |_, engine| engine.snapshot(key_groups))
    }

    /// Writes a snapshot into the state folder; gives the last input that is in it.
    ///
    /// # Errors
    /// As [`Self::advance_to`] and [`Operates::take_snapshot`].
    pub fn take_snapshot(&self, rule_set: &str) -> Result<Lsn, Error> {
        self.operated(rule_set, |_, engine| engine.take_snapshot())
    }

    /// The table of rule sets is free while the engine is asked.
    fn operated<R>(
        &self,
        rule_set: &str,
        ask: impl FnOnce(&str, &dyn Operates) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let (name, decider): (String, Arc<dyn Decider>) = self.rule_set(rule_set)?;
        ask(&name, decider.operates().ok_or_else(|| not_operated(&name))?)
    }
}

/// Under another name it would be another rule set: clients ask for it by its name, and its state folder has it.
fn check_name(name: &str, given: &RuleSet) -> Result<(), Error> {
    if given.name() == name {
        return Ok(());
    }
    let message = format!("the state is of rule set `{name}`, and `{}` was given", given.name());
    let error = Error::new(Status::FailedPrecondition, codes::STATE_OF_OTHER_RULES, message, Place::None);
    Err(error.suggest("another version of a rule set has the same name"))
}

fn not_operated(name: &str) -> Error {
    let message = format!("rule set `{name}` has an engine of its owner's, which nobody else changes");
    Error::new(Status::Unimplemented, codes::NOT_OPERABLE, message, Place::None)
}
