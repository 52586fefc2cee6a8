//! Readers that go away, inputs that wait, and Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use super::{fishplate, payment};

/// The program on its way, reading JSON lines from a pipe.
fn started() -> Child {
    fishplate(&["run", "--rules", "payments.yaml", "--events", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn end_of(mut child: Child) -> (Option<i32>, String) {
    let mut text = String::new();
    child.stderr.take().expect("it was piped").read_to_string(&mut text).expect("it is UTF-8");
    (child.wait().expect("the program ends").code(), text)
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let mut child = started();
    let mut stdin = child.stdin.take().expect("it was piped");
    let feeder = std::thread::spawn(move || {
        // Far more than the pipes hold; the program stops reading, so this ends in an error at some point.
        (0..50_000).try_for_each(|at| stdin.write_all(payment(&format!("p{at}")).as_bytes()))
    });
    let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("a decision");
    assert!(first.starts_with("{\"event\":1,"));
    drop(stdout);
    assert_eq!(end_of(child), (Some(0), String::new()));
    assert!(feeder.join().expect("the feeder does not panic").is_err(), "the program did not read to the end");
}

/// Sends one event to `child` and reads its decision, while the input stays open.
fn decide_one(child: &mut Child) {
    child.stdin.as_mut().expect("it was piped").write_all(payment("p").as_bytes()).expect("it is read");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("it was piped");
    BufReader::new(stdout).read_line(&mut line).expect("a decision");
    assert!(line.starts_with("{\"event\":1,"), "{line}");
}

#[test]
fn a_decision_does_not_wait_for_the_next_event() {
    let mut child = started();
    decide_one(&mut child);
    drop(child.stdin.take());
    assert_eq!(end_of(child), (Some(0), String::new()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_that_waits_with_code_130() {
    let mut child = started();
    decide_one(&mut child);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    assert_eq!(end_of(child), (Some(130), String::new()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_busy_run_with_code_130_and_whole_lines() {
    let mut child = started();
    let mut stdin = child.stdin.take().expect("it was piped");
    let feeder = std::thread::spawn(move || while stdin.write_all(payment("p").as_bytes()).is_ok() {});
    let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
    let mut text = String::new();
    stdout.read_line(&mut text).expect("a decision");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    stdout.read_to_string(&mut text).expect("the rest");
    assert!(text.ends_with("}\n"), "the last line is whole");
    assert_eq!(end_of(child), (Some(130), String::new()));
    feeder.join().expect("the feeder does not panic");
}
