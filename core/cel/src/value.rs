//! The values of CEL.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use crate::{
    decimal::Decimal,
    message::Message,
    time::{Duration, Timestamp},
};

/// A value. Cloning is cheap: whatever is large is shared.
///
/// `PartialEq` is Rust's structural equality (an int never equals a double; NaN differs from itself); CEL's `==`
/// lives in [`crate::run`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `uint`
    Uint(u64),
    /// `double`
    Double(f64),
    /// `string`
    String(Arc<str>),
    /// `bytes`
    Bytes(Arc<[u8]>),
    /// `google.protobuf.Timestamp`
    Timestamp(Timestamp),
    /// `google.protobuf.Duration`
    Duration(Duration),
    /// `list`
    List(Arc<[Value]>),
    /// `map`
    Map(Arc<Map>),
    /// A message.
    Message(Arc<Message>),
    /// `type`: a type, by its name at run time.
    Type(Arc<str>),
    /// `optional_type`: a value or none.
    Optional(Option<Arc<Value>>),
    /// A value of an extension's own type.
    Opaque(Arc<Opaque>),
}

/// A value of an extension's own type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opaque {
    /// `net.IP`
    Ip(core::net::IpAddr),
    /// `net.CIDR`: an address and how many of its bits are the network's.
    Cidr(core::net::IpAddr, u8),
    /// `decimal`: equal by value, whatever its digits behind the point.
    Decimal(Decimal),
}

/// A CEL map: keys are bool, int, uint or string, each once; entries stand in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Value, Value)>,
    /// Where each key is that is no text; empty for small maps, which are walked.
    index: HashMap<Key, usize>,
    /// Where each text is, found without making a value of what is looked for.
    texts: HashMap<Arc<str>, usize>,
    /// What reading a key gives that is not there; no entry of the map.
    fallback: Option<Value>,
    /// How large what is in it is, once somebody asked.
    pub(crate) size: OnceLock<crate::estimate::Size>,
}

/// Up to this many entries, walking is as fast as hashing.
const WALKED: usize = 8;

impl Map {
    /// A map of `entries`. A later entry replaces an earlier one of the same key, as protobuf's maps do.
    pub fn from_entries(entries: impl IntoIterator<Item = (Value, Value)>) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            match map.position(&key) {
                Some(at) => map.entries[at].1 = value,
                None => map.push(key, value),
            }
        }
        map
    }

    /// The same map, in which reading a key that is not there gives `fallback`. Whether a key is there (`in`, `has`), its size,
    /// its entries and what it equals stay what they are.
    #[must_use]
    pub fn with_fallback(self, fallback: Value) -> Self {
        Self { fallback: Some(fallback), size: OnceLock::new(), ..self }
    }

    /// What reading a key gives that is not there, if anything.
    pub fn fallback(&self) -> Option<&Value> {
        self.fallback.as_ref()
    }

    /// The entries, in the order in which they came.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// The value of `key`. Numbers are one key where they are equal, whatever their types: `m[1u]` finds `1`.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// The value of a key that is text.
    pub(crate) fn get_text(&self, key: &str) -> Option<&Value> {
        self.position_of_text(key).map(|at| &self.entries[at].1)
    }

    /// Adds an entry whose key is new; the first half of `{1: a, 1: b}` being an error.
    pub(crate) fn push(&mut self, key: Value, value: Value) {
        self.entries.push((key, value));
        self.size = OnceLock::new();
        let count = self.entries.len();
        // Whatever the index does not hold, `position` walks: see there.
        if count > WALKED {
            let from = if count == WALKED + 1 { 0 } else { count - 1 };
            for at in from..count {
                match &self.entries[at].0 {
                    Value::String(text) => drop(self.texts.insert(text.clone(), at)),
                    other => drop(Key::of(other).map(|key| self.index.insert(key, at))),
                }
            }
        }
    }

    fn position(&self, key: &Value) -> Option<usize> {
        match key {
            Value::String(text) => return self.position_of_text(text),
            // A key that is no `Key` (a NaN, a time, a list) is in no map.
            _ if self.entries.len() > WALKED => return self.index.get(&Key::of(key)?).copied(),
            _ => {}
        }
        let key = Key::of(key)?;
        self.entries.iter().position(|(known, _)| Key::of(known).as_ref() == Some(&key))
    }

    fn position_of_text(&self, key: &str) -> Option<usize> {
        if self.entries.len() > WALKED {
            return self.texts.get(key).copied();
        }
        self.entries.iter().position(|(known, _)| matches!(known, Value::String(known) if **known == *key))
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

/// A scalar as something to hash: numbers of one value have one key, whatever their types. CEL's `==` rounds integers
/// beside doubles, and so calls more pairs equal, but none where either is nearer to zero than 2^53.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Null,
    Bool(bool),
    /// Any number that is an int.
    Int(i64),
    /// A uint beyond the ints.
    Uint(u64),
    /// The bits of a double that is neither.
    Double(u64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Key {
    /// `None` for what is no scalar, and for NaN, which equals nothing.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => i64::try_from(*value).map_or(Self::Uint(*value), Self::Int),
            Value::Double(value) => Self::of_double(*value)?,
            Value::String(value) => Self::String(value.clone()),
            Value::Bytes(value) => Self::Bytes(value.clone()),
            Value::Timestamp(_) | Value::Duration(_) | Value::List(_) | Value::Map(_) => return None,
            Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => return None,
        })
    }

    fn of_double(value: f64) -> Option<Self> {
        const TWO_63: f64 = 9_223_372_036_854_775_808.0;
        if value.is_nan() {
            return None;
        }
        Some(match value.fract() == 0.0 {
            true if (-TWO_63..TWO_63).contains(&value) => Self::Int(value as i64),
            true if (TWO_63..2.0 * TWO_63).contains(&value) => Self::Uint(value as u64),
            _ => Self::Double(value.to_bits()),
        })
    }
}

