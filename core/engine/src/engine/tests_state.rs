//! What an engine remembers: partitions, watches, swaps, snapshots, budgets.

use proptest::prelude::*;

use super::tests::{matched, rules};
use super::*;
use crate::codes;
use crate::state::AtBudget;
use fishplate_cel::{Timestamp, Value};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::new(1_767_225_600 + second, 0).expect("in range") // 2026-01-01T00:00:00Z
}

pub(super) fn send(engine: &mut Engine, second: i64, fields: &str) -> Decision {
    let event = format!(r#"{{"at": "{}", {fields}}}"#, at(second));
    engine.decide(Event::json(event.as_bytes())).expect("a good event")
}

pub(super) fn pump(engine: &mut Engine, second: i64, device: &str, celsius: f64) -> Decision {
    send(engine, second, &format!(r#""device": "{device}", "celsius": {celsius}"#))
}

pub(super) const PUMPS: &str = r#"fishplate: 1
name: pumps
schema: {fields: {at: timestamp, device: string, celsius: double}}
event: {time: at, max_disorder: 10s}
outputs:
  action: {enum: [RUN, WARN, STOP], merge: max, default: RUN}
  heat: {type: double, merge: max}
rules:
  - {id: HOT, by: event.device, when: event.celsius > 80.0, for: 60s, until: event.celsius < 70.0, output: {action: STOP, heat: event.celsius}}
  - {id: QUIET, by: event.device, silent: 5m, output: {action: WARN}}
"#;

pub(super) fn fired(decisions: &[Decision]) -> Vec<(String, String, Timestamp)> {
    let one = |decision: &Decision| {
        let timer = decision.timer().expect("no event asked for it");
        assert_eq!(matched(decision), [&*timer.rule]);
        let Some(Value::String(key)) = timer.key.first() else { panic!("a key of one text") };
        (timer.rule.to_string(), key.to_string(), timer.due)
    };
    decisions.iter().map(one).collect()
}

fn firing(rule: &str, key: &str, second: i64) -> (String, String, Timestamp) {
    (rule.to_owned(), key.to_owned(), at(second))
}

#[test]
fn a_condition_fires_at_an_event_once_it_held_for_its_span() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    assert!(matched(&pump(&mut engine, 0, "a", 90.0)).is_empty());
    assert!(matched(&pump(&mut engine, 59, "a", 91.0)).is_empty());
    assert_eq!(matched(&pump(&mut engine, 60, "a", 92.0)), ["HOT"]);
    assert_eq!(matched(&pump(&mut engine, 61, "a", 75.0)), ["HOT"], "on until below 70");
    assert!(matched(&pump(&mut engine, 62, "a", 69.0)).is_empty());
    assert!(matched(&pump(&mut engine, 63, "b", 90.0)).is_empty(), "each key for itself");
}

#[test]
fn a_condition_that_held_for_its_span_fires_without_an_event() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "a", 90.0);
    pump(&mut engine, 30, "a", 95.0);
    assert!(engine.advance_to(at(69)).is_empty(), "events of second 59 may still come");
    let decisions = engine.advance_to(at(70));
    assert_eq!(fired(&decisions), [firing("HOT", "a", 60)]);
    assert_eq!(decisions[0].output("heat"), Some(&Value::Double(95.0)), "what its last event gave");
    assert_eq!(decisions[0].output("action"), Some(&Value::String("STOP".into())));
    assert!(engine.advance_to(at(100)).is_empty(), "once");
    assert_eq!(matched(&pump(&mut engine, 100, "a", 75.0)), ["HOT"], "it is on");
}

#[test]
fn silence_fires_once_and_begins_anew_with_an_event() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "b", 20.0);
    pump(&mut engine, 0, "a", 20.0);
    pump(&mut engine, 100, "b", 20.0);
    assert!(engine.advance_to(at(309)).is_empty());
    assert_eq!(fired(&engine.advance_to(at(1_000))), [firing("QUIET", "a", 300), firing("QUIET", "b", 400)]);
    assert!(engine.advance_to(at(2_000)).is_empty());
    pump(&mut engine, 2_000, "a", 20.0);
    assert_eq!(fired(&engine.advance_to(at(3_000))), [firing("QUIET", "a", 2_300)]);
    assert_eq!(engine.state_size().keys, 0, "what waits for nothing is forgotten");
}

