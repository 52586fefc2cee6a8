//! On what it was measured, and with which versions of everything.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::room;

/// A machine, as far as figures depend on it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    /// The commit of this repository; with a plus if there was more than it.
    pub(crate) commit: String,
    /// Name and version of each peer.
    pub(crate) peers: Vec<(String, String)>,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let cpu = read("/proc/cpuinfo");
        let memory = read("/proc/meminfo");
        let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        let commit = said("git", &["rev-parse", "--short", "HEAD"]);
        Self {
            processor: after(&cpu, "model name").unwrap_or_else(|| "unknown".into()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: after(&memory, "MemTotal").and_then(|kib| kib.split(' ').next()?.parse().ok()).unwrap_or(0)
                >> 20,
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            compiler: said("rustc", &["--version"]),
            commit: format!("{commit}{}", if changed { "+" } else { "" }),
            peers: peers(&read(&room().join("Cargo.lock").to_string_lossy())),
        }
    }
}

/// The peers among the locked packages.
fn peers(lock: &str) -> Vec<(String, String)> {
    const PEERS: [&str; 7] =
        ["cel", "datalogic-rs", "hashbrown", "regorus", "rust-rule-engine", "sonic-rs", "zen-expression"];
    let declared = include_str!("../../Cargo.toml");
    let version = |name: &str| {
        let line = declared.lines().find(|line| line.starts_with(&format!("{name} = ")))?;
        let pinned = line.split('=').find_map(|part| part.split('"').find(|text| text.contains('.')))?;
        let locked = format!("name = \"{name}\"\nversion = \"{pinned}\"");
        lock.contains(&locked).then(|| (name.to_owned(), pinned.to_owned()))
    };
    PEERS.iter().filter_map(|name| version(name)).collect()
}

/// Today, in UTC.
pub(crate) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    said("date", &["--utc", &format!("--date=@{seconds}"), "+%Y-%m-%d"])
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(room()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// What stands behind the colon of the first line that begins so.
fn after(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_is_named_with_the_version_that_is_locked() {
        let lock = read(&room().join("Cargo.lock").to_string_lossy());
        let names: Vec<String> = peers(&lock).into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"hashbrown".to_owned()) && names.len() == 7, "{names:?}");
    }
}
