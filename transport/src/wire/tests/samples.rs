//! Random values, decisions and errors.

use std::sync::Arc;

use fishplate::decision::Parts;
use fishplate::{
    Code, DecisionError, Diagnostic, Duration, Error, Map, Place, Status, Subject, Timestamp, TraceContext, Value,
};
use proptest::collection::vec;
use proptest::prelude::*;

pub(super) fn timestamp() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800..=253_402_300_799i64, 0..1_000_000_000i32)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).expect("within the range"))
}

pub(super) fn duration() -> impl Strategy<Value = Duration> {
    let nanos = i128::from(315_576_000_000i64) * 1_000_000_000;
    (-nanos..=nanos).prop_map(|nanos| Duration::from_nanos(nanos).expect("within the range"))
}

pub(super) fn double() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

/// Any text, also with what protocols like to trip over.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\PC{0,12}", Just("\u{0}\n\u{10ffff}é".to_owned()), "x{130}"]
}

fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        text().prop_map(|text| Value::String(text.into())),
    ]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        double().prop_map(Value::Double),
        text().prop_map(|text| Value::String(text.into())),
        vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bytes(bytes.into())),
        timestamp().prop_map(Value::Timestamp),
        duration().prop_map(Value::Duration),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|values| Value::List(values.into())),
            vec((key(), inner), 0..5).prop_map(|entries| Value::Map(Map::from_entries(entries).into())),
        ]
    })
}

fn trace() -> impl Strategy<Value = TraceContext> {
    (1..=u128::MAX, any::<[u8; 8]>(), any::<u8>()).prop_map(|(id, span_id, flags)| TraceContext {
        trace_id: id.to_be_bytes(),
        span_id,
        flags,
    })
}

fn decision_error() -> impl Strategy<Value = DecisionError> {
    (any::<bool>(), text(), any::<u16>(), any::<u32>(), any::<u32>(), text()).prop_map(
        |(rule, name, code, line, column, message)| {
            let name: Arc<str> = name.into();
            let subject = if rule { Subject::Rule(name) } else { Subject::Output(name) };
            DecisionError { subject, code: Code(code), line, column, message }
        },
    )
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let named = || vec((text(), value()), 0..4);
    let errors = || vec(decision_error(), 0..3);
    let texts = || vec(text(), 0..4);
    let identity = (any::<[u8; 16]>(), any::<[u8; 32]>(), any::<bool>(), any::<bool>());
    let lists = (named(), texts(), named(), errors(), texts(), errors());
    (identity, proptest::option::of(trace()), lists).prop_map(|(identity, parent, lists)| {
        let (id, version, late, repeated) = identity;
        let (outputs, matched, features, errors, shadow_matched, shadow_errors) = lists;
        let lists = (outputs, matched, features, errors);
        let (outputs, matched, features, errors) = lists;
        Parts { id, version, late, repeated, parent, outputs, matched, features, errors, shadow_matched, shadow_errors }
    })
}

/// One decision with something of everything.
pub(super) fn some_parts() -> Parts {
    let error = DecisionError {
        subject: Subject::Rule("R1".into()),
        code: Code(301),
        line: 3,
        column: 9,
        message: "division by zero".into(),
    };
    Parts {
        id: [1; 16],
        version: [2; 32],
        late: true,
        repeated: false,
        parent: TraceContext::from_bytes(&[3; 25]),
        outputs: vec![("score".into(), Value::Int(40))],
        matched: vec!["R2".into()],
        features: vec![("spend".into(), Value::Double(0.5))],
        errors: vec![error.clone()],
        shadow_matched: vec!["R3".into()],
        shadow_errors: vec![error],
    }
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::None),
        (text(), any::<u32>(), 1..300u32, 1..=1_000u32, text())
            .prop_map(|(file, line, column, width, source)| Place::Text { file, line, column, width, source }),
        text().prop_map(Place::Field),
        text().prop_map(Place::Name),
    ]
}

pub(super) fn error() -> impl Strategy<Value = Error> {
    let diagnostic = (any::<u16>(), text(), place(), text(), proptest::option::of(text())).prop_map(
        |(code, message, place, expected, suggestion)| Diagnostic {
            code: Code(code),
            message,
            place,
            expected,
            suggestion,
        },
    );
    (1..=16i32, vec(diagnostic, 1..4)).prop_map(|(status, diagnostics)| Error {
        status: Status::from_number(status).expect("a row of the table"),
        diagnostics,
    })
}
