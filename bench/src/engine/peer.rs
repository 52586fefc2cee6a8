//! rust-rule-engine's stream windows with the same events, beside the whole way from bytes to a decision here.
//!
//! Of its interfaces, `TimeWindow::record` is the one that keeps a window live: `WindowManager` and `StreamRuleEngine`
//! keep windows of everything without keys, and `DataStream::key_by` takes all events at once. So its side is a map of
//! windows by key, which its documents ask the caller for, with the count or sum that it then reads. It keeps events,
//! not buckets: each event that a window holds is kept whole, and reading a sum adds all of them. Its events are made
//! before the clock starts; ours are decoded after.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use fishplate::{Engine, Event};
use rust_rule_engine::streaming::{StreamEvent, TimeWindow, WindowType};
use rust_rule_engine::types::Value;

use crate::events::{Events, digits, engine, rules};
use crate::measure::{Case, Family, Reading, Scale, per};

const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) struct Peer {
    scale: Scale,
    keys: u64,
    events: u64,
    /// By aggregate: ours, and theirs.
    ours: Vec<(Engine, Events)>,
    theirs: Vec<(HashMap<String, TimeWindow>, Events)>,
}

const AGGREGATES: [&str; 2] = ["count: true", "sum: event.amount"];

impl Peer {
    pub(crate) fn new(scale: Scale) -> Self {
        let keys = scale.pick(10_000, 1_000);
        let ours = AGGREGATES.map(|aggregate| {
            let features = format!("features:\n  w: {{by: event.key, {aggregate}, sliding: 1h, slide: 1m}}\n");
            let mut engine = engine(&rules(&features, "double(features.w) > 1e12"));
            let mut events = Events::new(keys);
            decide(&mut engine, &mut events, 60 * keys);
            (engine, events)
        });
        let mut peer = Self { scale, keys, events: scale.pick(20_000, 2_000), ours: ours.into(), theirs: Vec::new() };
        for at in 0..AGGREGATES.len() {
            peer.theirs.push((HashMap::new(), Events::new(keys)));
            for _ in 0..60 {
                peer.record(at, keys);
            }
        }
        peer
    }

    /// So many events through the peer's windows; nanoseconds of each.
    fn record(&mut self, at: usize, count: u64) -> f64 {
        let (windows, events) = &mut self.theirs[at];
        let batch: Vec<(String, StreamEvent)> = (0..count).map(|_| event(events)).collect();
        let start = Instant::now();
        for (key, event) in batch {
            let now = event.metadata.timestamp;
            let window =
                windows.entry(key).or_insert_with(|| TimeWindow::new(WindowType::Sliding, HOUR, now, usize::MAX));
            window.record(event);
            let read = if at == 0 { window.count() as f64 } else { window.sum("amount") };
            black_box(read > 1e12);
        }
        per(start.elapsed(), count)
    }
}

/// The next event as the peer has it: the key, time and amount, and nothing else.
fn event(events: &mut Events) -> (String, StreamEvent) {
    let key = format!("k{}", String::from_utf8_lossy(&digits(events.key())));
    let data = std::collections::HashMap::from([("amount".to_owned(), Value::Number(12.5))]);
    let event = StreamEvent::with_timestamp("event", data, "bench", events.second() * 1_000);
    events.go_on();
    (key, event)
}

fn decide(engine: &mut Engine, events: &mut Events, count: u64) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        black_box(&engine.decide(Event::protobuf(events.next())));
    }
    per(start.elapsed(), count)
}

impl Family for Peer {
    fn cases(&self) -> Vec<Case> {
        let case = |aggregate: &str| Case {
            name: format!("an event with one {aggregate} of an hour, {} keys", self.keys),
            unit: "ns".into(),
            reference: "rust-rule-engine: a map of TimeWindow, record and read".into(),
            target: None,
            about: format!(
                "{} keys with sixty events of an hour each. Here from 88 bytes of protobuf to a decision; there from \
                 an event that is made already to the number, without rules: its rules do not see windows by key. It \
                 keeps every event of the window, which is exact to the millisecond; here a window moves by a minute.",
                self.keys
            ),
            curve: None,
        };
        vec![case("count"), case("sum")]
    }

    fn rounds(&self) -> usize {
        self.scale.pick(15, 3)
    }

    fn read(&mut self, case: usize) -> Reading {
        let before = self.record(case, self.events);
        let (engine, events) = &mut self.ours[case];
        let value = decide(engine, events, self.events);
        Reading { value, limits: [before, self.record(case, self.events)] }
    }
}
