//! The buckets of one key, oldest first, and what they add up to. Knows no keys and no time beyond bucket numbers.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use fishplate_cel::Value;

/// A number that is added up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Int(i64),
    Uint(u64),
    Double(f64),
}

impl Amount {
    /// The sum; `None` where it leaves the type's range.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.checked_add(b).map(Self::Int),
            (Self::Uint(a), Self::Uint(b)) => a.checked_add(b).map(Self::Uint),
            (Self::Double(a), Self::Double(b)) => Some(Self::Double(a + b)),
            _ => None, // a feature has one type, which the checker gave it
        }
    }

    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Uint(value) => Some(Self::Uint(*value)),
            Value::Double(value) => Some(Self::Double(*value)),
            _ => None,
        }
    }

    pub(crate) fn value(self) -> Value {
        match self {
            Self::Int(value) => Value::Int(value),
            Self::Uint(value) => Value::Uint(value),
            Self::Double(value) => Value::Double(value),
        }
    }
}

/// The buckets that hold anything, oldest first. Its length is bounded by size, slide and disorder, because
/// [`Self::forget`] runs before each addition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    buckets: VecDeque<(i64, Amount)>,
}

impl Window {
    /// Drops the buckets before `first`.
    pub(crate) fn forget(&mut self, first: i64) {
        while self.buckets.front().is_some_and(|(number, _)| *number < first) {
            self.buckets.pop_front();
        }
    }

    /// Adds to bucket `number`, behind what came before. `None`, and nothing changed, if the sum leaves its range.
    pub(crate) fn add(&mut self, number: i64, amount: Amount, zero: Amount) -> Option<()> {
        // From the back: events come nearly in order.
        let behind = self.buckets.iter().rev().take_while(|(other, _)| *other > number).count();
        let at = self.buckets.len() - behind;
        match at.checked_sub(1).and_then(|before| self.buckets.get_mut(before)) {
            Some((other, sum)) if *other == number => *sum = sum.plus(amount)?,
            _ => self.buckets.insert(at, (number, zero.plus(amount)?)),
        }
        debug_assert!(self.buckets.iter().zip(self.buckets.iter().skip(1)).all(|(a, b)| a.0 < b.0));
        Some(())
    }

    /// What the buckets of `range` add up to, oldest first; `None` if that leaves the range of the type.
    pub(crate) fn read(&self, range: RangeInclusive<i64>, zero: Amount) -> Option<Amount> {
        let inside = self.buckets.iter().filter(|(number, _)| range.contains(number));
        inside.map(|(_, amount)| *amount).try_fold(zero, Amount::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Amount = Amount::Double(0.0);

    #[test]
    fn doubles_add_in_arrival_order_within_a_bucket_and_buckets_oldest_first() {
        let mut window = Window::default();
        for (number, amount) in [(2, 1e16), (1, 1.0), (2, 1.0), (1, 1.0)] {
            window.add(number, Amount::Double(amount), ZERO).expect("doubles do not overflow");
        }
        // Bucket 1: 1 + 1 = 2. Bucket 2: 1e16 + 1 = 1e16 (the 1 is lost there). Then 2 + 1e16.
        assert_eq!(window.read(1..=2, ZERO), Some(Amount::Double(10_000_000_000_000_002.0)));
    }

    #[test]
    fn a_sum_that_would_leave_its_range_changes_nothing() {
        let (mut window, zero) = (Window::default(), Amount::Int(0));
        window.add(1, Amount::Int(i64::MAX), zero).expect("fits");
        assert_eq!(window.add(1, Amount::Int(1), zero), None);
        assert_eq!(window.read(1..=1, zero), Some(Amount::Int(i64::MAX)));
        window.add(2, Amount::Int(1), zero).expect("a bucket of its own");
        assert_eq!(window.read(1..=2, zero), None, "the buckets together leave the range");
        assert_eq!(window.read(2..=2, zero), Some(Amount::Int(1)));
    }

    #[test]
    fn an_empty_window_reads_zero() {
        assert_eq!(Window::default().read(0..=9, ZERO), Some(ZERO));
    }

    #[test]
    fn what_is_before_the_first_is_forgotten() {
        let mut window = Window::default();
        for number in [1, 2, 3] {
            window.add(number, Amount::Int(1), Amount::Int(0)).expect("fits");
        }
        window.forget(3);
        assert_eq!(window.read(0..=9, Amount::Int(0)), Some(Amount::Int(1)));
    }
}
