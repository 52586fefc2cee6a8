//! `prost-reflect` as the second opinion: random events, encoded by it as protobuf and JSON, fill the slots that its own
//! reading of them gives; and what it takes of damaged bytes, we take.
//!
//! Where we differ on purpose. Stricter: times outside protobuf's range, and the limits. Laxer: a record of another wire
//! type than its field's is an unknown field (`prost` refuses it; the encoding's definition does not), and what is
//! inside a message that no rule reads is not looked at.

use fishplate_cel::{Slot, Value as Cel};
use proptest::prelude::*;
use prost_reflect::prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage, Value,
};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::host::{Host, HostMap};
use super::{PROTO, decoder_of, schema_of, show, show_slot};
use crate::codes;
use crate::decode::Decoder;
use crate::error::Error;
use crate::event::Body;
use crate::limits::Limits;

fn descriptor(text: &str) -> MessageDescriptor {
    struct Own(String);
    impl FileResolver for Own {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match name {
                "event.proto" => File::from_source(name, &self.0),
                _ => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let mut resolver = ChainFileResolver::new();
    resolver.add(Own(text.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    let pool: DescriptorPool = compiler.open_file("event.proto").expect("the test's own schema").descriptor_pool();
    pool.get_message_by_name("t.v1.Event").expect("the event")
}

/// Paths of all fields of the event that rules can read, down to `depth`.
fn paths(message: &MessageDescriptor, depth: usize) -> Vec<String> {
    let mut out = Vec::new();
    for field in message.fields() {
        match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() && !inner.full_name().starts_with("google") => {
                out.push(field.name().to_owned());
                if depth > 0 {
                    out.extend(paths(&inner, depth - 1).iter().map(|path| format!("{}.{path}", field.name())));
                }
            }
            _ if ["named_devices", "free", "any"].contains(&field.name()) => {}
            _ => out.push(field.name().to_owned()),
        }
    }
    out
}

/// Numbers to make an event of.
struct Dice<'d>(std::slice::Iter<'d, u64>);

impl Dice<'_> {
    fn next(&mut self) -> u64 {
        self.0.next().copied().unwrap_or(0)
    }

    /// One of four edges, or any number.
    fn number(&mut self, edges: [u64; 4]) -> u64 {
        let pick = self.next();
        if pick.is_multiple_of(2) { edges[(pick / 2 % 4) as usize] } else { self.next() }
    }

    fn text(&mut self) -> String {
        ["", "a", "é\"\\\n", "🚂 \u{7f}\u{0}", "/+-_", "true", "0"][(self.next() % 7) as usize].to_owned()
    }

    fn message(&mut self, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        for field in of.fields() {
            let is_deep = field.kind().as_message().is_some_and(|inner| !inner.full_name().starts_with("google"));
            if self.next().is_multiple_of(3) || (is_deep && depth == 0) || ["free", "any"].contains(&field.name()) {
                continue;
            }
            let value = if field.is_list() {
                Value::List((0..self.next() % 4).map(|_| self.value(&field.kind(), depth)).collect())
            } else if field.is_map() {
                let Kind::Message(entry) = field.kind() else { unreachable!("a map's kind is its entry") };
                let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
                Value::Map((0..self.next() % 4).map(|_| (self.key(&key), self.value(&value, depth))).collect())
            } else {
                self.value(&field.kind(), depth)
            };
            message.set_field(&field, value);
        }
        message
    }

    fn key(&mut self, kind: &Kind) -> MapKey {
        match kind {
            Kind::Bool => MapKey::Bool(self.next().is_multiple_of(2)),
            Kind::Int32 => MapKey::I32(self.next() as i32),
            Kind::Uint64 => MapKey::U64(self.next()),
            _ => MapKey::String(self.text()),
        }
    }

    fn value(&mut self, kind: &Kind, depth: usize) -> Value {
        let ints = [0, 1, i32::MAX as u64, i32::MIN as u32 as u64];
        let longs = [0, i64::MAX as u64, i64::MIN as u64, u64::MAX];
        match kind {
            Kind::Bool => Value::Bool(self.next().is_multiple_of(2)),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(self.number(ints) as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(self.number(longs) as i64),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(self.number(ints) as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(self.number(longs)),
            // One NaN: JSON has no others. No negative zero: prost takes it for the default and leaves it out.
            Kind::Float => match f32::from_bits(self.number([0, 0xff80_0000, 0x7f80_0000, 1]) as u32) {
                value if value.is_nan() => Value::F32(f32::NAN),
                value => Value::F32(value),
            },
            Kind::Double => match f64::from_bits(self.number([0, 0xfff0 << 48, 0x7ff0 << 48, 1])) {
                value if value.is_nan() => Value::F64(f64::NAN),
                value => Value::F64(value),
            },
            Kind::String => Value::String(self.text()),
            Kind::Bytes => Value::Bytes(self.next().to_le_bytes()[..(self.next() % 8) as usize].to_vec().into()),
            Kind::Enum(_) => Value::EnumNumber((self.next() % 4) as i32),
            Kind::Message(message) => Value::Message(match message.full_name() {
                "google.protobuf.Timestamp" => self.time(message, -62_135_596_800, 253_402_300_799, false),
                "google.protobuf.Duration" => self.time(message, -315_576_000_000, 315_576_000_000, true),
                // prost-reflect writes an infinity in a wrapper as null.
                "google.protobuf.FloatValue" => self.wrapper(message, Value::F32),
                "google.protobuf.DoubleValue" => self.wrapper(message, |value| Value::F64(value.into())),
                _ => self.message(message, depth.saturating_sub(1)),
            }),
        }
    }

    fn wrapper(&mut self, of: &MessageDescriptor, value: impl Fn(f32) -> Value) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        message.set_field_by_name("value", value(f32::from(self.next() as i16) / 8.0));
        message
    }

    fn time(&mut self, of: &MessageDescriptor, first: i64, last: i64, signed: bool) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        let seconds = first + (self.number([0, u64::MAX, (-first) as u64, 1]) % (last - first + 1) as u64) as i64;
        let nanos = (self.number([0, 1, 999_999_999, 500_000_000]) % 1_000_000_000) as i32;
        let nanos = match seconds {
            _ if !signed => nanos,
            _ if seconds.abs() == last => 0,
            _ if seconds < 0 => -nanos,
            _ => nanos,
        };
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name("nanos", Value::I32(nanos));
        message
    }
}

/// What a slot must hold by `prost-reflect`'s reading.
fn expected(message: &DynamicMessage, path: &str) -> String {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = message.descriptor().get_field_by_name(name).expect("a path of the schema");
    if !message.has_field(&field) {
        return "-".into();
    }
    match (message.get_field(&field).as_ref(), rest) {
        (Value::Message(inner), Some(rest)) => expected(inner, rest),
        (value, _) => show(&cel(value)),
    }
}

fn part(message: &DynamicMessage, name: &str) -> Value {
    message.get_field_by_name(name).expect("a field of a well-known type").into_owned()
}

fn time_of(message: &DynamicMessage) -> (i64, i32) {
    let (seconds, nanos) = (part(message, "seconds").as_i64(), part(message, "nanos").as_i32());
    (seconds.expect("an int64"), nanos.expect("an int32"))
}

fn cel(value: &Value) -> Cel {
    match value {
        Value::Bool(value) => Cel::Bool(*value),
        Value::I32(value) | Value::EnumNumber(value) => Cel::Int(i64::from(*value)),
        Value::I64(value) => Cel::Int(*value),
        Value::U32(value) => Cel::Uint(u64::from(*value)),
        Value::U64(value) => Cel::Uint(*value),
        Value::F32(value) => Cel::Double(f64::from(*value)),
        Value::F64(value) => Cel::Double(*value),
        Value::String(value) => Cel::from(value.as_str()),
        Value::Bytes(value) => Cel::Bytes(value.to_vec().into()),
        Value::List(values) => Cel::List(values.iter().map(whole).collect()),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (cel(&Value::from(key.clone())), cel(value)));
            Cel::Map(fishplate_cel::Map::from_entries(entries).into())
        }
        Value::Message(message) => match message.descriptor().full_name() {
            "google.protobuf.Timestamp" => {
                let (seconds, nanos) = time_of(message);
                Cel::Timestamp(fishplate_cel::Timestamp::new(seconds, nanos).expect("in range"))
            }
            "google.protobuf.Duration" => {
                let (seconds, nanos) = time_of(message);
                Cel::Duration(fishplate_cel::Duration::new(seconds, nanos).expect("in range"))
            }
            name if name.starts_with("google.protobuf.") => cel(&part(message, "value")),
            _ => Cel::Bool(true),
        },
    }
}

