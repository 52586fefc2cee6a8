//! A map of a host language → slots. Types are strict: what would lose something, or could be meant otherwise, is
//! refused. Names are the declared ones. Only what rules read is asked of the host.

use std::borrow::Cow;

use fishplate_cel::{Map, Slot, Value};

use super::fault::{Fault, Outcome, check_depth, check_entries, check_fields, check_length};
use super::object::{key_text, two_members, unknown};
use super::plan::{Plan, Read, Target};
use super::text::{Reading, cannot_read};
use crate::event::{HostFields, HostList, HostValue};
use crate::limits::Limits;
use crate::schema::model::{Leaf, Message, Scalar, Shape};

/// Fills `slots` from `fields`.
pub(super) fn decode(
    plan: &Plan,
    fields: &dyn HostFields,
    limits: &Limits,
    strict: bool,
    slots: &mut [Slot],
) -> Outcome<()> {
    Scan { plan, limits, strict, slots }.message(0, Some(0), fields, 1)
}

struct Scan<'p, 's> {
    plan: &'p Plan,
    limits: &'p Limits,
    strict: bool,
    slots: &'s mut [Slot],
}

impl Scan<'_, '_> {
    /// `message` is an index in the model, `node` one in the plan; without a node only names are checked.
    fn message(&mut self, message: usize, node: Option<usize>, fields: &dyn HostFields, depth: u64) -> Outcome<()> {
        check_depth(depth, self.limits.message_depth)?;
        check_fields(fields.len() as u64, self.limits.message_fields)?;
        let plan = self.plan;
        let message = &plan.model().messages[message];
        if self.strict {
            self.check_names(message, fields)?;
        }
        check_oneofs(message, fields)?;
        if let Some(slot) = node.and_then(|node| plan.nodes[node].presence) {
            self.slots[slot] = Slot::Value(Value::Bool(true));
        }
        for (at, field) in message.fields.iter().enumerate() {
            let target = node.map(|node| &plan.nodes[node].targets[at]);
            let read = target.map_or(Read::Skip, |target| target.read);
            if read == Read::Skip && !(self.strict && matches!(field.shape, Shape::Message(_))) {
                continue;
            }
            match fields.get(&field.name) {
                None | Some(HostValue::Null) => {}
                Some(value) => {
                    self.field(&field.shape, read, target, value, depth).map_err(|fault| fault.in_field(&field.name))?
                }
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        shape: &Shape,
        read: Read,
        target: Option<&Target>,
        value: HostValue<'_>,
        depth: u64,
    ) -> Outcome<()> {
        if let (Read::Whole { slot, node }, Some(target)) = (read, target) {
            let value = match (shape, value) {
                (Shape::Messages(message), HostValue::List(list)) => {
                    check_entries("list", list.len(), self.limits.list_entries)?;
                    let entry =
                        |at| self.whole(*message, node, list.get(at), depth).map_err(|fault| fault.in_entry(at));
                    Value::list((0..list.len()).map(entry).collect::<Outcome<_>>()?)
                }
                (Shape::Messages(_), other) => return Err(cannot_read("list", &kind(&other))),
                (Shape::Message(message), value) => self.whole(*message, node, value, depth)?,
                // Nothing else is read as a whole.
                _ => return Ok(()),
            };
            target.store(&mut self.slots[slot], value);
            return Ok(());
        }
        if let Shape::Message(message) = shape {
            let HostValue::Fields(fields) = value else { return Err(cannot_read("message", &kind(&value))) };
            let node = if let Read::Node(node) = read { Some(node) } else { None };
            return self.message(*message, node, &*fields, depth + 1);
        }
        let (Read::Slot(slot), Some(target)) = (read, target) else { return Ok(()) };
        let reading = Reading { model: self.plan.model(), limits: self.limits, sensitive: target.sensitive };
        let value = match shape {
            Shape::Single(leaf) => one(&reading, *leaf, value)?,
            Shape::List(leaf) => match value {
                HostValue::List(list) => list_of(&reading, *leaf, &*list)?,
                other => return Err(cannot_read("list", &kind(&other))),
            },
            Shape::Map(key, leaf) => match value {
                HostValue::Fields(fields) => map_of(&reading, *key, *leaf, &*fields)?,
                other => return Err(cannot_read("map", &kind(&other))),
            },
            Shape::Message(_) | Shape::Messages(_) | Shape::Unsupported(_) => return Ok(()),
        };
        target.store(&mut self.slots[slot], value);
        Ok(())
    }

    /// A message as a value, which `node` reads into slots of its own.
    fn whole(&self, message: usize, node: usize, value: HostValue<'_>, depth: u64) -> Outcome<Value> {
        let HostValue::Fields(fields) = value else { return Err(cannot_read("message", &kind(&value))) };
        let mut slots = self.plan.own_slots(node);
        let mut scan = Scan { plan: self.plan, limits: self.limits, strict: self.strict, slots: &mut slots };
        scan.message(message, Some(node), &*fields, depth + 1)?;
        Ok(self.plan.message_of(node, &slots))
    }

    fn check_names(&self, message: &Message, fields: &dyn HostFields) -> Outcome<()> {
        for (key, _) in (0..fields.len()).map_while(|at| fields.entry(at)) {
            match key {
                HostValue::String(name) if message.find(&name).is_some() => {}
                HostValue::String(name) => return Err(unknown(message, &name)),
                other => return Err(cannot_read("a field's name", &kind(&other))),
            }
        }
        Ok(())
    }
}

fn check_oneofs(message: &Message, fields: &dyn HostFields) -> Outcome<()> {
    let is_set = |at: &usize| !matches!(fields.get(&message.fields[*at].name), None | Some(HostValue::Null));
    for oneof in 0..message.oneofs.len() {
        let members = (0..message.fields.len()).filter(|at| message.fields[*at].oneof == Some(oneof));
        let mut set = members.filter(is_set);
        if let (Some(a), Some(b)) = (set.next(), set.next()) {
            return Err(two_members(message, oneof, a, b));
        }
    }
    Ok(())
}

fn list_of(reading: &Reading<'_>, leaf: Leaf, list: &dyn HostList) -> Outcome<Value> {
    check_entries("list", list.len(), reading.limits.list_entries)?;
    let entry = |at| one(reading, leaf, list.get(at)).map_err(|fault| fault.in_entry(at));
    let values: Vec<Value> = (0..list.len()).map(entry).collect::<Outcome<_>>()?;
    Ok(Value::List(values.into()))
}

fn map_of(reading: &Reading<'_>, key: Scalar, leaf: Leaf, fields: &dyn HostFields) -> Outcome<Value> {
    check_entries("map", fields.len(), reading.limits.list_entries)?;
    let entry = |(host_key, value)| {
        let key = one(reading, Leaf::Plain(key), host_key)?;
        let value = one(reading, leaf, value).map_err(|fault| fault.in_key(&key_text(&key, reading.sensitive)))?;
        Ok((key, value))
    };
    let entries: Vec<(Value, Value)> =
        (0..fields.len()).map_while(|at| fields.entry(at)).map(entry).collect::<Outcome<_>>()?;
    Ok(Value::Map(Map::from_entries(entries).into()))
}

/// A value without fields.
fn one(reading: &Reading<'_>, leaf: Leaf, value: HostValue<'_>) -> Outcome<Value> {
    let (Leaf::Plain(scalar) | Leaf::Wrapper(scalar)) = leaf else {
        return match (leaf, value) {
            (Leaf::Timestamp, HostValue::Timestamp(value)) => Ok(Value::Timestamp(value)),
            (Leaf::Duration, HostValue::Duration(value)) => Ok(Value::Duration(value)),
            (_, other) => Err(wrong(reading, leaf, &other)),
        };
    };
    match (scalar, value) {
        (Scalar::Bool, HostValue::Bool(value)) => Ok(Value::Bool(value)),
        (Scalar::String, HostValue::String(text)) => reading.string(&text),
        (Scalar::Bytes, HostValue::Bytes(bytes)) => {
            check_length("bytes", bytes.len(), reading.limits.string_bytes)?;
            Ok(Value::Bytes(bytes.as_ref().into()))
        }
        (Scalar::Enum(at), HostValue::String(name)) => reading.enum_name(at, &name),
        (Scalar::Double, HostValue::Double(value)) => Ok(Value::Double(value)),
        (Scalar::Double, HostValue::Int(value)) => Ok(Value::Double(value as f64)),
        (Scalar::Double, HostValue::Uint(value)) => Ok(Value::Double(value as f64)),
        (Scalar::Float, HostValue::Double(value)) => {
            let narrow = value as f32;
            if narrow.is_infinite() && value.is_finite() {
                return Err(reading.out_of_range(leaf, value));
            }
            Ok(Value::Double(narrow.into()))
        }
        (Scalar::Float, HostValue::Int(value)) => Ok(Value::Double(f64::from(value as f32))),
        (Scalar::Float, HostValue::Uint(value)) => Ok(Value::Double(f64::from(value as f32))),
        (Scalar::Bool | Scalar::String | Scalar::Bytes | Scalar::Double | Scalar::Float, other) => {
            Err(wrong(reading, leaf, &other))
        }
        (_, HostValue::Int(value)) => reading.whole(scalar, value.into()),
        (_, HostValue::Uint(value)) => reading.whole(scalar, value.into()),
        (_, HostValue::Other(what)) if what == HostValue::WIDE_INT => Err(reading.out_of_range(leaf, what)),
        (_, other) => Err(wrong(reading, leaf, &other)),
    }
}

/// `cannot read double from string`
fn wrong(reading: &Reading<'_>, leaf: Leaf, found: &HostValue<'_>) -> Box<Fault> {
    let fault = reading.cannot_from(leaf, &kind(found));
    let (Leaf::Plain(scalar) | Leaf::Wrapper(scalar)) = leaf else {
        return match (leaf, found) {
            (Leaf::Timestamp, HostValue::String(_) | HostValue::Int(_) | HostValue::Double(_)) => {
                fault.suggest("pass a timestamp object, not text or a number")
            }
            (Leaf::Duration, HostValue::String(_) | HostValue::Int(_) | HostValue::Double(_)) => {
                fault.suggest("pass a duration object, not text or a number")
            }
            _ => fault,
        };
    };
    match (scalar, found) {
        (Scalar::String, HostValue::Bytes(_)) => fault.suggest("decode the bytes to text"),
        (Scalar::String, HostValue::Bool(_) | HostValue::Int(_) | HostValue::Uint(_) | HostValue::Double(_)) => {
            fault.suggest("convert it to text")
        }
        (Scalar::Bytes, HostValue::String(_)) => fault.suggest("encode the text to bytes"),
        (Scalar::Bool, HostValue::Int(_) | HostValue::Uint(_) | HostValue::String(_)) => {
            fault.suggest("pass a truth value")
        }
        (Scalar::String | Scalar::Bytes | Scalar::Bool | Scalar::Enum(_), _) => fault,
        (Scalar::Double | Scalar::Float, HostValue::String(_)) => fault.suggest("pass a number, not text"),
        (_, HostValue::String(_) | HostValue::Double(_)) => fault.suggest("pass a whole number"),
        _ => fault,
    }
}

/// What a value of the host is called.
fn kind<'v>(value: &'v HostValue<'_>) -> Cow<'v, str> {
    Cow::Borrowed(match value {
        HostValue::Null => "null",
        HostValue::Bool(_) => "bool",
        HostValue::Int(_) => "int",
        HostValue::Uint(_) => "uint",
        HostValue::Double(_) => "double",
        HostValue::String(_) => "string",
        HostValue::Bytes(_) => "bytes",
        HostValue::Timestamp(_) => "timestamp",
        HostValue::Duration(_) => "duration",
        HostValue::List(_) => "list",
        HostValue::Fields(_) => "map",
        HostValue::Other(what) => return Cow::Owned(super::fault::shown(what)),
    })
}
