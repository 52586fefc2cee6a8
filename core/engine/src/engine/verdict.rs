//! What the rules say of one event whose slots are filled: which match, what their outputs come to, what failed.

use std::sync::Arc;

use fishplate_cel::{Code, EvalError, Slot, Stack, Value};

use crate::codes;
use crate::decision::{DecisionError, Subject};
use crate::ruleset::{Expression, Mode, Output, Position, Rule, RuleSet, Values, WatchPlan, Watched};
use crate::timer::Said;

/// The rules' part of a decision.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) outputs: Vec<Option<Value>>,
    pub(crate) matched: Vec<u32>,
    pub(crate) features: Vec<(u32, Value)>,
    pub(crate) errors: Vec<DecisionError>,
    pub(crate) shadow_matched: Vec<u32>,
    pub(crate) shadow_errors: Vec<DecisionError>,
}

/// Where the merging of one output stands.
enum Merged {
    Nothing,
    Value(Value),
    Failed(Code),
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
    pub(crate) slots: &'a [Slot],
    pub(crate) cost: u64,
}

/// Decides every rule that is not off.
pub(crate) fn decide(asking: &Asking<'_>, stack: &mut Stack, watches: &mut dyn Watches) -> Verdict {
    let plan = asking.rule_set.plan();
    let mut verdict = Verdict::default();
    let mut merged: Vec<Merged> = plan.outputs.iter().map(|_| Merged::Nothing).collect();
    let mut named = vec![false; plan.features.len()];
    let mut settled = Settled::new(plan.groups);
    for (at, rule) in plan.rules.iter().enumerate() {
        let mode = asking.modes[at];
        let (matched, errors) = match mode {
            Mode::Live => (&mut verdict.matched, &mut verdict.errors),
            Mode::Shadow => (&mut verdict.shadow_matched, &mut verdict.shadow_errors),
            Mode::Off => continue,
        };
        if settled.silences(rule, mode) {
            continue;
        }
        let said = match &rule.watch {
            None => asking.values(rule, stack),
            Some(watch) => asking.watched(at, rule, watch, stack, watches),
        };
        match said {
            Ok(None) => continue,
            Ok(Some(values)) => {
                settled.speaks(rule, mode);
                matched.push(at as u32);
                if mode == Mode::Live {
                    merge(&plan.outputs, values, &mut merged);
                    rule.features.iter().for_each(|feature| named[*feature as usize] = true);
                }
            }
            Err(error) => {
                // Whether this row was the first to hold is not known, so no later one may say that it is.
                settled.speaks(rule, mode);
                errors.push(error);
            }
        }
    }
    verdict.features = features(asking.rule_set, &named, asking.slots);
    (verdict.outputs, verdict.errors) = finish(&plan.outputs, merged, verdict.errors);
    verdict
}

/// Which tables have spoken, of those of which one row alone speaks.
struct Settled {
    live: Vec<bool>,
    /// A row in shadow silences other shadows, and no live row.
    shadow: Vec<bool>,
}

impl Settled {
    fn new(groups: usize) -> Self {
        Self { live: vec![false; groups], shadow: vec![false; groups] }
    }

    fn silences(&self, rule: &Rule, mode: Mode) -> bool {
        let Some(group) = rule.group else { return false };
        self.live[group as usize] || (mode == Mode::Shadow && self.shadow[group as usize])
    }

    fn speaks(&mut self, rule: &Rule, mode: Mode) {
        let Some(group) = rule.group else { return };
        let spoken = if mode == Mode::Live { &mut self.live } else { &mut self.shadow };
        spoken[group as usize] = true;
    }
}

/// What a rule that fires by itself says, merged into outputs as if it stood alone.
pub(crate) fn alone(rule_set: &RuleSet, rule: usize, mode: Mode, said: Said) -> Verdict {
    let plan = rule_set.plan();
    let mut verdict = Verdict::default();
    let mut merged: Vec<Merged> = plan.outputs.iter().map(|_| Merged::Nothing).collect();
    match (said, mode) {
        (Ok(values), Mode::Live) => {
            verdict.matched.push(rule as u32);
            merge(&plan.outputs, values, &mut merged);
        }
        (Ok(_), _) => verdict.shadow_matched.push(rule as u32),
        (Err(error), Mode::Live) => verdict.errors.push(error),
        (Err(error), _) => verdict.shadow_errors.push(error),
    }
    (verdict.outputs, verdict.errors) = finish(&plan.outputs, merged, verdict.errors);
    verdict
}

