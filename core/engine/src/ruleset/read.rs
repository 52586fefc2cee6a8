//! Reading the tree: small questions (a key's value, a name, a duration) that report what is wrong and go on.
//! Knows how mistakes are told; knows no key of the format.

use fishplate_cel::{Code, Duration, did_you_mean};

use super::source::{Position, Source};
use super::yaml::{Key, Kind, Node, fault};
use crate::codes;
use crate::error::Diagnostic;

/// Reads a tree and gathers every mistake in it.
pub(crate) struct Reader<'s> {
    pub(crate) source: &'s Source,
    pub(crate) faults: Vec<Diagnostic>,
}

/// The entries of a map by key. There are as few as the format has keys, but in a map that is wrong.
pub(crate) struct Entries<'n> {
    pub(crate) at: Position,
    entries: &'n [(Key, Node)],
}

impl<'n> Entries<'n> {
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        // Of a key that stands there twice, which has been reported, the last counts.
        self.entries.iter().rev().find(|(key, _)| key.name == *name).map(|(_, node)| node)
    }
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Source, faults: Vec<Diagnostic>) -> Self {
        Self { source, faults }
    }

    /// Reports a mistake of `width` code points at `at`.
    pub(crate) fn report(
        &mut self,
        code: Code,
        at: Position,
        width: usize,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.faults.push(fault(self.source, code, at, width, message));
        self.faults.last_mut().expect("a fault was pushed on the line above")
    }

    /// Reports a mistake that covers `node`.
    pub(crate) fn report_node(&mut self, code: Code, node: &Node, message: impl Into<String>) -> &mut Diagnostic {
        let width = match &node.kind {
            Kind::Scalar(text, _) => text.lines().next().unwrap_or("").chars().count(),
            Kind::List(_) | Kind::Map(_) => 1,
        };
        self.report(code, node.at, width, message)
    }

    /// `node` as a map, each key one of `known`.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Entries<'n>> {
        let entries = self.map(node, what)?;
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                let fault = self.report(
                    codes::UNKNOWN_KEY,
                    key.at,
                    key.name.chars().count(),
                    format!("{what} has no key `{}`", key.name),
                );
                fault.expected = format!("one of {}", known.join(", "));
                fault.suggestion = did_you_mean(&key.name, known.iter().copied());
            }
        }
        Some(Entries { at: node.at, entries })
    }

    /// `node` as a map of any keys.
    pub(crate) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        match &node.kind {
            Kind::Map(entries) => Some(entries),
            _ => self.wrong_kind(node, what, "a map"),
        }
    }

    /// `node` as a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(nodes) => Some(nodes),
            _ => self.wrong_kind(node, what, "a list"),
        }
    }

    /// `node` as text.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.kind {
            Kind::Scalar(text, _) if !text.is_empty() => Some(text),
            _ => self.wrong_kind(node, what, "text"),
        }
    }

    fn wrong_kind<T>(&mut self, node: &Node, what: &str, needed: &str) -> Option<T> {
        let found = match &node.kind {
            Kind::Scalar(text, _) if text.is_empty() => "nothing",
            Kind::Scalar(..) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        };
        self.report_node(codes::WRONG_KIND, node, format!("{what} is {needed}, not {found}")).expected =
            format!("expected {needed}");
        None
    }

    /// The value of a key that has to be there.
    pub(crate) fn required<'n>(&mut self, entries: &Entries<'n>, name: &str, what: &str) -> Option<&'n Node> {
        let found = entries.get(name);
        if found.is_none() {
            self.report(codes::MISSING_KEY, entries.at, 1, format!("{what} needs the key `{name}`"));
        }
        found
    }

    /// A name that expressions can use: a letter or `_`, then letters, digits, `_`.
    pub(crate) fn identifier(&mut self, key: &Key, what: &str) -> bool {
        let mut chars = key.name.chars();
        let first = chars.next().is_some_and(|char| char.is_ascii_alphabetic() || char == '_');
        let good = first && chars.all(|char| char.is_ascii_alphanumeric() || char == '_');
        if !good {
            let message = format!("`{}` cannot name {what}", key.name);
            self.report(codes::BAD_NAME, key.at, key.name.chars().count(), message).expected =
                "a letter or _, then letters, digits and _".into();
        }
        good
    }

    /// A duration that is not negative: CEL's form (`1h30m`, `90s`, `250ms`), or whole days (`7d`).
    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<i128> {
        let text = self.text(node, what)?;
        let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
        let nanos = match days {
            Some(days) => Some(i128::from(days) * 86_400 * 1_000_000_000),
            None => Duration::parse(text).map(Duration::as_nanos),
        };
        let nanos = nanos.filter(|nanos| *nanos >= 0);
        if nanos.is_none() {
            self.report_node(codes::BAD_DURATION, node, format!("`{text}` is not a duration for {what}")).expected =
                "a duration such as 30s, 5m, 1h30m or 7d".into();
        }
        nanos
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let fault = self.report_node(codes::WRONG_KIND, node, format!("`{text}` is not {what}"));
            fault.expected = format!("one of {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "));
            fault.suggestion = did_you_mean(text, words.iter().map(|(word, _)| *word));
        }
        found
    }

    /// A whole number from 1.
    pub(crate) fn count(&mut self, node: &Node, what: &str) -> Option<u64> {
        let text = self.text(node, what)?;
        let count = text.parse::<u64>().ok().filter(|count| *count > 0);
        if count.is_none() {
            self.report_node(codes::WRONG_KIND, node, format!("{what} is a whole number from 1, not `{text}`"));
        }
        count
    }
}
