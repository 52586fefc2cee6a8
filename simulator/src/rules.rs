//! The rule sets of the simulated company: one family that is partitioned and one that is not, each in versions that keep
//! some features, change some and drop some. Counts, sums and maxima are given twice: for the product, and for the model that
//! counts; the other aggregates for the product alone, whose decisions an engine that nothing happened to repeats.

use fishplate::RuleSet;

/// What the model knows of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    /// The output that shows it.
    pub(crate) output: &'static str,
    pub(crate) by: Key,
    pub(crate) aggregate: Aggregate,
    /// Seconds.
    pub(crate) size: i64,
    /// Seconds.
    pub(crate) slide: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Card,
    Shop,
    CardAndShop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Aggregate {
    Count,
    Sum,
    Max,
}

/// Seconds that an event may come after a later one and still count.
pub(crate) const MAX_DISORDER: i64 = 10;

/// A version of one family.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) rules: RuleSet,
    pub(crate) windows: Vec<Window>,
}

/// How many versions each family has.
pub(crate) const VERSIONS: usize = 4;

const COUNT: Window = Window { output: "n", by: Key::Card, aggregate: Aggregate::Count, size: 60, slide: 10 };
const COUNT_LONGER: Window = Window { size: 120, ..COUNT };
const SUM: Window = Window { output: "spent", by: Key::Card, aggregate: Aggregate::Sum, size: 300, slide: 60 };
const MOST: Window = Window { output: "most", by: Key::CardAndShop, aggregate: Aggregate::Max, size: 60, slide: 60 };
const BY_SHOP: Window = Window { output: "shop", by: Key::Shop, aggregate: Aggregate::Count, size: 200, slide: 20 };

/// The aggregates that the model does not count: outputs, features, and the rules that show them.
const OTHERS: [&str; 3] = [
    "  mean: {type: double, merge: max}
  spread: {type: double, merge: max}
  pace: {type: double, merge: max}
  least: {type: int, merge: min}
  earliest: {type: int, merge: first}
  latest: {type: int, merge: first}
  shops: {type: int, merge: sum}
",
    "  mean: {by: event.card, avg: event.amount, sliding: 60s, slide: 20s, current: excluded}
  spread: {by: event.card, stddev: event.amount, sliding: 90s, slide: 30s}
  pace: {by: event.card, rate: true, where: event.amount > 10, sliding: 60s, slide: 20s}
  least: {by: event.card, min: event.amount, tumbling: 100s}
  earliest: {by: event.card, first: event.amount, sliding: 60s, slide: 20s}
  latest: {by: event.card, last: event.amount, sliding: 60s, slide: 20s}
  shops: {by: event.card, distinct: event.shop, tumbling: 200s}
",
    "  - {id: MEAN, when: features.mean > 10.0, output: {mean: features.mean, spread: features.spread}}
  - {id: EDGES, when: has(features.least), output: {least: features.least, earliest: features.earliest, \
     latest: features.latest}}
  - {id: PACE, when: features.pace > 0.0, output: {pace: features.pace, shops: features.shops}}
",
];

/// All versions of the family that is partitioned by card, or of the one that is not.
///
/// # Panics
/// If the documents below are wrong, which the first test to run tells.
pub(crate) fn family(partitioned: bool) -> Vec<Version> {
    let others = if partitioned { Vec::new() } else { vec![BY_SHOP] };
    let with = |windows: &[Window]| [windows, &others[..]].concat();
    let plans = [
        (with(&[COUNT, SUM]), OTHERS, false, 50),
        (with(&[COUNT, MOST]), OTHERS, false, 50),
        (with(&[COUNT_LONGER, SUM]), [""; 3], false, 70),
        (with(&[COUNT, SUM]), [""; 3], true, 50),
    ];
    let version = |(windows, others, has_ids, limit)| version(partitioned, windows, others, has_ids, limit);
    plans.into_iter().map(version).collect()
}

fn version(partitioned: bool, windows: Vec<Window>, others: [&str; 3], has_ids: bool, limit: u32) -> Version {
    let mut text = String::from(
        "fishplate: 1\nname: cards\nschema: {fields: {id: int, card: string, shop: string, at: timestamp, amount: int}}\n",
    );
    text += "event: {time: at, max_disorder: 10s";
    text += if has_ids { ", id: id, keep_ids: {for: 1h, max: 20}}\n" } else { "}\n" };
    if partitioned {
        text += "partition_by: event.card\n";
    }
    text += "outputs:\n  risk: {type: int, merge: max}\n  held: {type: int, merge: max}\n  quiet: {type: int, merge: max}\n";
    for window in &windows {
        text += &format!("  {}: {{type: int, merge: max}}\n", window.output);
    }
    text += others[0];
    text += "features:\n  risk: {supplied: int}\n";
    for window in &windows {
        let by = match window.by {
            Key::Card => "event.card",
            Key::Shop => "event.shop",
            Key::CardAndShop => "[event.card, event.shop]",
        };
        let aggregate = match window.aggregate {
            Aggregate::Count => "count: true",
            Aggregate::Sum => "sum: event.amount",
            Aggregate::Max => "max: event.amount",
        };
        let (name, size, slide) = (window.output, window.size, window.slide);
        text += &format!("  {name}: {{by: {by}, {aggregate}, sliding: {size}s, slide: {slide}s}}\n");
    }
    text += others[1];
    text += "rules:\n  - {id: risk, when: has(features.risk), output: {risk: features.risk}}\n";
    for window in &windows {
        let name = window.output;
        text += &format!("  - {{id: {name}, when: has(features.{name}), output: {{{name}: features.{name}}}}}\n");
    }
    text += &format!(
        "  - {{id: HELD, by: event.card, when: event.amount > {limit}, for: 30s, until: event.amount < 20, \
         output: {{held: event.amount}}}}\n  - {{id: QUIET, by: event.card, silent: 90s, output: {{quiet: event.amount}}}}\n"
    );
    text += others[2];
    let mut none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSet::from_text("cards.yaml", &text, &mut none, &fishplate::Limits::default());
    Version { rules: rules.unwrap_or_else(|error| panic!("{error}\n{text}")), windows }
}
