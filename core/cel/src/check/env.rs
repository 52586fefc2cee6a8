//! What names mean: variables, constants, message types, and the container in which they are looked up.

use std::{collections::HashMap, sync::Arc};

use super::suggest;
use crate::{types::Type, value::Value};

/// What names mean.
#[derive(Clone, Debug, Default)]
pub struct Env {
    names: HashMap<String, Meaning>,
    messages: HashMap<String, Arc<HashMap<String, FieldType>>>,
    container: String,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Variable(Type),
    Constant(Value),
}

/// What reading a field gives when it is absent.
#[derive(Clone, Debug)]
pub enum Absent {
    /// This value (protobuf's rules).
    Default(Value),
    /// An error, `ABSENT_FIELD` (inline schemas) or `FEATURE_IN_ERROR` (features).
    Error,
}

/// A field of a message.
#[derive(Clone, Debug)]
pub struct FieldType {
    /// Its type.
    pub ty: Type,
    /// What reading it gives when it is absent.
    pub absent: Absent,
}

impl Env {
    /// Declares a variable, e.g. `event` of a message type.
    pub fn variable(&mut self, name: &str, ty: Type) {
        self.names.insert(name.to_owned(), Meaning::Variable(ty));
    }

    /// Declares a constant: an enum value by its (dotted) name, or a bare name.
    pub fn constant(&mut self, name: &str, value: Value) {
        self.names.insert(name.to_owned(), Meaning::Constant(value));
    }

    /// Declares a message type by its full name.
    pub fn message(&mut self, name: &str, fields: impl IntoIterator<Item = (String, FieldType)>) {
        self.messages.insert(name.to_owned(), Arc::new(fields.into_iter().collect()));
    }

    /// The package in which names are looked up first (C++ rules, innermost to outermost).
    pub fn container(&mut self, name: &str) {
        name.clone_into(&mut self.container);
    }

    /// What `name` means in the container, and the whole name that it was found by: `a.b.name`, `a.name`, then `name`.
    pub(super) fn find(&self, name: &str, absolute: bool) -> Option<(&str, &Meaning)> {
        let mut scope = if absolute { "" } else { self.container.as_str() };
        while !scope.is_empty() {
            if let Some((whole, meaning)) = self.names.get_key_value(&format!("{scope}.{name}")) {
                return Some((whole, meaning));
            }
            scope = scope.rfind('.').map_or("", |dot| &scope[..dot]);
        }
        self.names.get_key_value(name).map(|(whole, meaning)| (whole.as_str(), meaning))
    }

    /// A field of a declared message.
    pub(super) fn field(&self, message: &str, field: &str) -> Option<&FieldType> {
        self.messages.get(message)?.get(field)
    }

    /// `did you mean …?` for a field that `message` does not have.
    pub(super) fn suggest_field(&self, message: &str, field: &str) -> Option<String> {
        suggest::did_you_mean(field, self.messages.get(message)?.keys().map(String::as_str))
    }

    /// `did you mean …?` for a name that nothing declares: first a field of that very name, then a similar name.
    pub(super) fn suggest_name(&self, name: &str) -> Option<String> {
        let has_it = |(variable, meaning): (&String, &Meaning)| match meaning {
            Meaning::Variable(Type::Message(message)) => {
                self.field(message, name).map(|_| format!("{variable}.{name}"))
            }
            _ => None,
        };
        let mut fields: Vec<String> = self.names.iter().filter_map(has_it).collect();
        fields.sort();
        if fields.is_empty() {
            let bare = |name: &'_ String| name.strip_prefix(&self.container)?.strip_prefix('.').map(str::to_owned);
            let in_container: Vec<String> = self.names.keys().filter_map(bare).collect();
            let known = self.names.keys().map(String::as_str).chain(in_container.iter().map(String::as_str));
            return suggest::did_you_mean(name, known);
        }
        Some(suggest::question(fields.iter().map(String::as_str)))
    }
}
