//! Operators with two operands and indexes: what fits, who offends, and what would help.

use super::{
    Op,
    checker::{Checker, Ty},
    infer::Bindings,
    overloads::{self, Function},
};
use crate::{
    diag::{Code, Diagnostic},
    parse::ast::{Binary, Kind, NodeId},
    time::{Duration, Timestamp},
    types::Type,
    value::Value,
};

impl Checker<'_> {
    pub(super) fn binary(&mut self, op: Binary, left: NodeId, right: NodeId) -> (Op, Ty) {
        let (a, b) = (self.value(left), self.value(right));
        let Some(function) = overloads::function_of(op) else { return (Op::Nothing, None) };
        let node = Op::Call2(function, left, right);
        // A comparison that is wrong is still a bool: what stands around it is checked on.
        let known = is_comparison(op).then_some(Type::Bool);
        let (Some(a), Some(b)) = (a, b) else { return (node, known) };
        let result = match function {
            Function::Equal | Function::NotEqual if decimal_beside_integer(&a, &b) => Some(Type::Bool),
            Function::Equal | Function::NotEqual => self.join(&a, &b).map(|_| Type::Bool),
            _ => self.bindings.call(&overloads::operator(function).overloads, &[a.clone(), b.clone()]),
        };
        if result.is_some() {
            return (node, result);
        }
        if op == Binary::In {
            self.wrong_membership(left, &a, right, &b);
        } else {
            self.wrong_operands(op, left, &a, right, &b);
        }
        (node, known)
    }

    fn wrong_membership(&mut self, left: NodeId, a: &Type, right: NodeId, b: &Type) {
        let (want, entries) = match b {
            Type::List(of) => (of, format!("the {of} entries of a list")),
            Type::Map(key, _) => (key, format!("the {key} keys of a map")),
            _ => {
                let message = format!("no operator `in` for {a} and {b}");
                let diagnostic = Diagnostic::new(Code::NO_OPERATOR, self.span(right), message);
                return self.report(diagnostic.expected("expected a list or a map"));
            }
        };
        let message = format!("cannot compare {a} with {entries}");
        let suggestion = self.conversion(left, a, want, true);
        let diagnostic = Diagnostic::new(Code::CANNOT_COMPARE, self.span(left), message);
        self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
    }

    fn wrong_operands(&mut self, op: Binary, left: NodeId, a: &Type, right: NodeId, b: &Type) {
        let no_operator = format!("no operator `{}` for {a} and {b}", op.symbol());
        let beside_time = self.beside_time(op, left, a, right, b);
        let blamed = beside_time.is_some();
        let (offender, want, got) = beside_time.unwrap_or_else(|| self.offender(left, a, right, b));
        if !blamed && !equality(op) && !has_operator(op, &want) {
            // Neither side alone is to blame: the operator does not exist for what the other side is.
            let span = self.span(left).to(self.span(right));
            return self.report(Diagnostic::new(Code::NO_OPERATOR, span, no_operator));
        }
        let (code, message) = if is_comparison(op) {
            (Code::CANNOT_COMPARE, format!("cannot compare {a} with {b}"))
        } else {
            (Code::NO_OPERATOR, no_operator)
        };
        // Across numbers there is an order, but neither equality nor arithmetic.
        let exact = !is_comparison(op) || equality(op);
        let suggestion = self.conversion(offender, &got, &want, exact);
        let diagnostic = Diagnostic::new(code, self.span(offender), message);
        self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
    }

    /// Which of two operands is to blame, what it should have been and what it is: a literal is easier to change
    /// than a field, and else the one on the right.
    pub(super) fn offender(&self, left: NodeId, a: &Type, right: NodeId, b: &Type) -> (NodeId, Type, Type) {
        let literal = |id: NodeId| matches!(self.ast.node(id).kind, Kind::Literal(_));
        if literal(left) && !literal(right) {
            return (left, unwrapped(b), a.clone());
        }
        (right, unwrapped(a), b.clone())
    }

    /// What stands beside a time in a sum or difference, where only another time may: the one that the literal is the
    /// text of, else a duration.
    fn beside_time(&self, op: Binary, left: NodeId, a: &Type, right: NodeId, b: &Type) -> Option<(NodeId, Type, Type)> {
        let is_time = |ty: &Type| matches!(unwrapped(ty), Type::Timestamp | Type::Duration);
        let row = overloads::binary_row(op).filter(|_| matches!(op, Binary::Add | Binary::Subtract))?;
        let (id, got, on_the_left) = match (is_time(a), is_time(b)) {
            (true, false) => (right, b, false),
            (false, true) => (left, a, true),
            _ => return None,
        };
        let fits = |ty: &Type| {
            let operands = if on_the_left { [ty.clone(), b.clone()] } else { [a.clone(), ty.clone()] };
            Bindings::default().call(&row.overloads, &operands).is_some()
        };
        let mut times = [Type::Duration, Type::Timestamp].into_iter().filter(fits);
        let first = times.next()?;
        let writes =
            |ty: &Type| matches!(&self.ast.node(id).kind, Kind::Literal(value) if rewritten(value, ty, true).is_some());
        let want = if writes(&first) { first } else { times.find(writes).unwrap_or(first) };
        Some((id, want, got.clone()))
    }

    /// `operand[key]`, or `operand[?key]`.
    pub(super) fn index(&mut self, function: Function, operand: NodeId, key: NodeId) -> (Op, Ty) {
        let (list, at) = (self.value(operand), self.value(key));
        let op = Op::Call2(function, operand, key);
        let (Some(list), Some(at)) = (list, at) else { return (op, None) };
        let result = self.bindings.call(&overloads::operator(function).overloads, &[list.clone(), at.clone()]);
        if let Some(result) = result {
            let ty = self.element(operand, &result);
            return (op, ty);
        }
        let want = match &list {
            Type::List(_) => Type::Int,
            Type::Map(key, _) => (**key).clone(),
            _ => {
                let message = format!("{list} has no entries");
                let diagnostic = Diagnostic::new(Code::NO_OPERATOR, self.span(operand), message);
                self.report(diagnostic.expected("expected a list or a map"));
                return (op, None);
            }
        };
        let message = format!("{list} has no entry for {at}");
        let suggestion = self.conversion(key, &at, &want, true);
        let diagnostic = Diagnostic::new(Code::NO_OPERATOR, self.span(key), message);
        self.report(diagnostic.expected(format!("expected {want}")).maybe_suggest(suggestion));
        (op, None)
    }

    /// What would turn the expression at `id` into a `want`. `exact`: an int does not do where a double is wanted.
    pub(super) fn conversion(&self, id: NodeId, got: &Type, want: &Type, exact: bool) -> Option<String> {
        let (want, got) = (&unwrapped(want), &unwrapped(got));
        if let Kind::Literal(value) = &self.ast.node(id).kind {
            return rewritten(value, want, exact);
        }
        let numbers = [Type::Int, Type::Uint, Type::Double];
        let convertible = match want {
            Type::Int | Type::Uint | Type::Double => numbers.contains(got) || *got == Type::String,
            Type::String => numbers.contains(got) || *got == Type::Bool,
            Type::Timestamp | Type::Duration => *got == Type::String,
            _ => false,
        };
        convertible.then(|| format!("convert it with `{want}()`"))
    }
}

