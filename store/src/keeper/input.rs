//! The inputs of an engine as records of the journal: what each kind holds. Knows neither engine nor journal.
//!
//! ```text
//! 1 setup     rule set and options: `setup.rs`
//! 2 event     delivery, then the event as the engine prepared it
//! 3 tick      delivery, then i128 nanoseconds since the Unix epoch
//! 4 mode      rule, then 0 as the document says, 1 live, 2 shadow, 3 off
//! 5 noted     delivery, then the driver's bytes
//! 6 session   16 bytes of id, then the driver's bytes
//! 7 ended     16 bytes of id
//!
//! delivery    0, or 1 and 16 bytes of session, u64 sequence, u64 acknowledged
//! ```

use std::num::NonZeroU8;

use fishplate::ruleset::Mode;

use super::bytes::{Damaged, Reader, put_bytes};
use super::sessions::Delivery;

/// What kind of input a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Setup = 1,
    Event = 2,
    Tick = 3,
    Mode = 4,
    Noted = 5,
    Session = 6,
    Ended = 7,
}

impl Kind {
    pub(super) fn number(self) -> NonZeroU8 {
        // Every number above is at least 1.
        NonZeroU8::MIN.saturating_add(self as u8 - 1)
    }
}

/// An input as a record holds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input<'b> {
    /// Not parsed: `Setup::read` does.
    Setup(&'b [u8]),
    /// The bytes are the engine's.
    Event(Option<Delivery>, &'b [u8]),
    Tick(Option<Delivery>, i128),
    Mode(&'b str, Option<Mode>),
    Noted(Delivery, &'b [u8]),
    Session([u8; 16], &'b [u8]),
    Ended([u8; 16]),
}

impl<'b> Input<'b> {
    pub(super) fn read(kind: u8, payload: &'b [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(payload);
        let input = match kind {
            1 => Self::Setup(reader.rest()),
            2 => Self::Event(read_delivery(&mut reader)?, reader.rest()),
            3 => Self::Tick(read_delivery(&mut reader)?, reader.i128()?),
            4 => Self::Mode(reader.text()?, read_mode(&mut reader)?),
            5 => Self::Noted(read_delivery(&mut reader)?.ok_or(Damaged)?, reader.rest()),
            6 => Self::Session(reader.fixed()?, reader.rest()),
            7 => Self::Ended(reader.fixed()?),
            _ => return Err(Damaged),
        };
        reader.end().map(|()| input)
    }
}

pub(super) fn put_delivery(delivery: Option<Delivery>, out: &mut Vec<u8>) {
    out.push(u8::from(delivery.is_some()));
    if let Some(Delivery { session, sequence, acknowledged }) = delivery {
        out.extend(session);
        out.extend(sequence.to_le_bytes());
        out.extend(acknowledged.to_le_bytes());
    }
}

fn read_delivery(reader: &mut Reader<'_>) -> Result<Option<Delivery>, Damaged> {
    if !reader.bool()? {
        return Ok(None);
    }
    Ok(Some(Delivery { session: reader.fixed()?, sequence: reader.u64()?, acknowledged: reader.u64()? }))
}

pub(super) fn put_mode(rule: &str, mode: Option<Mode>, out: &mut Vec<u8>) {
    put_bytes(rule.as_bytes(), out);
    out.push(match mode {
        None => 0,
        Some(Mode::Live) => 1,
        Some(Mode::Shadow) => 2,
        Some(Mode::Off) => 3,
    });
}

fn read_mode(reader: &mut Reader<'_>) -> Result<Option<Mode>, Damaged> {
    match reader.u8()? {
        0 => Ok(None),
        1 => Ok(Some(Mode::Live)),
        2 => Ok(Some(Mode::Shadow)),
        3 => Ok(Some(Mode::Off)),
        _ => Err(Damaged),
    }
}
