//! The budget: what happens to keys that have no room, and that nobody is told otherwise before.

use proptest::prelude::*;

use super::tests::rules;
use super::tests_state::{CARDS, PUMPS, at, canonical, count, fired, pay, pump};
use super::*;

#[test]
fn a_full_state_refuses_new_keys_or_evicts_old_ones() {
    let options = |at_budget| Options { memory: 1 << 20, at_budget, ..Options::default() };
    let mut refusing = Engine::new(&rules(CARDS), options(AtBudget::Refuse));
    let mut evicting = Engine::new(&rules(CARDS), options(AtBudget::Evict));
    for card in 0..5_000 {
        let decision = pay(&mut refusing, card, &format!("c{card}"), card);
        assert_eq!(count(&decision).is_none(), !decision.errors().is_empty(), "a refused key is an error, not a zero");
        assert_eq!(count(&pay(&mut evicting, card, &format!("c{card}"), card)), Some(1));
    }
    let (refused, evicted) = (refusing.state_size(), evicting.state_size());
    assert!(refused.refused_keys > 1_000 && refused.evicted_keys == 0, "{refused:?}");
    assert!(evicted.evicted_keys > 1_000 && evicted.refused_keys == 0, "{evicted:?}");
}

#[test]
fn the_key_that_was_not_written_for_the_longest_goes_whatever_waits() {
    let options = Options { memory: 20_000, at_budget: AtBudget::Evict, ..Options::default() };
    let mut engine = Engine::new(&rules(PUMPS), options);
    for device in 0..1_000 {
        pump(&mut engine, device, &format!("p-{device:03}"), 90.0);
    }
    let kept = fired(&engine.advance_to(at(100_000)));
    let quiet: Vec<&str> = kept.iter().filter(|(rule, ..)| rule == "QUIET").map(|(_, key, _)| &**key).collect();
    let expected: Vec<String> = (1_000 - quiet.len()..1_000).map(|device| format!("p-{device:03}")).collect();
    assert!(!quiet.is_empty() && quiet == expected, "{quiet:?}");
}

proptest! {
    /// At the budget, too, a preview says what is then decided: of an event whose keys are new, or windows grow, or rows
    /// go for others of the same event.
    #[test]
    fn a_preview_at_the_budget_is_what_is_decided(
        steps in prop::collection::vec((0..9_u8, 0..9_u8, 0..40_i64, 0..600_i64), 1..120),
        memory in 600..6_000_u64,
        evict: bool,
    ) {
        let at_budget = if evict { AtBudget::Evict } else { AtBudget::Refuse };
        let mut engine = Engine::new(&rules(PAIRS), Options { memory, at_budget, ..Options::default() });
        let mut now = 1_000;
        for (a, b, back, on) in steps {
            now += on;
            let event = format!(r#"{{"a": "a{a}", "b": "b{b}", "at": "{}"}}"#, at(now - back));
            let event = Event::json(event.as_bytes());
            let previewed = engine.preview(event).expect("a good event");
            let decided = engine.decide(event).expect("a good event");
            prop_assert_eq!(canonical(&previewed), canonical(&decided));
            let size = engine.state_size();
            prop_assert!(!evict || size.bytes <= memory || size.keys <= 4, "{:?}", size);
        }
    }
}

const PAIRS: &str = r#"fishplate: 1
name: pairs
schema: {fields: {at: timestamp, a: string, b: string}}
event: {time: at, max_disorder: 20s}
outputs:
  n: {type: int, merge: list}
features:
  of_a: {by: event.a, count: true, sliding: 1h, slide: 1m}
  of_b: {by: event.b, count: true, sliding: 2h, slide: 1m, where: "event.a != 'a0'"}
  of_both: {by: [event.a, event.b], count: true, sliding: 30m, slide: 10s}
rules:
  - {id: A, when: features.of_a > 0, output: {n: features.of_a}}
  - {id: B, when: features.of_b > 0, output: {n: features.of_b}}
  - {id: BOTH, when: features.of_both > 0, output: {n: features.of_both}}
  - {id: HELD, by: event.b, when: features.of_both > 1, for: 5m, output: {n: "7"}}
"#;