#[test]
fn rules_that_are_due_are_told_in_one_order() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    for device in ["c", "a", "b"] {
        pump(&mut engine, 0, device, 90.0);
    }
    let told = fired(&engine.advance_to(at(10_000)));
    let expected = ["HOT", "QUIET"].into_iter().zip([60, 300]);
    let expected: Vec<_> = expected.flat_map(|(rule, due)| ["a", "b", "c"].map(|key| firing(rule, key, due))).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_tick_makes_older_events_late() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    engine.advance_to(at(100));
    assert!(!pump(&mut engine, 90, "a", 20.0).late());
    assert!(pump(&mut engine, 89, "a", 20.0).late());
    engine.advance_to(at(50));
    assert!(pump(&mut engine, 89, "a", 20.0).late(), "time never goes back");
}

#[test]
fn late_events_and_previews_change_no_watch() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "a", 90.0);
    pump(&mut engine, 100, "b", 20.0);
    pump(&mut engine, 50, "a", 20.0);
    let event = format!(r#"{{"at": "{}", "device": "a", "celsius": 20.0}}"#, at(100));
    engine.preview(Event::json(event.as_bytes())).expect("a good event");
    assert_eq!(fired(&engine.advance_to(at(110))), [firing("HOT", "a", 60)]);
}

#[test]
fn a_key_in_error_is_told_where_the_rule_names_it() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    let decision = send(&mut engine, 0, r#""celsius": 90.0"#);
    let errors: Vec<_> = decision.errors().iter().map(|error| (error.code, error.line, error.column)).collect();
    let place = |rule: &str| {
        let lines = PUMPS.lines().enumerate();
        let found = lines.filter(|(_, line)| line.contains(rule)).map(|(at, line)| (at + 1, line.find("event.device")));
        found.map(|(line, column)| (codes::KEY_ERROR, line as u32, column.expect("its key") as u32 + 1)).next()
    };
    assert_eq!(errors, [place("id: HOT"), place("id: QUIET")].map(|place| place.expect("in it")));
}

#[test]
fn a_tick_forgets_keys_behind_one_that_waits() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "stays hot", 90.0);
    for device in 1..=1_000 {
        pump(&mut engine, device, &format!("p-{device}"), 20.0);
    }
    assert_eq!(engine.advance_to(at(1_000)).len(), 1 + 691, "HOT once, and whoever was silent for five minutes by 990");
    engine.advance_to(at(1_310));
    let size = engine.state_size();
    assert_eq!((size.keys, size.expired_keys), (1, 1_000), "{size:?}");
    pump(&mut engine, 2_000, "stays hot", 60.0);
    engine.advance_to(at(2_310));
    assert_eq!(engine.state_size().keys, 0);
    assert_eq!(engine.state_size().bytes, 0);
}

#[test]
fn a_rule_that_is_off_fires_no_more() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "a", 90.0);
    engine.set_mode("HOT", Some(Mode::Off)).expect("it is there");
    engine.set_mode("QUIET", Some(Mode::Shadow)).expect("it is there");
    let decisions = engine.advance_to(at(1_000));
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].shadow_matched().collect::<Vec<_>>(), ["QUIET"]);
    assert!(decisions[0].matched().next().is_none());
    let error = engine.set_mode("HOTT", None).expect_err("no such rule");
    assert_eq!((error.code(), error.status), (codes::UNKNOWN_RULE, crate::Status::NotFound));
}

#[test]
fn a_rule_that_was_off_knows_nothing_of_before() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "a", 90.0);
    for rule in ["HOT", "QUIET"] {
        engine.set_mode(rule, Some(Mode::Off)).expect("it is there");
    }
    pump(&mut engine, 200, "a", 60.0);
    for rule in ["HOT", "QUIET"] {
        engine.set_mode(rule, None).expect("it is there");
    }
    assert!(engine.advance_to(at(310)).is_empty(), "neither hot nor silent since second 0");
    pump(&mut engine, 320, "a", 60.0);
    assert_eq!(fired(&engine.advance_to(at(700))), [firing("QUIET", "a", 620)]);
}

pub(super) const CARDS: &str = r#"fishplate: 1
name: cards
schema: {fields: {at: timestamp, card: string, id: int, amount: int}}
event: {time: at, id: id, max_disorder: 10s}
partition_by: event.card
outputs:
  n: {type: int, merge: max}
  spent: {type: int, merge: max}
features:
  n: {by: event.card, count: true, sliding: 1h, slide: 1m}
  spent: {by: event.card, sum: event.amount, sliding: 1h, slide: 1m}
rules:
  - {id: ALL, when: true, output: {n: features.n, spent: features.spent}}
"#;

