//! What the rules say of one event whose slots are filled: which match, what their outputs come to, what failed.

use fishplate_cel::index::Scratch;
use fishplate_cel::{Code, EvalError, Slot, Stack, Value};

use super::filled::Filled;
use super::merging::{Merged, finish, merge};
use crate::codes;
use crate::decision::{Decision, DecisionError, Subject};
use crate::ruleset::{Expression, Mode, Plan, Position, Rule, RuleSet, Values, WatchPlan, Watched};
use crate::timer::Said;

/// Memory that is used again for each event.
#[derive(Debug, Default)]
pub(crate) struct Room {
    scratch: Scratch,
    /// By output.
    merged: Vec<Merged>,
    /// By feature: whether a rule that matched names it.
    named: Vec<bool>,
    /// What one rule gives its outputs.
    values: Vec<(usize, Value)>,
    settled: Settled,
    filled: Filled,
}

impl Room {
    fn clear(&mut self, plan: &Plan) {
        self.merged.clear();
        self.merged.resize_with(plan.outputs.len(), || Merged::Nothing);
        self.named.clear();
        self.named.resize(plan.features.len(), false);
        self.settled.clear(plan.groups);
        self.filled.clear(plan);
    }
}

/// What rules that remember their keys make of an event.
pub(crate) trait Watches {
    /// The rule's condition holds or does not, and `until`, if it has one: whether the rule matches.
    ///
    /// # Errors
    /// The rule has no key, or no room for it.
    fn hold(&mut self, rule: usize, when: bool, until: Option<bool>) -> Result<bool, Unkept>;

    /// Whether the rule waits, since this event, to fire by itself: then it has to be told what to say.
    ///
    /// # Errors
    /// As [`Self::hold`].
    fn waits(&mut self, rule: usize) -> Result<bool, Unkept>;

    /// What the rule says when it fires by itself.
    fn arm(&mut self, rule: usize, said: Said);
}

/// Why nothing is remembered of an event's key.
pub(crate) struct Unkept {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Which of the rule's keys ended in an error, and at which byte of its text.
    pub(crate) key: Option<(usize, usize)>,
}

/// How rules are asked.
pub(crate) struct Asking<'a> {
    pub(crate) rule_set: &'a RuleSet,
    /// By rule.
    pub(crate) modes: &'a [Mode],
    pub(crate) cost: u64,
    /// Whether the index holds for the events that come in.
    pub(crate) indexed: bool,
}

/// Decides every rule that is not off, into a decision that says nothing yet.
pub(crate) fn decide(
    asking: &Asking<'_>,
    slots: &mut [Slot],
    stack: &mut Stack,
    room: &mut Room,
    watches: &mut dyn Watches,
    decision: &mut Decision,
) {
    let plan = asking.rule_set.plan();
    room.clear(plan);
    let Room { scratch, merged, named, values, settled, filled } = room;
    let candidates = asking.indexed.then(|| plan.index.candidates(slots, scratch));
    let mut round = Round { asking, plan, slots, stack, watches, merged, named, values, settled, filled, decision };
    if let Some(candidates) = candidates {
        candidates.each(|at, certainty| round.rule(at, plan.index.tells(at, certainty, round.slots)));
    } else {
        (0..plan.rules.len()).for_each(|at| round.rule(at, None));
    }
    features(asking, slots, named, decision);
    finish(&plan.outputs, merged, decision);
    if plan.policy && !decision.errors.is_empty() {
        // A policy is one expression: where a part of it that was needed ends in an error, so does the whole.
        decision.matched.clear();
        decision.outputs.iter_mut().for_each(|output| *output = None);
    }
}

/// Which tables have spoken, of those of which one row alone speaks.
#[derive(Debug, Default)]
struct Settled {
    live: Vec<bool>,
    /// A row in shadow silences other shadows, and no live row.
    shadow: Vec<bool>,
}

impl Settled {
    fn clear(&mut self, groups: usize) {
        for spoken in [&mut self.live, &mut self.shadow] {
            spoken.clear();
            spoken.resize(groups, false);
        }
    }

    fn silences(&self, rule: &Rule, mode: Mode) -> bool {
        let spoken = |group: u32| self.live[group as usize] || (mode == Mode::Shadow && self.shadow[group as usize]);
        rule.group.is_some_and(spoken) || rule.within.is_some_and(spoken)
    }

    fn speaks(&mut self, rule: &Rule, mode: Mode) {
        let Some(group) = rule.group else { return };
        let spoken = if mode == Mode::Live { &mut self.live } else { &mut self.shadow };
        spoken[group as usize] = true;
    }
}

/// What a rule that fires by itself says, merged into outputs as if it stood alone, into a decision that says nothing yet.
pub(crate) fn alone(rule_set: &RuleSet, rule: usize, mode: Mode, said: Said, decision: &mut Decision) {
    let plan = rule_set.plan();
    let mut room = Room::default();
    room.clear(plan);
    match (said, mode) {
        (Ok(values), Mode::Live) => {
            decision.matched.push(rule as u32);
            values.iter().for_each(|(at, value)| merge(&plan.outputs, *at, value, &mut room.merged));
        }
        (Ok(_), _) => decision.shadow_matched.push(rule as u32),
        (Err(error), Mode::Live) => decision.errors.push(error),
        (Err(error), _) => decision.shadow_errors.push(error),
    }
    finish(&plan.outputs, &mut room.merged, decision);
}

