//! CSV by RFC 4180: a header, then an event a row. Knows quotes and line ends; what a cell means, the core decides.

use std::io::{self, BufRead};

use csv_core::ReadRecordResult;
use fishplate::{Body, Cells, Columns, Engine, Error, codes};

use super::{Input, Next, Position, Reader, Unusable, too_large};

/// How much room a row has at first; it grows up to the limit.
const ROOM: usize = 1 << 10;

pub(super) struct Rows<'a> {
    table: Table<'a>,
    columns: Columns,
}

impl<'a> Rows<'a> {
    /// Reads the header and resolves its columns.
    pub(super) fn new(input: Input<'a>, engine: &Engine, limit: u64) -> Result<Self, Unusable> {
        let mut table = Table {
            input,
            limit,
            parser: csv_core::Reader::new(),
            row: Row { text: vec![0; ROOM], ends: vec![0; 64], cells: 0 },
            line: 0,
        };
        let header_length = table.read_row()?;
        match header_length {
            None => return Err(wrong(Error::field(codes::MALFORMED_ROW, "", "the file has no header"))),
            Some(length) if length > limit => return Err(wrong(too_large(length, limit))),
            Some(_) => {}
        }
        let names: Result<Vec<&str>, _> =
            (0..table.row.cells).map(|at| std::str::from_utf8(table.row.get(at).unwrap_or_default())).collect();
        let names = names.map_err(|_| wrong(Error::field(codes::INVALID_UTF8, "", "the header is not valid UTF-8")))?;
        let columns = engine.columns(&names).map_err(Unusable::Wrong)?;
        Ok(Self { table, columns })
    }
}

fn wrong(error: Error) -> Unusable {
    Unusable::Wrong(error)
}

impl Reader for Rows<'_> {
    fn next(&mut self) -> io::Result<Next> {
        let limit = self.table.limit;
        Ok(match self.table.read_row()? {
            None => Next::End,
            Some(length) if length > limit => Next::Refused(too_large(length, limit)),
            Some(_) => Next::Event,
        })
    }

    fn body(&self) -> Body<'_> {
        Body::Row(&self.columns, &self.table.row)
    }

    fn position(&self) -> Position {
        Position::Line(self.table.line)
    }
}

/// A table of text, read row by row.
struct Table<'a> {
    input: Input<'a>,
    /// Bytes that a row may have.
    limit: u64,
    parser: csv_core::Reader,
    row: Row,
    /// The line where the row begins, from 1.
    line: u64,
}

/// The cells of one row, one after the other in `text`.
struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
}

impl Table<'_> {
    /// Reads one row. Of a row that is longer than the limit, only the length is kept. Gives the length of its text, or
    /// `None` at the end of the file.
    fn read_row(&mut self) -> io::Result<Option<u64>> {
        let (mut used, mut cells, mut dropped) = (0, 0, 0u64);
        self.skip_line_ends()?;
        self.line = self.parser.line();
        loop {
            let available = self.input.fill_buf()?;
            let (result, consumed, written, ended) =
                self.parser.read_record(available, &mut self.row.text[used..], &mut self.row.ends[cells..]);
            self.input.consume(consumed);
            used += written;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
                // A row within the limit gets room; of one beyond it, what was read is dropped and counted.
                ReadRecordResult::OutputFull if used as u64 <= self.limit && dropped == 0 => {
                    self.row.text.resize(used * 2, 0);
                }
                ReadRecordResult::OutputFull => {
                    dropped += used as u64;
                    used = 0;
                }
                // A cell has at least the comma before it, so the limit on bytes bounds their number too.
                ReadRecordResult::OutputEndsFull if (cells as u64) <= self.limit && dropped == 0 => {
                    self.row.ends.resize(cells * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    dropped += (cells + used) as u64;
                    (used, cells) = (0, 0);
                }
            }
        }
        self.row.cells = cells;
        Ok(Some(dropped + used as u64))
    }

    /// Passes over empty lines here, so that a row's line is the one where it begins.
    fn skip_line_ends(&mut self) -> io::Result<()> {
        while let Some(&byte) = self.input.fill_buf()?.first() {
            if byte != b'\n' && byte != b'\r' {
                break;
            }
            self.input.consume(1);
            if byte == b'\n' {
                self.parser.set_line(self.parser.line() + 1);
            }
        }
        Ok(())
    }
}

impl Cells for Row {
    fn get(&self, at: usize) -> Option<&[u8]> {
        if at >= self.cells {
            return None;
        }
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..self.ends[at]])
    }

    fn len(&self) -> usize {
        self.cells
    }
}