/// A value in a list: a message in there is its fields, shown as a map from their names.
fn whole(value: &Value) -> Cel {
    match value {
        Value::Message(message) if !message.descriptor().full_name().starts_with("google.protobuf.") => {
            let fields = message.fields().map(|(field, value)| (Cel::from(field.name()), whole(value)));
            Cel::Map(fishplate_cel::Map::from_entries(fields).into())
        }
        other => cel(other),
    }
}

/// The same message as a host hands it over.
fn host(value: &Value) -> Host {
    match value {
        Value::Bool(value) => Host::Bool(*value),
        Value::I32(value) | Value::EnumNumber(value) => Host::Int(i64::from(*value)),
        Value::I64(value) => Host::Int(*value),
        Value::U32(value) => Host::Int(i64::from(*value)),
        Value::U64(value) => Host::Uint(*value),
        Value::F32(value) => Host::Double(f64::from(*value)),
        Value::F64(value) => Host::Double(*value),
        Value::String(value) => Host::Text(value.clone()),
        Value::Bytes(value) => Host::Bytes(value.to_vec()),
        Value::List(values) => Host::List(values.iter().map(host).collect()),
        Value::Map(entries) => {
            Host::Map(entries.iter().map(|(key, value)| (host(&Value::from(key.clone())), host(value))).collect())
        }
        Value::Message(message) => match message.descriptor().full_name() {
            "google.protobuf.Timestamp" => Host::Timestamp(time_of(message).0, time_of(message).1),
            "google.protobuf.Duration" => Host::Duration(time_of(message).0, time_of(message).1),
            name if name.starts_with("google.protobuf.") => host(&part(message, "value")),
            _ => Host::Map(host_fields(message)),
        },
    }
}

