//! Calls that are macros: syntax that looks like calls, and binds names.

use std::sync::Arc;

use super::{
    ast::{Comprehension, Fold, Kind, NodeId},
    parser::Parser,
};
use crate::diag::{Code, Diagnostic, Span};

/// Macros that go through a list or map: name, how many variables, whether a filter stands before the body, what becomes of
/// the body. One name may stand in several rows, of different numbers of arguments.
const COMPREHENSIONS: &[(&str, usize, bool, Fold)] = &[
    ("all", 1, false, Fold::All),
    ("exists", 1, false, Fold::Exists),
    ("exists_one", 1, false, Fold::ExistsOne),
    ("existsOne", 1, false, Fold::ExistsOne),
    ("filter", 1, false, Fold::Filter),
    ("map", 1, false, Fold::List),
    ("map", 1, true, Fold::List),
    ("sortBy", 1, false, Fold::Sort),
    ("all", 2, false, Fold::All),
    ("exists", 2, false, Fold::Exists),
    ("exists_one", 2, false, Fold::ExistsOne),
    ("existsOne", 2, false, Fold::ExistsOne),
    ("transformList", 2, false, Fold::List),
    ("transformList", 2, true, Fold::List),
    ("transformMap", 2, false, Fold::Map),
    ("transformMap", 2, true, Fold::Map),
    ("transformMapEntry", 2, false, Fold::Entries),
    ("transformMapEntry", 2, true, Fold::Entries),
];

/// The names of macros, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    COMPREHENSIONS.iter().map(|(name, ..)| *name).chain(["has", "optMap", "optFlatMap"])
}

