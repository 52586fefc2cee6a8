//! Fields by name: a host's map, written and read, against prost's own reading of the same bytes.

use std::borrow::Cow;

use fishplate::{Duration, Error, HostFields, HostList, HostValue, Status, Timestamp, codes};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use super::samples;
use crate::wire::fields::{BYTES_MAX, DEPTH_MAX, Fields, write};
use crate::wire::proto;

/// A value of a host, as a tree.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(u64),
    String(String),
    Bytes(Vec<u8>),
    Timestamp(Timestamp),
    Duration(Duration),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Other(String),
}

struct Entries<'a>(&'a [(Tree, Tree)]);

struct Values<'a>(&'a [Tree]);

impl Tree {
    fn host(&self) -> HostValue<'_> {
        match self {
            Self::Null => HostValue::Null,
            Self::Bool(value) => HostValue::Bool(*value),
            Self::Int(value) => HostValue::Int(*value),
            Self::Uint(value) => HostValue::Uint(*value),
            Self::Double(bits) => HostValue::Double(f64::from_bits(*bits)),
            Self::String(text) => HostValue::String(Cow::Borrowed(text)),
            Self::Bytes(bytes) => HostValue::Bytes(Cow::Borrowed(bytes)),
            Self::Timestamp(at) => HostValue::Timestamp(*at),
            Self::Duration(span) => HostValue::Duration(*span),
            Self::List(values) => HostValue::List(Box::new(Values(values))),
            Self::Map(entries) => HostValue::Fields(Box::new(Entries(entries))),
            Self::Other(what) => HostValue::Other(Cow::Borrowed(what)),
        }
    }

    fn read(value: HostValue<'_>) -> Self {
        match value {
            HostValue::Null => Self::Null,
            HostValue::Bool(value) => Self::Bool(value),
            HostValue::Int(value) => Self::Int(value),
            HostValue::Uint(value) => Self::Uint(value),
            HostValue::Double(value) => Self::Double(value.to_bits()),
            HostValue::String(text) => Self::String(text.into_owned()),
            HostValue::Bytes(bytes) => Self::Bytes(bytes.into_owned()),
            HostValue::Timestamp(at) => Self::Timestamp(at),
            HostValue::Duration(span) => Self::Duration(span),
            HostValue::List(list) => Self::List((0..list.len()).map(|at| Self::read(list.get(at))).collect()),
            HostValue::Fields(fields) => Self::Map(entries(&*fields)),
            HostValue::Other(what) => Self::Other(what.into_owned()),
        }
    }
}

fn entries(fields: &dyn HostFields) -> Vec<(Tree, Tree)> {
    let entry = |at| fields.entry(at).expect("there are as many as it says");
    (0..fields.len()).map(entry).map(|(key, value)| (Tree::read(key), Tree::read(value))).collect()
}

impl HostFields for Entries<'_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        self.0.iter().find(|(key, _)| matches!(key, Tree::String(key) if key == name)).map(|(_, value)| value.host())
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        self.0.get(at).map(|(key, value)| (key.host(), value.host()))
    }
}

impl HostList for Values<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        self.0.get(at).map_or(HostValue::Null, Tree::host)
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        any::<i64>().prop_map(Tree::Int),
        any::<u64>().prop_map(Tree::Uint),
        any::<u64>().prop_map(Tree::Double),
        samples::text().prop_map(Tree::String),
        vec(any::<u8>(), 0..20).prop_map(Tree::Bytes),
        samples::timestamp().prop_map(Tree::Timestamp),
        samples::duration().prop_map(Tree::Duration),
        "[a-z ]{1,12}".prop_map(Tree::Other),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![vec(inner.clone(), 0..6).prop_map(Tree::List), map(inner).prop_map(Tree::Map)]
    })
}

fn map(values: impl Strategy<Value = Tree>) -> impl Strategy<Value = Vec<(Tree, Tree)>> {
    let key = prop_oneof![
        samples::text().prop_map(Tree::String),
        any::<i64>().prop_map(Tree::Int),
        any::<u64>().prop_map(Tree::Uint),
        any::<bool>().prop_map(Tree::Bool),
    ];
    vec((key, values), 0..6)
}

fn written(entries: &[(Tree, Tree)]) -> Vec<u8> {
    write(&Entries(entries)).expect("within the bounds")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn fields_come_back_as_they_went(sent in map(tree())) {
        let bytes = written(&sent);
        let fields = Fields::read(&bytes).expect("fields of ours");
        prop_assert_eq!(&entries(&fields), &sent);
        for (key, _) in &sent {
            let Tree::String(name) = key else { continue };
            let first = Entries(&sent).get(name).map(Tree::read);
            prop_assert_eq!(fields.get(name).map(Tree::read), first);
        }
    }

    #[test]
    fn the_bytes_are_those_that_protobuf_writes(sent in map(tree())) {
        let bytes = written(&sent);
        let read = proto::Map::decode(&bytes[..]).expect("a message of the contract");
        prop_assert_eq!(read.encode_to_vec(), bytes);
    }

    #[test]
    fn what_protobuf_refuses_is_refused_and_nothing_else(
        sent in map(tree()),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = written(&sent);
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let fields = Fields::read(&bytes);
        prop_assert_eq!(fields.is_ok(), proto::Map::decode(&bytes[..]).is_ok());
        if let Ok(fields) = fields {
            // Whatever it says, it says without a panic, and twice the same.
            prop_assert_eq!(entries(&fields), entries(&fields));
        }
    }
}

