//! The model's messages as types of values: what a message inside a list is to an expression.

use std::sync::Arc;

use fishplate_cel::{Absent, Field as CelField, Leaf as CelLeaf, MessageType, Shape as CelShape, message};

use super::model::{Field, Leaf, Model, Scalar, Shape};

/// The types of the model's messages, in its order; the places of their fields are those of the model's.
pub(super) fn types(model: &Model) -> Vec<Arc<MessageType>> {
    let of = |of: &super::model::Message| {
        let fields = of.fields.iter().map(|field| cel_field(model, field)).collect();
        Arc::new(MessageType::new(&of.name, fields))
    };
    model.messages.iter().map(of).collect()
}

fn cel_field(model: &Model, field: &Field) -> CelField {
    let absent = match (&field.shape, &field.absent) {
        // A message that is not there is empty to protobuf, and missing where fields have no defaults.
        (Shape::Message(_), _) if !model.inline => Absent::Empty,
        (_, Some(value)) => Absent::Default(value.clone()),
        (_, None) => Absent::Error,
    };
    CelField {
        name: field.name.as_str().into(),
        number: field.number,
        ty: model.type_of(field),
        shape: match &field.shape {
            Shape::Single(of) => CelShape::One(leaf(*of)),
            Shape::List(of) => CelShape::List(leaf(*of)),
            Shape::Map(key, of) => CelShape::Map(scalar(*key), leaf(*of)),
            Shape::Message(_) => CelShape::One(CelLeaf::Message),
            Shape::Messages(_) => CelShape::List(CelLeaf::Message),
            Shape::Unsupported(_) => CelShape::One(CelLeaf::Plain),
        },
        absent,
        explicit: field.explicit,
        oneof: field.oneof.and_then(|oneof| u32::try_from(oneof).ok()),
        extension: false,
    }
}

fn leaf(of: Leaf) -> CelLeaf {
    match of {
        Leaf::Plain(of) => scalar(of),
        Leaf::Timestamp => CelLeaf::Timestamp,
        Leaf::Duration => CelLeaf::Duration,
        Leaf::Wrapper(of) => CelLeaf::Wrapper(wrapped(of)),
    }
}

fn scalar(of: Scalar) -> CelLeaf {
    match of {
        Scalar::Bool => CelLeaf::Bool,
        Scalar::Int32 => CelLeaf::Int32,
        Scalar::Int64 => CelLeaf::Int64,
        Scalar::Sint32 => CelLeaf::Sint32,
        Scalar::Sint64 => CelLeaf::Sint64,
        Scalar::Sfixed32 => CelLeaf::Sfixed32,
        Scalar::Sfixed64 => CelLeaf::Sfixed64,
        Scalar::Uint32 => CelLeaf::Uint32,
        Scalar::Uint64 => CelLeaf::Uint64,
        Scalar::Fixed32 => CelLeaf::Fixed32,
        Scalar::Fixed64 => CelLeaf::Fixed64,
        Scalar::Float => CelLeaf::Float,
        Scalar::Double => CelLeaf::Double,
        Scalar::String => CelLeaf::String,
        Scalar::Bytes => CelLeaf::Bytes,
        Scalar::Enum(_) => CelLeaf::Enum,
    }
}

fn wrapped(of: Scalar) -> message::Scalar {
    match of {
        Scalar::Bool => message::Scalar::Bool,
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 | Scalar::Enum(_) => message::Scalar::Int32,
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => message::Scalar::Int64,
        Scalar::Uint32 | Scalar::Fixed32 => message::Scalar::Uint32,
        Scalar::Uint64 | Scalar::Fixed64 => message::Scalar::Uint64,
        Scalar::Float => message::Scalar::Float,
        Scalar::Double => message::Scalar::Double,
        Scalar::String => message::Scalar::String,
        Scalar::Bytes => message::Scalar::Bytes,
    }
}