impl Asking<'_> {
    /// The values that a rule gives its outputs; `None` if it does not match.
    fn values(&self, rule: &Rule, stack: &mut Stack) -> Result<Option<Vec<(usize, Value)>>, DecisionError> {
        match &rule.when {
            Some(when) if self.holds(rule, when, stack)? => self.outputs(rule, stack).map(Some),
            _ => Ok(None),
        }
    }

    /// The same of a rule that remembers its keys; and what it will say, if it waits to fire by itself.
    fn watched(
        &self,
        at: usize,
        rule: &Rule,
        watch: &Watched,
        stack: &mut Stack,
        watches: &mut dyn Watches,
    ) -> Result<Option<Vec<(usize, Value)>>, DecisionError> {
        let unkept = |unkept| self.unkept(rule, watch, unkept);
        let matches = match (&watch.kind, &rule.when) {
            (WatchPlan::Hold { until, .. }, Some(when)) => {
                let when = self.holds(rule, when, stack)?;
                let until = until.as_ref().map(|until| self.holds(rule, until, stack)).transpose()?;
                watches.hold(at, when, until).map_err(unkept)?
            }
            _ => false,
        };
        if matches {
            return self.outputs(rule, stack).map(Some);
        }
        if watches.waits(at).map_err(unkept)? {
            let said = self.outputs(rule, stack);
            watches.arm(at, said);
        }
        Ok(None)
    }

    fn holds(&self, rule: &Rule, condition: &Expression, stack: &mut Stack) -> Result<bool, DecisionError> {
        let held = condition.program.run_on(stack, self.slots, self.cost);
        held.map(|value| value == Value::Bool(true)).map_err(|error| self.failed(rule, condition, error))
    }

    fn outputs(&self, rule: &Rule, stack: &mut Stack) -> Said {
        let plan = self.rule_set.plan();
        let mut values = Vec::with_capacity(rule.outputs.len());
        for (at, expression) in &rule.outputs {
            let run = expression.program.run_on(stack, self.slots, self.cost);
            let value = run.map_err(|error| self.failed(rule, expression, error))?;
            if let (Values::Enum(names), Value::String(name)) = (&plan.outputs[*at].values, &value)
                && !names.contains(name)
            {
                let place = expression.start(self.rule_set.source());
                let message = "the output's enumeration does not name this value".to_owned();
                return Err(error(Subject::Rule(rule.id.clone()), codes::BAD_ENUM_VALUE, place, message));
            }
            values.push((*at, value));
        }
        Ok(values)
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

fn error(subject: Subject, code: Code, place: Position, message: String) -> DecisionError {
    DecisionError { subject, code, line: place.line, column: place.column, message }
}

fn merge(outputs: &[Output], values: Vec<(usize, Value)>, merged: &mut [Merged]) {
    for (at, value) in values {
        let so_far = match std::mem::replace(&mut merged[at], Merged::Nothing) {
            Merged::Nothing => None,
            Merged::Value(value) => Some(value),
            Merged::Failed(code) => {
                merged[at] = Merged::Failed(code);
                continue;
            }
        };
        merged[at] = match outputs[at].merge.add(so_far, value, &outputs[at].values) {
            Ok(value) => Merged::Value(value),
            Err(code) => Merged::Failed(code),
        };
    }
}

/// The values of the features that matched rules name; one in error has none and is left out.
fn features(rule_set: &RuleSet, named: &[bool], slots: &[Slot]) -> Vec<(u32, Value)> {
    let named = named.iter().enumerate().filter(|(_, named)| **named);
    let value = |at: usize| match slots.get(rule_set.plan().features[at].slot?)? {
        Slot::Value(value) => Some((at as u32, value.clone())),
        Slot::Absent | Slot::Error(_) => None,
    };
    named.filter_map(|(at, _)| value(at)).collect()
}

/// Outputs in document order, and the errors with those of the merges behind them.
fn finish(
    outputs: &[Output],
    merged: Vec<Merged>,
    mut errors: Vec<DecisionError>,
) -> (Vec<Option<Value>>, Vec<DecisionError>) {
    let mut values = Vec::with_capacity(outputs.len());
    for (output, merged) in outputs.iter().zip(merged) {
        values.push(match merged {
            Merged::Value(value) => Some(value),
            Merged::Nothing => output.default.clone(),
            Merged::Failed(code) => {
                let name: Arc<str> = output.name.clone();
                let message = codes::explain(code).map(|explained| explained.title.to_owned()).unwrap_or_default();
                errors.push(error(Subject::Output(name), code, output.at, message));
                output.default.clone()
            }
        });
    }
    (values, errors)
}
