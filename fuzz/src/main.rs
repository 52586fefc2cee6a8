//! `fishplate-fuzz TARGET` writes what libFuzzer begins with: the target's seeds into the folder FISHPLATE_FUZZ_SEEDS, and
//! its words beside that, as a dictionary.

use std::{env, fs, path::PathBuf, process::ExitCode};

use fishplate_fuzz::TARGETS;

fn main() -> ExitCode {
    match written() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn written() -> Result<(), String> {
    let name = env::args().nth(1).unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = TARGETS.iter().find(|target| target.name == name).ok_or(format!("the targets are {names:?}"))?;
    let folder = PathBuf::from(env::var("FISHPLATE_FUZZ_SEEDS").map_err(|_| "FISHPLATE_FUZZ_SEEDS names no folder")?);
    let put =
        |path: PathBuf, bytes: &[u8]| fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()));
    for (number, seed) in (target.seeds)().iter().enumerate() {
        put(folder.join(format!("seed-{number}")), seed)?;
    }
    let escaped = |word: &&str| -> String {
        let byte = |byte: u8| format!("\\x{byte:02x}");
        format!("\"{}\"\n", word.bytes().map(byte).collect::<String>())
    };
    put(folder.with_extension("dict"), target.words.iter().map(escaped).collect::<String>().as_bytes())
}