/// All rules of one event, one after the other.
struct Round<'r, 'a> {
    asking: &'r Asking<'a>,
    plan: &'a Plan,
    slots: &'r mut [Slot],
    stack: &'r mut Stack,
    watches: &'r mut dyn Watches,
    merged: &'r mut Vec<Merged>,
    named: &'r mut Vec<bool>,
    values: &'r mut Vec<(usize, Value)>,
    settled: &'r mut Settled,
    filled: &'r mut Filled,
    decision: &'r mut Decision,
}

impl Round<'_, '_> {
    /// Asks one rule; `holds` is what is known of its condition.
    fn rule(&mut self, at: usize, holds: Option<bool>) {
        let mode = self.asking.modes[at];
        if mode == Mode::Off || holds == Some(false) {
            return;
        }
        if let (Mode::Live, Some(true), Some(values)) = (mode, holds, self.plan.plain.of(at)) {
            self.decision.matched.push(at as u32);
            values.iter().for_each(|(at, value)| merge(&self.plan.outputs, *at as usize, value, self.merged));
            return;
        }
        let rule = &self.plan.rules[at];
        if self.settled.silences(rule, mode) {
            return;
        }
        self.values.clear();
        let matches = match &rule.watch {
            None => self.matches(rule, holds),
            Some(watch) => self.watched(at, rule, watch),
        };
        let decision = &mut *self.decision;
        let (matched, errors) = match mode {
            Mode::Live => (&mut decision.matched, &mut decision.errors),
            Mode::Shadow | Mode::Off => (&mut decision.shadow_matched, &mut decision.shadow_errors),
        };
        if let Ok(false) = matches {
            return;
        }
        // After an error, too: whether this row was the first to hold is not known, so no later one may say that it is.
        self.settled.speaks(rule, mode);
        match matches {
            Ok(_) => matched.push(at as u32),
            Err(error) => return errors.push(error),
        }
        if mode == Mode::Live {
            if rule.entry {
                self.values.iter_mut().for_each(|(_, value)| *value = Value::List([value.clone()].into()));
            }
            self.values.iter().for_each(|(at, value)| merge(&self.plan.outputs, *at, value, self.merged));
            rule.features.iter().for_each(|feature| self.named[*feature as usize] = true);
        }
    }

    /// Whether the rule matches; then the values that it gives its outputs are there.
    fn matches(&mut self, rule: &Rule, holds: Option<bool>) -> Result<bool, DecisionError> {
        if !self.plan.variables.is_empty() {
            return self.matches_with_variables(rule, holds);
        }
        let holds = match (holds, &rule.when) {
            (Some(holds), _) => holds,
            (None, Some(when)) => self.asking.holds(rule, when, self.slots, self.stack)?,
            (None, None) => false,
        };
        if holds {
            self.asking.outputs(rule, self.slots, self.stack, self.values)?;
        }
        Ok(holds)
    }

    /// The same of a policy's rule: what it shares with others is computed before it is read.
    fn matches_with_variables(&mut self, rule: &Rule, holds: Option<bool>) -> Result<bool, DecisionError> {
        for guard in &rule.guards {
            self.fill(*guard);
            if let Some(error) = &self.filled.errors[*guard as usize] {
                return Err(self.asking.of_variable(rule, *guard, error.clone()));
            }
            let slot = self.plan.variables[*guard as usize].slot;
            if self.slots[slot].value() != Some(&Value::Bool(true)) {
                return Ok(false);
            }
        }
        let holds = match (holds, &rule.when) {
            (Some(holds), _) => holds,
            (None, Some(when)) => {
                self.fill_for(when);
                let held = self.asking.holds(rule, when, self.slots, self.stack);
                held.map_err(|error| self.cause(rule, [when], error))?
            }
            (None, None) => false,
        };
        if holds {
            rule.outputs.iter().for_each(|(_, output)| self.fill_for(output));
            let given = self.asking.outputs(rule, self.slots, self.stack, self.values);
            given.map_err(|error| self.cause(rule, rule.outputs.iter().map(|(_, output)| output), error))?;
        }
        Ok(holds)
    }

    fn fill_for(&mut self, expression: &Expression) {
        for slot in expression.program.slots() {
            if let Some(variable) = self.plan.variable_of_slot[*slot] {
                self.fill(variable);
            }
        }
    }

    fn fill(&mut self, variable: u32) {
        self.filled.fill(self.plan, variable, self.slots, self.stack, self.asking.cost);
    }