#[test]
fn entries_are_read_in_any_order() {
    let sent: Vec<_> = (0..50).map(|at| (Tree::String(format!("f{at}")), Tree::List(vec![Tree::Int(at); 3]))).collect();
    let bytes = written(&sent);
    let fields = Fields::read(&bytes).expect("fields of ours");
    for at in [49, 0, 7, 7, 6, 48] {
        let (key, value) = fields.entry(at).expect("it is there");
        assert_eq!((Tree::read(key), Tree::read(value)), sent[at]);
    }
    assert!(fields.entry(50).is_none());
    assert!(fields.get("f50").is_none());
}

#[test]
fn what_no_field_can_take_travels_in_the_hosts_words() {
    let words = "a very ".repeat(100);
    let bytes = written(&[(Tree::String("tags".into()), Tree::Other("a set".into()))]);
    let fields = Fields::read(&bytes).expect("fields of ours");
    assert!(matches!(fields.get("tags"), Some(HostValue::Other(what)) if what == "a set"));
    let bytes = written(&[(Tree::String("tags".into()), Tree::Other(words))]);
    assert!(bytes.len() < 200, "an error shows no more of them");
}

#[test]
fn a_time_that_is_none_is_not_taken_for_another() {
    use proto::value::Kind;
    let value = |kind| Some(proto::Value { kind: Some(kind) });
    let entry = |name: &str, kind| proto::Entry { key: value(Kind::String(name.into())), value: value(kind) };
    let map = proto::Map {
        entries: vec![
            entry("at", Kind::Timestamp(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })),
            entry("for", Kind::Duration(prost_types::Duration { seconds: 1, nanos: -1 })),
        ],
    };
    let bytes = map.encode_to_vec();
    let fields = Fields::read(&bytes).expect("well-formed");
    for name in ["at", "for"] {
        assert!(matches!(fields.get(name), Some(HostValue::Other(what)) if what.contains("out of range")), "{name}");
    }
}

/// `levels` maps in one another, the event itself being the first.
fn nested(levels: u32) -> Vec<(Tree, Tree)> {
    let deeper = (1..levels).fold(Tree::Map(Vec::new()), |inner, at| match at {
        1 => inner,
        _ => Tree::Map(vec![(Tree::String("next".into()), inner)]),
    });
    vec![(Tree::String("first".into()), if levels > 1 { deeper } else { Tree::Null })]
}

fn refusal(result: Result<Vec<u8>, Error>) -> (Status, fishplate::Code, String) {
    let error = result.expect_err("over a bound");
    (error.status, error.code(), error.to_string())
}

#[test]
fn depth_is_bounded_on_both_ends_and_named_by_its_path() {
    let deepest = nested(DEPTH_MAX);
    let bytes = written(&deepest);
    assert_eq!(entries(&Fields::read(&bytes).expect("at the bound")), deepest);
    let (status, code, text) = refusal(write(&Entries(&nested(DEPTH_MAX + 1))));
    assert_eq!((status, code), (Status::InvalidArgument, codes::LIMIT_MESSAGE_DEPTH));
    assert!(text.contains("event.first.next.next"), "{text}");

    // One level more, around bytes that are at the bound.
    let mut around = Vec::new();
    let entry = |bytes: &[u8]| {
        let mut entry = Vec::new();
        prost::encoding::bytes::encode(crate::wire::tags::MAP, &bytes.to_vec(), &mut entry);
        let mut value = Vec::new();
        prost::encoding::bytes::encode(crate::wire::tags::ENTRY_VALUE, &entry, &mut value);
        value
    };
    prost::encoding::bytes::encode(crate::wire::tags::MAP_ENTRIES, &entry(&bytes), &mut around);
    let error = Fields::read(&around).expect_err("over the bound");
    assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::LIMIT_MESSAGE_DEPTH));
}

#[test]
fn a_container_that_holds_itself_twice_ends_at_the_bound_of_bytes() {
    struct Endless;
    impl HostFields for Endless {
        fn get(&self, _: &str) -> Option<HostValue<'_>> {
            None
        }
        fn len(&self) -> usize {
            2
        }
        fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
            // Flat enough to be within the depth, wide enough never to end.
            let list: Box<dyn HostList> = Box::new(Wide(16));
            (at < 2).then(|| (HostValue::String("tree".into()), HostValue::List(list)))
        }
    }
    struct Wide(u32);
    impl HostList for Wide {
        fn len(&self) -> usize {
            1_000
        }
        fn get(&self, _: usize) -> HostValue<'_> {
            if self.0 == 0 { HostValue::Null } else { HostValue::List(Box::new(Wide(self.0 - 1))) }
        }
    }
    let (status, code, text) = refusal(write(&Endless));
    assert_eq!((status, code), (Status::InvalidArgument, codes::LIMIT_EVENT_BYTES), "{text}");
    assert!(text.contains(&BYTES_MAX.to_string()), "{text}");
}

#[test]
fn bytes_that_are_no_map_are_refused_as_a_malformed_event() {
    for bytes in [&b"\xff"[..], b"\x0a\x05\x0a", b"\x08\x01", b"\x0a\x04\x0a\x02\x32\x01", b"\x00"] {
        let refused = Fields::read(bytes).map_err(|error| (error.status, error.code())).err();
        assert_eq!(refused, Some((Status::InvalidArgument, codes::MALFORMED_PROTOBUF)), "{bytes:?}");
    }
}
