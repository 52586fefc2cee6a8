//! Event types: the fields of an event and of the messages in it, from a `.proto` file or declared inline.

mod compile;
mod inline;
pub(crate) mod model;
mod proto;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use fishplate_cel::check::did_you_mean;
use fishplate_cel::{Env, FieldType, MessageType, Path, Type, Types, Value};
use model::{Model, Shape};

use crate::codes;
use crate::error::{Diagnostic, Place};

/// Reads a file by the name that a document or an import gives it. The core opens nothing itself.
pub type ReadFile<'a> = dyn FnMut(&str) -> std::io::Result<Vec<u8>> + 'a;

/// The type of an event. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Schema {
    model: Arc<Model>,
    /// Beside the model's messages: what they are as values.
    types: Arc<[Arc<MessageType>]>,
}

/// A field declared in a rule document.
#[derive(Clone, Debug)]
pub struct InlineField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: InlineType,
}

/// The type of an inline field.
#[derive(Clone, Debug)]
pub enum InlineType {
    /// Any CEL type but `Message`, `Dyn`, `Null`: `double`, `list(string)`, `map(string, int)`.
    Value(Type),
    /// A nested message.
    Message(Vec<InlineField>),
}

/// A schema, and the files that it was read from: name and bytes, sorted by name.
pub type FromProto = (Schema, Vec<(String, Vec<u8>)>);

impl Schema {
    /// Compiles `file` and whatever it imports, and takes `message` (a full name) from it.
    /// Gives the schema and the files read (name and bytes, sorted by name; not the ones that ship with protobuf).
    ///
    /// # Errors
    /// Everything wrong in the files that could be read: `UNREADABLE_FILE`, `BAD_PROTO`, `UNKNOWN_MESSAGE`.
    pub fn from_proto(file: &str, message: &str, read: &mut ReadFile<'_>) -> Result<FromProto, Vec<Diagnostic>> {
        let (pool, sources) = compile::compile(file, read)?;
        let Some(event) = pool.get_message_by_name(message).filter(|found| !found.is_map_entry()) else {
            let of_user = pool.files().filter(|file| sources.contains_key(file.name()));
            let names: Vec<String> = of_user.flat_map(|file| names_of(file.messages())).collect();
            return Err(vec![unknown_message(file, message, &names)]);
        };
        let schema = Schema::of(proto::model(&event));
        Ok((schema, sources.into_iter().collect()))
    }

    /// A schema of fields declared in the document; its message is called `event`.
    pub fn inline(fields: Vec<InlineField>) -> Schema {
        Schema::of(inline::model(fields))
    }

    fn of(model: Model) -> Schema {
        let types = values::types(&model).into();
        Schema { model: Arc::new(model), types }
    }

    /// Parses the type of an inline field: `list(map(string, int))` is refused (no list of maps), `list(double)` is not.
    pub fn parse_inline_type(text: &str) -> Option<Type> {
        inline::parse(text)
    }

    /// Declares the variable `event`, the messages it is made of, its enums' constants and its package in `env`.
    ///
    /// A field that rules cannot read is declared with the type of a message that does not exist, named in words
    /// (`a list of messages`): whatever is done with it is an error of the checker that names it so.
    pub fn declare(&self, env: &mut Env) {
        env.variable("event", Type::Message(self.model.messages[0].name.clone()));
        self.declare_types(env);
    }

    /// The same, but that the fields of the event are variables of their own, and `event` is none.
    pub fn declare_fields(&self, env: &mut Env) {
        for field in self.types[0].fields() {
            let path = Path::new("event", [&*field.name]);
            env.field_as(&field.name, path, FieldType { ty: field.ty.clone(), absent: field.absent.clone() });
        }
        self.declare_types(env);
    }

    fn declare_types(&self, env: &mut Env) {
        let model = &self.model;
        env.container(&model.package);
        let types: Types = self.types.iter().map(|ty| (ty.name().clone(), ty.clone())).collect();
        env.message_types(&Arc::new(types));
        for of in &model.enums {
            for (name, number) in &of.values {
                env.constant(&format!("{}.{name}", of.name), Value::Int((*number).into()));
            }
        }
    }

    /// The type at `path` of the event (`["device", "id"]`); `None` if there is no such field, or if no rule can read it.
    pub fn type_at(&self, path: &[&str]) -> Option<Type> {
        let field = self.model.field_at(path)?;
        (!matches!(field.shape, Shape::Unsupported(_))).then(|| self.model.type_of(field))
    }

    /// Names of the fields of the message at `path`, for suggestions; empty if it is no message.
    pub fn names_at(&self, path: &[&str]) -> Vec<&str> {
        self.model.message_at(path).into_iter().flat_map(model::Message::names).collect()
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// What the message at this index of the model is as a value.
    pub(crate) fn value_type(&self, message: usize) -> &Arc<MessageType> {
        &self.types[message]
    }
}

/// Full names of `messages` and of those nested in them.
fn names_of(messages: impl Iterator<Item = prost_reflect::MessageDescriptor>) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting: Vec<_> = messages.collect();
    while let Some(message) = waiting.pop() {
        if !message.is_map_entry() {
            names.push(message.full_name().to_owned());
            waiting.extend(message.child_messages());
        }
    }
    names.sort();
    names
}

fn unknown_message(file: &str, wrong: &str, names: &[String]) -> Diagnostic {
    let known = || names.iter().map(String::as_str);
    // Leaving the package out is the commonest mistake, and no spelling distance sees it.
    let with_package = known().find(|name| name.rsplit('.').next() == wrong.rsplit('.').next());
    let suggestion =
        with_package.map(|name| format!("did you mean \"{name}\"?")).or_else(|| did_you_mean(wrong, known()));
    let suggestion = suggestion.or_else(|| match names {
        [] => None,
        [..] => Some(format!("it defines {}", names.iter().take(5).cloned().collect::<Vec<_>>().join(", "))),
    });
    Diagnostic {
        code: codes::UNKNOWN_MESSAGE,
        message: format!("{file} defines no message \"{wrong}\""),
        place: Place::Name(file.to_owned()),
        expected: String::new(),
        suggestion,
    }
}
