//! A value without its ownership: a number, or where the value lies.

use super::Run;
use crate::{
    run::{Slot, functions::Given},
    value::Value,
};

/// What the bits of a view are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 0 or 1.
    Bool,
    Int,
    Uint,
    /// The bits of the double.
    Double,
    /// The number of a slot that has a value, which is none of the above.
    Slot,
    /// The number of a constant that is none of the above.
    Constant,
    /// The number of a reading whose field is absent and whose default is none of the above.
    Default,
    /// The key or the value of the entry at which a comprehension is, by the number of those around it.
    Key,
    Entry,
    /// Text that this run put together: from where in its memory, and 32 bits up to where.
    Built,
    /// The number of a value that this run made, which is none of the above.
    Made,
    /// An error, by the instruction that gave it.
    Wrong,
}

/// A value where it lies. Two plain words, so that it travels in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) kind: Kind,
    pub(super) bits: u64,
}

impl View {
    #[inline]
    pub(super) const fn new(kind: Kind, bits: u64) -> Self {
        Self { kind, bits }
    }

    #[inline]
    pub(super) const fn bool(value: bool) -> Self {
        Self::new(Kind::Bool, value as u64)
    }

    #[inline]
    pub(super) const fn int(value: i64) -> Self {
        Self::new(Kind::Int, value.cast_unsigned())
    }

    #[inline]
    pub(super) const fn double(value: f64) -> Self {
        Self::new(Kind::Double, value.to_bits())
    }

    /// A value that lies somewhere: a number by itself, anything else by its place.
    #[inline]
    pub(super) fn of(value: &Value, kind: Kind, place: u64) -> Self {
        match value {
            Value::Double(value) => Self::double(*value),
            Value::Int(value) => Self::int(*value),
            Value::Bool(value) => Self::bool(*value),
            Value::Uint(value) => Self::new(Kind::Uint, *value),
            _ => Self::new(kind, place),
        }
    }

    /// Whether it is this bool.
    #[inline]
    pub(super) fn is(self, wanted: bool) -> bool {
        self.kind == Kind::Bool && self.bits == u64::from(wanted)
    }

    #[inline]
    pub(super) fn is_wrong(self) -> bool {
        self.kind == Kind::Wrong
    }

    #[inline]
    pub(super) fn as_int(self) -> i64 {
        self.bits.cast_signed()
    }

    #[inline]
    pub(super) fn as_double(self) -> f64 {
        f64::from_bits(self.bits)
    }
}

impl Run<'_, '_> {
    /// The value, where it lies; `None` of what lies nowhere.
    pub(super) fn value(&self, view: View) -> Option<&Value> {
        let number = view.bits as usize;
        match view.kind {
            Kind::Slot => self.slots.get(number)?.value(),
            Kind::Constant => self.program.constants.get(number),
            Kind::Default => self.program.absences.get(number)?.default.as_ref(),
            Kind::Key => Some(self.entry(number)?.0?),
            Kind::Entry => Some(self.entry(number)?.1),
            Kind::Made => self.memory.made.get(number),
            Kind::Bool | Kind::Int | Kind::Uint | Kind::Double | Kind::Built | Kind::Wrong => None,
        }
    }

    /// Its text, if it is one.
    #[inline]
    pub(super) fn text(&self, view: View) -> Option<&str> {
        match view.kind {
            Kind::Slot => self.slots.get(view.bits as usize).and_then(Slot::text),
            Kind::Built => self.memory.text.get(view.bits as u32 as usize..(view.bits >> 32) as usize),
            _ => match self.value(view)? {
                Value::String(text) => Some(text),
                _ => None,
            },
        }
    }

    /// The value, by itself. An error has none.
    pub(super) fn own(&self, view: View) -> Value {
        match view.kind {
            Kind::Bool => Value::Bool(view.bits != 0),
            Kind::Int => Value::Int(view.as_int()),
            Kind::Uint => Value::Uint(view.bits),
            Kind::Double => Value::Double(view.as_double()),
            Kind::Built => Value::from(self.text(view).unwrap_or_default()),
            _ => self.value(view).cloned().unwrap_or(Value::Null),
        }
    }

    /// Keeps what the run made.
    pub(super) fn made(&mut self, value: Value) -> View {
        let view = View::of(&value, Kind::Made, self.memory.made.len() as u64);
        if view.kind == Kind::Made {
            self.memory.made.push(value);
        }
        view
    }

    /// What a function gave; its fault is one of the instruction at hand.
    pub(super) fn given(&mut self, given: Given) -> View {
        match given {
            Ok(value) => self.made(value),
            Err(_) => self.wrong(),
        }
    }
}
