//! Text → words, one at a time, complaining and carrying on. It knows the alphabet, not the grammar.

use super::{
    ast::Binary,
    literal,
    token::{Bracket, Token},
};
use crate::diag::{Code, Diagnostic, Span};

/// More mistakes than this help nobody, and hostile text must not fill the memory with them.
const MAX_DIAGNOSTICS: usize = 100;

/// Reads words from text and keeps every complaint about it, the parser's too.
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0, diagnostics: Vec::new() }
    }

    pub(super) fn source(&self) -> &'s str {
        self.source
    }

    /// Keeps a complaint, the first about each place. Beyond the bound they are dropped, but for limits, which end the
    /// parse.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let limit = diagnostic.code >= Code::LIMIT_EXPRESSION_DEPTH;
        let said = self.diagnostics.iter().any(|earlier| earlier.span == diagnostic.span);
        if limit || !said && self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether so much is wrong that reading on is pointless.
    pub(super) fn is_full(&self) -> bool {
        self.diagnostics.len() >= MAX_DIAGNOSTICS
    }

    /// Every complaint, in source order.
    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.diagnostics
    }

    /// The next word and where it is.
    pub(super) fn next(&mut self) -> (Token, Span) {
        self.skip_space();
        let start = self.at;
        let rest = &self.source.as_bytes()[start..];
        let token = match rest.first() {
            None => Token::End,
            Some(b'0'..=b'9') => self.number(),
            Some(b'.') if rest.get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            Some(b'"' | b'\'') => self.string(0),
            Some(b'r' | b'R' | b'b' | b'B') if prefix_length(rest) > 0 => self.string(prefix_length(rest)),
            Some(first) if first.is_ascii_alphabetic() || *first == b'_' => self.word(),
            Some(_) => self.symbol(),
        };
        (token, Span::new(start, self.at))
    }

    fn skip_space(&mut self) {
        let bytes = self.source.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0c) => self.at += 1,
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'/') => {
                    let line = bytes[self.at..].iter().position(|byte| *byte == b'\n');
                    self.at = line.map_or(bytes.len(), |length| self.at + length);
                }
                _ => return,
            }
        }
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let (token, length, problem) = literal::number(&self.source[start..]);
        self.at += length;
        if let Some(message) = problem {
            self.report(Diagnostic::new(Code::BAD_NUMBER, Span::new(start, self.at), message));
        }
        token
    }

    fn string(&mut self, prefix: usize) -> Token {
        let start = self.at;
        let (token, length, problems) = literal::string(&self.source[start..], prefix);
        self.at += length;
        for (span, code, message) in problems {
            let span = Span::new(start + span.start as usize, start + span.end as usize);
            self.report(Diagnostic::new(code, span, message));
        }
        token
    }

    fn word(&mut self) -> Token {
        let bytes = &self.source.as_bytes()[self.at..];
        let length =
            bytes.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).unwrap_or(bytes.len());
        let word = &self.source[self.at..self.at + length];
        self.at += length;
        Token::of_word(word)
    }

    fn symbol(&mut self) -> Token {
        let rest = &self.source[self.at..];
        let misspelt = MISSPELT.iter().find(|(text, ..)| rest.starts_with(text));
        let symbol = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text));
        match (misspelt, symbol) {
            (Some((text, token, meant)), known) if known.is_none_or(|(known, _)| known.len() < text.len()) => {
                let span = Span::new(self.at, self.at + text.len());
                self.at += text.len();
                let message = format!("the language has no operator `{text}`");
                self.report(Diagnostic::new(Code::UNEXPECTED_TOKEN, span, message).suggest(format!("use `{meant}`")));
                token.clone()
            }
            (_, Some((text, token))) => {
                self.at += text.len();
                token.clone()
            }
            _ if rest.starts_with('`') => self.quoted_name(),
            _ => self.stray(),
        }
    }

    /// A name in backticks, for fields whose names are no words.
    fn quoted_name(&mut self) -> Token {
        let rest = &self.source.as_bytes()[self.at + 1..];
        let end = rest.iter().position(|byte| matches!(byte, b'`' | b'\n'));
        let closed = end.is_some_and(|end| rest[end] == b'`');
        let length = end.unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + 1 + length + usize::from(closed));
        self.at = span.end as usize;
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-/ ".contains(byte);
        if closed && length > 0 && rest[..length].iter().all(allowed) {
            return Token::Quoted;
        }
        let message =
            if closed { "a name in backticks has letters, digits and `_.-/ `" } else { "the name never ends" };
        self.report(Diagnostic::new(Code::BAD_CHARACTER, span, message));
        Token::Broken
    }

    /// Characters that begin no word: one complaint for a whole run of them.
    fn stray(&mut self) -> Token {
        let rest = &self.source[self.at..];
        let first = rest.chars().next().expect("the caller saw a byte here");
        let length = rest.find(begins_a_word).unwrap_or(rest.len()).max(first.len_utf8());
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        let message = format!("unexpected character `{}`", first.escape_debug());
        let typographic = matches!(first, '\u{2018}'..='\u{201f}');
        let suggestion = typographic.then(|| "use straight quotes".to_owned());
        self.report(Diagnostic::new(Code::BAD_CHARACTER, span, message).maybe_suggest(suggestion));
        Token::Stray
    }
}

