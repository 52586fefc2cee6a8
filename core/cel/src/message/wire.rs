//! Protobuf bytes → a message, for what an `Any` literal holds. It knows the wire format; it knows no expressions.

use std::{collections::BTreeMap, sync::Arc};

use super::{Field, Leaf, Message, MessageType, Scalar, Shape, Types, well_known};
use crate::{
    diag::Code,
    run::Fault,
    types::Type,
    value::{Map, Value},
};

/// Messages nested deeper than this are refused, as protobuf's own parsers do.
const MAX_DEPTH: usize = 100;

type Given = Result<Value, Fault>;

fn malformed() -> Fault {
    (Code::BAD_CONVERSION, "the bytes of the message are malformed".to_owned())
}

/// What the `Any` of this URL and these bytes holds.
pub(super) fn unpacked(url: &str, bytes: &[u8], types: &Types) -> Result<Option<Value>, Fault> {
    let name = url.rsplit('/').next().unwrap_or_default();
    if name.is_empty() && !bytes.is_empty() {
        return Ok(None);
    }
    let own = well_known::message(name);
    let Some(ty) = own.or_else(|| types.get(name).cloned()) else {
        return Err((Code::BAD_CONVERSION, format!("an Any of an unknown message type `{name}`")));
    };
    decoded(&ty, bytes, types, 0).map(Some)
}

fn decoded(ty: &Arc<MessageType>, bytes: &[u8], types: &Types, depth: usize) -> Given {
    if depth > MAX_DEPTH {
        return Err((Code::BAD_CONVERSION, format!("messages nest deeper than {MAX_DEPTH}")));
    }
    let mut reader = Reader(bytes);
    let mut fields: BTreeMap<u32, Vec<Part<'_>>> = BTreeMap::new();
    while !reader.0.is_empty() {
        let tag = reader.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| malformed())?;
        let part = reader.part(tag & 7, number, depth)?;
        fields.entry(number).or_default().push(part);
    }
    let mut message = Message::empty(ty.clone());
    for (place, field) in ty.fields().iter().enumerate() {
        if let Some(parts) = fields.get(&field.number) {
            message.set(place as u32, value_of(field, parts, types, depth)?);
        }
    }
    well_known::value(message, types)
}

/// One occurrence of a field.
#[derive(Clone, Copy)]
enum Part<'b> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'b [u8]),
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0u64;
        for at in 0..10 {
            let (byte, rest) = self.0.split_first().ok_or_else(malformed)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(malformed())
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| malformed())
    }

    fn part(&mut self, wire: u64, number: u32, depth: usize) -> Result<Part<'b>, Fault> {
        Ok(match wire {
            0 => Part::Varint(self.varint()?),
            1 => Part::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| malformed())?;
                Part::Bytes(self.take(length)?)
            }
            3 => Part::Bytes(self.group(number, depth)?),
            5 => Part::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(malformed()),
        })
    }

    /// The bytes of a group, up to its end.
    fn group(&mut self, number: u32, depth: usize) -> Result<&'b [u8], Fault> {
        if depth > MAX_DEPTH {
            return Err(malformed());
        }
        let whole = self.0;
        loop {
            let length = whole.len() - self.0.len();
            let tag = self.varint()?;
            if tag == u64::from(number) << 3 | 4 {
                return Ok(&whole[..length]);
            }
            let inner = u32::try_from(tag >> 3).map_err(|_| malformed())?;
            self.part(tag & 7, inner, depth + 1)?;
        }
    }
}

