//! Buckets: how a sliding window forgets.
//!
//! A window of `size` that moves by `slide` is kept as `size / slide` buckets, never as events: memory is bounded by
//! the document, not by the traffic. This file knows arithmetic; it knows no keys, rules or clocks.

/// An instant of event time: nanoseconds since the Unix epoch. 128 bits hold the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventTime(pub(crate) i128);

/// The width of a bucket in nanoseconds, at least a millisecond, so that bucket numbers fit in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slide(i128);

impl Slide {
    /// `None` below one millisecond.
    pub(crate) fn new(nanos: i128) -> Option<Self> {
        (nanos >= 1_000_000).then_some(Self(nanos))
    }
}

/// The number of the bucket that holds `t`: bucket `n` is `[n × slide, (n + 1) × slide)`.
///
/// Buckets align to the epoch and floor towards the past, so that an event before 1970 falls into the bucket that
/// began before it, and an event on the edge opens the next bucket (contract, section 7).
#[inline]
pub(super) fn bucket_of(t: EventTime, slide: Slide) -> i64 {
    // Dividing 64 bits is several times faster, and holds the years 1678 to 2261.
    match (i64::try_from(t.0), i64::try_from(slide.0)) {
        (Ok(t), Ok(slide)) => t.div_euclid(slide),
        _ => t.0.div_euclid(slide.0) as i64, // at most 2.6e14: see `Slide`
    }
}

/// The first bucket that still counts when everything that ends at or before `horizon` is gone.
pub(super) fn first_alive(horizon: EventTime, slide: Slide) -> i64 {
    // Bucket n ends at (n + 1) × slide; it is alive if that is after the horizon.
    bucket_of(horizon, slide)
}

/// Where bucket `number` ends.
pub(super) fn end_of(number: i64, slide: Slide) -> i128 {
    (i128::from(number) + 1) * slide.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i128 = 60_000_000_000;

    fn every_minute() -> Slide {
        Slide::new(MINUTE).expect("a minute is more than a millisecond")
    }

    #[test]
    fn an_event_on_the_edge_opens_the_next_bucket() {
        assert_eq!(bucket_of(EventTime(5 * MINUTE), every_minute()), 5);
        assert_eq!(bucket_of(EventTime(5 * MINUTE - 1), every_minute()), 4);
    }

    #[test]
    fn time_before_the_epoch_floors_towards_the_past() {
        assert_eq!(bucket_of(EventTime(-1), every_minute()), -1);
        assert_eq!(bucket_of(EventTime(-MINUTE), every_minute()), -1);
        assert_eq!(bucket_of(EventTime(-MINUTE - 1), every_minute()), -2);
    }

    #[test]
    fn a_bucket_that_ends_at_the_horizon_is_gone() {
        assert_eq!(first_alive(EventTime(5 * MINUTE), every_minute()), 5, "bucket 4 ends at minute 5");
        assert_eq!(first_alive(EventTime(5 * MINUTE - 1), every_minute()), 4);
    }

    #[test]
    fn the_whole_range_of_timestamps_has_bucket_numbers() {
        let first = EventTime(-62_135_596_800 * 1_000_000_000);
        let last = EventTime(253_402_300_799 * 1_000_000_000 + 999_999_999);
        let finest = Slide::new(1_000_000).expect("a millisecond");
        assert_eq!(bucket_of(first, finest), -62_135_596_800_000);
        assert_eq!(bucket_of(last, finest), 253_402_300_799_999);
    }
}
