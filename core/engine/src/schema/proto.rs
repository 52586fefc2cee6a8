//! Descriptors → the model: which types rules can read, what absence means, which names enums have. The rules are
//! protobuf's: <https://protobuf.dev/programming-guides/field_presence/>.

use std::collections::HashMap;

use fishplate_cel::{Duration, Timestamp, Value};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Syntax};

use super::model::{Enum, Field, Leaf, Message, Model, Scalar, Shape, Unsupported};

/// The model of `event` and of all that can be reached from it.
pub(super) fn model(event: &MessageDescriptor) -> Model {
    let mut build = Build::default();
    build.message(event);
    // A message is built after its place is taken, so that one that holds itself ends.
    while let Some((at, descriptor)) = build.waiting.pop() {
        build.messages[at] = Some(build.fields(&descriptor));
    }
    Model {
        package: event.package_name().to_owned(),
        inline: false,
        messages: build.messages.into_iter().flatten().collect(),
        enums: build.enums,
    }
}

#[derive(Default)]
struct Build {
    messages: Vec<Option<Message>>,
    message_at: HashMap<String, usize>,
    waiting: Vec<(usize, MessageDescriptor)>,
    enums: Vec<Enum>,
    enum_at: HashMap<String, usize>,
}

impl Build {
    fn message(&mut self, descriptor: &MessageDescriptor) -> usize {
        if let Some(at) = self.message_at.get(descriptor.full_name()) {
            return *at;
        }
        let at = self.messages.len();
        self.message_at.insert(descriptor.full_name().to_owned(), at);
        self.messages.push(None);
        self.waiting.push((at, descriptor.clone()));
        at
    }

    fn fields(&mut self, descriptor: &MessageDescriptor) -> Message {
        let oneofs: Vec<String> =
            descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()).map(|oneof| oneof.name().to_owned()).collect();
        // The pool hands fields out by number; a reader of names expects the order of the file.
        let mut declared: Vec<FieldDescriptor> = descriptor.fields().collect();
        declared.sort_by_key(|field| field.path().last().copied());
        let fields = declared.iter().map(|field| self.field(field, &oneofs)).collect();
        Message::new(descriptor.full_name(), fields, oneofs)
    }

    fn field(&mut self, field: &FieldDescriptor, oneofs: &[String]) -> Field {
        let shape = self.shape(field);
        let absent = absent(field, &shape);
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        Field {
            name: field.name().to_owned(),
            json_name: field.json_name().to_owned(),
            number: field.number(),
            explicit: field.supports_presence(),
            oneof: oneof.and_then(|oneof| oneofs.iter().position(|name| name == oneof.name())),
            shape,
            absent,
        }
    }

    fn shape(&mut self, field: &FieldDescriptor) -> Shape {
        let unsupported = |what, repeated| Shape::Unsupported(Unsupported { what, repeated });
        let kind = field.kind();
        if field.is_map() {
            let Kind::Message(entry) = kind else { return unsupported("a map without entries", true) };
            let key = self.leaf(&entry.map_entry_key_field().kind());
            let value = self.leaf(&entry.map_entry_value_field().kind());
            return match (key, value) {
                (Some(Leaf::Plain(key)), Some(value)) => Shape::Map(key, value),
                _ => unsupported("a map of messages", true),
            };
        }
        if field.is_group() {
            return unsupported("a group", field.is_list());
        }
        match (self.leaf(&kind), kind, field.is_list()) {
            (Some(leaf), _, true) => Shape::List(leaf),
            (Some(leaf), _, false) => Shape::Single(leaf),
            (None, Kind::Message(message), list) => match message.full_name() {
                "google.protobuf.Any" => unsupported("google.protobuf.Any", list),
                "google.protobuf.Struct" => unsupported("google.protobuf.Struct", list),
                "google.protobuf.Value" => unsupported("google.protobuf.Value", list),
                "google.protobuf.ListValue" => unsupported("google.protobuf.ListValue", list),
                "google.protobuf.FieldMask" => unsupported("google.protobuf.FieldMask", list),
                _ if list => Shape::Messages(self.message(&message)),
                _ => Shape::Message(self.message(&message)),
            },
            (None, _, list) => unsupported("a field of an unknown type", list),
        }
    }

    /// The leaf of a kind; `None` for a message with fields.
    fn leaf(&mut self, kind: &Kind) -> Option<Leaf> {
        Some(match kind {
            Kind::Message(message) => return well_known(message.full_name()),
            Kind::Enum(descriptor) => Leaf::Plain(Scalar::Enum(self.enumeration(descriptor))),
            Kind::Double => Leaf::Plain(Scalar::Double),
            Kind::Float => Leaf::Plain(Scalar::Float),
            Kind::Int32 => Leaf::Plain(Scalar::Int32),
            Kind::Int64 => Leaf::Plain(Scalar::Int64),
            Kind::Uint32 => Leaf::Plain(Scalar::Uint32),
            Kind::Uint64 => Leaf::Plain(Scalar::Uint64),
            Kind::Sint32 => Leaf::Plain(Scalar::Sint32),
            Kind::Sint64 => Leaf::Plain(Scalar::Sint64),
            Kind::Fixed32 => Leaf::Plain(Scalar::Fixed32),
            Kind::Fixed64 => Leaf::Plain(Scalar::Fixed64),
            Kind::Sfixed32 => Leaf::Plain(Scalar::Sfixed32),
            Kind::Sfixed64 => Leaf::Plain(Scalar::Sfixed64),
            Kind::Bool => Leaf::Plain(Scalar::Bool),
            Kind::String => Leaf::Plain(Scalar::String),
            Kind::Bytes => Leaf::Plain(Scalar::Bytes),
        })
    }

    fn enumeration(&mut self, descriptor: &EnumDescriptor) -> usize {
        if let Some(at) = self.enum_at.get(descriptor.full_name()) {
            return *at;
        }
        let at = self.enums.len();
        self.enum_at.insert(descriptor.full_name().to_owned(), at);
        // The pool hands values out by number; the first of the file is the default.
        let declared = &descriptor.enum_descriptor_proto().value;
        self.enums.push(Enum {
            name: descriptor.full_name().to_owned(),
            values: declared.iter().map(|value| (value.name().to_owned(), value.number())).collect(),
            closed: descriptor.parent_file().syntax() == Syntax::Proto2,
        });
        at
    }
}