impl Value {
    /// A string from owned text: one place for the representation of strings.
    pub(crate) fn text(text: String) -> Self {
        Self::String(text.into())
    }

    /// A list of `items`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(items.into())
    }

    /// An optional that holds `value`.
    pub fn some(value: Value) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_entry_replaces_an_earlier_one_in_its_place() {
        let map =
            Map::from_entries([("a".into(), Value::Int(1)), ("b".into(), Value::Int(2)), ("a".into(), Value::Int(3))]);
        assert_eq!(map.entries(), [("a".into(), Value::Int(3)), ("b".into(), Value::Int(2))]);
    }

    #[test]
    fn small_and_large_maps_find_the_same() {
        for size in [1i64, 8, 9, 100] {
            let map = Map::from_entries((0..size).map(|key| (Value::Int(key), Value::Int(key * 2))));
            for key in 0..size {
                assert_eq!(map.get(&Value::Int(key)), Some(&Value::Int(key * 2)));
                assert_eq!(map.get(&Value::Uint(key as u64)), Some(&Value::Int(key * 2)));
                assert_eq!(map.get(&Value::Double(key as f64)), Some(&Value::Int(key * 2)));
            }
            assert_eq!(map.get(&Value::Int(size)), None);
            assert_eq!(map.get(&Value::Double(0.5)), None);
            assert_eq!(map.get(&Value::Double(f64::NAN)), None);
        }
    }

    #[test]
    fn texts_are_found_among_keys_of_other_types() {
        for size in [1i64, 5, 100] {
            let numbers = (0..size).map(|key| (Value::Int(key), Value::Int(-key)));
            let texts = (0..size).map(|key| (Value::text(key.to_string()), Value::Int(key)));
            let map = Map::from_entries(numbers.zip(texts).flat_map(|(a, b)| [a, b]));
            for key in 0..size {
                assert_eq!(map.get(&Value::Int(key)), Some(&Value::Int(-key)));
                assert_eq!(map.get(&Value::text(key.to_string())), Some(&Value::Int(key)));
                assert_eq!(map.get_text(&key.to_string()), Some(&Value::Int(key)));
            }
            assert_eq!(map.get_text("x"), None);
        }
    }

    #[test]
    fn a_fallback_is_no_entry() {
        let map = Map::from_entries([("a".into(), Value::Int(1))]);
        let with_fallback = map.clone().with_fallback(Value::Int(0));
        assert_eq!((with_fallback.get(&"b".into()), with_fallback.fallback()), (None, Some(&Value::Int(0))));
        assert_eq!((map.fallback(), &map), (None, &with_fallback));
    }
}
