//! The syntax tree: a flat arena in post order.
//!
//! Children stand before their parents and the root stands last, so that every later room is one loop over the arena
//! and dropping a tree drops a vector: nothing here can overflow a stack. This file knows no types and no names' meaning.

use std::sync::Arc;

use crate::{diag::Span, value::Value};

/// The place of a node in its arena.
pub(crate) type NodeId = u32;

/// A syntax tree.
#[derive(Clone, Debug)]
pub struct Ast {
    pub(crate) nodes: Vec<Node>,
    /// The children of calls, lists and maps: each such node owns a run of them.
    pub(crate) children: Vec<NodeId>,
}

/// A node and the text that it came from, its parentheses included.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// A run of [`Ast::children`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Children {
    start: u32,
    len: u32,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A constant.
    Literal(Value),
    /// A name; `absolute` if a dot leads it, so that no container is searched.
    Name { name: Arc<str>, absolute: bool },
    /// `operand.field`; `at` is the field's own text.
    Select { operand: NodeId, field: Arc<str>, at: Span },
    /// `has(operand.field)`
    Has { operand: NodeId, field: Arc<str>, at: Span },
    /// `operand[key]`
    Index { operand: NodeId, key: NodeId },
    /// `operand.?field`: an optional.
    OptSelect { operand: NodeId, field: Arc<str>, at: Span },
    /// `operand[?key]`: an optional.
    OptIndex { operand: NodeId, key: NodeId },
    /// `!x`, `-x`
    Unary { op: Unary, operand: NodeId },
    /// Any operator with two sides, `&&` and `||` among them.
    Binary { op: Binary, left: NodeId, right: NodeId },
    /// `test ? then : otherwise`
    Conditional { test: NodeId, then: NodeId, otherwise: NodeId },
    /// `function(args)`, or `args[0].function(args[1..])` if `member`; `at` is the function's name.
    Call { function: Arc<str>, at: Span, member: bool, args: Children },
    /// `[a, b]`
    List(Children),
    /// `{k: v}`: keys and values in turn.
    Map(Children),
    /// `?x` as an entry of a list, or as the value of an entry of a map or message: an entry only if the optional has a
    /// value.
    Maybe(NodeId),
    /// `name{field: value}`: children are [`Kind::Init`]s. `name` is the [`Kind::Binder`] that was its name.
    Struct { name: Arc<str>, absolute: bool, at: Span, fields: Children },
    /// `field: value` inside a message literal.
    Init { field: Arc<str>, at: Span, value: NodeId },
    /// A macro that goes through a list or map: `range.fold(first, second, filter, body)`.
    Comprehension(Comprehension),
    /// `cel.bind(name, value, body)`
    Bind { name: Arc<str>, value: NodeId, body: NodeId },
    /// `cel.block([values], body)`: the values are called `@index0`, `@index1` … behind them.
    Block { values: Children, body: NodeId },
    /// `target.optMap(name, body)`, or `optFlatMap` if `flat`.
    OptMap { flat: bool, target: NodeId, name: Arc<str>, binder: NodeId, body: NodeId },
    /// A name that a macro took as its variable, or as its own: it is no expression.
    Binder,
    /// Where the parser found no expression. Never in a tree that [`crate::parse()`] returns.
    Broken,
}

/// A macro that goes through a list or map.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub(crate) fold: Fold,
    pub(crate) range: NodeId,
    /// The variables: one, or the key and the value.
    pub(crate) first: Arc<str>,
    pub(crate) second: Option<Arc<str>>,
    /// The last variable's node: the scope of the variables begins behind it.
    pub(crate) binder: NodeId,
    /// What an entry must be to count, where that is apart from the body.
    pub(crate) filter: Option<NodeId>,
    pub(crate) body: NodeId,
}

/// What a comprehension makes of what its body gives for each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    All,
    Exists,
    ExistsOne,
    /// The entries for which the body is true.
    Filter,
    /// `map` and `transformList`: a list of what the body gives.
    List,
    /// `transformMap`: the keys, with what the body gives.
    Map,
    /// `transformMapEntry`: the entries of the maps that the body gives.
    Entries,
    /// `sortBy`: the entries in the order of what the body gives.
    Sort,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Minus,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Children {
    /// Keeps `ids` at the end of `all`, and gives the run.
    pub(crate) fn kept(all: &mut Vec<NodeId>, ids: &[NodeId]) -> Self {
        let start = all.len() as u32;
        all.extend_from_slice(ids);
        Self { start, len: ids.len() as u32 }
    }

    /// The run without its first.
    pub(crate) fn rest(self) -> Self {
        Self { start: self.start + self.len.min(1), len: self.len.saturating_sub(1) }
    }

    /// This run of `all`, which is [`Ast::children`] or a copy of it.
    pub(crate) fn of(self, all: &[NodeId]) -> &[NodeId] {
        &all[self.start as usize..(self.start + self.len) as usize]
    }
}

impl Unary {
    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Minus => "-",
        }
    }
}

impl Binary {
    /// How tightly it binds: more is tighter. `?:` is below all of them.
    pub(crate) fn level(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 3,
            Self::Equal | Self::NotEqual | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Modulo => 5,
        }
    }

    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

impl Ast {
    /// An empty one, with room for about as many nodes.
    pub(crate) fn empty(nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(nodes), children: Vec::new() }
    }

    /// The node at `id`.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The run `range` of children.
    pub(crate) fn children(&self, range: Children) -> &[NodeId] {
        range.of(&self.children)
    }

    /// Keeps `ids` as the children of a node that is about to be made.
    pub(crate) fn keep(&mut self, ids: &[NodeId]) -> Children {
        Children::kept(&mut self.children, ids)
    }
}
