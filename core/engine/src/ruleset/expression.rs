//! One expression of a document: its text, its place, and the program made from it.

use fishplate_cel::{Bounds, Checked, Code, Env, EvalError, Program, Slots, Type, Worst};

use super::read::Reader;
use super::source::{Position, Source, Style};
use super::yaml::{Kind, Node, fault};
use crate::codes;
use crate::error::Diagnostic;

/// An expression ready to run, and where it stands.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) program: Program,
    spot: Spot,
}

/// Where an expression stands in its document, and how it is written there.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    text: String,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// One scalar.
    Scalar { at: Position, style: Style },
    /// Put together from cells of a table, in the order of the text.
    Pieces(Vec<Piece>),
}

/// A part of an expression that was put together: what stands from the byte `from` on came from the cell at `at`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) from: usize,
    pub(crate) at: Position,
    /// The cell's width in code points.
    pub(crate) width: u32,
}

impl Spot {
    /// An expression that is written out at `at`.
    pub(crate) fn text(text: String, at: Position, style: Style) -> Self {
        Self { text, form: Form::Scalar { at, style } }
    }

    /// The place of the byte `offset` of the expression's text. `source` is the text that it stands in, which only an
    /// expression that is written out needs.
    pub(crate) fn inside(&self, source: &Source, offset: usize) -> Position {
        match &self.form {
            Form::Scalar { at, style } => source.inside(*at, *style, &self.text, offset),
            Form::Pieces(pieces) => piece_at(pieces, offset).at,
        }
    }
}

/// The piece that the byte `offset` belongs to.
fn piece_at(pieces: &[Piece], offset: usize) -> Piece {
    let behind = pieces.partition_point(|piece| piece.from <= offset);
    pieces[behind.saturating_sub(1)]
}

impl Expression {
    /// A program and where it came from.
    pub(crate) fn new(program: Program, spot: Spot) -> Self {
        Self { program, spot }
    }

    /// The expression as it is written, without blanks around it.
    pub(crate) fn text(&self) -> &str {
        self.spot.text.trim()
    }

    /// Its text, and the lookup tables that it reads, by name and the hash of what is in them: what is computed by the same
    /// text from other tables is another thing.
    pub(crate) fn meaning(&self) -> String {
        let text = self.text().to_owned();
        self.program.data().iter().fold(text, |text, table| format!("{text} with {table}"))
    }

    /// The bytes from `start` to `end` of the expression as it is written, without parentheses around them.
    pub(crate) fn part(&self, start: usize, end: usize) -> &str {
        let mut text = self.spot.text.get(start..end).unwrap_or_default().trim();
        while let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            let mut depth = 0_i32;
            let closes_early = |char: char| {
                depth += i32::from(char == '(') - i32::from(char == ')');
                depth < 0
            };
            if inside.contains(closes_early) {
                break;
            }
            text = inside.trim();
        }
        text
    }

    /// Where the expression stands.
    pub(crate) fn spot(&self) -> &Spot {
        &self.spot
    }

    /// Where the expression begins in the document.
    pub(crate) fn start(&self, source: &Source) -> Position {
        self.spot.inside(source, 0)
    }

    /// Where `error` happened in the document.
    pub(crate) fn place(&self, source: &Source, error: &EvalError) -> Position {
        self.spot.inside(source, error.span.start as usize)
    }
}

/// What an expression is compiled against.
pub(crate) struct Context<'c> {
    pub(crate) bounds: Bounds,
    pub(crate) worst: &'c Worst,
    /// `None` if the schema did not compile: then only the syntax is looked at.
    pub(crate) env: Option<&'c Env>,
    pub(crate) expected: Option<&'c Type>,
}

