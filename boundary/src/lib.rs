//! What a crossing into another language means, once: operations, handles, the guard around every entry, live-object
//! counters, the fork guard, one lock an engine, the layout of values and decisions in a caller's storage, and the
//! generator that writes each binding's plumbing.
//!
//! What may never happen here: anything that one language alone needs; deciding anything.

#[cfg(feature = "generate")]
pub mod generate;
pub mod table;
