//! Plays a test: an engine of its own, and its steps in order. Knows the engine and the clock; what was expected is for
//! `compare`.

use std::collections::BTreeMap;
use std::time::Instant;

use fishplate::engine::Options;
use fishplate::ruleset::Mode;
use fishplate::{Decision, Engine, Error, Event, Limits, RuleSet, Timestamp};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::coverage::Coverage;
use super::document::{self, Document, Step, Test};
use super::{Tested, compare};

/// Plays `test` and says which expectations were not met.
///
/// # Errors
/// A step that cannot be carried out: a rule that is not there.
pub(super) fn test(
    rules: &RuleSet,
    limits: &Limits,
    document: &Document,
    test: &Spanned<Test>,
    coverage: &mut Coverage,
) -> Result<Tested, Error> {
    let begun = Instant::now();
    let options = Options { limits: *limits, ..Options::default() };
    let mut play = Play { engine: Engine::new(rules, options), now: document.start, failures: Vec::new(), coverage };
    for step in &test.value.steps {
        play.step(document.start, step)?;
    }
    let (name, line) = (test.value.name.clone(), test.referenced.line());
    Ok(Tested { name, line, failures: play.failures, took: begun.elapsed() })
}

struct Play<'p> {
    engine: Engine,
    now: Timestamp,
    failures: Vec<super::Failure>,
    coverage: &'p mut Coverage,
}

impl Play<'_> {
    fn step(&mut self, start: Timestamp, given: &Spanned<Step>) -> Result<(), Error> {
        let (step, line) = (&given.value, given.referenced.line());
        let fired = self.advance(start, step);
        fired.iter().for_each(|decision| self.coverage.note(decision));
        for (rule, mode) in &step.modes {
            self.engine.set_mode(rule, mode.map(mode_of))?;
        }
        if let Some(fires) = &step.fires {
            self.failures.extend(compare::fired(fires, &fired, line));
        }
        let Some(event) = &step.event else { return Ok(()) };
        let decided = self.decide(event, step.features.as_ref());
        if let Ok(decision) = &decided {
            self.coverage.note(decision);
        }
        match &step.expect {
            Some(expect) => self.failures.extend(compare::decided(&expect.value, &decided, expect.referenced.line())),
            // An event that nobody says anything of is one that is decided.
            None => self.failures.extend(compare::accepted(&decided, line)),
        }
        Ok(())
    }

    /// Moves the clock, which lets rules fire by themselves.
    fn advance(&mut self, start: Timestamp, step: &Step) -> Vec<Decision> {
        let Some(offset) = step.at else { return Vec::new() };
        let Some(now) = Timestamp::from_nanos(start.as_nanos().saturating_add(offset.0)) else { return Vec::new() };
        self.now = now;
        if self.engine.rule_set().has_timers() { self.engine.advance_to(now) } else { Vec::new() }
    }

    fn decide(
        &mut self,
        event: &BTreeMap<String, Value>,
        features: Option<&BTreeMap<String, Value>>,
    ) -> Result<Decision, Error> {
        let mut event = object(event);
        if let Some(path) = self.engine.rule_set().time_field() {
            fill(&mut event, path, &self.now.to_string());
        }
        let json = Value::Object(event).to_string();
        let features = features.map(|features| Value::Object(object(features)).to_string());
        let event = match &features {
            Some(features) => Event::json(json.as_bytes()).with_json_features(features.as_bytes()),
            None => Event::json(json.as_bytes()),
        };
        if let Ok(explanation) = self.engine.explain(event) {
            self.coverage.note_ways(&explanation);
        }
        self.engine.decide(event)
    }
}

fn object(fields: &BTreeMap<String, Value>) -> Map<String, Value> {
    fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Gives the event the clock's time, where it has none of its own.
fn fill(event: &mut Map<String, Value>, path: &[String], now: &str) {
    let Some((field, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        event.entry(field).or_insert_with(|| Value::from(now));
        return;
    }
    if let Value::Object(inner) = event.entry(field).or_insert_with(|| Value::Object(Map::new())) {
        fill(inner, rest, now);
    }
}

fn mode_of(mode: document::Mode) -> Mode {
    match mode {
        document::Mode::Live => Mode::Live,
        document::Mode::Shadow => Mode::Shadow,
        document::Mode::Off => Mode::Off,
    }
}
