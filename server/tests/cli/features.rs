//! `fishplate run --features`: a line of features for each event, and files that do not go together.

use std::fs;

use serde_json::Value;

use super::{Ran, code_of, ran};

const RUN: [&str; 5] = ["run", "--rules", "store.yaml", "--events", "store.jsonl"];

/// The sample's four events with these lines of features.
fn with(features: &str, more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("features.jsonl");
    fs::write(&path, features).expect("it is written");
    ran(&[&RUN[..], &["--features", &path.to_string_lossy()], more].concat())
}

fn matched(line: &Value) -> Vec<&str> {
    line["matched"].as_array().expect("a decision").iter().filter_map(Value::as_str).collect()
}

#[test]
fn each_event_takes_the_features_of_its_line() {
    let ran = with("{\"risk\": 0.75}\n{\"risk\": 0.25}\n\n{}\nnull\n", &[]);
    let lines = ran.lines();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let of_each: Vec<_> = lines.iter().map(matched).collect();
    assert_eq!(of_each, [vec!["RISKY"], vec![], vec!["UNSCORED"], vec!["UNSCORED"]], "blank lines are passed over");
}

#[test]
fn a_line_that_is_no_object_refuses_its_event_and_no_other() {
    let ran = with("{\"risk\": 0.75}\n[1]\n{\"risk\"\n{\"risk\": 200.0}\n", &[]);
    let lines = ran.lines();
    assert_eq!((ran.code, lines.len()), (Some(2), 4));
    assert_eq!((matched(&lines[0]), matched(&lines[3])), (vec!["RISKY"], vec!["RISKY"]));
    assert_eq!((code_of(&lines[1]), code_of(&lines[2])), ("F0603", "F0602"));
}

#[test]
fn files_of_different_lengths_do_not_go_together() {
    let few = with("{}\n{}\n", &[]);
    let lines = few.lines();
    assert_eq!((few.code, lines.len(), code_of(&lines[2])), (Some(2), 3, "F0809"));
    let many = with("{}\n{}\n{}\n{}\n{}\n", &[]);
    let lines = many.lines();
    assert_eq!((many.code, lines.len(), code_of(&lines[4])), (Some(2), 5, "F0809"));
    let none = ran(&[&RUN[..], &["--features", "nowhere.jsonl"]].concat());
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("F0808") && none.err.contains("nowhere.jsonl"), "{}", none.err);
}

#[test]
fn the_file_of_features_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("features.jsonl").to_string_lossy().into_owned();
    fs::write(&path, "{}\n{}\n{}\n{}\n").expect("it is written");
    let ran = ran(&[&RUN[..], &["--features", &path, "--output", &path]].concat());
    assert_eq!(ran.code, Some(2));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "{}\n{}\n{}\n{}\n");
}

#[test]
fn a_kept_run_goes_on_with_the_features_of_the_events_that_are_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (events, features) = (path("events.jsonl"), path("features.jsonl"));
    let sample = fs::read_to_string(super::samples().join("store.jsonl")).expect("the sample");
    let write = |count: usize| {
        let first: String = sample.lines().take(count).map(|line| format!("{line}\n")).collect();
        let lines = ["{\"risk\": 0.75}", "{}", "{\"risk\": 0.25}", "{\"risk\": 200.0}"];
        fs::write(&events, first).expect("it is written");
        fs::write(&features, lines[..count].join("\n")).expect("it is written");
    };
    let run = |more: &[&str]| {
        let args = ["run", "--rules", "store.yaml", "--events", &events, "--features", &features];
        ran(&[&args[..], more].concat())
    };
    let (state, output) = (path("state"), path("out.jsonl"));
    for count in [2, 4] {
        write(count);
        assert_eq!(run(&["--state", &state, "--output", &output]).code, Some(0));
    }
    assert_eq!(fs::read_to_string(&output).expect("it is there"), run(&[]).out);
}
