//! What a schema is once it is read: messages, fields and enums as plain data, numbered, so that the decoder and the
//! checker look the same thing up. Knows neither `.proto` files nor YAML nor bytes.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{Type, Value};

/// All messages that can be reached from the event, which is message 0.
#[derive(Debug)]
pub(crate) struct Model {
    /// The package of the event's message; empty if it has none.
    pub(crate) package: String,
    /// Declared in a rule document: no wire form, no defaults, no JSON names.
    pub(crate) inline: bool,
    pub(crate) messages: Vec<Message>,
    pub(crate) enums: Vec<Enum>,
}

/// A message and its fields.
#[derive(Debug)]
pub(crate) struct Message {
    /// Full name, without a leading dot.
    pub(crate) name: Arc<str>,
    /// In the order of the declaration.
    pub(crate) fields: Vec<Field>,
    /// Declared names.
    by_name: HashMap<String, usize>,
    /// Names in JSON, where they differ from the declared ones.
    by_json_name: HashMap<String, usize>,
    /// Names of the oneofs of more than one field.
    pub(crate) oneofs: Vec<String>,
}

/// One field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) json_name: String,
    /// 0 in an inline schema.
    pub(crate) number: u32,
    pub(crate) shape: Shape,
    /// Whether a value that equals the default is told from no value.
    pub(crate) explicit: bool,
    /// Index in [`Message::oneofs`].
    pub(crate) oneof: Option<usize>,
    /// What reading it gives when it is absent; `None` if that is an error, or if it is a message.
    pub(crate) absent: Option<Value>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Single(Leaf),
    List(Leaf),
    Map(Scalar, Leaf),
    /// Index in [`Model::messages`].
    Message(usize),
    /// A list of messages, which rules read as values; the index is theirs.
    Messages(usize),
    /// A type that rules cannot read, in words: `a repeated message`.
    Unsupported(Unsupported),
}

/// Why rules cannot read a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unsupported {
    /// In words: `a list of messages`.
    pub(crate) what: &'static str,
    /// Whether the field may stand many times in one message.
    pub(crate) repeated: bool,
}

/// A value without fields of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Plain(Scalar),
    Timestamp,
    Duration,
    /// `google.protobuf.Int64Value` and its like.
    Wrapper(Scalar),
}

/// A scalar type of protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Bool,
    Int32,
    Int64,
    Sint32,
    Sint64,
    Sfixed32,
    Sfixed64,
    Uint32,
    Uint64,
    Fixed32,
    Fixed64,
    Float,
    Double,
    String,
    Bytes,
    /// Index in [`Model::enums`].
    Enum(usize),
}

/// An enum.
#[derive(Debug)]
pub(crate) struct Enum {
    /// Full name.
    pub(crate) name: String,
    /// What its constants' names begin with, as CEL writes them: `risk.v1.Status`.
    pub(crate) values: Vec<(String, i32)>,
    /// proto2: a number that it does not have is an unknown field.
    pub(crate) closed: bool,
}

impl Message {
    pub(crate) fn new(name: &str, fields: Vec<Field>, oneofs: Vec<String>) -> Self {
        let by_name = fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at)).collect();
        let other = |(_, field): &(usize, &Field)| field.json_name != field.name;
        let by_json_name =
            fields.iter().enumerate().filter(other).map(|(at, field)| (field.json_name.clone(), at)).collect();
        Self { name: name.into(), fields, by_name, by_json_name, oneofs }
    }

    /// The field of this declared name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The field of this declared or JSON name.
    pub(crate) fn find_json(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).or_else(|| self.by_json_name.get(name)).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }
}

impl Enum {
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.values.iter().find(|value| value.0 == name).map(|value| value.1)
    }

    pub(crate) fn has(&self, number: i32) -> bool {
        self.values.iter().any(|value| value.1 == number)
    }
}

impl Scalar {
    /// Its type in CEL.
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int32 | Self::Int64 | Self::Sint32 | Self::Sint64 | Self::Sfixed32 | Self::Sfixed64 => Type::Int,
            Self::Enum(_) => Type::Int,
            Self::Uint32 | Self::Uint64 | Self::Fixed32 | Self::Fixed64 => Type::Uint,
            Self::Float | Self::Double => Type::Double,
            Self::String => Type::String,
            Self::Bytes => Type::Bytes,
        }
    }

    /// Whether its numbers have 32 bits.
    pub(crate) fn is_narrow(self) -> bool {
        matches!(self, Self::Int32 | Self::Sint32 | Self::Sfixed32 | Self::Uint32 | Self::Fixed32 | Self::Enum(_))
    }
}

impl Leaf {
    /// Its type as an entry of a list or map, where null cannot be.
    pub(crate) fn entry_type(self) -> Type {
        match self {
            Self::Plain(scalar) | Self::Wrapper(scalar) => scalar.ty(),
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
        }
    }

    /// Its type as a field.
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Wrapper(scalar) => Type::Wrapper(Arc::new(scalar.ty())),
            other => other.entry_type(),
        }
    }
}

impl Model {
    /// The type of `field` in CEL. A field that rules cannot read gets the name of a message that nothing declares.
    pub(crate) fn type_of(&self, field: &Field) -> Type {
        match &field.shape {
            Shape::Single(leaf) => leaf.ty(),
            Shape::List(leaf) => Type::list(leaf.entry_type()),
            Shape::Map(key, leaf) => Type::map(key.ty(), leaf.entry_type()),
            Shape::Message(at) => Type::Message(self.messages[*at].name.clone()),
            Shape::Messages(at) => Type::list(Type::Message(self.messages[*at].name.clone())),
            Shape::Unsupported(why) => Type::Message(why.what.into()),
        }
    }

    /// The field at `path` from the event, and its message.
    pub(crate) fn field_at(&self, path: &[&str]) -> Option<&Field> {
        let (last, above) = path.split_last()?;
        let message = self.message_at(above)?;
        message.find(last).map(|at| &message.fields[at])
    }

    /// The message at `path` from the event; the event itself for an empty path.
    pub(crate) fn message_at(&self, path: &[&str]) -> Option<&Message> {
        let mut message = &self.messages[0];
        for name in path {
            let field = &message.fields[message.find(name)?];
            let Shape::Message(at) = field.shape else { return None };
            message = &self.messages[at];
        }
        Some(message)
    }
}
