//! What an event means does not depend on the way it took.

use std::time::Duration;

use fishplate::{HostFields, HostValue, Place as At, Status, TraceContext, Value, codes};
use fishplate_transport::{Body, Features, Outgoing};
use sha2::{Digest, Sha256};

use crate::place::{Place, opened, outcome, send, total};
use crate::rules::{Oracle, Reading, form, json, reading};

fn trace(at: u8) -> TraceContext {
    TraceContext { trace_id: [at; 16], span_id: [at; 8], flags: at & 1 }
}

pub(crate) fn a_decision_is_named_by_session_and_sequence<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|options| options.id = Some([7; 16]));
    assert_eq!(session.report().id, [7; 16]);
    for sequence in 1..=3_u64 {
        send(&session, &json(&reading("d", sequence).json()));
        let decision = outcome(&session).1.expect("decided");
        // docs/canonical.md: version, kind 2, session, sequence.
        let mut identity = decision.version().to_vec();
        identity.push(2);
        identity.extend([7; 16]);
        identity.extend(sequence.to_le_bytes());
        assert_eq!(decision.id(), Sha256::digest(&identity)[..16]);
    }
}

pub(crate) fn traces_are_kept_event_by_event<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|_| {});
    let mut oracle = Oracle::new(session.report().id);
    let traces = [Some(trace(1)), None, Some(trace(2)), Some(TraceContext { span_id: [0; 8], ..trace(3) }), None];
    for (trace, sequence) in traces.into_iter().zip(1..) {
        let event = reading("d", sequence).json();
        send(&session, &Outgoing { trace, ..json(&event) });
        let came = outcome(&session).1;
        assert_eq!(form(&came), oracle.next(&event, trace));
        let decision = came.expect("decided");
        assert_eq!(decision.parent(), trace);
        assert_eq!(decision.trace().map(|own| own.trace_id), trace.map(|given| given.trace_id));
    }
}

pub(crate) fn a_preview_changes_nothing<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    let event = reading("d", 1).json();
    for _ in 0..3 {
        send(&session, &Outgoing { preview: true, ..json(&event) });
        assert_eq!(total(&outcome(&session).1.expect("decided")), 2);
    }
    assert_eq!(judge.counters().accepted, 0);
    send(&session, &json(&event));
    assert_eq!(total(&outcome(&session).1.expect("decided")), 2);
    assert_eq!(judge.counters().accepted, 1);
}

pub(crate) fn the_three_forms_of_an_event_mean_the_same<P: Place>() {
    fn forms<P: Place>(send_one: impl Fn(&fishplate_transport::Session, &Reading) -> u64) -> Vec<Vec<u8>> {
        let (_place, _judge, session) = opened::<P>(|options| options.id = Some([9; 16]));
        let events = (1..=20).map(|at| reading(&format!("d{}", at % 3), at).with_note(format!("n\u{e4}{at}")));
        events
            .map(|event| {
                send_one(&session, &event);
                form(&outcome(&session).1)
            })
            .collect()
    }
    let of_json = forms::<P>(|session, event| send(session, &json(&event.json())));
    let of_protobuf = forms::<P>(|session, event| send(session, &Outgoing::new(Body::Protobuf(&event.protobuf()))));
    let of_fields = forms::<P>(|session, event| send(session, &Outgoing::new(Body::Fields(event))));
    let mut oracle = Oracle::new([9; 16]);
    for (at, form) in (1..=20).zip(&of_json) {
        let event = reading(&format!("d{}", at % 3), at).with_note(format!("n\u{e4}{at}"));
        assert_eq!(*form, oracle.next(&event.json(), None));
    }
    assert_eq!(of_json, of_protobuf);
    assert_eq!(of_json, of_fields);
}

pub(crate) fn a_refused_event_has_the_same_words_and_leaves_the_others_alone<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    let mut oracle = Oracle::new(session.report().id);
    let events = [
        reading("d", 1).json(),
        b"{\"device\": ".to_vec(),
        reading("d", 2).json(),
        b"{\"device\": \"d\", \"amount\": 1}".to_vec(),
        b"{\"device\": 7}".to_vec(),
        reading("d", 3).json(),
    ];
    let mut engine = fishplate::Engine::new(&crate::rules::rule_set(), Default::default());
    for event in &events {
        send(&session, &json(event));
    }
    for (event, sequence) in events.iter().zip(1..) {
        let (came, outcome) = outcome(&session);
        assert_eq!(came, sequence);
        assert_eq!(form(&outcome), oracle.next(event, None));
        let local = engine.decide(fishplate::Event::json(event)).map_err(|error| error.to_string());
        assert_eq!(outcome.map_err(|error| error.to_string()).err(), local.err(), "the same text everywhere");
    }
    assert_eq!((judge.counters().accepted, judge.counters().refused), (3, 3));
}

pub(crate) fn an_event_past_its_own_deadline_is_not_decided<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    let event = reading("d", 1).json();
    let expires = Outgoing { within: Some(Duration::from_nanos(1)), ..json(&event) };
    let stays = Outgoing { within: Some(Duration::from_secs(3_600)), ..json(&event) };
    judge.hold();
    for event in [&stays, &expires, &stays] {
        send(&session, event);
    }
    std::thread::sleep(Duration::from_millis(5));
    judge.release();
    assert_eq!(total(&outcome(&session).1.expect("an hour is enough")), 2);
    let error = outcome(&session).1.expect_err("its turn came too late");
    assert_eq!((error.status, error.code()), (Status::DeadlineExceeded, codes::EVENT_EXPIRED), "{error}");
    let decision = outcome(&session).1.expect("an hour is enough");
    assert_eq!(decision.output("total"), Some(&Value::Int(4)));
    assert_eq!(judge.counters().accepted, 2);
}

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

pub(crate) fn features_reach_the_engine_beside_every_form_of_an_event<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    let event = reading("d", 1);
    let (text, bytes) = (event.json(), event.protobuf());
    let supplied = Numbers(&[("risk", 0.9)]);
    for body in [Body::Json(&text), Body::Protobuf(&bytes)] {
        for preview in [false, true] {
            let features = Some(Features::Map(&supplied));
            send(&session, &Outgoing { preview, features, ..Outgoing::new(body) });
            // No rule set of this suite declares any: that the engine names it says that it arrived.
            let refused = outcome(&session).1.expect_err("nobody reads it");
            assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::UNKNOWN_EVENT_FIELD));
            assert!(refused.to_string().contains("features.risk"), "{refused}");
        }
    }
    assert_eq!(judge.counters().accepted, 0);
    send(&session, &Outgoing { features: Some(Features::Map(&Numbers(&[]))), ..json(&text) });
    assert_eq!(total(&outcome(&session).1.expect("none at all is no mistake")), 2);
    assert_eq!(judge.counters().accepted, 1);
}

pub(crate) fn features_that_are_no_map_are_refused_at_their_place<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|_| {});
    let text = reading("d", 1).json();
    send(&session, &Outgoing { features: Some(Features::Encoded(&[0xff; 3])), ..json(&text) });
    let refused = outcome(&session).1.expect_err("no map");
    assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::MALFORMED_PROTOBUF));
    assert_eq!(refused.diagnostics[0].place, At::Field("features".into()));
    send(&session, &json(&text));
    assert!(outcome(&session).1.is_ok(), "the others are left alone");
}
