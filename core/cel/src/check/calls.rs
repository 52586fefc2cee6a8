//! Calls of functions by name.

use std::sync::Arc;

use super::{
    Op,
    checker::{Checker, Ty},
    overloads::{self, Row, Style},
    suggest,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    parse::ast::{Children, Kind, NodeId},
    run::time_zone,
    types::Type,
    value::Value,
};

impl Checker<'_> {
    pub(super) fn call(&mut self, id: NodeId, function: &Arc<str>, at: Span, member: bool, args: Children) -> (Op, Ty) {
        let args = self.ast.children(args);
        let types: Vec<Ty> = args.iter().map(|arg| self.value(*arg)).collect();
        let Some(row) = overloads::named(function) else {
            self.unknown_function(function, at);
            return (Op::Nothing, None);
        };
        let op = match *args {
            [a] => Op::Call1(row.function, a),
            [a, b] => Op::Call2(row.function, a, b),
            _ => Op::Nothing,
        };
        if matches!((row.style, member), (Style::Global, true) | (Style::Member, false)) {
            self.wrong_style(row, at);
            return (Op::Nothing, None);
        }
        let Some(types) = types.into_iter().collect::<Option<Vec<Type>>>() else { return (op, None) };
        let result = row.resolve(&types);
        if result.is_none() {
            self.wrong_arguments(id, row, args, &types, member);
        } else if let [Type::Timestamp | Type::Dyn, Type::String] = types[..] {
            self.zone(row, args[1]);
        }
        (op, result)
    }

    fn unknown_function(&mut self, function: &str, at: Span) {
        let message = format!("unknown function `{function}`");
        let suggestion = suggest::did_you_mean(function, overloads::names());
        let known_elsewhere = ["matches", "type", "getZone", "lowerAscii", "upperAscii", "replace", "split", "join"];
        let message = if known_elsewhere.contains(&function) {
            format!("this version does not have the function `{function}`")
        } else {
            message
        };
        self.report(Diagnostic::new(Code::UNKNOWN_FUNCTION, at, message).maybe_suggest(suggestion));
    }

    fn wrong_style(&mut self, row: &Row, at: Span) {
        let name = row.name;
        let (message, suggestion) = if row.style == Style::Member {
            (format!("`{name}` is called on a value"), format!("write `x.{name}(…)`"))
        } else {
            (format!("`{name}` is not called on a value"), format!("write `{name}(x)`"))
        };
        self.report(Diagnostic::new(Code::WRONG_ARGUMENTS, at, message).suggest(suggestion));
    }

    /// The first argument that no overload of this many arguments takes is to blame.
    fn wrong_arguments(&mut self, id: NodeId, row: &Row, args: &[NodeId], types: &[Type], member: bool) {
        let shown: Vec<String> = types.iter().skip(usize::from(member)).map(Type::to_string).collect();
        let on = if member { format!("{}.", types[0]) } else { String::new() };
        let message = format!("no `{on}{}({})`", row.name, shown.join(", "));
        let Some(params) = row.expected(args.len()) else {
            return self.report(Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(id), message));
        };
        let wrong = (0..args.len()).find(|at| !row.some_takes(types, *at)).unwrap_or(0);
        let suggestion =
            params[wrong].plain().and_then(|want| self.conversion(args[wrong], &types[wrong], &want, true));
        let expected = row.alternatives(args.len(), wrong);
        let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(args[wrong]), message);
        self.report(diagnostic.expected(format!("expected {expected}")).maybe_suggest(suggestion));
    }

    /// A zone that is written out is checked here, so that the mistake is found before an event is.
    fn zone(&mut self, row: &Row, arg: NodeId) {
        let Kind::Literal(Value::String(text)) = &self.ast.node(arg).kind else { return };
        if time_zone::offset(text).is_none() {
            let message = format!("`{}` takes no time zone {text:?}: this version has no named zones", row.name);
            let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(arg), message);
            self.report(diagnostic.expected("expected an offset such as \"-05:00\", or \"UTC\""));
        }
    }
}
