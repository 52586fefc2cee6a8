//! CSV text → fields and the places where they begin. RFC 4180: <https://www.rfc-editor.org/rfc/rfc4180>.

use csv_core::{ReadFieldResult, Reader};

use super::super::source::Position;

/// A field: its content, and where it begins in the text, with its quote if it has one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) at: Position,
}

/// The records of `text`; empty lines are none.
pub(super) fn records(text: &str) -> Vec<Vec<Field>> {
    let mut reader = Reader::new();
    let mut walk = Walk { rest: text, position: Position { line: 1, column: 1 } };
    let (mut records, mut record, mut content) = (Vec::new(), Vec::new(), Vec::new());
    let mut buffer = [0; 256];
    let mut at = None;
    loop {
        if at.is_none() && record.is_empty() {
            // The parser passes over line ends before a record.
            walk.skip_line_ends();
        }
        let begun = *at.get_or_insert(walk.position);
        let (result, read, written) = reader.read_field(walk.rest.as_bytes(), &mut buffer);
        walk.forward(read);
        content.extend_from_slice(&buffer[..written]);
        match result {
            ReadFieldResult::InputEmpty if walk.rest.is_empty() => {}
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                // Bytes of UTF-8 text, quotes taken out: still UTF-8.
                let text = String::from_utf8_lossy(&std::mem::take(&mut content)).into_owned();
                record.push(Field { text, at: begun });
                at = None;
                if record_end {
                    records.push(std::mem::take(&mut record));
                }
            }
            ReadFieldResult::End => return records,
        }
    }
}

/// What is left to read, and where that begins.
struct Walk<'t> {
    rest: &'t str,
    position: Position,
}

impl Walk<'_> {
    fn skip_line_ends(&mut self) {
        let ends = self.rest.bytes().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.forward(ends);
    }

    /// Passes over bytes that the parser has read: it stops behind a delimiter, a line end or the text, never inside a
    /// character.
    fn forward(&mut self, bytes: usize) {
        let Some((passed, rest)) = self.rest.split_at_checked(bytes) else { return };
        for char in passed.chars() {
            if char == '\n' {
                self.position = Position { line: self.position.line + 1, column: 1 };
            } else {
                self.position.column += 1;
            }
        }
        self.rest = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str, line: u32, column: u32) -> Field {
        Field { text: text.to_owned(), at: Position { line, column } }
    }

    #[test]
    fn fields_know_where_they_begin() {
        let found = records("a,é,c\r\n\"1,\"\"x\"\"\",2,\n\n3,,4");
        assert_eq!(
            found,
            [
                vec![field("a", 1, 1), field("é", 1, 3), field("c", 1, 5)],
                vec![field("1,\"x\"", 2, 1), field("2", 2, 11), field("", 2, 13)],
                vec![field("3", 4, 1), field("", 4, 3), field("4", 4, 4)],
            ]
        );
    }

    #[test]
    fn a_quoted_field_may_have_lines_and_be_longer_than_any_buffer() {
        let long = "é".repeat(1000);
        let found = records(&format!("\"x\n{long}\",y\n"));
        assert_eq!(found, [vec![field(&format!("x\n{long}"), 1, 1), field("y", 2, 1003)]]);
    }

    #[test]
    fn a_line_of_nothing_but_delimiters_is_a_record_and_an_empty_one_is_none() {
        assert_eq!(records("\n\n"), [] as [Vec<Field>; 0]);
        assert_eq!(records("\n,\n"), [vec![field("", 2, 1), field("", 2, 2)]]);
    }
}
