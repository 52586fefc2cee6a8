//! Syntax tree → typed tree. It knows types and names; it knows no events and no machine.
//!
//! One loop over the arena, children before parents. A node in error has no type, and whatever is built on it stays
//! silent, so that each mistake is reported once.

mod assign;
mod calls;
mod checker;
mod env;
mod literals;
mod names;
mod operators;
pub(crate) mod overloads;
mod suggest;

pub use suggest::did_you_mean;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use env::{Absent, Env, FieldType};
use overloads::Function;

use crate::{
    diag::{Diagnostic, Span},
    parse::{
        Ast,
        ast::{Children, NodeId},
    },
    plan::Path,
    types::Type,
    value::Value,
};

/// A typed tree.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Beside the nodes of the syntax tree, in the same post order.
    pub(crate) nodes: Vec<Typed>,
    pub(crate) children: Vec<NodeId>,
    ty: Type,
}

/// What a node of the syntax tree turned out to be.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) op: Op,
    pub(crate) span: Span,
}

/// What to do for a node.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Nothing: part of the name of a later node.
    Nothing,
    /// Nothing: a message, of which only fields can be read.
    Message(Path),
    Constant(Value),
    /// Read a slot.
    Read {
        path: Path,
        absent: Absent,
    },
    /// Whether a slot holds a value.
    HasSlot(Path),
    /// `operand.field` on a map.
    Field {
        operand: NodeId,
        field: Arc<str>,
    },
    /// `has(operand.field)` on a map.
    HasKey {
        operand: NodeId,
        field: Arc<str>,
    },
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Conditional {
        test: NodeId,
        then: NodeId,
        otherwise: NodeId,
    },
    /// A strict call of one operand.
    Call1(Function, NodeId),
    /// A strict call of two operands.
    Call2(Function, NodeId, NodeId),
    List(Children),
    Map(Children),
}

impl Checked {
    /// The type of the whole expression.
    pub fn ty(&self) -> &Type {
        &self.ty
    }
}

/// Gives every node its type; `expected`, if given, is what the whole must be (an int literal does not become a double).
///
/// # Errors
/// Every mistake found, in source order.
pub fn check(source: &str, ast: &Ast, env: &Env, expected: Option<&Type>) -> Result<Checked, Vec<Diagnostic>> {
    checker::Checker::new(source, ast, env).check(expected)
}
