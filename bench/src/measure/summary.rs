//! What many readings say together: which rounds count, medians, spread, and whether a target is met. Nothing else
//! decides that.

use super::{Reading, Series, Target};

/// Two readings of one limit that differ by more than this say that the machine was busy with something else.
const STEADY: f64 = 0.15;

/// A case in figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Medians of the rounds that count.
    pub(crate) value: f64,
    pub(crate) limit: f64,
    /// Median of each round's value by the mean of its two limits.
    pub(crate) ratio: f64,
    /// How far apart the middle half of the ratios is, by their median.
    pub(crate) spread: f64,
    /// Rounds that count, and rounds that were thrown away.
    pub(crate) rounds: usize,
    pub(crate) thrown: usize,
}

impl Summary {
    /// `None` if no round counts.
    pub(crate) fn of(series: &Series) -> Option<Self> {
        let steady: Vec<Reading> = series.readings.iter().copied().filter(is_steady).collect();
        let ratios = sorted(steady.iter().map(ratio));
        let median_of = |values: Vec<f64>| quantile(&values, 0.5);
        let ratio = quantile(&ratios, 0.5)?;
        Some(Self {
            value: median_of(sorted(steady.iter().map(|reading| reading.value)))?,
            limit: median_of(sorted(steady.iter().flat_map(|reading| reading.limits)))?,
            ratio,
            spread: (quantile(&ratios, 0.75)? - quantile(&ratios, 0.25)?) / ratio.abs().max(f64::MIN_POSITIVE),
            rounds: steady.len(),
            thrown: series.readings.len() - steady.len(),
        })
    }

    /// Whether the target is met; `None` without one.
    pub(crate) fn met(&self, target: Option<Target>) -> Option<bool> {
        Some(match target? {
            Target::AtMost(most) => self.ratio <= most,
            Target::AtLeast(least) => self.ratio >= least,
        })
    }
}

/// Whether the limit was the same before and after.
pub(crate) fn is_steady(reading: &Reading) -> bool {
    let [before, after] = reading.limits;
    before > 0.0 && after > 0.0 && (before - after).abs() <= STEADY * before.min(after)
}

/// A round's value by its limit.
pub(crate) fn ratio(reading: &Reading) -> f64 {
    reading.value / ((reading.limits[0] + reading.limits[1]) / 2.0)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value at `share` of a sorted list, between its neighbours where it falls between them.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * (at - at.floor()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Case;

    fn series(readings: &[(f64, f64, f64)]) -> Series {
        let case = Case {
            name: "a".into(),
            unit: "ns".into(),
            reference: "b".into(),
            target: Some(Target::AtMost(2.0)),
            about: String::new(),
            curve: None,
        };
        let readings =
            readings.iter().map(|(before, value, after)| Reading { value: *value, limits: [*before, *after] });
        Series { case, readings: readings.collect() }
    }

    #[test]
    fn a_round_whose_limit_moved_by_more_than_fifteen_percent_is_thrown_away() {
        let summary = Summary::of(&series(&[(100.0, 150.0, 100.0), (100.0, 900.0, 116.0), (100.0, 170.0, 114.0)]));
        let summary = summary.expect("two rounds count");
        assert_eq!((summary.rounds, summary.thrown), (2, 1));
        assert!(Summary::of(&series(&[(100.0, 1.0, 200.0)])).is_none());
    }

    #[test]
    fn medians_are_of_the_rounds_and_the_ratio_is_of_each_round() {
        // The machine slows down by half: value and limit with it, and the ratio stays.
        let summary = Summary::of(&series(&[(100.0, 150.0, 100.0), (200.0, 300.0, 200.0), (400.0, 600.0, 400.0)]));
        let summary = summary.expect("all count");
        assert_eq!((summary.value, summary.limit, summary.ratio, summary.spread), (300.0, 200.0, 1.5, 0.0));
        assert_eq!(summary.met(Some(Target::AtMost(1.5))), Some(true));
        assert_eq!(summary.met(Some(Target::AtMost(1.4))), Some(false));
        assert_eq!(summary.met(Some(Target::AtLeast(1.6))), Some(false));
        assert_eq!(summary.met(None), None);
    }

    #[test]
    fn between_two_values_lies_their_mean() {
        assert_eq!(quantile(&[1.0, 2.0], 0.5), Some(1.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.25), Some(2.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
