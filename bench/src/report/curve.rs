//! Curves as inline SVG: the cases that are points of one, both axes logarithmic, value and limit as a line each.

use std::fmt::Write;

use crate::measure::Series;
use crate::measure::summary::Summary;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// What one curve is made of.
struct Points {
    title: String,
    reference: String,
    /// From left to right: place, value, limit.
    points: Vec<(f64, f64, f64)>,
}

/// Every curve that some cases are points of: its title, its picture, and what its second line is.
pub(super) fn all(series: &[Series]) -> Vec<(String, String, String)> {
    let mut curves: Vec<Points> = Vec::new();
    for one in series {
        let (Some(curve), Some(summary)) = (&one.case.curve, Summary::of(one)) else { continue };
        let point = (curve.x, summary.value, summary.limit);
        match curves.iter_mut().find(|known| known.title == curve.plot) {
            Some(known) => known.points.push(point),
            None => curves.push(Points {
                title: curve.plot.clone(),
                reference: one.case.reference.clone(),
                points: vec![point],
            }),
        }
    }
    curves.into_iter().map(|curve| (curve.title.clone(), picture(&curve), curve.reference)).collect()
}

/// The decades around some values.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (i32, i32) {
    let low = values.clone().fold(f64::INFINITY, f64::min).max(f64::MIN_POSITIVE);
    let high = values.fold(0.0, f64::max).max(low);
    let (low, high) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    (low, high.max(low + 1))
}

fn picture(curve: &Points) -> String {
    let across = decades(curve.points.iter().map(|point| point.0));
    let up = decades(curve.points.iter().flat_map(|point| [point.1, point.2]));
    let share = |value: f64, (low, high): (i32, i32)| (value.log10() - f64::from(low)) / f64::from(high - low);
    let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * share(value, across);
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share(value, up);
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"a curve\">");
    for decade in across.0..=across.1 {
        let (value, at) = (10f64.powi(decade), x(10f64.powi(decade)));
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{}\"/>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{value}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - 8.0
        ); // a String takes everything, here and below
    }
    for decade in up.0..=up.1 {
        let (value, at) = (10f64.powi(decade), y(10f64.powi(decade)));
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{}\" y2=\"{at:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (class, of) in [("theirs", 2), ("ours", 1)] {
        let mut line = String::new();
        for point in &curve.points {
            let value = if of == 1 { point.1 } else { point.2 };
            let _ = write!(line, "{:.1},{:.1} ", x(point.0), y(value));
        }
        let _ = write!(svg, "<polyline class=\"{class}\" points=\"{}\"/>", line.trim_end());
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Case, Curve, Reading};

    #[test]
    fn cases_of_one_plot_are_one_curve() {
        let series = |x: f64, value: f64| Series {
            case: Case {
                name: format!("{x}"),
                unit: "ns".into(),
                reference: "a peer".into(),
                target: None,
                about: String::new(),
                curve: Some(Curve { plot: "cost".into(), x }),
            },
            readings: vec![Reading { value, limits: [value * 10.0; 2] }],
        };
        let curves = all(&[series(1.0, 5.0), series(10.0, 20.0), series(100.0, 30.0)]);
        assert_eq!(curves.len(), 1);
        let (title, picture, reference) = &curves[0];
        assert_eq!((title.as_str(), reference.as_str()), ("cost", "a peer"));
        assert_eq!(picture.matches("<polyline").count(), 2);
        assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    }
}
