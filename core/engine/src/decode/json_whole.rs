//! JSON objects that are messages as values, and lists of them.

use std::fmt;

use fishplate_cel::Value;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::fault::check_entries;
use super::json::{Scan, refuse};
use super::json_token::Found;
use super::text::cannot_read;

/// A message as a value.
pub(super) struct WholeSeed<'c, 'p, 's> {
    pub(super) scan: &'c mut Scan<'p, 's>,
    /// Index in the model.
    pub(super) message: usize,
    /// The node that reads it.
    pub(super) node: usize,
    pub(super) depth: u64,
}

impl<'de> DeserializeSeed<'de> for WholeSeed<'_, '_, '_> {
    type Value = Found<Value>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        self.scan.whole(self.message, self.node, self.depth, tokens)
    }
}

/// A list of messages.
pub(super) struct WholesSeed<'c, 'p, 's> {
    pub(super) scan: &'c mut Scan<'p, 's>,
    pub(super) message: usize,
    pub(super) node: usize,
    pub(super) depth: u64,
}

impl<'de> DeserializeSeed<'de> for WholesSeed<'_, '_, '_> {
    type Value = Found<Value>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for WholesSeed<'_, '_, '_> {
    type Value = Found<Value>;

    refuse!("list": visit_bool(bool) "bool", visit_i64(i64) "number", visit_u64(u64) "number",
        visit_f64(f64) "number", visit_str(&str) "string");

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        self.scan.keep(Err(cannot_read("list", "object")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let Self { scan, message, node, depth } = self;
        let mut values = Vec::new();
        loop {
            let at = values.len();
            let read = list.next_element_seed(WholeSeed { scan: &mut *scan, message, node, depth });
            let value = match scan.step(read, |fault| fault.in_entry(at))? {
                None => return Ok(Found::Value(Value::list(values))),
                Some(Found::Value(value)) => value,
                Some(Found::Null) => return scan.keep(Err(cannot_read("message", "null").in_entry(at))),
            };
            scan.keep(check_entries("list", at + 1, scan.limits.list_entries))?;
            values.push(value);
        }
    }
}