/// A decimal and an integer are numbers of one line, exactly; no other two types of numbers are.
fn decimal_beside_integer(a: &Type, b: &Type) -> bool {
    let decimal = |ty: &Type| matches!(ty, Type::Abstract(name, _) if &**name == "decimal");
    let integer = |ty: &Type| matches!(ty, Type::Int | Type::Uint);
    (decimal(a) && integer(b)) || (integer(a) && decimal(b))
}

fn is_comparison(op: Binary) -> bool {
    op.level() == Binary::Equal.level()
}

fn equality(op: Binary) -> bool {
    matches!(op, Binary::Equal | Binary::NotEqual)
}

/// Whether two values of this type have the operator.
fn has_operator(op: Binary, ty: &Type) -> bool {
    overloads::binary_row(op)
        .is_some_and(|row| Bindings::default().call(&row.overloads, &[ty.clone(), ty.clone()]).is_some())
}

/// A wrapper is spoken of as its type.
fn unwrapped(ty: &Type) -> Type {
    if let Type::Wrapper(inner) = ty { (**inner).clone() } else { ty.clone() }
}

/// How a literal would be written as a `want`.
fn rewritten(value: &Value, want: &Type, exact: bool) -> Option<String> {
    let number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite) && !text.starts_with(['+', '.']);
    match (value, want) {
        (Value::String(text), Type::Int) if text.parse::<i64>().is_ok() => Some("remove the quotes".to_owned()),
        (Value::String(text), Type::Uint) if text.parse::<u64>().is_ok() => Some(format!("write {text}u")),
        (Value::String(text), Type::Double) if number(text) => {
            let is_int = text.parse::<i64>().is_ok();
            Some(if exact && is_int { format!("write {text}.0") } else { "remove the quotes".to_owned() })
        }
        (Value::String(text), Type::Bool) if matches!(&**text, "true" | "false") => {
            Some("remove the quotes".to_owned())
        }
        (Value::String(text), Type::Timestamp) if Timestamp::parse(text).is_some() => {
            Some(format!("write timestamp({text:?})"))
        }
        (Value::String(text), Type::Duration) if text.len() <= 40 && Duration::parse(text).is_some() => {
            Some(format!("write duration({text:?})"))
        }
        (Value::Int(number), Type::Double) => Some(format!("write {number}.0")),
        (Value::Int(number), Type::Uint) if *number >= 0 => Some(format!("write {number}u")),
        (Value::Uint(number), Type::Int) if i64::try_from(*number).is_ok() => Some(format!("write {number}")),
        (Value::Uint(number), Type::Double) => Some(format!("write {number}.0")),
        (Value::Double(number), Type::Int) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(format!("write {number}"))
        }
        (Value::Double(number), Type::Uint) if number.fract() == 0.0 && (0.0..1e15).contains(number) => {
            Some(format!("write {number}u"))
        }
        (Value::Int(number), Type::String) => Some(format!("write \"{number}\"")),
        _ => None,
    }
}
