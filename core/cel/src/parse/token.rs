//! The words of the language: what the lexer makes and the parser reads.

use std::sync::Arc;

use super::ast::Binary;

/// A word. Names carry no text: their span does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// The magnitude of an int literal: a `-` before it belongs to the parser, so 2^63 is legal here.
    Int(u64),
    Uint(u64),
    Double(f64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    True,
    False,
    Null,
    Name,
    /// A name in backticks, which only a field may have; its span holds the backticks.
    Quoted,
    /// A word that the language keeps for itself.
    Reserved,
    Operator(Binary),
    /// `-`, which stands before one operand or between two.
    Minus,
    Not,
    Question,
    Colon,
    Comma,
    Dot,
    Open(Bracket),
    Close(Bracket),
    /// A literal that the lexer has already complained about; it stands for an operand.
    Broken,
    /// Characters that the lexer has already complained about; they stand for nothing.
    Stray,
    End,
}

/// The three kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

impl Bracket {
    /// Its closing half.
    pub(super) fn closing(self) -> &'static str {
        match self {
            Self::Round => ")",
            Self::Square => "]",
            Self::Curly => "}",
        }
    }
}

impl Token {
    /// The operator with two sides that it is, if it is one.
    pub(super) fn binary(&self) -> Option<Binary> {
        match self {
            Self::Operator(op) => Some(*op),
            Self::Minus => Some(Binary::Subtract),
            _ => None,
        }
    }

    /// What a word that looks like a name is.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "true" => Self::True,
            "false" => Self::False,
            "null" => Self::Null,
            "in" => Self::Operator(Binary::In),
            "as" | "break" | "const" | "continue" | "else" | "for" | "function" | "if" | "import" | "let" | "loop"
            | "package" | "namespace" | "return" | "var" | "void" | "while" => Self::Reserved,
            _ => Self::Name,
        }
    }
}
