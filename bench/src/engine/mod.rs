//! The group `engine`: the core by itself, in one thread, from bytes to decisions.

mod journal;
mod memory;
mod payments;
mod peer;
mod rules;
mod snapshot;
mod update;

use std::process::ExitCode;

use crate::measure::{self, Scale, Series};

/// Runs every family, one after the other.
pub(crate) fn run(scale: Scale, say: &mut dyn FnMut(&str)) -> Result<Vec<Series>, String> {
    let mut all = Vec::new();
    say("rules, bound");
    all.extend(measure::run(&mut rules::Lines::bound(scale)));
    say("rules, from bytes to decisions");
    all.extend(measure::run(&mut rules::Lines::whole(scale)));
    say("one feature, update and read");
    all.extend(measure::run(&mut update::Update::new(scale)));
    say("memory of windows");
    all.extend(measure::run(&mut memory::Memory::new(scale)?));
    say("a peer's windows");
    all.extend(measure::run(&mut peer::Peer::new(scale)));
    say("payments through twenty rules");
    all.extend(measure::run(&mut payments::Payments::new(scale)));
    say("the journal");
    all.extend(measure::run(&mut journal::Journals::new(scale)?));
    say("the pause of a snapshot");
    all.extend(measure::run(&mut snapshot::Pause::new(scale)));
    Ok(all)
}

/// A measurement that runs in a process of its own.
pub(crate) fn child(name: &str, arguments: &[String]) -> ExitCode {
    match name {
        "memory" => memory::child(arguments),
        "load" => rules::load::child(arguments),
        _ => {
            eprintln!("there is no child {name:?}");
            ExitCode::FAILURE
        }
    }
}
