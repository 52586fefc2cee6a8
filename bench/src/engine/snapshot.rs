//! How long deciding pauses for a snapshot of a million keys: whole, and the longest of one key group, against copying
//! as many bytes.

use std::hint::black_box;
use std::time::Instant;

use fishplate::state::KEY_GROUPS;
use fishplate::{Engine, Event};

use crate::events::{Events, engine, partitioned};
use crate::measure::{Case, Family, Reading, Scale};

/// Rounds over all keys: the buckets that a window holds.
const MINUTES: u64 = 5;

pub(crate) struct Pause {
    scale: Scale,
    keys: u64,
    engine: Engine,
    /// The key group whose snapshot is the largest.
    largest: u16,
}

impl Pause {
    pub(crate) fn new(scale: Scale) -> Self {
        let keys = scale.pick(1_000_000, 10_000);
        let window = |name: &str| format!("  {name}: {{by: event.key, count: true, sliding: 1h, slide: 1m}}\n");
        let features = format!("features:\n{}{}{}", window("a"), window("b"), window("c"));
        let mut engine = engine(&partitioned(&features, "features.a < 0"));
        let mut events = Events::new(keys);
        for _ in 0..keys * MINUTES {
            let decision = engine.decide(Event::protobuf(events.next()));
            debug_assert!(decision.is_ok());
        }
        let largest = (0..KEY_GROUPS).max_by_key(|group| engine.snapshot_groups(&[*group]).len()).unwrap_or(0);
        Self { scale, keys, engine, largest }
    }

    /// The snapshot of a case.
    fn snapshot(&self, case: usize) -> Vec<u8> {
        if case == 0 { self.engine.snapshot() } else { self.engine.snapshot_groups(&[self.largest]) }
    }
}

impl Family for Pause {
    fn cases(&self) -> Vec<Case> {
        let case = |what: &str, about: &str| Case {
            name: format!("the pause of a snapshot of {} keys × 3 counts, {what}", self.keys),
            unit: "ms".into(),
            reference: "copying as many bytes into new memory".into(),
            target: None,
            about: format!(
                "{} keys with three counts of an hour, {MINUTES} of 60 buckets filled. {about} Writing the file is not \
                 in it: that happens beside the deciding.",
                self.keys
            ),
            curve: None,
        };
        vec![
            case("whole", "The engine decides nothing meanwhile; its checksum is SHA-256."),
            case(
                "one key group of 128",
                "The largest group: a host that moves groups, or takes them in turn, pauses so long.",
            ),
        ]
    }

    fn rounds(&self) -> usize {
        self.scale.pick(9, 2)
    }

    fn read(&mut self, case: usize) -> Reading {
        // A short work several times, so that the clock and a single fault of the memory do not show.
        let times = if case == 0 { 1 } else { 20 };
        let taken = self.snapshot(case);
        let before = millis(times, || taken.to_vec());
        let value = millis(times, || self.snapshot(case));
        Reading { value, limits: [before, millis(times, || taken.to_vec())] }
    }
}

/// Milliseconds of `work`, without giving its bytes back, on average.
fn millis(times: u32, mut work: impl FnMut() -> Vec<u8>) -> f64 {
    let elapsed = (0..times).map(|_| {
        let start = Instant::now();
        let bytes = black_box(work());
        let elapsed = start.elapsed();
        drop(bytes);
        elapsed.as_secs_f64() * 1e3
    });
    elapsed.sum::<f64>() / f64::from(times)
}
