//! Plots as inline SVG. Colours are the page's own, by class, so that they are readable in light and in dark.

use std::fmt::Write;

use crate::measure::summary::{is_steady, ratio};
use crate::measure::{Series, Target};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 44.0;
const LEFT: f64 = 8.0;
const RIGHT: f64 = 8.0;

/// Every round's ratio as a dot on one line, thrown rounds hollow, the median as a bar, 1 and the target as lines. The
/// scale is logarithmic.
pub(super) fn strip(series: &Series, median: Option<f64>) -> String {
    let ratios: Vec<(f64, bool)> = series
        .readings
        .iter()
        .map(|reading| (ratio(reading), is_steady(reading)))
        .filter(|(at, _)| *at > 0.0)
        .collect();
    let target = series.case.target.map(|target| match target {
        Target::AtMost(at) | Target::AtLeast(at) => at,
    });
    let all = || ratios.iter().map(|(at, _)| *at).chain(target).chain([1.0]);
    let low = all().fold(f64::INFINITY, f64::min) / 1.25;
    let high = all().fold(0.0, f64::max) * 1.25;
    let x = |at: f64| LEFT + (WIDTH - LEFT - RIGHT) * (at / low).ln() / (high / low).ln();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"rounds by their ratio\">\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"22\" x2=\"{}\" y2=\"22\"/>",
        WIDTH - RIGHT
    );
    // Two names that would stand on each other are one.
    let close = target.is_some_and(|target| (x(target) - x(1.0)).abs() < 20.0);
    mark(&mut svg, x(1.0), "limit", if close { "" } else { "1" });
    if let Some(target) = target {
        mark(&mut svg, x(target), "target", &format!("target {target}"));
    }
    for (at, counts) in &ratios {
        let class = if *counts { "round" } else { "thrown" };
        let _ = write!(svg, "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"22\" r=\"4\"/>", x(*at)); // a String takes everything
    }
    if let Some(median) = median.filter(|median| *median > 0.0) {
        let _ = write!(svg, "<rect class=\"median\" x=\"{:.1}\" y=\"10\" width=\"3\" height=\"24\"/>", x(median) - 1.5);
    }
    svg + "</svg>"
}

/// A line across with a name under it.
fn mark(svg: &mut String, x: f64, class: &str, name: &str) {
    let anchor = if x > WIDTH - 60.0 { "end" } else { "start" };
    let text = if anchor == "end" { x - 4.0 } else { x + 4.0 };
    let _ = write!(
        svg,
        "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"4\" x2=\"{x:.1}\" y2=\"40\"/>\
         <text class=\"{class}\" x=\"{text:.1}\" y=\"42\" text-anchor=\"{anchor}\">{name}</text>"
    ); // a String takes everything
}
