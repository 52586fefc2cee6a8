//! The messages of protobuf itself that CEL takes for other values: wrappers, times, JSON, `Any`.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use super::{Field, Leaf, Message, MessageType, Scalar, Shape, Types};
use crate::{
    check::Absent,
    diag::Code,
    run::Fault,
    time::{Duration, Timestamp},
    types::Type,
    value::{Map, Value},
};

/// The wrappers: their names and what they hold.
const WRAPPERS: &[(&str, Scalar)] = &[
    ("google.protobuf.BoolValue", Scalar::Bool),
    ("google.protobuf.Int32Value", Scalar::Int32),
    ("google.protobuf.Int64Value", Scalar::Int64),
    ("google.protobuf.UInt32Value", Scalar::Uint32),
    ("google.protobuf.UInt64Value", Scalar::Uint64),
    ("google.protobuf.FloatValue", Scalar::Float),
    ("google.protobuf.DoubleValue", Scalar::Double),
    ("google.protobuf.StringValue", Scalar::String),
    ("google.protobuf.BytesValue", Scalar::Bytes),
];

impl Scalar {
    /// Its CEL type.
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int32 | Self::Int64 => Type::Int,
            Self::Uint32 | Self::Uint64 => Type::Uint,
            Self::Float | Self::Double => Type::Double,
            Self::String => Type::String,
            Self::Bytes => Type::Bytes,
        }
    }

    /// What a field of it is when it is absent.
    pub(crate) fn zero(self) -> Value {
        match self {
            Self::Bool => Value::Bool(false),
            Self::Int32 | Self::Int64 => Value::Int(0),
            Self::Uint32 | Self::Uint64 => Value::Uint(0),
            Self::Float | Self::Double => Value::Double(0.0),
            Self::String => Value::from(""),
            Self::Bytes => Value::Bytes([].into()),
        }
    }

    fn leaf(self) -> Leaf {
        match self {
            Self::Bool => Leaf::Bool,
            Self::Int32 => Leaf::Int32,
            Self::Int64 => Leaf::Int64,
            Self::Uint32 => Leaf::Uint32,
            Self::Uint64 => Leaf::Uint64,
            Self::Float => Leaf::Float,
            Self::Double => Leaf::Double,
            Self::String => Leaf::String,
            Self::Bytes => Leaf::Bytes,
        }
    }
}

/// The CEL type of a message that CEL takes for another value; none for any other name.
pub fn type_of(name: &str) -> Option<Type> {
    Some(match name {
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        "google.protobuf.Any" | "google.protobuf.Value" => Type::Dyn,
        "google.protobuf.Struct" => Type::map(Type::String, Type::Dyn),
        "google.protobuf.ListValue" => Type::list(Type::Dyn),
        name => Type::Wrapper(WRAPPERS.iter().find(|(known, _)| *known == name)?.1.ty().into()),
    })
}

/// The message type of such a name, for literals.
pub(crate) fn message(name: &str) -> Option<Arc<MessageType>> {
    static ALL: LazyLock<HashMap<&'static str, Arc<MessageType>>> = LazyLock::new(|| {
        let field = |name: &str, number, ty: Type, leaf: Leaf, absent: Value| Field {
            name: name.into(),
            number,
            ty,
            shape: Shape::One(leaf),
            absent: Absent::Default(absent),
            explicit: false,
            oneof: None,
            extension: false,
        };
        let scalar = |name: &str, number, of: Scalar| field(name, number, of.ty(), of.leaf(), of.zero());
        let member = |field: Field| Field { explicit: true, oneof: Some(0), ..field };
        let json_map = || Type::map(Type::String, Type::Dyn);
        let empty_map = || Value::Map(Map::default().into());
        let mut all: Vec<(&'static str, Vec<Field>)> = Vec::new();
        for name in ["google.protobuf.Timestamp", "google.protobuf.Duration"] {
            all.push((name, vec![scalar("seconds", 1, Scalar::Int64), scalar("nanos", 2, Scalar::Int32)]));
        }
        for (name, of) in WRAPPERS {
            all.push((name, vec![scalar("value", 1, *of)]));
        }
        all.push((
            "google.protobuf.Any",
            vec![scalar("type_url", 1, Scalar::String), scalar("value", 2, Scalar::Bytes)],
        ));
        let fields = field("fields", 1, json_map(), Leaf::Json, empty_map());
        all.push(("google.protobuf.Struct", vec![Field { shape: Shape::Map(Leaf::String, Leaf::Json), ..fields }]));
        let values = field("values", 1, Type::list(Type::Dyn), Leaf::Json, Value::list(Vec::new()));
        all.push(("google.protobuf.ListValue", vec![Field { shape: Shape::List(Leaf::Json), ..values }]));
        all.push((
            "google.protobuf.Value",
            vec![
                member(field("null_value", 1, Type::Int, Leaf::Enum, Value::Int(0))),
                member(scalar("number_value", 2, Scalar::Double)),
                member(scalar("string_value", 3, Scalar::String)),
                member(scalar("bool_value", 4, Scalar::Bool)),
                member(field("struct_value", 5, json_map(), Leaf::Struct, empty_map())),
                member(field("list_value", 6, Type::list(Type::Dyn), Leaf::ListValue, Value::list(Vec::new()))),
            ],
        ));
        all.into_iter().map(|(name, fields)| (name, Arc::new(MessageType::new(name, fields)))).collect()
    });
    ALL.get(name).cloned()
}

