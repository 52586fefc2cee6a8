//! Text → syntax tree. It knows the grammar; it knows no types and no meaning of names.
//!
//! One pass reports every mistake: the parser carries on where a reader would. It keeps its own stack, so that the
//! depth of an expression is bounded by [`Bounds`] and never by a thread's stack.

pub(crate) mod ast;
mod build;
mod frame;
mod lexer;
mod literal;
pub(crate) mod macros;
mod parser;
mod recover;
#[cfg(test)]
mod tests;
mod token;

use crate::diag::{Code, Diagnostic, Span};
pub use ast::Ast;

/// How large an expression may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Nesting: of brackets, `!`, `-`, `?:`, selections, indexes and calls. A chain such as `a + b + c` nests once.
    pub depth: usize,
    /// Nodes of the syntax tree.
    pub nodes: usize,
}

/// Spans are 32 bits wide; no caller's limit on a document comes near this.
const MAX_SOURCE: usize = 1 << 30;

/// Parses one expression.
///
/// # Errors
/// Every mistake found, in source order (beyond a hundred they are dropped). A limit ends the search.
pub fn parse(source: &str, bounds: Bounds) -> Result<Ast, Vec<Diagnostic>> {
    parsed(source, bounds, true)
}

/// Like [`parse()`], but `has(x.f)`, `x.all(y, p)` and their like are calls of functions by those names.
///
/// # Errors
/// As [`parse()`].
pub fn parse_without_macros(source: &str, bounds: Bounds) -> Result<Ast, Vec<Diagnostic>> {
    parsed(source, bounds, false)
}

fn parsed(source: &str, bounds: Bounds, macros: bool) -> Result<Ast, Vec<Diagnostic>> {
    if source.len() > MAX_SOURCE {
        let message = "the expression's text is longer than 1 GiB";
        return Err(vec![Diagnostic::new(Code::LIMIT_EXPRESSION_NODES, Span::default(), message)]);
    }
    parser::Parser::new(source, bounds, macros).parse()
}