fn value_of(field: &Field, parts: &[Part<'_>], types: &Types, depth: usize) -> Given {
    match field.shape {
        Shape::One(leaf) => match leaf {
            // Occurrences of a message are one message: their bytes behind each other say so.
            leaf if is_message(leaf) => {
                let whole: Vec<u8> = parts.iter().flat_map(|part| part.bytes()).copied().collect();
                single(leaf, &field.ty, Part::Bytes(&whole), types, depth)
            }
            leaf => single(leaf, &field.ty, *parts.last().ok_or_else(malformed)?, types, depth),
        },
        Shape::List(leaf) => {
            let of = if let Type::List(of) = &field.ty { of } else { &field.ty };
            let mut items = Vec::new();
            for part in parts {
                match part {
                    Part::Bytes(packed) if !matches!(leaf, Leaf::String | Leaf::Bytes) && !is_message(leaf) => {
                        let mut reader = Reader(packed);
                        while !reader.0.is_empty() {
                            let part = reader.part(packed_wire(leaf), 0, depth)?;
                            items.push(single(leaf, of, part, types, depth)?);
                        }
                    }
                    part => items.push(single(leaf, of, *part, types, depth)?),
                }
            }
            Ok(Value::list(items))
        }
        Shape::Map(key, leaf) => {
            let (key_of, of) =
                if let Type::Map(key, of) = &field.ty { (&**key, &**of) } else { (&Type::Dyn, &Type::Dyn) };
            let mut entries = Vec::new();
            for part in parts {
                let mut reader = Reader(part.bytes());
                let mut entry = (zero(key, key_of, types, depth)?, zero(leaf, of, types, depth)?);
                while !reader.0.is_empty() {
                    let tag = reader.varint()?;
                    let part = reader.part(tag & 7, 0, depth)?;
                    match tag >> 3 {
                        1 => entry.0 = single(key, key_of, part, types, depth)?,
                        2 => entry.1 = single(leaf, of, part, types, depth)?,
                        _ => {}
                    }
                }
                entries.push(entry);
            }
            Ok(Value::Map(Map::from_entries(entries).into()))
        }
    }
}

impl<'b> Part<'b> {
    fn bytes(self) -> &'b [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }
}

fn is_message(leaf: Leaf) -> bool {
    matches!(
        leaf,
        Leaf::Message
            | Leaf::Timestamp
            | Leaf::Duration
            | Leaf::Wrapper(_)
            | Leaf::Any
            | Leaf::Json
            | Leaf::Struct
            | Leaf::ListValue
    )
}

/// The wire type of packed values.
fn packed_wire(leaf: Leaf) -> u64 {
    match leaf {
        Leaf::Double | Leaf::Fixed64 | Leaf::Sfixed64 => 1,
        Leaf::Float | Leaf::Fixed32 | Leaf::Sfixed32 => 5,
        _ => 0,
    }
}

fn zero(leaf: Leaf, ty: &Type, types: &Types, depth: usize) -> Given {
    let empty =
        if is_message(leaf) || matches!(leaf, Leaf::String | Leaf::Bytes) { Part::Bytes(&[]) } else { Part::Varint(0) };
    single(leaf, ty, empty, types, depth)
}

/// The value of one occurrence.
fn single(leaf: Leaf, ty: &Type, part: Part<'_>, types: &Types, depth: usize) -> Given {
    let bits = match part {
        Part::Varint(bits) | Part::Fixed64(bits) => bits,
        Part::Fixed32(bits) => u64::from(bits),
        Part::Bytes(_) => 0,
    };
    let zigzag = |bits: u64| (bits >> 1) as i64 ^ -((bits & 1) as i64);
    let message = |name: &str| {
        let own = well_known::message(name);
        let ty = own.or_else(|| types.get(name).cloned()).ok_or_else(malformed)?;
        decoded(&ty, part.bytes(), types, depth + 1)
    };
    Ok(match leaf {
        Leaf::Bool => Value::Bool(bits != 0),
        Leaf::Int32 | Leaf::Enum | Leaf::Sfixed32 => Value::Int((bits as i32).into()),
        Leaf::Int64 | Leaf::Sfixed64 => Value::Int(bits as i64),
        Leaf::Sint32 | Leaf::Sint64 => Value::Int(zigzag(bits)),
        Leaf::Uint32 | Leaf::Fixed32 => Value::Uint((bits as u32).into()),
        Leaf::Uint64 | Leaf::Fixed64 => Value::Uint(bits),
        Leaf::Float => Value::Double(f32::from_bits(bits as u32).into()),
        Leaf::Double => Value::Double(f64::from_bits(bits)),
        Leaf::String => Value::from(std::str::from_utf8(part.bytes()).map_err(|_| malformed())?),
        Leaf::Bytes => Value::Bytes(part.bytes().into()),
        Leaf::Message => match ty {
            Type::Message(name) => message(name)?,
            _ => return Err(malformed()),
        },
        Leaf::Timestamp => message("google.protobuf.Timestamp")?,
        Leaf::Duration => message("google.protobuf.Duration")?,
        Leaf::Any => message("google.protobuf.Any")?,
        Leaf::Json => message("google.protobuf.Value")?,
        Leaf::Struct => message("google.protobuf.Struct")?,
        Leaf::ListValue => message("google.protobuf.ListValue")?,
        Leaf::Wrapper(scalar) => message(wrapper(scalar))?,
        Leaf::Plain => return Err(malformed()),
    })
}

fn wrapper(of: Scalar) -> &'static str {
    match of {
        Scalar::Bool => "google.protobuf.BoolValue",
        Scalar::Int32 => "google.protobuf.Int32Value",
        Scalar::Int64 => "google.protobuf.Int64Value",
        Scalar::Uint32 => "google.protobuf.UInt32Value",
        Scalar::Uint64 => "google.protobuf.UInt64Value",
        Scalar::Float => "google.protobuf.FloatValue",
        Scalar::Double => "google.protobuf.DoubleValue",
        Scalar::String => "google.protobuf.StringValue",
        Scalar::Bytes => "google.protobuf.BytesValue",
    }
}
