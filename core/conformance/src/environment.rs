//! What names mean in a case: its variables, its functions and its container, and the suite's message types. It knows no
//! expected results.

use std::{collections::HashMap, sync::Arc};

use fishplate_cel::{
    Absent, Env, Field, HostFunction, Leaf, MessageType, Shape, Signature, Type, Types, Value,
    message::{Scalar, well_known},
};
use prost_reflect::{DescriptorPool, DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, Value as Proto};

use crate::{
    suite::{Suite, flag, message, messages, text_of},
    values,
};

/// The suite's types and constants, made once.
pub(crate) struct World {
    pub(crate) types: Arc<Types>,
    constants: Vec<(String, i32)>,
}

/// Everything that the pool declares.
pub(crate) fn world(pool: &DescriptorPool) -> World {
    let mut types = Types::new();
    for of in pool.all_messages().filter(|of| !of.is_map_entry()) {
        types.insert(of.full_name().into(), Arc::new(message_type(&of)));
    }
    let mut constants = Vec::new();
    for of in pool.all_enums() {
        for value in of.values() {
            constants.push((format!("{}.{}", of.full_name(), value.name()), value.number()));
        }
    }
    World { types: Arc::new(types), constants }
}

/// The environment of `case`.
pub(crate) fn of(suite: &Suite, case: &DynamicMessage) -> Result<Env, String> {
    let mut env = Env::default();
    env.container(&text_of(case, "container"));
    env.whole_messages();
    env.message_types(&suite.world.types);
    for (name, number) in &suite.world.constants {
        env.constant(name, Value::Int((*number).into()));
    }
    if flag(case, "disable_check") {
        if let Some(bound) = case.get_field_by_name("bindings")
            && let Proto::Map(entries) = &*bound
        {
            for name in entries.keys() {
                if let prost_reflect::MapKey::String(name) = name {
                    env.variable(name, Type::Dyn);
                }
            }
        }
        return Ok(env);
    }
    for declared in messages(case, "type_env") {
        let name = text_of(&declared, "name");
        if let Some(ident) = message(&declared, "ident") {
            let ty = message(&ident, "type").as_ref().map_or(Ok(Type::Dyn), values::type_of)?;
            env.variable(&name, ty);
        } else if let Some(function) = message(&declared, "function") {
            let overloads = messages(&function, "overloads");
            let overloads = overloads.iter().map(signature).collect::<Result<_, _>>()?;
            env.function(HostFunction { name: name.as_str().into(), overloads, evaluate: None });
        }
    }
    Ok(env)
}

fn signature(overload: &DynamicMessage) -> Result<Signature, String> {
    let mut parameters = HashMap::new();
    let params = messages(overload, "params");
    let params = params.iter().map(|ty| values::type_with(ty, &mut parameters)).collect::<Result<_, _>>()?;
    let result = message(overload, "result_type").ok_or("a function without a result")?;
    Ok(Signature { params, result: values::type_with(&result, &mut parameters)? })
}

fn message_type(of: &MessageDescriptor) -> MessageType {
    let mut fields: Vec<Field> = Vec::new();
    for field in of.fields() {
        let shape = shape(&field.kind(), field.is_list(), field.is_map());
        let explicit = field.supports_presence();
        let default = (!field.is_list() && !field.is_map()).then(|| field.default_value());
        fields.push(Field {
            name: field.name().into(),
            number: field.number(),
            ty: shape_type(shape, &field.kind()),
            absent: absent(shape, default),
            shape,
            explicit,
            oneof: field.containing_oneof().filter(|of| of.fields().len() > 1).map(|of| number_of(&of)),
            extension: false,
        });
    }
    for extension in of.extensions() {
        let shape = shape(&extension.kind(), extension.is_list(), extension.is_map());
        let default = (!extension.is_list()).then(|| extension.default_value());
        fields.push(Field {
            name: extension.full_name().into(),
            number: extension.number(),
            ty: shape_type(shape, &extension.kind()),
            absent: absent(shape, default),
            shape,
            explicit: true,
            oneof: None,
            extension: true,
        });
    }
    MessageType::new(of.full_name(), fields)
}

fn number_of(of: &prost_reflect::OneofDescriptor) -> u32 {
    let all = of.parent_message();
    all.oneofs().position(|other| other == *of).unwrap_or_default() as u32
}

fn shape(kind: &Kind, list: bool, map: bool) -> Shape {
    if map && let Kind::Message(entry) = kind {
        return Shape::Map(leaf(&entry.map_entry_key_field().kind()), leaf(&entry.map_entry_value_field().kind()));
    }
    if list { Shape::List(leaf(kind)) } else { Shape::One(leaf(kind)) }
}

