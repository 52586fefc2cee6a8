//! The records that most events are made of, by their first byte: what to do with each is looked up in a table, and
//! whatever is not quite that simple is left to the general way, which also says what is wrong.

use fishplate_cel::{Slot, Value};

use super::plan::{Read, Target};
use crate::schema::model::{Leaf, Scalar, Shape};

/// What to do with a record whose tag is this one byte.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It is not that simple.
    General,
    SkipVarint,
    SkipLength,
    SkipFixed(u32),
    /// Read it into a slot; `explicit`: zero and empty, too.
    Read {
        kind: Kind,
        slot: u32,
        explicit: bool,
    },
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Double,
    Text,
    Int,
    Int32,
    Bool,
}

/// The steps of one message.
#[derive(Debug)]
pub(super) struct Quick {
    steps: Box<[Step; 128]>,
}

impl Quick {
    /// From the fields of a message, by number.
    pub(super) fn new<'t>(targets: impl Iterator<Item = (u32, &'t Target)>) -> Self {
        let mut steps = Box::new([Step::General; 128]);
        for (number, target) in targets.filter(|(number, _)| *number < 16) {
            let Some((wire, step)) = step(target) else { continue };
            steps[(number << 3 | wire) as usize] = step;
        }
        Self { steps }
    }

    /// Does as many records from `at` on as are simple, at most `most`; gives where it stopped, and how many it did.
    pub(super) fn run(&self, bytes: &[u8], at: usize, most: u64, longest: u64, slots: &mut [Slot]) -> (usize, u64) {
        let (mut rest, mut done) = (&bytes[at..], 0);
        while done < most
            && let Some(behind) = self.record(rest, longest, slots)
        {
            rest = behind;
            done += 1;
        }
        (bytes.len() - rest.len(), done)
    }

    /// One record; what stands behind it, or nothing if it is not that simple, and then nothing has changed.
    #[inline]
    fn record<'b>(&self, bytes: &'b [u8], longest: u64, slots: &mut [Slot]) -> Option<&'b [u8]> {
        let (tag, rest) = bytes.split_first()?;
        match *self.steps.get(usize::from(*tag))? {
            Step::General => None,
            Step::SkipFixed(bytes) => rest.get(bytes as usize..),
            Step::SkipVarint => Some(varint(rest)?.1),
            Step::SkipLength => Some(text(rest)?.1),
            Step::Read { kind, slot, explicit } => {
                let slot = slots.get_mut(slot as usize)?;
                match kind {
                    Kind::Text => {
                        let (text, behind) = text(rest)?;
                        let text = std::str::from_utf8(text).ok().filter(|text| text.len() as u64 <= longest)?;
                        if explicit || !text.is_empty() {
                            slot.put_text(text)
                        } else {
                            slot.clear()
                        }
                        Some(behind)
                    }
                    Kind::Double => {
                        let (bits, behind) = rest.split_first_chunk()?;
                        let value = f64::from_le_bytes(*bits);
                        put(slot, explicit || value.to_bits() != 0, Value::Double(value));
                        Some(behind)
                    }
                    Kind::Int | Kind::Int32 | Kind::Bool => {
                        let (bits, behind) = varint(rest)?;
                        let value = match kind {
                            Kind::Bool => Value::Bool(bits != 0),
                            Kind::Int32 => Value::Int(i64::from(bits as i32)),
                            _ => Value::Int(bits as i64),
                        };
                        let zero = matches!(value, Value::Bool(false) | Value::Int(0));
                        put(slot, explicit || !zero, value);
                        Some(behind)
                    }
                }
            }
        }
    }
}

/// Fills a slot, or empties it.
#[inline]
pub(super) fn put(slot: &mut Slot, there: bool, value: Value) {
    match (slot, value) {
        // Over a number of the event before, without asking what has to be dropped.
        (Slot::Value(Value::Double(own)), Value::Double(value)) if there => *own = value,
        (Slot::Value(Value::Int(own)), Value::Int(value)) if there => *own = value,
        (slot, value) if there => *slot = Slot::Value(value),
        (slot, _) => slot.clear(),
    }
}

/// A varint of up to four bytes, and what stands behind it.
#[inline]
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// What a length of one byte announces, and what stands behind it.
#[inline]
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    if *length >= 0x80 {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
}

/// The step of a field and its wire type, if every record of it is simple.
fn step(target: &Target) -> Option<(u32, Step)> {
    if target.is_repeated() || !target.clears.is_empty() {
        return None;
    }
    let Shape::Single(leaf) = &target.shape else {
        let skipped = target.read == Read::Skip && matches!(target.shape, Shape::Message(_));
        return skipped.then_some((2, Step::SkipLength));
    };
    let scalar = match (leaf, target.read) {
        (Leaf::Plain(scalar), _) => *scalar,
        (_, Read::Skip) => return Some((2, Step::SkipLength)),
        _ => return None,
    };
    let (wire, skip, kind) = match scalar {
        Scalar::String => (2, Step::SkipLength, Some(Kind::Text)),
        Scalar::Bytes => (2, Step::SkipLength, None),
        Scalar::Double => (1, Step::SkipFixed(8), Some(Kind::Double)),
        Scalar::Fixed64 | Scalar::Sfixed64 => (1, Step::SkipFixed(8), None),
        Scalar::Float | Scalar::Fixed32 | Scalar::Sfixed32 => (5, Step::SkipFixed(4), None),
        Scalar::Int64 => (0, Step::SkipVarint, Some(Kind::Int)),
        Scalar::Int32 => (0, Step::SkipVarint, Some(Kind::Int32)),
        Scalar::Bool => (0, Step::SkipVarint, Some(Kind::Bool)),
        _ => (0, Step::SkipVarint, None),
    };
    match target.read {
        Read::Skip => Some((wire, skip)),
        Read::Slot(slot) => {
            let slot = u32::try_from(slot).ok()?;
            kind.map(|kind| (wire, Step::Read { kind, slot, explicit: target.explicit }))
        }
        Read::Node(_) | Read::Whole { .. } => None,
    }
}
