//! Where lines go, in order. Knows bytes; knows nothing of why they are written.

use std::io::{self, BufWriter, Write};

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

    /// Writes the line that `line` appends.
    pub(super) fn line(&mut self, line: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.line.clear();
        line(&mut self.line);
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
