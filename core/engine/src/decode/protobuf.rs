//! Protobuf bytes → slots, in one pass: what is wanted is read, the rest is skipped and its framing checked.
//!
//! What parsers of protobuf agree on holds here: the last of repeated scalars wins, split messages merge, packed and
//! unpacked lists are one, a record of another wire type than its field's is an unknown field.

use fishplate_cel::{Duration, Slot, Timestamp, Value};

use super::fault::{Fault, Outcome, bare, check_depth, check_entries, check_event, check_fields, check_length};
use super::object::key_text;
use super::open::{Open, close, take_open};
use super::plan::{Plan, Read, Target};
use super::wire::{Reader, WireType};
use crate::codes;
use crate::limits::Limits;
use crate::schema::model::{Leaf, Scalar, Shape};

/// Fills `slots` from `bytes`.
pub(super) fn decode(plan: &Plan, bytes: &[u8], limits: &Limits, slots: &mut [Slot]) -> Outcome<()> {
    check_event(bytes.len(), limits.event_bytes)?;
    let mut scan = Scan { plan, limits, slots, open: Vec::new() };
    scan.message(0, Reader::new(bytes), 1)?;
    let open = std::mem::take(&mut scan.open);
    close(plan, slots, open);
    Ok(())
}

struct Scan<'p, 's> {
    plan: &'p Plan,
    limits: &'p Limits,
    slots: &'s mut [Slot],
    /// Lists and maps whose records may still come: few, hence searched.
    open: Vec<(usize, Open)>,
}

