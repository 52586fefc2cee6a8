//! Message literals: which type, which fields, and whether what stands there fits.

use std::sync::Arc;

use super::{
    Op,
    checker::{Checker, Ty},
};
use crate::{
    diag::{Code, Diagnostic, Span},
    message::{Field, Leaf, MessageType, Shape, well_known},
    parse::ast::{Children, Kind, NodeId},
    types::Type,
};

impl Checker<'_> {
    pub(super) fn message(&mut self, name: &Arc<str>, absolute: bool, at: Span, fields: Children) -> (Op, Ty) {
        let Some(ty) = self.env.find_message(name, absolute) else {
            let message = format!("unknown message type `{name}`");
            let suggestion = self.env.suggest_message(name);
            self.report(Diagnostic::new(Code::UNKNOWN_NAME, at, message.clone()).maybe_suggest(suggestion));
            let operands = self.values_of(fields);
            return self.fault(Code::UNKNOWN_NAME, &message, &operands);
        };
        let mut wrong = false;
        for init in self.ast.children(fields) {
            wrong |= !self.init(&ty, *init);
        }
        if wrong && !self.strict {
            let operands = self.values_of(fields);
            return self.fault(Code::UNKNOWN_FIELD, "a field that the message does not have", &operands);
        }
        let is = well_known::type_of(ty.name()).unwrap_or_else(|| Type::Message(ty.name().clone()));
        (Op::Struct(ty, fields), (!wrong).then_some(is))
    }

    fn values_of(&self, fields: Children) -> Vec<NodeId> {
        let value = |init: &NodeId| match &self.ast.node(*init).kind {
            Kind::Init { value, .. } => *value,
            _ => *init,
        };
        self.ast.children(fields).iter().map(value).collect()
    }

    /// One field of a literal; whether all is well with it.
    fn init(&mut self, ty: &Arc<MessageType>, init: NodeId) -> bool {
        let Kind::Init { field: name, at, value } = &self.ast.node(init).kind else { return false };
        let got = self.value(*value);
        let found = ty.field(name).filter(|(_, field)| !field.extension);
        let Some((place, field)) = found else {
            let message = format!("{} has no field `{name}`", ty.name());
            let suggestion = super::suggest::did_you_mean(name, ty.fields().iter().map(|field| &*field.name));
            self.report(Diagnostic::new(Code::UNKNOWN_FIELD, *at, message).maybe_suggest(suggestion));
            return false;
        };
        self.nodes[init as usize].op = Op::Init { place, value: *value };
        let Some(got) = got else { return false };
        if got == Type::Null && takes_null(field) || self.join(&field.ty, &got).is_some_and(|_| got != Type::Null) {
            return true;
        }
        let want = field.ty.clone();
        let message = format!("the field `{name}` is {want}, not {got}");
        let suggestion = self.conversion(*value, &got, &want, true);
        let diagnostic = Diagnostic::new(Code::WRONG_TYPE, self.span(*value), message);
        self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
        !self.strict
    }
}

/// Whether null may be given for a field: it leaves a message or wrapper unset, and is a JSON value.
fn takes_null(field: &Field) -> bool {
    match field.shape {
        Shape::One(Leaf::Message | Leaf::Timestamp | Leaf::Duration | Leaf::Wrapper(_) | Leaf::Any | Leaf::Json) => {
            true
        }
        Shape::One(_) => matches!(field.ty, Type::Null | Type::Dyn | Type::Wrapper(_)),
        Shape::List(_) | Shape::Map(..) => false,
    }
}
