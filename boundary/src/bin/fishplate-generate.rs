//! Writes the generated files of all bindings, or with `--check` says which are not as they should be (exit code 1).

use std::path::Path;
use std::process::ExitCode;

use fishplate_boundary::generate;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match std::env::args().nth(1).as_deref() {
        None => match generate::write(&root) {
            Ok(written) => {
                written.iter().for_each(|path| println!("written: {}", path.display()));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("cannot write: {error}");
                ExitCode::FAILURE
            }
        },
        Some("--check") => {
            let stale = generate::stale(&root);
            stale.iter().for_each(|file| eprintln!("not as the tables make it: {}", file.path));
            if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Some(other) => {
            eprintln!("unknown argument {other}: there is only --check");
            ExitCode::from(2)
        }
    }
}
