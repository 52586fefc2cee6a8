//! Messages as values: their types, and the fields that are set. Plain data: it knows no bytes and no expressions.
//!
//! The well-known messages that CEL sees as other values never are messages here: a wrapper is its value or null, a
//! `Struct` a map, a `Value` what it holds, an `Any` what is packed in it, times are times.

pub mod well_known;
mod wire;

use std::{collections::HashMap, sync::Arc};

use crate::{check::Absent, types::Type, value::Value};

/// The message types that an environment knows, by full name.
pub type Types = HashMap<Arc<str>, Arc<MessageType>>;

/// What protobuf calls the type of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// `bool`
    Bool,
    /// `int32`
    Int32,
    /// `sint32`
    Sint32,
    /// `sfixed32`
    Sfixed32,
    /// `int64`
    Int64,
    /// `sint64`
    Sint64,
    /// `sfixed64`
    Sfixed64,
    /// `uint32`
    Uint32,
    /// `fixed32`
    Fixed32,
    /// `uint64`
    Uint64,
    /// `fixed64`
    Fixed64,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// An enum: an int.
    Enum,
    /// A message that is one to CEL too.
    Message,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `google.protobuf.Int32Value` and its like: what a wrapper holds, or null.
    Wrapper(Scalar),
    /// `google.protobuf.Any`: what is packed in it.
    Any,
    /// `google.protobuf.Value`: null, bool, double, string, list or map.
    Json,
    /// `google.protobuf.Struct`: a map from strings to JSON values.
    Struct,
    /// `google.protobuf.ListValue`: a list of JSON values.
    ListValue,
    /// Of a schema without protobuf's narrower types: whatever the CEL type says.
    Plain,
}

/// What a wrapper holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `BoolValue`
    Bool,
    /// `Int32Value`
    Int32,
    /// `Int64Value`
    Int64,
    /// `UInt32Value`
    Uint32,
    /// `UInt64Value`
    Uint64,
    /// `FloatValue`
    Float,
    /// `DoubleValue`
    Double,
    /// `StringValue`
    String,
    /// `BytesValue`
    Bytes,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One, or none.
    One(Leaf),
    /// `repeated`
    List(Leaf),
    /// `map`
    Map(Leaf, Leaf),
}

/// A field of a message type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; of an extension, its full name.
    pub name: Arc<str>,
    /// Its number; 0 if it has none.
    pub number: u32,
    /// Its CEL type.
    pub ty: Type,
    /// Its protobuf type.
    pub shape: Shape,
    /// What reading it gives when it is absent.
    pub absent: Absent,
    /// Whether a value that is its default still counts as there (proto2, `optional`, messages, members of a oneof).
    pub explicit: bool,
    /// The oneof that it belongs to, by a number within its message.
    pub oneof: Option<u32>,
    /// Whether it is an extension: only `proto.getExt` and a quoted name reach it.
    pub extension: bool,
}

/// A message type.
#[derive(Debug)]
pub struct MessageType {
    name: Arc<str>,
    fields: Vec<Field>,
    by_name: hashbrown::HashMap<Arc<str>, u32>,
}

impl MessageType {
    /// A message type of these fields; of two with one name the later counts.
    pub fn new(name: &str, fields: Vec<Field>) -> Self {
        let by_name = fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at as u32)).collect();
        Self { name: name.into(), fields, by_name }
    }

    /// Its full name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its fields, in the order in which they were given.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of a name, and its place among [`Self::fields`].
    pub fn field(&self, name: &str) -> Option<(u32, &Field)> {
        let at = *self.by_name.get(name)?;
        Some((at, &self.fields[at as usize]))
    }
}

/// A message: the fields that are set.
#[derive(Clone, Debug)]
pub struct Message {
    ty: Arc<MessageType>,
    /// By the field's place in its type, ascending, each once.
    set: Vec<(u32, Value)>,
}

impl Message {
    /// A message of `ty` in which nothing is set.
    pub fn empty(ty: Arc<MessageType>) -> Self {
        Self { ty, set: Vec::new() }
    }

    /// Sets the field at `place` of the type's fields. What is the default of a field without presence of its own, an
    /// empty list and an empty map count as not set; setting a member of a oneof clears the others.
    pub fn set(&mut self, place: u32, value: Value) {
        let Some(field) = self.ty.fields.get(place as usize) else { return };
        let clears = field.oneof;
        let empty = match &value {
            Value::List(items) if matches!(field.shape, Shape::List(_)) => items.is_empty(),
            Value::Map(map) if matches!(field.shape, Shape::Map(..)) => map.entries().is_empty(),
            value => !field.explicit && matches!(&field.absent, Absent::Default(default) if default == value),
        };
        if let Some(oneof) = clears {
            let ty = self.ty.clone();
            self.set.retain(|(at, _)| ty.fields[*at as usize].oneof != Some(oneof));
        }
        let at = self.set.binary_search_by_key(&place, |(at, _)| *at);
        match (at, empty) {
            (Ok(at), true) => drop(self.set.remove(at)),
            (Err(_), true) => {}
            (Ok(at), false) => self.set[at].1 = value,
            (Err(at), false) => self.set.insert(at, (place, value)),
        }
    }

    /// Its type.
    pub fn ty(&self) -> &Arc<MessageType> {
        &self.ty
    }

    /// The value of the field at `place` of the type's fields, if it is set.
    pub fn get(&self, place: u32) -> Option<&Value> {
        self.set.binary_search_by_key(&place, |(at, _)| *at).ok().map(|at| &self.set[at].1)
    }

    /// What is set, by place.
    pub fn entries(&self) -> &[(u32, Value)] {
        &self.set
    }

    /// What reading the field gives: its value, its default, or nothing where an absent one is an error.
    pub(crate) fn read(&self, place: u32, types: &Types) -> Option<Value> {
        let held = || self.get(place).cloned();
        held().or_else(|| default(self.ty.fields.get(place as usize)?, types))
    }
}

/// What reading an absent field gives, if anything.
pub(crate) fn default(field: &Field, types: &Types) -> Option<Value> {
    match &field.absent {
        Absent::Default(value) => Some(value.clone()),
        Absent::Empty => match &field.ty {
            Type::Message(name) => types.get(name).map(|ty| Value::Message(Message::empty(ty.clone()).into())),
            _ => None,
        },
        Absent::Error => None,
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.ty.name == other.ty.name && self.set == other.set
    }
}
