//! List and map literals: entries of one type keep it, mixed ones are `dyn`.

use super::{
    Op, assign,
    checker::{Checker, Ty},
};
use crate::{
    diag::{Code, Diagnostic},
    parse::ast::{Children, NodeId},
    types::Type,
};

impl Checker<'_> {
    pub(super) fn list(&mut self, items: Children) -> (Op, Ty) {
        let of = self.common(self.ast.children(items).iter().copied());
        (Op::List(items), of.map(assign::list))
    }

    pub(super) fn map(&mut self, entries: Children) -> (Op, Ty) {
        let entries_of = self.ast.children(entries);
        let keys = entries_of.iter().copied().step_by(2);
        for key in keys.clone() {
            self.key(key);
        }
        let key = self.common(keys);
        let value = self.common(entries_of.iter().copied().skip(1).step_by(2));
        let ty = key.zip(value).map(|(key, value)| assign::map(key, value));
        (Op::Map(entries), ty)
    }

    /// `?x`: what the optional holds is the entry.
    pub(super) fn maybe(&mut self, operand: NodeId) -> (Op, Ty) {
        let op = Op::Maybe(operand);
        let Some(ty) = self.value(operand) else { return (op, None) };
        let of = self.bindings.fresh();
        if self.join(&ty, &Type::optional(of.clone())).is_none() {
            let message = format!("`?` stands before an optional, not {ty}");
            let diagnostic = Diagnostic::new(Code::WRONG_TYPE, self.span(operand), message);
            self.report(diagnostic.expected("expected an optional").suggest("leave the `?` out"));
            return (op, None);
        }
        (op, Some(if ty == Type::Dyn { Type::Dyn } else { self.bindings.resolve(&of) }))
    }

    fn key(&mut self, id: NodeId) {
        let Some(ty) = &self.types[id as usize] else { return };
        let ty = self.bindings.resolve(ty);
        if !matches!(
            ty,
            Type::Bool | Type::Int | Type::Uint | Type::String | Type::Dyn | Type::Message(_) | Type::Param(_)
        ) {
            let message = format!("a map's key cannot be {ty}");
            let diagnostic = Diagnostic::new(Code::WRONG_TYPE, self.span(id), message);
            self.report(diagnostic.expected("expected bool, int, uint or string"));
        }
    }

    /// The type of all entries, `dyn` if they differ, open if there are none; no type if one of them is in error.
    fn common(&mut self, ids: impl Iterator<Item = NodeId>) -> Ty {
        let mut common: Option<Type> = None;
        let mut wrong = false;
        for id in ids {
            let Some(ty) = self.value(id) else {
                wrong = true;
                continue;
            };
            common = Some(match common {
                None => ty,
                Some(common) => self.join(&common, &ty).unwrap_or(Type::Dyn),
            });
        }
        (!wrong).then(|| common.unwrap_or_else(|| self.bindings.fresh()))
    }
}
