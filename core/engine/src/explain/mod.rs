//! Why each rule did or did not match an event: the value of every part of its expressions, at its place in the source.
//! Asking changes nothing; the answer is that of [`Engine::preview`].

mod conditions;
mod json;
#[cfg(test)]
mod tests;
mod text;

pub use conditions::{Condition, conditions};

use std::collections::BTreeMap;
use std::sync::Arc;

use fishplate_cel::{EvalError, Slot, Span, Stack, Value};

use crate::decision::{Decision, Subject};
use crate::engine::Engine;
use crate::error::Error;
use crate::event::Event;
use crate::ruleset::{Expression, Mode, Plan, Rule, RuleSet, WatchPlan};

/// A part of an expression in a comprehension shows this many of its values.
const SHOWN: usize = 8;

/// Why an event's decision is what it is.
#[derive(Clone, Debug)]
pub struct Explanation {
    decision: Decision,
    rules: Vec<RuleExplained>,
}

/// What a rule made of the event.
#[derive(Clone, Debug)]
pub struct RuleExplained {
    /// Its id.
    pub rule: Arc<str>,
    /// Whether it counts.
    pub mode: Mode,
    /// What came of it.
    pub outcome: Outcome,
    /// Its expressions, in the order of the document.
    pub expressions: Vec<ExpressionExplained>,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It matched.
    Matched,
    /// It did not match.
    NotMatched,
    /// It ended in an error.
    Failed,
    /// It is off, and nobody asked it.
    Off,
    /// An earlier row of its table spoke.
    Silenced,
}

/// One expression of a rule.
#[derive(Clone, Debug)]
pub struct ExpressionExplained {
    /// The key that it stands under: `when`, `until`, `by`, or `output.NAME`.
    pub key: String,
    /// Its parts that were evaluated and are no constants, each behind those that it is a part of.
    pub parts: Vec<Part>,
}

/// A part of an expression and what it gave.
#[derive(Clone, Debug)]
pub struct Part {
    /// Line in the document, or in the CSV file that the rule is a row of, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// How many parts it is inside of.
    pub depth: usize,
    /// The part as it is written.
    pub text: String,
    /// What it gave: one value, or one for each entry that a comprehension went through, at most eight.
    pub values: Vec<Given>,
    /// How often it was evaluated.
    pub times: usize,
}

/// What a part gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A value.
    Value(Value),
    /// An error: its code and message.
    Error(fishplate_cel::Code, String),
    /// A value that comes of a sensitive field.
    Hidden,
}

impl Explanation {
    /// The decision that it explains.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Each rule, in the order of the document.
    pub fn rules(&self) -> &[RuleExplained] {
        &self.rules
    }

    /// The same for the rules of which `wanted` holds.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(&RuleExplained) -> bool) -> Self {
        self.rules.retain(wanted);
        self
    }

    /// The explanation as text for people.
    pub fn text(&self) -> String {
        text::of(self)
    }

    /// The explanation as one JSON object; `docs/explain.md` gives its form.
    pub fn json(&self) -> String {
        json::of(self)
    }
}

impl Outcome {
    /// As it is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::NotMatched => "not matched",
            Self::Failed => "in error",
            Self::Off => "off",
            Self::Silenced => "silenced by an earlier row",
        }
    }
}

impl Engine {
    /// Says what each rule would make of `event` now, and why; changes nothing.
    ///
    /// A repeat of an event that is remembered by its id is decided by no rule: its explanation has the first decision and no rules.
    ///
    /// # Errors
    /// The event is refused, as [`Engine::decide`] does.
    pub fn explain(&mut self, event: Event<'_>) -> Result<Explanation, Error> {
        let decision = self.preview(event)?;
        if decision.repeated() {
            return Ok(Explanation { decision, rules: Vec::new() });
        }
        let modes: Vec<Mode> = self.modes().map(|(_, mode)| mode).collect();
        let rule_set = self.rule_set().clone();
        let cost = self.limits().cost;
        let (slots, stack) = self.slots_and_stack();
        let mut asking = Asking { rule_set: &rule_set, slots, stack, cost };
        let mut outcomes = outcomes(&rule_set, &decision, &modes);
        let rules = rule_set.plan().rules.iter().enumerate().map(|(at, rule)| {
            let outcome = outcomes.remove(&at).unwrap_or(Outcome::NotMatched);
            let expressions = if outcome == Outcome::Off { Vec::new() } else { asking.rule(rule, outcome) };
            RuleExplained { rule: rule.id.clone(), mode: modes[at], outcome, expressions }
        });
        let rules = rules.collect();
        Ok(Explanation { decision, rules })
    }
}

