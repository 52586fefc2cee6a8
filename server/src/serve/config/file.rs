//! The configuration file: TOML, read with the place of every key and value, so that each mistake in it can be shown
//! where it stands. Knows TOML; knows no key.

use std::ops::Range;
use std::path::{Path, PathBuf};

use fishplate::{Diagnostic, Place};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::given::{Given, Origin, Raw, wrong};

/// The text of a file, and what is needed to name places in it.
struct Source<'a> {
    name: String,
    folder: PathBuf,
    text: &'a str,
}

/// Every key of the file `path`, whose content is `text`, in the order in which they stand there; what is no TOML is
/// added to `mistakes`.
pub(super) fn read(path: &Path, text: &str, mistakes: &mut Vec<Diagnostic>) -> Vec<Given> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let source = Source { name: path.to_string_lossy().into_owned(), folder, text };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or_default();
        broken.push(line_of(text, span.start));
        mistakes.push(wrong(error.message().replace('\n', "; "), source.place(span)).into());
    }
    let mut found = Vec::new();
    source.walk("", table.get_ref(), &mut found);
    // What could be made of a line that is no TOML says nothing; its mistake has been told.
    found.retain(|(at, _)| !broken.contains(&line_of(text, *at)));
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, given)| given).collect()
}

impl Source<'_> {
    /// Adds the keys of `table`, whose own key is `prefix`, with where they begin.
    fn walk(&self, prefix: &str, table: &DeTable<'_>, found: &mut Vec<(usize, Given)>) {
        for (key, value) in table {
            let name =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            match value.get_ref() {
                // An empty one is told by its own name, so that a slip in it is found.
                DeValue::Table(inner) if !inner.is_empty() => self.walk(&name, inner, found),
                _ => {
                    let mut given = self.given(&name, value);
                    // A key that does not exist is underlined itself, so its place is needed too.
                    given.key_place = Some(self.place(key.span()));
                    found.push((key.span().start, given));
                }
            }
        }
    }

    fn given(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Given {
        let raw = match value.get_ref() {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => {
                i128::from_str_radix(number.as_str(), number.radix()).map_or(Raw::Other("number"), Raw::Whole)
            }
            DeValue::Boolean(on) => Raw::Switch(*on),
            DeValue::Array(list) => Raw::List(list.iter().map(|each| self.given(key, each)).collect()),
            other => Raw::Other(other.type_str()),
        };
        let origin = Origin::File { folder: self.folder.clone(), place: self.place(value.span()) };
        Given { key: key.to_owned(), raw, origin, key_place: None }
    }

    /// The place of `span` (bytes); of a span over several lines, its part on the first.
    fn place(&self, span: Range<usize>) -> Place {
        let (start, end) = (whole(self.text, span.start), whole(self.text, span.end));
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let line_end = line_start + line.len();
        let count = |range: Range<usize>| self.text.get(range).map_or(0, |text| text.chars().count());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place::Text {
            file: self.name.clone(),
            line: number(line_of(self.text, start)),
            column: number(count(line_start..start) + 1),
            width: number(count(start..end.min(line_end)).max(1)),
            source: shown(line),
        }
    }
}

/// The line, from 1, in which byte `at` stands.
fn line_of(text: &str, at: usize) -> usize {
    text[..whole(text, at)].matches('\n').count() + 1
}

/// `at` or, within a character, where that begins.
fn whole(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A line as an error shows it: whole, or not at all.
fn shown(line: &str) -> String {
    if line.chars().nth(fishplate::error::LONGEST_SOURCE).is_some() { String::new() } else { line.to_owned() }
}
