//! A schema declared in a rule document: its fields have no numbers, no defaults and no JSON names.

use fishplate_cel::Type;

use super::model::{Field, Leaf, Message, Model, Scalar, Shape, Unsupported};
use super::{InlineField, InlineType};

/// The model of `fields`; its message is called `event`, nested ones by their path: `event.device`.
pub(super) fn model(fields: Vec<InlineField>) -> Model {
    let mut messages = Vec::new();
    add(&mut messages, "event", fields);
    let messages = messages.into_iter().flatten().collect();
    Model { package: String::new(), inline: true, messages, enums: Vec::new() }
}

/// Adds a message and the ones in it; its place is taken first, so that the event is message 0.
fn add(messages: &mut Vec<Option<Message>>, name: &str, fields: Vec<InlineField>) -> usize {
    let at = messages.len();
    messages.push(None);
    let fields = fields
        .into_iter()
        .map(|field| {
            let shape = match field.ty {
                InlineType::Value(ty) => shape(&ty),
                InlineType::Message(inner) => Shape::Message(add(messages, &format!("{name}.{}", field.name), inner)),
            };
            Field {
                json_name: field.name.clone(),
                name: field.name,
                number: 0,
                shape,
                explicit: true,
                oneof: None,
                absent: None,
            }
        })
        .collect();
    messages[at] = Some(Message::new(name, fields, Vec::new()));
    at
}

fn shape(ty: &Type) -> Shape {
    let found = match ty {
        Type::List(of) => leaf(of).map(Shape::List),
        Type::Map(key, of) => scalar(key).zip(leaf(of)).map(|(key, of)| Shape::Map(key, of)),
        single => leaf(single).map(Shape::Single),
    };
    found.unwrap_or(Shape::Unsupported(Unsupported { what: "a type that no inline field has", repeated: false }))
}

fn leaf(ty: &Type) -> Option<Leaf> {
    match ty {
        Type::Timestamp => Some(Leaf::Timestamp),
        Type::Duration => Some(Leaf::Duration),
        Type::Wrapper(of) => scalar(of).map(Leaf::Wrapper),
        other => scalar(other).map(Leaf::Plain),
    }
}

fn scalar(ty: &Type) -> Option<Scalar> {
    match ty {
        Type::Bool => Some(Scalar::Bool),
        Type::Int => Some(Scalar::Int64),
        Type::Uint => Some(Scalar::Uint64),
        Type::Double => Some(Scalar::Double),
        Type::String => Some(Scalar::String),
        Type::Bytes => Some(Scalar::Bytes),
        _ => None,
    }
}

/// `double`, `list(string)`, `map(string, int)`; white space is free.
pub(super) fn parse(text: &str) -> Option<Type> {
    let text = text.trim();
    let Some((outer, rest)) = text.split_once('(') else { return single(text) };
    let inner = rest.strip_suffix(')')?;
    match outer.trim_end() {
        "list" => single(inner.trim()).map(Type::list),
        "map" => {
            let (key, value) = inner.split_once(',')?;
            let key = single(key.trim()).filter(is_key)?;
            Some(Type::map(key, single(value.trim())?))
        }
        _ => None,
    }
}

fn is_key(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Int | Type::Uint | Type::String)
}

fn single(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_maps_hold_single_values_only() {
        assert_eq!(parse("double"), Some(Type::Double));
        assert_eq!(parse(" list( string ) "), Some(Type::list(Type::String)));
        assert_eq!(parse("map(string,int)"), Some(Type::map(Type::String, Type::Int)));
        for refused in ["", "list", "list()", "list(list(int))", "list(map(string, int))", "map(double, int)", "Double"]
        {
            assert_eq!(parse(refused), None, "{refused}");
        }
    }
}
