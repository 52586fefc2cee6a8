//! Tables: rows of cells, wherever they stand, and the small language of a decision table's tests. Knows no expression's
//! type and no rule: [`super::compile`] makes rules of rows.

mod csv;
mod grid;
mod unary;

pub(crate) use grid::{Cell, Columns, Grid, Row, files, of_node, of_nodes, of_text};
pub(crate) use unary::{BadTest, Test, test};

/// A cell that says nothing: any value will do, no value is given.
pub(crate) fn is_blank(text: &str) -> bool {
    matches!(text.trim(), "" | "-")
}
