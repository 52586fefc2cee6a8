//! Names and selections: `a.b.c` may be a constant's whole name, a field of a message, or a key of a map.
//!
//! A dotted name is looked up when all of it has been read, the longest meaning first, as the specification says.

use std::sync::Arc;

use super::{
    Absent, Op, assign,
    checker::{Checker, Ty, type_of},
    env::Meaning,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    parse::ast::{Kind, NodeId},
    plan::Path,
    types::Type,
};

/// One name of a dotted name.
struct Segment {
    node: NodeId,
    name: Arc<str>,
    at: Span,
}

impl Checker<'_> {
    pub(super) fn select(&mut self, id: NodeId, operand: NodeId, field: &Arc<str>, at: Span) -> (Op, Ty) {
        if self.goes_on[operand as usize] {
            return self.dotted(id);
        }
        let Some(ty) = self.value(operand) else { return (Op::Nothing, None) };
        self.field_of(operand, &ty, field, at)
    }

    /// A name, or a selection from a name; looked up where its last part stands.
    pub(super) fn dotted(&mut self, id: NodeId) -> (Op, Ty) {
        if self.goes_on[id as usize] {
            return (Op::Nothing, None);
        }
        let (segments, absolute) = self.segments(id);
        let mut whole = String::new();
        let ends: Vec<usize> = segments
            .iter()
            .map(|segment| {
                whole.push_str(if whole.is_empty() { "" } else { "." });
                whole.push_str(&segment.name);
                whole.len()
            })
            .collect();
        let found = (1..=segments.len())
            .rev()
            .find_map(|count| Some((count, self.env.find(&whole[..ends[count - 1]], absolute)?)));
        let Some((count, (root, meaning))) = found else {
            self.unknown_name(&segments, &whole);
            return (Op::Nothing, None);
        };
        let mut at_hand = match meaning {
            Meaning::Constant(value) => (Op::Constant(value.clone()), Some(type_of(value))),
            Meaning::Variable(ty) => {
                let path = Path { root: root.to_owned(), fields: Vec::new() };
                (read(path, ty, Absent::Error), Some(ty.clone()))
            }
        };
        let mut node = segments[count - 1].node;
        for segment in &segments[count..] {
            at_hand = self.step(node, at_hand, segment);
            node = segment.node;
            if at_hand.1.is_none() {
                return (Op::Nothing, None);
            }
        }
        at_hand
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
                return (Op::Nothing, None);
            };
            let mut path = path.clone();
            path.fields.push(segment.name.to_string());
            return (read(path, &field.ty, field.absent), Some(field.ty));
        }
        // A selection from a value: the value is read by its own node.
        self.nodes[node as usize].op = op;
        self.types[node as usize] = Some(ty.clone());
        self.field_of(node, &ty, &segment.name, segment.at)
    }

    /// `operand.field` where `operand` is a value: a map, or nothing that has fields.
    fn field_of(&mut self, operand: NodeId, ty: &Type, field: &Arc<str>, at: Span) -> (Op, Ty) {
        let op = Op::Field { operand, field: field.clone() };
        match ty {
            Type::Dyn => (op, Some(Type::Dyn)),
            Type::Map(key, value) if assign::may_be_string(key) => {
                let ty = self.element(operand, value);
                (op, ty)
            }
            other => {
                self.no_fields(other, at);
                (Op::Nothing, None)
            }
        }
    }

    /// The type of an entry of a list or map: messages in there are beyond this version.
    pub(super) fn element(&mut self, of: NodeId, ty: &Type) -> Ty {
        if let Type::Message(name) = ty {
            let message = format!("this version does not read messages ({name}) inside lists and maps");
            self.report(Diagnostic::new(Code::MESSAGE_AS_VALUE, self.span(of), message));
            return None;
        }
        Some(if assign::is_open(ty) { Type::Dyn } else { ty.clone() })
    }

    pub(super) fn has(&mut self, operand: NodeId, field: &Arc<str>, at: Span) -> (Op, Ty) {
        let bool = Some(Type::Bool);
        let typed = self.types[operand as usize].clone();
        match (&self.nodes[operand as usize].op, typed) {
            (_, None) => (Op::Nothing, bool),
            (Op::Message(path), Some(Type::Message(message))) => {
                if self.env.field(&message, field).is_none() {
                    self.unknown_field(&message, field, at);
                    return (Op::Nothing, bool);
                }
                let mut path = path.clone();
                path.fields.push(field.to_string());
                (Op::HasSlot(path), bool)
            }
            (_, Some(Type::Dyn)) => (Op::HasKey { operand, field: field.clone() }, bool),
            (_, Some(Type::Map(key, _))) if assign::may_be_string(&key) => {
                (Op::HasKey { operand, field: field.clone() }, bool)
            }
            (_, Some(other)) => {
                self.no_fields(&other, at);
                (Op::Nothing, bool)
            }
        }
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
    fn unknown_name(&mut self, segments: &[Segment], whole: &str) {
        let (first, last) = (&segments[0], &segments[segments.len() - 1]);
        let (name, at, suggestion) = match self.env.suggest_name(whole) {
            Some(suggestion) => (whole, first.at.to(last.at), Some(suggestion)),
            None => (&*first.name, first.at, self.env.suggest_name(&first.name)),
        };
        let message = format!("unknown name `{name}`");
        self.report(Diagnostic::new(Code::UNKNOWN_NAME, at, message).maybe_suggest(suggestion));
    }
}

/// A message is not read as a whole.
fn read(path: Path, ty: &Type, absent: Absent) -> Op {
    if matches!(ty, Type::Message(_)) { Op::Message(path) } else { Op::Read { path, absent } }
}