/// What came of each rule that did anything else than not match, by place.
fn outcomes(rule_set: &RuleSet, decision: &Decision, modes: &[Mode]) -> BTreeMap<usize, Outcome> {
    let plan = rule_set.plan();
    let mut found = BTreeMap::new();
    let errors = decision.errors().iter().chain(decision.shadow_errors());
    for error in errors {
        if let Subject::Rule(id) = &error.subject
            && let Some(at) = rule_set.rule_index(id)
        {
            found.insert(at, Outcome::Failed);
        }
    }
    for id in decision.matched().chain(decision.shadow_matched()) {
        if let Some(at) = rule_set.rule_index(id) {
            found.insert(at, Outcome::Matched);
        }
    }
    silence(plan, modes, &mut found);
    found.extend(modes.iter().enumerate().filter(|(_, mode)| **mode == Mode::Off).map(|(at, _)| (at, Outcome::Off)));
    found
}

/// Rows behind the one of their table that spoke, which are no more asked.
fn silence(plan: &Plan, modes: &[Mode], found: &mut BTreeMap<usize, Outcome>) {
    let mut spoken: Vec<Option<Mode>> = vec![None; plan.groups];
    for (at, rule) in plan.rules.iter().enumerate() {
        if rule.within.is_some_and(|group| spoken[group as usize] == Some(Mode::Live)) {
            found.insert(at, Outcome::Silenced);
            continue;
        }
        let Some(group) = rule.group.map(|group| group as usize) else { continue };
        match (spoken[group], found.get(&at)) {
            (Some(Mode::Live), _) => drop(found.insert(at, Outcome::Silenced)),
            (Some(_), _) if modes[at] == Mode::Shadow => drop(found.insert(at, Outcome::Silenced)),
            (_, Some(_)) => spoken[group] = Some(modes[at]),
            (_, None) => {}
        }
    }
}

/// How rules are asked for their reasons.
struct Asking<'a> {
    rule_set: &'a RuleSet,
    slots: &'a [Slot],
    stack: &'a mut Stack,
    cost: u64,
}

impl Asking<'_> {
    fn rule(&mut self, rule: &Rule, outcome: Outcome) -> Vec<ExpressionExplained> {
        let mut explained = Vec::new();
        if let Some(watch) = &rule.watch
            && let WatchPlan::Hold { until: Some(until), .. } = &watch.kind
        {
            explained.extend(self.expression("until", until));
        }
        if let Some(when) = &rule.when {
            explained.splice(0..0, self.expression("when", when));
        }
        let variables = &self.rule_set.plan().variables;
        for (at, guard) in rule.guards.iter().enumerate() {
            explained.splice(at..at, self.expression("when", &variables[*guard as usize].expression));
        }
        if matches!(outcome, Outcome::Matched | Outcome::Failed) {
            for (at, output) in &rule.outputs {
                let name = self.rule_set.output_name(*at);
                explained.extend(self.expression(&format!("output.{name}"), output));
            }
        }
        explained
    }

    /// `None` for an expression that is a constant: it says all itself.
    fn expression(&mut self, key: &str, expression: &Expression) -> Option<ExpressionExplained> {
        let hides = self.reads_sensitive(expression);
        let mut told: BTreeMap<(u32, std::cmp::Reverse<u32>), (Vec<Given>, usize)> = BTreeMap::new();
        let mut tell = |span: Span, given: Result<&Value, &EvalError>| {
            let (values, times) = told.entry((span.start, std::cmp::Reverse(span.end))).or_default();
            *times += 1;
            if values.len() < SHOWN {
                values.push(shown(given, hides));
            }
        };
        // A run that ends in an error has told it.
        let _ = expression.program.explain(self.stack, self.slots, self.cost, &mut tell);
        let mut around: Vec<u32> = Vec::new();
        let parts: Vec<Part> = told
            .into_iter()
            .map(|((start, std::cmp::Reverse(end)), (values, times))| {
                around.retain(|outer| *outer > start);
                let depth = around.len();
                around.push(end);
                let place = expression.spot().inside(self.rule_set.source(), start as usize);
                let text = expression.part(start as usize, end as usize).to_owned();
                Part { line: place.line, column: place.column, depth, text, values, times }
            })
            .collect();
        (!parts.is_empty()).then(|| ExpressionExplained { key: key.to_owned(), parts })
    }

    fn reads_sensitive(&self, expression: &Expression) -> bool {
        let plan = self.rule_set.plan();
        let hidden = |slot: &usize| plan.wanted.iter().any(|wanted| wanted.slot == *slot && wanted.sensitive);
        // What a feature remembers may be of a sensitive field as well.
        let feature = |slot: &usize| plan.features.iter().any(|feature| feature.slot == Some(*slot));
        plan.sensitive && expression.program.slots().iter().any(|slot| hidden(slot) || feature(slot))
    }
}

/// Of a sensitive field one may know whether a condition on it held, and no more.
fn shown(given: Result<&Value, &EvalError>, hides: bool) -> Given {
    match given {
        Ok(value) if !hides || matches!(value, Value::Bool(_)) => Given::Value(value.clone()),
        Ok(_) => Given::Hidden,
        Err(error) if hides => {
            let title = crate::codes::explain(error.code).map(|explained| explained.title.to_owned());
            Given::Error(error.code, title.unwrap_or_default())
        }
        Err(error) => Given::Error(error.code, error.message.clone()),
    }
}
