//! JSON → slots, by the proto3 JSON mapping (<https://protobuf.dev/programming-guides/json/>), streaming: no tree is
//! built. An object is read field by field; what no rule reads is checked to be JSON and skipped.
//!
//! `serde_json` finds the tokens; whatever this file refuses travels up beside its error, in [`Scan::fault`].

use std::fmt;

use fishplate_cel::{Slot, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::{Fault, Outcome, check_depth, check_event, check_fields};
use super::json_quick;
use super::json_token::{Found, check_skipped};
use super::json_value::{LeafSeed, ListSeed, MapSeed};
use super::json_whole::{WholeSeed, WholesSeed};
use super::object::{Members, Seen};
use super::plan::{Plan, Read, Target};
use super::text::{Reading, cannot_read};
use crate::codes;
use crate::limits::Limits;
use crate::schema::model::{Message, Shape};

/// Fills `slots` from `bytes`.
pub(super) fn decode(plan: &Plan, bytes: &[u8], limits: &Limits, strict: bool, slots: &mut [Slot]) -> Outcome<()> {
    check_event(bytes.len(), limits.event_bytes)?;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("the text is not UTF-8 from byte {} on", error.valid_up_to());
        Fault::new(codes::INVALID_UTF8, message)
    })?;
    if plan.is_simple && json_quick::read(plan, text, limits, strict, slots).is_some() {
        return Ok(());
    }
    general(plan, text, limits, strict, slots)
}

/// The same of any event, and with the error if there is one.
pub(super) fn general(plan: &Plan, text: &str, limits: &Limits, strict: bool, slots: &mut [Slot]) -> Outcome<()> {
    let mut scan = Scan { plan, limits, strict, slots, fault: None };
    let mut tokens = serde_json::Deserializer::from_str(text);
    let read = ObjectSeed { scan: &mut scan, message: 0, node: Some(0), depth: 1 }.deserialize(&mut tokens);
    match read.and_then(|found| tokens.end().map(|()| found)) {
        Ok(Found::Value(())) => Ok(()),
        Ok(Found::Null) => Err(cannot_read("message", "null")),
        Err(error) => Err(scan.fault.take().unwrap_or_else(|| malformed(&error))),
    }
}

fn malformed(error: &serde_json::Error) -> Box<Fault> {
    let why = error.to_string();
    // Keys are unescaped by `serde_json`, which tells a half surrogate pair only by these words.
    if why.contains("surrogate") || why.contains("end of hex escape") {
        return Fault::new(codes::INVALID_UTF8, format!("half of a surrogate pair in a string: {why}"));
    }
    Fault::new(codes::MALFORMED_JSON, format!("not JSON: {why}"))
}

pub(super) struct Scan<'p, 's> {
    pub(super) plan: &'p Plan,
    pub(super) limits: &'p Limits,
    strict: bool,
    slots: &'s mut [Slot],
    /// What was refused, where the error of `serde_json` says only that something was.
    fault: Option<Box<Fault>>,
}

impl Scan<'_, '_> {
    /// Reads an object into slots of its own, and gives the message that they make.
    pub(super) fn whole<'de, D: Deserializer<'de>>(
        &mut self,
        message: usize,
        node: usize,
        depth: u64,
        tokens: D,
    ) -> Result<Found<Value>, D::Error> {
        let mut slots = self.plan.own_slots(node);
        let mut inner =
            Scan { plan: self.plan, limits: self.limits, strict: self.strict, slots: &mut slots, fault: None };
        let read = ObjectSeed { scan: &mut inner, message, node: Some(node), depth }.deserialize(tokens);
        self.fault = inner.fault.take();
        Ok(match read? {
            Found::Null => Found::Null,
            Found::Value(()) => Found::Value(self.plan.message_of(node, &slots)),
        })
    }
}

impl<'p> Scan<'p, '_> {
    /// Keeps a fault on its way through `serde_json`.
    pub(super) fn keep<T, E: serde::de::Error>(&mut self, outcome: Outcome<T>) -> Result<T, E> {
        outcome.map_err(|fault| {
            self.fault = Some(fault);
            E::custom("refused")
        })
    }

    /// Adds a step to the path of the fault that is on its way, if one is.
    pub(super) fn step<T, E>(
        &mut self,
        result: Result<T, E>,
        step: impl FnOnce(Box<Fault>) -> Box<Fault>,
    ) -> Result<T, E> {
        if result.is_err() {
            self.fault = self.fault.take().map(step);
        }
        result
    }

    pub(super) fn reading(&self, sensitive: bool) -> Reading<'p> {
        Reading { model: self.plan.model(), limits: self.limits, sensitive }
    }
}

/// Visits what has no business where one kind of value is expected.
macro_rules! refuse {
    ($expected:literal: $($visit:ident($ty:ty) $found:literal),*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        $(fn $visit<E: serde::de::Error>(self, _: $ty) -> Result<Self::Value, E> {
            self.scan.keep(Err(cannot_read($expected, $found)))
        })*
    };
}

pub(super) use refuse;

