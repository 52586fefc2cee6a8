//! Three of eight fields: protobuf beside a scan written by hand for this one message, JSON beside `sonic-rs` into a struct.

use std::hint::black_box;

use fishplate::decode::{Decoder, Wanted};
use fishplate::schema::Schema;
use fishplate::{Body, Limits};
use fishplate_cel::Slot;
use serde::Deserialize;

use super::sets::{Shape, protobuf};
use super::{Line, Target, case, paced};
use crate::events::PROTO;
use crate::measure::Scale;

const FIELDS: [&str; 3] = ["amount", "country", "card_age_days"];

const JSON: &str = "{\"key\":\"k0000000\",\"at\":\"2026-03-02T00:00:00Z\",\"amount\":1234.5,\"country\":\"NG\",\
                    \"channel\":\"web\",\"email\":\"u12345678@mail.example\",\"card_age_days\":100,\
                    \"merchant\":\"merchant-000042\"}";

pub(super) fn lines(scale: Scale) -> Vec<Line> {
    let bytes = protobuf(Shape::B, 1234.5);
    assert_eq!(by_hand(&bytes), Some((1234.5, "NG", 100)), "the scan by hand reads it");
    let (decoder, same) = (decoder(), bytes.clone());
    let mut slots = vec![Slot::Absent; FIELDS.len()];
    let limits = Limits::default();
    let about =
        "An amount, a country and a number of days, out of 87 bytes; the rest is skipped, and its framing checked.";
    let wire = Line {
        case: case("3 of 8 fields of protobuf", "a scan written by hand", Some(Target::AtMost(1.3)), about),
        value: paced(scale, move || {
            decoder.decode(Body::Protobuf(black_box(&bytes)), &limits, false, &mut slots).is_ok()
        }),
        limit: paced(scale, move || by_hand(black_box(&same)).is_some()),
    };
    let decoder = self::decoder();
    let mut slots = vec![Slot::Absent; FIELDS.len()];
    let json = Line {
        case: case(
            "3 of 8 fields of JSON",
            "sonic-rs to a struct",
            Some(Target::AtMost(1.2)),
            "The same fields out of JSON.",
        ),
        value: paced(scale, move || {
            decoder.decode(Body::Json(black_box(JSON.as_bytes())), &limits, false, &mut slots).is_ok()
        }),
        limit: paced(scale, || sonic_rs::from_slice::<Three>(black_box(JSON.as_bytes())).is_ok()),
    };
    vec![wire, json]
}

#[derive(Deserialize)]
#[allow(dead_code)] // read is what is measured
struct Three {
    amount: f64,
    country: String,
    card_age_days: i32,
}

fn decoder() -> Decoder {
    let mut read = |_: &str| Ok(PROTO.as_bytes().to_vec());
    let (schema, _) = Schema::from_proto("bench.proto", "bench.v1.Event", &mut read).expect("a good schema");
    let wanted = FIELDS.iter().enumerate();
    let wanted: Vec<Wanted> =
        wanted.map(|(slot, name)| Wanted { path: vec![(*name).to_owned()], slot, sensitive: false }).collect();
    Decoder::new(&schema, &wanted).expect("fields that rules can read")
}

/// What somebody would write for this message and these fields, with every length checked.
fn by_hand(bytes: &[u8]) -> Option<(f64, &str, i32)> {
    let (mut amount, mut country, mut days) = (0.0, "", 0);
    let mut rest = bytes;
    while let Some((tag, behind)) = rest.split_first() {
        rest = match (tag >> 3, tag & 7) {
            (3, 1) => {
                let (bits, behind) = behind.split_first_chunk()?;
                amount = f64::from_le_bytes(*bits);
                behind
            }
            (4, 2) => {
                let (text, behind) = text(behind)?;
                country = std::str::from_utf8(text).ok()?;
                behind
            }
            (7, 0) => {
                let (number, behind) = varint(behind)?;
                days = number as i32;
                behind
            }
            (_, 0) => varint(behind)?.1,
            (_, 1) => behind.get(8..)?,
            (_, 2) => text(behind)?.1,
            (_, 5) => behind.get(4..)?,
            _ => return None,
        };
    }
    Some((amount, country, days))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = varint(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}
