//! What names mean: variables, constants, functions, message types, and the container in which they are looked up.

use std::{fmt, sync::Arc};

use hashbrown::{HashMap, HashSet};

use super::{signature::Signature, suggest};
use crate::{
    message::{Field, Leaf, MessageType, Shape, Types},
    plan::Path,
    types::{OPTIONAL, Type},
    value::Value,
};

/// What names mean.
#[derive(Clone, Debug, Default)]
pub struct Env {
    names: HashMap<Arc<str>, Meaning>,
    /// The last parts of those names: most selections end in none of them, and need not be looked up scope by scope.
    lasts: HashSet<String>,
    messages: Arc<Types>,
    functions: Vec<HostFunction>,
    container: String,
    /// Short names that stand for whole ones.
    abbreviations: HashMap<String, String>,
    whole: bool,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Variable(Type),
    /// A value at a path, whatever the name is.
    At {
        path: Path,
        field: FieldType,
        value: bool,
    },
    Constant(Value),
    Data(Arc<Data>),
}

/// A constant whose type says more than its value does.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) ty: Type,
    pub(super) value: Value,
    /// What tells it from another of its name.
    pub(super) identity: Arc<str>,
}

/// What a name was found to be.
pub(super) enum Found<'e> {
    /// A variable, by its whole name.
    Variable(&'e Arc<str>, &'e Type),
    /// A value at a path, and whether it is one even where it is a message.
    At(&'e Path, &'e FieldType, bool),
    Constant(&'e Value),
    Data(&'e Arc<Data>),
    /// A type, by its name at run time.
    Type(Arc<str>, Type),
}

/// What reading a field gives when it is absent.
#[derive(Clone, Debug)]
pub enum Absent {
    /// This value (protobuf's rules).
    Default(Value),
    /// A message of the field's type in which nothing is set (protobuf's rules).
    Empty,
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

/// What a function of the host does: a value, or why there is none. It has to give the same for the same arguments.
pub type Evaluator = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// A function that the host declares.
#[derive(Clone)]
pub struct HostFunction {
    /// The name that it is called by; it may be dotted.
    pub name: Arc<str>,
    /// What it takes and gives; the first that fits decides the type of a call.
    pub overloads: Vec<Signature>,
    /// What it does; without it, a call is an error when it runs.
    pub evaluate: Option<Arc<Evaluator>>,
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunction").field("name", &self.name).field("overloads", &self.overloads).finish()
    }
}

impl Env {
    /// Declares a variable, e.g. `event` of a message type.
    pub fn variable(&mut self, name: &str, ty: Type) {
        self.declare(name, Meaning::Variable(ty));
    }

    /// Declares a name for the field at `path`: a field of a message that expressions call by its bare name.
    pub fn field_as(&mut self, name: &str, path: Path, field: FieldType) {
        self.declare(name, Meaning::At { path, field, value: false });
    }

    /// Declares a name, which may be dotted, for a value that the host computes and puts into the slot of `path`. One in
    /// error is a slot in error.
    pub fn computed(&mut self, name: &str, path: Path, ty: Type) {
        let field = FieldType { ty, absent: Absent::Error };
        self.declare(name, Meaning::At { path, field, value: true });
    }

    fn declare(&mut self, name: &str, meaning: Meaning) {
        self.lasts.insert(last_part(name).to_owned());
        self.names.insert(name.into(), meaning);
    }

    /// Lets `short`, one name without dots, stand for the dotted name `whole`; names that begin with it are looked up
    /// nowhere else.
    pub fn abbreviation(&mut self, short: &str, whole: &str) {
        self.abbreviations.insert(short.to_owned(), whole.to_owned());
    }

    /// Declares a constant: an enum value by its (dotted) name, or a bare name.
    pub fn constant(&mut self, name: &str, value: Value) {
        self.declare(name, Meaning::Constant(value));
    }

    /// Declares a constant of this type, e.g. a table of rows by key. Programs that name it tell its `identity`
    /// ([`crate::Program::data`]), which is to differ where its content does.
    pub fn data(&mut self, name: &str, ty: Type, value: Value, identity: &str) {
        let data = Data { ty, value, identity: identity.into() };
        self.declare(name, Meaning::Data(data.into()));
    }

    /// Declares a message type by its full name, of fields that have neither numbers nor protobuf's narrower types.
    pub fn message(&mut self, name: &str, fields: impl IntoIterator<Item = (String, FieldType)>) {
        let field = |(name, FieldType { ty, absent }): (String, FieldType)| Field {
            name: name.into(),
            number: 0,
            shape: match &ty {
                Type::List(_) => Shape::List(Leaf::Plain),
                Type::Map(..) => Shape::Map(Leaf::Plain, Leaf::Plain),
                _ => Shape::One(Leaf::Plain),
            },
            ty,
            absent,
            explicit: true,
            oneof: None,
            extension: false,
        };
        self.message_type(MessageType::new(name, fields.into_iter().map(field).collect()));
    }

    /// Declares a message type.
    pub fn message_type(&mut self, ty: MessageType) {
        self.shared_type(&Arc::new(ty));
    }

    /// Declares a message type whose values somebody else makes.
    pub fn shared_type(&mut self, ty: &Arc<MessageType>) {
        Arc::make_mut(&mut self.messages).insert(ty.name().clone(), ty.clone());
    }

    /// Declares the message types of `types`, which is shared and not copied where nothing was declared before.
    pub fn message_types(&mut self, types: &Arc<Types>) {
        if self.messages.is_empty() {
            self.messages = types.clone();
        } else {
            let more = types.iter().map(|(name, ty)| (name.clone(), ty.clone()));
            Arc::make_mut(&mut self.messages).extend(more);
        }
    }

    /// Lets expressions use messages as whole values: whoever fills the slots then gives messages where a path ends in
    /// one. Without it only their fields can be read.
    pub fn whole_messages(&mut self) {
        self.whole = true;
    }

    /// Declares a function; it takes the place of an earlier one of its name.
    pub fn function(&mut self, function: HostFunction) {
        match self.functions.iter_mut().find(|known| known.name == function.name) {
            Some(known) => *known = function,
            None => self.functions.push(function),
        }
    }

    /// The package in which names are looked up first (C++ rules, innermost to outermost).
    pub fn container(&mut self, name: &str) {
        name.clone_into(&mut self.container);
    }

    /// What `look` finds first under the whole names that `name` may stand for, the innermost first: `a.b.name`, `a.name`, then
    /// `name`.
    fn look_up<T>(&self, name: &str, absolute: bool, mut look: impl FnMut(&str) -> Option<T>) -> Option<T> {
        if absolute {
            return look(name);
        }
        if let Some(whole) = self.unabbreviated(name) {
            return look(&whole);
        }
        let mut scope = self.container.as_str();
        let mut whole = String::with_capacity(if scope.is_empty() { 0 } else { scope.len() + 1 + name.len() });
        while !scope.is_empty() {
            whole.clear();
            whole.extend([scope, ".", name]);
            if let Some(found) = look(&whole) {
                return Some(found);
            }
            scope = scope.rfind('.').map_or("", |dot| &scope[..dot]);
        }
        look(name)
    }

    fn unabbreviated(&self, name: &str) -> Option<String> {
        let (first, rest) = name.split_at(name.find('.').unwrap_or(name.len()));
        self.abbreviations.get(first).map(|whole| format!("{whole}{rest}"))
    }

    /// What `name` means in the container.
    pub(super) fn find(&self, name: &str, absolute: bool) -> Option<Found<'_>> {
        let last = last_part(name);
        let declared = self.lasts.contains(last) || self.abbreviations.contains_key(name);
        let may_be_well_known = may_be_well_known(last);
        if !declared && !may_be_well_known {
            return None;
        }
        self.look_up(name, absolute, |whole| match self.names.get_key_value(whole) {
            Some((whole, Meaning::Variable(ty))) => Some(Found::Variable(whole, ty)),
            Some((_, Meaning::At { path, field, value })) => Some(Found::At(path, field, *value)),
            Some((_, Meaning::Constant(value))) => Some(Found::Constant(value)),
            Some((_, Meaning::Data(data))) => Some(Found::Data(data)),
            None if !may_be_well_known => None,
            None => well_known(whole).map(|ty| Found::Type(crate::run::runtime_name(&ty), ty)),
        })
    }

    /// The message type that `name` means in the container, as a value. A variable's field may have that very name, so
    /// names are looked up here last.
    pub(super) fn find_type(&self, name: &str, absolute: bool) -> Option<Found<'_>> {
        let found = self.look_up(name, absolute, |whole| self.messages.get(whole))?;
        Some(Found::Type(found.name().clone(), Type::Message(found.name().clone())))
    }

    /// The message type that `name` means in the container: one that is declared, or one of protobuf's own.
    pub(super) fn find_message(&self, name: &str, absolute: bool) -> Option<Arc<MessageType>> {
        let known = |whole: &str| {
            let own = || crate::message::well_known::message(whole);
            own().or_else(|| self.messages.get(whole).cloned())
        };
        self.look_up(name, absolute, known)
    }

    /// The number and declaration of a host's function.
    pub(super) fn find_function(&self, name: &str) -> Option<(u16, &HostFunction)> {
        if self.functions.is_empty() {
            return None;
        }
        let at = |whole: &str| self.functions.iter().position(|function| *function.name == *whole);
        self.look_up(name, false, at).map(|at| (at as u16, &self.functions[at]))
    }

    /// The host's functions, by number.
    pub(super) fn functions(&self) -> &[HostFunction] {
        &self.functions
    }

    /// The message types.
    pub(super) fn types(&self) -> &Arc<Types> {
        &self.messages
    }

    /// Whether messages are values.
    pub(super) fn whole(&self) -> bool {
        self.whole
    }

    /// A field of a declared message.
    pub(super) fn field(&self, message: &str, field: &str) -> Option<&Field> {
        self.messages.get(message)?.field(field).map(|(_, field)| field)
    }

    /// `did you mean …?` for a field that `message` does not have.
    pub(super) fn suggest_field(&self, message: &str, field: &str) -> Option<String> {
        let fields = self.messages.get(message)?.fields().iter();
        suggest::did_you_mean(field, fields.map(|field| &*field.name))
    }

    /// `did you mean …?` for a message type.
    pub(super) fn suggest_message(&self, name: &str) -> Option<String> {
        let bare = |name: &'_ Arc<str>| name.strip_prefix(&self.container)?.strip_prefix('.').map(str::to_owned);
        let in_container: Vec<String> = self.messages.keys().filter_map(bare).collect();
        let known = self.messages.keys().map(|name| &**name).chain(in_container.iter().map(String::as_str));
        suggest::did_you_mean(name, known)
    }

    /// `did you mean …?` for a name that nothing declares: first a field of that very name, then a similar name.
    pub(super) fn suggest_name(&self, name: &str) -> Option<String> {
        let has_it = |(variable, meaning): (&Arc<str>, &Meaning)| match meaning {
            Meaning::Variable(Type::Message(message)) => {
                self.field(message, name).map(|_| format!("{variable}.{name}"))
            }
            _ => None,
        };
        let mut fields: Vec<String> = self.names.iter().filter_map(has_it).collect();
        fields.sort();
        if fields.is_empty() {
            let bare = |name: &'_ Arc<str>| name.strip_prefix(&self.container)?.strip_prefix('.').map(str::to_owned);
            let in_container: Vec<String> = self.names.keys().filter_map(bare).collect();
            let known = self.names.keys().map(|name| &**name).chain(in_container.iter().map(String::as_str));
            return suggest::did_you_mean(name, known);
        }
        Some(suggest::question(fields.iter().map(String::as_str)))
    }
}

fn last_part(name: &str) -> &str {
    name.rfind('.').map_or(name, |dot| &name[dot + 1..])
}

/// Whether a name that [`well_known`] knows may end in this part: protobuf's own begin with a capital letter, and the others are
/// few.
fn may_be_well_known(last: &str) -> bool {
    last.starts_with(|first: char| first.is_ascii_uppercase()) || well_known(last).is_some() || OPTIONAL.ends_with(last)
}

/// The types that have names without being declared.
fn well_known(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "null_type" => Type::Null,
        "type" => Type::TypeOf(Type::Dyn.into()),
        OPTIONAL => Type::optional(Type::Dyn),
        "net.IP" | "net.CIDR" => Type::Abstract(name.into(), [].into()),
        _ => return crate::message::well_known::type_of(name),
    })
}
