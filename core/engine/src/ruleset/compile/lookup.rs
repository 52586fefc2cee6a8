//! Lookup tables → constants of expressions: a map from keys to rows, made once and shared by all that read it.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{
    Absent, Duration, Env, Field, Leaf, Map, Message, MessageType, Opaque, Shape, Timestamp, Type, Value,
};
use sha2::{Digest, Sha256};

use super::super::document::{ColumnDecl, DECIMAL, Document, LookupDecl, RowsDecl};
use super::super::source::Source;
use super::super::table::{self, Cell, Columns, Grid};
use super::Compiler;
use crate::codes;

/// The name under which expressions find the tables.
const TABLES: &str = "tables";

/// A table, as expressions see it.
pub(super) struct Lookup {
    /// With [`TABLES`] before it.
    name: String,
    /// What it is to them; `None` where its declaration is wrong, and no use of it is a further mistake.
    good: Option<Good>,
}

struct Good {
    key: Type,
    row: Arc<MessageType>,
    value: Value,
    /// Its name and the hash of all that is in it.
    identity: String,
}

impl Lookup {
    fn new(name: &str, good: Option<Good>) -> Self {
        Self { name: format!("{TABLES}.{name}"), good }
    }

    /// Declares it for expressions.
    pub(super) fn declare(&self, env: &mut Env) {
        let Some(Good { key, row, value, identity }) = &self.good else {
            return env.data(&self.name, Type::Dyn, Value::Null, &self.name);
        };
        let ty = Type::map(key.clone(), Type::Message(row.name().clone()));
        env.shared_type(row);
        env.data(&self.name, ty, value.clone(), identity);
    }
}

impl<'s> Compiler<'_, 's> {
    /// The tables of the document, `most` rows in all.
    pub(super) fn tables(&mut self, document: &Document<'_>, files: &'s [Source], most: u64) -> Vec<Lookup> {
        let mut rows = 0;
        let mut lookups = Vec::new();
        for decl in &document.lookups {
            let good = self.lookup(decl, files, &mut rows, most);
            lookups.push(Lookup::new(decl.name, Some(good)));
        }
        lookups.extend(document.broken.iter().map(|name| Lookup::new(name, None)));
        lookups
    }

    /// A table whose rows are wrong still has its columns, so that the mistakes of those who read it are told as well.
    fn lookup(&mut self, decl: &LookupDecl<'_>, files: &'s [Source], rows: &mut u64, most: u64) -> Good {
        let names = decl.columns.iter().map(|column| column.name).collect();
        let columns = Columns { names, optional: 0, whole: true, code: codes::BAD_LOOKUP };
        let mut building = Building::new(decl);
        let default = decl.default.map(|node| {
            let of_row = Columns { names: columns.names[1..].to_vec(), ..columns.clone() };
            let row = table::of_node(self.reader, &of_row, node)?;
            self.values(&decl.columns[1..], &row.cells, &mut building)
        });
        let entries = match decl.rows {
            RowsDecl::Here(nodes) => {
                let grid = table::of_nodes(self.reader, &columns, nodes);
                self.entries(decl, &grid, &mut building, rows, most)
            }
            RowsDecl::File { name, .. } => files.iter().find(|source| source.file() == name).and_then(|file| {
                // Mistakes in the rows are told with the lines of their file.
                let document = std::mem::replace(&mut self.reader.source, file);
                let grid = table::of_text(self.reader, &columns);
                let entries = self.entries(decl, &grid, &mut building, rows, most);
                self.reader.source = document;
                entries
            }),
        };
        let map = Map::from_entries(entries.unwrap_or_default());
        let map = match default.flatten() {
            None => map,
            Some(default) => map.with_fallback(building.row(default)),
        };
        let identity = building.identity(decl.name);
        Good { key: decl.columns[0].ty.clone(), row: building.row, value: Value::Map(map.into()), identity }
    }

    /// Keys and rows; none if one of them is wrong.
    fn entries(
        &mut self,
        decl: &LookupDecl<'_>,
        grid: &Grid,
        building: &mut Building,
        rows: &mut u64,
        most: u64,
    ) -> Option<Vec<(Value, Value)>> {
        *rows += grid.rows.len() as u64;
        if *rows > most {
            let at = grid.rows.first()?.at;
            let message =
                format!("with `{}`, the lookup tables have {rows} rows, over the limit table_rows = {most}", decl.name);
            self.reader.report(codes::LIMIT_TABLE_ROWS, at, 1, message);
            return None;
        }
        let mut seen = HashMap::with_capacity(grid.rows.len());
        let mut entries = Vec::with_capacity(grid.rows.len());
        let mut whole = true;
        for row in &grid.rows {
            let Some(mut values) = self.values(&decl.columns, &row.cells, building) else {
                whole = false;
                continue;
            };
            let key = values.remove(0);
            if let Some(line) = seen.insert(told_apart(&key), row.at.line) {
                let cell = &row.cells[0];
                let message = format!("the key `{}` has a row already, on line {line}", cell.text.trim());
                let width = cell.text.chars().count();
                self.reader.report(codes::REPEATED_NAME, cell.at, width, message).suggestion =
                    Some("keep one of the two rows".into());
            }
            entries.push((key, building.row(values)));
        }
        whole.then_some(entries)
    }

    /// What the cells of a row hold; every one that holds no value of its column is told.
    fn values(&mut self, columns: &[ColumnDecl<'_>], cells: &[Cell], building: &mut Building) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(cells.len());
        for (column, cell) in columns.iter().zip(cells) {
            building.add(&cell.text);
            match value(&column.ty, &cell.text) {
                Some(value) => values.push(value),
                None => self.wrong_cell(column, cell),
            }
        }
        (values.len() == columns.len()).then_some(values)
    }

    fn wrong_cell(&mut self, column: &ColumnDecl<'_>, cell: &Cell) {
        let ColumnDecl { name, ty } = column;
        let text = cell.text.trim();
        let message = match text {
            "" => format!("the row has no `{name}`"),
            text => format!("`{text}` is no {ty}, as the column `{name}` has them"),
        };
        let fault = self.reader.report(codes::BAD_LOOKUP, cell.at, text.chars().count(), message);
        fault.expected = format!("expected {ty}");
        let others = [Type::Int, Type::Double].into_iter();
        let numeric = matches!(ty, Type::Int | Type::Uint);
        let fits = others.filter(|other| numeric && other != ty).find(|other| value(other, text).is_some());
        fault.suggestion = fits.map(|other| format!("declare the column as {other}"));
    }
}

