//! Names and selections: `a.b.c` may be a constant's whole name, a field of a message, or a key of a map.
//!
//! A dotted name is looked up when all of it has been read, the longest meaning first, as the specification says.

use std::sync::Arc;

use super::{
    Absent, Op, assign,
    checker::{Checker, Ty, type_of},
    env::Found,
    overloads,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    parse::ast::{Kind, NodeId},
    plan::Path,
    types::Type,
    value::Value,
};

/// One name of a dotted name.
struct Segment {
    node: NodeId,
    name: Arc<str>,
    at: Span,
}

impl Checker<'_> {
    /// `operand.?field`
    pub(super) fn opt_select(&mut self, operand: NodeId, field: &Arc<str>, at: Span) -> (Op, Ty) {
        let op = Op::OptField { operand, field: field.clone() };
        let Some(ty) = self.value(operand) else { return (op, None) };
        let of = ty.held().cloned().unwrap_or(ty);
        let (_, ty) = self.field_of(operand, &of, field, at);
        (op, ty.map(Type::optional))
    }

    pub(super) fn select(&mut self, id: NodeId, operand: NodeId, field: &Arc<str>, at: Span) -> (Op, Ty) {
        if self.goes_on[operand as usize] {
            return self.dotted(id);
        }
        let Some(ty) = self.value(operand) else {
            let found_out_later = (Op::Field { operand, field: field.clone() }, Some(Type::Dyn));
            return if self.strict { (Op::Nothing, None) } else { found_out_later };
        };
        self.field_of(operand, &ty, field, at)
    }

    /// A name, or a selection from a name; looked up where its last part stands.
    pub(super) fn dotted(&mut self, id: NodeId) -> (Op, Ty) {
        if self.goes_on[id as usize] {
            return (Op::Nothing, None);
        }
        let (segments, absolute) = self.segments(id);
        let local = if absolute { None } else { self.local(&segments[0].name) };
        let (count, mut at_hand) = match local {
            Some((number, ty)) => (1, (Op::Local(number), ty)),
            None => match self.longest(&segments, absolute) {
                Some(found) => found,
                None => return self.unknown_name(&segments),
            },
        };
        let mut node = segments[count - 1].node;
        for segment in &segments[count..] {
            at_hand = self.step(node, at_hand, segment);
            node = segment.node;
            if at_hand.1.is_none() && self.strict {
                return (Op::Nothing, None);
            }
        }
        at_hand
    }

    /// What the longest beginning of the name that means something means, and how many parts that has.
    fn longest(&mut self, segments: &[Segment], absolute: bool) -> Option<(usize, (Op, Ty))> {
        let whole = whole_name(segments);
        let env = self.env;
        let names = segments.iter().enumerate().rev().scan(whole.len(), |end, (at, segment)| {
            let name = &whole[..*end];
            *end = end.saturating_sub(segment.name.len() + 1);
            Some((at + 1, name))
        });
        let found = names.clone().find_map(|(count, name)| Some((count, env.find(name, absolute)?)));
        let found =
            found.or_else(|| names.clone().find_map(|(count, name)| Some((count, env.find_type(name, absolute)?))));
        found.map(|(count, found)| {
            let at_hand = match found {
                Found::Constant(value) => (Op::Constant(value.clone()), Some(type_of(value))),
                Found::Data(data) => {
                    if !self.data.contains(&data.identity) {
                        self.data.push(data.identity.clone());
                    }
                    (Op::Constant(data.value.clone()), Some(data.ty.clone()))
                }
                Found::Type(name, ty) => (Op::Constant(Value::Type(name)), Some(Type::TypeOf(ty.into()))),
                Found::At(path, field, true) => {
                    (Op::Read { path: path.clone(), absent: field.absent.clone() }, Some(field.ty.clone()))
                }
                Found::At(path, field, false) => {
                    (read(path.clone(), &field.ty, field.absent.clone()), Some(field.ty.clone()))
                }
                Found::Variable(root, ty) => {
                    let path = Path { root: root.clone(), fields: Arc::default() };
                    (read(path, ty, Absent::Error), Some(ty.clone()))
                }
            };
            (count, at_hand)
        })
    }

    /// The whole name of the function `function` of the namespace at `target`, if there is one.
    pub(super) fn qualified(&self, target: NodeId, function: &str) -> Option<String> {
        if !overloads::some_namespace_has(function) && self.env.functions().is_empty() {
            return None;
        }
        let (segments, _) = self.segments(target);
        let name = format!("{}.{function}", whole_name(&segments));
        (overloads::named(&name).is_some() || self.env.find_function(&name).is_some()).then_some(name)
    }

    /// The parts of the dotted name that ends at `id`, first part first, and whether a dot leads it.
    fn segments(&self, mut id: NodeId) -> (Vec<Segment>, bool) {
        let mut segments = Vec::new();
        let absolute = loop {
            let node = self.ast.node(id);
            match &node.kind {
                Kind::Select { operand, field, at } => {
                    segments.push(Segment { node: id, name: field.clone(), at: *at });
                    id = *operand;
                }
                Kind::Name { name, absolute } => {
                    segments.push(Segment { node: id, name: name.clone(), at: node.span });
                    break *absolute;
                }
                // `goes_on` marks nothing else.
                _ => break false,
            }
        };
        segments.reverse();
        (segments, absolute)
    }

    /// Selects `segment` from what `node` turned out to be.
    fn step(&mut self, node: NodeId, (op, ty): (Op, Ty), segment: &Segment) -> (Op, Ty) {
        let Some(ty) = ty else { return (Op::Nothing, None) };
        if let (Op::Message(path), Type::Message(message)) = (&op, &ty) {
            let Some(field) = self.env.field(message, &segment.name).cloned() else {
                self.unknown_field(message, &segment.name, segment.at);
                return self.fault(Code::UNKNOWN_FIELD, &format!("{message} has no field `{}`", segment.name), &[]);
            };
            return (read(path.then(&segment.name), &field.ty, field.absent), Some(field.ty));
        }
        // A selection from a value: the value is read by its own node.
        self.nodes[node as usize].op = op;
        self.types[node as usize] = Some(ty.clone());
        self.field_of(node, &ty, &segment.name, segment.at)
    }

    /// `operand.field` where `operand` is a value: a map, a message, or nothing that has fields.
    fn field_of(&mut self, operand: NodeId, ty: &Type, field: &Arc<str>, at: Span) -> (Op, Ty) {
        let op = Op::Field { operand, field: field.clone() };
        let ty = self.bindings.resolve(ty);
        let result = match &ty {
            Type::Dyn => Some(Type::Dyn),
            Type::Param(_) => self.join(&ty, &Type::Dyn),
            Type::Map(key, value) if assign::may_be_string(key) => self.element(operand, value),
            Type::Message(message) => match self.env.field(message, field) {
                Some(found) => Some(found.ty.clone()),
                None => {
                    self.unknown_field(message, field, at);
                    None
                }
            },
            other => match other.held() {
                // A selection from an optional is one too.
                Some(held) => {
                    let held = held.clone();
                    let ty = self.field_of(operand, &held, field, at).1;
                    return (Op::OptField { operand, field: field.clone() }, ty.map(Type::optional));
                }
                None => {
                    self.no_fields(other, at);
                    None
                }
            },
        };
        (if result.is_none() && self.strict { Op::Nothing } else { op }, result)
    }

    /// The type of an entry of a list or map. A message that nothing declares is the host's way to name what it does not
    /// read.
    pub(super) fn element(&mut self, of: NodeId, ty: &Type) -> Ty {
        if let Type::Message(name) = ty
            && self.env.types().get(name).is_none()
        {
            let message = format!("this version does not read messages ({name}) inside lists and maps");
            self.report(Diagnostic::new(Code::MESSAGE_AS_VALUE, self.span(of), message));
            return None;
        }
        Some(ty.clone())
    }

    pub(super) fn has(&mut self, operand: NodeId, field: &Arc<str>, at: Span) -> (Op, Ty) {
        let bool = Some(Type::Bool);
        let op = Op::HasKey { operand, field: field.clone() };
        let typed = self.types[operand as usize].clone().map(|ty| self.bindings.resolve(&ty));
        match (&self.nodes[operand as usize].op, typed) {
            (_, None) if self.strict => return (Op::Nothing, bool),
            (_, None) => {}
            (Op::Message(path), Some(Type::Message(message))) => {
                if self.env.field(&message, field).is_none() {
                    self.unknown_field(&message, field, at);
                    return (
                        self.fault(Code::UNKNOWN_FIELD, &format!("{message} has no field `{field}`"), &[]).0,
                        bool,
                    );
                }
                return (Op::HasSlot(path.then(field)), bool);
            }
            (_, Some(Type::Message(message))) => {
                if self.env.field(&message, field).is_none() {
                    self.unknown_field(&message, field, at);
                }
            }
            (_, Some(Type::Dyn | Type::Param(_))) => {}
            (_, Some(Type::Map(key, _))) if assign::may_be_string(&key) => {}
            (_, Some(other)) => match other.held() {
                Some(Type::Dyn | Type::Map(..) | Type::Message(_) | Type::Param(_)) => {}
                _ => self.no_fields(&other, at),
            },
        }
        (op, bool)
    }

    fn no_fields(&mut self, ty: &Type, at: Span) {
        self.report(Diagnostic::new(Code::UNKNOWN_FIELD, at, format!("{ty} has no fields")));
    }

    fn unknown_field(&mut self, message: &str, field: &str, at: Span) {
        let text = format!("{message} has no field `{field}`");
        let suggestion = self.env.suggest_field(message, field);
        self.report(Diagnostic::new(Code::UNKNOWN_FIELD, at, text).maybe_suggest(suggestion));
    }

    /// The mistake may be anywhere in a dotted constant's name, so the whole is held against the known ones first.
    fn unknown_name(&mut self, segments: &[Segment]) -> (Op, Ty) {
        let whole = whole_name(segments);
        let (first, last) = (&segments[0], &segments[segments.len() - 1]);
        let (name, at, suggestion) = match self.env.suggest_name(&whole) {
            Some(suggestion) => (&*whole, first.at.to(last.at), Some(suggestion)),
            None => (&*first.name, first.at, self.env.suggest_name(&first.name)),
        };
        let message = format!("unknown name `{name}`");
        self.report(Diagnostic::new(Code::UNKNOWN_NAME, at, message.clone()).maybe_suggest(suggestion));
        self.fault(Code::UNKNOWN_NAME, &message, &[])
    }
}

/// The parts with dots between them.
fn whole_name(segments: &[Segment]) -> String {
    let length = segments.iter().map(|segment| segment.name.len() + 1).sum();
    let mut whole = String::with_capacity(length);
    for segment in segments {
        whole.push_str(if whole.is_empty() { "" } else { "." });
        whole.push_str(&segment.name);
    }
    whole
}

/// A message in the slots is read as a whole only where it is used as one.
fn read(path: Path, ty: &Type, absent: Absent) -> Op {
    if matches!(ty, Type::Message(_)) { Op::Message(path) } else { Op::Read { path, absent } }
}
