//! The loop over the tree, and what has no file of its own.

use std::fmt;
use std::sync::Arc;

use super::{
    Absent, Checked, Env, Op, Typed, assign,
    infer::Bindings,
    macros::{Local, Opening},
    overloads,
};
use crate::{
    check::overloads::Function,
    diag::{Code, Diagnostic, Span},
    message::Message,
    parse::{
        Ast,
        ast::{Binary, Children, Kind, NodeId, Unary},
    },
    types::Type,
    value::Value,
};

/// A node's type; `None` if it is in error, about which everything has been said.
pub(super) type Ty = Option<Type>;

/// The state of the loop.
pub(super) struct Checker<'c> {
    pub(super) source: &'c str,
    pub(super) ast: &'c Ast,
    pub(super) env: &'c Env,
    pub(super) nodes: Vec<Typed>,
    pub(super) types: Vec<Ty>,
    /// Nodes whose name goes on in their parent's: they wait for it.
    pub(super) goes_on: Vec<bool>,
    pub(super) bindings: Bindings,
    /// Where scopes begin, in order, and how many have begun.
    pub(super) openings: Vec<Opening>,
    pub(super) opened: usize,
    /// The variables in scope, the innermost last.
    pub(super) scope: Vec<Local>,
    pub(super) locals: u32,
    /// Whether what does not fit is a mistake; else it is an error of the run.
    pub(super) strict: bool,
    pub(super) children: Vec<NodeId>,
    /// What tells the data that the expression names.
    pub(super) data: Vec<Arc<str>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'c> Checker<'c> {
    pub(super) fn new(source: &'c str, ast: &'c Ast, env: &'c Env, strict: bool) -> Self {
        let count = ast.nodes.len();
        let mut checker = Self {
            source,
            ast,
            env,
            nodes: Vec::with_capacity(count),
            types: Vec::with_capacity(count),
            goes_on: vec![false; count],
            bindings: Bindings::default(),
            openings: super::macros::openings(ast),
            opened: 0,
            scope: Vec::new(),
            locals: 0,
            strict,
            children: ast.children.clone(),
            data: Vec::new(),
            diagnostics: Vec::new(),
        };
        checker.find_names_that_go_on();
        checker
    }

    /// A selection from a name goes on with it; so does a function whose whole name is dotted.
    fn find_names_that_go_on(&mut self) {
        let mut dotted = vec![false; self.ast.nodes.len()];
        for (id, node) in self.ast.nodes.iter().enumerate() {
            match &node.kind {
                Kind::Select { operand, .. } => {
                    dotted[id] = dotted[*operand as usize];
                    self.goes_on[*operand as usize] = dotted[id];
                }
                Kind::Name { .. } => dotted[id] = true,
                Kind::Call { function, member: true, args, .. } => {
                    let target = self.ast.children(*args)[0];
                    if dotted[target as usize] && self.qualified(target, function).is_some() {
                        self.goes_on[target as usize] = true;
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn check(mut self, expected: Option<&Type>) -> Result<Checked, Vec<Diagnostic>> {
        self.nodes_in_order();
        let ty = self.whole(expected);
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        match ty {
            Some(ty) if self.diagnostics.is_empty() => Ok(self.checked(ty)),
            _ => Err(self.diagnostics),
        }
    }

    /// Whatever the nodes came to.
    pub(super) fn whatever(mut self) -> Checked {
        self.nodes_in_order();
        let ty = self.whole(None).unwrap_or(Type::Dyn);
        self.checked(ty)
    }

    fn checked(mut self, ty: Type) -> Checked {
        let types = std::mem::take(&mut self.types);
        let bindings = &mut self.bindings;
        let resolved = |ty: Ty| ty.map_or(Type::Dyn, |ty| assign::closed(&bindings.resolve(&ty)));
        Checked {
            node_types: types.into_iter().map(resolved).collect(),
            nodes: self.nodes,
            children: self.children,
            locals: self.locals,
            types: self.env.types().clone(),
            host: self.env.functions().into(),
            data: self.data.into(),
            ty,
        }
    }

    fn nodes_in_order(&mut self) {
        for id in 0..self.ast.nodes.len() as NodeId {
            self.open_scopes(id);
            let (op, ty) = self.node(id);
            self.close_scopes(id);
            self.nodes.push(Typed { op, span: self.ast.node(id).span });
            self.types.push(if self.strict { ty } else { ty.or(Some(Type::Dyn)) });
        }
    }

    /// Children of a node that the syntax tree does not have.
    pub(super) fn keep(&mut self, ids: &[NodeId]) -> Children {
        Children::kept(&mut self.children, ids)
    }

    /// What is not there when the expression runs; in a checked expression, nothing.
    pub(super) fn fault(&mut self, code: Code, message: &str, operands: &[NodeId]) -> (Op, Ty) {
        if self.strict {
            return (Op::Nothing, None);
        }
        let operands = self.keep(operands);
        (Op::Fault { code, message: message.into(), operands }, Some(Type::Dyn))
    }

    fn node(&mut self, id: NodeId) -> (Op, Ty) {
        match &self.ast.node(id).kind {
            Kind::Literal(value) => (Op::Constant(value.clone()), Some(type_of(value))),
            Kind::Binder => (Op::Nothing, None),
            Kind::OptSelect { operand, field, at } => self.opt_select(*operand, field, *at),
            Kind::OptIndex { operand, key } => self.index(overloads::Function::OptIndex, *operand, *key),
            Kind::Maybe(operand) => self.maybe(*operand),
            Kind::Struct { name, absolute, at, fields } => self.message(name, *absolute, *at, *fields),
            // Its message knows what its field is.
            Kind::Init { value, .. } => (Op::Nothing, self.types[*value as usize].clone()),
            Kind::Comprehension(of) => self.comprehension(id, of),
            Kind::Bind { value, body, .. } => self.bind(id, *value, *body),
            Kind::Block { values, body } => self.block(id, *values, *body),
            Kind::OptMap { flat, target, body, .. } => self.opt_map(id, *flat, *target, *body),
            Kind::Name { .. } => self.dotted(id),
            Kind::Select { operand, field, at } => self.select(id, *operand, field, *at),
            Kind::Has { operand, field, at } => self.has(*operand, field, *at),
            Kind::Index { operand, key } => self.index(overloads::Function::Index, *operand, *key),
            Kind::Unary { op, operand } => self.unary(*op, *operand),
            Kind::Binary { op: Binary::And, left, right } => {
                self.both_bool(Binary::And, *left, *right);
                (Op::And(*left, *right), Some(Type::Bool))
            }
            Kind::Binary { op: Binary::Or, left, right } => {
                self.both_bool(Binary::Or, *left, *right);
                (Op::Or(*left, *right), Some(Type::Bool))
            }
            Kind::Binary { op, left, right } => self.binary(*op, *left, *right),
            Kind::Conditional { test, then, otherwise } => self.conditional(*test, *then, *otherwise),
            Kind::Call { function, at, member, args } => self.call(id, function, *at, *member, *args),
            Kind::List(items) => self.list(*items),
            Kind::Map(entries) => self.map(*entries),
            // `parse` never gives one; a node without a type that nobody explained would be worse than this.
            Kind::Broken => {
                self.report(Diagnostic::new(Code::UNEXPECTED_TOKEN, self.span(id), "expected a value"));
                (Op::Nothing, None)
            }
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.strict {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        self.ast.node(id).span
    }

    pub(super) fn text(&self, span: Span) -> &'c str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The type of a child that is used as a value. A message in the slots is one only where the host gives whole ones.
    pub(super) fn value(&mut self, id: NodeId) -> Ty {
        let ty = self.types[id as usize].clone()?;
        let ty = self.bindings.resolve(&ty);
        if let (Op::Message(path), Type::Message(name)) = (&self.nodes[id as usize].op, &ty) {
            if self.env.whole() {
                let absent = self.absence(path, name);
                self.nodes[id as usize].op = Op::Read { path: path.clone(), absent };
                return Some(ty);
            }
            let text = self.text(self.span(id));
            let suggestion = self.is_path(id).then(|| format!("select a field of it, or ask `has({text})`"));
            let message = format!("{name} is a message: only its fields are values");
            if !self.strict {
                self.nodes[id as usize].op = self.fault(Code::MESSAGE_AS_VALUE, &message, &[]).0;
            }
            let diagnostic = Diagnostic::new(Code::MESSAGE_AS_VALUE, self.span(id), message);
            self.report(diagnostic.expected("expected a value").maybe_suggest(suggestion));
            return None;
        }
        Some(ty)
    }

    /// What reading the message at `path` gives when it is absent: a variable has to be there, a field is empty.
    fn absence(&self, path: &crate::plan::Path, name: &str) -> Absent {
        let ty = if path.fields.is_empty() { None } else { self.env.types().get(name) };
        ty.map_or(Absent::Error, |ty| Absent::Default(Value::Message(Message::empty(ty.clone()).into())))
    }

    /// A selection can be asked about with `has`, a bare name cannot.
    fn is_path(&self, id: NodeId) -> bool {
        matches!(self.ast.node(id).kind, Kind::Select { .. })
    }

    fn conditional(&mut self, test: NodeId, then: NodeId, otherwise: NodeId) -> (Op, Ty) {
        let tested = self.value(test);
        self.want_bool(test, tested, format_args!("the condition of `?:`"));
        let (a, b) = (self.value(then), self.value(otherwise));
        let op = Op::Conditional { test, then, otherwise };
        let (Some(a), Some(b)) = (a, b) else { return (op, None) };
        let joined = self.join(&a, &b);
        if joined.is_none() {
            let (offender, want, got) = self.offender(then, &a, otherwise, &b);
            let message = format!("the branches of `?:` are {a} and {b}");
            let suggestion = self.conversion(offender, &got, &want, true);
            let diagnostic = Diagnostic::new(Code::MIXED_TYPES, self.span(offender), message);
            self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
        }
        (op, joined)
    }

    fn both_bool(&mut self, op: Binary, left: NodeId, right: NodeId) {
        for side in [left, right] {
            let ty = self.value(side);
            self.want_bool(side, ty, format_args!("a side of `{}`", op.symbol()));
        }
    }

    pub(super) fn want_bool(&mut self, id: NodeId, ty: Ty, place: fmt::Arguments<'_>) {
        let Some(ty) = ty else { return };
        let inner = if let Type::Wrapper(inner) = &ty { inner } else { &ty };
        if self.join(inner, &Type::Bool).is_none() {
            let message = format!("{place} is bool, not {ty}");
            let suggestion = self.conversion(id, &ty, &Type::Bool, true);
            let diagnostic = Diagnostic::new(Code::NO_OPERATOR, self.span(id), message);
            self.report(diagnostic.expected("expected bool").maybe_suggest(suggestion));
        }
    }

    fn unary(&mut self, op: Unary, operand: NodeId) -> (Op, Ty) {
        let row = overloads::unary(op);
        let op_node = Op::Call1(row.function, operand);
        let Some(ty) = self.value(operand) else { return (op_node, None) };
        let result = self.bindings.call(&row.overloads, std::slice::from_ref(&ty));
        if result.is_none() {
            let want = if row.function == Function::Not { Type::Bool } else { Type::Int };
            let message = format!("no operator `{}` for {ty}", op.symbol());
            let diagnostic = Diagnostic::new(Code::NO_OPERATOR, self.span(operand), message);
            let expected = if op == Unary::Not { "expected bool" } else { "expected int or double" };
            let suggestion = self.conversion(operand, &ty, &want, true);
            self.report(diagnostic.expected(expected).maybe_suggest(suggestion));
        }
        (op_node, result)
    }

    /// The type of the whole, held against what its place needs.
    fn whole(&mut self, expected: Option<&Type>) -> Ty {
        let root = (self.ast.nodes.len().checked_sub(1)?) as NodeId;
        let got = self.value(root)?;
        let got = &got;
        let Some(want) = expected else { return Some(assign::closed(got)) };
        if assign::fits(got, want) {
            // What nothing in the expression has said, its place says.
            let closed = assign::closed(got);
            return Some(if closed == *got { closed } else { assign::closed(want) });
        }
        let message = format!("the expression is {got}, and {want} is needed here");
        let suggestion = self.conversion(root, got, want, true);
        let diagnostic = Diagnostic::new(Code::WRONG_TYPE, self.span(root), message);
        self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
        None
    }
}

/// The type of a constant; lists and maps among constants are of anything.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Uint(_) => Type::Uint,
        Value::Double(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        Value::Timestamp(_) => Type::Timestamp,
        Value::Duration(_) => Type::Duration,
        Value::List(_) => Type::list(Type::Dyn),
        Value::Map(_) => Type::map(Type::Dyn, Type::Dyn),
        Value::Message(message) => Type::Message(message.ty().name().clone()),
        Value::Type(_) => Type::TypeOf(Type::Dyn.into()),
        Value::Optional(_) => Type::optional(Type::Dyn),
        Value::Opaque(_) => Type::Dyn,
    }
}
