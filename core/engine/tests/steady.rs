//! In the steady state nothing is allocated: once an engine has seen an event of each shape, deciding into an earlier
//! decision's memory takes what there is. Counted by an allocator that counts.

use allocation_counter::measure;
use fishplate::canonical::write_decision;
use fishplate::decision::Decision;
use fishplate::engine::Options;
use fishplate::{Engine, Event, Limits, RuleSet, Value};

const PROTO: &str = r#"
syntax = "proto3";
package t;
message Payment {
  string card = 1;
  double amount = 2;
  string country = 3;
  string channel = 4;
  string email = 5;
  optional int32 age = 6;
  string note = 7;
}
"#;

const COUNTRIES: [&str; 5] = ["NG", "RU", "BR", "DE", "US"];

fn rules(count: usize) -> RuleSet {
    let mut text = "fishplate: 1\nname: steady\nschema: t.proto#t.Payment\noutputs:\n  \
                    score: {type: int, merge: sum, default: 0}\n  \
                    level: {enum: [ALLOW, REVIEW, DECLINE], merge: max, default: ALLOW}\nrules:\n"
        .to_owned();
    for at in 0..count {
        let (a, b) = (COUNTRIES[at % 5], COUNTRIES[(at + 2) % 5]);
        text += &format!(
            "  - {{id: R{at}, when: \"event.amount > {}.5 && (event.country in ['{a}', '{b}'] || has(event.age) && \
             event.age < {}) && event.channel != 'pos' && !event.email.endsWith('@corp.example')\", \
             output: {{score: {}, level: {}}}}}\n",
            500 + at,
            10 + at % 50,
            at % 7,
            ["ALLOW", "REVIEW", "DECLINE"][at % 3],
        );
    }
    let mut read = |_: &str| Ok(PROTO.as_bytes().to_vec());
    RuleSet::from_text("steady.yaml", &text, &mut read, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn field(bytes: &mut Vec<u8>, number: u8, text: &str) {
    bytes.extend([number << 3 | 2, text.len() as u8]);
    bytes.extend(text.as_bytes());
}

/// A payment; without an age if `age` is 0.
fn payment(amount: f64, country: &str, email: &str, age: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    field(&mut bytes, 1, "c-1234567");
    bytes.push(0x11);
    bytes.extend(amount.to_le_bytes());
    field(&mut bytes, 3, country);
    field(&mut bytes, 4, "web");
    field(&mut bytes, 5, email);
    if age > 0 {
        bytes.extend([0x30, age]);
    }
    field(&mut bytes, 7, "a note that no rule reads");
    bytes
}

fn events() -> Vec<Vec<u8>> {
    let long = "somebody.with.a.name.far.longer.than.most@mail.example";
    let mut events = Vec::new();
    for amount in [12.5, 501.0, 560.25, 1_000.0] {
        for country in ["NG", "FR"] {
            for email in ["a@corp.example", "b@mail.example", long] {
                events.extend([0, 20].map(|age| payment(amount, country, email, age)));
            }
        }
    }
    events
}

fn canonical(decision: &Decision) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_decision(decision, &mut bytes);
    bytes
}

#[test]
fn deciding_like_events_again_allocates_nothing() {
    let (rules, events) = (rules(300), events());
    let mut engine = Engine::new(&rules, Options::default());
    let mut decision = Decision::new(&rules);
    let mut matched = 0;
    let mut all = |engine: &mut Engine| {
        for event in &events {
            engine.decide_into(Event::protobuf(event), &mut decision).expect("a good event");
            matched += decision.matched().count();
        }
    };
    all(&mut engine);
    let second = measure(|| all(&mut engine));
    assert_eq!(second.count_total, 0, "{} bytes in {} events", second.bytes_total, events.len());
    assert!(matched > events.len(), "{matched} matches say that rules were asked");
}

#[test]
fn a_decision_that_is_used_again_says_what_a_new_one_says() {
    let (rules, events) = (rules(300), events());
    let (mut one, mut other) = (Engine::new(&rules, Options::default()), Engine::new(&rules, Options::default()));
    let mut again = Decision::new(&rules);
    for event in &events {
        let new = one.decide(Event::protobuf(event)).expect("a good event");
        other.decide_into(Event::protobuf(event), &mut again).expect("a good event");
        assert_eq!(canonical(&new), canonical(&again));
        assert!(again.output("score").is_some_and(|score| matches!(score, Value::Int(_))));
    }
    let said = canonical(&again);
    other.decide_into(Event::protobuf(&[0xff]), &mut again).expect_err("these bytes are no event");
    assert_eq!(canonical(&again), said, "a refused event leaves it as it was");
}

#[test]
fn looking_up_in_tables_allocates_nothing() {
    let text = "fishplate: 1\nname: steady\nschema: t.proto#t.Payment\noutputs:\n  \
                score: {type: double, merge: sum, default: 0.0}\ntables:\n  countries:\n    key: {code: string}\n    \
                columns: {region: string, risk: double}\n    default: {region: WORLD, risk: 0.5}\n    \
                rows: [[NG, AFRICA, 0.9], [RU, EUROPE, 0.8], [BR, AMERICAS, 0.3], [DE, EUROPE, 0.1], [US, AMERICAS, 0.2],
                       [FR, EUROPE, 0.1], [IT, EUROPE, 0.2], [ES, EUROPE, 0.2], [NO, EUROPE, 0.1], [SE, EUROPE, 0.1]]\n  \
                ages: {key: {age: int}, columns: {share: double}, default: {share: 1.0}, rows: [[20, 0.5]]}\nrules:\n  \
                - {id: RISKY, when: 'tables.countries[event.country].risk > 0.7'}\n  \
                - {id: KNOWN, when: 'event.country in tables.countries'}\n  \
                - {id: EUROPE, when: 'tables.countries[event.country].region == \"EUROPE\" || event.amount > 600.0', \
                   output: {score: 'tables.countries[event.country].risk'}}\n  \
                - {id: AGE, when: 'tables.ages[event.age].share < 1.0'}\n";
    let mut read = |_: &str| Ok(PROTO.as_bytes().to_vec());
    let rules = RuleSet::from_text("steady.yaml", text, &mut read, &Limits::default());
    let (rules, events) = (rules.unwrap_or_else(|error| panic!("{error}")), events());
    let mut engine = Engine::new(&rules, Options::default());
    let mut decision = Decision::new(&rules);
    let mut matched = 0;
    let mut all = |engine: &mut Engine| {
        for event in &events {
            engine.decide_into(Event::protobuf(event), &mut decision).expect("a good event");
            assert!(decision.errors().is_empty(), "{:?}", decision.errors());
            matched += decision.matched().count();
        }
    };
    all(&mut engine);
    let second = measure(|| all(&mut engine));
    assert_eq!(second.count_total, 0, "{} bytes in {} events", second.bytes_total, events.len());
    assert!(matched > events.len(), "{matched} matches say that rules were asked");
}
