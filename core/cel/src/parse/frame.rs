//! What waits for its right side while the parser reads it: operators, conditions, brackets.

use std::sync::Arc;

use super::{
    ast::{Binary, NodeId, Unary},
    token::Bracket,
};
use crate::diag::Span;

/// Something that waits for its right side.
pub(super) enum Frame {
    Unary {
        op: Unary,
        at: Span,
    },
    Binary {
        op: Binary,
        left: NodeId,
    },
    /// `test ?`, waiting for the first branch and its `:`; `said` if a complaint has explained already why none comes.
    Then {
        test: NodeId,
        at: Span,
        said: bool,
    },
    /// `test ? then :`, waiting for the second branch.
    Else {
        test: NodeId,
        then: NodeId,
    },
    Group {
        open: Span,
    },
    /// `maybe`: `[?key]`.
    Index {
        operand: NodeId,
        open: Span,
        maybe: bool,
    },
    Call(Call),
    /// `maybe`: the entry being read begins with `?`.
    List {
        open: Span,
        items: Vec<NodeId>,
        maybe: bool,
    },
    /// `key` stands for an entry whose value is being read.
    Map {
        open: Span,
        entries: Vec<NodeId>,
        key: Option<NodeId>,
        maybe: bool,
    },
    Struct(Struct),
}

/// A message literal whose fields are being read.
pub(super) struct Struct {
    pub(super) open: Span,
    /// The node of its type's name.
    pub(super) name: NodeId,
    pub(super) fields: Vec<NodeId>,
    /// The field whose value is being read.
    pub(super) field: Option<(Arc<str>, Span)>,
    pub(super) maybe: bool,
}

/// A call whose arguments are being read.
pub(super) struct Call {
    pub(super) function: Arc<str>,
    /// The function's name.
    pub(super) at: Span,
    pub(super) open: Span,
    pub(super) start: Span,
    pub(super) member: bool,
    /// The target first, if it is a member.
    pub(super) args: Vec<NodeId>,
}

impl Frame {
    /// The bracket that it waits for, if it waits for one.
    pub(super) fn bracket(&self) -> Option<(Bracket, Span)> {
        match self {
            Self::Group { open } => Some((Bracket::Round, *open)),
            Self::Call(call) => Some((Bracket::Round, call.open)),
            Self::Index { open, .. } | Self::List { open, .. } => Some((Bracket::Square, *open)),
            Self::Map { open, .. } | Self::Struct(Struct { open, .. }) => Some((Bracket::Curly, *open)),
            Self::Unary { .. } | Self::Binary { .. } | Self::Then { .. } | Self::Else { .. } => None,
        }
    }
}
