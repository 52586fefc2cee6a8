//! Bytes, JSON, maps and rows → typed slots; only the fields that the rules read.
use fishplate_cel::Slot;

use crate::error::Error;
use crate::event::Body;
use crate::limits::Limits;
use crate::schema::Schema;

/// One field path that is read, and the slot that it fills.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Field names from the event downwards.
    pub path: Vec<String>,
    /// The index in the slots given to [`Decoder::decode`].
    pub slot: usize,
    /// Never show its value in an error.
    pub sensitive: bool,
}

/// Decodes events of one schema into slots.
#[derive(Clone, Debug)]
pub struct Decoder {}

impl Decoder {
    /// A decoder that fills `wanted` and checks and skips the rest. Errors: a wanted field whose type no rule can read.
    pub fn new(schema: &Schema, wanted: &[Wanted]) -> Result<Decoder, Error> {
        let _ = (schema, wanted);
        todo!("decode helper")
    }

    /// Fills `slots` (all `Absent` on entry; those it does not own stay untouched) from `body`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with code, field path and value; the slots are then worth nothing.
    pub fn decode(&self, body: Body<'_>, limits: &Limits, strict: bool, slots: &mut [Slot]) -> Result<(), Error> {
        let _ = (body, limits, strict, slots);
        todo!("decode helper")
    }

    /// Resolves the header of a table of rows, once: a column is a field path (`device.id`); unknown columns are
    /// skipped unless `strict`.
    pub fn columns(&self, header: &[&str], strict: bool) -> Result<Columns, Error> {
        let _ = (header, strict);
        todo!("decode helper")
    }
}

/// Which column of a table fills which slot.
#[derive(Clone, Debug)]
pub struct Columns {}
