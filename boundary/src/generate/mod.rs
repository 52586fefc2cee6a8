//! The generator: from the table of operations and the core's own tables to every language's plumbing.
//!
//! It writes plain functions into a binding's `generated` place (cbindgen silently leaves out what macros make). The
//! files are checked in; [`check`] makes them again and compares. What it writes is decided by the tables alone.

use std::path::{Path, PathBuf};
use std::{fs, io};

mod java;
mod python;
mod words;

/// The first line of every generated file.
pub const HEAD: &str = "Generated from boundary/src/table.rs by `cargo run -p fishplate-boundary --features generate --bin fishplate-generate`; do not edit.";

/// A file as it should be.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Its path from the root of the repository.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Every generated file.
pub fn files() -> Vec<Generated> {
    vec![java::native(), java::status_code(), python::status()]
}

/// Writes every file under `root` that is not already as it should be; gives the paths written.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn write(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for file in stale(root) {
        let path = root.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, file.text)?;
        written.push(path);
    }
    Ok(written)
}

/// The files under `root` that are not as they should be.
pub fn stale(root: &Path) -> Vec<Generated> {
    files().into_iter().filter(|file| fs::read_to_string(root.join(&file.path)).ok().as_ref() != Some(&file.text)).collect()
}
