//! The cases, one after the other.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use fishplate_store::sim::Chance;

use crate::child::{open, payload};

/// Times that a child is killed.
const KILLS: u32 = 12;

pub(crate) fn run() {
    one_folder_is_one_process_s();
    kills_cost_no_promise();
    a_full_disk_ends_with_its_code_and_costs_no_promise();
}

fn itself() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the system knows it"));
    command.stdout(Stdio::piped());
    command
}

fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().expect("it can be started");
    let said = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, said)
}

/// The next line that the child says; `None` at its end.
fn next(said: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    said.read_line(&mut line).expect("it says text");
    line.ends_with('\n').then(|| line.trim().to_owned())
}

/// The last record of the journal in `folder`, all of them checked.
fn last_of(folder: &Path) -> u64 {
    let mut last = 0;
    let journal = open(folder, true, &mut |record| {
        assert!(record.lsn.0 > last && record.payload == payload(record.lsn), "record {}", record.lsn);
        last = record.lsn.0;
    });
    journal.map(drop).expect("what a death leaves can be opened");
    last
}

fn one_folder_is_one_process_s() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().display().to_string();
    let appending = |path: &str| {
        let mut command = itself();
        command.args(["append-to", path]);
        start(command)
    };
    let (mut first, mut first_says) = appending(&path);
    assert_eq!(next(&mut first_says).as_deref(), Some("opened"));
    let (mut second, mut second_says) = appending(&path);
    assert_eq!(next(&mut second_says).as_deref(), Some("FAILED_PRECONDITION F0870"));
    first.kill().and_then(|()| first.wait()).expect("it lives");
    second.wait().expect("it ended");
    let (mut third, mut third_says) = appending(&path);
    assert_eq!(next(&mut third_says).as_deref(), Some("opened"), "the lock went with its holder");
    third.kill().and_then(|()| third.wait()).expect("it lives");
    println!("one folder is one process's, until that is killed");
}

fn kills_cost_no_promise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut chance = Chance::new(std::process::id().into());
    let mut promised = 0;
    for _ in 0..KILLS {
        let mut command = itself();
        command.args(["append-to", &folder.path().display().to_string()]);
        let (mut child, mut said) = start(command);
        assert_eq!(next(&mut said).as_deref(), Some("opened"));
        for _ in 0..chance.below(60) {
            promised = next(&mut said).and_then(|line| line.parse().ok()).expect("a promise");
        }
        child.kill().and_then(|()| child.wait()).expect("it lives");
        // What it had said before it died, and nobody had read yet, was promised as well.
        while let Some(line) = next(&mut said) {
            promised = line.parse().expect("a promise");
        }
        let last = last_of(folder.path());
        assert!(last >= promised, "{promised} was promised, and the journal ends at {last}");
    }
    println!("{KILLS} kills, {promised} records promised, none lost");
}

/// What a child says that may make no file larger than some ten or twenty kilobytes, half a segment, and where it wrote. The
/// system refuses it as it does for lack of room.
fn says_with_little_room(folder: &Path, operation: &str) -> Vec<String> {
    let mut command = Command::new("sh");
    command.arg("-c").arg("trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$1\" \"$2\"");
    command.arg(std::env::current_exe().expect("the system knows it")).arg(operation).arg(folder);
    command.stdout(Stdio::piped());
    let (mut child, mut said) = start(command);
    let lines = std::iter::from_fn(|| next(&mut said)).collect();
    child.wait().expect("it ended");
    lines
}

fn a_full_disk_ends_with_its_code_and_costs_no_promise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (at_once, later) = (folder.path().join("at-once"), folder.path().join("later"));
    assert_eq!(says_with_little_room(&at_once, "append-to"), ["RESOURCE_EXHAUSTED F0872"], "no room for a segment");
    assert_eq!(last_of(&at_once), 0, "with room it begins as if nothing had been");

    let said = says_with_little_room(&later, "append-without-preallocation-to");
    let [opened, promises @ .., unknown, refused] = &said[..] else { panic!("too short: {said:?}") };
    assert_eq!((opened.as_str(), unknown.as_str()), ("opened", "UNAVAILABLE F0872"), "what was under way is in doubt");
    assert_eq!(refused, "RESOURCE_EXHAUSTED F0872", "what came after it is not");
    let promised: u64 = promises.last().and_then(|line| line.parse().ok()).expect("there was some room");
    assert!(last_of(&later) >= promised);
    println!("a full disk ends with its code; of {promised} records promised none is lost");
}