fn well_known(name: &str) -> Option<Leaf> {
    Some(match name {
        "google.protobuf.Timestamp" => Leaf::Timestamp,
        "google.protobuf.Duration" => Leaf::Duration,
        "google.protobuf.BoolValue" => Leaf::Wrapper(Scalar::Bool),
        "google.protobuf.Int32Value" => Leaf::Wrapper(Scalar::Int32),
        "google.protobuf.Int64Value" => Leaf::Wrapper(Scalar::Int64),
        "google.protobuf.UInt32Value" => Leaf::Wrapper(Scalar::Uint32),
        "google.protobuf.UInt64Value" => Leaf::Wrapper(Scalar::Uint64),
        "google.protobuf.FloatValue" => Leaf::Wrapper(Scalar::Float),
        "google.protobuf.DoubleValue" => Leaf::Wrapper(Scalar::Double),
        "google.protobuf.StringValue" => Leaf::Wrapper(Scalar::String),
        "google.protobuf.BytesValue" => Leaf::Wrapper(Scalar::Bytes),
        _ => return None,
    })
}

/// What reading `field` gives when it is absent: protobuf's default, null for a wrapper.
fn absent(field: &FieldDescriptor, shape: &Shape) -> Option<Value> {
    use prost_reflect::Value as Proto;
    Some(match shape {
        Shape::Message(_) | Shape::Unsupported(_) => return None,
        Shape::List(_) | Shape::Messages(_) => Value::List(Vec::new().into()),
        Shape::Map(..) => Value::Map(fishplate_cel::Map::default().into()),
        Shape::Single(Leaf::Wrapper(_)) => Value::Null,
        Shape::Single(Leaf::Timestamp) => Value::Timestamp(Timestamp::default()),
        Shape::Single(Leaf::Duration) => Value::Duration(Duration::default()),
        Shape::Single(Leaf::Plain(_)) => match field.default_value() {
            Proto::Bool(value) => Value::Bool(value),
            Proto::I32(value) | Proto::EnumNumber(value) => Value::Int(value.into()),
            Proto::I64(value) => Value::Int(value),
            Proto::U32(value) => Value::Uint(value.into()),
            Proto::U64(value) => Value::Uint(value),
            Proto::F32(value) => Value::Double(value.into()),
            Proto::F64(value) => Value::Double(value),
            Proto::String(value) => Value::String(value.into()),
            Proto::Bytes(value) => Value::Bytes(value.to_vec().into()),
            Proto::Message(_) | Proto::List(_) | Proto::Map(_) => return None,
        },
    })
}
