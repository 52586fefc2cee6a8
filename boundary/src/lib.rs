//! What a crossing into another language means, once: operations, handles, the guard around every entry, live-object
//! counters, the fork guard, one lock an engine, the layout of values and decisions in a caller's storage, and the
//! generator that writes each binding's plumbing.
//!
//! What may never happen here: anything that one language alone needs; deciding anything.

pub mod counters;
pub mod fault;
pub mod fork;
#[cfg(feature = "generate")]
pub mod generate;
pub mod guard;
pub mod handle;
mod host;
pub mod layout;
pub mod objects;
pub mod ops;
pub mod raw;
pub mod rings;
pub mod sessions;
mod sharing;
pub mod storage;
pub mod table;
mod waiting;

pub use waiting::WAITING_MAX;
