//! Decision tables → rules: a row is a rule of its own, so that it goes wherever rules go.

use std::sync::Arc;

use fishplate_cel::{Checked, Env, Program, Type};
use hashbrown::{HashMap, HashSet};

use super::super::document::{self, Document, Hit, OutputDecl, RowsDecl, RuleDecl, TableDecl};
use super::super::expression::{self, Context, Expression, Piece, Spot};
use super::super::source::{Source, Style};
use super::super::table::{self, BadTest, Cell, Columns, Grid, Row, Test};
use super::super::yaml::{Kind, Node};
use super::{Compiler, Rule};
use crate::codes;

/// A table whose columns are known to be good.
struct Table<'d> {
    rule: &'d RuleDecl<'d>,
    id: Arc<str>,
    /// The expressions of the condition columns.
    conditions: Vec<&'d str>,
    outputs: Vec<(usize, &'d OutputDecl<'d>)>,
    /// The rows of one group: the first that holds silences the rest.
    group: Option<u32>,
    /// By column: what an output's cell came to, by its text. Rows repeat each other.
    given: Vec<HashMap<String, Program>>,
}

impl<'c, 's> Compiler<'c, 's> {
    /// The rules of the rows of `table`; `files` holds its file, if it could be read. Their ids join `ids`.
    pub(super) fn table<'d>(
        &mut self,
        document: &'d Document<'d>,
        (rule, decl): (&'d RuleDecl<'d>, &'d TableDecl<'d>),
        env: Option<&Env>,
        files: &'s [Source],
        ids: &mut HashSet<String>,
    ) -> Vec<Rule> {
        let Some(mut table) = self.columns(document, rule, decl, env) else { return Vec::new() };
        let columns = Columns { names: decl.columns().collect(), optional: 1, whole: false, code: codes::BAD_TABLE };
        match decl.rows {
            RowsDecl::Here(nodes) => {
                let grid = table::of_nodes(self.reader, &columns, nodes);
                self.rows(&mut table, &grid, env, ids)
            }
            RowsDecl::File { name, .. } => {
                let Some(file) = files.iter().find(|source| source.file() == name) else { return Vec::new() };
                // Mistakes in the rows are told with the lines of their file.
                let document = std::mem::replace(&mut self.reader.source, file);
                let grid = table::of_text(self.reader, &columns);
                let rules = self.rows(&mut table, &grid, env, ids);
                self.reader.source = document;
                rules
            }
        }
    }

    /// Looks at each column once, so that its mistake is not told with every row.
    fn columns<'d>(
        &mut self,
        document: &'d Document<'d>,
        rule: &'d RuleDecl<'d>,
        decl: &TableDecl<'d>,
        env: Option<&Env>,
    ) -> Option<Table<'d>> {
        let conditions = decl.conditions.iter().map(|(_, node)| {
            self.expression(node, env, None)?;
            document::cell(node)
        });
        let conditions: Vec<Option<&str>> = conditions.collect();
        let outputs = decl.outputs.iter().map(|(name, node)| {
            let found = document.outputs.iter().position(|output| output.name == *name);
            if found.is_none() && !document.broken.contains(name) {
                let known = document.outputs.iter().map(|output| output.name);
                let suggestion = fishplate_cel::did_you_mean(name, known);
                let message = format!("there is no output `{name}`");
                self.reader.report_node(codes::UNKNOWN_OUTPUT, node, message).suggestion = suggestion;
            }
            found.map(|at| (at, &document.outputs[at]))
        });
        let outputs: Vec<Option<_>> = outputs.collect();
        Some(Table {
            rule,
            id: rule.id.into(),
            conditions: conditions.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            group: (decl.hit == Hit::First).then(|| self.next_group()),
            given: vec![HashMap::new(); decl.outputs.len()],
        })
    }

    fn rows(&mut self, table: &mut Table<'_>, grid: &Grid, env: Option<&Env>, ids: &mut HashSet<String>) -> Vec<Rule> {
        let mut rules = Vec::with_capacity(grid.rows.len());
        for (number, row) in grid.rows.iter().enumerate() {
            let name = row.cells[0].text.trim();
            let id = match name {
                "" => format!("{}/{}", table.rule.id, number + 1),
                name => format!("{}/{name}", table.rule.id),
            };
            if !ids.insert(id.clone()) {
                self.reader.report(codes::REPEATED_NAME, row.at, 1, format!("rule `{id}` is already there"));
            }
            rules.extend(self.row(table, id, row, env));
        }
        rules
    }

    fn row(&mut self, table: &mut Table<'_>, id: String, row: &Row, env: Option<&Env>) -> Option<Rule> {
        let (conditions, outputs) = row.cells[1..].split_at(table.conditions.len());
        let when = self.conditions(table, row, conditions, env);
        let mut given = Vec::with_capacity(outputs.len());
        let mut whole = true;
        for (column, cell) in outputs.iter().enumerate().filter(|(_, cell)| !table::is_blank(&cell.text)) {
            match self.output_cell(table, column, cell, env) {
                Some(expression) => given.push((table.outputs[column].0, expression)),
                None => whole = false,
            }
        }
        let (when, checked) = when?;
        self.conditions.add(Some(&checked), when.program.cost(), &mut self.slots);
        let when = Some(when);
        let (mode, group, of) = (table.rule.mode, table.group, Some(table.id.clone()));
        let (id, features) = (id.into(), Vec::new());
        let (within, guards) = (None, Box::default());
        whole.then(|| Rule {
            id,
            mode,
            when,
            outputs: given,
            features,
            watch: None,
            table: of,
            group,
            within,
            entry: false,
            guards,
        })
    }

    /// All tests of a row as one expression that knows which cell each part of it came from.
    fn conditions(
        &mut self,
        table: &Table<'_>,
        row: &Row,
        cells: &[Cell],
        env: Option<&Env>,
    ) -> Option<(Expression, Checked)> {
        let mut text = String::new();
        let mut pieces = Vec::with_capacity(cells.len());
        let mut whole = true;
        for (column, cell) in table.conditions.iter().zip(cells) {
            match table::test(column, &cell.text) {
                Ok(Test::Any) => {}
                Ok(Test::Holds(test)) => {
                    text.push_str(if text.is_empty() { "" } else { " && " });
                    let width = cell.text.lines().next().unwrap_or("").chars().count() as u32;
                    pieces.push(Piece { from: text.len(), at: cell.at, width });
                    text.push_str(&test);
                }
                Err(BadTest(why)) => {
                    let width = cell.text.chars().count();
                    let fault = self.reader.report(codes::BAD_TABLE, cell.at, width, format!("not a test: {why}"));
                    fault.expected =
                        "expected values, comparisons such as `> 500`, ranges such as `[1..5]`, or `-`".into();
                    whole = false;
                }
            }
        }
        if text.is_empty() {
            text.push_str("true");
            pieces.push(Piece { from: 0, at: row.at, width: 1 });
        }
        let context = Context { bounds: self.bounds, worst: &self.worst, env, expected: Some(&Type::Bool) };
        let compiled = expression::compile_pieces(self.reader, text, pieces, &context, &mut self.slots);
        compiled.filter(|_| whole)
    }

    fn output_cell(
        &mut self,
        table: &mut Table<'_>,
        column: usize,
        cell: &Cell,
        env: Option<&Env>,
    ) -> Option<Expression> {
        let spot = Spot::text(cell.text.clone(), cell.at, Style::Plain);
        let text = cell.text.trim();
        if let Some(program) = table.given[column].get(text) {
            return Some(Expression::new(program.clone(), spot));
        }
        let node = Node { at: cell.at, kind: Kind::Scalar(text.to_owned(), Style::Plain) };
        let expression = self.output_expression(table.outputs[column].1, &node, env)?;
        table.given[column].insert(text.to_owned(), expression.program.clone());
        Some(expression)
    }
}
