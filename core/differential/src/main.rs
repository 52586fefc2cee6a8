//! Random expressions of CEL, evaluated here, by Google's engine and by the `cel` crate: no difference that
//! docs/cel-differential.md does not explain.
//!
//! `cel-differential PAGE [--python PYTHON] [--seed SEED] [--count COUNT]` first runs the page's examples, each of which must
//! still differ as it says, and then COUNT cases, one for each number from SEED on; last it prints `differential: N
//! expressions, 0 differ, M documented`. A case that differs prints its seed and the smallest expression that still does.
//! Google's engine is asked where a Python is named that has its package (requirements.txt).

mod classes;
mod compare;
mod engines;
mod expr;
mod generate;
mod grammar;
mod page;
mod peer;
mod random;
mod run;
mod template;
mod values;

use std::{path::PathBuf, process::ExitCode};

/// What the command line says.
struct Wanted {
    page: PathBuf,
    python: Option<PathBuf>,
    seed: u64,
    count: u64,
}

const USE: &str = "use: cel-differential PAGE [--python PYTHON] [--seed SEED] [--count COUNT]";

fn main() -> ExitCode {
    match wanted().and_then(|wanted| all(&wanted)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn wanted() -> Result<Wanted, String> {
    let mut arguments = std::env::args().skip(1);
    let page = arguments.next().ok_or(USE)?.into();
    let mut wanted = Wanted { page, python: None, seed: 0, count: 10_000 };
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(USE)?;
        let number = || value.parse().map_err(|error| format!("{flag} {value}: {error}"));
        match flag.as_str() {
            "--python" => wanted.python = Some(value.into()),
            "--seed" => wanted.seed = number()?,
            "--count" => wanted.count = number()?,
            _ => return Err(USE.to_owned()),
        }
    }
    Ok(wanted)
}

/// Whether nothing differs that the page does not explain.
fn all(wanted: &Wanted) -> Result<bool, String> {
    let text = std::fs::read_to_string(&wanted.page).map_err(|error| format!("{}: {error}", wanted.page.display()))?;
    let mut engines = peer::Engines::start(wanted.python.as_deref())?;
    // The crate may panic, which is an answer like any other.
    std::panic::set_hook(Box::new(|_| {}));
    let held = page::held(&text, &mut engines)?;
    let ran = run::run(&mut engines, wanted.seed, wanted.count)?;
    Ok(held && ran)
}
