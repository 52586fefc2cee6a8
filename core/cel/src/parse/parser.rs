//! The grammar, as a machine with two states: an operand is wanted, or one is at hand and an operator is wanted.
//!
//! Operators and brackets that wait for their right side stand on an explicit stack of [`Frame`]s. How frames become
//! nodes is in `build`, what happens after a mistake in `recover`.

use std::sync::Arc;

use super::{
    Bounds,
    ast::{Ast, Binary, Kind, NodeId, Unary},
    frame::{Call, Frame, Struct},
    lexer::Lexer,
    token::{Bracket, Token},
};
use crate::{
    diag::{Code, Diagnostic, Span},
    value::Value,
};

/// What the machine does next.
pub(super) enum Step {
    /// An operand is wanted.
    Want,
    /// An operand is at hand.
    Have(NodeId),
    /// The text has ended; this is all of it.
    Done,
}

/// The machine. `token` is the one word of lookahead.
pub(super) struct Parser<'s> {
    pub(super) lexer: Lexer<'s>,
    pub(super) token: Token,
    pub(super) span: Span,
    pub(super) bounds: Bounds,
    pub(super) ast: Ast,
    /// The depth of each node's tree, beside the arena.
    pub(super) depths: Vec<usize>,
    pub(super) frames: Vec<Frame>,
    /// The frames that count as nesting: all but those of binary operators, of which at most five can wait in a row.
    pub(super) nesting: usize,
    /// A limit was met: nothing that follows means anything.
    pub(super) stopped: bool,
    /// What was just complained about explains the next complaint too, unless an operator, a comma or a colon that
    /// stands where it should comes first.
    pub(super) quiet: bool,
    /// Whether macros are read as what they stand for, and not as calls.
    pub(super) macros: bool,
    /// The name that was read last: conditions read field after field of one variable.
    last: Option<Arc<str>>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str, bounds: Bounds, macros: bool) -> Self {
        let mut lexer = Lexer::new(source);
        let (token, span) = lexer.next();
        // A node takes five letters or more, in what people write.
        let nodes = (source.len() / 5).min(bounds.nodes) + 1;
        Self {
            lexer,
            token,
            span,
            bounds,
            ast: Ast::empty(nodes),
            depths: Vec::with_capacity(nodes),
            frames: Vec::new(),
            nesting: 0,
            stopped: false,
            quiet: false,
            macros,
            last: None,
        }
    }

    pub(super) fn parse(mut self) -> Result<Ast, Vec<Diagnostic>> {
        let mut step = Step::Want;
        while !self.stopped && !self.lexer.is_full() {
            step = match step {
                Step::Want => self.operand(),
                Step::Have(left) => self.operator(left),
                Step::Done => break,
            };
        }
        let diagnostics = self.lexer.into_diagnostics();
        if diagnostics.is_empty() { Ok(self.ast) } else { Err(diagnostics) }
    }

    /// Passes over the word at hand and gives its place.
    pub(super) fn advance(&mut self) -> Span {
        let passed = self.span;
        (self.token, self.span) = self.lexer.next();
        passed
    }

    pub(super) fn text(&self, span: Span) -> &'s str {
        &self.lexer.source()[span.start as usize..span.end as usize]
    }

    pub(super) fn push(&mut self, frame: Frame) -> Step {
        if !matches!(frame, Frame::Binary { .. }) {
            self.nesting += 1;
            if self.nesting > self.bounds.depth {
                self.too_deep(self.span);
            }
        }
        self.frames.push(frame);
        Step::Want
    }

    fn operand(&mut self) -> Step {
        if let Some(Frame::Struct(Struct { field: None, .. })) = self.frames.last() {
            return self.field_name();
        }
        match &self.token {
            Token::Int(magnitude) => {
                let magnitude = *magnitude;
                let span = self.advance();
                self.int(magnitude, false, span)
            }
            Token::Uint(value) => self.literal(Value::Uint(*value)),
            Token::Double(value) => self.literal(Value::Double(*value)),
            Token::Text(text) => self.literal(Value::String(text.clone())),
            Token::Bytes(bytes) => self.literal(Value::Bytes(bytes.clone())),
            Token::True => self.literal(Value::Bool(true)),
            Token::False => self.literal(Value::Bool(false)),
            Token::Null => self.literal(Value::Null),
            Token::Name => self.name(None),
            Token::Reserved => self.reserved(),
            Token::Dot => self.absolute(),
            Token::Minus => self.minus(),
            Token::Not => {
                let at = self.advance();
                self.push(Frame::Unary { op: Unary::Not, at })
            }
            Token::Open(bracket) => self.open(*bracket),
            Token::Close(bracket) if self.may_close_here(*bracket) => self.close(None, *bracket),
            Token::Broken => {
                let span = self.advance();
                self.node(Kind::Broken, span)
            }
            Token::Quoted => {
                let message = "only a field may have its name in backticks";
                self.lexer.report(Diagnostic::new(Code::UNSUPPORTED_SYNTAX, self.span, message));
                let span = self.advance();
                self.node(Kind::Broken, span)
            }
            Token::Stray => {
                self.advance();
                self.quiet = true;
                Step::Want
            }
            _ => self.missing_operand(),
        }
    }

    fn literal(&mut self, value: Value) -> Step {
        let span = self.advance();
        self.node(Kind::Literal(value), span)
    }

    /// The lexer gives magnitudes up to 2^63; only under a minus is that one an int.
    fn int(&mut self, magnitude: u64, negative: bool, span: Span) -> Step {
        let value = if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
        let Some(value) = value else {
            self.lexer.report(Diagnostic::new(Code::BAD_NUMBER, span, "the number is out of range"));
            return self.node(Kind::Broken, span);
        };
        self.node(Kind::Literal(Value::Int(value)), span)
    }

    /// A minus before a number is part of the literal, so that the least int can be written.
    fn minus(&mut self) -> Step {
        let at = self.advance();
        match self.token {
            Token::Int(magnitude) => {
                let span = at.to(self.advance());
                self.int(magnitude, true, span)
            }
            Token::Double(value) => {
                let span = at.to(self.advance());
                self.node(Kind::Literal(Value::Double(-value)), span)
            }
            _ => self.push(Frame::Unary { op: Unary::Minus, at }),
        }
    }

    /// A leading dot: the name after it is looked up in no container.
    fn absolute(&mut self) -> Step {
        let dot = self.advance();
        if self.token == Token::Name {
            return self.name(Some(dot));
        }
        self.unexpected("expected a name");
        self.node(Kind::Broken, dot)
    }

    pub(super) fn name(&mut self, dot: Option<Span>) -> Step {
        let at = self.advance();
        let start = dot.unwrap_or(at);
        let text = self.text(at);
        let name = match &self.last {
            Some(last) if **last == *text => last.clone(),
            _ => self.last.insert(text.into()).clone(),
        };
        if self.token == Token::Open(Bracket::Round) {
            let open = self.advance();
            return self.push(Frame::Call(Call { function: name, at, open, start, member: false, args: Vec::new() }));
        }
        self.node(Kind::Name { name, absolute: dot.is_some() }, start.to(at))
    }

    fn open(&mut self, bracket: Bracket) -> Step {
        let open = self.advance();
        let frame = match bracket {
            Bracket::Round => Frame::Group { open },
            Bracket::Square => Frame::List { open, items: Vec::new(), maybe: self.optional_mark() },
            Bracket::Curly => Frame::Map { open, entries: Vec::new(), key: None, maybe: self.optional_mark() },
        };
        self.push(frame)
    }

    /// The name of a field in a message literal and its colon.
    fn field_name(&mut self) -> Step {
        if let Token::Close(bracket) = self.token {
            return self.close(None, bracket);
        }
        let mark = self.optional_mark();
        if !matches!(self.token, Token::Name | Token::Reserved | Token::Quoted) {
            return self.no_field_name();
        }
        let at = self.advance();
        let name: Arc<str> = self.text(at).trim_matches('`').into();
        if let Some(Frame::Struct(literal)) = self.frames.last_mut() {
            literal.field = Some((name, at));
            literal.maybe = mark;
        }
        if self.token == Token::Colon {
            self.advance();
        } else {
            self.unexpected("expected `:` and a value");
            self.quiet = true;
        }
        Step::Want
    }

    /// An empty list, map or call, or a list or map with a comma at its end.
    fn may_close_here(&self, bracket: Bracket) -> bool {
        match (self.frames.last(), bracket) {
            (Some(Frame::List { .. }), Bracket::Square) => true,
            (Some(Frame::Map { key: None, .. } | Frame::Struct(_)), Bracket::Curly) => true,
            (Some(Frame::Call(call)), Bracket::Round) => call.args.len() == usize::from(call.member),
            _ => false,
        }
    }

    fn operator(&mut self, left: NodeId) -> Step {
        match &self.token {
            Token::Dot => self.select(left),
            Token::Open(Bracket::Square) => {
                let open = self.advance();
                let maybe = self.optional_mark();
                self.push(Frame::Index { operand: left, open, maybe })
            }
            Token::Open(Bracket::Curly) if self.is_a_name(left) => {
                let open = self.advance();
                let literal = Struct { open, name: left, fields: Vec::new(), field: None, maybe: false };
                self.push(Frame::Struct(literal))
            }
            Token::Question => self.question(left),
            Token::Colon => self.colon(left),
            Token::Comma => self.comma(left),
            Token::Close(bracket) => self.close(Some(left), *bracket),
            Token::End => self.end(left),
            token => match token.binary() {
                Some(op) => {
                    self.advance();
                    self.infix(op, left)
                }
                None => self.missing_operator(left),
            },
        }
    }

    pub(super) fn infix(&mut self, op: Binary, left: NodeId) -> Step {
        self.quiet = false;
        let left = self.reduce(left, op.level());
        self.push(Frame::Binary { op, left })
    }

    fn select(&mut self, operand: NodeId) -> Step {
        self.advance();
        let maybe = self.optional_mark();
        match self.token {
            Token::Name | Token::Reserved | Token::Quoted => {}
            Token::Broken => {
                self.advance();
                return Step::Have(operand);
            }
            _ => {
                self.unexpected("expected a field name");
                return Step::Have(operand);
            }
        }
        let quoted = self.token == Token::Quoted;
        let at = self.advance();
        let field: Arc<str> = self.text(at).trim_matches('`').into();
        let start = self.ast.node(operand).span;
        if maybe {
            return self.node(Kind::OptSelect { operand, field, at }, start.to(at));
        }
        if self.token == Token::Open(Bracket::Round) && !quoted {
            let open = self.advance();
            let call = Call { function: field, at, open, start, member: true, args: vec![operand] };
            return self.push(Frame::Call(call));
        }
        self.node(Kind::Select { operand, field, at }, start.to(at))
    }

    /// `?:` binds loosest and groups to the right, so a condition that waits as an `Else` stays waiting.
    fn question(&mut self, left: NodeId) -> Step {
        self.quiet = false;
        let test = self.reduce(left, 1);
        if let Some(Frame::Then { said, .. }) = self.frames.last_mut() {
            *said = true;
            let message = "a condition between `?` and `:` needs parentheses";
            let diagnostic = Diagnostic::new(Code::UNEXPECTED_TOKEN, self.span, message).expected("expected `:`");
            self.lexer.report(diagnostic.suggest("put parentheses around the inner condition"));
        }
        let at = self.advance();
        self.push(Frame::Then { test, at, said: false })
    }

    fn colon(&mut self, left: NodeId) -> Step {
        let operand = self.reduce(left, 0);
        match self.frames.last_mut() {
            Some(Frame::Then { test, .. }) => {
                let test = *test;
                self.frames.pop();
                self.frames.push(Frame::Else { test, then: operand });
            }
            Some(Frame::Map { key: key @ None, .. }) => *key = Some(operand),
            _ => {
                self.unexpected("expected an operator or the end");
                // In `a ? (b : c)` this is the one that a `?` further out goes without.
                let outer = self.frames.iter_mut().rev().find_map(|frame| match frame {
                    Frame::Then { said, .. } => Some(said),
                    _ => None,
                });
                if let Some(said) = outer {
                    *said = true;
                }
            }
        }
        self.quiet = false;
        self.advance();
        Step::Want
    }

    fn comma(&mut self, left: NodeId) -> Step {
        let operand = self.settle(left);
        match self.frames.last_mut() {
            Some(Frame::Call(call)) => call.args.push(operand),
            Some(Frame::List { .. }) => self.item(operand),
            Some(Frame::Map { .. }) => self.entry(operand),
            Some(Frame::Struct(_)) => self.init(operand),
            _ => self.unexpected("expected an operator or the end"),
        }
        self.quiet = false;
        self.advance();
        if matches!(self.frames.last(), Some(Frame::List { .. } | Frame::Map { .. })) {
            let mark = self.optional_mark();
            if let Some(Frame::List { maybe, .. } | Frame::Map { maybe, .. }) = self.frames.last_mut() {
                *maybe = mark;
            }
        }
        Step::Want
    }

    fn end(&mut self, left: NodeId) -> Step {
        self.settle(left);
        if let Some((bracket, _)) = self.frames.last().and_then(Frame::bracket) {
            self.quiet = false;
            self.unexpected(&format!("expected `{}`", bracket.closing()));
        }
        Step::Done
    }
}
