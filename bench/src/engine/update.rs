//! One feature, update and read, over many keys, against one update of a hash map with the same keys.
//!
//! The feature's own time is a difference: a rule set with one feature and a rule that reads it, less the same rule set
//! without the feature. What remains is reading the key out of the event, finding its row, the window's update and
//! read, and the rule's comparison with what was read; so it is rather too much than too little.

use std::hint::black_box;

use fishplate::{Engine, Event};
use hashbrown::HashMap;

use crate::events::{Events, digits, engine, rules};
use crate::measure::{Case, Family, Reading, Scale, Target, nanos};

/// Buckets that a window has, and rounds over all keys that fill them.
const BUCKETS: u64 = 60;

pub(crate) struct Update {
    scale: Scale,
    keys: u64,
    events: u64,
    /// By aggregate: the engine and its own events.
    features: Vec<(&'static str, Engine, Events)>,
    without: (Engine, Events),
    texts: HashMap<Box<[u8]>, u64>,
    numbers: HashMap<u64, u64>,
    /// Keys for the maps.
    order: Events,
}

impl Update {
    pub(crate) fn new(scale: Scale) -> Self {
        let keys = scale.pick(1_000_000, 10_000);
        let feature = |aggregate: &str, most: &str| {
            let features = format!("features:\n  w: {{by: event.key, {aggregate}, sliding: 1h, slide: 1m}}\n");
            let mut engine = engine(&rules(&features, &format!("features.w > {most} || event.amount > 1e12")));
            let mut events = Events::new(keys);
            decide(&mut engine, &mut events, BUCKETS * keys);
            (engine, events)
        };
        let (count, count_events) = feature("count: true", "1000000");
        let (sum, sum_events) = feature("sum: event.amount", "1e12");
        let mut order = Events::new(keys);
        let mut texts = HashMap::new();
        let mut numbers = HashMap::new();
        for _ in 0..keys {
            texts.insert(Box::from(text(order.key())), 0);
            numbers.insert(order.key(), 0);
            order.go_on();
        }
        Self {
            scale,
            keys,
            events: scale.pick(200_000, 5_000),
            features: vec![("count", count, count_events), ("sum of a double", sum, sum_events)],
            without: (engine(&rules("", "event.amount > 1e12")), Events::new(keys)),
            texts,
            numbers,
            order,
        }
    }

    /// Nanoseconds of an update of one of the maps, without making the key.
    fn limit(&mut self, texts: bool) -> f64 {
        let Self { order, texts: by_text, numbers: by_number, events, .. } = self;
        let key_alone = nanos(*events, || {
            let key = order.key();
            order.go_on();
            if texts { black_box(text(key))[0] } else { black_box(key) as u8 }
        });
        let with_update = nanos(*events, || {
            let key = order.key();
            order.go_on();
            let found = if texts { by_text.get_mut(&text(key)[..]) } else { by_number.get_mut(&key) };
            if let Some(count) = found {
                *count += 1;
            }
        });
        with_update - key_alone
    }
}

impl Family for Update {
    fn cases(&self) -> Vec<Case> {
        let keys = self.keys;
        let mut cases = Vec::new();
        for (aggregate, ..) in &self.features {
            for (map, what) in [("text", "Box<[u8]> of the same text"), ("number", "u64, the key's number")] {
                cases.push(Case {
                    name: format!("update and read, {aggregate}, {keys} keys, against a map by {map}"),
                    unit: "ns".into(),
                    reference: format!("one update of a hashbrown map of {keys} keys: {what}"),
                    target: Some(Target::AtMost(3.0)),
                    about: format!(
                        "A window of an hour in 60 buckets, all of them filled, under each of {keys} keys, met in an \
                         order that no cache foresees. From 88 bytes of protobuf to a decision, less the same without \
                         the feature: finding the key in the event, its row, update, read, and the rule's comparison \
                         are in it. A map keyed by numbers saves itself the text; features are keyed by anything."
                    ),
                    curve: None,
                });
            }
        }
        cases
    }

    fn rounds(&self) -> usize {
        self.scale.pick(25, 3)
    }

    fn read(&mut self, case: usize) -> Reading {
        let texts = case.is_multiple_of(2);
        let before = self.limit(texts);
        let (_, engine, events) = &mut self.features[case / 2];
        let with = decide(engine, events, self.events);
        let without = decide(&mut self.without.0, &mut self.without.1, self.events);
        Reading { value: with - without, limits: [before, self.limit(texts)] }
    }
}

/// Decides so many events; nanoseconds of each.
fn decide(engine: &mut Engine, events: &mut Events, count: u64) -> f64 {
    nanos(count, || {
        let decision = engine.decide(Event::protobuf(events.next()));
        debug_assert!(decision.is_ok());
        black_box(&decision);
    })
}

/// The key as it stands in an event.
fn text(key: u64) -> [u8; 8] {
    let mut text = [b'k'; 8];
    text[1..].copy_from_slice(&digits(key));
    text
}
