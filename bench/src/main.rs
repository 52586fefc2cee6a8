//! `make bench`: measures groups of cases side by side with peers and limits, and writes the page that shows them.
//!
//!     fishplate-bench                 every group
//!     fishplate-bench engine          one group
//!     fishplate-bench engine --smoke  a little of everything, into the build folder: does it run?

mod engine;
mod events;
mod measure;
mod report;

use std::process::ExitCode;
use std::time::Instant;

use measure::Scale;
use report::{Group, Machine};

/// The groups that are built so far.
const BUILT: [&str; 1] = ["engine"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [child, name, rest @ ..] = arguments.as_slice()
        && child == "child"
    {
        return engine::child(name, rest);
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let scale = if arguments.iter().any(|argument| argument == "--smoke") { Scale::Smoke } else { Scale::Full };
    let chosen: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--smoke").collect();
    if let Some(unknown) = chosen.iter().find(|name| !BUILT.contains(name)) {
        return Err(format!("there is no group {unknown:?}; there are {}", BUILT.join(", ")));
    }
    for name in if chosen.is_empty() { BUILT.to_vec() } else { chosen } {
        let group = measure_group(name, scale)?;
        let folder = report::write(&group, scale)?;
        eprintln!("bench: {name} took {} s; {}", group.seconds, folder.join("index.html").display());
    }
    Ok(())
}

fn measure_group(name: &str, scale: Scale) -> Result<Group, String> {
    let start = Instant::now();
    let mut say = |what: &str| eprintln!("bench: {name}, {} s: {what}", start.elapsed().as_secs());
    let series = match name {
        "engine" => engine::run(scale, &mut say)?,
        _ => return Err(format!("group {name:?} is not built yet")),
    };
    Ok(Group {
        name: name.into(),
        command: format!("make bench GROUP={name}"),
        day: report::today(),
        seconds: start.elapsed().as_secs(),
        machine: Machine::here(),
        series,
    })
}
