//! The rows of a table as cells with their places, from the document or from a CSV file.

use fishplate_cel::Code;

use super::super::document::{Document, RowsDecl, cell};
use super::super::read::Reader;
use super::super::source::{Position, Source};
use super::super::yaml::{Kind, Node};
use super::csv;
use crate::codes;
use crate::schema::ReadFile;

/// The rows of a table.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) rows: Vec<Row>,
}

/// What a row may have.
#[derive(Clone, Debug)]
pub(crate) struct Columns<'c> {
    /// In the order of the document.
    pub(crate) names: Vec<&'c str>,
    /// How many of them, from the first on, only maps and files have, if they like: ids.
    pub(crate) optional: usize,
    /// Whether a map of cells has all of them.
    pub(crate) whole: bool,
    /// Of what is wrong.
    pub(crate) code: Code,
}

/// A row: its place, and its cells in the order of [`Columns::names`].
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) at: Position,
    pub(crate) cells: Vec<Cell>,
}

/// A cell; one that a row does not have is empty, at the row's place.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) at: Position,
}

/// The CSV files that the document's tables name, each once; `most` bytes of each.
pub(crate) fn files(
    reader: &mut Reader<'_>,
    document: &Document<'_>,
    read: &mut ReadFile<'_>,
    most: u64,
) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    let rows = document.rules.iter().filter_map(|rule| rule.table.as_ref()).map(|table| table.rows);
    for rows in rows.chain(document.lookups.iter().map(|lookup| lookup.rows)) {
        let RowsDecl::File { name, node } = rows else { continue };
        if found.iter().any(|source| source.file() == name) {
            continue;
        }
        match read(name).map(String::from_utf8) {
            Ok(Ok(text)) if text.len() as u64 > most => {
                let message = format!("`{name}` has more than the {most} bytes of the limit document_bytes");
                reader.report_node(codes::LIMIT_DOCUMENT_BYTES, node, message);
            }
            Ok(Ok(text)) => found.push(Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(&text))),
            Ok(Err(_)) => drop(reader.report_node(codes::INVALID_UTF8, node, format!("`{name}` is not UTF-8"))),
            Err(error) => {
                let message = format!("cannot read the file `{name}`: {error}");
                reader.report_node(codes::UNREADABLE_FILE, node, message);
            }
        }
    }
    found
}

/// The rows that stand in the document.
pub(crate) fn of_nodes(reader: &mut Reader<'_>, columns: &Columns<'_>, rows: &[Node]) -> Grid {
    Grid { rows: rows.iter().filter_map(|row| of_node(reader, columns, row)).collect() }
}

/// A row that stands in the document.
pub(crate) fn of_node(reader: &mut Reader<'_>, of: &Columns<'_>, row: &Node) -> Option<Row> {
    let columns = &of.names;
    let mut cells = vec![Cell { text: String::new(), at: row.at }; columns.len()];
    let mut fill = |reader: &mut Reader<'_>, column: usize, node: &Node| match cell(node) {
        Some(text) => cells[column] = Cell { text: text.to_owned(), at: node.at },
        None => drop(reader.report_node(of.code, node, "a cell is text")),
    };
    match &row.kind {
        Kind::Map(entries) => {
            let there = reader.entries(row, "a row", columns)?;
            let missing: Vec<&str> = columns.iter().copied().filter(|name| there.get(name).is_none()).collect();
            if of.whole && !missing.is_empty() {
                let message = format!("the row has no `{}`", missing.join("`, `"));
                reader.report(of.code, row.at, 1, message).expected = "expected a cell for each column".into();
                return None;
            }
            for (key, node) in entries {
                let column = columns.iter().position(|name| *name == key.name)?;
                fill(reader, column, node);
            }
        }
        // Ids stand in maps alone: a list has a cell for each condition and each output.
        Kind::List(nodes) if nodes.len() == columns.len() - of.optional => {
            nodes.iter().enumerate().for_each(|(at, node)| fill(reader, at + of.optional, node));
        }
        Kind::List(nodes) => {
            wrong_width(reader, of.code, row.at, (nodes.len(), columns.len() - of.optional));
            return None;
        }
        Kind::Scalar(..) => {
            reader.report_node(codes::WRONG_KIND, row, "a row is a list or a map of cells, not text");
            return None;
        }
    }
    Some(Row { at: row.at, cells })
}

/// The rows of the CSV file that `reader` is about: a line of column names, then a line a row.
pub(crate) fn of_text(reader: &mut Reader<'_>, of: &Columns<'_>) -> Grid {
    let columns = &of.names;
    let mut records = csv::records(reader.source.text()).into_iter();
    let Some(header) = records.next() else {
        let message = "the file is empty: its first line names the columns";
        reader.report(of.code, Position { line: 1, column: 1 }, 1, message);
        return Grid::default();
    };
    let places: Vec<Option<usize>> = header.iter().map(|field| place(reader, of, field)).collect();
    for (at, name) in columns.iter().enumerate().skip(of.optional) {
        match places.iter().filter(|place| **place == Some(at)).count() {
            0 => drop(reader.report(of.code, header[0].at, 1, format!("there is no column `{name}`"))),
            1 => {}
            _ => drop(reader.report(codes::REPEATED_NAME, header[0].at, 1, format!("two columns are named `{name}`"))),
        }
    }
    let mut rows = Vec::new();
    for record in records {
        let at = record[0].at;
        if record.len() != places.len() {
            wrong_width(reader, of.code, at, (record.len(), places.len()));
            continue;
        }
        let mut cells = vec![Cell { text: String::new(), at }; columns.len()];
        for (field, place) in record.into_iter().zip(&places) {
            if let Some(place) = place {
                cells[*place] = Cell { text: field.text, at: field.at };
            }
        }
        rows.push(Row { at, cells });
    }
    Grid { rows }
}

fn place(reader: &mut Reader<'_>, of: &Columns<'_>, field: &csv::Field) -> Option<usize> {
    let (name, columns) = (field.text.trim(), &of.names);
    let found = columns.iter().position(|column| *column == name);
    if found.is_none() {
        let message = format!("the table has no column `{name}`");
        let fault = reader.report(of.code, field.at, name.chars().count(), message);
        fault.expected = format!("one of {}", columns.join(", "));
        fault.suggestion = fishplate_cel::did_you_mean(name, columns.iter().copied());
    }
    found
}

fn wrong_width(reader: &mut Reader<'_>, code: Code, at: Position, (cells, columns): (usize, usize)) {
    let message = format!("the row has {cells} cells, and the table {columns} columns");
    reader.report(code, at, 1, message);
}
