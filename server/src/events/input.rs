//! The bytes of a file of events. Before each read that may wait, what was decided so far is written out, so that a
//! reader of the decisions never waits for the next block of events.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use crate::interrupt::Interrupt;

/// Bytes that are read at once: large enough that the cost of a read does not show.
const BLOCK: usize = 64 << 10;

/// A buffered input with its position.
pub(crate) struct Input<'a> {
    source: Box<dyn Read + 'a>,
    interrupt: &'a Interrupt,
    before_read: Box<dyn FnMut() + 'a>,
    total_read: &'a Cell<u64>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    position: u64,
}

impl<'a> Input<'a> {
    /// An input from `source`; `before_read` is called before each read of it, and `total_read` counts its bytes.
    pub(crate) fn new(
        source: Box<dyn Read + 'a>,
        interrupt: &'a Interrupt,
        before_read: Box<dyn FnMut() + 'a>,
        total_read: &'a Cell<u64>,
    ) -> Self {
        let buffer = vec![0; BLOCK].into_boxed_slice();
        Self { source, interrupt, before_read, total_read, buffer, start: 0, end: 0, position: 0 }
    }

    /// How many bytes were consumed.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Passes a byte-order mark at the beginning, as some programs put before text.
    pub(crate) fn skip_mark(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        // The first read may give fewer than three bytes: ask until the beginning is known.
        while self.end - self.start < MARK.len() && self.read_more()? > 0 {}
        if self.buffer[self.start..self.end].starts_with(MARK) {
            self.consume(MARK.len());
        }
        Ok(())
    }

    fn read_more(&mut self) -> io::Result<usize> {
        (self.before_read)();
        let count = loop {
            match self.interrupt.read(&mut *self.source, &mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += count;
        self.total_read.set(self.total_read.get() + count as u64);
        Ok(count)
    }
}

impl Read for Input<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
    }
}
