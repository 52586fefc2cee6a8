//! The rule sets of the simulated company: one family that is partitioned and one that is not, each in versions that keep
//! some features, change some and drop some. Each feature is given twice: for the product, and for the model.

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

/// All versions of the family that is partitioned by card, or of the one that is not.
///
/// # Panics
/// If the documents below are wrong, which the first test to run tells.
pub(crate) fn family(partitioned: bool) -> Vec<Version> {
    let others = if partitioned { Vec::new() } else { vec![BY_SHOP] };
    let with = |windows: &[Window]| [windows, &others[..]].concat();
    let plans = [
        (with(&[COUNT, SUM]), false, 50),
        (with(&[COUNT, MOST]), false, 50),
        (with(&[COUNT_LONGER, SUM]), false, 70),
        (with(&[COUNT, SUM]), true, 50),
    ];
    plans.into_iter().map(|(windows, has_ids, limit)| version(partitioned, windows, has_ids, limit)).collect()
}

fn version(partitioned: bool, windows: Vec<Window>, has_ids: bool, limit: u32) -> Version {
    let mut text = String::from(
        "fishplate: 1\nname: cards\nschema: {fields: {id: int, card: string, shop: string, at: timestamp, amount: int}}\n",
    );
    text += "event: {time: at, max_disorder: 10s";
    text += if has_ids { ", id: id, keep_ids: {for: 1h, max: 20}}\n" } else { "}\n" };
    if partitioned {
        text += "partition_by: event.card\n";
    }
    text += "outputs:\n  held: {type: int, merge: max}\n  quiet: {type: int, merge: max}\n";
    for window in &windows {
        text += &format!("  {}: {{type: int, merge: max}}\n", window.output);
    }
    text += "features:\n";
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
    text += "rules:\n";
    for window in &windows {
        let name = window.output;
        text += &format!("  - {{id: {name}, when: has(features.{name}), output: {{{name}: features.{name}}}}}\n");
    }
    text += &format!(
        "  - {{id: HELD, by: event.card, when: event.amount > {limit}, for: 30s, until: event.amount < 20, \
         output: {{held: event.amount}}}}\n  - {{id: QUIET, by: event.card, silent: 90s, output: {{quiet: event.amount}}}}\n"
    );
    let mut none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSet::from_text("cards.yaml", &text, &mut none, &fishplate::Limits::default());
    Version { rules: rules.unwrap_or_else(|error| panic!("{error}\n{text}")), windows }
}