impl Scan<'_, '_> {
    fn message(&mut self, node: usize, mut reader: Reader<'_>, depth: u64) -> Outcome<()> {
        check_depth(depth, self.limits.message_depth)?;
        let plan = self.plan;
        let this = &plan.nodes[node];
        if let Some(slot) = this.presence {
            self.slots[slot] = Slot::Value(Value::Bool(true));
        }
        let mut fields = 0;
        while !reader.is_done() {
            if let Some(quick) = &this.quick {
                let (bytes, at) = reader.place();
                let most = self.limits.message_fields.saturating_sub(fields);
                let (at, done) = quick.run(bytes, at, most, self.limits.string_bytes, self.slots);
                reader.go_to(at);
                fields += done;
                if reader.is_done() {
                    break;
                }
            }
            let (number, wire) = reader.tag()?;
            let Some(at) = this.by_number(number) else {
                fields += 1;
                check_fields(fields, self.limits.message_fields)?;
                reader.skip(number, wire, depth, self.limits.message_depth)?;
                continue;
            };
            let target = &this.targets[at];
            if !target.is_repeated() {
                fields += 1;
                check_fields(fields, self.limits.message_fields)?;
            }
            self.field(target, number, wire, &mut reader, depth)
                .map_err(|fault| fault.in_field(&plan.fields(node)[at].name))?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        target: &Target,
        number: u32,
        wire: WireType,
        reader: &mut Reader<'_>,
        depth: u64,
    ) -> Outcome<()> {
        let skip = |reader: &mut Reader<'_>| reader.skip(number, wire, depth, self.limits.message_depth);
        if !fits(&target.shape, wire) {
            return skip(reader);
        }
        match (target.read, &target.shape) {
            (Read::Node(inner), _) => {
                self.clear(target);
                let inside = reader.inner()?;
                self.message(inner, inside, depth + 1)
            }
            (Read::Whole { slot, node }, Shape::Message(_)) => {
                self.clear(target);
                let inside = reader.inner()?;
                let (mut slots, open) = match take_open(&mut self.open, slot) {
                    Some(Open::Message(_, slots, open)) => (slots, open),
                    _ => (self.plan.own_slots(node), Vec::new()),
                };
                let open = self.whole(node, inside, depth + 1, &mut slots, open)?;
                self.open.push((slot, Open::Message(node, slots, open)));
                Ok(())
            }
            (Read::Whole { slot, node }, Shape::Messages(_)) => {
                let mut values = match take_open(&mut self.open, slot) {
                    Some(Open::List(values)) => values,
                    _ => Vec::new(),
                };
                let at = values.len();
                check_entries("list", at + 1, self.limits.list_entries)?;
                let mut slots = self.plan.own_slots(node);
                let inside = reader.inner()?;
                let open =
                    self.whole(node, inside, depth + 1, &mut slots, Vec::new()).map_err(|fault| fault.in_entry(at))?;
                close(self.plan, &mut slots, open);
                values.push(self.plan.message_of(node, &slots));
                self.open.push((slot, Open::List(values)));
                Ok(())
            }
            (Read::Slot(slot), Shape::Single(Leaf::Plain(Scalar::String))) => {
                let text = self.text(reader)?;
                self.clear(target);
                target.store_text(&mut self.slots[slot], text);
                Ok(())
            }
            (Read::Slot(slot), Shape::Single(leaf)) => {
                // Messages merge with what came before.
                let merges = !matches!(leaf, Leaf::Plain(_));
                let before = self.slots[slot].value().filter(|_| merges).cloned();
                if let Some(value) = self.leaf(*leaf, target.sensitive, before, reader)? {
                    self.clear(target);
                    target.store(&mut self.slots[slot], value);
                }
                Ok(())
            }
            (Read::Slot(slot), Shape::List(leaf)) => self.list(target, slot, *leaf, wire, reader),
            (Read::Slot(slot), Shape::Map(key, value)) => self.map_entry(target, slot, *key, *value, reader),
            _ => {
                let skipped = skip(reader);
                self.clear(target);
                skipped
            }
        }
    }

    /// Reads a message into slots of its own; gives what is still open in them.
    fn whole(
        &self,
        node: usize,
        inside: Reader<'_>,
        depth: u64,
        slots: &mut [Slot],
        open: Vec<(usize, Open)>,
    ) -> Outcome<Vec<(usize, Open)>> {
        let mut scan = Scan { plan: self.plan, limits: self.limits, slots, open };
        scan.message(node, inside, depth)?;
        Ok(scan.open)
    }

    /// Another member of the oneof has come: the ones before it are gone.
    fn clear(&mut self, target: &Target) {
        for slot in &target.clears {
            self.slots[*slot].clear();
            self.open.retain(|(open, _)| open != slot);
        }
    }

    fn list(
        &mut self,
        target: &Target,
        slot: usize,
        leaf: Leaf,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Outcome<()> {
        let mut values = match take_open(&mut self.open, slot) {
            Some(Open::List(values)) => values,
            _ => Vec::new(),
        };
        let packed = wire == WireType::Length && wire_of(leaf) != WireType::Length;
        let mut inside = if packed { reader.inner()? } else { *reader };
        while !packed || !inside.is_done() {
            let at = values.len();
            check_entries("list", at + 1, self.limits.list_entries)?;
            let value = self.leaf(leaf, target.sensitive, None, &mut inside).map_err(|fault| fault.in_entry(at))?;
            values.extend(value);
            if !packed {
                *reader = inside;
                break;
            }
        }
        self.open.push((slot, Open::List(values)));
        Ok(())
    }

    fn map_entry(
        &mut self,
        target: &Target,
        slot: usize,
        key: Scalar,
        value: Leaf,
        reader: &mut Reader<'_>,
    ) -> Outcome<()> {
        let mut entries = match take_open(&mut self.open, slot) {
            Some(Open::Map(entries)) => entries,
            _ => Vec::new(),
        };
        check_entries("map", entries.len() + 1, self.limits.list_entries)?;
        let mut inside = reader.inner()?;
        let (mut found_key, mut found_value) = (None, None);
        let mut fields = 0;
        while !inside.is_done() {
            fields += 1;
            check_fields(fields, self.limits.message_fields)?;
            match inside.tag()? {
                (1, wire) if wire == wire_of(Leaf::Plain(key)) => {
                    found_key = self.leaf(Leaf::Plain(key), target.sensitive, None, &mut inside)?;
                }
                (2, wire) if wire == wire_of(value) => {
                    let read = self.leaf(value, target.sensitive, found_value.take(), &mut inside);
                    found_value = match read.map_err(|fault| name_key(fault, found_key.as_ref(), target.sensitive))? {
                        // A number that a closed enum does not have makes the whole entry an unknown field.
                        None => return self.keep_map(slot, entries),
                        read => read,
                    };
                }
                (number, wire) => inside.skip(number, wire, 0, self.limits.message_depth)?,
            }
        }
        let entry_key = found_key.unwrap_or_else(|| self.zero(Leaf::Plain(key)));
        let entry_value = found_value.unwrap_or_else(|| self.zero(value));
        entries.push((entry_key, entry_value));
        self.keep_map(slot, entries)
    }

    fn keep_map(&mut self, slot: usize, entries: Vec<(Value, Value)>) -> Outcome<()> {
        self.open.push((slot, Open::Map(entries)));
        Ok(())
    }

    /// One value; `None` for a number that a closed enum does not have. `before` is what an earlier record of the same
    /// field gave, for the messages among the leaves, which merge.
    fn leaf(
        &self,
        leaf: Leaf,
        sensitive: bool,
        before: Option<Value>,
        reader: &mut Reader<'_>,
    ) -> Outcome<Option<Value>> {
        match leaf {
            Leaf::Plain(scalar) => self.scalar(scalar, reader),
            Leaf::Wrapper(scalar) => {
                let mut inside = reader.inner()?;
                let mut value = before.unwrap_or_else(|| self.zero(leaf));
                while !inside.is_done() {
                    match inside.tag()? {
                        (1, wire) if wire == wire_of(Leaf::Plain(scalar)) => {
                            value = self.scalar(scalar, &mut inside)?.unwrap_or(value);
                        }
                        (number, wire) => inside.skip(number, wire, 0, self.limits.message_depth)?,
                    }
                }
                Ok(Some(value))
            }
            Leaf::Timestamp => {
                let start = match before {
                    Some(Value::Timestamp(before)) => (before.seconds(), before.nanos()),
                    _ => (0, 0),
                };
                let (seconds, nanos) = self.time(start, reader)?;
                let value = Timestamp::new(seconds, nanos).map(Value::Timestamp);
                value.map(Some).ok_or_else(|| bad_time("timestamp", seconds, nanos, sensitive))
            }
            Leaf::Duration => {
                let start = match before {
                    Some(Value::Duration(before)) => (before.seconds(), before.nanos()),
                    _ => (0, 0),
                };
                let (seconds, nanos) = self.time(start, reader)?;
                let value = Duration::new(seconds, nanos).map(Value::Duration);
                value.map(Some).ok_or_else(|| bad_time("duration", seconds, nanos, sensitive))
            }
        }
    }

    /// The seconds and nanoseconds of a Timestamp or Duration.
    fn time(&self, start: (i64, i32), reader: &mut Reader<'_>) -> Outcome<(i64, i32)> {
        let (mut seconds, mut nanos) = start;
        let mut inside = reader.inner()?;
        while !inside.is_done() {
            match inside.tag()? {
                (1, WireType::Varint) => seconds = inside.varint()? as i64,
                (2, WireType::Varint) => nanos = inside.varint()? as i32,
                (number, wire) => inside.skip(number, wire, 0, self.limits.message_depth)?,
            }
        }
        Ok((seconds, nanos))
    }

    /// Numbers are cut to 32 bits where the field has 32, as protobuf does.
    fn scalar(&self, scalar: Scalar, reader: &mut Reader<'_>) -> Outcome<Option<Value>> {
        Ok(Some(match scalar {
            Scalar::Bool => Value::Bool(reader.varint()? != 0),
            Scalar::Int32 => Value::Int(i64::from(reader.varint()? as i32)),
            Scalar::Int64 => Value::Int(reader.varint()? as i64),
            Scalar::Sint32 => Value::Int(i64::from(zigzag(u64::from(reader.varint()? as u32)) as i32)),
            Scalar::Sint64 => Value::Int(zigzag(reader.varint()?)),
            Scalar::Sfixed32 => Value::Int(i64::from(reader.fixed32()? as i32)),
            Scalar::Sfixed64 => Value::Int(reader.fixed64()? as i64),
            Scalar::Uint32 => Value::Uint(u64::from(reader.varint()? as u32)),
            Scalar::Uint64 => Value::Uint(reader.varint()?),
            Scalar::Fixed32 => Value::Uint(u64::from(reader.fixed32()?)),
            Scalar::Fixed64 => Value::Uint(reader.fixed64()?),
            Scalar::Float => Value::Double(f64::from(f32::from_bits(reader.fixed32()?))),
            Scalar::Double => Value::Double(f64::from_bits(reader.fixed64()?)),
            Scalar::String => Value::String(self.text(reader)?.into()),
            Scalar::Bytes => {
                let bytes = reader.bytes()?;
                check_length("bytes", bytes.len(), self.limits.string_bytes)?;
                Value::Bytes(bytes.into())
            }
            Scalar::Enum(at) => {
                let number = reader.varint()? as i32;
                let of = &self.plan.model().enums[at];
                if of.closed && !of.has(number) {
                    return Ok(None);
                }
                Value::Int(number.into())
            }
        }))
    }

    fn text<'b>(&self, reader: &mut Reader<'b>) -> Outcome<&'b str> {
        let bytes = reader.bytes()?;
        check_length("string", bytes.len(), self.limits.string_bytes)?;
        std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            Fault::new(codes::INVALID_UTF8, format!("string is not valid UTF-8 at its byte {at}"))
        })
    }

    /// What a missing key or value of a map entry, or an empty wrapper, holds.
    fn zero(&self, leaf: Leaf) -> Value {
        match leaf {
            Leaf::Timestamp => Value::Timestamp(Timestamp::default()),
            Leaf::Duration => Value::Duration(Duration::default()),
            Leaf::Plain(scalar) | Leaf::Wrapper(scalar) => match scalar {
                Scalar::Bool => Value::Bool(false),
                Scalar::Float | Scalar::Double => Value::Double(0.0),
                Scalar::String => Value::String("".into()),
                Scalar::Bytes => Value::Bytes([].as_slice().into()),
                Scalar::Uint32 | Scalar::Uint64 | Scalar::Fixed32 | Scalar::Fixed64 => Value::Uint(0),
                Scalar::Enum(at) => {
                    Value::Int(self.plan.model().enums[at].values.first().map_or(0, |value| value.1.into()))
                }
                _ => Value::Int(0),
            },
        }
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The wire type of one value.
fn wire_of(leaf: Leaf) -> WireType {
    let Leaf::Plain(scalar) = leaf else { return WireType::Length };
    match scalar {
        Scalar::String | Scalar::Bytes => WireType::Length,
        Scalar::Sfixed32 | Scalar::Fixed32 | Scalar::Float => WireType::Fixed32,
        Scalar::Sfixed64 | Scalar::Fixed64 | Scalar::Double => WireType::Fixed64,
        _ => WireType::Varint,
    }
}

/// Whether a record of this wire type belongs to a field of this shape.
fn fits(shape: &Shape, wire: WireType) -> bool {
    match shape {
        Shape::Single(leaf) => wire == wire_of(*leaf),
        Shape::List(leaf) => wire == wire_of(*leaf) || wire == WireType::Length,
        Shape::Map(..) | Shape::Message(_) | Shape::Messages(_) => wire == WireType::Length,
        Shape::Unsupported(_) => matches!(wire, WireType::Length | WireType::StartGroup),
    }
}

fn bad_time(what: &str, seconds: i64, nanos: i32, sensitive: bool) -> Box<Fault> {
    let value = bare(format_args!("{seconds} seconds and {nanos} nanoseconds"), sensitive);
    Fault::new(codes::NUMBER_OUT_OF_RANGE, format!("{what} of {value} is out of range"))
}

fn name_key(fault: Box<Fault>, key: Option<&Value>, sensitive: bool) -> Box<Fault> {
    match key {
        Some(key) => fault.in_key(&key_text(key, sensitive)),
        None => fault,
    }
}
