//! The text of a document and the places in it: from a YAML scalar's content back to line and column.
//! Knows quoting and folding; knows no key of the format.

use crate::error::{Place, shown};

/// The document's text, by line.
#[derive(Debug)]
pub(crate) struct Source {
    file: String,
    text: String,
    /// Byte offset of the first byte of each line.
    lines: Vec<usize>,
}

/// A position: line and column from 1, the column in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    /// `|` or `>`.
    Block,
}

impl Source {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file: file.to_owned(), text: text.to_owned(), lines: std::iter::once(0).chain(starts).collect() }
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Line `line` (from 1) without its line end; empty past the last.
    pub(crate) fn line(&self, line: u32) -> &str {
        let Some(start) = self.lines.get(line as usize - 1) else { return "" };
        let end = self.lines.get(line as usize).map_or(self.text.len(), |next| next - 1);
        self.text[*start..end].trim_end_matches('\r')
    }

    /// A place of `width` code points on one line.
    pub(crate) fn place(&self, at: Position, width: u32) -> Place {
        let source = self.line(at.line);
        let left = (source.chars().count() as u32 + 1).saturating_sub(at.column);
        Place::Text {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            width: width.min(left).max(1),
            source: shown(source),
        }
    }

    /// The position in the document of byte `offset` of a scalar's content `value`, which begins at `start`: with its
    /// quote if it is quoted, on its first line of content if it is a block.
    ///
    /// Content and text are walked side by side: escapes and doubled quotes stand for one character, and white space
    /// in the text that the content lacks (indentation, folding) is passed over.
    pub(crate) fn inside(&self, start: Position, style: Style, value: &str, offset: usize) -> Position {
        let mut raw = Cursor::at(self, start);
        match style {
            Style::Plain => {}
            Style::Single | Style::Double => raw.step(),
            // The parser gives the start of the content; its indicator stands on the line above.
            Style::Block => {}
        }
        for (at, char) in value.char_indices() {
            if !raw.seek(char, style) {
                return start;
            }
            if at >= offset {
                return raw.position;
            }
            raw.consume(style);
        }
        raw.position
    }
}

/// A place in the text that moves forward only.
struct Cursor<'s> {
    rest: &'s str,
    position: Position,
}

impl<'s> Cursor<'s> {
    fn at(source: &'s Source, position: Position) -> Self {
        let line = source.lines.get(position.line as usize - 1).copied().unwrap_or(source.text.len());
        let column = source.text[line..].chars().take(position.column as usize - 1).map(char::len_utf8).sum::<usize>();
        Self { rest: &source.text[line + column..], position }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn step(&mut self) {
        let Some(char) = self.peek() else { return };
        self.rest = &self.rest[char.len_utf8()..];
        if char == '\n' {
            self.position = Position { line: self.position.line + 1, column: 1 };
        } else {
            self.position.column += 1;
        }
    }

    /// Moves to where `char` of the content stands; `false` if it stands nowhere (the end of the text).
    fn seek(&mut self, char: char, style: Style) -> bool {
        loop {
            let Some(here) = self.peek() else { return false };
            let escaped = style == Style::Double && here == '\\';
            if here == char || escaped || (char.is_whitespace() && here.is_whitespace()) {
                return true;
            }
            if !here.is_whitespace() {
                return false;
            }
            self.step();
        }
    }

    /// Passes over one character of the content: an escape or a doubled quote is one.
    fn consume(&mut self, style: Style) {
        let here = self.peek();
        self.step();
        if style == Style::Double && here == Some('\\') {
            let digits = match self.peek() {
                Some('x') => 2,
                Some('u') => 4,
                Some('U') => 8,
                _ => 0,
            };
            (0..=digits).for_each(|_| self.step());
        } else if style == Style::Single && here == Some('\'') {
            self.step();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn a_plain_scalar_is_as_written() {
        let source = Source::new("f", "when: événement > \"500\"\n");
        let value = "événement > \"500\"";
        let offset = value.find('"').expect("a quote");
        assert_eq!(source.inside(at(1, 7), Style::Plain, value, offset), at(1, 19));
    }

    #[test]
    fn quotes_and_escapes_are_one_character_each() {
        let source = Source::new("f", "a: 'it''s x'\nb: \"\\u00e9\\n x\"\n");
        assert_eq!(source.inside(at(1, 4), Style::Single, "it's x", 5), at(1, 11));
        assert_eq!(source.inside(at(2, 4), Style::Double, "é\n x", 4), at(2, 14));
    }

    #[test]
    fn a_block_is_read_behind_its_indentation() {
        let source = Source::new("f", "when: |\n    a &&\n    b\n");
        assert_eq!(source.inside(at(2, 5), Style::Block, "a &&\nb\n", 0), at(2, 5));
        assert_eq!(source.inside(at(2, 5), Style::Block, "a &&\nb\n", 5), at(3, 5));
    }

    #[test]
    fn a_folded_line_is_one_space() {
        let source = Source::new("f", "when: a &&\n      b\n");
        assert_eq!(source.inside(at(1, 7), Style::Plain, "a && b", 5), at(2, 7));
    }

    #[test]
    fn a_place_past_the_end_of_a_line_still_has_a_caret() {
        let source = Source::new("f", "ab");
        assert_eq!(
            source.place(at(1, 3), 4),
            Place::Text { file: "f".into(), line: 1, column: 3, width: 1, source: "ab".into() }
        );
    }
}
