//! The text of literals → their values. It knows escapes and ranges, not where the text stands.

use super::token::Token;
use crate::diag::{Code, Span};

/// A complaint, with its place relative to the literal's first byte.
pub(super) type Problem = (Span, Code, String);

/// Reads the number at the start of `text`: its token, its length, and what is wrong with it.
pub(super) fn number(text: &str) -> (Token, usize, Option<String>) {
    let bytes = text.as_bytes();
    if matches!(bytes, [b'0', b'x', ..]) {
        return hex(text);
    }
    let mut end = digits(bytes, 0);
    let mut double = false;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        double = true;
        end = digits(bytes, end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            double = true;
            end = digits(bytes, end + 1 + sign);
        }
    }
    if double {
        return finish(text, end, text[..end].parse().ok().filter(|value: &f64| value.is_finite()).map(Token::Double));
    }
    if matches!(bytes.get(end), Some(b'u' | b'U')) {
        return finish(text, end + 1, text[..end].parse().ok().map(Token::Uint));
    }
    finish(text, end, text[..end].parse().ok().filter(|value| *value <= 1 << 63).map(Token::Int))
}

fn hex(text: &str) -> (Token, usize, Option<String>) {
    let end = 2 + text.bytes().skip(2).take_while(u8::is_ascii_hexdigit).count();
    let value = u64::from_str_radix(&text[2..end], 16).ok();
    if matches!(text.as_bytes().get(end), Some(b'u' | b'U')) {
        return finish(text, end + 1, value.map(Token::Uint));
    }
    finish(text, end, value.filter(|value| *value <= 1 << 63).map(Token::Int))
}

fn digits(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A number that runs into letters is malformed as a whole: `12abc` is not `12` and a name.
fn finish(text: &str, end: usize, token: Option<Token>) -> (Token, usize, Option<String>) {
    let tail = text.as_bytes()[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    match token {
        Some(token) if tail == 0 => (token, end, None),
        None if tail == 0 && end > 2 => (Token::Broken, end, Some("the number is out of range".to_owned())),
        _ => (Token::Broken, end + tail, Some("malformed number".to_owned())),
    }
}

/// Reads the string or bytes literal at the start of `text`, whose quote follows `prefix` letters.
pub(super) fn string(text: &str, prefix: usize) -> (Token, usize, Vec<Problem>) {
    if prefix == 0
        && let Some((text, length)) = plain(text)
    {
        return (Token::Text(text.into()), length, Vec::new());
    }
    let bytes = text.as_bytes();
    let letters = text[..prefix].to_ascii_lowercase();
    let mut reader = Reader {
        text,
        at: prefix,
        raw: letters.contains('r'),
        octets: letters.contains('b'),
        out: Vec::new(),
        problems: Vec::new(),
    };
    let quote = bytes[prefix];
    let triple = bytes[prefix..].starts_with(&[quote; 3]);
    reader.at += if triple { 3 } else { 1 };
    let ended = reader.body(quote, triple);
    if !ended {
        let message = "the string never ends".to_owned();
        reader.problems.insert(0, (Span::new(0, reader.at), Code::UNTERMINATED_STRING, message));
    }
    let token = if !reader.problems.is_empty() {
        Token::Broken
    } else if reader.octets {
        Token::Bytes(reader.out.as_slice().into())
    } else {
        // Only whole characters of `text` and whole code points of escapes are ever appended.
        Token::Text(String::from_utf8(reader.out).expect("made of whole code points").into())
    };
    (token, reader.at, reader.problems)
}

/// What stands between the quotes of a string without letters before it, if that is what it means; and the length of all.
fn plain(text: &str) -> Option<(&str, usize)> {
    let (quote, inside) = text.as_bytes().split_first()?;
    let end = inside.iter().position(|byte| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r'))?;
    let triple = inside.starts_with(&[*quote; 2]);
    (inside[end] == *quote && !triple).then(|| (&text[1..=end], end + 2))
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    raw: bool,
    octets: bool,
    out: Vec<u8>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads up to and over the closing quote; false if the text (or, in a short string, the line) ends first.
    fn body(&mut self, quote: u8, triple: bool) -> bool {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                None => return false,
                Some(b'\n' | b'\r') if !triple => return false,
                Some(byte) if *byte == quote && !triple => {
                    self.at += 1;
                    return true;
                }
                Some(byte) if *byte == quote && bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return true;
                }
                // In a raw string a backslash is itself, before a quote too: `r'\'` is one backslash.
                Some(b'\\') if !self.raw => self.escape(),
                Some(b'\r') => self.line_end(),
                Some(byte) => {
                    self.out.push(*byte);
                    self.at += 1;
                }
            }
        }
    }

    /// Every end of a line is a `\n`, so that a text means the same however its lines end.
    fn line_end(&mut self) {
        self.at += if self.text.as_bytes()[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
        self.out.push(b'\n');
    }

    fn escape(&mut self) {
        let start = self.at;
        let Some(letter) = self.text[start + 1..].chars().next() else {
            self.at += 1; // The end of the text: the string never ends, and that is the complaint.
            return;
        };
        self.at += 1 + letter.len_utf8();
        let simple = match letter {
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 0x0b,
            '\\' | '?' | '"' | '\'' | '`' => letter as u8,
            _ => return self.numeric_escape(start, letter),
        };
        self.out.push(simple);
    }

    fn numeric_escape(&mut self, start: usize, letter: char) {
        let (radix, from, length) = match letter {
            'x' | 'X' => (16, start + 2, 2),
            'u' if !self.octets => (16, start + 2, 4),
            'U' if !self.octets => (16, start + 2, 8),
            '0'..='3' => (8, start + 1, 3),
            _ => return self.bad_escape(start),
        };
        let digits = self.text.as_bytes()[from..].iter().take(length).take_while(|b| char::from(**b).is_digit(radix));
        let digits = digits.count();
        self.at = from + digits;
        let value = (digits == length).then(|| u32::from_str_radix(&self.text[from..from + digits], radix).ok());
        match value.flatten() {
            Some(value) if self.octets => self.out.push(value as u8), // two hex or three octal digits fit
            Some(value) => match char::from_u32(value) {
                Some(c) => self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => self.bad_escape(start),
            },
            None => self.bad_escape(start),
        }
    }

    fn bad_escape(&mut self, start: usize) {
        let span = Span::new(start, self.at);
        let message = format!("the language has no escape `{}`", self.text[start..self.at].escape_debug());
        self.problems.push((span, Code::BAD_ESCAPE, message));
    }
}
