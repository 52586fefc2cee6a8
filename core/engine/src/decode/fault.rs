//! A refused event on its way up: the path is put together from the inside out, so that an event without a mistake
//! pays nothing for it.

use fishplate_cel::Code;

use crate::codes;
use crate::error::Error;

/// What every step of decoding gives.
pub(super) type Outcome<T> = Result<T, Box<Fault>>;

/// What is wrong, and where, seen from the message that is being decoded.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    path: String,
    suggestion: Option<String>,
}

/// Text of an event that is longer than this is cut in an error.
const SHOWN: usize = 80;

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { code, message: message.into(), path: String::new(), suggestion: None })
    }

    pub(super) fn suggest(mut self: Box<Self>, suggestion: impl Into<String>) -> Box<Self> {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub(super) fn maybe_suggest(mut self: Box<Self>, suggestion: Option<String>) -> Box<Self> {
        self.suggestion = suggestion;
        self
    }

    /// The fault is in field `name` of a message.
    pub(super) fn in_field(mut self: Box<Self>, name: &str) -> Box<Self> {
        self.path = format!("{}{}{}", shown(name), self.dot(), self.path);
        self
    }

    /// What stands between a step and the path behind it.
    fn dot(&self) -> &'static str {
        if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." }
    }

    /// The fault is in entry `at` of a list.
    pub(super) fn in_entry(mut self: Box<Self>, at: usize) -> Box<Self> {
        self.path = format!("[{at}]{}{}", self.dot(), self.path);
        self
    }

    /// The fault is in the entry of a map under the key that `key` shows.
    pub(super) fn in_key(mut self: Box<Self>, key: &str) -> Box<Self> {
        self.path = format!("[{key}]{}", self.path);
        self
    }

    pub(super) fn into_error(self) -> Error {
        let error = Error::field(self.code, self.path, self.message);
        match self.suggestion {
            Some(suggestion) => error.suggest(suggestion),
            None => error,
        }
    }
}

/// Text of an event as an error shows it: without control characters, and not too much of it.
pub(super) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).flat_map(visible).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

fn visible(char: char) -> impl Iterator<Item = char> {
    let escaped = char.is_control().then(|| char.escape_default());
    let plain = if escaped.is_none() { Some(char) } else { None };
    escaped.into_iter().flatten().chain(plain)
}

/// Text of an event in quotes, or `(masked)` if its field is sensitive.
pub(super) fn quoted(text: &str, sensitive: bool) -> String {
    if sensitive { "(masked)".into() } else { format!("\"{}\"", shown(text)) }
}

/// A value of an event, or `(masked)` if its field is sensitive.
pub(super) fn bare(text: impl std::fmt::Display, sensitive: bool) -> String {
    if sensitive { "(masked)".into() } else { shown(&text.to_string()) }
}

/// `list of 10001 entries is over the limit list_entries = 10000`
pub(super) fn over(code: Code, what: impl std::fmt::Display, name: &str, limit: u64) -> Box<Fault> {
    Fault::new(code, format!("{what} is over the limit {name} = {limit}"))
}

/// Refuses a string or bytes field before it is copied.
pub(super) fn check_length(what: &str, length: usize, limit: u64) -> Outcome<()> {
    if length as u64 <= limit {
        return Ok(());
    }
    Err(over(codes::LIMIT_STRING_BYTES, format_args!("{what} of {length} bytes"), "string_bytes", limit))
}

/// Refuses an event before it is looked at.
pub(super) fn check_event(length: usize, limit: u64) -> Outcome<()> {
    if length as u64 <= limit {
        return Ok(());
    }
    Err(over(codes::LIMIT_EVENT_BYTES, format_args!("event of {length} bytes"), "event_bytes", limit))
}

/// Refuses the entry that a list or map has no room for.
pub(super) fn check_entries(what: &str, entries: usize, limit: u64) -> Outcome<()> {
    if entries as u64 <= limit {
        return Ok(());
    }
    Err(over(codes::LIMIT_LIST_ENTRIES, format_args!("{what} of {entries} entries"), "list_entries", limit))
}

/// Refuses the field that a message has no room for.
pub(super) fn check_fields(fields: u64, limit: u64) -> Outcome<()> {
    if fields <= limit {
        return Ok(());
    }
    Err(over(codes::LIMIT_MESSAGE_FIELDS, format_args!("message of {fields} fields"), "message_fields", limit))
}

/// The most that `message_depth` can be: the depth that protobuf's own parsers stop at.
const DEEPEST: u64 = 100;

/// Refuses a message nested too deep; the event itself is at depth 1.
pub(super) fn check_depth(depth: u64, limit: u64) -> Outcome<()> {
    // A greater limit would let an event grow the stack of whoever decides it.
    let limit = limit.min(DEEPEST);
    if depth <= limit {
        return Ok(());
    }
    Err(over(codes::LIMIT_MESSAGE_DEPTH, format_args!("message at depth {depth}"), "message_depth", limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_together_from_the_inside_out() {
        let fault = || Fault::new(codes::WRONG_FIELD_TYPE, "wrong");
        let text = |fault: Box<Fault>| fault.into_error().to_string();
        assert!(text(fault().in_entry(3).in_field("tags").in_field("device")).ends_with("event.device.tags[3]"));
        assert!(text(fault().in_key("\"k\"").in_field("attrs")).ends_with("event.attrs[\"k\"]"));
    }

    #[test]
    fn control_characters_and_long_text_are_not_shown_raw() {
        assert_eq!(shown("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(shown(&"é".repeat(100)).chars().count(), SHOWN + 1);
    }
}
