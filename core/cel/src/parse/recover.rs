//! After a mistake: say it once, then go on where a reader would.

use super::{
    ast::{Kind, NodeId},
    parser::{Parser, Step},
    token::{Bracket, Token},
};
use crate::diag::{Code, Diagnostic};

impl Parser<'_> {
    /// Complains about the word at hand, unless a complaint before it explains the confusion.
    pub(super) fn unexpected(&mut self, expected: &str) {
        if std::mem::take(&mut self.quiet) {
            return;
        }
        let diagnostic = match self.token {
            Token::End => Diagnostic::new(Code::UNEXPECTED_END, self.span, "the expression ends too early"),
            // Already said.
            Token::Broken | Token::Stray => return,
            _ => {
                let message = format!("unexpected `{}`", self.text(self.span));
                Diagnostic::new(Code::UNEXPECTED_TOKEN, self.span, message)
            }
        };
        self.lexer.report(diagnostic.expected(expected));
    }

    /// An operand was wanted and something else is here. It is left for the operator state, which knows what to do
    /// with it.
    pub(super) fn missing_operand(&mut self) -> Step {
        if self.token == Token::Question {
            self.unexpected("expected a value");
            self.advance();
            return Step::Want;
        }
        self.unexpected("expected a value");
        self.node(Kind::Broken, self.span)
    }

    /// An operator was wanted and an operand is here. The one at hand is given up for it.
    pub(super) fn missing_operator(&mut self, left: NodeId) -> Step {
        if self.token == Token::Stray {
            self.advance();
            self.quiet = true;
            return Step::Have(left);
        }
        if let Some((op, suggestion)) = self.word_operator() {
            let message = format!("unexpected `{}`", self.text(self.span));
            let diagnostic = Diagnostic::new(Code::UNEXPECTED_TOKEN, self.span, message);
            self.lexer.report(diagnostic.expected("expected an operator").suggest(suggestion));
            self.advance();
            return self.infix(op, left);
        }
        let negation = matches!(&self.ast.node(left).kind, Kind::Name { name, .. } if &**name == "not");
        if negation {
            let message = "unexpected `not`";
            let diagnostic = Diagnostic::new(Code::UNEXPECTED_TOKEN, self.ast.node(left).span, message);
            self.lexer.report(diagnostic.expected("expected a value").suggest("use `!`"));
        } else {
            self.unexpected("expected an operator or the end");
        }
        self.quiet = true;
        Step::Want
    }

    /// A reserved word where a name could stand: read as one, so that one complaint is enough.
    pub(super) fn reserved(&mut self) -> Step {
        let message = format!("`{}` is a reserved word", self.text(self.span));
        self.lexer.report(Diagnostic::new(Code::RESERVED_WORD, self.span, message).expected("expected a value"));
        self.quiet = true;
        self.name(None)
    }

    /// `?` in `a.?b`, `a[?i]`, `[?x]` and `{?k: v}`: a later version's syntax.
    pub(super) fn pass_optional_mark(&mut self) {
        if self.token == Token::Question {
            let message = "this version does not have optional syntax";
            self.lexer.report(Diagnostic::new(Code::UNSUPPORTED_SYNTAX, self.span, message));
            self.advance();
        }
    }

    /// `Type{field: value}`: complains, and passes over everything up to the closing brace.
    pub(super) fn message_literal(&mut self, left: NodeId) -> Step {
        let span = self.ast.node(left).span;
        let message = "this version does not construct messages";
        self.lexer.report(Diagnostic::new(Code::UNSUPPORTED_SYNTAX, span, message));
        let mut depth = 0usize;
        loop {
            match self.token {
                Token::Open(Bracket::Curly) => depth += 1,
                Token::Close(Bracket::Curly) => depth -= 1,
                Token::End => break,
                _ => {}
            }
            self.advance();
            if depth == 0 {
                break;
            }
        }
        self.node(Kind::Broken, span)
    }
}
