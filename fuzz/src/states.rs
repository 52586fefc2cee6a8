//! What an engine wrote: snapshots, and events that were prepared.

use std::sync::LazyLock;

use fishplate::{Engine, Event, RuleSet, engine::Options};
use sha2::{Digest as _, Sha256};

use crate::events::rules;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rules(include_str!("../../docs/samples/every.yaml")));

fn engine() -> Engine {
    let mut engine = Engine::new(&RULES, Options::default());
    for line in include_str!("../../docs/samples/every.jsonl").lines() {
        // The samples are good; were one not, the state is only smaller.
        let _ = engine.decide(Event::json(line.as_bytes()));
    }
    engine
}

/// Bytes of the checksum that ends a snapshot.
const SUM: usize = 32;

pub(crate) fn snapshot_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![engine().snapshot(), Engine::new(&RULES, Options::default()).snapshot()];
    seeds.iter_mut().for_each(|seed| seed.truncate(seed.len() - SUM));
    seeds
}

/// The bytes with the checksum that they should have: what is restored can be kept again, and comes back the same.
pub(crate) fn snapshots(bytes: &[u8]) {
    let summed = [bytes, &Sha256::digest(bytes)[..]].concat();
    let Ok((mut engine, _)) = Engine::restore(&RULES, Options::default(), &[&summed]) else { return };
    let kept = engine.snapshot();
    let again = Engine::restore(&RULES, Options::default(), &[&kept]).map(|(engine, _)| engine.snapshot());
    assert!(again.is_ok_and(|again| again == kept), "what was restored is not what is kept");
    let _ = engine.decide(Event::json(br#"{"at": "2026-01-01T12:02:00Z", "machine": "p", "celsius": 7}"#));
}

pub(crate) fn prepared_seeds() -> Vec<Vec<u8>> {
    let mut engine = Engine::new(&RULES, Options::default());
    let lines = include_str!("../../docs/samples/every.jsonl").lines();
    let written = lines.filter_map(|line| {
        let mut out = Vec::new();
        engine.prepare(Event::json(line.as_bytes())).ok()?.write(&mut out);
        Some(out)
    });
    written.collect()
}

/// What is read can be applied.
pub(crate) fn prepared(bytes: &[u8]) {
    let mut engine = engine();
    if let Ok(prepared) = engine.read_prepared(bytes) {
        let _ = engine.apply(prepared);
        let _ = engine.snapshot();
    }
}
