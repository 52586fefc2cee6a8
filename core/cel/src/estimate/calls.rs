//! What calls cost and how large their results are: beside `run::cost` and the library's rows.

use super::{Node, Size, Walk, size::tenth};
use crate::{
    check::{Op, overloads::Function},
    library::{self, Cost},
    parse::ast::NodeId,
    run::cost,
    types::Type,
    value::Value,
};

/// The longest text of a number, a time or a bool.
const LONGEST_SCALAR: u64 = 64;

impl Walk<'_> {
    /// A call, which is made unless an argument is an error.
    pub(super) fn call(&self, id: NodeId, function: Function, args: &[NodeId]) -> Node {
        let size = |arg: &NodeId| self.at(*arg).size;
        let (one, two, more);
        let sizes: &[Size] = match args {
            [a] => {
                one = [size(a)];
                &one
            }
            [a, b] => {
                two = [size(a), size(b)];
                &two
            }
            _ => {
                more = args.iter().map(size).collect::<Vec<_>>();
                &more
            }
        };
        let (least, most) = match (function, sizes) {
            (Function::Library(number), _) => self.library(number, args, sizes),
            (Function::Host(_), _) => (1, 1),
            (Function::ToDyn, _) => (1, 1),
            (_, [a]) => (tenth(a.length.0), tenth(a.length.1)),
            (_, [a, b]) => self.two(function, args, a, b),
            // There is no such function: an error, before anything is spent.
            _ => (0, u64::MAX),
        };
        let made = args.iter().all(|arg| self.at(*arg).sure);
        let least = if made { least } else { 0 };
        if library::otherwise(function).is_some() {
            return self.otherwise(id, args, most);
        }
        let spent = args.iter().fold((least, most), |(least, most), arg| {
            let arg = self.at(*arg);
            (least.saturating_add(arg.least), most.saturating_add(arg.most))
        });
        let size = self.result(id, function, sizes);
        Node { least: spent.0, most: spent.1, size, sure: made && self.never_fails(function, args) }
    }

    /// `or` and `orValue`: an optional that holds something ends it, before its stand-in and the call.
    fn otherwise(&self, id: NodeId, args: &[NodeId], most: u64) -> Node {
        let all = args.iter().fold(most, |most, arg| most.saturating_add(self.at(*arg).most));
        let (of, other) = (self.at(args[0]).size, self.at(args[1]).size);
        let (text, entries) = (of.text.max(other.text), of.entries_within.max(other.entries_within));
        Node { least: self.at(args[0]).least, most: all, size: Size::of_type(self.ty(id), text, entries), sure: false }
    }

    fn is_constant(&self, id: NodeId) -> bool {
        let node = self.at(id);
        // A literal that was not folded costs something.
        node.most == 0 && !matches!(self.checked.nodes[id as usize].op, Op::Nothing | Op::Message(_))
    }

    fn two(&self, function: Function, args: &[NodeId], a: &Size, b: &Size) -> (u64, u64) {
        let shorter = || (tenth(a.length.0.min(b.length.0)), tenth(a.length.1.min(b.length.1)));
        let (both_least, both_most) = (a.length.0.saturating_add(b.length.0), a.length.1.saturating_add(b.length.1));
        match function {
            Function::Equal | Function::NotEqual => {
                let (least, most) = shorter();
                (least, most.max(a.weight.min(b.weight)))
            }
            Function::Less | Function::LessOrEqual | Function::Greater | Function::GreaterOrEqual => shorter(),
            Function::Add => {
                let entries = a.entries.1.saturating_add(b.entries.1).saturating_add(1);
                (1, tenth(both_most).max(entries))
            }
            // Each entry costs what comparing it does: no more than it weighs, and no more than the value weighs.
            Function::In => {
                let each = b.entries.1.saturating_mul(a.weight);
                let walked = each.min(b.weight).saturating_add(1);
                let is_map = matches!(self.ty(args[1]), Type::Map(..));
                (1, if is_map { 1 } else { walked })
            }
            Function::Matches => {
                let regex = |text: u64, pattern: u64| {
                    text.saturating_add(1).div_ceil(10).saturating_mul(pattern.div_ceil(4).max(1))
                };
                let compiled = if self.is_constant(args[1]) { 0 } else { cost::COMPILED };
                let least = regex(a.length.0, b.length.0);
                (least, regex(a.length.1, self.pattern(args[1], b)).saturating_add(compiled))
            }
            Function::Contains | Function::StartsWith | Function::EndsWith => (tenth(both_least), tenth(both_most)),
            _ => (1, 1),
        }
    }

    /// Bytes of a pattern at most. Compiling it writes a backslash before braces that repeat nothing.
    fn pattern(&self, id: NodeId, size: &Size) -> u64 {
        let braces = match &self.checked.nodes[id as usize].op {
            Op::Constant(Value::String(pattern)) => pattern.matches('{').count() as u64,
            _ => size.length.1,
        };
        size.length.1.saturating_add(braces)
    }

    fn library(&self, number: u16, args: &[NodeId], sizes: &[Size]) -> (u64, u64) {
        let sum = |of: fn(&Size) -> u64| sizes.iter().fold(0u64, |sum, size| sum.saturating_add(of(size)));
        let (least, most) = (tenth(sum(|size| size.length.0)), tenth(sum(|size| size.length.1)));
        match library::row(number).cost {
            Cost::One => (1, 1),
            Cost::Text | Cost::Searched => (least, most),
            // An entry counts itself, a tenth of its text, at least 1, and its own entries.
            Cost::Entries => {
                let each = |size: &Size| {
                    let entry = 1u64.saturating_add(tenth(size.text)).saturating_add(size.entries_within);
                    size.entries.1.saturating_mul(entry)
                };
                (least, sizes.iter().fold(most, |sum, size| sum.saturating_add(each(size))))
            }
            Cost::Number => match &self.checked.nodes[args[0] as usize].op {
                Op::Constant(Value::Int(count)) => (1, u64::try_from(*count).unwrap_or(1).saturating_add(1)),
                _ => (1, u64::MAX),
            },
            Cost::Of(_) => (1, u64::MAX),
        }
    }

    /// How large the result can be.
    fn result(&self, id: NodeId, function: Function, sizes: &[Size]) -> Size {
        let ty = self.ty(id);
        match (function, sizes) {
            (Function::ToDyn, [a]) => *a,
            (Function::Add, [a, b]) => {
                let add = |a: (u64, u64), b: (u64, u64)| (a.0.saturating_add(b.0), a.1.saturating_add(b.1));
                let (length, entries) = (add(a.length, b.length), add(a.entries, b.entries));
                Size {
                    length,
                    entries,
                    text: a.text.max(b.text).max(length.1),
                    entries_within: a.entries_within.max(b.entries_within).max(entries.1),
                    weight: a.weight.saturating_add(b.weight),
                }
            }
            (Function::ToString | Function::ToBytes, [a]) => Size::text(0, a.length.1.saturating_add(LONGEST_SCALAR)),
            // Of a list, a map or an optional.
            (Function::Index | Function::OptIndex, [a, _]) => Size::of_type(ty, a.text, a.entries_within),
            _ => Size::unknown_of(ty),
        }
    }

    /// Of those that are never an error for arguments that are none.
    fn never_fails(&self, function: Function, args: &[NodeId]) -> bool {
        let all = |good: fn(&Type) -> bool| args.iter().all(|arg| good(self.ty(*arg)));
        match function {
            Function::Equal | Function::NotEqual | Function::ToDyn => true,
            Function::Not => all(|ty| *ty == Type::Bool),
            Function::Size => all(|ty| matches!(ty, Type::String | Type::Bytes | Type::List(_) | Type::Map(..))),
            Function::In => matches!(self.ty(args[1]), Type::List(_) | Type::Map(..)),
            Function::Contains | Function::StartsWith | Function::EndsWith => all(|ty| *ty == Type::String),
            Function::Less | Function::LessOrEqual | Function::Greater | Function::GreaterOrEqual => {
                all(|ty| matches!(ty, Type::Int | Type::Uint | Type::Double))
                    || all(|ty| *ty == Type::String)
                    || all(|ty| *ty == Type::Timestamp)
                    || all(|ty| *ty == Type::Duration)
            }
            _ => false,
        }
    }
}
