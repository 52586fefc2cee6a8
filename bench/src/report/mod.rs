//! What is written: each group's readings, and from all groups' readings `results.json` and `index.html`.

mod curve;
mod machine;
mod page;
mod plot;
mod results;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(crate) use machine::{Machine, today};

use crate::measure::{Scale, Series};

/// One run of one group.
#[derive(Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// As it was called.
    pub(crate) command: String,
    /// The day, in UTC.
    pub(crate) day: String,
    pub(crate) seconds: u64,
    pub(crate) machine: Machine,
    pub(crate) series: Vec<Series>,
}

/// The groups that there are, in the order of the page.
pub(crate) const GROUPS: [&str; 4] = ["engine", "borders", "ring", "grpc"];

/// This room.
fn room() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where builds put things: what is under it is never committed.
pub(crate) fn build_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| room().join("../target"), PathBuf::from)
}

/// Where a run's report goes. What a smoke run says is not worth keeping.
pub(crate) fn folder(scale: Scale) -> PathBuf {
    if scale == Scale::Full { room().join("report") } else { build_folder().join("bench-smoke") }
}

/// Writes a group's readings, then the report of all groups that have any.
pub(crate) fn write(group: &Group, scale: Scale) -> Result<PathBuf, String> {
    let folder = folder(scale);
    let readings = folder.join("readings");
    std::fs::create_dir_all(&readings).map_err(|error| format!("{}: {error}", readings.display()))?;
    put(&readings.join(format!("{}.json", group.name)), &json(group)?)?;
    let groups = read_all(&readings)?;
    put(&folder.join("results.json"), &json(&results::rows(&groups))?)?;
    put(&folder.join("index.html"), &page::write(&groups, scale))?;
    Ok(folder)
}

fn read_all(readings: &Path) -> Result<Vec<Group>, String> {
    let mut groups = Vec::new();
    for name in GROUPS {
        let path = readings.join(format!("{name}.json"));
        if path.exists() {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            groups.push(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(groups)
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
