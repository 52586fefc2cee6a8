//! Features that come with an event, as the library's users meet them: rules read those that the document declares, and an
//! event that brings another is refused by name, never read without it.

use fishplate::engine::Options;
use fishplate::{Engine, Event, HostFields, HostValue, Limits, RuleSet, Status, codes};

const NONE: &str = "fishplate: 1\nname: store\nschema: {fields: {card: string}}\nrules: []\n";

/// Features by name, every one a number.
struct Numbers(&'static [(&'static str, f64)]);

impl HostFields for Numbers {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| HostValue::Double(*value))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        self.0.get(at).map(|(name, value)| (HostValue::String((*name).into()), HostValue::Double(*value)))
    }
}

#[test]
fn rules_read_what_an_event_brings_and_the_decision_lists_it() {
    let text = NONE.replace(
        "rules: []",
        "features: {risk: {supplied: double}}\nrules: [{id: RISKY, when: features.risk > 0.5}, {id: NEW, when: '!has(features.risk)'}]",
    );
    let rules =
        RuleSet::from_text("store.yaml", &text, &mut |_| Ok(Vec::new()), &Limits::default()).expect("good rules");
    let mut engine = Engine::new(&rules, Options::default());
    let event = Event::json(br#"{"card": "c"}"#);
    let mut matched = |event| -> (Vec<String>, usize, usize) {
        let decision = engine.decide(event).expect("a good event");
        (decision.matched().map(str::to_owned).collect(), decision.features().count(), decision.errors().len())
    };
    assert_eq!(matched(event.with_features(&Numbers(&[("risk", 0.9)]))), (vec!["RISKY".into()], 1, 0));
    assert_eq!(matched(event.with_features(&Numbers(&[("risk", 0.1)]))), (vec![], 0, 0));
    // Nothing is remembered from one event to the next.
    assert_eq!(matched(event), (vec!["NEW".into()], 0, 1), "and RISKY cannot be asked");
}

#[test]
fn an_event_that_brings_one_is_refused_and_names_it() {
    let rules =
        RuleSet::from_text("store.yaml", NONE, &mut |_| Ok(Vec::new()), &Limits::default()).expect("good rules");
    let mut engine = Engine::new(&rules, Options::default());
    let event = Event::json(br#"{"card": "c"}"#);
    for refused in [
        engine.decide(event.with_features(&Numbers(&[("risk", 0.9)]))),
        engine.preview(event.with_features(&Numbers(&[("risk", 0.9)]))),
    ] {
        let refused = refused.expect_err("nobody reads it");
        assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::UNKNOWN_EVENT_FIELD));
        assert!(refused.to_string().contains("features.risk"), "{refused}");
    }
    assert!(engine.decide(event.with_features(&Numbers(&[]))).is_ok(), "none at all is no mistake");
}
