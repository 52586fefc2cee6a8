//! Runs the commands of one page in a copy of a folder of samples. Knows fences and a shell; knows nothing of what the
//! commands mean.
//!
//! A command that ends in ` &` is a server: it goes on while the commands after it run, until one of them kills `$!`, or
//! the page ends. What it prints is read up to the line `ready`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// One command of a page.
struct Step {
    line: usize,
    command: String,
    expected: String,
}

/// Runs every command of `page`, in order, in a copy of the folder `samples`, so that one may use what an earlier one
/// wrote; `$?` is the exit code of the command before, `$!` the server started last. Panics with all differences.
pub(crate) fn run(page: &Path, samples: &Path) {
    let text = fs::read_to_string(page).expect("the page is there");
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{} shows no commands", page.display());
    let folder = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(samples).expect("the samples are there") {
        let from = entry.expect("the samples can be listed").path();
        let name = from.file_name().expect("an entry has a name");
        fs::copy(&from, folder.path().join(name)).expect("a sample is a plain file");
    }
    let names = Names::new();
    let mut last = 0;
    let mut server: Option<Server> = None;
    let mut differences = Vec::new();
    for Step { line, command, expected } in steps {
        let mut used = names.used(&command);
        let printed = if let Some(command) = used.strip_suffix(" &") {
            let (started, printed) = Server::start(folder.path(), command);
            server = Some(started);
            last = 0;
            printed
        } else {
            if let Some(server) = &server {
                used = used.replace("$!", &server.child.id().to_string());
            }
            let (printed, code) = shell(folder.path(), &used, last);
            last = code;
            // What comes after a kill may count on its being done.
            if command.starts_with("kill ")
                && let Some(mut killed) = server.take()
            {
                killed.child.wait().expect("it can be waited for");
            }
            printed
        };
        let printed = names.shown(&printed);
        if printed != expected {
            let page = page.display();
            differences.push(format!("{page}:{line}: $ {command}\n--- shown\n{expected}--- printed\n{printed}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What a page names and what a test uses for it: ports and rings belong to the whole machine, where pages run side by
/// side.
struct Names([(&'static str, String); 4]);

impl Names {
    fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        // As long as what it stands for, so that columns stay columns.
        let ring = format!("pg-{:05}", free.port());
        Self([
            (":7420", format!(":{}", free.port())),
            ("shm://payments", format!("shm://{ring}")),
            ("--ring payments", format!("--ring {ring}")),
            // Only in what is printed: on a page the rule set has this name too.
            ("payments", ring),
        ])
    }

    fn used(&self, text: &str) -> String {
        self.0[..3].iter().fold(text.to_owned(), |text, (shown, used)| text.replace(shown, used))
    }

    fn shown(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (shown, used)| text.replace(used, shown))
    }
}

/// A command that goes on; it is ended when the page is.
struct Server {
    child: Child,
    /// Kept, because a server whose output nobody takes may be ended by that.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts `command`; gives what it printed up to `ready`, or to its end.
    fn start(folder: &Path, command: &str) -> (Self, String) {
        let mut child = in_shell(folder, &format!("exec 2>&1; exec {command}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let mut printed = String::new();
        while !printed.ends_with("ready\n")
            && stdout.read_line(&mut printed).expect("commands on a page print text") > 0
        {}
        (Self { child, _stdout: stdout }, printed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // In order, so that it takes its ring away; where that cannot be said, at once.
        let told = Command::new("kill").arg(self.child.id().to_string()).status();
        if !told.is_ok_and(|told| told.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What `command` prints in `folder`, and what it ends with.
fn shell(folder: &Path, command: &str, last: i32) -> (String, i32) {
    let script = format!("exec 2>&1; (exit {last}); {command}");
    let output = in_shell(folder, &script).output().expect("there is a shell");
    let text = String::from_utf8(output.stdout).expect("commands on a page print text");
    (text, output.status.code().unwrap_or(-1))
}

/// A shell in `folder` that finds the program, and no configuration of whoever runs the tests.
fn in_shell(folder: &Path, script: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_fishplate"));
    let found = program.parent().expect("the program stands in a folder").display();
    let path = format!("{found}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder).env("PATH", path).env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    command
}

/// The commands of a page. A command that ends in a backslash goes on in the next line.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut goes_on) = (false, false);
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if goes_on {
                let step = steps.last_mut().expect("a command goes on only after it began");
                step.command.push('\n');
                step.command.push_str(line.trim_start_matches("> "));
                goes_on = line.ends_with('\\');
            } else if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step { line: at + 1, command: command.to_owned(), expected: String::new() });
                goes_on = line.ends_with('\\');
            } else if let Some(step) = steps.last_mut() {
                step.expected.push_str(line);
                step.expected.push('\n');
            }
        }
    }
    steps
}

#[test]
fn commands_stand_after_a_dollar_and_what_they_print_below() {
    let page = "text\n```console\n$ one \\\n>   two\nout\n\n$ three\n```\n```sh\n$ four\n```\n";
    let steps = steps(page);
    let shown: Vec<_> = steps.iter().map(|step| (step.line, &*step.command, &*step.expected)).collect();
    assert_eq!(shown, [(3, "one \\\n  two", "out\n\n"), (7, "three", "")]);
}
