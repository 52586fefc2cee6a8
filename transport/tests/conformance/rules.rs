//! What the suite decides: an engine that adds amounts up, so that an event lost, repeated or out of order shows in every
//! later decision. It knows no transport.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fishplate::engine::Counters;
use fishplate::{Decision, Engine, Error, Event, HostFields, HostValue, Limits, RuleSet, TraceContext, canonical};
use fishplate_transport::{Body, Decider, Outgoing};

const DOCUMENT: &str = r#"
fishplate: 1
name: conformance
schema: reading.proto#conformance.Reading
event: {time: at, max_disorder: 1h}
outputs:
  total: {type: int, merge: sum, default: 0}
  said: {type: string, merge: first}
features:
  sum: {by: event.device, sum: event.amount, sliding: 24h, slide: 1h}
rules:
  - {id: TOTAL, why: Everything counts, when: features.sum > 0, output: {total: features.sum}}
  - {id: SAID, why: A note comes back, when: event.note != "", output: {said: event.note}}
"#;

const SCHEMA: &str = r#"
syntax = "proto3";
package conformance;
import "google/protobuf/timestamp.proto";
message Reading {
  string device = 1;
  google.protobuf.Timestamp at = 2;
  int64 amount = 3;
  string note = 4;
}
"#;

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: i64 = 1_767_225_600;

pub(crate) fn rule_set() -> RuleSet {
    let mut files = |name: &str| match name {
        "reading.proto" => Ok(SCHEMA.as_bytes().to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    RuleSet::from_text("conformance.yaml", DOCUMENT, &mut files, &Limits::default()).expect("the suite's rules compile")
}

/// An engine behind a lock, that can be slowed down and held.
pub(crate) struct Judge {
    engine: Mutex<Engine>,
    pause: Mutex<Duration>,
    /// While it is set, nothing is decided.
    held: AtomicBool,
    /// Events that it was asked about.
    asked: AtomicU64,
}

impl Judge {
    pub(crate) fn new() -> Arc<Self> {
        let engine = Mutex::new(Engine::new(&rule_set(), Default::default()));
        Arc::new(Self { engine, pause: Mutex::default(), held: AtomicBool::new(false), asked: AtomicU64::new(0) })
    }

    /// One that takes `pause` for each event.
    pub(crate) fn slow(pause: Duration) -> Arc<Self> {
        let judge = Self::new();
        *judge.pause.lock().expect("no test panics with it") = pause;
        judge
    }

    /// Decides nothing until `release`.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::SeqCst);
    }

    pub(crate) fn release(&self) {
        self.held.store(false, Ordering::SeqCst);
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn counters(&self) -> Counters {
        self.engine.lock().expect("no engine panics").counters()
    }
}

impl Decider for Judge {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        while self.held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let pause = *self.pause.lock().expect("no test panics with it");
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let mut engine = self.engine.lock().expect("no engine panics");
        if preview { engine.preview(event) } else { engine.decide(event) }
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        let engine = self.engine.lock().expect("no engine panics");
        (engine.rule_set().name().to_owned(), *engine.rule_set().version())
    }

    fn rules(&self) -> Vec<String> {
        self.engine.lock().expect("no engine panics").rule_set().rules().map(str::to_owned).collect()
    }
}

/// An event of the suite.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) device: String,
    pub(crate) second: i64,
    pub(crate) amount: i64,
    pub(crate) note: String,
}

/// The `at`-th of a session's events, from 1.
pub(crate) fn reading(device: &str, at: u64) -> Reading {
    Reading { device: device.into(), second: at as i64, amount: (at % 7 + 1) as i64, note: String::new() }
}

impl Reading {
    pub(crate) fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        let Self { device, second, amount, note } = self;
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        let at = format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}Z");
        format!(r#"{{"device":"{device}","at":"{at}","amount":{amount},"note":"{note}"}}"#).into_bytes()
    }

    pub(crate) fn protobuf(&self) -> Vec<u8> {
        let mut at = Vec::new();
        put(&mut at, 1, Wire::Number((MIDNIGHT + self.second) as u64));
        let mut bytes = Vec::new();
        put(&mut bytes, 1, Wire::Bytes(self.device.as_bytes()));
        put(&mut bytes, 2, Wire::Bytes(&at));
        put(&mut bytes, 3, Wire::Number(self.amount as u64));
        put(&mut bytes, 4, Wire::Bytes(self.note.as_bytes()));
        bytes
    }
}

enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Appends a field in protobuf's wire format.
fn put(to: &mut Vec<u8>, field: u64, value: Wire<'_>) {
    match value {
        Wire::Number(number) => {
            varint(to, field << 3);
            varint(to, number);
        }
        Wire::Bytes(bytes) => {
            varint(to, field << 3 | 2);
            varint(to, bytes.len() as u64);
            to.extend(bytes);
        }
    }
}

fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

impl HostFields for Reading {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        match name {
            "device" => Some(HostValue::String(self.device.as_str().into())),
            "at" => {
                let at = fishplate::Timestamp::new(MIDNIGHT + self.second, 0).expect("a day of this century");
                Some(HostValue::Timestamp(at))
            }
            "amount" => Some(HostValue::Int(self.amount)),
            "note" => Some(HostValue::String(self.note.as_str().into())),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        4
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        let name = *["device", "at", "amount", "note"].get(at)?;
        Some((HostValue::String(name.into()), self.get(name)?))
    }
}

/// JSON on its way into a session.
pub(crate) fn json(bytes: &[u8]) -> Outgoing<'_> {
    Outgoing::new(Body::Json(bytes))
}

/// An engine of one's own, that says what a session must say.
pub(crate) struct Oracle {
    engine: Engine,
    session: [u8; 16],
    sequence: u64,
}

impl Oracle {
    pub(crate) fn new(session: [u8; 16]) -> Self {
        Self { engine: Engine::new(&rule_set(), Default::default()), session, sequence: 0 }
    }

    /// The canonical form of the next outcome.
    pub(crate) fn next(&mut self, json: &[u8], trace: Option<TraceContext>) -> Vec<u8> {
        self.sequence += 1;
        let event = Event::json(json).with_trace(trace).with_origin(self.session, self.sequence);
        form(&self.engine.decide(event))
    }
}

/// The canonical form of an outcome.
pub(crate) fn form(outcome: &Result<Decision, Error>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match outcome {
        Ok(decision) => canonical::write_decision(decision, &mut bytes),
        Err(error) => canonical::write_refusal(error, &mut bytes),
    }
    bytes
}
