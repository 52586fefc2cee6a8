//! Shards are to whoever asks what one engine is: in what they decide, in what is said to all of them, and when one breaks.

use std::sync::atomic::AtomicBool;

use super::*;

const RULES: &str = "fishplate: 1
name: shards
schema: {fields: {card: string, at: timestamp}}
event: {time: at}
partition_by: event.card
outputs: {n: {type: int, merge: max}}
features: {n: {by: event.card, count: true, sliding: 1h, slide: 1m}}
rules:
  - {id: ALL, when: true, output: {n: features.n}}
  - {id: QUIET, by: event.card, silent: 10m, output: {n: features.n}}
";

fn rules() -> RuleSet {
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    RuleSet::from_text("shards.yaml", RULES, nothing, &Default::default()).expect("these rules")
}

fn events() -> Vec<String> {
    let card = |at: u32| at.wrapping_mul(2_654_435_761) >> 24;
    let event =
        |at: u32| format!(r#"{{"card": "c{}", "at": "2026-01-01T00:{:02}:{:02}Z"}}"#, card(at), at / 60 % 60, at % 60);
    (0..3_000).map(event).chain(["{}".to_owned(), "no event".to_owned()]).collect()
}

fn told(outcome: &Result<Decision, Error>) -> Vec<u8> {
    let mut out = Vec::new();
    match outcome {
        Ok(decision) => fishplate::canonical::write_decision(decision, &mut out),
        Err(error) => fishplate::canonical::write_refusal(error, &mut out),
    }
    out
}

#[test]
fn any_number_of_threads_decides_the_same() {
    let (rules, events) = (rules(), events());
    let tick = Timestamp::parse("2026-01-02T00:00:00Z").expect("a time");
    let run = |shards: usize| {
        let shards = Shards::new(&rules, Options::default(), shards);
        let batches = events
            .chunks(700)
            .flat_map(|batch| shards.decide_all(batch.iter().map(|event| Event::json(event.as_bytes()))));
        let decided: Vec<_> = batches.map(|outcome| told(&outcome)).collect();
        let fired: Vec<_> = shards.advance_to(tick).expect("unbroken").into_iter().map(|one| told(&Ok(one))).collect();
        (decided, fired, shards.counters(), shards.state_size())
    };
    let one = run(1);
    assert_eq!((one.2.accepted, one.2.refused, one.1.len()), (3_000, 2, 256));
    for shards in [2, 3, 8, 128] {
        assert!(run(shards) == one, "{shards} shards");
    }
}

#[test]
fn an_internal_error_breaks_its_shard_alone() {
    let shards = Shards::new(&rules(), Options::default(), 4);
    let outcome = ask(&mut shards.lock(0), |_| panic!("on purpose")).map(|()| unreachable!());
    assert_eq!(outcome.map_err(|error: Error| error.code()), Err::<(), _>(codes::INTERNAL));
    let outcomes = shards.decide_all(events().iter().map(|event| Event::json(event.as_bytes())));
    let broken =
        outcomes.iter().filter(|outcome| matches!(outcome, Err(error) if error.code() == codes::ENGINE_BROKEN));
    let (broken, decided) = (broken.count(), outcomes.iter().filter(|outcome| outcome.is_ok()).count());
    assert!(broken > 0 && decided > 0 && broken + decided == 3_000, "{broken} and {decided}");
}

#[test]
fn without_partition_by_there_is_one_shard() {
    let text = RULES.replace("partition_by: event.card\n", "");
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSet::from_text("shards.yaml", &text, nothing, &Default::default()).expect("these rules");
    assert_eq!(Shards::new(&rules, Options::default(), 8).count(), 1);
}

/// The same rules in another version: another feature, so that events are decoded into other slots.
fn second() -> RuleSet {
    let text = RULES
        .replace(
            "features: {n:",
            "features: {m: {by: [event.card, event.other], count: true, sliding: 1h, slide: 1m}, n:",
        )
        .replace("at: timestamp}", "at: timestamp, other: string}")
        .replace("output: {n: features.n}}\n  - {id: QUIET", "output: {n: features.n + 1000000}}\n  - {id: QUIET");
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    RuleSet::from_text("second.yaml", &text, nothing, &Default::default()).expect("these rules")
}

#[test]
fn any_number_of_shards_is_swapped_and_switched_as_one() {
    let (first, second, events) = (rules(), second(), events());
    let tick = Timestamp::parse("2026-01-02T00:00:00Z").expect("a time");
    let run = |shards: usize| {
        let shards = Shards::new(&first, Options::default(), shards);
        let decide = |events: &[String]| {
            let decided = shards.decide_all(events.iter().map(|event| Event::json(event.as_bytes())));
            decided.iter().map(told).collect::<Vec<_>>()
        };
        let mut told_of = decide(&events[..1_000]);
        let swapped = shards.swap(&second).expect("the same partitions");
        told_of.extend(decide(&events[1_000..2_000]));
        shards.set_mode("QUIET", Some(Mode::Off)).expect("a rule");
        told_of.extend(decide(&events[2_000..]));
        let fired = shards.advance_to(tick).expect("unbroken").len();
        let state = shards.state().expect("unbroken");
        (told_of, swapped, fired, state.counters, state.size, state.modes, state.version)
    };
    let one = run(1);
    assert_eq!((&*one.1.kept, &*one.1.warming), (&["n".to_owned(), "QUIET".to_owned()][..], &["m".to_owned()][..]));
    assert_eq!((one.2, one.6), (0, *second.version()), "the rule that would have fired is off");
    for shards in [2, 3, 128] {
        assert!(run(shards) == one, "{shards} shards");
    }
}

#[test]
fn what_is_refused_of_all_shards_has_changed_none() {
    let shards = Shards::new(&rules(), Options::default(), 4);
    let text = RULES.replace("partition_by: event.card\n", "");
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let whole = RuleSet::from_text("whole.yaml", &text, nothing, &Default::default()).expect("these rules");
    assert_eq!(shards.swap(&whole).expect_err("not partitioned").code(), codes::PARTITION_CHANGED);
    assert_eq!(shards.set_mode("NONE", None).expect_err("no such rule").code(), codes::UNKNOWN_RULE);
    assert_eq!(shards.rule_set().version(), rules().version());
    assert!(shards.decide(Event::json(events()[0].as_bytes())).is_ok());
    assert_eq!(shards.snapshot(&[]).expect_err("four").code(), codes::NOT_OPERABLE);
    assert_eq!(shards.take_snapshot().expect_err("nowhere").code(), codes::NOT_OPERABLE);
}

#[test]
fn no_decision_mixes_the_rule_sets_of_before_and_after_a_swap() {
    let (first, second, events) = (rules(), second(), events());
    let shards = Shards::new(&first, Options::default(), 3);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let deciders: Vec<_> = (0..2)
            .map(|half| {
                let (shards, events, is_over) = (&shards, &events, &is_over);
                let (first, second) = (first.version(), second.version());
                scope.spawn(move || {
                    let mut seen = [0, 0];
                    for event in events[..3_000].iter().skip(half).step_by(2).cycle() {
                        let decision = shards.decide(Event::json(event.as_bytes())).expect("an event");
                        let (_, n) = decision.outputs().next().expect("ALL matches every event");
                        let is_second = matches!(n, fishplate::Value::Int(n) if *n >= 1_000_000);
                        assert_eq!(decision.version(), if is_second { second } else { first });
                        seen[usize::from(is_second)] += 1;
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    seen
                })
            })
            .collect();
        for round in 0..200 {
            shards.swap(if round % 2 == 0 { &second } else { &first }).expect("the same partitions");
        }
        is_over.store(true, Ordering::Relaxed);
        let seen: Vec<[u64; 2]> = deciders.into_iter().map(|it| it.join().expect("no panic")).collect();
        assert!(seen.iter().all(|seen| seen[0] + seen[1] > 0), "{seen:?}");
    });
}
