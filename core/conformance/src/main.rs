//! Runs the conformance suite of CEL against `fishplate-cel`, and holds the outcome to docs/cel-conformance.md.
//!
//! `cel-conformance SUITE PAGE` prints a line for each file of the suite and last `cel-spec: P of N passed, M not
//! applicable`. It fails if a case fails that the page does not list, if a case passes that the page lists, or if the
//! page's own count is another. With `--write` the page's lists are written anew; a case that is new on a list gets the
//! reason `unexplained`, with which no run passes. With `--show PATTERN` it prints what became of the cases whose name
//! contains the pattern.

mod case;
mod compare;
mod environment;
mod page;
mod suite;
mod values;

use std::{path::Path, process::ExitCode};

use case::Outcome;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [suite, page] => run(suite, page, Mode::Hold),
        ["--write", suite, page] => run(suite, page, Mode::Write),
        ["--show", pattern, suite, page] => run(suite, page, Mode::Show(pattern)),
        _ => Err("use: cel-conformance [--write | --show PATTERN] SUITE PAGE".to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// What is done with the outcomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode<'m> {
    /// Hold them to the page.
    Hold,
    /// Write the page's lists anew.
    Write,
    /// Print those of the cases whose name contains this.
    Show(&'m str),
}

fn run(suite: &str, page: &str, mode: Mode<'_>) -> Result<bool, String> {
    let suite = suite::load(Path::new(suite))?;
    let text = std::fs::read_to_string(page).map_err(|error| format!("{page}: {error}"))?;
    let lists = page::read(&text)?;
    let mut total = page::Count::default();
    let mut outcomes = Vec::new();
    for file in &suite.files {
        let mut count = page::Count::default();
        for case in &file.cases {
            let outcome = case::run(&suite, case);
            if let Mode::Show(pattern) = mode
                && case.name.contains(pattern)
            {
                println!("{}: {outcome:?}\n    {}", case.name, case.expression());
            }
            let applies = !lists.not_applicable.iter().any(|row| row.covers(&case.name));
            count.add(applies, outcome == Outcome::Passed);
            outcomes.push((case.name.clone(), applies, outcome));
        }
        println!("{:>20}  {count}", file.name);
        total.join(&count);
    }
    println!("cel-spec: {total}");
    match mode {
        Mode::Show(_) => Ok(true),
        Mode::Hold => Ok(page::held(&lists, &outcomes, &total)),
        Mode::Write => {
            std::fs::write(page, page::rewritten(&text, &lists, &outcomes, &total))
                .map_err(|error| error.to_string())?;
            Ok(true)
        }
    }
}
