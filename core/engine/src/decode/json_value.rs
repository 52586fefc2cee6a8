//! The values of JSON objects: single ones, lists, and objects that are maps. Knows no messages.

use std::fmt;

use fishplate_cel::{Map, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::{Fault, Outcome, check_entries, quoted};
use super::json::{Scan, refuse};
use super::json_token::{Found, token};
use super::object::key_text;
use super::text::{Reading, Token, cannot_read};
use crate::codes;
use crate::limits::Limits;
use crate::schema::model::{Leaf, Scalar};

/// A value without fields.
pub(super) struct LeafSeed<'c, 'p, 's> {
    pub(super) scan: &'c mut Scan<'p, 's>,
    pub(super) leaf: Leaf,
    pub(super) sensitive: bool,
}

impl<'de> DeserializeSeed<'de> for LeafSeed<'_, '_, '_> {
    type Value = Found<Value>;

    /// The raw text of a number is what is read: a double in between would lose digits of an int64.
    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        let raw = <&RawValue>::deserialize(tokens)?.get();
        let reading = self.scan.reading(self.sensitive);
        let limits = self.scan.limits;
        self.scan.keep(leaf(&reading, self.leaf, raw, limits))
    }
}

/// The value of a token as it stands in the text.
pub(super) fn leaf(reading: &Reading<'_>, leaf: Leaf, raw: &str, limits: &Limits) -> Outcome<Found<Value>> {
    let wrong = |found: &str| Err(reading.cannot_from(leaf, found));
    match raw.as_bytes().first() {
        Some(b'n') => Ok(Found::Null),
        Some(b'[') => wrong("list"),
        Some(b'{') => wrong("object"),
        Some(b't') => reading.json(leaf, Token::Bool(true)).map(Found::Value),
        Some(b'f') => reading.json(leaf, Token::Bool(false)).map(Found::Value),
        Some(b'"') => {
            let text = token(raw, limits.string_bytes)?;
            reading.json(leaf, Token::String(&text)).map(Found::Value)
        }
        _ => reading.json(leaf, Token::Number(raw)).map(Found::Value),
    }
}

/// A list of values.
pub(super) struct ListSeed<'c, 'p, 's> {
    pub(super) scan: &'c mut Scan<'p, 's>,
    pub(super) leaf: Leaf,
    pub(super) sensitive: bool,
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_, '_> {
    type Value = Found<Value>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_, '_, '_> {
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
        let Self { scan, leaf, sensitive } = self;
        let mut values = Vec::new();
        loop {
            let at = values.len();
            let read = list.next_element_seed(LeafSeed { scan: &mut *scan, leaf, sensitive });
            let value = match scan.step(read, |fault| fault.in_entry(at))? {
                None => return Ok(Found::Value(Value::List(values.into()))),
                Some(Found::Value(value)) => value,
                Some(Found::Null) => {
                    let fault = scan.reading(sensitive).cannot_from(leaf, "null").in_entry(at);
                    return scan.keep(Err(fault));
                }
            };
            scan.keep(check_entries("list", at + 1, scan.limits.list_entries))?;
            values.push(value);
        }
    }
}

/// An object that is a map.
pub(super) struct MapSeed<'c, 'p, 's> {
    pub(super) scan: &'c mut Scan<'p, 's>,
    pub(super) key: Scalar,
    pub(super) leaf: Leaf,
    pub(super) sensitive: bool,
}

impl<'de> DeserializeSeed<'de> for MapSeed<'_, '_, '_> {
    type Value = Found<Value>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MapSeed<'_, '_, '_> {
    type Value = Found<Value>;

    refuse!("map": visit_bool(bool) "bool", visit_i64(i64) "number", visit_u64(u64) "number",
        visit_f64(f64) "number", visit_str(&str) "string");

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        self.scan.keep(Err(cannot_read("map", "list")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let Self { scan, key, leaf, sensitive } = self;
        let mut entries = Vec::new();
        while let Some(key) = object.next_key_seed(KeySeed { scan: &mut *scan, key, sensitive })? {
            scan.keep(check_entries("map", entries.len() + 1, scan.limits.list_entries))?;
            let read = object.next_value_seed(LeafSeed { scan: &mut *scan, leaf, sensitive });
            let read = match read {
                Ok(Found::Null) => scan.keep(Err(scan.reading(sensitive).cannot_from(leaf, "null"))),
                other => other,
            };
            let found = scan.step(read, |fault| fault.in_key(&key_text(&key, sensitive)))?;
            if let Found::Value(value) = found {
                entries.push((key, value));
            }
        }
        scan.keep(unique(entries, sensitive)).map(|map| Found::Value(Value::Map(map.into())))
    }
}

/// A map whose keys came once each.
fn unique(entries: Vec<(Value, Value)>, sensitive: bool) -> Outcome<Map> {
    let map = Map::from_entries(entries.iter().cloned());
    if map.entries().len() == entries.len() {
        return Ok(map);
    }
    // Kept entries stand where they first came, so the first difference is the first repetition.
    let kept = map.entries().iter().map(Some).chain(std::iter::repeat(None));
    let repeated = entries.iter().zip(kept).find(|(came, kept)| kept.is_none_or(|kept| kept.0 != came.0));
    let key = repeated.map_or(String::new(), |(came, _)| key_text(&came.0, sensitive));
    Err(Fault::new(codes::REPEATED_FIELD, "a key twice in one map").in_key(&key))
}

/// The key of a map's entry.
struct KeySeed<'c, 'p, 's> {
    scan: &'c mut Scan<'p, 's>,
    key: Scalar,
    sensitive: bool,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let key = self.scan.reading(self.sensitive).key(self.key, text);
        self.scan.keep(key.map_err(|fault| fault.in_key(&quoted(text, self.sensitive))))
    }
}
