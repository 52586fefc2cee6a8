//! Events: JSON and protobuf.

use std::sync::LazyLock;

use fishplate::{
    Engine, Event, Limits, RuleSet,
    canonical::{write_decision, write_refusal},
    engine::Options,
};

/// Fields of every type, inline.
const INLINE: &str = "
fishplate: 1
name: inline
schema:
  fields: {id: string, at: timestamp, n: int, u: uint, d: double, b: bool, y: bytes, l: list(int), m: 'map(string, double)', p: duration}
event: {id: id, time: at}
outputs:
  all: {type: list(string), merge: list}
rules:
  - id: ALL
    when: event.n > 1 || event.u > 2u || event.d > 0.5 || event.b || size(event.l) > 2 || event.m.exists(k, event.m[k] > 1.0)
    output: {all: '[event.id, string(event.y), string(event.p)]'}
";

const JSON: &[&str] = &[
    r#"{"id": "a", "at": "2024-02-29T12:00:00.5Z", "n": 3, "u": "4", "d": 1.5e3, "b": true, "y": "YWJj", "l": [1, 2, 3], "m": {"k": 2}, "p": "1.5s"}"#,
    r#"{"n": "-9223372036854775808", "u": 18446744073709551615, "d": "NaN", "l": [], "m": {}, "more": {"x": [null, true, "\u00e9\ud83d\ude00"]}}"#,
    r#"{"id":null,"d":-0.0,"m":{"":1e308,"a":"Infinity"},"y":"_-8=","at":"1970-01-01T00:00:00+14:00"}"#,
];

pub(crate) const WORDS: &[&str] = &[
    "\"id\"",
    "\"at\"",
    "\"l\"",
    "\"m\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "1e400",
    "-0",
    "\"NaN\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "18446744073709551616",
    "0.1e-7",
    "\"Infinity\"",
    "\"2024-02-30T00:00:00Z\"",
    "\"-315576000001s\"",
    "[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
];

pub(crate) fn json_seeds() -> Vec<Vec<u8>> {
    JSON.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn protobuf_seeds() -> Vec<Vec<u8>> {
    let payments = include_bytes!("../../docs/samples/payments.binpb");
    // Each message stands behind its length.
    let mut seeds = Vec::new();
    let mut rest = &payments[..];
    while let Some((length, after)) = rest.split_first() {
        let length = usize::from(*length).min(after.len());
        seeds.push(after[..length].to_vec());
        rest = &after[length..];
    }
    // A basket: nested messages, packed numbers, maps, wrappers.
    seeds.push(b"\x0a\x01a\x12\x08\x08\x80\xc0\x88\xb1\x06\x10\x05\x1a\x0b\x0a\x03abc\x10\x0b\x19\0\0\0\0".to_vec());
    seeds
}

pub(crate) fn json(bytes: &[u8]) {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| rules(INLINE));
    for strict in [false, true] {
        decided(&RULES, Event::json(bytes), strict);
    }
}

pub(crate) fn protobuf(bytes: &[u8]) {
    static RULES: LazyLock<[RuleSet; 2]> = LazyLock::new(|| {
        [include_str!("../../docs/samples/payments.yaml"), include_str!("../../docs/samples/baskets.yaml")].map(rules)
    });
    for rules in &*RULES {
        decided(rules, Event::protobuf(bytes), false);
    }
}

/// A preview says what the decision says, and a refused event leaves no state.
fn decided(rules: &RuleSet, event: Event<'_>, strict: bool) {
    let mut engine = Engine::new(rules, Options { strict, ..Options::default() });
    let empty = engine.state_size();
    let preview = told(engine.preview(event));
    assert_eq!(engine.state_size(), empty, "a preview leaves state");
    let refused = engine.prepare(event).is_err();
    assert_eq!(preview, told(engine.decide(event)), "a preview says something else");
    assert!(!refused || engine.state_size() == empty, "a refused event leaves state");
}

fn told(outcome: Result<fishplate::Decision, fishplate::Error>) -> Vec<u8> {
    let mut out = Vec::new();
    match outcome {
        Ok(decision) => write_decision(&decision, &mut out),
        Err(error) => write_refusal(&error, &mut out),
    }
    out
}

pub(crate) fn rules(text: &str) -> RuleSet {
    let mut read = |name: &str| match name {
        "payments.proto" => Ok(include_bytes!("../../docs/samples/payments.proto").to_vec()),
        "baskets.proto" => Ok(include_bytes!("../../docs/samples/baskets.proto").to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let compiled = RuleSet::from_text("rules.yaml", text, &mut read, &Limits::default());
    compiled.unwrap_or_else(|error| panic!("the rules of this room are well formed: {error}"))
}
