//! `fishplate run --state`: a run that goes on where it was, and what it refuses to go on with.

use std::fs;
use std::path::Path;

use super::{Ran, ran, samples};

const RULES: [&str; 3] = ["run", "--rules", "pumps.yaml"];

/// A folder with the sample's events, some of them none.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        fs::write(folder.path("events.jsonl"), folder.events()).expect("written");
        folder
    }

    fn events(&self) -> String {
        let sample = fs::read_to_string(samples().join("pumps.jsonl")).expect("the sample is there");
        let (first, rest) = sample.split_once('\n').expect("several events");
        format!("{first}\nno event\n{rest}no event either\n")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a plain name").to_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("it is there")
    }

    /// A run over `events`, kept.
    fn run(&self, events: &str, output: &str) -> Ran {
        let (events, state) = (self.path(events), self.path("state"));
        let output = if output == "-" { output.to_owned() } else { self.path(output) };
        ran(&[&RULES[..], &["--events", &events, "--output", &output, "--state", &state]].concat())
    }

    /// What a run that is not kept writes.
    fn whole(&self) -> String {
        let events = self.path("events.jsonl");
        ran(&[&RULES[..], &["--events", &events]].concat()).out
    }
}

#[test]
fn a_run_that_is_kept_writes_what_one_that_is_not_does_and_does_so_once() {
    let folder = Folder::new();
    let first = folder.run("events.jsonl", "out.jsonl");
    assert_eq!((first.code, folder.read("out.jsonl")), (Some(2), folder.whole()), "{}", first.err);
    let second = folder.run("events.jsonl", "out.jsonl");
    assert_eq!((second.code, folder.read("out.jsonl")), (Some(2), folder.whole()));
    assert_eq!(second.err, first.err, "both tell of the same refusals");
}

#[test]
fn events_that_were_added_are_decided_behind_those_that_were() {
    let folder = Folder::new();
    let events = folder.events();
    for lines in [1, 2, 5, 8] {
        let part: String = events.split_inclusive('\n').take(lines).collect();
        fs::write(folder.path("part.jsonl"), part).expect("written");
        folder.run("part.jsonl", "out.jsonl");
    }
    assert_eq!(folder.read("out.jsonl"), folder.whole());
}

#[test]
fn what_stands_behind_the_last_whole_line_is_cut_off() {
    let folder = Folder::new();
    folder.run("events.jsonl", "out.jsonl");
    fs::write(folder.path("out.jsonl"), folder.whole() + "{\"event\":9,\"id").expect("written");
    assert_eq!(folder.run("events.jsonl", "out.jsonl").code, Some(2));
    assert_eq!(folder.read("out.jsonl"), folder.whole());
}

#[test]
fn an_output_that_lacks_what_was_written_is_refused_and_left_alone() {
    let folder = Folder::new();
    folder.run("events.jsonl", "out.jsonl");
    let short: String = folder.whole().split_inclusive('\n').take(2).collect();
    fs::write(folder.path("out.jsonl"), &short).expect("written");
    let refused = folder.run("events.jsonl", "out.jsonl");
    assert!(refused.err.contains("F0875") && refused.err.contains("ends with event 2"), "{}", refused.err);
    assert_eq!((refused.code, folder.read("out.jsonl")), (Some(1), short));
}

#[test]
fn an_output_of_which_the_state_knows_nothing_is_refused() {
    let folder = Folder::new();
    let events = folder.events();
    let part: String = events.split_inclusive('\n').take(2).collect();
    fs::write(folder.path("part.jsonl"), part).expect("written");
    folder.run("part.jsonl", "out.jsonl");
    fs::write(folder.path("out.jsonl"), folder.whole()).expect("written");
    let refused = folder.run("events.jsonl", "out.jsonl");
    assert!(refused.err.contains("F0877") && refused.err.contains("ends with event 8"), "{}", refused.err);
    assert_eq!(folder.read("out.jsonl"), folder.whole());
}

#[test]
fn fewer_events_than_were_decided_are_refused() {
    let folder = Folder::new();
    folder.run("events.jsonl", "out.jsonl");
    fs::write(folder.path("other.jsonl"), "no event\n").expect("written");
    let refused = folder.run("other.jsonl", "out.jsonl");
    assert!(refused.err.contains("F0877") && refused.err.contains("there are 1 events"), "{}", refused.err);
}

#[test]
fn on_standard_output_what_was_written_is_not_written_again_after_an_orderly_end() {
    let folder = Folder::new();
    assert_eq!(folder.run("events.jsonl", "-").out, folder.whole());
    assert_eq!(folder.run("events.jsonl", "-").out, "");
}

#[test]
fn standard_input_cannot_be_gone_on_with() {
    let folder = Folder::new();
    let state = folder.path("state");
    let refused = ran(&[&RULES[..], &["--events", "-", "--format", "jsonl", "--state", &state]].concat());
    assert!(refused.code == Some(2) && refused.err.contains("read again from their beginning"), "{}", refused.err);
    assert!(!Path::new(&state).exists());
}
