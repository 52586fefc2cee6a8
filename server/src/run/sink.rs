//! Where decisions go: one line an event, in order. Knows lines; knows nothing of why they are written.

use std::io::{self, BufWriter, Write};

use fishplate::{Decision, Error};

use crate::events::Position;
use crate::json;

/// Bytes that are gathered before they are written.
const BLOCK: usize = 64 << 10;

/// A buffered output of lines.
pub(super) struct Sink {
    out: BufWriter<Box<dyn Write>>,
    line: Vec<u8>,
    /// What went wrong in [`Self::flush`], until somebody can be told.
    failed: Option<io::Error>,
}

impl Sink {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out: BufWriter::with_capacity(BLOCK, out), line: Vec::new(), failed: None }
    }

    /// Writes the decision of event number `event`.
    pub(super) fn decision(&mut self, event: u64, decision: &Decision) -> io::Result<()> {
        self.line.clear();
        write!(self.line, "{{\"event\":{event},")?;
        json::write_decision(decision, &mut self.line);
        self.end_line()
    }

    /// Writes a decision that no event asked for.
    pub(super) fn timer(&mut self, decision: &Decision) -> io::Result<()> {
        self.line.clear();
        self.line.extend(b"{\"timer\":");
        json::write_timer(decision, &mut self.line);
        self.line.push(b',');
        json::write_decision(decision, &mut self.line);
        self.end_line()
    }

    /// Writes why event number `event`, which stands at `position`, was refused.
    pub(super) fn refusal(&mut self, event: u64, position: Position, error: &Error) -> io::Result<()> {
        self.line.clear();
        match position {
            Position::Line(line) => write!(self.line, "{{\"event\":{event},\"line\":{line},\"error\":")?,
            Position::Offset(offset) => write!(self.line, "{{\"event\":{event},\"offset\":{offset},\"error\":")?,
        }
        json::write_error(error, &mut self.line);
        self.end_line()
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.extend(b"}\n");
        match self.failed.take() {
            None => self.out.write_all(&self.line),
            Some(error) => Err(error),
        }
    }

    /// Writes out what was gathered; a failure shows at the next line or the end.
    pub(super) fn flush(&mut self) {
        self.failed = self.failed.take().or(self.out.flush().err());
    }

    /// Writes out the rest.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.flush();
        self.failed.take().map_or(Ok(()), Err)
    }
}
