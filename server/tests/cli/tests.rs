//! `fishplate test`: test files that hold and that do not, what is told of them, and in which forms.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{fishplate, ran};

/// A folder with rules and the steps of one test.
fn folder(steps: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = "fishplate: 1
name: t
schema: {fields: {id: string, at: timestamp, card: string, amount: double}}
event: {time: at, id: id}
outputs: {score: {type: int, merge: sum, default: 0}, half: {type: double, merge: first}}
features: {seen: {by: event.card, count: true, sliding: 1h, slide: 1m}}
rules:
  - {id: MANY, when: features.seen > 1, output: {score: 5}}
  - {id: BIG, when: event.amount > 100.0, output: {score: 1, half: event.amount / 2.0}}
  - {id: DARK, mode: shadow, when: event.amount > 100.0}
";
    write(folder.path(), "t.yaml", rules);
    write(folder.path(), "t.test.yaml", &format!("tests:\n  - name: one\n    steps:\n{steps}"));
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("it is written");
}

#[test]
fn what_is_said_of_a_decision_must_hold_and_the_rest_may_be_anything() {
    let folder = folder(
        "      - {event: {id: a, card: c, amount: 101}, expect: {matched: [BIG], shadow: [DARK], outputs: {score: 1, half: 50.5}}}
      - {at: 30m, event: {id: b, card: c, amount: 1}, expect: {matched: [MANY], features: {seen: 2}, outputs: {half: null}}}
      - {at: 2h, event: {id: b, card: c, amount: 1}, expect: {repeated: false, late: false, matched: []}}
      - {event: {id: b, card: c, amount: 1}, expect: {repeated: true}}
      - {event: {id: d, card: c, at: '2026-01-01T00:00:00Z', amount: 1}, expect: {late: true}}
      - {event: {id: e, card: c}, expect: {errors: [BIG F0306]}}
      - {event: {id: f, amount: x}, expect: {refused: F0603}}
",
    );
    let ran = ran(&["test", &folder.path().to_string_lossy()]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert!(
        ran.out.ends_with("1 of 1 tests passed; 3 of 3 rules matched somewhere, 6 of 6 branches taken\n"),
        "{}",
        ran.out
    );
}

#[test]
fn each_expectation_that_is_not_met_is_told_with_its_line() {
    let folder = folder(
        "      - {event: {id: a, card: c, amount: 1}, expect: {matched: [BIG], outputs: {score: 7}, late: true}}
      - {event: {id: b, card: c, amount: x}}
      - {event: {id: c, card: c, amount: 1}, expect: {refused: F0603}}
      - {event: {id: e, card: c}, expect: {errors: []}}
",
    );
    let ran = ran(&["test", &folder.path().to_string_lossy(), "--json"]);
    assert_eq!(ran.code, Some(1));
    let lines = ran.lines();
    let told: Vec<(u64, &str)> = lines[0]["failures"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|failure| (failure["line"].as_u64().unwrap_or(0), failure["what"].as_str().unwrap_or_default()))
        .collect();
    let expected = [(4, "matched"), (4, "late"), (4, "outputs.score"), (5, "refused"), (6, "refused"), (7, "errors")];
    assert_eq!(told, expected);
    assert_eq!(lines.last().expect("a last line")["failed"], 1);
}

#[test]
fn junit_xml_has_a_case_for_each_test() {
    let folder = folder("      - {event: {id: a, card: c, amount: 1}, expect: {matched: [BIG]}}\n");
    let report = folder.path().join("report.xml");
    let ran = ran(&["test", &folder.path().to_string_lossy(), "--junit", &report.to_string_lossy()]);
    assert_eq!(ran.code, Some(1));
    let text = std::fs::read_to_string(report).expect("it was written");
    assert!(
        text.contains("<testsuites name=\"fishplate\" tests=\"1\" skipped=\"0\" failures=\"1\" errors=\"0\">"),
        "{text}"
    );
    assert!(text.contains("line 4: matched: expected [BIG], found []"), "{text}");
}

#[test]
fn too_little_coverage_is_a_failure_if_so_much_was_asked_for() {
    let folder = folder("      - {event: {id: a, card: c, amount: 1}}\n");
    let path = folder.path().to_string_lossy().into_owned();
    assert_eq!(ran(&["test", &path]).code, Some(0));
    assert_eq!(ran(&["test", &path, "--min-coverage", "0"]).code, Some(0));
    let ran = ran(&["test", &path, "--min-coverage", "34"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), "fewer rules matched than --min-coverage asks for\n"));
}

#[test]
fn an_event_brings_the_features_of_its_step() {
    let rules = "fishplate: 1
name: t
schema: {fields: {card: string}}
features: {risk: {supplied: double}}
rules: [{id: RISKY, when: has(features.risk) && features.risk > 0.5}]
";
    let folder = folder(
        "      - {event: {card: c}, features: {risk: 0.75}, expect: {matched: [RISKY], features: {risk: 0.75}}}
      - {event: {card: c}, expect: {matched: []}}
      - {event: {card: c}, features: {risc: 0.75}, expect: {refused: F0606}}
",
    );
    write(folder.path(), "t.yaml", rules);
    let ran = ran(&["test", &folder.path().to_string_lossy()]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_said_of_an_event_needs_one() {
    for key in ["expect: {matched: []}", "features: {risk: 0.5}"] {
        let folder = folder(&format!("      - {{at: 1m, {key}}}\n"));
        let ran = ran(&["test", &folder.path().to_string_lossy()]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        let (word, _) = key.split_once(':').expect("a key");
        assert!(ran.err.starts_with(&format!("error[F0814]: `{word}` is of an event")), "{}", ran.err);
        assert!(ran.err.contains("t.test.yaml:4:9\n"), "{}", ran.err);
    }
}

#[test]
fn a_file_of_another_form_is_told_where_it_is_wrong() {
    let folder = folder("      - {evnt: {id: a}}\n");
    let ran = ran(&["test", &folder.path().to_string_lossy()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error[F0814]: unknown field `evnt`"), "{}", ran.err);
    assert!(ran.err.contains("t.test.yaml:4:10\n"), "{}", ran.err);
    let none = super::ran(&["test", "none.test.yaml"]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("F0808"), "{}", none.err);
}

#[cfg(unix)]
#[test]
fn watching_plays_the_tests_again_when_a_file_changes() {
    let folder = folder("      - {event: {id: a, card: c, amount: 1}, expect: {matched: [BIG]}}\n");
    let mut child = fishplate(&["test", &folder.path().to_string_lossy(), "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it was piped")).lines();
    let mut last = || lines.by_ref().map(|line| line.expect("UTF-8")).find(|line| line.contains("tests passed"));
    assert!(last().expect("a round").starts_with("0 of 1"));
    let rules = std::fs::read_to_string(folder.path().join("t.yaml")).expect("it is there");
    write(folder.path(), "t.yaml", &rules.replace("100.0, output", "0.0, output"));
    assert!(last().expect("another round").starts_with("1 of 1"));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}
