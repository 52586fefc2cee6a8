//! Macros that bind names: where their scopes begin and end, what their variables and their results are.
//!
//! A scope is a run of nodes, since children stand before their parents: it begins behind the last variable (or behind the
//! bound value) and ends with the macro's own node.

use std::sync::Arc;

use super::{
    Comprehension, Op, assign,
    checker::{Checker, Ty},
};
use crate::{
    diag::{Code, Diagnostic},
    parse::{
        Ast,
        ast::{self, Children, Fold, Kind, NodeId},
    },
    types::Type,
};

/// A scope that begins.
pub(super) struct Opening {
    /// The first node in it.
    at: NodeId,
    /// The macro, whose node ends it.
    owner: NodeId,
    /// In a block, which of its values it is.
    value: usize,
}

/// A variable in scope.
pub(super) struct Local {
    name: Arc<str>,
    ty: Ty,
    number: u32,
    owner: NodeId,
}

/// Where scopes begin, in order.
pub(super) fn openings(ast: &Ast) -> Vec<Opening> {
    let mut openings = Vec::new();
    for (owner, node) in ast.nodes.iter().enumerate() {
        let owner = owner as NodeId;
        match &node.kind {
            Kind::Comprehension(of) => openings.push(Opening { at: of.binder + 1, owner, value: 0 }),
            Kind::OptMap { binder, .. } => openings.push(Opening { at: binder + 1, owner, value: 0 }),
            Kind::Bind { value, .. } => openings.push(Opening { at: value + 1, owner, value: 0 }),
            Kind::Block { values, .. } => {
                let values = ast.children(*values).iter().enumerate();
                openings.extend(values.map(|(number, id)| Opening { at: id + 1, owner, value: number }));
            }
            _ => {}
        }
    }
    openings.sort_by_key(|opening| opening.at);
    openings
}