/// An object that is a message.
struct ObjectSeed<'c, 'p, 's> {
    scan: &'c mut Scan<'p, 's>,
    /// Index in the model.
    message: usize,
    /// Index in the plan; `None` where only names are checked.
    node: Option<usize>,
    depth: u64,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_, '_, '_> {
    type Value = Found<()>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_, '_, '_> {
    type Value = Found<()>;

    refuse!("message": visit_bool(bool) "bool", visit_i64(i64) "number", visit_u64(u64) "number",
        visit_f64(f64) "number", visit_str(&str) "string");

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        self.scan.keep(Err(cannot_read("message", "list")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let Self { scan, message, node, depth } = self;
        scan.keep(check_depth(depth, scan.limits.message_depth))?;
        let message = &scan.plan.model().messages[message];
        if let Some(slot) = node.and_then(|node| scan.plan.nodes[node].presence) {
            scan.slots[slot] = Slot::Value(Value::Bool(true));
        }
        let (mut seen, mut members) = (Seen::default(), Members::default());
        let mut fields = 0;
        while let Some(field) = object.next_key_seed(NameSeed { scan: &mut *scan, message })? {
            fields += 1;
            scan.keep(check_fields(fields, scan.limits.message_fields))?;
            let Some(at) = field else {
                object.next_value_seed(SkipSeed { scan: &mut *scan, depth })?;
                continue;
            };
            let name = message.fields[at].name.as_str();
            let first = seen.insert(at).map_err(|fault| fault.in_field(name));
            scan.keep(first)?;
            let read = read_field(scan, &mut object, message, node, at, depth);
            let found = scan.step(read, |fault| fault.in_field(name))?;
            if let Found::Value(()) = found {
                scan.keep(members.insert(message, at))?;
            }
        }
        Ok(Found::Value(()))
    }
}

/// Reads the value of field `at` into its slot, or skips it.
fn read_field<'de, A: MapAccess<'de>>(
    scan: &mut Scan<'_, '_>,
    object: &mut A,
    message: &Message,
    node: Option<usize>,
    at: usize,
    depth: u64,
) -> Result<Found<()>, A::Error> {
    let plan = scan.plan;
    let target = node.map(|node| &plan.nodes[node].targets[at]);
    let read = target.map_or(Read::Skip, |target| target.read);
    let shape = &message.fields[at].shape;
    let (slot, target) = match (read, shape, target) {
        (Read::Slot(slot), _, Some(target)) => (slot, target),
        (Read::Whole { slot, node }, Shape::Message(message), Some(target)) => {
            let found =
                object.next_value_seed(WholeSeed { scan: &mut *scan, message: *message, node, depth: depth + 1 })?;
            return Ok(stored(found, target, &mut scan.slots[slot]));
        }
        (Read::Whole { slot, node }, Shape::Messages(message), Some(target)) => {
            let found =
                object.next_value_seed(WholesSeed { scan: &mut *scan, message: *message, node, depth: depth + 1 })?;
            return Ok(stored(found, target, &mut scan.slots[slot]));
        }
        (Read::Node(inner), Shape::Message(message), _) => {
            let seed = ObjectSeed { scan, message: *message, node: Some(inner), depth: depth + 1 };
            return object.next_value_seed(seed);
        }
        (_, Shape::Message(message), _) if scan.strict => {
            return object.next_value_seed(ObjectSeed { scan, message: *message, node: None, depth: depth + 1 });
        }
        _ => return object.next_value_seed(SkipSeed { scan, depth }),
    };
    let sensitive = target.sensitive;
    let found = match shape {
        Shape::Single(leaf) => object.next_value_seed(LeafSeed { scan: &mut *scan, leaf: *leaf, sensitive })?,
        Shape::List(leaf) => object.next_value_seed(ListSeed { scan: &mut *scan, leaf: *leaf, sensitive })?,
        Shape::Map(key, leaf) => {
            object.next_value_seed(MapSeed { scan: &mut *scan, key: *key, leaf: *leaf, sensitive })?
        }
        Shape::Message(_) | Shape::Messages(_) | Shape::Unsupported(_) => {
            return object.next_value_seed(SkipSeed { scan, depth });
        }
    };
    Ok(stored(found, target, &mut scan.slots[slot]))
}

fn stored(found: Found<Value>, target: &Target, slot: &mut Slot) -> Found<()> {
    match found {
        Found::Null => Found::Null,
        Found::Value(value) => {
            target.store(slot, value);
            Found::Value(())
        }
    }
}

/// A name in an object: the field's index; `None` for a field that the schema does not have.
struct NameSeed<'c, 'p, 's> {
    scan: &'c mut Scan<'p, 's>,
    message: &'p Message,
}

impl<'de> DeserializeSeed<'de> for NameSeed<'_, '_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        tokens.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_, '_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        match self.message.find_json(name) {
            None if self.scan.strict => self.scan.keep(Err(super::object::unknown(self.message, name))),
            found => Ok(found),
        }
    }
}

/// A value that no rule reads.
struct SkipSeed<'c, 'p, 's> {
    scan: &'c mut Scan<'p, 's>,
    depth: u64,
}

impl<'de> DeserializeSeed<'de> for SkipSeed<'_, '_, '_> {
    type Value = Found<()>;

    fn deserialize<D: Deserializer<'de>>(self, tokens: D) -> Result<Self::Value, D::Error> {
        let raw = <&RawValue>::deserialize(tokens)?.get();
        self.scan.keep(check_skipped(raw, self.depth, self.scan.limits.message_depth))
    }
}
