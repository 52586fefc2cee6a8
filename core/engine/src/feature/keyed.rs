//! The windows of one feature, by key.

use hashbrown::HashMap;

use super::Definition;
use super::bucket::{EventTime, bucket_of, first_alive};
use super::window::{Amount, Window};

/// What an event brings to one feature.
pub(crate) struct Input<'a> {
    /// Its key, in canonical bytes.
    pub(crate) key: &'a [u8],
    /// What it adds; `None` if `where` leaves it out, or it is late.
    pub(crate) amount: Option<Amount>,
}

/// When an event stands against the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The event's own time.
    pub(crate) time: EventTime,
    /// Buckets that end at or before this are gone: mark − max_disorder − size.
    pub(crate) horizon: EventTime,
}

/// All windows of a feature.
#[derive(Debug, Default)]
pub(crate) struct Keyed {
    windows: HashMap<Vec<u8>, Window>,
}

/// A sum left the range of its type: the window is unchanged, and reading it is an error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

impl Keyed {
    /// Brings an event into its window and reads it, in the order that `current` says.
    pub(crate) fn observe(&mut self, input: &Input<'_>, at: Moment, of: &Definition) -> Result<Amount, Overflow> {
        let Some(window) = self.window(input) else { return Ok(of.zero) };
        step(window, input, at, of)
    }

    /// What [`Self::observe`] would give; changes nothing.
    pub(crate) fn preview(&self, input: &Input<'_>, at: Moment, of: &Definition) -> Result<Amount, Overflow> {
        let mut window = self.windows.get(input.key).cloned().unwrap_or_default();
        step(&mut window, input, at, of)
    }

    /// The key's window, made if the event will stand in it.
    fn window(&mut self, input: &Input<'_>) -> Option<&mut Window> {
        if input.amount.is_none() {
            return self.windows.get_mut(input.key);
        }
        Some(self.windows.entry_ref(input.key).or_default())
    }
}

fn step(window: &mut Window, input: &Input<'_>, at: Moment, of: &Definition) -> Result<Amount, Overflow> {
    let alive = first_alive(at.horizon, of.slide);
    window.forget(alive);
    let newest = bucket_of(at.time, of.slide);
    let range = (newest - of.buckets + 1).max(alive)..=newest;
    let read = |window: &Window| window.read(range.clone(), of.zero).ok_or(Overflow);
    let Some(amount) = input.amount else { return read(window) };
    let before = if of.current_included { None } else { Some(read(window)) };
    let added = window.add(newest, amount, of.zero).ok_or(Overflow);
    match before {
        Some(before) => added.and(before),
        None => added.and_then(|()| read(window)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Slide;
    use super::*;

    const MINUTE: i128 = 60_000_000_000;

    fn definition(buckets: i64, current_included: bool) -> Definition {
        let slide = Slide::new(MINUTE).expect("a minute is more than a millisecond");
        Definition { slide, buckets, current_included, zero: Amount::Int(0) }
    }

    fn at(time: i128, horizon: i128) -> Moment {
        Moment { time: EventTime(time), horizon: EventTime(horizon) }
    }

    fn one(key: &[u8]) -> Input<'_> {
        Input { key, amount: Some(Amount::Int(1)) }
    }

    #[test]
    fn included_updates_then_reads_and_excluded_reads_then_updates() {
        for (included, expected) in [(true, [1, 2]), (false, [0, 1])] {
            let mut windows = Keyed::default();
            let read: Vec<_> =
                (0..2).map(|_| windows.observe(&one(b"k"), at(0, -MINUTE), &definition(1, included))).collect();
            assert_eq!(read, expected.map(|count| Ok(Amount::Int(count))));
        }
    }

    #[test]
    fn a_preview_reads_what_would_be_and_changes_nothing() {
        let mut windows = Keyed::default();
        let (moment, of) = (at(0, -MINUTE), definition(1, true));
        assert_eq!(windows.preview(&one(b"k"), moment, &of), Ok(Amount::Int(1)));
        assert_eq!(windows.observe(&one(b"k"), moment, &of), Ok(Amount::Int(1)));
    }

    #[test]
    fn reading_alone_makes_no_window() {
        let mut windows = Keyed::default();
        let input = Input { key: b"k", amount: None };
        assert_eq!(windows.observe(&input, at(0, -MINUTE), &definition(1, true)), Ok(Amount::Int(0)));
        assert!(windows.windows.is_empty());
    }

    proptest! {
        /// The plain model keeps every event and filters by the sentence of the contract.
        #[test]
        fn buckets_agree_with_a_model_that_keeps_every_event(
            events in prop::collection::vec((0..3_u8, -600..600_i128, any::<bool>()), 1..80),
            buckets in 1..6_i64,
            disorder in 0..120_i128,
            included: bool,
        ) {
            let (second, of) = (MINUTE / 60, definition(buckets, included));
            let size = MINUTE * i128::from(buckets);
            let (mut windows, mut kept, mut mark) = (Keyed::default(), Vec::new(), i128::MIN / 2);
            for (key, time, counts) in events {
                let time = time * second;
                let late = time < mark - disorder * second;
                mark = mark.max(time);
                let horizon = mark - disorder * second - size;
                let enters = counts && !late;
                let edge = (time.div_euclid(MINUTE) + 1) * MINUTE; // the time rounded up; an edge goes to the next
                let model = |kept: &[(u8, i128)]| {
                    let inside = kept.iter().filter(|(other, t)| {
                        let start = t.div_euclid(MINUTE) * MINUTE;
                        *other == key && start >= edge - size && start < edge && start + MINUTE > horizon
                    });
                    Ok(Amount::Int(inside.count() as i64))
                };
                let before = model(&kept);
                if enters {
                    kept.push((key, time));
                }
                let expected = if included { model(&kept) } else { before };
                let bytes = [key];
                let input = Input { key: &bytes, amount: enters.then_some(Amount::Int(1)) };
                prop_assert_eq!(windows.observe(&input, at(time, horizon), &of), expected);
            }
        }
    }
}
