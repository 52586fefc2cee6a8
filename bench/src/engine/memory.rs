//! Memory of a million keys with three features of an hour in 60 buckets each, every bucket filled. In processes of
//! their own, by what the system says is resident, beside what the engine says that it holds.

use std::process::ExitCode;

use fishplate::Event;
use serde::{Deserialize, Serialize};

use crate::events::{Events, engine, rules};
use crate::measure::{Case, Family, Reading, Scale, Target, child};

const GIB: f64 = (1_u64 << 30) as f64;
const MINUTES: u64 = 60;

/// What the windows aggregate, and how many GiB they may take in all.
const KINDS: [(&str, &str, f64); 2] = [("counts", "count: true", 1.0), ("sums", "sum: event.amount", 2.0)];

pub(crate) struct Memory {
    keys: u64,
    found: Vec<Found>,
}

/// What a child found.
#[derive(Serialize, Deserialize)]
struct Found {
    /// How much more of the process was in memory at the end.
    resident: u64,
    /// What the engine said.
    accounted: u64,
    keys: u64,
}

impl Memory {
    pub(crate) fn new(scale: Scale) -> Result<Self, String> {
        let keys = scale.pick(1_000_000_u64, 10_000);
        let found = KINDS.iter().map(|(kind, ..)| child::run("memory", &[(*kind).into(), keys.to_string()]));
        Ok(Self { keys, found: found.collect::<Result<_, _>>()? })
    }
}

impl Family for Memory {
    fn cases(&self) -> Vec<Case> {
        let case = |(kind, _, most): &(&str, &str, f64), what: &str, about: &str| Case {
            name: format!("memory of {} keys × 3 {kind}, {what}", self.keys),
            unit: "GiB".into(),
            reference: format!("{most} GiB for a million keys"),
            target: Some(Target::AtMost(1.0)),
            about: format!(
                "Three {kind} of an hour in 60 buckets under each of {} keys, every bucket filled, in a process of \
                 its own. {about} Measured once: nothing disturbs it.",
                self.keys
            ),
            curve: None,
        };
        let both = |kind| {
            [
                case(kind, "resident", "By how much its resident memory (VmRSS) grew, everything included."),
                case(kind, "as the engine counts it", "What the engine holds against its budget."),
            ]
        };
        KINDS.iter().flat_map(both).collect()
    }

    fn rounds(&self) -> usize {
        1
    }

    fn read(&mut self, case: usize) -> Reading {
        let found = &self.found[case / 2];
        let bytes = if case.is_multiple_of(2) { found.resident } else { found.accounted };
        let most = KINDS[case / 2].2 * self.keys as f64 / 1e6;
        Reading { value: bytes as f64 / GIB, limits: [most; 2] }
    }
}

/// Fills the windows of one kind; prints what they take.
pub(crate) fn child(arguments: &[String]) -> ExitCode {
    let kind = KINDS.iter().find(|(kind, ..)| arguments.first().is_some_and(|given| given == kind));
    let keys = arguments.get(1).and_then(|text| text.parse().ok());
    let (Some((_, aggregate, _)), Some(keys)) = (kind, keys) else {
        eprintln!("memory KIND KEYS");
        return ExitCode::FAILURE;
    };
    let window = |name: &str| format!("  {name}: {{by: event.key, {aggregate}, sliding: 1h, slide: 1m}}\n");
    let rules = rules(&format!("features:\n{}{}{}", window("a"), window("b"), window("c")), "features.a < 0");
    let mut events = Events::new(keys);
    let before = child::resident_bytes();
    let mut engine = engine(&rules);
    for _ in 0..keys * MINUTES {
        if let Err(error) = engine.decide(Event::protobuf(events.next())) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    let resident = child::resident_bytes().saturating_sub(before);
    let size = engine.state_size();
    child::answer(&Found { resident, accounted: size.bytes, keys: size.keys })
}
