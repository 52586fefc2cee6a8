//! Declarations of decision tables: which columns they have, and where their rows stand.

use std::collections::HashSet;

use fishplate_cel::Code;

use super::super::read::{Entries, Reader};
use super::super::yaml::{Key, Kind, Node};
use crate::codes;

/// A decision table: a rule whose conditions and outputs stand in columns.
#[derive(Debug)]
pub(crate) struct TableDecl<'n> {
    /// The condition columns: a name, and the expression that a row's test is about.
    pub(crate) conditions: Vec<(&'n Key, &'n Node)>,
    /// The output columns, by the names of outputs.
    pub(crate) outputs: Vec<(&'n str, &'n Node)>,
    pub(crate) hit: Hit,
    pub(crate) rows: RowsDecl<'n>,
}

/// Where the rows are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowsDecl<'n> {
    /// In the document: lists of cells, or maps of cells by column.
    Here(&'n [Node]),
    /// In a CSV file with a line of column names.
    File { name: &'n str, node: &'n Node },
}

/// How many rows of a table speak for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    /// Every row that holds.
    All,
    /// The first that holds.
    First,
}

/// The column that gives rows their ids; no condition and no output may have its name.
pub(crate) const ID: &str = "id";

pub(super) fn table<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<TableDecl<'n>> {
    let entries = reader.entries(node, "a table", &["when", "output", "hit", "rows", "file"])?;
    let conditions = reader.required(&entries, "when", "a table").and_then(|node| reader.map(node, "`when`"));
    let outputs = entries.get("output").and_then(|node| reader.list(node, "`output`")).unwrap_or_default();
    let hits = [("all", Hit::All), ("first", Hit::First)];
    let hit = entries.get("hit").and_then(|node| reader.word(node, "a way to hit", &hits)).unwrap_or(Hit::All);
    let rows = rows(reader, &entries, "a table", codes::BAD_TABLE)?;
    let outputs = outputs.iter().filter_map(|node| reader.text(node, "an output column").map(|name| (name, node)));
    let outputs: Vec<_> = outputs.collect();
    let conditions: Vec<_> = conditions?.iter().map(|(key, node)| (key, node)).collect();
    repeated_names(reader, &conditions, &outputs);
    Some(TableDecl { conditions, outputs, hit, rows })
}

/// Where the rows of a table are; `code` is that of a table whose rows are in two places.
pub(super) fn rows<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>, what: &str, code: Code) -> Option<RowsDecl<'n>> {
    match (entries.get("rows"), entries.get("file")) {
        (Some(rows), None) => Some(RowsDecl::Here(reader.list(rows, "`rows`")?)),
        (None, Some(node)) => Some(RowsDecl::File { name: reader.text(node, "`file`")?, node }),
        (None, None) => {
            let message = format!("{what} needs `rows`, or the `file` that they are in");
            reader.report(codes::MISSING_KEY, entries.at, 1, message);
            None
        }
        (Some(_), Some(file)) => {
            reader.report_node(code, file, "a table has its rows here or in a file, not in both places");
            None
        }
    }
}

/// Columns are found by name, so each has one of its own.
fn repeated_names(reader: &mut Reader<'_>, conditions: &[(&Key, &Node)], outputs: &[(&str, &Node)]) {
    let mut seen = HashSet::from([ID]);
    for (key, _) in conditions {
        if !seen.insert(&key.name) {
            let message = format!("a column named `{}` is already there", key.name);
            reader.report(codes::REPEATED_NAME, key.at, key.name.chars().count(), message);
        }
    }
    for (name, node) in outputs {
        if !seen.insert(name) {
            reader.report_node(codes::REPEATED_NAME, node, format!("a column named `{name}` is already there"));
        }
    }
}

impl TableDecl<'_> {
    /// The names of its columns: ids, conditions, outputs.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().map(|(key, _)| key.name.as_str());
        std::iter::once(ID).chain(conditions).chain(self.outputs.iter().map(|(name, _)| *name))
    }
}

/// The text of a cell of a row in the document.
pub(crate) fn cell(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(text, _) => Some(text),
        Kind::List(_) | Kind::Map(_) => None,
    }
}
