//! Writes the generated files of all bindings, or with `--check` says which are not as they should be (exit code 1).

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use fishplate_boundary::generate;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let done = match std::env::args().nth(1).as_deref() {
        None => write(&root),
        Some("--check") => check(&root),
        Some(other) => {
            eprintln!("unknown argument {other}: there is only --check");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn write(root: &Path) -> Result<ExitCode, Box<dyn Error>> {
    generate::write(root)?.iter().for_each(|path| println!("written: {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

fn check(root: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let stale = generate::stale(root)?;
    stale.iter().for_each(|file| eprintln!("not as the tables make it: {}", file.path));
    Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
