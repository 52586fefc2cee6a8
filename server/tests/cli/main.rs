//! The command line, by running the real program: what it prints, where, and what it ends with.

mod check;
mod doctor;
mod explain;
mod faults;
mod features;
mod forms;
mod kept;
mod run;
mod serve;
mod signals;
mod tests;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program, in the folder of the manual's samples.
fn fishplate(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fishplate"));
    command.current_dir(samples()).args(args);
    command
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/samples")
}

/// What the program printed and ended with.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Each line of standard output as JSON.
    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

fn ran(args: &[&str]) -> Ran {
    Ran::of(fishplate(args).output().expect("the program starts"))
}

/// Runs the program with `input` on standard input.
fn fed(args: &[&str], input: &[u8]) -> Ran {
    let mut child = fishplate(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    let input = input.to_vec();
    // From a thread of its own, because a pipe holds less than some inputs and outputs.
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let ran = Ran::of(child.wait_with_output().expect("the program ends"));
    feeder.join().expect("the feeder does not panic");
    ran
}

/// Decides `input`, given on standard input in `format`, by the sample rules.
fn decided(format: &str, input: &[u8], more: &[&str]) -> Ran {
    let args = ["run", "--rules", "payments.yaml", "--events", "-", "--format", format];
    fed(&[&args[..], more].concat(), input)
}

/// The code of the first diagnostic of the error in `line`.
fn code_of(line: &Value) -> &str {
    line["error"]["diagnostics"][0]["code"].as_str().unwrap_or("no error")
}

/// A payment as a line of JSON.
fn payment(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"at\":\"2026-03-01T12:00:00Z\",\"cardId\":\"c\",\"amount\":1.0}}\n")
}
