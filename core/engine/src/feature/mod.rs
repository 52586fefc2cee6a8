//! Features: keyed windows over event time. Here a feature is a definition over already evaluated inputs (a key, a
//! value, whether it counts); expressions and events are [`crate::engine`]'s, bytes are [`crate::decode`]'s.

pub(crate) mod bucket;
pub(crate) mod keyed;
pub(crate) mod window;

pub(crate) use bucket::{EventTime, Slide};
pub(crate) use keyed::{Input, Keyed, Moment};

/// How one feature aggregates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    /// The width of a bucket.
    pub(crate) slide: Slide,
    /// How many buckets a window reads: its size divided by its slide.
    pub(crate) buckets: i64,
    /// Whether an event stands in the window that it reads.
    pub(crate) current_included: bool,
    /// What is added up.
    pub(crate) zero: window::Amount,
}
