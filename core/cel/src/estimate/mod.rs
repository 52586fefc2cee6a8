//! What an evaluation costs at least and at most, before any event: one walk over the typed tree, by the model of
//! `run::cost`, which it follows rule by rule. Sizes that only an event knows are bounded by the limits; what nobody
//! bounds has no most.
//!
//! Errors make evaluations cheaper: a call whose argument is one is not made. So what may be an error counts towards the
//! least only up to there, and whatever cannot be one is known as sure.

mod calls;
mod size;
#[cfg(test)]
mod tests;

pub(crate) use size::Size;

use crate::{
    check::{Absent, Checked, Comprehension, Op},
    parse::ast::{Fold, NodeId},
    plan::FEATURES,
    run::cost,
    types::Type,
    value::Value,
};

/// The bounds that hold for every event and every evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// What one evaluation may cost.
    pub cost: u64,
    /// Bytes of one text or bytes value.
    pub text: u64,
    /// Entries of one list or map.
    pub entries: u64,
}

impl Worst {
    /// Whether whatever holds under these bounds holds under `other` too: it allows no more values, and no less cost.
    pub fn covers(&self, other: &Worst) -> bool {
        other.cost >= self.cost && other.text <= self.text && other.entries <= self.entries
    }
}

/// What an evaluation costs, in units of cel-go's model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// No evaluation costs less.
    pub least: u64,
    /// No evaluation within the limits costs more; `None`: nobody knows a bound.
    pub most: Option<u64>,
}

impl Cost {
    /// Of one evaluation and then the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let most = self.most.zip(other.most).and_then(|(a, b)| a.checked_add(b));
        Self { least: self.least.saturating_add(other.least), most }
    }

    /// Of the one evaluation or none.
    #[must_use]
    pub fn or_nothing(self) -> Self {
        Self { least: 0, ..self }
    }
}

/// What is known of a node.
#[derive(Clone, Copy, Debug)]
struct Node {
    least: u64,
    /// `u64::MAX`: not known.
    most: u64,
    size: Size,
    /// Whether it is never an error.
    sure: bool,
}

/// What a variable of a macro holds.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// What the node gives.
    Value(NodeId),
    /// A part of what the node gives: an entry, or what an optional holds.
    Part(NodeId),
}

struct Walk<'c> {
    checked: &'c Checked,
    worst: &'c Worst,
    locals: Vec<Option<Held>>,
    nodes: Vec<Node>,
}

/// The cost of `checked`, whose nodes have these values where they are known before any event: the planner gives them.
pub(crate) fn of(checked: &Checked, known: &[Option<Value>], worst: &Worst) -> Cost {
    nodes(checked, known, worst).last().map_or(Cost::default(), |root| Cost {
        least: root.least,
        most: Some(root.most).filter(|most| *most < u64::MAX),
    })
}

/// What evaluating each node costs at most; `u64::MAX`: not known.
pub(crate) fn most(checked: &Checked, known: &[Option<Value>], worst: &Worst) -> Vec<u64> {
    nodes(checked, known, worst).iter().map(|node| node.most).collect()
}

fn nodes(checked: &Checked, known: &[Option<Value>], worst: &Worst) -> Vec<Node> {
    let mut walk = Walk { checked, worst, locals: locals(checked), nodes: Vec::with_capacity(known.len()) };
    for (id, known) in known.iter().enumerate() {
        let node = match known {
            Some(value) => Node { least: 0, most: 0, size: Size::of_value(value), sure: true },
            None => walk.node(id as NodeId),
        };
        walk.nodes.push(node);
    }
    walk.nodes
}

fn locals(checked: &Checked) -> Vec<Option<Held>> {
    let mut locals = vec![None; checked.locals as usize];
    for node in &checked.nodes {
        match &node.op {
            Op::Comprehension(of) => {
                for local in [Some(of.first), of.second].into_iter().flatten() {
                    locals[local as usize] = Some(Held::Part(of.range));
                }
            }
            Op::Bind { local, value, .. } => locals[*local as usize] = Some(Held::Value(*value)),
            Op::Block { first, values, .. } => {
                for (number, value) in values.of(&checked.children).iter().enumerate() {
                    locals[*first as usize + number] = Some(Held::Value(*value));
                }
            }
            Op::OptMap { local, target, .. } => locals[*local as usize] = Some(Held::Part(*target)),
            _ => {}
        }
    }
    locals
}

