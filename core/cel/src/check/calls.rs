//! Calls of functions by name.

use std::sync::Arc;

use super::{
    Op,
    checker::{Checker, Ty},
    overloads::{self, Function, Row, Style},
    signature::{self, Signature},
    suggest,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    library::decimals::messages,
    parse::{
        ast::{Children, Kind, NodeId},
        macros,
    },
    run::time_zone,
    types::Type,
    value::Value,
};

impl Checker<'_> {
    pub(super) fn call(&mut self, id: NodeId, function: &Arc<str>, at: Span, member: bool, args: Children) -> (Op, Ty) {
        let target = member.then(|| self.ast.children(args)[0]);
        let qualified = target.filter(|target| self.goes_on[*target as usize]);
        let whole = qualified.and_then(|target| self.qualified(target, function));
        let (name, member, args) = match &whole {
            Some(whole) => (whole.as_str(), false, args.rest()),
            None => (&**function, member, args),
        };
        let ids = self.ast.children(args);
        if let ("decimal", [message]) = (name, ids)
            && let Some(op) = self.decimal_of_fields(*message)
        {
            return (op, Some(Type::Abstract("decimal".into(), [].into())));
        }
        let types: Vec<Ty> = ids.iter().map(|arg| self.value(*arg)).collect();
        if let Some((number, host)) = self.env.find_function(name) {
            let overloads = host.overloads.clone();
            let callee = Callee { name: &host.name, function: Function::Host(number), overloads: &overloads };
            return self.resolved(id, &callee, args, types, member);
        }
        let Some(row) = overloads::named(name) else {
            self.unknown_function(name, at);
            return self.fault(Code::UNKNOWN_FUNCTION, &format!("unknown function `{name}`"), ids);
        };
        if matches!((row.style, member), (Style::Global, true) | (Style::Member, false)) {
            self.wrong_style(row, at);
            return self.fault(Code::UNKNOWN_FUNCTION, &format!("`{name}` is not called like this"), ids);
        }
        let callee = Callee { name: row.name, function: row.function, overloads: &row.overloads };
        self.resolved(id, &callee, args, types, member)
    }

    /// `decimal(event.price)`: a message in the slots is no value, but what it is made of can be read.
    fn decimal_of_fields(&self, message: NodeId) -> Option<Op> {
        let Op::Message(path) = &self.nodes[message as usize].op else { return None };
        let Some(Type::Message(name)) = &self.types[message as usize] else { return None };
        let (fields, of) = messages::parts(name).filter(|_| !self.env.whole())?;
        let part = |(name_of, ty): &(&str, Type)| {
            let field = self.env.field(name, name_of).filter(|field| field.ty == *ty)?;
            Some((path.then(&field.name), field.absent.clone()))
        };
        let parts = fields.iter().map(part).collect::<Option<Vec<_>>>()?;
        Some(Op::Parts(overloads::named(of)?.function, parts))
    }

    /// A call of a function that exists.
    fn resolved(&mut self, id: NodeId, of: &Callee<'_>, args: Children, types: Vec<Ty>, member: bool) -> (Op, Ty) {
        let ids = self.ast.children(args);
        if !self.strict && !of.overloads.iter().any(|overload| overload.params.len() == ids.len()) {
            let message = format!("`{}` does not take so many arguments", of.name);
            return self.fault(Code::NO_SUCH_OVERLOAD, &message, ids);
        }
        let op = match *ids {
            [a] => Op::Call1(of.function, a),
            [a, b] => Op::Call2(of.function, a, b),
            _ => Op::CallN(of.function, args),
        };
        let Some(types) = types.into_iter().collect::<Option<Vec<Type>>>() else { return (op, None) };
        let result = self.bindings.call(of.overloads, &types);
        if result.is_none() {
            self.wrong_arguments(id, of, ids, &types, member);
        } else if of.function == Function::Matches {
            self.pattern(ids[1]);
        } else if let [Type::Timestamp | Type::Dyn, Type::String] = types[..] {
            self.zone(of, ids[1]);
        }
        (op, result)
    }

    fn unknown_function(&mut self, function: &str, at: Span) {
        let message = format!("unknown function `{function}`");
        let env = self.env;
        let hosts = env.functions().iter().map(|function| &*function.name);
        let mut known: Vec<&str> = hosts.collect();
        for name in overloads::names().chain(macros::names()) {
            known.push(name);
        }
        let suggestion = suggest::did_you_mean(function, known);
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
    fn wrong_arguments(&mut self, id: NodeId, of: &Callee<'_>, args: &[NodeId], types: &[Type], member: bool) {
        let shown: Vec<String> = types.iter().skip(usize::from(member)).map(Type::to_string).collect();
        let on = if member { format!("{}.", types[0]) } else { String::new() };
        let message = format!("no `{on}{}({})`", of.name, shown.join(", "));
        let Some(expected) = of.overloads.iter().find(|overload| overload.params.len() == args.len()) else {
            return self.report(Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(id), message));
        };
        if args.is_empty() {
            return self.report(Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(id), message));
        }
        let takes =
            |checker: &mut Self, at: usize| checker.bindings.some_takes(of.overloads, args.len(), at, &types[at]);
        let wrong = (0..args.len()).find(|at| !takes(self, *at)).unwrap_or(0);
        let want = signature::plain(&expected.params[wrong]);
        let suggestion = want.and_then(|want| self.conversion(args[wrong], &types[wrong], &want, true));
        let expected = signature::alternatives(of.overloads, args.len(), wrong);
        let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(args[wrong]), message);
        self.report(diagnostic.expected(format!("expected {expected}")).maybe_suggest(suggestion));
    }

    /// A pattern that is written out is checked here too.
    fn pattern(&mut self, arg: NodeId) {
        let Kind::Literal(Value::String(text)) = &self.ast.node(arg).kind else { return };
        if let Err((_, message)) = crate::run::regex(text) {
            let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(arg), message);
            self.report(diagnostic.expected("expected a regular expression (RE2's syntax)"));
        }
    }

    /// A zone that is written out is checked here, so that the mistake is found before an event is.
    fn zone(&mut self, of: &Callee<'_>, arg: NodeId) {
        let Kind::Literal(Value::String(text)) = &self.ast.node(arg).kind else { return };
        if !of.name.starts_with("get") || time_zone::is_known(text) {
            return;
        }
        let message = format!("`{}` knows no time zone {text:?}", of.name);
        let diagnostic = Diagnostic::new(Code::WRONG_ARGUMENTS, self.span(arg), message);
        self.report(diagnostic.expected("expected an offset such as \"-05:00\", or a name such as \"Europe/Oslo\""));
    }
}

/// What is called.
struct Callee<'f> {
    name: &'f str,
    function: Function,
    overloads: &'f [Signature],
}
