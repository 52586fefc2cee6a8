//! From bytes to a decision, by one thread and by several, and what an index takes in memory.

use std::hint::black_box;
use std::time::Instant;

use fishplate::decision::Decision;
use fishplate::engine::Options;
use fishplate::{Engine, Event, RuleSet};

use super::bound::Bound;
use super::sets::{Shape, amount_for, protobuf, rule_set};
use super::{AIM, Line, Measure, Target, case, fixed, load, of_unit, paced};
use crate::measure::Scale;

pub(super) fn lines(scale: Scale) -> Vec<Line> {
    let rules = 1_000;
    let set = rule_set(Shape::B, rules);
    let mut lines: Vec<Line> =
        [(0, 600.0), (1, 600.0), (40, 1_500.0)].map(|(matches, most)| decide(scale, &set, rules, matches, most)).into();
    lines.extend(load::lines(scale));
    lines.push(memory(scale.pick(10_000, 200)));
    lines.extend([2, 4].map(|threads| spread(scale, &set, threads)));
    lines
}

fn decide(scale: Scale, set: &RuleSet, rules: usize, matches: usize, most: f64) -> Line {
    let bytes = protobuf(Shape::B, amount_for(Shape::B, rules, matches));
    let mut engine = Engine::new(set, Options::default());
    let mut decision = Decision::new(set);
    engine.decide_into(Event::protobuf(&bytes), &mut decision).expect("a good event");
    assert_eq!(decision.matched().count(), matches, "the event is chosen so");
    let about = "Decoding, the rules, two outputs merged, into the memory of the decision before; no windows.";
    let name = format!("{rules} rules b, from protobuf to a decision, {matches} of them hold");
    Line {
        case: case(name, AIM, Some(Target::AtMost(1.0)), about),
        value: paced(scale, move || {
            let decided = engine.decide_into(Event::protobuf(black_box(&bytes)), &mut decision);
            black_box(&decision);
            decided.is_ok()
        }),
        limit: fixed(most),
    }
}

fn memory(rules: usize) -> Line {
    let bound = Bound::new(Shape::B, rules, 1_000.0);
    let about = "Rows, thresholds, dictionaries and chains of checks, counted by the index; constants that it shares with the \
                 programs are theirs.";
    let case = case(format!("memory of the index over {rules} rules b"), "16 MiB", Some(Target::AtMost(1.0)), about);
    let value: Measure = Box::new(move || bound.index.bytes() as f64 / f64::from(1 << 20));
    Line { case: of_unit("MiB", case), value, limit: fixed(16.0) }
}

/// An engine a thread, all of one rule set: rules without windows need no more.
fn spread(scale: Scale, set: &RuleSet, threads: usize) -> Line {
    let about = "Rules without windows share their rule set; each thread has an engine of its own.";
    let name = format!("events a second from {threads} threads, one rule set");
    let case = case(name, "one thread", Some(Target::AtLeast(1.0)), about);
    let (one, many) = (set.clone(), set.clone());
    Line {
        case: of_unit("events/s", case),
        value: Box::new(move || rate(scale, &many, threads)),
        limit: Box::new(move || rate(scale, &one, 1)),
    }
}

fn rate(scale: Scale, set: &RuleSet, threads: usize) -> f64 {
    let events = scale.pick(40_000, 500);
    let bytes = protobuf(Shape::B, 520.0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut engine, mut decision) = (Engine::new(set, Options::default()), Decision::new(set));
                for _ in 0..events {
                    let decided = engine.decide_into(Event::protobuf(black_box(&bytes)), &mut decision);
                    assert!(decided.is_ok(), "a good event");
                }
            });
        }
    });
    (threads * events) as f64 / start.elapsed().as_secs_f64()
}