fn begins_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_\"'()[]{}.,:?!-+*/%<>=&|`".contains(c)
}

/// How many letters stand before the quote of `r"…"`, `b"…"` and `br"…"`; 0 if this is none of them.
fn prefix_length(rest: &[u8]) -> usize {
    let quote = |at: usize| matches!(rest.get(at), Some(b'"' | b'\''));
    match (rest.first(), rest.get(1)) {
        (Some(b'b' | b'B'), Some(b'r' | b'R')) if quote(2) => 2,
        (Some(b'b' | b'B' | b'r' | b'R'), _) if quote(1) => 1,
        _ => 0,
    }
}

/// Longer symbols first: the first match is taken.
const SYMBOLS: &[(&str, Token)] = &[
    ("==", Token::Operator(Binary::Equal)),
    ("!=", Token::Operator(Binary::NotEqual)),
    ("<=", Token::Operator(Binary::LessOrEqual)),
    (">=", Token::Operator(Binary::GreaterOrEqual)),
    ("&&", Token::Operator(Binary::And)),
    ("||", Token::Operator(Binary::Or)),
    ("<", Token::Operator(Binary::Less)),
    (">", Token::Operator(Binary::Greater)),
    ("+", Token::Operator(Binary::Add)),
    ("*", Token::Operator(Binary::Multiply)),
    ("/", Token::Operator(Binary::Divide)),
    ("%", Token::Operator(Binary::Modulo)),
    ("-", Token::Minus),
    ("!", Token::Not),
    ("?", Token::Question),
    (":", Token::Colon),
    (",", Token::Comma),
    (".", Token::Dot),
    ("(", Token::Open(Bracket::Round)),
    (")", Token::Close(Bracket::Round)),
    ("[", Token::Open(Bracket::Square)),
    ("]", Token::Close(Bracket::Square)),
    ("{", Token::Open(Bracket::Curly)),
    ("}", Token::Close(Bracket::Curly)),
];

/// Operators of other languages, read as what their writer meant, so that one complaint is all.
const MISSPELT: &[(&str, Token, &str)] = &[
    ("===", Token::Operator(Binary::Equal), "=="),
    ("!==", Token::Operator(Binary::NotEqual), "!="),
    ("<>", Token::Operator(Binary::NotEqual), "!="),
    (":=", Token::Operator(Binary::Equal), "=="),
    ("=>", Token::Operator(Binary::GreaterOrEqual), ">="),
    ("=<", Token::Operator(Binary::LessOrEqual), "<="),
    ("=", Token::Operator(Binary::Equal), "=="),
    ("&", Token::Operator(Binary::And), "&&"),
    ("|", Token::Operator(Binary::Or), "||"),
];
