//! Measurements that need a process of their own: memory that is taken once is seldom given back.

use std::process::{Command, ExitCode, Stdio};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Runs this program as `child NAME ARGUMENTS`; gives what it prints.
pub(crate) fn run<T: DeserializeOwned>(name: &str, arguments: &[String]) -> Result<T, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.arg("child").arg(name).args(arguments).stdout(Stdio::piped());
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("child {name} {}: {}", arguments.join(" "), output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("child {name}: {error}"))
}

/// What a child answers.
pub(crate) fn answer(result: &impl Serialize) -> ExitCode {
    match serde_json::to_string(result) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Bytes of this process that are in memory now.
pub(crate) fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
