//! JSON lines: one event a line. Lines of white space are passed over. Knows line ends; JSON is the core's.

use std::io::{self, BufRead};

use fishplate::Body;

use super::{Input, Next, Position, Reader, too_large};

pub(super) struct Lines<'a> {
    input: Input<'a>,
    limit: u64,
    line: Vec<u8>,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: Input<'a>, limit: u64) -> Self {
        Self { input, limit, line: Vec::new(), number: 0 }
    }

    /// Reads one line without its end; keeps at most one byte more than the limit of it. Gives the whole length, or
    /// `None` at the end of the file.
    fn read_line(&mut self) -> io::Result<Option<u64>> {
        self.line.clear();
        let mut length = 0;
        loop {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                return Ok((length > 0).then_some(length));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = (self.limit + 1).saturating_sub(length).min(part.len() as u64) as usize;
            self.line.extend_from_slice(&part[..room]);
            length += part.len() as u64;
            let consumed = part.len() + usize::from(end.is_some());
            self.input.consume(consumed);
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}

impl Lines<'_> {
    /// The line that was found last.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }
}

impl Reader for Lines<'_> {
    fn next(&mut self) -> io::Result<Next> {
        if self.number == 0 {
            self.input.skip_mark()?;
        }
        while let Some(mut length) = self.read_line()? {
            self.number += 1;
            if self.line.len() as u64 == length && self.line.last() == Some(&b'\r') {
                self.line.pop();
                length -= 1;
            }
            if length > self.limit {
                return Ok(Next::Refused(too_large(length, self.limit)));
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Next::Event);
            }
        }
        Ok(Next::End)
    }

    fn body(&self) -> Body<'_> {
        Body::Json(&self.line)
    }

    fn position(&self) -> Position {
        Position::Line(self.number)
    }
}
