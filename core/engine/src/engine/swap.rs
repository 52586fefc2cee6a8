//! Another rule set between two events, and rules switched by hand. What both rule sets define alike keeps its state; no
//! decision mixes versions.

use std::collections::HashMap;

use fishplate_cel::Slot;

use super::{Engine, Work};
use crate::codes;
use crate::error::{Error, Place};
use crate::ruleset::{Mode, Plan, Rule, RuleSet};
use crate::state::Layout;
use crate::status::Status;

/// What a swap kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swapped {
    /// Features and remembering rules whose state went on, by name.
    pub kept: Vec<String>,
    /// Features that begin empty, by name: until their windows have filled they tell less than they will.
    pub warming: Vec<String>,
    /// Features of the earlier rule set that are gone.
    pub dropped: Vec<String>,
}

impl Engine {
    /// Decides by `rule_set` from the next input on. Features, ids and watches whose definition is unchanged keep their
    /// state; rules that were switched by [`Self::set_mode`] stay so, by id. Swapping back is the same call; what the
    /// other rule set did not define was dropped.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0893): `partition_by` differs. Nothing has changed.
    pub fn swap(&mut self, rule_set: &RuleSet) -> Result<Swapped, Error> {
        let (old, new) = (Layout::of(self.rule_set.plan()), Layout::of(rule_set.plan()));
        check_partition(old.partition.as_deref(), new.partition.as_deref())?;
        let plan = rule_set.plan();
        let groups = std::mem::take(&mut self.groups);
        self.groups = groups.into_iter().map(|group| group.moved(&old, plan, &new)).collect();
        let swapped = Swapped {
            kept: new.kept_from(&old).map(str::to_owned).collect(),
            warming: new.features_not_in(&old).map(str::to_owned).collect(),
            dropped: old.features_not_in(&new).map(str::to_owned).collect(),
        };
        self.warm(plan, &swapped);
        self.rule_set = rule_set.clone();
        self.set_modes();
        self.work = Work { slots: vec![Slot::Absent; plan.slots], ..Work::default() };
        Ok(swapped)
    }

    /// Switches a rule, or all rows of a table by the table's id (a row that is switched by itself stays as it is): what the document says of its mode counts no more, until `None` makes it count again. Survives
    /// swaps, by id.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0894): the rule set has no such rule.
    pub fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        let plan = self.rule_set.plan();
        let named = |known: &Rule| *known.id == *rule || known.table.as_deref() == Some(rule);
        if !plan.rules.iter().any(named) {
            let message = format!("rule set `{}` has no rule `{rule}`", self.rule_set.name());
            let error = Error::new(Status::NotFound, codes::UNKNOWN_RULE, message, Place::Name("rule".into()));
            let near = fishplate_cel::did_you_mean(rule, self.rule_set.rules());
            return Err(near.into_iter().fold(error, |error, near| error.suggest(near)));
        }
        self.switched.retain(|(known, _)| known != rule);
        self.switched.extend(mode.map(|mode| (rule.to_owned(), mode)));
        self.set_modes();
        Ok(())
    }

    /// Puts the modes in force. A rule that is off sees no events, so that what it remembers would be wrong from then on.
    fn set_modes(&mut self) {
        let plan = self.rule_set.plan();
        self.modes = modes(plan, &self.switched);
        for (rule, mode) in plan.rules.iter().zip(&self.modes) {
            if let (Mode::Off, Some(watched)) = (mode, &rule.watch) {
                self.groups.iter_mut().for_each(|group| group.forget_watches(watched.list, watched.place));
            }
        }
    }

    /// The mode of each rule, in document order, as it is now.
    pub fn modes(&self) -> impl Iterator<Item = (&str, Mode)> {
        self.rule_set.rules().zip(self.modes.iter().copied())
    }

    /// Features whose windows have not filled since a swap or a restore, by name.
    pub fn warming(&self) -> impl Iterator<Item = &str> {
        let now = self.high.max(self.tick);
        self.warming.iter().filter(move |(_, until)| now.is_none_or(|now| now < *until)).map(|(name, _)| &**name)
    }

    /// Notes which features begin empty, and until when; those of before that are still there go on.
    pub(super) fn warm(&mut self, plan: &Plan, swapped: &Swapped) {
        self.warming.retain(|(name, _)| swapped.kept.contains(name));
        let Some(now) = self.high.max(self.tick) else { return };
        let size = |name: &str| {
            let mut windows = plan.keyed.iter().flat_map(|keyed| &keyed.windows);
            windows.find(|window| *window.name == *name).map(|window| window.definition.size)
        };
        let begun = swapped.warming.iter().filter_map(|name| Some((name.clone(), now + size(name)?)));
        self.warming.extend(begun);
    }
}

/// The modes of the rules, those that were switched by hand put in.
pub(super) fn modes(plan: &Plan, switched: &[(String, Mode)]) -> Vec<Mode> {
    let switched: HashMap<&str, Mode> = switched.iter().map(|(id, mode)| (id.as_str(), *mode)).collect();
    let of = |id: &str| switched.get(id).copied();
    // A row that was switched by itself does not follow its table.
    let of_table = |rule: &Rule| rule.table.as_deref().and_then(of);
    plan.rules.iter().map(|rule| of(&rule.id).or_else(|| of_table(rule)).unwrap_or(rule.mode)).collect()
}

/// What is kept by one `partition_by` means nothing under another.
pub(super) fn check_partition(old: Option<&str>, new: Option<&str>) -> Result<(), Error> {
    if old == new {
        return Ok(());
    }
    let shown = |by: Option<&str>| by.map_or("no `partition_by`".to_owned(), |by| format!("`partition_by: {by}`"));
    let message = format!("the state is kept by {}, and the rule set has {}", shown(old), shown(new));
    Err(Error::new(Status::FailedPrecondition, codes::PARTITION_CHANGED, message, Place::None))
}
