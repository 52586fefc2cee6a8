//! Features: keyed windows over event time. Here a feature is a definition over already evaluated inputs: the window of
//! one feature under one key. Keys and budgets are `crate::state`'s, expressions and events `crate::engine`'s.
//!
//! `bucket` is the arithmetic of time, `span` the memory of a window's buckets, `cell` what a bucket of each
//! aggregate holds, `window` the whole.

mod aggregate;
mod bucket;
mod cell;
mod span;
#[cfg(test)]
mod tests;
mod window;

pub(crate) use aggregate::{Aggregate, Number, Ordered, Plain};
pub(crate) use bucket::{EventTime, Slide};
pub(crate) use span::MAX_SPAN;
pub(crate) use window::Window;

/// How one feature aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) aggregate: Aggregate,
    /// The width of a bucket.
    pub(crate) slide: Slide,
    /// How many buckets a window reads: its size divided by its slide.
    pub(crate) buckets: i64,
    /// The window's size in nanoseconds.
    pub(crate) size: i128,
    /// Whether an event stands in the window that it reads.
    pub(crate) current_included: bool,
}

impl Definition {
    /// The window's size in seconds, by which `rate` divides.
    pub(crate) fn seconds(&self) -> f64 {
        self.size as f64 / 1e9
    }
}

/// When an event stands against those before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The event's own time.
    pub(crate) time: EventTime,
    /// Buckets that end at or before this are gone: mark − max_disorder − size.
    pub(crate) horizon: EventTime,
}

/// A sum left the range of its type. On adding, the window is unchanged; on reading, the event stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// What an allocation costs besides its bytes, rounding included: part of what [`Window::bytes`] counts.
pub(crate) const ALLOCATION: usize = 16;