pub(super) fn pay(engine: &mut Engine, second: i64, card: &str, id: i64) -> Decision {
    send(engine, second, &format!(r#""card": "{card}", "id": {id}, "amount": 7"#))
}

pub(super) fn count(decision: &Decision) -> Option<i64> {
    match decision.output("n") {
        Some(Value::Int(count)) => Some(*count),
        _ => None,
    }
}

#[test]
fn each_partition_value_has_its_own_time_and_ids() {
    let mut engine = Engine::new(&rules(CARDS), Options::default());
    pay(&mut engine, 1_000, "a", 1);
    assert!(!pay(&mut engine, 0, "b", 1).late(), "b's time is its own");
    assert!(!pay(&mut engine, 1, "b", 2).repeated());
    assert!(pay(&mut engine, 2, "b", 1).repeated());
    assert!(pay(&mut engine, 0, "a", 3).late());
    assert_eq!(engine.state_size().partitions, 2);
}

#[test]
fn keys_begin_with_the_partition() {
    let wrong = CARDS.replace("n: {by: event.card,", "n: {by: event.id,");
    let mut none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let error = RuleSet::from_text("t.yaml", &wrong, &mut none, &Limits::default()).expect_err("n is outside");
    assert_eq!(error.code(), codes::KEY_OUTSIDE_PARTITION);
    assert!(error.to_string().contains("10:11"), "{error}");
}

#[test]
fn a_key_whose_windows_are_over_is_forgotten() {
    let mut engine = Engine::new(&rules(CARDS), Options::default());
    for card in 0..100 {
        pay(&mut engine, card, &format!("c{card}"), card);
    }
    assert_eq!(engine.state_size().keys, 100);
    engine.advance_to(at(2 * 3_600 + 200));
    let size = engine.state_size();
    assert_eq!((size.keys, size.partitions, size.expired_keys), (0, 0, 100));
    assert_eq!(size.bytes, 0);
}

#[test]
fn an_unchanged_feature_keeps_its_state_through_a_swap() {
    let mut engine = Engine::new(&rules(CARDS), Options::default());
    pay(&mut engine, 0, "a", 1);
    pay(&mut engine, 1, "a", 2);
    let changed = CARDS.replace("sum: event.amount, sliding: 1h", "sum: event.amount, sliding: 2h");
    let swapped = engine.swap(&rules(&changed)).expect("the same partitions");
    assert_eq!((&swapped.kept[..], &swapped.warming[..]), (&["n".to_owned()][..], &["spent".to_owned()][..]));
    assert_eq!(engine.warming().collect::<Vec<_>>(), ["spent"]);
    let decision = pay(&mut engine, 2, "a", 3);
    assert_eq!((count(&decision), decision.output("spent")), (Some(3), Some(&Value::Int(7))));
    assert!(pay(&mut engine, 3, "a", 1).repeated(), "ids are remembered");
    pay(&mut engine, 2 * 3_600 + 10, "a", 9);
    assert_eq!(engine.warming().count(), 0);
    let back = engine.swap(&rules(CARDS)).expect("and back");
    assert_eq!(back.kept, ["n"]);
    let elsewhere = CARDS.replace("partition_by: event.card\n", "");
    assert_eq!(engine.swap(&rules(&elsewhere)).expect_err("another partition").code(), codes::PARTITION_CHANGED);
}

#[test]
fn what_a_rule_says_when_it_fires_is_what_its_document_says() {
    let mut engine = Engine::new(&rules(PUMPS), Options::default());
    pump(&mut engine, 0, "a", 90.0);
    let changed = PUMPS.replace("silent: 5m, output: {action: WARN}", "silent: 5m, output: {action: STOP}");
    assert_eq!(engine.swap(&rules(&changed)).expect("no partitions").kept, ["HOT"]);
    assert_eq!(fired(&engine.advance_to(at(1_000))), [firing("HOT", "a", 60)], "QUIET begins anew with the next event");
}

#[test]
fn a_watch_means_something_else_when_a_field_that_it_reads_has_another_type() {
    let same_texts = |celsius: &str| {
        let text =
            PUMPS.replace("celsius: double", celsius).replace("event.celsius > 80.0", "event.celsius > event.celsius");
        let text = text.replace("until: event.celsius < 70.0, ", "").replace(", heat: event.celsius", "");
        rules(&text)
    };
    let mut engine = Engine::new(&same_texts("celsius: double"), Options::default());
    assert_eq!(engine.swap(&same_texts("celsius: int")).expect("no partitions").kept, ["QUIET"]);
}

#[test]
fn two_features_of_one_definition_each_keep_their_window() {
    let twins = CARDS.replace("  spent: {by: event.card, sum: event.amount,", "  spent: {by: event.card, count: true,");
    let rules = rules(&twins);
    let mut engine = Engine::new(&rules, Options::default());
    pay(&mut engine, 0, "a", 1);
    let (mut restored, _) =
        Engine::restore(&rules, Options::default(), &[&engine.snapshot()]).expect("as it was written");
    engine.swap(&rules).expect("the same partitions");
    for engine in [&mut engine, &mut restored] {
        let decision = pay(engine, 1, "a", 2);
        assert_eq!((count(&decision), decision.output("spent")), (Some(2), Some(&Value::Int(2))));
    }
}

#[test]
fn an_engine_goes_on_from_its_snapshot() {
    for document in [PUMPS, CARDS] {
        let rules = rules(document);
        let mut engine = Engine::new(&rules, Options::default());
        let feed = |engine: &mut Engine, second: i64| match document == PUMPS {
            true => pump(engine, second, ["a", "b", "c"][second as usize % 3], 60.0 + (second % 7) as f64 * 10.0),
            false => pay(engine, second, ["a", "b", "c"][second as usize % 3], second % 50),
        };
        for second in 0..300 {
            feed(&mut engine, second);
        }
        let bytes = engine.snapshot();
        let (mut restored, found) = Engine::restore(&rules, Options::default(), &[&bytes]).expect("as it was written");
        assert_eq!(found.version, *rules.version());
        assert_eq!(restored.snapshot(), bytes);
        assert_eq!(restored.state_size(), engine.state_size());
        for second in 300..900 {
            assert_eq!(canonical(&feed(&mut engine, second)), canonical(&feed(&mut restored, second)));
        }
        let (told, again) = (engine.advance_to(at(9_000)), restored.advance_to(at(9_000)));
        assert_eq!(told.iter().map(canonical).collect::<Vec<_>>(), again.iter().map(canonical).collect::<Vec<_>>());
        assert_eq!(restored.snapshot(), engine.snapshot());
    }
}

#[test]
fn groups_move_one_by_one() {
    let rules = rules(CARDS);
    let mut engine = Engine::new(&rules, Options::default());
    for card in 0..200 {
        pay(&mut engine, card, &format!("c{card}"), card);
    }
    let (even, odd): (Vec<u16>, Vec<u16>) = (0..crate::state::KEY_GROUPS).partition(|group| group % 2 == 0);
    let parts = [engine.snapshot_groups(&odd), engine.snapshot_groups(&even)];
    let (mut whole, _) = Engine::restore(&rules, Options::default(), &[&parts[0], &parts[1]]).expect("both halves");
    assert_eq!(whole.snapshot(), engine.snapshot());
    for card in 0..200 {
        assert_eq!(count(&pay(&mut whole, 300, &format!("c{card}"), 1_000 + card)), Some(2));
    }
    let twice =
        Engine::restore(&rules, Options::default(), &[&parts[0], &parts[0]]).expect_err("a group is there twice");
    assert_eq!(twice.code(), codes::BAD_ARGUMENT);
}

#[test]
fn damaged_and_later_snapshots_are_refused() {
    let rules = rules(CARDS);
    let mut engine = Engine::new(&rules, Options::default());
    pay(&mut engine, 0, "a", 1);
    let bytes = engine.snapshot();
    let restore = |bytes: &[u8]| Engine::restore(&rules, Options::default(), &[bytes]).map(drop);
    for at in 0..bytes.len() {
        assert!(restore(&bytes[..at]).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(restore(&changed).is_err(), "changed at {at}");
    }
    let mut later = bytes.clone();
    later[4] = 2;
    let error = restore(&later).expect_err("format 2");
    assert_eq!(error.code(), codes::SNAPSHOT_VERSION);
    assert!(error.to_string().contains("2.0") && error.to_string().contains("1.1"), "{error}");
}

proptest! {
    /// Shards by key group decide as one engine does, whatever their number: events, ticks, swaps, budgets.
    #[test]
    fn any_number_of_shards_decides_the_same(
        steps in prop::collection::vec((0..20_u8, 0..12_i64, 0..40_i64, 0..30_u8), 1..120),
        shards in 2..9_usize,
        tight: bool,
        evict: bool,
    ) {
        let rules = rules(SHARDED);
        let at_budget = if evict { AtBudget::Evict } else { AtBudget::Refuse };
        let memory = if tight { 128 * 1_500 } else { 1 << 30 };
        let options = Options { memory, at_budget, ..Options::default() };
        let mut one = Engine::new(&rules, options);
        let mut many: Vec<Engine> = (0..shards).map(|_| Engine::new(&rules, options)).collect();
        let (mut now, mut ordinal) = (1_000, 0);
        for (card, back, on, kind) in steps {
            now += on;
            if kind == 0 {
                let told = many.iter_mut().flat_map(|engine| engine.advance_to(at(now))).collect();
                let expected: Vec<_> = one.advance_to(at(now)).iter().map(canonical).collect();
                prop_assert_eq!(in_order(&rules, told).iter().map(canonical).collect::<Vec<_>>(), expected);
                continue;
            }
            let event = format!(r#"{{"card": "c{card}", "at": "{}", "amount": {kind}}}"#, at(now - back));
            let event = Event::json(event.as_bytes());
            ordinal += 1;
            let prepared = many[0].prepare(event).expect("a good event").with_ordinal(ordinal);
            let decision = many[usize::from(prepared.key_group()) % shards].apply(prepared);
            prop_assert_eq!(canonical(&decision), canonical(&one.decide(event).expect("a good event")));
        }
        let size = many.iter().fold(crate::state::StateSize::default(), |sum, engine| sum.plus(engine.state_size()));
        prop_assert_eq!(size, one.state_size());
    }
}

proptest! {
    /// Whatever is done to an engine between two inputs, it decides as one to which nothing was done: taken apart into
    /// groups and put together, its events written down and read back, swapped to another rule set and previewed.
    #[test]
    fn an_engine_that_was_moved_decides_as_one_that_stayed(
        steps in prop::collection::vec((0..8_u8, 0..12_i64, 0..40_i64, 0..30_u8), 1..80),
        evict: bool,
    ) {
        let rules = rules(SHARDED);
        let at_budget = if evict { AtBudget::Evict } else { AtBudget::Refuse };
        let options = Options { memory: 128 * 1_500, at_budget, ..Options::default() };
        let (mut stayed, mut moved) = (Engine::new(&rules, options), Engine::new(&rules, options));
        let mut now = 1_000;
        for (card, back, on, kind) in steps {
            now += on;
            match kind {
                0 => {
                    let told: Vec<_> = moved.advance_to(at(now)).iter().map(canonical).collect();
                    prop_assert_eq!(told, stayed.advance_to(at(now)).iter().map(canonical).collect::<Vec<_>>());
                }
                1..=4 => {
                    let share = |nth: u16| (0..crate::state::KEY_GROUPS).filter(|group| group % 3 == nth).collect::<Vec<_>>();
                    let parts: Vec<_> = (0..3).map(|nth| moved.snapshot_groups(&share(nth))).collect();
                    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                    moved = Engine::restore(&rules, options, &parts).expect("three thirds").0;
                }
                5 => {
                    let other = SHARDED.replace("name: sharded", "name: other");
                    let swapped = moved.swap(&super::tests::rules(&other)).expect("the same partitions");
                    prop_assert_eq!((swapped.kept.len(), swapped.warming.len()), (4, 0));
                    moved.swap(&rules).expect("and back");
                }
                _ => {
                    let event = format!(r#"{{"card": "c{card}", "at": "{}", "amount": {kind}}}"#, at(now - back));
                    let event = Event::json(event.as_bytes());
                    let mut bytes = Vec::new();
                    let previewed = canonical(&moved.preview(event).expect("a good event"));
                    moved.prepare(event).expect("a good event").write(&mut bytes);
                    let prepared = moved.read_prepared(&bytes).expect("as it was written");
                    let decided = canonical(&stayed.decide(event).expect("a good event"));
                    prop_assert_eq!(&canonical(&moved.apply(prepared)), &decided);
                    prop_assert_eq!(previewed, decided);
                }
            }
        }
        prop_assert_eq!(moved.state_size(), stayed.state_size());
        prop_assert_eq!(moved.snapshot(), stayed.snapshot());
    }
}

const SHARDED: &str = r#"fishplate: 1
name: sharded
schema: {fields: {at: timestamp, card: string, amount: int}}
event: {time: at, max_disorder: 10s}
partition_by: event.card
outputs:
  n: {type: int, merge: max}
features:
  n: {by: event.card, count: true, sliding: 1m, slide: 10s}
  spent: {by: event.card, sum: event.amount, sliding: 2m, slide: 1m}
rules:
  - {id: ALL, when: true, output: {n: features.n}}
  - {id: LARGE, by: event.card, when: event.amount > 20, for: 30s, output: {n: event.amount}}
  - {id: QUIET, by: event.card, silent: 1m, output: {n: features.n}}
"#;

pub(super) fn canonical(decision: &Decision) -> Vec<u8> {
    let mut out = Vec::new();
    crate::canonical::write_decision(decision, &mut out);
    out
}
