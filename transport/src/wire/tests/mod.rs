//! What travels comes back as it went: values, decisions, errors, fields.

mod fields;
mod samples;

use bytes::Bytes;
use fishplate::canonical;
use fishplate::session::{Credit, Final, Open, Signal, Terms, Window};
use fishplate::{Decision, Error, Place, Status, TraceContext, Value, codes};
use proptest::prelude::*;
use prost::Message;
use prost_reflect::DescriptorPool;

use super::{decision, error, proto, session, tags, value};
use crate::hub::{InBody, Inbound};

/// What another process would read.
fn travelled<M: Message + Default>(message: &M) -> M {
    M::decode(&message.encode_to_vec()[..]).expect("what prost writes, it reads")
}

/// Values by their canonical bytes: a NaN is one NaN there, and -0.0 is 0.0, so doubles are compared by their bits beside.
fn bits(value: &Value) -> Vec<u64> {
    match value {
        Value::Double(double) => vec![double.to_bits()],
        Value::List(values) => values.iter().flat_map(bits).collect(),
        Value::Map(map) => map.entries().iter().flat_map(|(_, value)| bits(value)).collect(),
        _ => Vec::new(),
    }
}

fn form(decision: &Decision) -> Vec<u8> {
    let mut bytes = Vec::new();
    canonical::write_decision(decision, &mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_value_comes_back_as_it_went(sent in samples::value()) {
        let read = value::from_proto(travelled(&value::to_proto(&sent))).expect("a value of ours");
        prop_assert_eq!(bits(&read), bits(&sent));
        let bytes = |value: &Value| {
            let mut bytes = Vec::new();
            canonical::write_value(value, &mut bytes);
            bytes
        };
        prop_assert_eq!(bytes(&read), bytes(&sent));
    }

    #[test]
    fn a_decision_comes_back_as_it_went(parts in samples::parts()) {
        let sent = Decision::elsewhere(parts);
        let read = decision::from_proto(travelled(&decision::to_proto(&sent))).expect("a decision of ours");
        prop_assert_eq!(form(&read), form(&sent));
        prop_assert_eq!((read.id(), read.trace(), read.parent()), (sent.id(), sent.trace(), sent.parent()));
        prop_assert_eq!((read.errors(), read.shadow_errors()), (sent.errors(), sent.shadow_errors()));
    }

    #[test]
    fn an_error_comes_back_with_the_same_text(sent in samples::error()) {
        let refusal = travelled(&error::to_proto(&sent));
        prop_assert_eq!(&refusal.text, &sent.to_string());
        let read = error::from_proto(refusal);
        prop_assert_eq!(read.to_string(), sent.to_string());
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn whatever_a_peer_calls_an_error_can_be_shown(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(refusal) = proto::Refusal::decode(&bytes[..]) {
            let _ = error::from_proto(refusal).to_string();
        }
    }
}

#[test]
fn a_refusal_that_makes_no_sense_is_an_error_nevertheless() {
    let empty = error::from_proto(proto::Refusal { status: 0, diagnostics: Vec::new(), text: "no".into() });
    assert_eq!((empty.status, empty.code()), (Status::Unknown, codes::PEER_MISTAKE));
    let place = proto::TextPlace { line: 0, column: 0, width: u32::MAX, ..Default::default() };
    let wild =
        proto::Diagnostic { code: 1 << 20, place: Some(proto::diagnostic::Place::Text(place)), ..Default::default() };
    let shown = error::from_proto(proto::Refusal { status: 99, diagnostics: vec![wild], text: String::new() });
    assert!(shown.to_string().len() < 2_000, "a caret is not drawn four thousand million times");
}

#[test]
fn a_decision_that_is_none_is_the_other_ends_mistake() {
    let whole = || decision::to_proto(&Decision::elsewhere(samples::some_parts()));
    assert!(decision::from_proto(whole()).is_ok());
    let broken: [fn(&mut proto::Decision); 6] = [
        |decision| decision.id = vec![1; 15].into(),
        |decision| decision.rule_set_version = Vec::new().into(),
        |decision| decision.trace = vec![1; 24].into(),
        |decision| decision.trace = vec![0; 25].into(),
        |decision| decision.errors[0].subject = 0,
        |decision| {
            let unsupported = proto::value::Kind::Unsupported("a set".into());
            decision.outputs[0].value = Some(proto::Value { kind: Some(unsupported) });
        },
    ];
    for (at, breaks) in broken.iter().enumerate() {
        let mut decision = whole();
        breaks(&mut decision);
        let error = decision::from_proto(decision).expect_err("no decision");
        assert_eq!((error.status, error.code()), (Status::Internal, codes::PEER_MISTAKE), "{at}");
    }
}

#[test]
fn an_unset_kind_is_null_and_a_time_out_of_range_is_refused() {
    assert_eq!(value::from_proto(proto::Value { kind: None }), Ok(Value::Null));
    let at = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    assert!(value::from_proto(proto::Value { kind: Some(proto::value::Kind::Timestamp(at)) }).is_err());
    let span = prost_types::Duration { seconds: 1, nanos: -1 };
    assert!(value::from_proto(proto::Value { kind: Some(proto::value::Kind::Duration(span)) }).is_err());
}

fn open() -> Open {
    Open {
        session: [7; 16],
        epoch: 3,
        resume: true,
        received: 41,
        window: Window { events: 10, bytes: 1_000 },
        terms: Terms {
            deadline: Some(std::time::Duration::new(90, 1)),
            idle_timeout: None,
            max_age: Some(std::time::Duration::from_millis(1_500)),
            drain: std::time::Duration::ZERO,
        },
    }
}

#[test]
fn an_opening_comes_back_as_it_went() {
    let request = travelled(&session::open_request(&open(), "payments"));
    assert_eq!(session::read_open(&request, Window::default()), Ok((open(), "payments".to_owned())));
    let defaults = proto::DecideRequest {
        session_id: vec![7; 16].into(),
        epoch: 1,
        open: Some(proto::Open::default()),
        ..Default::default()
    };
    let (read, rule_set) = session::read_open(&defaults, Window { events: 5, bytes: 6 }).expect("an opening");
    assert_eq!((read.window, read.terms, &*rule_set), (Window { events: 5, bytes: 6 }, Terms::default(), ""));
}

#[test]
fn an_opening_that_is_none_is_refused() {
    let code = |change: fn(&mut proto::DecideRequest)| {
        let mut request = session::open_request(&open(), "");
        change(&mut request);
        session::read_open(&request, Window::default()).map_err(|error| (error.status, error.code()))
    };
    let mistake = Err((Status::InvalidArgument, codes::PEER_MISTAKE));
    assert_eq!(code(|request| request.session_id = vec![7; 15].into()), mistake);
    assert_eq!(code(|request| request.session_id = vec![0; 16].into()), mistake);
    assert_eq!(code(|request| request.open = None), mistake);
    let argument = Err((Status::InvalidArgument, codes::BAD_ARGUMENT));
    let with = |deadline| {
        move |request: &mut proto::DecideRequest| {
            request.open.get_or_insert_default().deadline = Some(deadline);
        }
    };
    for (seconds, nanos) in [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, 0)] {
        let mut request = session::open_request(&open(), "");
        with(prost_types::Duration { seconds, nanos })(&mut request);
        let read = session::read_open(&request, Window::default());
        assert_eq!(read.map_err(|error| (error.status, error.code())), argument, "{seconds} {nanos}");
    }
}

#[test]
fn an_event_takes_the_trace_of_its_call_only_without_one_of_its_own() {
    let (own, of_call) = (TraceContext::from_bytes(&[1; 25]), TraceContext::from_bytes(&[2; 25]));
    let event = |trace: Vec<u8>| proto::Event { trace: trace.into(), ..Default::default() };
    assert_eq!(session::inbound(event(vec![1; 25]), of_call).trace, own);
    assert_eq!(session::inbound(event(Vec::new()), of_call).trace, of_call);
    assert_eq!(session::inbound(event(vec![1; 24]), of_call).trace, of_call, "malformed ones are ignored");
    assert_eq!(session::inbound(event(vec![0; 25]), None).trace, None);
}

#[test]
fn an_events_deadline_is_exact_before_and_after_1970() {
    for deadline in [-1_500_000_001, -1, 0, 1, 1_700_000_000_123_456_789, i64::MAX] {
        let event = proto::Event { deadline: Some(session::event_deadline(deadline)), ..Default::default() };
        let expected = Inbound {
            body: InBody::Missing,
            trace: None,
            preview: false,
            deadline: Some(deadline),
            features: Bytes::new(),
        };
        assert_eq!(session::inbound(travelled(&event), None), expected);
    }
}

#[test]
fn signals_credit_and_last_words_come_back_as_they_went() {
    for signal in [Signal::HalfClose, Signal::Cancel] {
        assert_eq!(session::read_signal(session::signal(signal).into()), Ok(Some(signal)));
    }
    assert_eq!(session::read_signal(0), Ok(None));
    assert!(session::read_signal(3).is_err());
    let credit = Credit { sequence: u64::MAX, bytes: 1 };
    assert_eq!(session::read_credit(session::credit(credit)), credit);
    let error = Error::new(Status::Cancelled, codes::SESSION_ENDED, "cancelled", Place::None);
    let end = Final { status: Status::Cancelled, watermark: 9, error: Some(error) };
    assert_eq!(session::read_done(travelled(&session::done(&end))), end);
}

#[test]
fn the_field_numbers_are_the_contracts() {
    let pool = DescriptorPool::decode(proto::FILE_DESCRIPTOR_SET).expect("what the build wrote");
    for (number, message, field) in tags::ALL {
        let message = pool.get_message_by_name(message).expect("a message of the contract");
        assert_eq!(message.get_field_by_name(field).map(|field| field.number()), Some(*number), "{field}");
    }
    let event = pool.get_message_by_name("fishplate.v1.Event").expect("the contract has events");
    for encoded in ["fields", "features"] {
        let field = event.get_field_by_name(encoded).expect("an event may bring it");
        let message = field.kind().as_message().map(|map| map.full_name().to_owned());
        assert_eq!(message, Some("fishplate.v1.Map".to_owned()));
    }
}

#[test]
fn an_events_features_travel_beside_its_body_and_weigh_what_they_are() {
    let features = Bytes::from_static(b"a map, as far as this end knows");
    let event = proto::Event {
        body: Some(proto::event::Body::Json(Bytes::from_static(b"{}"))),
        features: features.clone(),
        ..Default::default()
    };
    let read = session::inbound(travelled(&event), None);
    assert_eq!(read.features, features);
    assert_eq!(fishplate::session::Weight::weight(&read), 2 + features.len() as u64);
    assert!(session::inbound(proto::Event::default(), None).features.is_empty(), "an earlier client names none");
}

#[test]
fn a_welcome_says_whether_features_are_read_and_an_earlier_servers_says_nothing() {
    let sent = session::welcome(([7; 16], 1), ("payments".into(), [3; 32]), 0, Credit::default());
    let welcome = travelled(&sent).welcome.expect("one was sent");
    let read = session::read_welcome(welcome.clone()).expect("a welcome of ours");
    assert_eq!(read, session::Welcomed { rule_set: ("payments".into(), [3; 32]), features: true });
    // What a server of before this field writes: the first two fields.
    let earlier = proto::Welcome { features: false, ..welcome };
    assert!(!session::read_welcome(travelled(&earlier)).expect("a welcome").features);
}
