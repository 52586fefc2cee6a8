//! After a mistake: say it once, then go on where a reader would.

use super::{
    ast::{Kind, NodeId},
    parser::{Parser, Step},
    token::Token,
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

    /// Passes over the `?` of `a.?b`, `a[?i]`, `[?x]` and `{?k: v}`, if one stands here.
    pub(super) fn optional_mark(&mut self) -> bool {
        let marked = self.token == Token::Question;
        if marked {
            self.advance();
        }
        marked
    }

    /// No name where a field of a message literal should stand: what stands there is passed over, up to the next field or
    /// the end of the literal.
    pub(super) fn no_field_name(&mut self) -> Step {
        self.unexpected("expected a field's name");
        loop {
            match self.token {
                Token::Close(bracket) => return self.close(None, bracket),
                Token::End => return self.node(Kind::Broken, self.span),
                Token::Comma => {
                    self.advance();
                    return Step::Want;
                }
                _ => self.advance(),
            };
        }
    }
}
