//! Fishplate for C: entries generated from the table of operations, and accessors over the caller's own storage.
//!
//! What may never happen here: logic. An entry translates and calls; an accessor is a pure function over bytes that the
//! caller owns, checks every length, and gives nothing rather than crash on garbage. The header is made from these
//! files by the generator, checked in, and compared.
#![deny(unsafe_op_in_unsafe_fn)]
// What a caller owes to every pointer is said once, at the beginning of the header, and not again at each function.
#![allow(clippy::missing_safety_doc)]

pub mod derived;
pub mod generated;
pub mod read_decision;
pub mod read_error;
pub mod read_records;
pub mod read_ring;
pub mod read_session;
pub mod read_state;
pub mod read_value;
mod support;
pub mod types;
pub mod write_batch;
pub mod write_featured;
pub mod write_fields;
