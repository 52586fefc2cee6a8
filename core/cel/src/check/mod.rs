//! Syntax tree → typed tree. It knows types and names; it knows no events and no machine.
//!
//! One loop over the arena, children before parents. A node in error has no type, and whatever is built on it stays
//! silent, so that each mistake is reported once.

mod assign;
mod calls;
mod checker;
mod env;
mod infer;
mod literals;
mod macros;
mod messages;
mod names;
mod operators;
pub(crate) mod overloads;
mod signature;
mod suggest;

pub use suggest::did_you_mean;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use env::{Absent, Env, Evaluator, FieldType, HostFunction};
use overloads::Function;
pub use signature::Signature;

use crate::{
    diag::{Code, Diagnostic, Span},
    message::{MessageType, Types},
    parse::{
        Ast,
        ast::{Children, Fold, NodeId},
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
    /// How many places comprehensions and bindings need for their variables.
    pub(crate) locals: u32,
    /// The message types that values of the expression may have.
    pub(crate) types: Arc<Types>,
    /// The host's functions, by the number in [`Function::Host`].
    pub(crate) host: Arc<[HostFunction]>,
    /// What tells the data that the expression names.
    pub(crate) data: Arc<[Arc<str>]>,
    /// The type of each node; `dyn` of those that are no values.
    pub(crate) node_types: Vec<Type>,
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
    /// `operand.field` on a map or a message.
    Field {
        operand: NodeId,
        field: Arc<str>,
    },
    /// `operand.?field` on a map, a message or an optional: an optional.
    OptField {
        operand: NodeId,
        field: Arc<str>,
    },
    /// `has(operand.field)` on a map or a message.
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
    /// A strict call of any number of operands but one and two.
    CallN(Function, Children),
    /// The variable of a comprehension or binding, by its number.
    Local(u32),
    /// Goes through a list or map.
    Comprehension(Comprehension),
    /// A value, held as a local; the result is the body's.
    Bind {
        local: u32,
        value: NodeId,
        body: NodeId,
    },
    /// Values, each held as a local, from `first` on; the result is the body's.
    Block {
        first: u32,
        values: Children,
        body: NodeId,
    },
    /// What an optional holds, as a local; the result is the body's, as an optional unless `flat`. None stays none.
    OptMap {
        flat: bool,
        local: u32,
        target: NodeId,
        body: NodeId,
    },
    /// A message of this type, of [`Op::Init`]s.
    Struct(Arc<MessageType>, Children),
    /// The value of the field at this place of its message's type.
    Init {
        place: u32,
        value: NodeId,
    },
    /// An optional as an entry of a literal, which is there only if it holds a value.
    Maybe(NodeId),
    /// A strict call whose arguments are fields of one message in the slots.
    Parts(Function, Vec<(Path, Absent)>),
    /// An error, once its operands have been evaluated: what was not checked and does not exist.
    Fault {
        code: Code,
        message: Arc<str>,
        operands: Children,
    },
}

/// A macro that goes through a list or map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comprehension {
    pub(crate) fold: Fold,
    pub(crate) range: NodeId,
    /// The variables' numbers.
    pub(crate) first: u32,
    pub(crate) second: Option<u32>,
    pub(crate) filter: Option<NodeId>,
    pub(crate) body: NodeId,
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
    checker::Checker::new(source, ast, env, true).check(expected)
}

/// Like [`check`], but what does not fit is found out when the expression runs: names that nothing declares, functions
/// that do not exist and operators that do not fit are errors of the run, and everything else is `dyn`.
pub fn check_leniently(source: &str, ast: &Ast, env: &Env) -> Checked {
    checker::Checker::new(source, ast, env, false).whatever()
}
