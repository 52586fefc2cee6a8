//! From a document to a rule set, each time in a process of its own: rules are loaded when a service starts, into memory that is
//! as a new process finds it. One row shows the same in this process, which has measured other things for minutes: a service that
//! changes its rules is such a one.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use super::sets::{Constants, Shape, constants, document};
use super::{AIM, Line, Target, case, fixed, of_unit};
use crate::events::{load_bench, load_with_table};
use crate::measure::{Scale, child};

const RULES: &str = "rules";
const TABLE: &str = "table";

pub(super) fn lines(scale: Scale) -> Vec<Line> {
    let rules = "A YAML document with its .proto file: read, parsed, checked, planned, indexed.";
    let table = "A document whose one rule is a table of three columns in a CSV file: read, checked, planned, indexed.";
    let line = |(what, count, most, name, about): (&'static str, usize, f64, String, &str)| {
        let about = format!("{about} The first load of a process.");
        let value = move || {
            let arguments = [what.to_owned(), count.to_string()];
            child::run::<f64>("load", &arguments).unwrap_or_else(|error| panic!("{error}"))
        };
        Line {
            case: of_unit("ms", case(name, AIM, Some(Target::AtMost(1.0)), &about)),
            value: Box::new(value),
            limit: fixed(most),
        }
    };
    let [thousand, many, rows] =
        [(1_000, 100), (10_000, 200), (3_000, 100)].map(|(full, smoke)| scale.pick(full, smoke));
    let lines = [
        (RULES, thousand, 20.0, format!("compiling {thousand} rules b"), rules),
        (RULES, many, 300.0, format!("compiling {many} rules b"), rules),
        (TABLE, rows, 50.0, format!("loading a table of {rows} rows"), table),
    ];
    let mut lines: Vec<Line> = lines.map(line).into();
    lines.push(late(thousand));
    lines
}

/// In this process.
fn late(rules: usize) -> Line {
    let text = document(Shape::B, rules);
    let about = "The same as the row above of as many rules, in the process that measures, minutes after it started.";
    let value = move || {
        let start = Instant::now();
        black_box(load_bench(black_box(&text)));
        start.elapsed().as_secs_f64() * 1e3
    };
    Line {
        case: of_unit(
            "ms",
            case(format!("compiling {rules} rules b, late in a process"), AIM, Some(Target::AtMost(1.0)), about),
        ),
        value: Box::new(value),
        limit: fixed(20.0),
    }
}

/// Loads once, and prints how many milliseconds that took.
pub(crate) fn child(arguments: &[String]) -> ExitCode {
    let [what, count] = arguments else { return ExitCode::FAILURE };
    let Ok(count) = count.parse() else { return ExitCode::FAILURE };
    let (text, cells) = if what == TABLE { table(count) } else { (document(Shape::B, count), String::new()) };
    let start = Instant::now();
    let rule_set = if what == TABLE { load_with_table(&text, &cells) } else { load_bench(&text) };
    let spent = start.elapsed();
    black_box(rule_set);
    child::answer(&(spent.as_secs_f64() * 1e3))
}

/// A document with a decision table, and the table.
fn table(rows: usize) -> (String, String) {
    let text = "fishplate: 1\nname: bench\nschema: bench.proto#bench.v1.Event\noutputs:\n  \
                score: {type: int, merge: sum, default: 0}\nrules:\n  - id: T\n    table:\n      \
                when: {amount: event.amount, country: event.country, channel: event.channel}\n      \
                output: [score]\n      file: rows.csv\n";
    let mut cells = "id,amount,country,channel,score\n".to_owned();
    for at in 0..rows {
        let Constants { amount, countries: [a, b, _], channel, .. } = constants(Shape::B, at);
        cells += &format!("R{at},> {amount:?},\"\"\"{a}\"\", \"\"{b}\"\"\",\"\"\"{channel}\"\"\",{}\n", at % 9);
    }
    (text.to_owned(), cells)
}
