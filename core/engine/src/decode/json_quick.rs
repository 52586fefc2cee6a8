//! JSON of an event without messages in it, read straight from its bytes: names without escapes, texts, numbers, true,
//! false and null. It is all or nothing: whatever is not that simple, or wrong, is left to the general way, which reads
//! the event again from its beginning and also says what is wrong.

use fishplate_cel::{Slot, Value};

use super::fault::check_depth;
use super::json_token::Found;
use super::json_value::leaf;
use super::object::Seen;
use super::plan::{Node, Plan, Read, Target};
use super::quick::put;
use super::text::Reading;
use crate::limits::Limits;
use crate::schema::model::{Field, Leaf, Message, Scalar, Shape};

/// Whether events of these fields can be that simple.
pub(super) fn is_simple(fields: &[Field]) -> bool {
    fields.iter().all(|field| matches!(field.shape, Shape::Single(_)) && field.oneof.is_none())
}

/// Fills `slots` as the general way does; nothing if it is not that simple, and then the slots are worth nothing.
pub(super) fn read(plan: &Plan, text: &str, limits: &Limits, strict: bool, slots: &mut [Slot]) -> Option<()> {
    let node = &plan.nodes[0];
    check_depth(1, limits.message_depth).ok()?;
    if let Some(slot) = node.presence {
        *slots.get_mut(slot)? = Slot::Value(Value::Bool(true));
    }
    let mut event = Event { plan, node, message: &plan.model().messages[node.message], limits, strict, slots };
    let mut tokens = Tokens { text, at: 0 };
    tokens.take(b'{')?;
    event.fields(&mut tokens)?;
    tokens.next().is_none().then_some(())
}

struct Event<'p, 's> {
    plan: &'p Plan,
    node: &'p Node,
    message: &'p Message,
    limits: &'p Limits,
    strict: bool,
    slots: &'s mut [Slot],
}

impl Event<'_, '_> {
    /// All fields, and the bracket behind them.
    fn fields(&mut self, tokens: &mut Tokens<'_>) -> Option<()> {
        if tokens.next()? == b'}' {
            return tokens.take(b'}');
        }
        let (mut seen, mut expected) = (Seen::default(), 0);
        for _ in 0..self.limits.message_fields {
            let found = self.find(tokens.name()?, expected);
            tokens.take(b':')?;
            let token = tokens.token()?;
            match found {
                Some(at) => {
                    seen.insert(at).ok()?;
                    self.field(at, token)?;
                    expected = at + 1;
                }
                None if self.strict => return None,
                None => {}
            }
            if tokens.next()? == b'}' {
                return tokens.take(b'}');
            }
            tokens.take(b',')?;
        }
        None
    }

    /// The field of this name; most events name theirs in the order of the schema.
    fn find(&self, name: &str, expected: usize) -> Option<usize> {
        match self.message.fields.get(expected) {
            Some(field) if field.name == name => Some(expected),
            _ => self.message.find_json(name),
        }
    }

    fn field(&mut self, at: usize, token: Token<'_>) -> Option<()> {
        let target = &self.node.targets[at];
        match (target.read, &target.shape) {
            (Read::Skip, _) => Some(()),
            (Read::Slot(slot), Shape::Single(leaf)) => self.store(target, slot, *leaf, token),
            _ => None,
        }
    }

    fn store(&mut self, target: &Target, slot: usize, of: Leaf, token: Token<'_>) -> Option<()> {
        let slot = self.slots.get_mut(slot)?;
        match (of, token) {
            (Leaf::Plain(Scalar::String), Token::Text(text)) => {
                let fits = text.len() as u64 <= self.limits.string_bytes;
                fits.then(|| target.store_text(slot, text))
            }
            (Leaf::Plain(Scalar::Double), Token::Number(text)) => {
                let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
                put(slot, target.explicit || value.to_bits() != 0, Value::Double(value));
                Some(())
            }
            (Leaf::Plain(scalar @ (Scalar::Int32 | Scalar::Int64)), Token::Number(text)) => {
                // A fraction or an exponent may still be a whole number: that is not simple.
                let value = text.parse::<i64>().ok()?;
                let fits = scalar == Scalar::Int64 || i32::try_from(value).is_ok();
                fits.then(|| put(slot, target.explicit || value != 0, Value::Int(value)))
            }
            (_, Token::Text(raw) | Token::Number(raw) | Token::Other(raw)) => {
                // The general way counts the quotes as part of the text.
                let own;
                let quoted = if let Token::Text(_) = token {
                    own = format!("\"{raw}\"");
                    own.as_str()
                } else {
                    raw
                };
                let reading = Reading { model: self.plan.model(), limits: self.limits, sensitive: target.sensitive };
                if let Found::Value(value) = leaf(&reading, of, quoted, self.limits).ok()? {
                    target.store(slot, value);
                }
                Some(())
            }
        }
    }
}

/// A value without structure.
#[derive(Clone, Copy)]
enum Token<'t> {
    /// A text without escapes, without its quotes.
    Text(&'t str),
    Number(&'t str),
    /// True, false, null, or a text with escapes, as it stands.
    Other(&'t str),
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    /// The byte that comes after white space; stays before it.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// A name without escapes.
    fn name(&mut self) -> Option<&'t str> {
        self.take(b'"')?;
        match self.string()? {
            Token::Text(name) => Some(name),
            _ => None,
        }
    }

    fn token(&mut self) -> Option<Token<'t>> {
        match self.next()? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &'static str) -> Option<Token<'t>> {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            Token::Other(word)
        })
    }

    /// The string whose text begins here. Escapes by number are not simple: they may be halves of a pair.
    fn string(&mut self) -> Option<Token<'t>> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut escapes = false;
        loop {
            self.at = special(bytes, self.at)?;
            match (bytes[self.at], bytes.get(self.at + 1)) {
                (b'"', _) => break,
                (b'\\', Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => self.at += 2,
                _ => return None,
            }
            escapes = true;
        }
        let end = self.at;
        self.at += 1;
        let text = if escapes { self.text.get(start - 1..=end) } else { self.text.get(start..end) };
        text.map(if escapes { Token::Other } else { Token::Text })
    }

    /// A number by the grammar of JSON. Nothing looks at what follows: it has to be a comma or a bracket.
    fn number(&mut self) -> Option<Token<'t>> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut at = start + usize::from(bytes[start] == b'-');
        at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(bytes, at)? };
        if bytes.get(at) == Some(&b'.') {
            at = digits(bytes, at + 1)?;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            at = digits(bytes, at + 1 + sign)?;
        }
        self.at = at;
        self.text.get(start..at).map(Token::Number)
    }
}

/// One past the digits that begin at `at`, of which there is one at least.
#[inline]
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let count = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(at + count)
}

/// Where the next quote, backslash or control character stands, eight bytes at a time.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // The lowest bit that is set is right; borrows can only set others above it.
    let below = |word: u64, least: u64| word.wrapping_sub(ONES * least) & !word;
    while let Some(chunk) = bytes.get(at..)?.first_chunk() {
        let word = u64::from_le_bytes(*chunk);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (quote | backslash | below(word, 0x20)) & (ONES << 7);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(*byte, b'"' | b'\\' | 0..0x20);
    bytes[at..].iter().position(is_special).map(|found| at + found)
}
