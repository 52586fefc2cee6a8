//! What a refused call returns: a status, and one diagnostic or more, each with a code, a place and a way out.
//! Its text is the same in every language, because every binding shows the text made here.

use std::fmt;

use fishplate_cel::Code;

use crate::status::Status;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The status of the whole.
    pub status: Status,
    /// What is wrong: at least one; all of them for a rule document.
    pub diagnostics: Vec<Diagnostic>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code: `F0203`.
    pub code: Code,
    /// What is wrong, without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What was expected there; stands beside the caret. May be empty.
    pub expected: String,
    /// What to do about it, where there is one suggestion.
    pub suggestion: Option<String>,
}

/// The most code points of a line that an error shows. A document may be one line of megabytes with a mistake in every
/// rule of it: an error that repeated the line for each would take the memory of its host.
pub const LONGEST_SOURCE: usize = 1_000;

/// `line` as an error shows it: whole, or not at all.
pub(crate) fn shown(line: &str) -> String {
    if line.chars().nth(LONGEST_SOURCE).is_some() { String::new() } else { line.to_owned() }
}

/// Where something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Nowhere in what came in.
    #[default]
    None,
    /// In a text: a rule document or a `.proto` file.
    Text {
        /// The file's name as the caller gave it.
        file: String,
        /// From 1.
        line: u32,
        /// From 1, in code points.
        column: u32,
        /// Code points to underline on this line, at least 1.
        width: u32,
        /// The line itself; empty if it has more than [`LONGEST_SOURCE`] code points.
        source: String,
    },
    /// A field of an event, by its path: `device.tags[3]`. Empty: the event itself.
    Field(String),
    /// A file that could not be read, or an argument of a call, by name.
    Name(String),
}

impl Error {
    /// An error of one diagnostic without expectation or suggestion.
    pub fn new(status: Status, code: Code, message: impl Into<String>, place: Place) -> Self {
        let diagnostic = Diagnostic { code, message: message.into(), place, expected: String::new(), suggestion: None };
        Self { status, diagnostics: vec![diagnostic] }
    }

    /// A refused event: `INVALID_ARGUMENT` at a field.
    pub fn field(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Status::InvalidArgument, code, message, Place::Field(path.into()))
    }

    /// The same with a suggestion on its last diagnostic.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        if let Some(last) = self.diagnostics.last_mut() {
            last.suggestion = Some(suggestion.into());
        }
        self
    }

    /// The first diagnostic's code, which names the error.
    pub fn code(&self) -> Code {
        self.diagnostics.first().map_or(crate::codes::INTERNAL, |first| first.code)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    /// Every diagnostic as a paragraph; the form of the contract, section 9.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl Diagnostic {
    /// Expectation and suggestion as one text: `expected double; remove the quotes`.
    pub fn hint(&self) -> String {
        match (&self.suggestion, self.expected.is_empty()) {
            (None, _) => self.expected.clone(),
            (Some(suggestion), true) => suggestion.clone(),
            (Some(suggestion), false) => format!("{}; {suggestion}", self.expected),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        let hint = self.hint();
        match &self.place {
            Place::Text { file, line, column, source, .. } if source.is_empty() && *column > 1 => {
                write!(f, "\n --> {file}:{line}:{column}")?;
            }
            Place::Text { file, line, column, width, source } => {
                let gutter = " ".repeat(line.to_string().len());
                let carets = "^".repeat(*width as usize);
                let indent = indent_of(source, *column);
                write!(
                    f,
                    "\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {source}\n{gutter} | {indent}{carets}"
                )?;
                if !hint.is_empty() {
                    write!(f, " {hint}")?;
                }
                return Ok(());
            }
            Place::Field(path) if path.is_empty() => f.write_str("\n --> event")?,
            Place::Field(path) => write!(f, "\n --> event.{path}")?,
            Place::Name(name) => write!(f, "\n --> {name}")?,
            Place::None => {}
        }
        if hint.is_empty() { Ok(()) } else { write!(f, "\n = {hint}") }
    }
}

/// White space that brings a caret under column `column`; tabs stay tabs, so that it lines up in any viewer.
fn indent_of(source: &str, column: u32) -> String {
    source.chars().take(column as usize - 1).map(|char| if char == '\t' { '\t' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_of_the_contract() {
        let error = Error {
            status: Status::InvalidArgument,
            diagnostics: vec![Diagnostic {
                code: Code(203),
                message: "cannot compare double with string".into(),
                place: Place::Text {
                    file: "rules/velocity.yaml".into(),
                    line: 14,
                    column: 24,
                    width: 5,
                    source: "  when: event.amount > \"500\"".into(),
                },
                expected: "expected double".into(),
                suggestion: Some("remove the quotes".into()),
            }],
        };
        assert_eq!(
            error.to_string(),
            "error[F0203]: cannot compare double with string\n  --> rules/velocity.yaml:14:24\n   |\n14 |   when: event.amount > \"500\"\n   |                        ^^^^^ expected double; remove the quotes"
        );
    }

    #[test]
    fn a_field_is_named_by_its_path() {
        let error = Error::field(Code(705), "device.name", "string of 300 bytes is over the limit string_bytes = 256");
        assert_eq!(
            error.to_string(),
            "error[F0705]: string of 300 bytes is over the limit string_bytes = 256\n --> event.device.name"
        );
    }
}
