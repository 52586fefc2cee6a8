//! `index.html`: one file, nothing fetched, readable in light and in dark.

use std::fmt::Write;

use super::results::{rounded, target_text};
use super::{Group, curve, plot};
use crate::measure::summary::Summary;
use crate::measure::{Scale, Series};

const STYLE: &str = "
:root { color-scheme: light dark; --text: #1c1e21; --dim: #5c6370; --line: #c8ccd2; --back: #ffffff; --good: #0a7d33;
  --bad: #b3261e; --dot: #2f6fb3; --limit: #5c6370; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6ea; --dim: #9aa1ac; --line: #3b4048; --back: #15171a;
  --good: #57c77a; --bad: #ff8a80; --dot: #79b4f2; --limit: #9aa1ac; } }
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 68rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 1.8rem 0 .3rem; }
code { font: 13px ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } th { color: var(--dim); font-weight: 600; }
dt { color: var(--dim); } dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content auto; } dd { margin: 0; }
.yes { color: var(--good); font-weight: 600; } .no { color: var(--bad); font-weight: 600; } .dim { color: var(--dim); }
svg { display: block; height: auto; max-width: 40rem; width: 100%; }
svg text { fill: var(--dim); font: 11px system-ui, sans-serif; }
.axis { stroke: var(--line); } .limit { stroke: var(--limit); } .target { stroke: var(--bad); stroke-dasharray: 4 3; }
text.limit, text.target { stroke: none; } .round { fill: var(--dot); fill-opacity: .45; } .median { fill: var(--text); }
.thrown { fill: none; stroke: var(--dim); }
.ours { fill: none; stroke: var(--dot); stroke-width: 3; } .theirs { fill: none; stroke: var(--limit); }
";

const METHOD: &str = "\
<p>Machines are noisy, so no figure stands alone: each is a ratio to a peer or to a limit that was measured in the same \
run. In every round of a case the limit is measured before and after the value; a round whose two limits differ by more \
than 15 % is thrown away, and counted. The cases of a family take turns, so that what disturbs the machine disturbs all \
of them. Value, limit and ratio are medians over the rounds that count; the ratio is taken in each round. The spread is \
how far apart the middle half of the ratios is, as a share of their median. A target that is met or not is a matter of \
ratio and target alone; where there is no target the figure is shown for what it is. Each dot is a round, a hollow one \
was thrown away, the bar is the median, and the scale is logarithmic.</p>";

/// The page of these groups.
pub(super) fn write(groups: &[Group], scale: Scale) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Fishplate: benchmarks</title>\
         <style>{STYLE}</style></head><body>\n<h1>Fishplate: benchmarks</h1>\n"
    );
    if scale == Scale::Smoke {
        page += "<p class=\"no\">A smoke run: it shows that everything runs; its figures mean nothing.</p>\n";
    }
    page += METHOD;
    for group in groups {
        section(&mut page, group);
    }
    page + "</body></html>\n"
}

fn section(page: &mut String, group: &Group) {
    let machine = &group.machine;
    let peers: Vec<String> = machine.peers.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let facts = [
        ("command", format!("<code>{}</code>", escaped(&group.command))),
        ("measured", format!("{}, in {} s, at commit {}", group.day, group.seconds, escaped(&machine.commit))),
        (
            "machine",
            escaped(&format!(
                "{}, {} processors, {} GiB, {}",
                machine.processor, machine.processors, machine.memory_gib, machine.kernel
            )),
        ),
        ("versions", escaped(&format!("{}; {}", machine.compiler, peers.join(", ")))),
    ];
    let _ = write!(page, "\n<h2>{}</h2>\n<dl>", escaped(&group.name)); // a String takes everything, here and below
    for (name, text) in facts {
        let _ = write!(page, "<dt>{name}</dt><dd>{text}</dd>");
    }
    *page += "</dl>\n<div class=\"wide\"><table><thead><tr><th>case</th><th>value</th><th>limit</th><th>ratio</th>\
              <th>target</th><th>met</th><th>rounds</th><th>thrown away</th><th>spread</th></tr></thead><tbody>\n";
    for series in &group.series {
        row(page, series);
    }
    *page += "</tbody></table></div>\n";
    for (title, picture, reference) in curve::all(&group.series) {
        let (title, reference) = (escaped(&title), escaped(&reference));
        let _ = write!(
            page,
            "<h3>{title}</h3>\n<p class=\"dim\">The thick line is the value, the thin one {reference}.</p>\n{picture}\n"
        );
    }
    for series in group.series.iter().filter(|series| series.case.curve.is_none()) {
        let case = &series.case;
        let (name, reference, about) = (escaped(&case.name), escaped(&case.reference), escaped(&case.about));
        let median = Summary::of(series).map(|summary| summary.ratio);
        let strip = plot::strip(series, median);
        let _ = write!(
            page,
            "<h3>{name}</h3>\n<p>{about}<br><span class=\"dim\">Against {reference}.</span></p>\n{strip}\n"
        );
    }
}

fn row(page: &mut String, series: &Series) {
    let case = &series.case;
    let summary = Summary::of(series);
    let figure = |value: Option<f64>| value.map_or("–".into(), figure);
    let unit = |value: Option<f64>| {
        value.map_or("–".into(), |value| format!("{} {}", self::figure(value), escaped(&case.unit)))
    };
    let met = match (case.target, summary.and_then(|summary| summary.met(case.target))) {
        (None, _) => "<td class=\"dim\">–</td>",
        (_, Some(true)) => "<td class=\"yes\">yes</td>",
        (_, Some(false)) => "<td class=\"no\">no</td>",
        (_, None) => "<td class=\"no\">not measured</td>",
    };
    let thrown = summary.map_or(series.readings.len(), |summary| summary.thrown);
    let _ = writeln!(
        page,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{met}<td>{}</td><td>{thrown}</td><td>{}</td></tr>",
        escaped(&case.name),
        unit(summary.map(|summary| summary.value)),
        unit(summary.map(|summary| summary.limit)),
        figure(summary.map(|summary| summary.ratio)),
        case.target.map_or("–".into(), |target| escaped(&target_text(target))),
        summary.map_or(0, |summary| summary.rounds),
        summary.map_or("–".into(), |summary| format!("{:.0} %", 100.0 * summary.spread)),
    );
}

/// A figure for people: four digits, thousands apart.
fn figure(value: f64) -> String {
    let value = rounded(value);
    if value.abs() < 1_000.0 {
        return format!("{value}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits_and_thousands_stand_apart() {
        assert_eq!([figure(1_234_567.0), figure(99.994), figure(0.001_234_5)], ["1,235,000", "99.99", "0.001234"]);
    }

    #[test]
    fn what_is_written_is_text() {
        assert_eq!(escaped("a < b & \"c\""), "a &lt; b &amp; &quot;c&quot;");
    }
}
