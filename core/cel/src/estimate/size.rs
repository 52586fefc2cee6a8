//! How large a value is, as far as costs depend on it.

use crate::{
    types::Type,
    value::{Opaque, Value},
};

/// How large a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Bytes, if it is text or bytes: at least and at most.
    pub(super) length: (u64, u64),
    /// If it is a list or map: at least and at most.
    pub(super) entries: (u64, u64),
    /// The longest text in it, itself included.
    pub(crate) text: u64,
    /// The longest list or map in it, itself included.
    pub(super) entries_within: u64,
    /// What comparing the whole of it costs at most.
    pub(crate) weight: u64,
}

impl Size {
    pub(super) const SCALAR: Self = Self { length: (0, 0), entries: (0, 0), text: 0, entries_within: 0, weight: 1 };
    pub(super) const UNKNOWN: Self = Self {
        length: (0, u64::MAX),
        entries: (0, u64::MAX),
        text: u64::MAX,
        entries_within: u64::MAX,
        weight: u64::MAX,
    };

    /// Text of so many bytes.
    pub(super) fn text(least: u64, most: u64) -> Self {
        Self { length: (least, most), text: most, weight: tenth(most), ..Self::SCALAR }
    }

    /// Whatever a value of the type can be in which no text and no list is longer.
    pub(super) fn of_type(ty: &Type, text: u64, entries: u64) -> Self {
        match ty {
            Type::Null | Type::Bool | Type::Int | Type::Uint | Type::Double => Self::SCALAR,
            Type::Timestamp | Type::Duration | Type::TypeOf(_) => Self::SCALAR,
            Type::String | Type::Bytes => Self::text(0, text),
            Type::Wrapper(of) => Self::of_type(of, text, entries),
            Type::List(of) => Self::many(&Self::of_type(of, text, entries), entries),
            Type::Map(key, of) => {
                let key = Self::of_type(key, text, entries);
                let of = Self::of_type(of, text, entries);
                let many = Self::many(&of, entries);
                Self {
                    text: many.text.max(key.text),
                    entries_within: many.entries_within.max(key.entries_within),
                    ..many
                }
            }
            Type::Abstract(_, of) if of.is_empty() => Self::SCALAR,
            Type::Abstract(_, of) => {
                // An optional: what it holds, and itself.
                let held = of.iter().fold(Self::SCALAR, |sum, of| sum.or(&Self::of_type(of, text, entries)));
                Self { length: (0, 0), entries: (0, 0), weight: held.weight.saturating_add(1), ..held }
            }
            Type::Message(_) => Self { text, entries_within: entries, weight: u64::MAX, ..Self::SCALAR },
            Type::Dyn | Type::Param(_) => {
                Self { length: (0, text), entries: (0, entries), text, entries_within: entries, weight: u64::MAX }
            }
        }
    }

    /// A value of the type, made by a function that nobody bounds.
    pub(super) fn unknown_of(ty: &Type) -> Self {
        Self::of_type(ty, u64::MAX, u64::MAX)
    }

    fn many(of: &Self, entries: u64) -> Self {
        Self {
            length: (0, 0),
            entries: (0, entries),
            text: of.text,
            entries_within: of.entries_within.max(entries),
            weight: entries.saturating_mul(of.weight).saturating_add(1),
        }
    }

    /// As many entries, each of another size; `all` of them, or fewer.
    pub(super) fn filled(&self, of: &Self, all: bool) -> Self {
        let many = Self::many(of, self.entries.1);
        // The keys of a map stay.
        Self { entries: (if all { self.entries.0 } else { 0 }, self.entries.1), text: many.text.max(self.text), ..many }
    }

    /// The one or the other.
    pub(super) fn or(&self, other: &Self) -> Self {
        let range = |a: (u64, u64), b: (u64, u64)| (a.0.min(b.0), a.1.max(b.1));
        Self {
            length: range(self.length, other.length),
            entries: range(self.entries, other.entries),
            text: self.text.max(other.text),
            entries_within: self.entries_within.max(other.entries_within),
            weight: self.weight.max(other.weight),
        }
    }

    pub(crate) fn of_value(value: &Value) -> Self {
        let text = |length: usize| Self { text: length as u64, weight: tenth(length as u64), ..Self::SCALAR };
        let mut size = match value {
            Value::Map(map) => *map.size.get_or_init(|| measured(value)),
            // Most constants are one of these, and need no list of what is left to look at.
            Value::String(value) => text(value.len()),
            Value::Bytes(value) => text(value.len()),
            Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) => Self::SCALAR,
            _ => measured(value),
        };
        let (length, entries) = match value {
            Value::String(text) => (text.len() as u64, 0),
            Value::Bytes(bytes) => (bytes.len() as u64, 0),
            Value::List(items) => (0, items.len() as u64),
            Value::Map(map) => (0, map.entries().len() as u64),
            _ => (0, 0),
        };
        (size.length, size.entries) = ((length, length), (entries, entries));
        size
    }
}

/// Text, entries and weight of everything in a value.
fn measured(value: &Value) -> Size {
    let (mut left, mut size) = (vec![value], Size { weight: 0, ..Size::SCALAR });
    while let Some(value) = left.pop() {
        let mut length = 0;
        match value {
            Value::String(text) => length = text.len() as u64,
            Value::Bytes(bytes) => length = bytes.len() as u64,
            Value::List(items) => {
                size.entries_within = size.entries_within.max(items.len() as u64);
                left.extend(items.iter());
            }
            Value::Map(map) => {
                size.entries_within = size.entries_within.max(map.entries().len() as u64);
                left.extend(map.entries().iter().flat_map(|(key, value)| [key, value]));
                left.extend(map.fallback());
            }
            Value::Message(message) => left.extend(message.entries().iter().map(|(_, value)| value)),
            Value::Optional(of) => left.extend(of.as_deref()),
            Value::Opaque(of) => debug_assert!(matches!(**of, Opaque::Ip(_) | Opaque::Cidr(..) | Opaque::Decimal(_))),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) => {}
            Value::Timestamp(_) | Value::Duration(_) | Value::Type(_) => {}
        }
        size.text = size.text.max(length);
        size.weight = size.weight.saturating_add(tenth(length));
    }
    size
}

pub(super) fn tenth(length: u64) -> u64 {
    length.div_ceil(10).max(1)
}
