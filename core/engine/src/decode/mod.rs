//! Bytes, JSON, maps and rows → typed slots; only the fields that the rules read.
//!
//! One plan for all forms: the same event fills the same slots whatever it came as. Limits are checked before memory is
//! taken.

mod fault;
mod json;
mod json_quick;
mod json_token;
mod json_value;
mod json_whole;
mod map;
mod number;
mod object;
mod open;
mod plan;
mod protobuf;
mod quick;
mod row;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod wire;

use std::sync::Arc;

use fishplate_cel::Slot;
use plan::Plan;
pub use row::Columns;

use crate::codes;
use crate::error::{Error, Place};
use crate::event::Body;
use crate::limits::Limits;
use crate::schema::Schema;
use crate::status::Status;

/// One field path that is read, and the slot that it fills.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Field names from the event downwards. A path that ends at a message asks whether it is there: its slot holds
    /// `true`, or nothing.
    pub path: Vec<String>,
    /// The index in the slots given to [`Decoder::decode`].
    pub slot: usize,
    /// Never show its value in an error.
    pub sensitive: bool,
}

/// Decodes events of one schema into slots. Cloning shares it; it has no state, and many threads may use it at once.
#[derive(Clone, Debug)]
pub struct Decoder {
    plan: Arc<Plan>,
}

impl Decoder {
    /// A decoder that fills `wanted` and checks and skips the rest.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with `UNSUPPORTED_FIELD`: a wanted field whose type no rule can read.
    pub fn new(schema: &Schema, wanted: &[Wanted]) -> Result<Decoder, Error> {
        Ok(Decoder { plan: Arc::new(Plan::new(schema, wanted)?) })
    }

    /// Fills `slots` (all cleared on entry; those it does not own stay untouched) from `body`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with code, field path and value; the slots are then worth nothing.
    ///
    /// # Panics
    /// If `slots` has no place for a slot that is wanted.
    pub fn decode(&self, body: Body<'_>, limits: &Limits, strict: bool, slots: &mut [Slot]) -> Result<(), Error> {
        let plan = &*self.plan;
        let outcome = match body {
            Body::Protobuf(_) if plan.model().inline => return Err(no_wire_form()),
            Body::Protobuf(bytes) => protobuf::decode(plan, bytes, limits, slots),
            Body::Json(bytes) => json::decode(plan, bytes, limits, strict, slots),
            Body::Fields(fields) => map::decode(plan, fields, limits, strict, slots),
            Body::Row(columns, _) if !columns.is_of(&self.plan) => return Err(foreign_columns()),
            Body::Row(columns, cells) => row::decode(columns, cells, limits, slots),
        };
        outcome.map_err(|fault| fault.into_error())?;
        plan.finish(slots);
        Ok(())
    }

    /// Resolves the header of a table of rows, once: a column is a field path (`device.id`); unknown columns are
    /// skipped unless `strict`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: a column named twice, one for a list, map or message that is read, and, where `strict`, one
    /// that the schema does not have.
    pub fn columns(&self, header: &[&str], strict: bool) -> Result<Columns, Error> {
        row::columns(&self.plan, header, strict).map_err(|fault| fault.into_error())
    }
}

fn no_wire_form() -> Error {
    let message = "the event's fields are declared in the rule document, so it has no protobuf form";
    Error::new(Status::InvalidArgument, codes::NO_PROTO_FOR_INLINE, message, Place::None)
        .suggest("send JSON, a map or a row, or name a .proto file as the schema")
}

fn foreign_columns() -> Error {
    let message = "the columns were resolved for another rule set";
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("columns".into()))
}
