//! Frames → nodes: what the parser does when a right side is complete.

use super::{
    ast::{Binary, Kind, NodeId},
    frame::{Call, Frame, Struct},
    parser::{Parser, Step},
    token::{Bracket, Token},
};
use crate::diag::{Code, Diagnostic, Span};

impl Parser<'_> {
    /// Makes a node, checking both limits.
    pub(super) fn node(&mut self, kind: Kind, span: Span) -> Step {
        Step::Have(self.make(kind, span))
    }

    pub(super) fn make(&mut self, kind: Kind, span: Span) -> NodeId {
        let depth = self.depth_of(&kind);
        if depth > self.bounds.depth {
            self.too_deep(span);
        }
        if self.ast.nodes.len() >= self.bounds.nodes && !self.stopped {
            self.stopped = true;
            let message = format!("the expression has more than {} nodes", self.bounds.nodes);
            self.lexer.report(Diagnostic::new(Code::LIMIT_EXPRESSION_NODES, span, message));
        }
        self.ast.nodes.push(super::ast::Node { kind, span });
        self.depths.push(depth);
        (self.ast.nodes.len() - 1) as NodeId
    }

    /// A left-leaning chain of operators counts once: `a + b + c` is no deeper than `a + b`.
    fn depth_of(&self, kind: &Kind) -> usize {
        let of = |id: &NodeId| self.depths[*id as usize];
        match kind {
            Kind::Literal(_) | Kind::Name { .. } | Kind::Binder | Kind::Broken => 1,
            Kind::Select { operand, .. } | Kind::OptSelect { operand, .. } => of(operand) + 1,
            Kind::Has { operand, .. } | Kind::Unary { operand, .. } => of(operand) + 1,
            Kind::Maybe(value) | Kind::Init { value, .. } => of(value),
            Kind::Index { operand, key } | Kind::OptIndex { operand, key } => of(operand).max(of(key)) + 1,
            // A variable may hold all that its value nests, so what it is used in nests on top of that.
            Kind::Comprehension(it) => of(&it.range) + it.filter.as_ref().map_or(0, of).max(of(&it.body)) + 1,
            Kind::Bind { value, body, .. } => of(value) + of(body),
            Kind::OptMap { target, body, .. } => of(target) + of(body) + 1,
            Kind::Block { values, body } => self.ast.children(*values).iter().map(of).sum::<usize>() + of(body),
            Kind::Binary { left, right, .. } => of(left).max(of(right) + 1),
            Kind::Conditional { test, then, otherwise } => of(test).max(of(then)).max(of(otherwise)) + 1,
            Kind::Call { args, .. } | Kind::List(args) | Kind::Map(args) | Kind::Struct { fields: args, .. } => {
                self.ast.children(*args).iter().map(of).max().unwrap_or(0) + 1
            }
        }
    }

    pub(super) fn too_deep(&mut self, span: Span) {
        if !self.stopped {
            self.stopped = true;
            let message = format!("the expression nests deeper than {}", self.bounds.depth);
            self.lexer.report(Diagnostic::new(Code::LIMIT_EXPRESSION_DEPTH, span, message));
        }
    }

    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        if !matches!(frame, Frame::Binary { .. }) {
            self.nesting -= 1;
        }
        Some(frame)
    }

    /// Builds what waits for `operand` and binds at least as tightly as `level`: 0 is the second branch of `?:`,
    /// then come the operators.
    pub(super) fn reduce(&mut self, mut operand: NodeId, level: u8) -> NodeId {
        while !self.stopped {
            let right = self.ast.node(operand).span;
            let (kind, left) = match self.frames.last() {
                Some(Frame::Unary { op, at }) => (Kind::Unary { op: *op, operand }, *at),
                Some(Frame::Binary { op, left }) if op.level() >= level => {
                    (Kind::Binary { op: *op, left: *left, right: operand }, self.ast.node(*left).span)
                }
                Some(Frame::Else { test, then }) if level == 0 => {
                    let (test, then) = (*test, *then);
                    (Kind::Conditional { test, then, otherwise: operand }, self.ast.node(test).span)
                }
                _ => break,
            };
            self.pop();
            operand = self.make(kind, left.to(right));
        }
        operand
    }

    /// Builds everything up to the innermost open bracket; a `?` without its `:` is a mistake here.
    pub(super) fn settle(&mut self, operand: NodeId) -> NodeId {
        let mut operand = self.reduce(operand, 0);
        while let Some(Frame::Then { test, at, said }) = self.frames.last() {
            let (test, at, said) = (*test, *at, *said);
            if !said {
                let diagnostic = Diagnostic::new(Code::UNEXPECTED_TOKEN, at, "this `?` has no `:`");
                self.lexer.report(diagnostic.expected("expected `:` and another value"));
            }
            self.pop();
            let span = self.ast.node(test).span.to(self.ast.node(operand).span);
            let broken = self.make(Kind::Broken, span);
            operand = self.reduce(broken, 0);
        }
        operand
    }

    /// Takes `operand` as the end of a map's entry.
    pub(super) fn entry(&mut self, operand: NodeId) {
        let Some(Frame::Map { key, maybe, .. }) = self.frames.last_mut() else { return };
        let (key, maybe) = (key.take(), std::mem::take(maybe));
        let Some(key) = key else { return self.unexpected("expected `:` and a value") };
        let value = self.maybe(operand, maybe);
        if let Some(Frame::Map { entries, .. }) = self.frames.last_mut() {
            entries.extend([key, value]);
        }
    }

    /// Takes `operand` as an entry of a list.
    pub(super) fn item(&mut self, operand: NodeId) {
        let Some(Frame::List { maybe, .. }) = self.frames.last_mut() else { return };
        let maybe = std::mem::take(maybe);
        let item = self.maybe(operand, maybe);
        if let Some(Frame::List { items, .. }) = self.frames.last_mut() {
            items.push(item);
        }
    }

    /// Takes `operand` as the value of a field in a message literal.
    pub(super) fn init(&mut self, operand: NodeId) {
        let Some(Frame::Struct(literal)) = self.frames.last_mut() else { return };
        let (field, maybe) = (literal.field.take(), literal.maybe);
        let Some((field, at)) = field else { return };
        let value = self.maybe(operand, maybe);
        let span = at.to(self.ast.node(value).span);
        let init = self.make(Kind::Init { field, at, value }, span);
        if let Some(Frame::Struct(literal)) = self.frames.last_mut() {
            literal.fields.push(init);
        }
    }

    fn maybe(&mut self, operand: NodeId, maybe: bool) -> NodeId {
        if maybe { self.make(Kind::Maybe(operand), self.ast.node(operand).span) } else { operand }
    }

    /// A closing bracket, with the operand before it if there is one. A bracket that closes an outer one shows which
    /// inner ones were forgotten.
    pub(super) fn close(&mut self, operand: Option<NodeId>, bracket: Bracket) -> Step {
        let opens = |frame: &Frame| frame.bracket().is_some_and(|(open, _)| open == bracket);
        let Some(opened) = self.frames.iter().rposition(opens) else { return self.close_nothing(operand) };
        let mut operand = operand.map(|operand| self.settle(operand));
        while self.frames.len() > opened + 1 && !self.stopped {
            if let Some((inner, _)) = self.frames.last().and_then(Frame::bracket) {
                self.unexpected(&format!("expected `{}`", inner.closing()));
            }
            let built = self.finish(operand, self.span);
            operand = Some(self.settle(built));
        }
        let built = self.finish(operand, self.span);
        self.advance();
        Step::Have(built)
    }

    /// A closing bracket of a kind that is not open: taken for the one that is, if there is one.
    fn close_nothing(&mut self, operand: Option<NodeId>) -> Step {
        let mut operand = operand.map(|operand| self.settle(operand));
        if let Some((open, _)) = self.frames.last().and_then(Frame::bracket) {
            self.unexpected(&format!("expected `{}`", open.closing()));
            operand = Some(self.finish(operand, self.span));
        } else {
            self.unexpected("expected an operator or the end");
        }
        self.advance();
        self.quiet = true;
        operand.map_or(Step::Want, Step::Have)
    }

    /// Builds the bracket on top of the stack, whose last operand, if it has one, is `operand`.
    fn finish(&mut self, operand: Option<NodeId>, end: Span) -> NodeId {
        if let Some(operand) = operand {
            match self.frames.last() {
                Some(Frame::Map { .. }) => self.entry(operand),
                Some(Frame::List { .. }) => self.item(operand),
                Some(Frame::Struct(_)) => self.init(operand),
                _ => {}
            }
        }
        match self.pop() {
            Some(Frame::Group { open }) => match operand {
                Some(operand) => {
                    self.ast.nodes[operand as usize].span = open.to(end);
                    operand
                }
                None => self.make(Kind::Broken, open.to(end)),
            },
            Some(Frame::Index { operand: list, open, maybe }) => {
                let span = self.ast.node(list).span.to(end);
                match operand {
                    Some(key) if maybe => self.make(Kind::OptIndex { operand: list, key }, span),
                    Some(key) => self.make(Kind::Index { operand: list, key }, span),
                    None => self.make(Kind::Broken, open.to(end)),
                }
            }
            Some(Frame::List { open, items, .. }) => {
                let items = self.ast.keep(&items);
                self.make(Kind::List(items), open.to(end))
            }
            Some(Frame::Map { open, entries, .. }) => {
                let entries = self.ast.keep(&entries);
                self.make(Kind::Map(entries), open.to(end))
            }
            Some(Frame::Struct(literal)) => self.message(literal, end),
            Some(Frame::Call(mut call)) => {
                call.args.extend(operand);
                self.call(call, end)
            }
            // The callers look before they call; a node that no tree will hold is the harmless answer.
            _ => self.make(Kind::Broken, end),
        }
    }

    fn call(&mut self, call: Call, end: Span) -> NodeId {
        let Call { function, at, start, member, args, .. } = call;
        let span = start.to(end);
        if self.macros {
            if !member && &*function == "has" {
                return self.has(&args, span);
            }
            if member && let Some(node) = self.expanded(&function, at, &args, span) {
                return node;
            }
        }
        let args = self.ast.keep(&args);
        self.make(Kind::Call { function, at, member, args }, span)
    }

    /// A message literal: the nodes of its type's name give way to it.
    fn message(&mut self, literal: Struct, end: Span) -> NodeId {
        let at = self.ast.node(literal.name).span;
        let (name, absolute) = self.taken_name(literal.name);
        let fields = self.ast.keep(&literal.fields);
        self.make(Kind::Struct { name, absolute, at, fields }, at.to(end))
    }

    /// `has(x.f)` asks about a selection instead of making it: the selection, always the last node, becomes the question.
    fn has(&mut self, args: &[NodeId], span: Span) -> NodeId {
        if let [arg] = args {
            let node = &mut self.ast.nodes[*arg as usize];
            if let Kind::Select { operand, field, at } = &node.kind {
                let (operand, field, at) = (*operand, field.clone(), *at);
                node.kind = Kind::Has { operand, field, at };
                node.span = span;
                return *arg;
            }
            if matches!(node.kind, Kind::Broken) {
                return *arg;
            }
        }
        let message = "`has` takes one field selection";
        let diagnostic = Diagnostic::new(Code::BAD_HAS, span, message).expected("expected `has(x.field)`");
        self.lexer.report(diagnostic);
        self.make(Kind::Broken, span)
    }

    /// Whether a node is a name or a selection from one: what could name a message type.
    pub(super) fn is_a_name(&self, mut id: NodeId) -> bool {
        loop {
            match &self.ast.node(id).kind {
                Kind::Name { .. } => return true,
                Kind::Select { operand, .. } => id = *operand,
                _ => return false,
            }
        }
    }

    /// What a word that could be an operator in another language means here.
    pub(super) fn word_operator(&self) -> Option<(Binary, &'static str)> {
        match (&self.token, self.text(self.span)) {
            (Token::Name, "and" | "AND") => Some((Binary::And, "use `&&`")),
            (Token::Name, "or" | "OR") => Some((Binary::Or, "use `||`")),
            _ => None,
        }
    }
}
