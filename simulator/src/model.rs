//! What should have come of a world. Twice: an engine that nothing ever happens to, fed with all inputs in their order; and
//! windows counted from the events themselves, which are all kept, by the contract's definition and by nothing of the
//! engine's.

use std::collections::HashMap;

use fishplate::engine::Options;
use fishplate::{Decision, Engine, Event, Value};

use crate::recorded::{Input, Taken, bytes};
use crate::rules::{Aggregate, Key, MAX_DISORDER, Version, Window};
use crate::supplied;
use crate::world::{Failure, fail};

/// The engine after all inputs of `taken`, each of which must have been decided as it says.
pub(crate) fn replay(
    versions: &[Version],
    options: Options,
    taken: &[Taken],
    count_windows: bool,
) -> Result<Engine, Failure> {
    let mut engine = Engine::new(&versions[0].rules, options);
    let mut counted = Counted::new(&versions[0]);
    for (at, one) in taken.iter().enumerate() {
        let decided = match &one.input {
            Input::Event { session, sequence, json } => {
                let features = supplied::json(read(json).amount);
                let event = Event::json(json).with_json_features(features.as_bytes());
                let decision = match engine.decide(event.with_origin(*session, *sequence)) {
                    Ok(decision) => decision,
                    Err(error) => return fail(format!("input {at} was taken, and is refused: {error}")),
                };
                if count_windows {
                    counted.event(json, &decision)?;
                }
                vec![decision]
            }
            Input::Tick(now) => {
                let fired = engine.advance_to(*now);
                counted.tick = counted.tick.max(Some(now.seconds()));
                fired
            }
            Input::Swap(to) => {
                if let Err(error) = engine.swap(&versions[*to].rules) {
                    return fail(format!("input {at}, a swap, was taken, and is refused: {error}"));
                }
                counted.swap(&versions[*to]);
                Vec::new()
            }
            Input::Mode(rule, mode) => {
                if let Err(error) = engine.set_mode(rule, *mode) {
                    return fail(format!("input {at}, a switch, was taken, and is refused: {error}"));
                }
                counted.modes.insert(rule.clone(), *mode);
                Vec::new()
            }
        };
        let decided: Vec<Vec<u8>> = decided.iter().map(bytes).collect();
        if decided != one.decided {
            return fail(format!(
                "input {at} was decided otherwise than by an engine that nothing happened to: {one:?}"
            ));
        }
    }
    Ok(engine)
}

/// Every event that is in a window, with all that any key is made of.
#[derive(Clone, Debug)]
struct Seen {
    time: i64,
    card: String,
    shop: String,
    amount: i64,
}

impl Seen {
    fn has_key_of(&self, other: &Seen, by: Key) -> bool {
        match by {
            Key::Card => self.card == other.card,
            Key::Shop => self.shop == other.shop,
            Key::CardAndShop => self.card == other.card && self.shop == other.shop,
        }
    }
}

/// Windows by counting.
struct Counted {
    partitioned: bool,
    windows: Vec<(Window, Vec<Seen>)>,
    /// By partition: the greatest time of an event.
    marks: HashMap<String, i64>,
    tick: Option<i64>,
    modes: HashMap<String, Option<fishplate::ruleset::Mode>>,
}

impl Counted {
    fn new(version: &Version) -> Self {
        Self {
            partitioned: version.rules.is_partitioned(),
            windows: version.windows.iter().map(|window| (*window, Vec::new())).collect(),
            marks: HashMap::new(),
            tick: None,
            modes: HashMap::new(),
        }
    }

    /// A window that the new version has, too, goes on; every other one begins empty.
    fn swap(&mut self, version: &Version) {
        let old = std::mem::take(&mut self.windows);
        let known = |window: &Window| old.iter().find(|(other, _)| other == window).map(|(_, seen)| seen.clone());
        self.windows = version.windows.iter().map(|window| (*window, known(window).unwrap_or_default())).collect();
    }

    fn event(&mut self, json: &[u8], decision: &Decision) -> Result<(), Failure> {
        if decision.repeated() {
            return Ok(());
        }
        let event = read(json);
        let partition = if self.partitioned { event.card.clone() } else { String::new() };
        let before = self.marks.get(&partition).copied().max(self.tick);
        let late = before.is_some_and(|before| event.time < before - MAX_DISORDER);
        let mark = before.map_or(event.time, |before| before.max(event.time));
        let own = self.marks.entry(partition).or_insert(event.time);
        *own = (*own).max(event.time);
        if late != decision.late() {
            return fail(format!("{event:?} with the mark at {before:?}: late is {}", decision.late()));
        }
        self.shows(supplied::NAME, supplied::of_amount(event.amount), decision, &event)?;
        if !late {
            self.windows.iter_mut().for_each(|(_, seen)| seen.push(event.clone()));
        }
        for (window, seen) in &self.windows {
            self.shows(window.output, value(window, seen, &event, mark), decision, &event)?;
        }
        Ok(())
    }

    /// Whether the decision shows what was counted; the rule that shows an output has its name.
    fn shows(&self, output: &str, counted: Option<i64>, decision: &Decision, event: &Seen) -> Result<(), Failure> {
        let is_live = matches!(self.modes.get(output), None | Some(None | Some(fishplate::ruleset::Mode::Live)));
        let told = decision.output(output).cloned();
        if is_live && told != counted.map(Value::Int) {
            return fail(format!("{output} is {counted:?} by counting, and {told:?} was told at {event:?}"));
        }
        Ok(())
    }
}

/// What the contract says that a feature reads at an event: the buckets that cover (t - size, t], t rounded up to the slide,
/// without those that end at or before mark - max_disorder - size.
fn value(window: &Window, seen: &[Seen], at: &Seen, mark: i64) -> Option<i64> {
    let own = at.time.div_euclid(window.slide);
    let gone = mark - MAX_DISORDER - window.size;
    let inside = |other: &&Seen| {
        let bucket = other.time.div_euclid(window.slide);
        let ends = (bucket + 1) * window.slide;
        other.has_key_of(at, window.by) && bucket <= own && bucket > own - window.size / window.slide && ends > gone
    };
    let amounts = seen.iter().filter(inside).map(|other| other.amount);
    match window.aggregate {
        Aggregate::Count => Some(amounts.count() as i64),
        Aggregate::Sum => Some(amounts.sum()),
        Aggregate::Max => amounts.max(),
    }
}

/// An event that the simulator itself wrote.
fn read(json: &[u8]) -> Seen {
    let text = String::from_utf8_lossy(json);
    let field = |name: &str| {
        let after = text.split(&format!("\"{name}\": \"")).nth(1).unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    };
    Seen {
        time: fishplate::Timestamp::parse(&field("at")).map_or(0, |at| at.seconds()),
        card: field("card"),
        shop: field("shop"),
        amount: field("amount").parse().unwrap_or_default(),
    }
}
