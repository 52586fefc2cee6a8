//! The memory of windows is what `docs/windows.md` says: its formula, written again here, against what an engine counts.

use fishplate::engine::Options;
use fishplate::{Engine, Event, Limits, RuleSet};

fn engine(max_disorder: &str, features: &str) -> Engine {
    of(&format!("event: {{time: at, max_disorder: {max_disorder}}}\nfeatures:\n{features}\nrules: []\n"))
}

fn of(rest: &str) -> Engine {
    let fields = "{at: timestamp, card: string, shop: int, amount: double, note: string}";
    let text = format!("fishplate: 1\nname: t\nschema: {{fields: {fields}}}\n{rest}");
    let mut none = |_: &str| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    let rules = RuleSet::from_text("t.yaml", &text, &mut none, &Limits::default()).expect("a good document");
    Engine::new(&rules, Options::default())
}

/// An event of this minute by card `c-12345`, in shop 7.
fn observe(engine: &mut Engine, minute: u64, amount: f64, note: &str) {
    let clock = format!("{:02}:{:02}:00", minute / 60, minute % 60);
    let event = format!(
        r#"{{"at": "2026-01-01T{clock}Z", "card": "c-12345", "shop": "7", "amount": {amount}, "note": "{note}"}}"#
    );
    engine.decide(Event::json(event.as_bytes())).expect("a good event");
}

/// The one partition of a rule set without `partition_by`.
const PARTITION: u64 = 114;

/// A key of `canonical` bytes with windows of these rings.
fn row(canonical: u64, rings: &[u64]) -> u64 {
    let key = if canonical > 24 { 16 + canonical } else { 0 };
    122 + key + rings.iter().map(|ring| 56 + ring).sum::<u64>()
}

/// A ring of cells of this size for so many buckets, of a window that reads `full`.
fn ring(cell: u64, buckets: u64, full: u64) -> u64 {
    if buckets == 0 { 0 } else { cell * cells(buckets, full) + 16 }
}

/// Rounded up to fours, or to the power of two at or below an eighth of them, but not beyond `full` for its sake.
fn cells(buckets: u64, full: u64) -> u64 {
    let step = (buckets / 8).checked_ilog2().map_or(4, |power| 4.max(1 << power));
    buckets.next_multiple_of(step).min(full.max(buckets))
}

const CARD: u64 = 5 + 7;
const CARD_AND_SHOP: u64 = CARD + 9;

#[test]
fn counts_and_sums_have_a_cell_for_each_bucket_behind_the_newest() {
    let mut engine = engine(
        "2m",
        "  a: {by: event.card, count: true, sliding: 1h, slide: 1m}
  b: {by: event.card, rate: true, sliding: 10m, slide: 1m, current: excluded}
  c: {by: event.card, sum: event.shop, sliding: 1h, slide: 5m}
  d: {by: [event.card, event.shop], sum: event.amount, tumbling: 1h}",
    );
    let bytes = |a, b, c, d| {
        let by_card = [ring(2, a, 60), ring(2, b, 10), ring(8, c, 12)];
        PARTITION + row(CARD, &by_card) + row(CARD_AND_SHOP, &[ring(8, d, 1)])
    };
    assert_eq!(engine.state_size().bytes, 0);
    observe(&mut engine, 0, 1.0, "");
    assert_eq!(engine.state_size().bytes, bytes(0, 0, 0, 0), "the newest bucket is in the window itself");
    observe(&mut engine, 3, 1.0, "");
    assert_eq!(engine.state_size().bytes, bytes(3, 3, 0, 0));
    observe(&mut engine, 9, 1.0, "");
    assert_eq!(engine.state_size().bytes, bytes(9, 9, 1, 0));
    (10..300).for_each(|minute| observe(&mut engine, minute, 1.0, ""));
    // A bucket that ends by 04:59 − 2m − size is gone: buckets from 03:57 on are there, of ten minutes those from 04:47.
    assert_eq!(engine.state_size().bytes, bytes(62, 12, 12, 1));
}

#[test]
fn other_aggregates_have_larger_cells() {
    let mut engine = engine(
        "2m",
        "  a: {by: event.card, avg: event.amount, sliding: 1h, slide: 1m}
  b: {by: event.card, stddev: event.shop, sliding: 1h, slide: 1m}
  c: {by: event.card, max: event.amount, sliding: 1h, slide: 1m}
  d: {by: event.card, min: event.at, sliding: 1h, slide: 1m}
  e: {by: event.card, last: event.note, sliding: 1h, slide: 1m}
  f: {by: event.card, distinct: event.note, sliding: 1h, slide: 1m}",
    );
    for minute in 0..20 {
        for note in ["a", "bc", "def", "gh", "ijkl"] {
            observe(&mut engine, minute, 1.0, note);
        }
    }
    let strings = 20 * (4 + 32);
    let sets = 20 * (8 * 8 + 16);
    let rings = [
        ring(16, 20, 60) + 16,
        ring(24, 20, 60) + 24,
        ring(16, 20, 60),
        ring(24, 20, 60),
        ring(40, 20, 60) + strings,
        ring(24, 20, 60) + sets,
    ];
    assert_eq!(engine.state_size().bytes, PARTITION + row(CARD, &rings));
    (0..300).for_each(|note| observe(&mut engine, 19, 1.0, &note.to_string()));
    let after = engine.state_size().bytes;
    let sketch = 4096 + 16;
    let rings = [&rings[..4], &[ring(40, 20, 60) + strings - 1, ring(24, 20, 60) + sets - 80 + sketch]].concat();
    assert_eq!(after, PARTITION + row(CARD, &rings), "the last note is a byte shorter, and the last set a sketch");
}

#[test]
fn what_rules_remember_of_a_key_is_in_its_row() {
    let rules = "rules:
  - {id: A, by: event.card, when: event.amount > 5.0, for: 1m, output: {n: event.note}}
  - {id: B, by: event.card, when: event.amount > 9.0, until: event.amount < 7.0}
";
    let head = "event: {time: at, max_disorder: 1m}\noutputs: {n: {type: string, merge: any}}\n";
    let feature = "features: {w: {by: event.card, count: true, tumbling: 1h}}\n";
    let waiting = 208 + 32 + 32 + 4;
    for (features, row) in [("", 122 - 16 + 96), (feature, 122 + 56 + 96)] {
        let mut engine = of(&format!("{head}{features}{rules}"));
        observe(&mut engine, 0, 1.0, "calm");
        assert_eq!(engine.state_size().bytes, PARTITION + row + 2 * 80, "{features}");
        observe(&mut engine, 0, 6.0, "warm");
        assert_eq!(engine.state_size().bytes, PARTITION + row + 2 * 80 + waiting, "{features}");
    }
}

#[test]
fn a_million_cards_of_three_hourly_counts_by_minutes_fit_in_a_gibibyte_and_sums_in_two() {
    for (aggregate, gibibytes) in [("count: true", 1_u64), ("sum: event.amount", 2)] {
        let feature = |name| format!("  {name}: {{by: event.card, {aggregate}, sliding: 1h, slide: 1m}}\n");
        let text = format!("{}{}{}", feature("a"), feature("b"), feature("c"));
        let mut engine = engine("0s", &text);
        (0..300).for_each(|minute| observe(&mut engine, minute, 1.0, ""));
        let key = engine.state_size().bytes - PARTITION;
        assert!(key * 1_000_000 <= gibibytes << 30, "{key} bytes a card");
    }
}
