//! `results.json`: a row a measurement. What `met` says is computed here, of ratio and target, and nowhere else.

use serde::Serialize;

use super::Group;
use crate::measure::summary::Summary;
use crate::measure::{Series, Target};

/// A row. Figures are null where no round counted; target and met, where a case is held to nothing.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Row {
    group: String,
    case: String,
    value: Option<f64>,
    unit: String,
    reference: String,
    ratio: Option<f64>,
    target: Option<String>,
    met: Option<bool>,
    rounds: usize,
    spread: Option<f64>,
}

/// The rows of all groups.
pub(super) fn rows(groups: &[Group]) -> Vec<Row> {
    groups.iter().flat_map(|group| group.series.iter().map(|series| row(&group.name, series))).collect()
}

fn row(group: &str, series: &Series) -> Row {
    let (case, summary) = (&series.case, Summary::of(series));
    let reference = match summary {
        Some(summary) => format!("{}: {} {}", case.reference, rounded(summary.limit), case.unit),
        None => case.reference.clone(),
    };
    Row {
        group: group.into(),
        case: case.name.clone(),
        value: summary.map(|summary| rounded(summary.value)),
        unit: case.unit.clone(),
        reference,
        ratio: summary.map(|summary| rounded(summary.ratio)),
        target: case.target.map(target_text),
        // A target that could not be measured is not met.
        met: case.target.map(|target| summary.and_then(|summary| summary.met(Some(target))).unwrap_or(false)),
        rounds: summary.map_or(0, |summary| summary.rounds),
        spread: summary.map(|summary| rounded(summary.spread)),
    }
}

/// As it stands in the rows: `<= 1.6` or `>= 8`.
pub(super) fn target_text(target: Target) -> String {
    match target {
        Target::AtMost(most) => format!("<= {most}"),
        Target::AtLeast(least) => format!(">= {least}"),
    }
}

/// Four significant digits: more of them mean nothing.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Case, Reading};

    fn series(readings: Vec<Reading>, target: Option<Target>) -> Series {
        let (name, unit, reference) = ("a".into(), "ns".into(), "b".into());
        Series { case: Case { name, unit, reference, target, about: String::new(), curve: None }, readings }
    }

    #[test]
    fn a_row_has_the_fields_that_the_targets_name_and_no_others() {
        let reading = Reading { value: 123.456, limits: [50.0, 50.0] };
        let found =
            serde_json::to_value(row("engine", &series(vec![reading], Some(Target::AtMost(3.0))))).expect("plain");
        let expected = serde_json::json!({
            "group": "engine", "case": "a", "value": 123.5, "unit": "ns", "reference": "b: 50 ns", "ratio": 2.469,
            "target": "<= 3", "met": true, "rounds": 1, "spread": 0.0
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_target_that_could_not_be_measured_is_not_met_and_no_target_is_neither() {
        let wild = Reading { value: 1.0, limits: [50.0, 100.0] };
        let row_of = |target| row("engine", &series(vec![wild], target));
        assert_eq!((row_of(Some(Target::AtLeast(0.0))).met, row_of(None).met), (Some(false), None));
        assert_eq!((row_of(None).value, row_of(None).rounds), (None, 0));
    }

    #[test]
    fn four_digits_remain() {
        assert_eq!([rounded(123_456.0), rounded(0.000_123_456), rounded(2.0)], [123_500.0, 0.000_123_5, 2.0]);
    }
}