    /// An error that came of reading a variable in error is that variable's: the first one's, in the order of the document.
    fn cause<'e>(
        &self,
        rule: &Rule,
        expressions: impl IntoIterator<Item = &'e Expression>,
        error: DecisionError,
    ) -> DecisionError {
        if error.code != Code::FEATURE_IN_ERROR {
            return error;
        }
        let slots = expressions.into_iter().flat_map(|expression| expression.program.slots());
        let failed = slots.filter_map(|slot| self.plan.variable_of_slot[*slot]);
        let first = failed.filter(|at| self.filled.errors[*at as usize].is_some()).min();
        let cause = first.and_then(|at| Some((at, self.filled.errors[at as usize].clone()?)));
        cause.map_or(error, |(at, cause)| self.asking.of_variable(rule, at, cause))
    }

    /// The same of a rule that remembers its keys; and what it will say, if it waits to fire by itself.
    fn watched(&mut self, at: usize, rule: &Rule, watch: &Watched) -> Result<bool, DecisionError> {
        let asking = self.asking;
        let unkept = |unkept| asking.unkept(rule, watch, unkept);
        let matches = match (&watch.kind, &rule.when) {
            (WatchPlan::Hold { until, .. }, Some(when)) => {
                let when = asking.holds(rule, when, self.slots, self.stack)?;
                let until =
                    until.as_ref().map(|until| asking.holds(rule, until, self.slots, self.stack)).transpose()?;
                self.watches.hold(at, when, until).map_err(unkept)?
            }
            _ => false,
        };
        if matches {
            asking.outputs(rule, self.slots, self.stack, self.values)?;
            return Ok(true);
        }
        if self.watches.waits(at).map_err(unkept)? {
            let mut values = Vec::with_capacity(rule.outputs.len());
            let said = asking.outputs(rule, self.slots, self.stack, &mut values).map(|()| values);
            self.watches.arm(at, said);
        }
        Ok(false)
    }
}

impl Asking<'_> {
    fn holds(
        &self,
        rule: &Rule,
        condition: &Expression,
        slots: &[Slot],
        stack: &mut Stack,
    ) -> Result<bool, DecisionError> {
        let held = condition.program.run_on(stack, slots, self.cost);
        held.map(|value| value == Value::Bool(true)).map_err(|error| self.failed(rule, condition, error))
    }

    /// The values that a rule gives its outputs.
    fn outputs(
        &self,
        rule: &Rule,
        slots: &[Slot],
        stack: &mut Stack,
        values: &mut Vec<(usize, Value)>,
    ) -> Result<(), DecisionError> {
        let plan = self.rule_set.plan();
        for (at, expression) in &rule.outputs {
            let value = match expression.program.constant() {
                Some(value) => value.clone(),
                None => {
                    let run = expression.program.run_on(stack, slots, self.cost);
                    run.map_err(|error| self.failed(rule, expression, error))?
                }
            };
            if let (Values::Enum(names), Value::String(name)) = (&plan.outputs[*at].values, &value)
                && !names.contains(name)
            {
                let place = expression.start(self.rule_set.source());
                let message = "the output's enumeration does not name this value".to_owned();
                return Err(error(Subject::Rule(rule.id.clone()), codes::BAD_ENUM_VALUE, place, message));
            }
            values.push((*at, value));
        }
        Ok(())
    }

    /// The error of a variable that `rule` needs, at the variable's place.
    fn of_variable(&self, rule: &Rule, variable: u32, (at, cause): (u32, EvalError)) -> DecisionError {
        debug_assert!(at <= variable, "a variable needs those before it");
        self.failed(rule, &self.rule_set.plan().variables[at as usize].expression, cause)
    }

    fn failed(&self, rule: &Rule, expression: &Expression, cause: EvalError) -> DecisionError {
        let place = expression.place(self.rule_set.source(), &cause);
        // Whatever a message says of a value might be said of a sensitive field's.
        let message = match codes::explain(cause.code) {
            Some(explained) if self.rule_set.plan().sensitive => explained.title.to_owned(),
            _ => cause.message,
        };
        error(Subject::Rule(rule.id.clone()), cause.code, place, message)
    }

    /// It stands where the key does that failed; where none did, at the first.
    fn unkept(&self, rule: &Rule, watch: &Watched, unkept: Unkept) -> DecisionError {
        let (key, offset) = unkept.key.unwrap_or_default();
        let place = watch.spots.get(key).map(|spot| spot.inside(self.rule_set.source(), offset));
        let place = place.unwrap_or(Position { line: 1, column: 1 });
        error(Subject::Rule(rule.id.clone()), unkept.code, place, unkept.message)
    }
}

pub(super) fn error(subject: Subject, code: Code, place: Position, message: String) -> DecisionError {
    DecisionError { subject, code, line: place.line, column: place.column, message }
}

/// The values of the features that matched rules name; one in error has none and is left out.
fn features(asking: &Asking<'_>, slots: &[Slot], named: &[bool], decision: &mut Decision) {
    let named = named.iter().enumerate().filter(|(_, named)| **named);
    let value = |at: usize| {
        let slot = slots.get(asking.rule_set.plan().features[at].slot?)?;
        Some((at as u32, slot.value()?.clone()))
    };
    decision.features.extend(named.filter_map(|(at, _)| value(at)));
}
