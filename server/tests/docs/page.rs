//! Runs the commands of one page in a copy of a folder of samples. Knows fences and a shell; knows nothing of what the
//! commands mean.

use std::fs;
use std::path::Path;
use std::process::Command;

/// One command of a page.
struct Step {
    line: usize,
    command: String,
    expected: String,
}

/// Runs every command of `page`, in order, in a copy of the folder `samples`, so that one may use what an earlier one
/// wrote; `$?` is the exit code of the command before. Panics with all differences.
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
    let mut last = 0;
    let mut differences = Vec::new();
    for Step { line, command, expected } in steps {
        let (printed, code) = shell(folder.path(), &command, last);
        last = code;
        if printed != expected {
            let page = page.display();
            differences.push(format!("{page}:{line}: $ {command}\n--- shown\n{expected}--- printed\n{printed}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What `command` prints in `folder`, and what it ends with.
fn shell(folder: &Path, command: &str, last: i32) -> (String, i32) {
    let program = Path::new(env!("CARGO_BIN_EXE_fishplate"));
    let found = program.parent().expect("the program stands in a folder").display();
    let path = format!("{found}:{}", std::env::var("PATH").unwrap_or_default());
    let script = format!("exec 2>&1; (exit {last}); {command}");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .expect("there is a shell");
    let text = String::from_utf8(output.stdout).expect("commands on a page print text");
    (text, output.status.code().unwrap_or(-1))
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