/// The message as CEL sees it.
pub(crate) fn value(message: Message, types: &Types) -> Result<Value, Fault> {
    let name = message.ty().name().clone();
    let read = |place| message.read(place, types).unwrap_or(Value::Null);
    let int = |place| if let Value::Int(number) = read(place) { number } else { 0 };
    match &*name {
        "google.protobuf.Timestamp" => {
            let outside = || (Code::TIME_OUT_OF_RANGE, "the timestamp is outside the years 1 to 9999".to_owned());
            Timestamp::new(int(0), int(1) as i32).map(Value::Timestamp).ok_or_else(outside)
        }
        "google.protobuf.Duration" => {
            let outside = || (Code::TIME_OUT_OF_RANGE, "the duration is outside ±315576000000s".to_owned());
            Duration::new(int(0), int(1) as i32).map(Value::Duration).ok_or_else(outside)
        }
        "google.protobuf.Struct" | "google.protobuf.ListValue" => Ok(read(0)),
        "google.protobuf.Value" => Ok(match message.entries().first() {
            None | Some((0, _)) => Value::Null,
            Some((_, value)) => value.clone(),
        }),
        "google.protobuf.Any" => match (read(0), read(1)) {
            // What nobody can unpack is compared by its bytes.
            (Value::String(url), Value::Bytes(bytes)) => match super::wire::unpacked(&url, &bytes, types)? {
                Some(value) => Ok(value),
                None => Ok(Value::Message(message.into())),
            },
            _ => Ok(Value::Null),
        },
        name if WRAPPERS.iter().any(|(known, _)| *known == name) => Ok(read(0)),
        _ => Ok(Value::Message(message.into())),
    }
}

/// The value as JSON has it: numbers are doubles, what a double cannot hold is text, and so are times and bytes.
pub(crate) fn json(value: &Value) -> Result<Value, Fault> {
    const EXACT: u64 = 1 << 53;
    Ok(match value {
        Value::Null | Value::Bool(_) | Value::Double(_) | Value::String(_) => value.clone(),
        Value::Int(number) if number.unsigned_abs() < EXACT => Value::Double(*number as f64),
        Value::Uint(number) if *number < EXACT => Value::Double(*number as f64),
        Value::Int(number) => Value::text(number.to_string()),
        Value::Uint(number) => Value::text(number.to_string()),
        Value::Bytes(bytes) => Value::text(crate::library::encoders::base64(bytes)),
        Value::Timestamp(time) => Value::text(time.to_string()),
        Value::Duration(span) => Value::text(span.to_string()),
        Value::List(items) => Value::list(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let entry = |(key, value): &(Value, Value)| {
                let key = match key {
                    Value::String(_) => key.clone(),
                    other => crate::run::convert::to_string(other)?,
                };
                Ok((key, json(value)?))
            };
            Value::Map(Map::from_entries(map.entries().iter().map(entry).collect::<Result<Vec<_>, Fault>>()?).into())
        }
        Value::Message(message) if &**message.ty().name() == "google.protobuf.Empty" => {
            Value::Map(Map::default().into())
        }
        Value::Message(message) if &**message.ty().name() == "google.protobuf.FieldMask" => field_mask(message),
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => {
            let name = crate::run::convert::runtime_name(value);
            return Err((Code::BAD_CONVERSION, format!("{name} has no form in JSON")));
        }
    })
}

/// The paths, their names in camel case, with commas between them.
fn field_mask(message: &Message) -> Value {
    let paths = match message.entries().first() {
        Some((_, Value::List(paths))) => paths.clone(),
        _ => [].into(),
    };
    let camel = |path: &Value| {
        let Value::String(path) = path else { return String::new() };
        let mut out = String::new();
        let mut capital = false;
        for letter in path.chars() {
            match letter {
                '_' => capital = true,
                letter => {
                    out.push(if std::mem::take(&mut capital) { letter.to_ascii_uppercase() } else { letter });
                }
            }
        }
        out
    };
    Value::text(paths.iter().map(camel).collect::<Vec<_>>().join(","))
}
