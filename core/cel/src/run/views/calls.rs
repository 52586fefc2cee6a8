//! Calls: of numbers at once, of texts where they lie, all others by the functions of the machine.

use super::{
    Run,
    view::{Kind, View},
};
use crate::{
    check::overloads::Function,
    library,
    run::{cost, functions},
    value::{Key, Value},
};

/// What two numbers of one type give.
enum Found {
    View(View),
    Wrong,
    /// Another's to say.
    Unknown,
}

impl Run<'_, '_> {
    #[inline]
    pub(super) fn call2(&mut self, function: Function, a: View, b: View) -> Option<()> {
        let found = match (a.kind, b.kind) {
            (Kind::Double, Kind::Double) => doubles(function, a.as_double(), b.as_double()),
            (Kind::Int, Kind::Int) => ints(function, a.as_int(), b.as_int()),
            _ => Found::Unknown,
        };
        let view = match found {
            Found::View(view) => view,
            Found::Wrong => self.wrong_of(a, b),
            Found::Unknown => return self.call2_else(function, a, b),
        };
        self.spend(1)?;
        self.push(view);
        Some(())
    }

    #[inline(never)]
    fn call2_else(&mut self, function: Function, a: View, b: View) -> Option<()> {
        // The left operand's error wins.
        if let Some(wrong) = [a, b].into_iter().find(|view| view.is_wrong()) {
            self.push(wrong);
            return Some(());
        }
        if let Some(view) = self.texts(function, a, b)? {
            self.push(view);
            return Some(());
        }
        let (a, b) = (self.own(a), self.own(b));
        self.spend(cost::call2(function, &a, &b, self.left))?;
        let view = self.given(functions::call2(function, &a, &b));
        self.push(view);
        Some(())
    }

    pub(super) fn call1(&mut self, function: Function) -> Option<()> {
        let a = self.pop()?;
        let view = match (a.kind, function) {
            (Kind::Bool, Function::Not) => {
                self.spend(1)?;
                View::bool(a.bits == 0)
            }
            (Kind::Wrong, _) => a,
            _ => {
                let a = self.own(a);
                self.spend(cost::call1(function, &a))?;
                self.given(functions::call1(function, &a))
            }
        };
        self.push(view);
        Some(())
    }

    /// A call of a function of the library with readings.
    pub(super) fn call_with_parts(&mut self, number: u32) -> Option<()> {
        let (function, readings) = self.program.tables().parts.get(number as usize)?;
        for reading in readings.iter() {
            let view = self.read(*reading)?;
            self.push(view);
        }
        self.call_any(*function, readings.len() as u32)
    }

    /// A call of a function of the library.
    pub(super) fn call_any(&mut self, function: Function, count: u32) -> Option<()> {
        let Function::Library(number) = function else { return None };
        let entry = library::row(number);
        let (mut left, most) = (Some(self.left), self.left);
        self.aggregate(count, |args| {
            left = most.checked_sub(entry.cost_of(args, most));
            match left {
                Some(_) => (entry.evaluate)(args),
                // The run ends below.
                None => Ok(Value::Null),
            }
        })?;
        self.left = left?;
        Some(())
    }

    pub(super) fn in_set(&mut self, number: u32) -> Option<()> {
        self.spend(1)?;
        let set = self.program.tables().sets.get(number as usize)?;
        let value = self.pop()?;
        let view = match self.text(value) {
            _ if value.is_wrong() => value,
            Some(text) => View::bool(set.has_text(text)),
            None => View::bool(Key::of(&self.own(value)).is_some_and(|key| set.has(&key))),
        };
        self.push(view);
        Some(())
    }
}

#[inline]
fn ints(function: Function, a: i64, b: i64) -> Found {
    let number = match function {
        Function::Less => return Found::View(View::bool(a < b)),
        Function::LessOrEqual => return Found::View(View::bool(a <= b)),
        Function::Greater => return Found::View(View::bool(a > b)),
        Function::GreaterOrEqual => return Found::View(View::bool(a >= b)),
        Function::Equal => return Found::View(View::bool(a == b)),
        Function::NotEqual => return Found::View(View::bool(a != b)),
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        // `None` of a zero, too.
        Function::Divide => a.checked_div(b),
        Function::Modulo => a.checked_rem(b),
        _ => return Found::Unknown,
    };
    number.map_or(Found::Wrong, |number| Found::View(View::int(number)))
}

/// IEEE 754: a division by zero is an infinity or a NaN, never an error.
#[inline]
fn doubles(function: Function, a: f64, b: f64) -> Found {
    Found::View(match function {
        Function::Less => View::bool(a < b),
        Function::LessOrEqual => View::bool(a <= b),
        Function::Greater => View::bool(a > b),
        Function::GreaterOrEqual => View::bool(a >= b),
        Function::Equal => View::bool(a == b),
        Function::NotEqual => View::bool(a != b),
        Function::Add => View::double(a + b),
        Function::Subtract => View::double(a - b),
        Function::Multiply => View::double(a * b),
        Function::Divide => View::double(a / b),
        _ => return Found::Unknown,
    })
}