impl Walk<'_> {
    fn at(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    fn ty(&self, id: NodeId) -> &Type {
        &self.checked.node_types[id as usize]
    }

    fn node(&self, id: NodeId) -> Node {
        let any = || Size::of_type(self.ty(id), self.worst.text, self.worst.entries);
        match &self.checked.nodes[id as usize].op {
            Op::Nothing | Op::Message(_) => fixed(0, any(), true),
            Op::Constant(value) => fixed(0, Size::of_value(value), true),
            Op::Read { path, absent } => {
                let size = match absent {
                    Absent::Default(value) => any().or(&Size::of_value(value)),
                    Absent::Empty | Absent::Error => any(),
                };
                let sure = matches!(absent, Absent::Default(_)) && *path.root != *FEATURES;
                fixed(1 + path.fields.len() as u64, size, sure)
            }
            Op::HasSlot(_) => fixed(1, Size::SCALAR, true),
            Op::Field { operand, .. } | Op::OptField { operand, .. } => {
                let of = self.at(*operand);
                Node { size: self.part(id, of.size), sure: false, ..of }.and(1, 1)
            }
            Op::HasKey { operand, .. } => Node { size: Size::SCALAR, sure: false, ..self.at(*operand) }.and(1, 1),
            Op::And(left, right) | Op::Or(left, right) => self.logic(*left, *right),
            Op::Conditional { test, then, otherwise } => self.conditional(*test, *then, *otherwise),
            Op::Call1(function, a) => self.call(id, *function, &[*a]),
            Op::Call2(function, a, b) => self.call(id, *function, &[*a, *b]),
            Op::CallN(function, args) => self.call(id, *function, args.of(&self.checked.children)),
            Op::List(items) => self.made(cost::LIST, items.of(&self.checked.children), 1),
            Op::Map(items) => self.made(cost::MAP, items.of(&self.checked.children), 2),
            Op::Struct(_, fields) => self.made(cost::STRUCT, fields.of(&self.checked.children), 1),
            Op::Init { value, .. } | Op::Maybe(value) => self.at(*value),
            Op::Parts(_, parts) => {
                let reads = parts.iter().map(|(path, _)| 1 + path.fields.len() as u64).sum();
                let text = size::tenth(self.worst.text);
                Node { sure: false, ..fixed(reads, Size::SCALAR, false).and(0, text) }
            }
            Op::Local(number) => self.local(id, *number),
            Op::Comprehension(of) => self.comprehension(id, of),
            Op::Bind { value, body, .. } => self.at(*body).after(&self.at(*value)),
            Op::Block { values, body, .. } => {
                let values = values.of(&self.checked.children);
                values.iter().fold(self.at(*body), |body, value| body.after(&self.at(*value)))
            }
            Op::OptMap { target, body, .. } => {
                let (target, body) = (self.at(*target), self.at(*body));
                let size = Size { weight: body.size.weight.saturating_add(1), ..body.size };
                let most = target.most.saturating_add(body.most);
                Node { least: target.least, most, size, sure: target.sure && body.sure }
            }
            Op::Fault { operands, .. } => self.made(0, operands.of(&self.checked.children), 1),
        }
    }

    /// What is in a value of this size, by its type.
    fn part(&self, id: NodeId, of: Size) -> Size {
        Size::of_type(self.ty(id), of.text, of.entries_within)
    }

    fn local(&self, id: NodeId, number: u32) -> Node {
        match self.locals.get(number as usize) {
            Some(Some(Held::Value(source))) => fixed(1, self.at(*source).size, self.at(*source).sure),
            Some(Some(Held::Part(range))) => fixed(1, self.part(id, self.at(*range).size), true),
            _ => fixed(1, Size::UNKNOWN, false),
        }
    }

    /// The right side is evaluated unless the left one decides.
    fn logic(&self, left: NodeId, right: NodeId) -> Node {
        let (a, b) = (self.at(left), self.at(right));
        let sure = a.sure && b.sure && [left, right].iter().all(|id| *self.ty(*id) == Type::Bool);
        Node { least: a.least, most: a.most.saturating_add(b.most), size: Size::SCALAR, sure }
    }

    fn conditional(&self, test: NodeId, then: NodeId, otherwise: NodeId) -> Node {
        let is_bool = *self.ty(test) == Type::Bool;
        let (test, a, b) = (self.at(test), self.at(then), self.at(otherwise));
        let chosen = test.sure && is_bool;
        let least = if chosen { a.least.min(b.least) } else { 0 };
        Node {
            least: test.least.saturating_add(least),
            most: test.most.saturating_add(a.most.max(b.most)),
            size: a.size.or(&b.size),
            sure: chosen && a.sure && b.sure,
        }
    }

    /// A literal, which costs what it does whether or not its parts are errors; each entry has so many of them.
    fn made(&self, own: u64, parts: &[NodeId], each: u64) -> Node {
        let empty = Node { least: own, most: own, size: Size { weight: 1, ..Size::SCALAR }, sure: each == 1 };
        let maybe = parts.iter().any(|part| matches!(self.checked.nodes[*part as usize].op, Op::Maybe(_)));
        let mut made = parts.iter().fold(empty, |made, part| {
            let part = self.at(*part);
            let size = Size {
                text: made.size.text.max(part.size.text),
                entries_within: made.size.entries_within.max(part.size.entries_within),
                weight: made.size.weight.saturating_add(part.size.weight),
                ..made.size
            };
            Node { size, sure: made.sure && part.sure, ..made }.and(part.least, part.most)
        });
        let entries = parts.len() as u64 / each;
        made.size.entries = (if maybe { 0 } else { entries }, entries);
        made.size.entries_within = made.size.entries_within.max(entries);
        made.sure &= !maybe && own == cost::LIST;
        made
    }

    fn comprehension(&self, id: NodeId, of: &Comprehension) -> Node {
        let (range, body) = (self.at(of.range), self.at(of.body));
        let filter = of.filter.map(|filter| self.at(filter));
        let always = Node { least: 0, most: 0, size: Size::SCALAR, sure: true };
        let each = body.after(&filter.unwrap_or(always)).and(cost::turn(of.fold), cost::turn(of.fold));
        let most = range.most.saturating_add(range.size.entries.1.saturating_mul(each.most));
        let walks = !matches!(of.fold, Fold::All | Fold::Exists);
        let least = match range.size.entries.0 {
            _ if !range.sure => 0,
            0 => 0,
            // An entry that decides, or an error, ends it: one is begun at least.
            _ if !walks || !each.sure => cost::turn(of.fold),
            entries if filter.is_some() => {
                let filter = filter.map_or(0, |filter| filter.least);
                entries.saturating_mul(filter.saturating_add(cost::turn(of.fold)))
            }
            entries => entries.saturating_mul(each.least),
        };
        let size = match of.fold {
            Fold::All | Fold::Exists | Fold::ExistsOne => Size::SCALAR,
            Fold::Filter | Fold::Sort => Size { entries: (0, range.size.entries.1), ..range.size },
            Fold::List | Fold::Map => range.size.filled(&body.size, filter.is_none()),
            Fold::Entries => Size::unknown_of(self.ty(id)),
        };
        let sure =
            range.sure && each.sure && matches!(of.fold, Fold::List | Fold::All | Fold::Exists | Fold::ExistsOne);
        Node { least: range.least.saturating_add(least), most, size, sure: sure && self.says_bool(of) }
    }

    /// Whether filter and body of a macro that asks give nothing but bools.
    fn says_bool(&self, of: &Comprehension) -> bool {
        let asks = |id: NodeId| *self.ty(id) == Type::Bool;
        of.filter.is_none_or(asks) && (of.fold == Fold::List || asks(of.body))
    }
}

fn fixed(cost: u64, size: Size, sure: bool) -> Node {
    Node { least: cost, most: cost, size, sure }
}

impl Node {
    /// The same, after spending more.
    fn and(self, least: u64, most: u64) -> Self {
        Self { least: self.least.saturating_add(least), most: self.most.saturating_add(most), ..self }
    }

    /// The same, once `before` was evaluated, whatever it gave.
    fn after(self, before: &Node) -> Self {
        Self { sure: self.sure && before.sure, ..self.and(before.least, before.most) }
    }
}
