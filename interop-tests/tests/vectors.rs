//! The vectors of the canonical form (`docs/canonical.md`), held against Rust's own writer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use fishplate::engine::Options;
use fishplate::{
    Code, Decision, Engine, Error, Event, Limits, Map, Place, RuleSet, Status, TraceContext, Value, canonical,
};
use fishplate_interop::host::Fields;
use fishplate_interop::tagged::{hex, read_value, unpercent_text};

/// The lines of a file of vectors, cut at tabs.
fn lines(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    let text = fs::read_to_string(path).expect("the vectors are checked in");
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn map(tagged: &str) -> Arc<Map> {
    match read_value(tagged) {
        Ok(Value::Map(map)) => map,
        other => panic!("an event of the vectors is a map: {other:?}"),
    }
}

#[test]
fn every_value_is_written_as_the_specification_says() {
    let vectors = lines("values.txt");
    assert!(vectors.len() > 40, "the file was cut");
    for vector in vectors {
        let mut bytes = Vec::new();
        canonical::write_value(&read_value(&vector[1]).expect("a value of the vectors"), &mut bytes);
        assert_eq!(hex(&bytes), vector[2], "{}", vector[0]);
    }
}

#[test]
fn every_decision_is_written_as_the_specification_says() {
    for vector in lines("decisions.txt") {
        let [name, rules, headers, expected, before @ .., last] = &vector[..] else { panic!("cut: {vector:?}") };
        let mut engine = engine_on(rules);
        for event in before {
            engine.decide(Event::fields(&Fields(map(event)))).expect("the vectors' events are accepted");
        }
        let event = Fields(map(last));
        let decision = engine.decide(Event::fields(&event).with_trace(trace_of(headers))).expect("accepted");
        assert_eq!(&hex_of(&decision), expected, "{name}");
    }
}

#[test]
fn every_decision_without_an_event_is_written_as_the_specification_says() {
    let vectors = lines("timers.txt");
    assert!(vectors.len() > 1, "the file was cut");
    for vector in vectors {
        let [name, rules, headers, expected, now, event] = &vector[..] else { panic!("cut: {vector:?}") };
        let mut engine = engine_on(rules);
        let event = Fields(map(event));
        engine.decide(Event::fields(&event).with_trace(trace_of(headers))).expect("accepted");
        let Ok(Value::Timestamp(now)) = read_value(now) else { panic!("{name} advances to a time") };
        let fired: Vec<String> = engine.advance_to(now).iter().map(hex_of).collect();
        assert_eq!(&fired, std::slice::from_ref(expected), "{name}");
    }
}

fn engine_on(rules: &str) -> Engine {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(rules);
    let mut read = |name: &str| fs::read(name);
    let rules = RuleSet::load(&path.to_string_lossy(), &mut read, &Limits::default()).expect("a good rule set");
    Engine::new(&rules, Options::default())
}

fn trace_of(headers: &str) -> Option<TraceContext> {
    headers.split_once('=').map(|(name, value)| {
        let value = unpercent_text(value).expect("the vectors' headers are text");
        TraceContext::from_headers([(name, value.as_bytes())]).context.expect("a well-formed header")
    })
}

fn hex_of(decision: &Decision) -> String {
    let mut bytes = Vec::new();
    canonical::write_decision(decision, &mut bytes);
    hex(&bytes)
}

#[test]
fn a_refusal_is_its_status_and_its_first_code() {
    let mut bytes = Vec::new();
    canonical::write_refusal(&Error::new(Status::InvalidArgument, Code(705), "", Place::None), &mut bytes);
    // FPR1, then 3 (INVALID_ARGUMENT) and 705 (0x02c1) as u32.
    assert_eq!(hex(&bytes), "4650523103000000c1020000");
}