impl Parser<'_> {
    /// The node that a member call of `function` stands for, if it is a macro. `args` has the target first.
    pub(super) fn expanded(&mut self, function: &str, at: Span, args: &[NodeId], span: Span) -> Option<NodeId> {
        if matches!(&self.ast.node(args[0]).kind, Kind::Name { name, absolute: false } if &**name == "cel")
            && let Some(node) = self.of_cel(function, args, span)
        {
            return Some(node);
        }
        if let ("getExt" | "hasExt", [proto, message, path]) = (function, args)
            && matches!(&self.ast.node(*proto).kind, Kind::Name { name, absolute: false } if &**name == "proto")
        {
            return self.extension(function == "hasExt", [*proto, *message, *path], span);
        }
        if let ("greatest" | "least", [math, numbers @ ..]) = (function, args)
            && numbers.len() > 1
            && matches!(&self.ast.node(*math).kind, Kind::Name { name, absolute: false } if &**name == "math")
        {
            // Any number of numbers is a list of them.
            let items = self.ast.keep(numbers);
            let list = self.make(Kind::List(items), span);
            let args = self.ast.keep(&[*math, list]);
            return Some(self.make(Kind::Call { function: function.into(), at, member: true, args }, span));
        }
        if let ("optMap" | "optFlatMap", [target, binder, body]) = (function, args) {
            let name = self.binder(*binder)?;
            let (target, binder, body) = (*target, *binder, *body);
            return Some(self.make(Kind::OptMap { flat: function == "optFlatMap", target, name, binder, body }, span));
        }
        let rows = || COMPREHENSIONS.iter().filter(|(name, ..)| *name == function);
        rows().next()?;
        let fits = |variables: usize, filtered: bool| args.len() == 2 + variables + usize::from(filtered);
        let Some((_, variables, filtered, fold)) =
            rows().find(|(_, variables, filtered, _)| fits(*variables, *filtered))
        else {
            let message = format!("`{function}` takes a variable for each entry, and what to do with it");
            let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, at, message);
            self.lexer.report(diagnostic.expected(format!("expected `x.{function}(name, …)`")));
            return Some(self.make(Kind::Broken, span));
        };
        let first = self.binder(args[1]);
        let second = if *variables == 2 { Some(self.binder(args[2])) } else { None };
        let (Some(first), None | Some(Some(_))) = (first, &second) else {
            return Some(self.make(Kind::Broken, span));
        };
        let second = second.flatten();
        if second.as_ref() == Some(&first) {
            let message = format!("both variables are called `{first}`");
            self.lexer.report(Diagnostic::new(Code::WRONG_ARGUMENTS, self.ast.node(args[2]).span, message));
        }
        let binder = args[*variables];
        let filter = filtered.then(|| args[1 + variables]);
        let body = args[args.len() - 1];
        let comprehension = Comprehension { fold: *fold, range: args[0], first, second, binder, filter, body };
        Some(self.make(Kind::Comprehension(comprehension), span))
    }

    /// `proto.getExt(message, path)`: a selection of the field whose name is the whole path.
    fn extension(&mut self, has: bool, [proto, message, path]: [NodeId; 3], span: Span) -> Option<NodeId> {
        let at = self.ast.node(path).span;
        if !self.is_a_name(path) {
            let text = "an extension is named by its whole name";
            self.lexer.report(Diagnostic::new(Code::WRONG_ARGUMENTS, at, text).expected("expected a dotted name"));
            return None;
        }
        let (field, _) = self.taken_name(path);
        self.ast.nodes[proto as usize].kind = Kind::Binder;
        let operand = message;
        let kind = if has { Kind::Has { operand, field, at } } else { Kind::Select { operand, field, at } };
        Some(self.make(kind, span))
    }

    /// The dotted name at `id`, whose nodes are no expressions any more, and whether a dot leads it.
    pub(super) fn taken_name(&mut self, mut id: NodeId) -> (Arc<str>, bool) {
        let (mut parts, mut absolute) = (Vec::new(), false);
        loop {
            match std::mem::replace(&mut self.ast.nodes[id as usize].kind, Kind::Binder) {
                Kind::Select { operand, field, .. } => {
                    parts.push(field);
                    id = operand;
                }
                Kind::Name { name, absolute: leading } => {
                    parts.push(name);
                    absolute = leading;
                    break;
                }
                // `is_a_name` let nothing else through.
                _ => break,
            }
        }
        parts.reverse();
        (parts.join(".").into(), absolute)
    }

    /// The name that the argument at `id` declares; complains if it is none.
    fn binder(&mut self, id: NodeId) -> Option<Arc<str>> {
        let node = &mut self.ast.nodes[id as usize];
        if let Kind::Name { name, absolute: false } = &node.kind {
            let name = name.clone();
            node.kind = Kind::Binder;
            return Some(name);
        }
        let (span, broken) = (node.span, matches!(node.kind, Kind::Broken));
        if !broken {
            let message = "a variable of a macro is a name";
            self.lexer.report(Diagnostic::new(Code::WRONG_ARGUMENTS, span, message).expected("expected a name"));
        }
        None
    }

    /// `cel.bind`, `cel.block` and the names inside blocks.
    fn of_cel(&mut self, function: &str, args: &[NodeId], span: Span) -> Option<NodeId> {
        match (function, args) {
            ("bind", [cel, name, value, body]) => {
                let name = self.binder(*name)?;
                self.ast.nodes[*cel as usize].kind = Kind::Binder;
                Some(self.make(Kind::Bind { name, value: *value, body: *body }, span))
            }
            ("block", [cel, values, body]) => {
                let Kind::List(items) = self.ast.node(*values).kind else { return None };
                self.ast.nodes[*cel as usize].kind = Kind::Binder;
                self.ast.nodes[*values as usize].kind = Kind::Binder;
                Some(self.make(Kind::Block { values: items, body: *body }, span))
            }
            ("index", [cel, _]) | ("iterVar" | "accuVar", [cel, _, _]) => {
                let numbers: Option<Vec<String>> = args[1..].iter().map(|arg| self.number(*arg)).collect();
                let name = format!("@{function}{}", numbers?.join(":"));
                for id in std::iter::once(cel).chain(&args[1..]) {
                    self.ast.nodes[*id as usize].kind = Kind::Binder;
                }
                Some(self.make(Kind::Name { name: name.into(), absolute: false }, span))
            }
            _ => None,
        }
    }

    fn number(&self, id: NodeId) -> Option<String> {
        match &self.ast.node(id).kind {
            Kind::Literal(crate::Value::Int(number)) => Some(number.to_string()),
            _ => None,
        }
    }
}
