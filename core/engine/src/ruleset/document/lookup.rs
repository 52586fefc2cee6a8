//! Declarations of lookup tables: their key, their columns and where their rows stand.

use std::collections::HashSet;

use fishplate_cel::Type;

use super::super::read::Reader;
use super::super::yaml::{Key, Kind, Node};
use super::table::{RowsDecl, rows};
use crate::codes;

/// Rows that expressions find by a key: `tables.airports[event.origin].lat`.
#[derive(Debug)]
pub(crate) struct LookupDecl<'n> {
    pub(crate) name: &'n str,
    /// The column that tells rows apart, first, and then those that a row has.
    pub(crate) columns: Vec<ColumnDecl<'n>>,
    /// What a key gives that has no row: cells by column. `None`: an error.
    pub(crate) default: Option<&'n Node>,
    pub(crate) rows: RowsDecl<'n>,
}

#[derive(Debug)]
pub(crate) struct ColumnDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) ty: Type,
}

/// The types of columns, by their words.
const TYPES: [(&str, Type); 7] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("uint", Type::Uint),
    ("double", Type::Double),
    ("string", Type::String),
    ("timestamp", Type::Timestamp),
    ("duration", Type::Duration),
];
pub(crate) const DECIMAL: &str = "decimal";

pub(super) fn lookup<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<LookupDecl<'n>> {
    let what = "a lookup table";
    let entries = reader.entries(node, what, &["key", "columns", "default", "rows", "file"])?;
    let id = reader.required(&entries, "key", what).and_then(|node| key_column(reader, node));
    let mut columns: Vec<Option<ColumnDecl<'n>>> = vec![id];
    if let Some(node) = entries.get("columns") {
        let nodes = reader.map(node, "`columns`").unwrap_or_default();
        columns.extend(nodes.iter().map(|(key, node)| column(reader, key, node)));
        repeated(reader, &columns, nodes);
    }
    let default = entries.get("default").filter(|node| match &node.kind {
        Kind::Scalar(word, _) if word == "none" => false,
        Kind::Map(_) => true,
        _ => {
            let fault = reader.report_node(codes::WRONG_KIND, node, "`default` is a map of cells, or `none`");
            fault.expected = "expected a map with a value for each column, or none".into();
            false
        }
    });
    let rows = rows(reader, &entries, what, codes::BAD_LOOKUP)?;
    Some(LookupDecl { name: &key.name, columns: columns.into_iter().collect::<Option<_>>()?, default, rows })
}

/// The one column of `key`: its name and type.
fn key_column<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<ColumnDecl<'n>> {
    let entries = reader.map(node, "`key`")?;
    let [(key, node)] = entries else {
        let fault = reader.report_node(codes::BAD_LOOKUP, node, "a lookup table has one key column");
        fault.expected = "expected one name and its type, such as {code: string}".into();
        return None;
    };
    let column = column(reader, key, node)?;
    if !matches!(column.ty, Type::Bool | Type::Int | Type::Uint | Type::String) {
        let message = format!("{} cannot be the key of a lookup table", column.ty);
        reader.report_node(codes::BAD_LOOKUP, node, message).expected = "one of bool, int, uint, string".into();
        return None;
    }
    Some(column)
}

fn column<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<ColumnDecl<'n>> {
    let good = reader.identifier(key, "a column");
    let text = reader.text(node, "a column's type")?;
    let ty = match TYPES.iter().find(|(word, _)| *word == text) {
        Some((_, ty)) => ty.clone(),
        None if text == DECIMAL => Type::Abstract(DECIMAL.into(), [].into()),
        None => {
            let words: Vec<&str> = TYPES.iter().map(|(word, _)| *word).chain([DECIMAL]).collect();
            let fault = reader.report_node(codes::UNKNOWN_TYPE, node, format!("`{text}` is not a type of columns"));
            fault.expected = format!("one of {}", words.join(", "));
            fault.suggestion = fishplate_cel::did_you_mean(text, words);
            return None;
        }
    };
    good.then_some(ColumnDecl { name: &key.name, ty })
}

/// Columns are found by name; a map has each of its keys once, but the key column stands apart.
fn repeated(reader: &mut Reader<'_>, columns: &[Option<ColumnDecl<'_>>], nodes: &[(Key, Node)]) {
    let keys: HashSet<&str> = columns.iter().take(1).flatten().map(|column| column.name).collect();
    for (key, _) in nodes.iter().filter(|(key, _)| keys.contains(key.name.as_str())) {
        let message = format!("the key column is named `{}` already", key.name);
        reader.report(codes::REPEATED_NAME, key.at, key.name.chars().count(), message).suggestion =
            Some("expressions have the key already: leave this column out".into());
    }
}
