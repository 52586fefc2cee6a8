//! The events of the benchmarks: a message of eight fields, 88 bytes, written once; key and time are put into it for
//! each event. Keys come in an order that no cache foresees, each as often as the others.

use fishplate::engine::Options;
use fishplate::{Engine, Limits, RuleSet};

pub(crate) const PROTO: &str = r#"
syntax = "proto3";
package bench.v1;
import "google/protobuf/timestamp.proto";
message Event {
  string key = 1;
  google.protobuf.Timestamp at = 2;
  double amount = 3;
  string country = 4;
  string channel = 5;
  string email = 6;
  int32 card_age_days = 7;
  string merchant = 8;
}
"#;

/// A rule set over them with these features and this condition of its one rule.
pub(crate) fn rules(features: &str, when: &str) -> RuleSet {
    document("", features, when)
}

/// The same, partitioned by the key.
pub(crate) fn partitioned(features: &str, when: &str) -> RuleSet {
    document("partition_by: event.key\n", features, when)
}

fn document(partition: &str, features: &str, when: &str) -> RuleSet {
    let document = format!(
        "fishplate: 1\nname: bench\nschema: bench.proto#bench.v1.Event\nevent: {{time: at, max_disorder: 30s}}\n\
         {partition}outputs:\n  score: {{type: int, merge: sum, default: 0}}\n{features}\
         rules:\n  - {{id: R, when: \"{when}\", output: {{score: 1}}}}\n"
    );
    load_bench(&document)
}

/// The rule set of a document over them.
pub(crate) fn load_bench(document: &str) -> RuleSet {
    load("bench.yaml", &[("bench.yaml", document), ("bench.proto", PROTO)])
}

/// The rule set of a document over them with a table in `rows.csv`.
pub(crate) fn load_with_table(document: &str, rows: &str) -> RuleSet {
    load("bench.yaml", &[("bench.yaml", document), ("bench.proto", PROTO), ("rows.csv", rows)])
}

/// The rule set in the first of some files.
pub(crate) fn load(path: &str, files: &[(&str, &str)]) -> RuleSet {
    let mut read = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    RuleSet::load(path, &mut read, &Limits::default()).unwrap_or_else(|error| panic!("the benchmark's rules: {error}"))
}

/// An engine on `rules` that may take as much memory as it needs.
pub(crate) fn engine(rules: &RuleSet) -> Engine {
    Engine::new(rules, Options { memory: 16 << 30, ..Options::default() })
}

/// A second of 2026.
const START: u64 = 1_772_409_600;
/// Prime to every number of keys that is used here, which are powers of ten.
const STEP: u64 = 382_841;

/// Events without end, a minute of them for each round over all keys.
pub(crate) struct Events {
    bytes: Vec<u8>,
    key_at: usize,
    seconds_at: usize,
    keys: u64,
    sent: u64,
}

impl Events {
    /// Over so many keys: a power of ten, at most ten million.
    pub(crate) fn new(keys: u64) -> Self {
        let mut bytes = Vec::new();
        text(&mut bytes, 1, "k0000000");
        let key_at = bytes.len() - 7;
        bytes.extend([0x12, 6, 0x08]); // at: its seconds, five bytes of varint until the year 2106
        let seconds_at = bytes.len();
        bytes.extend([0; 5]);
        bytes.push(0x19);
        bytes.extend(12.5_f64.to_le_bytes());
        text(&mut bytes, 4, "DE");
        text(&mut bytes, 5, "contactless");
        text(&mut bytes, 6, "u12345678@mail.example");
        bytes.extend([0x38, 0xc8, 0x01]);
        text(&mut bytes, 8, "merchant-000042");
        Self { bytes, key_at, seconds_at, keys, sent: 0 }
    }

    /// The number of the next event's key.
    pub(crate) fn key(&self) -> u64 {
        self.sent * STEP % self.keys
    }

    /// The second of the next event, since the Unix epoch.
    pub(crate) fn second(&self) -> u64 {
        START + self.sent * 60 / self.keys
    }

    /// Goes on to the next event.
    pub(crate) fn go_on(&mut self) {
        self.sent += 1;
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> &[u8] {
        let (key, second) = (self.key(), self.second());
        self.bytes[self.key_at..self.key_at + 7].copy_from_slice(&digits(key));
        for at in 0..5 {
            let more = if at < 4 { 0x80 } else { 0 };
            self.bytes[self.seconds_at + at] = (second >> (7 * at)) as u8 & 0x7f | more;
        }
        self.go_on();
        &self.bytes
    }
}

/// A number below ten million as text.
pub(crate) fn digits(mut number: u64) -> [u8; 7] {
    let mut text = [b'0'; 7];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text
}

fn text(bytes: &mut Vec<u8>, field: u8, text: &str) {
    bytes.extend([field << 3 | 2, text.len() as u8]);
    bytes.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use fishplate::{Event, Value};

    use super::*;

    #[test]
    fn each_key_comes_once_a_minute_with_its_time() {
        let rules = rules("features:\n  n: {by: event.key, count: true, sliding: 1h, slide: 1m}\n", "features.n >= 1");
        let mut engine = engine(&rules);
        let mut events = Events::new(100);
        for round in 1..=70 {
            for _ in 0..100 {
                let decision = engine.decide(Event::protobuf(events.next())).expect("an event of the schema");
                let read = decision.features().next().map(|(_, value)| value.clone());
                assert_eq!(read, Some(Value::Int(round.min(60))));
            }
        }
        assert_eq!(engine.state_size().keys, 100);
        assert_eq!(engine.counters().late, 0);
    }

    #[test]
    fn the_event_has_the_size_that_its_page_says() {
        assert_eq!(Events::new(10).next().len(), 88);
    }
}