fn host_fields(message: &DynamicMessage) -> Vec<(Host, Host)> {
    let field = |(field, value): (FieldDescriptor, &Value)| (Host::Text(field.name().to_owned()), host(value));
    message.fields().map(field).collect()
}

struct Bench {
    descriptor: MessageDescriptor,
    paths: Vec<String>,
    decoder: Decoder,
}

impl Bench {
    fn new(text: &str) -> Self {
        let descriptor = descriptor(text);
        let paths = paths(&descriptor, 2);
        let decoder = decoder_of(&schema_of(text), &paths.iter().map(String::as_str).collect::<Vec<_>>(), false);
        Self { descriptor, paths, decoder: decoder.expect("the paths exist") }
    }

    /// Without maps: `prost` reads the record of a map whatever its wire type says.
    fn without_maps() -> Self {
        let lines = PROTO.lines().filter(|line| !line.trim_start().starts_with("map<"));
        Self::new(&lines.collect::<Vec<_>>().join("\n"))
    }

    fn slots(&self, body: Body<'_>) -> Result<Vec<Slot>, Error> {
        let mut slots = vec![Slot::Absent; self.paths.len()];
        self.decoder.decode(body, &Limits::default(), false, &mut slots).map(|()| slots)
    }

    fn check(&self, form: &str, body: Body<'_>, message: &DynamicMessage) {
        let slots = self.slots(body).unwrap_or_else(|error| panic!("{form}: {error}\n{message}"));
        for (path, slot) in self.paths.iter().zip(&slots) {
            assert_eq!(show_slot(slot), expected(message, path), "{path} from {form}\n{message}");
        }
    }
}

