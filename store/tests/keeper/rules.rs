//! The rule sets of these tests, and events for them.

use std::io;

use fishplate::{RuleSet, Timestamp};
use fishplate_store::sim::Chance;

const CARDS: &str = "fishplate: 1
name: cards
schema: {fields: {id: string, at: timestamp, card: string, amount: int, hot: bool}}
event: {id: id, time: at, max_disorder: 10s, keep_ids: {for: 5m, max: 50}}
partition_by: event.card
outputs: {score: {type: int, merge: sum, default: 0}, seen: {type: int, merge: max}}
features:
  count: {by: event.card, count: true, sliding: 10m, slide: 10s}
";

const FIRST: &str = "  spent: {by: event.card, sum: event.amount, sliding: 5m, slide: 10s, current: excluded}
rules:
  - {id: MANY, when: features.count > 3, output: {score: features.count, seen: features.count}}
  - {id: SPENT, when: features.spent + event.amount > 500, output: {score: 10}}
  - {id: HOT, by: event.card, when: event.hot, for: 30s, output: {score: 100}}
  - {id: QUIET, by: event.card, silent: 2m, output: {score: 1}}
";

const SECOND: &str = "  most: {by: event.card, max: event.amount, sliding: 5m, slide: 10s}
rules:
  - {id: MANY, when: features.count > 5, output: {score: features.count, seen: features.count}}
  - {id: MOST, mode: shadow, when: features.most > 200, output: {score: 7}}
  - {id: HOT, by: event.card, when: event.hot, for: 30s, output: {score: 100}}
";

/// Two rule sets of one name, and one that is kept by something else.
pub(crate) fn rule_sets() -> [RuleSet; 3] {
    let elsewhere = CARDS.replace("partition_by: event.card\n", "");
    [format!("{CARDS}{FIRST}"), format!("{CARDS}{SECOND}"), format!("{elsewhere}{FIRST}")].map(|text| compile(&text))
}

/// One with a schema in a file of its own, of another name.
pub(crate) fn from_proto() -> RuleSet {
    let text = "fishplate: 1
name: of-a-file
schema: payment.proto#risk.Payment
event: {id: id}
outputs: {big: {type: bool, merge: any, default: false}}
rules:
  - {id: BIG, when: event.amount > 10, output: {big: true}}
";
    let proto = b"syntax = \"proto3\"; package risk; message Payment { string id = 1; int64 amount = 2; }";
    let mut read = |name: &str| match name {
        "payment.proto" => Ok(proto.to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    RuleSet::from_text("of-a-file.yaml", text, &mut read, &Default::default()).expect("it compiles")
}

pub(crate) fn compile(text: &str) -> RuleSet {
    let mut nothing = |_: &str| Err(io::ErrorKind::NotFound.into());
    RuleSet::from_text("cards.yaml", text, &mut nothing, &Default::default()).expect("it compiles")
}

/// Event time, `second` after some midnight.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::new(1_767_225_600 + second, 0).expect("in range")
}

/// An event about `second`; now and then late, repeated, or none at all.
pub(crate) fn event(second: i64, chance: &mut Chance) -> String {
    if chance.below(12) == 0 {
        return r#"{"id": 3}"#.to_owned();
    }
    let (id, card) = (chance.below(400), chance.below(5));
    let at = at(second - chance.below(20) as i64);
    let (amount, hot) = (chance.below(300), chance.below(3) == 0);
    format!(r#"{{"id": "e{id}", "at": "{at}", "card": "c{card}", "amount": "{amount}", "hot": {hot}}}"#)
}