/// Compiles the scalar `node`; reports every mistake in it. Gives the expression and its typed tree.
pub(crate) fn compile(
    reader: &mut Reader<'_>,
    node: &Node,
    context: &Context<'_>,
    slots: &mut Slots,
) -> Option<(Expression, Checked)> {
    let Kind::Scalar(text, style) = &node.kind else {
        reader.report_node(codes::WRONG_KIND, node, "an expression is text").suggestion =
            Some("put the expression in quotes, or on its own lines after `|`".into());
        return None;
    };
    match check(text, context) {
        Ok(checked) => {
            let checked = checked?;
            let program = fishplate_cel::plan_within(&checked, slots, context.worst);
            let spot = Spot::text(text.clone(), node.at, *style);
            Some((Expression { program, spot }, checked))
        }
        Err(faults) => {
            let source = reader.source;
            let cut = comment_behind(source, node.at, *style, text);
            let located = faults.into_iter().map(|fault| match cut {
                Some(at) if ends_early(&fault) => cut_by_comment(source, at),
                _ => locate(source, node.at, *style, text, fault),
            });
            reader.faults.extend(located);
            None
        }
    }
}

/// Compiles an expression that was put together from `pieces`; reports its mistakes at the cells that made them.
pub(crate) fn compile_pieces(
    reader: &mut Reader<'_>,
    text: String,
    pieces: Vec<Piece>,
    context: &Context<'_>,
    slots: &mut Slots,
) -> Option<(Expression, Checked)> {
    match check(&text, context) {
        Ok(checked) => {
            let checked = checked?;
            let program = fishplate_cel::plan_within(&checked, slots, context.worst);
            Some((Expression { program, spot: Spot { text, form: Form::Pieces(pieces) } }, checked))
        }
        Err(faults) => {
            for fault in faults {
                let piece = piece_at(&pieces, fault.span.start as usize);
                let place = reader.source.place(piece.at, piece.width);
                let (code, message) = (fault.code, fault.message);
                let name = text.get(fault.span.start as usize..fault.span.end as usize).unwrap_or_default();
                let name = name.trim_matches(['(', ')']);
                let quoted = (code == Code::UNKNOWN_NAME).then(|| format!("a text stands in quotes: {name:?}"));
                let (expected, suggestion) = (fault.expected, fault.suggestion.or(quoted));
                reader.faults.push(Diagnostic { code, message, place, expected, suggestion });
            }
            None
        }
    }
}

/// The typed tree of `text`; none where there is no schema to check it against.
fn check(text: &str, context: &Context<'_>) -> Result<Option<Checked>, Vec<fishplate_cel::Diagnostic>> {
    fishplate_cel::parse(text, context.bounds).and_then(|ast| match context.env {
        Some(env) => fishplate_cel::check(text, &ast, env, context.expected).map(Some),
        None => Ok(None),
    })
}

/// Where a comment ends a plain scalar, if one does: ` #` is a comment to YAML, whatever stands before it.
fn comment_behind(source: &Source, start: Position, style: Style, text: &str) -> Option<Position> {
    if style != Style::Plain {
        return None;
    }
    let end = source.inside(start, style, text, text.len());
    let rest: String = source.line(end.line).chars().skip(end.column as usize - 1).collect();
    let blank = rest.len() - rest.trim_start().len();
    (blank > 0 && rest[blank..].starts_with('#'))
        .then(|| Position { column: end.column + rest[..blank].chars().count() as u32, ..end })
}

/// Mistakes that more text would put right.
fn ends_early(fault: &fishplate_cel::Diagnostic) -> bool {
    matches!(fault.code, Code::UNEXPECTED_END | Code::UNTERMINATED_STRING)
}

fn cut_by_comment(source: &Source, at: Position) -> Diagnostic {
    let mut diagnostic = fault(source, codes::CUT_EXPRESSION, at, 1, "YAML cuts this expression at ` #`");
    diagnostic.suggestion = Some("put the expression in quotes, or on its own lines after `|`".into());
    diagnostic
}

/// A mistake in an expression as a mistake in the document.
fn locate(source: &Source, start: Position, style: Style, text: &str, fault: fishplate_cel::Diagnostic) -> Diagnostic {
    let at = source.inside(start, style, text, fault.span.start as usize);
    let covered = text.get(fault.span.start as usize..fault.span.end as usize).unwrap_or("");
    let width = covered.lines().next().unwrap_or("").trim_end().chars().count();
    Diagnostic {
        code: fault.code,
        message: fault.message,
        place: source.place(at, width as u32),
        expected: fault.expected,
        suggestion: fault.suggestion,
    }
}