thread_local! {
    static BENCH: Bench = Bench::new(PROTO);
    static WITHOUT_MAPS: Bench = Bench::without_maps();
}

fn dice() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(any::<u64>(), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_event_fills_the_slots_that_prost_reads(numbers in dice()) {
        BENCH.with(|bench| {
            let message = Dice(numbers.iter()).message(&bench.descriptor, 2);
            bench.check("protobuf", Body::Protobuf(&message.encode_to_vec()), &message);
            let json = serde_json::to_vec(&message).expect("prost writes JSON");
            bench.check("JSON", Body::Json(&json), &message);
            bench.check("map", Body::Fields(&HostMap(host_fields(&message))), &message);
        });
    }

    #[test]
    fn a_cut_event_is_refused_exactly_where_prost_refuses_it(numbers in dice()) {
        BENCH.with(|bench| {
            let bytes = Dice(numbers.iter()).message(&bench.descriptor, 1).encode_to_vec();
            for end in 0..=bytes.len() {
                let ours = bench.slots(Body::Protobuf(&bytes[..end]));
                let theirs = DynamicMessage::decode(bench.descriptor.clone(), &bytes[..end]);
                assert_eq!(ours.is_ok(), theirs.is_ok(), "{:02x?}: {ours:?} against {theirs:?}", &bytes[..end]);
            }
        });
    }

    #[test]
    fn what_prost_takes_of_damaged_bytes_is_taken_and_read_alike(
        numbers in dice(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        WITHOUT_MAPS.with(|bench| {
            let mut bytes = Dice(numbers.iter()).message(&bench.descriptor, 1).encode_to_vec();
            for (at, byte) in damage {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
            }
            let ours = bench.slots(Body::Protobuf(&bytes));
            let Ok(theirs) = DynamicMessage::decode(bench.descriptor.clone(), bytes.as_slice()) else { return };
            match ours {
                Ok(slots) => {
                    for (path, slot) in bench.paths.iter().zip(&slots) {
                        // prost takes a negative zero for the default.
                        let slot = show_slot(slot).replace("double -0.0", "double 0.0");
                        let expected = expected(&theirs, path).replace("double -0.0", "double 0.0");
                        let alike = slot == expected || (slot == "double 0.0" && expected == "-");
                        assert!(alike, "{path} is {slot}, not {expected}, of {bytes:02x?}");
                    }
                }
                Err(error) => {
                    let stricter = [codes::NUMBER_OUT_OF_RANGE, codes::LIMIT_MESSAGE_DEPTH];
                    assert!(stricter.contains(&error.code()), "{error} of {bytes:02x?}");
                }
            }
        });
    }

    #[test]
    fn random_bytes_and_text_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,40}") {
        BENCH.with(|bench| {
            let _ = bench.slots(Body::Protobuf(&bytes));
            let _ = bench.slots(Body::Json(&bytes));
            let _ = bench.slots(Body::Json(text.as_bytes()));
            let _ = bench.slots(Body::Json(format!("{{\"text\": {text}}}").as_bytes()));
        });
    }

    #[test]
    fn cut_json_is_refused_and_never_panics(numbers in dice()) {
        BENCH.with(|bench| {
            let message = Dice(numbers.iter()).message(&bench.descriptor, 1);
            let json = serde_json::to_vec(&message).expect("prost writes JSON");
            for end in 0..json.len() {
                assert!(bench.slots(Body::Json(&json[..end])).is_err());
            }
        });
    }
}