fn leaf(kind: &Kind) -> Leaf {
    match kind {
        Kind::Bool => Leaf::Bool,
        Kind::Int32 => Leaf::Int32,
        Kind::Sint32 => Leaf::Sint32,
        Kind::Sfixed32 => Leaf::Sfixed32,
        Kind::Int64 => Leaf::Int64,
        Kind::Sint64 => Leaf::Sint64,
        Kind::Sfixed64 => Leaf::Sfixed64,
        Kind::Uint32 => Leaf::Uint32,
        Kind::Fixed32 => Leaf::Fixed32,
        Kind::Uint64 => Leaf::Uint64,
        Kind::Fixed64 => Leaf::Fixed64,
        Kind::Float => Leaf::Float,
        Kind::Double => Leaf::Double,
        Kind::String => Leaf::String,
        Kind::Bytes => Leaf::Bytes,
        Kind::Enum(_) => Leaf::Enum,
        Kind::Message(of) => match of.full_name() {
            "google.protobuf.Timestamp" => Leaf::Timestamp,
            "google.protobuf.Duration" => Leaf::Duration,
            "google.protobuf.Any" => Leaf::Any,
            "google.protobuf.Value" => Leaf::Json,
            "google.protobuf.Struct" => Leaf::Struct,
            "google.protobuf.ListValue" => Leaf::ListValue,
            "google.protobuf.BoolValue" => Leaf::Wrapper(Scalar::Bool),
            "google.protobuf.Int32Value" => Leaf::Wrapper(Scalar::Int32),
            "google.protobuf.Int64Value" => Leaf::Wrapper(Scalar::Int64),
            "google.protobuf.UInt32Value" => Leaf::Wrapper(Scalar::Uint32),
            "google.protobuf.UInt64Value" => Leaf::Wrapper(Scalar::Uint64),
            "google.protobuf.FloatValue" => Leaf::Wrapper(Scalar::Float),
            "google.protobuf.DoubleValue" => Leaf::Wrapper(Scalar::Double),
            "google.protobuf.StringValue" => Leaf::Wrapper(Scalar::String),
            "google.protobuf.BytesValue" => Leaf::Wrapper(Scalar::Bytes),
            _ => Leaf::Message,
        },
    }
}

fn shape_type(shape: Shape, kind: &Kind) -> Type {
    match (shape, kind) {
        (Shape::Map(..), Kind::Message(entry)) => {
            Type::map(leaf_type(&entry.map_entry_key_field().kind()), leaf_type(&entry.map_entry_value_field().kind()))
        }
        (Shape::List(_), kind) => Type::list(leaf_type(kind)),
        (_, kind) => leaf_type(kind),
    }
}

fn leaf_type(kind: &Kind) -> Type {
    match kind {
        Kind::Bool => Type::Bool,
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Type::Int,
        Kind::Uint32 | Kind::Fixed32 | Kind::Uint64 | Kind::Fixed64 => Type::Uint,
        Kind::Float | Kind::Double => Type::Double,
        Kind::String => Type::String,
        Kind::Bytes => Type::Bytes,
        Kind::Enum(of) if is_null(of) => Type::Null,
        Kind::Enum(_) => Type::Int,
        Kind::Message(of) => {
            well_known::type_of(of.full_name()).unwrap_or_else(|| Type::Message(of.full_name().into()))
        }
    }
}

fn is_null(of: &EnumDescriptor) -> bool {
    of.full_name() == "google.protobuf.NullValue"
}

/// What an absent field is; `default` is that of a field of one value.
fn absent(shape: Shape, default: Option<Proto>) -> Absent {
    Absent::Default(match shape {
        Shape::List(_) => Value::list(Vec::new()),
        Shape::Map(..) => Value::Map(fishplate_cel::Map::default().into()),
        Shape::One(Leaf::Message) => return Absent::Empty,
        Shape::One(Leaf::Timestamp) => Value::Timestamp(fishplate_cel::Timestamp::default()),
        Shape::One(Leaf::Duration) => Value::Duration(fishplate_cel::Duration::default()),
        Shape::One(Leaf::Wrapper(_) | Leaf::Any | Leaf::Json) => Value::Null,
        Shape::One(Leaf::Struct) => Value::Map(fishplate_cel::Map::default().into()),
        Shape::One(Leaf::ListValue) => Value::list(Vec::new()),
        Shape::One(_) => match default.as_ref().map(values::plain) {
            Some(Ok(value)) => value,
            _ => return Absent::Error,
        },
    })
}