impl Checker<'_> {
    /// Puts the variables in scope whose scopes begin at `id`.
    pub(super) fn open_scopes(&mut self, id: NodeId) {
        while let Some(Opening { at, owner, value }) = self.openings.get(self.opened)
            && *at == id
        {
            let (owner, number) = (*owner, *value);
            self.opened += 1;
            match &self.ast.node(owner).kind {
                Kind::Comprehension(of) => self.open_comprehension(owner, of),
                Kind::Bind { name, value, .. } => {
                    let ty = self.value(*value);
                    self.declare(owner, name.clone(), ty);
                }
                Kind::OptMap { target, name, .. } => {
                    let ty = self.held(*target);
                    self.declare(owner, name.clone(), ty);
                }
                Kind::Block { values, .. } => {
                    let values = self.ast.children(*values);
                    let ty = self.value(values[number]);
                    // The values' numbers stand in a row, whatever variables stand inside them.
                    let first = self.scope.iter().find(|local| local.owner == owner).map(|local| local.number);
                    let first = first.unwrap_or_else(|| {
                        self.locals += values.len() as u32;
                        self.locals - values.len() as u32
                    });
                    let name = format!("@index{number}").into();
                    self.scope.push(Local { name, ty, number: first + number as u32, owner });
                }
                _ => {}
            }
        }
    }

    /// Takes the variables out of scope whose macro ends at `id`.
    pub(super) fn close_scopes(&mut self, id: NodeId) {
        while self.scope.last().is_some_and(|local| local.owner == id) {
            self.scope.pop();
        }
    }

    fn declare(&mut self, owner: NodeId, name: Arc<str>, ty: Ty) {
        self.scope.push(Local { name, ty, number: self.locals, owner });
        self.locals += 1;
    }

    /// The variable of this name in scope: its number and type.
    pub(super) fn local(&self, name: &str) -> Option<(u32, Ty)> {
        let found = self.scope.iter().rev().find(|local| *local.name == *name)?;
        Some((found.number, found.ty.clone()))
    }

    /// The number of the first variable that `owner` declared.
    fn first_local(&self, owner: NodeId) -> u32 {
        self.scope.iter().find(|local| local.owner == owner).map_or(self.locals, |local| local.number)
    }

    fn open_comprehension(&mut self, owner: NodeId, of: &ast::Comprehension) {
        let entries = self.entries(of.range);
        let (key, value) = match &entries {
            Some((key, value)) => (Some(key.clone()), Some(value.clone())),
            None => (None, None),
        };
        match &of.second {
            Some(second) => {
                self.declare(owner, of.first.clone(), key);
                self.declare(owner, second.clone(), value);
            }
            None => {
                // With one variable, the entries of a map are its keys.
                let is_map = matches!(self.value(of.range), Some(Type::Map(..)));
                self.declare(owner, of.first.clone(), if is_map { key } else { value });
            }
        }
    }

    /// The types of the keys and values of what is gone through: of a list, indexes and entries.
    fn entries(&mut self, range: NodeId) -> Option<(Type, Type)> {
        match self.value(range)? {
            Type::List(of) => Some((Type::Int, (*of).clone())),
            Type::Map(key, value) => Some(((*key).clone(), (*value).clone())),
            Type::Dyn => Some((Type::Dyn, Type::Dyn)),
            open @ Type::Param(_) => {
                self.join(&open, &Type::Dyn);
                Some((Type::Dyn, Type::Dyn))
            }
            other => {
                let message = format!("{other} has no entries to go through");
                let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(range), message);
                self.report(diagnostic.expected("expected a list or a map"));
                None
            }
        }
    }

    pub(super) fn comprehension(&mut self, id: NodeId, of: &ast::Comprehension) -> (Op, Ty) {
        let first = self.first_local(id);
        let op = Op::Comprehension(Comprehension {
            fold: of.fold,
            range: of.range,
            first,
            second: of.second.as_ref().map(|_| first + 1),
            filter: of.filter,
            body: of.body,
        });
        if let Some(filter) = of.filter {
            let ty = self.value(filter);
            self.want_bool(filter, ty, format_args!("a filter"));
        }
        let body = self.value(of.body);
        let range = self.types[of.range as usize].clone().map(|range| self.bindings.resolve(&range));
        let ty = match of.fold {
            Fold::All | Fold::Exists | Fold::ExistsOne => {
                self.want_bool(of.body, body, format_args!("a condition for entries"));
                Some(Type::Bool)
            }
            Fold::Filter => {
                self.want_bool(of.body, body, format_args!("a condition for entries"));
                self.listed(range)
            }
            Fold::Sort => body.and(self.listed(range)),
            Fold::List => body.map(assign::list),
            Fold::Map => range.zip(body).map(|(range, body)| match range {
                Type::Map(key, _) => assign::map((*key).clone(), body),
                Type::List(_) => assign::map(Type::Int, body),
                _ => assign::map(Type::Dyn, body),
            }),
            Fold::Entries => body.and_then(|body| self.want_map(of.body, body)),
        };
        (op, ty)
    }

    /// The list of what one variable goes through.
    fn listed(&self, range: Ty) -> Ty {
        Some(match range? {
            Type::List(of) => assign::list((*of).clone()),
            Type::Map(key, _) => assign::list((*key).clone()),
            _ => Type::list(Type::Dyn),
        })
    }

    fn want_map(&mut self, id: NodeId, ty: Type) -> Ty {
        if matches!(ty, Type::Map(..) | Type::Dyn) {
            return Some(ty);
        }
        let message = format!("`transformMapEntry` makes entries of maps, not of {ty}");
        let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(id), message);
        self.report(diagnostic.expected("expected a map, such as `{k: v}`"));
        None
    }

    pub(super) fn bind(&mut self, id: NodeId, value: NodeId, body: NodeId) -> (Op, Ty) {
        let local = self.first_local(id);
        let ty = self.value(body);
        (Op::Bind { local, value, body }, ty)
    }

    pub(super) fn block(&mut self, id: NodeId, values: Children, body: NodeId) -> (Op, Ty) {
        let first = self.first_local(id);
        let ty = self.value(body);
        (Op::Block { first, values, body }, ty)
    }

    pub(super) fn opt_map(&mut self, id: NodeId, flat: bool, target: NodeId, body: NodeId) -> (Op, Ty) {
        let op = Op::OptMap { flat, local: self.first_local(id), target, body };
        let Some(ty) = self.value(body) else { return (op, None) };
        if !flat {
            return (op, Some(Type::optional(ty)));
        }
        let of = self.bindings.fresh();
        let optional = self.join(&ty, &Type::optional(of));
        if optional.is_none() {
            let message = format!("`optFlatMap` gives an optional, not {ty}");
            let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(body), message);
            self.report(diagnostic.expected("expected an optional").suggest("use `optMap`"));
        }
        (op, optional)
    }

    /// What the optional at `id` holds.
    fn held(&mut self, id: NodeId) -> Ty {
        let ty = self.value(id)?;
        if ty == Type::Dyn {
            return Some(Type::Dyn);
        }
        let of = self.bindings.fresh();
        if self.join(&ty, &Type::optional(of.clone())).is_none() {
            let message = format!("{ty} is no optional");
            let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(id), message);
            self.report(diagnostic.expected("expected an optional"));
            return None;
        }
        Some(of)
    }
}