/// What the rows of a table become.
struct Building {
    row: Arc<MessageType>,
    hash: Sha256,
}

impl Building {
    fn new(decl: &LookupDecl<'_>) -> Self {
        let fields = decl.columns[1..].iter().map(|column| Field {
            name: column.name.into(),
            number: 0,
            ty: column.ty.clone(),
            shape: Shape::One(Leaf::Plain),
            absent: Absent::Error,
            explicit: true,
            oneof: None,
            extension: false,
        });
        // With a blank in it no expression can make one.
        let name = format!("row of {TABLES}.{}", decl.name);
        let row = Arc::new(MessageType::new(&name, fields.collect()));
        let mut building = Self { row, hash: Sha256::new() };
        decl.columns.iter().for_each(|column| {
            building.add(column.name);
            building.add(&column.ty.to_string());
        });
        building.add(if decl.default.is_some() { "default" } else { "" });
        building
    }

    /// Length before bytes: no two tables run together to the same text.
    fn add(&mut self, text: &str) {
        self.hash.update((text.len() as u64).to_le_bytes());
        self.hash.update(text);
    }

    fn row(&self, values: Vec<Value>) -> Value {
        let mut row = Message::empty(self.row.clone());
        (0..).zip(values).for_each(|(place, value)| row.set(place, value));
        Value::Message(row.into())
    }

    fn identity(&self, name: &str) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().fold(format!("{TABLES}.{name} "), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// What a cell holds: text as it is; anything else without blanks around it, as people write it.
fn value(ty: &Type, text: &str) -> Option<Value> {
    let plain = text.trim();
    match ty {
        Type::String => Some(Value::from(text)),
        Type::Bool => plain.parse().ok().map(Value::Bool),
        Type::Int => plain.parse().ok().map(Value::Int),
        Type::Uint => plain.parse().ok().map(Value::Uint),
        // Neither words nor what only a programmer would write: `inf`, `.5`, `1.`.
        Type::Double if plain.trim_start_matches('-').starts_with(|char: char| char.is_ascii_digit()) => {
            plain.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double)
        }
        Type::Timestamp => Timestamp::parse(plain).map(Value::Timestamp),
        Type::Duration => Duration::parse(plain).map(Value::Duration),
        Type::Abstract(name, _) if **name == *DECIMAL => {
            plain.parse().ok().map(|decimal| Value::Opaque(Opaque::Decimal(decimal).into()))
        }
        _ => None,
    }
}

/// A key's value as text: `07` and `7` are one int.
fn told_apart(key: &Value) -> String {
    match key {
        Value::String(text) => text.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        _ => String::new(),
    }
}
