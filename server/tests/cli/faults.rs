//! What is wrong with files: the code, the message, and whose fault it is.

use super::ran;

/// Runs `run` over `rules` and `events`; gives exit code and standard error.
fn run(rules: &str, events: &str, more: &[&str]) -> (Option<i32>, String) {
    let ran = ran(&[&["run", "--rules", rules, "--events", events], more].concat());
    assert_eq!(ran.out, "");
    (ran.code, ran.err)
}

#[test]
fn a_missing_file_is_named() {
    let text = "error[F0808]: cannot read the file: there is no such file\n --> none";
    assert_eq!(run("none.yaml", "payments.jsonl", &[]), (Some(2), format!("{text}.yaml\n")));
    assert_eq!(run("payments.yaml", "none.jsonl", &[]), (Some(2), format!("{text}.jsonl\n")));
}

#[test]
fn a_folder_is_no_file() {
    let (code, text) = run("payments.yaml", "../samples", &["--format", "csv"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(2), "error[F0808]: cannot read the file: it is a folder\n --> ../samples\n")
    );
}

#[test]
fn a_form_that_does_not_follow_from_the_name_must_be_said() {
    let (code, text) = run("payments.yaml", "payments.proto", &[]);
    assert_eq!(code, Some(2));
    assert!(text.starts_with("error[F0809]: the form of events does not follow from the name \"payments.proto\"\n"));
}

#[test]
fn a_wrong_document_is_refused_before_any_event() {
    let (code, text) = run("broken.yaml", "payments.jsonl", &[]);
    assert_eq!(code, Some(2));
    for code in ["error[F0203]", "error[F0202]", "error[F0408]"] {
        assert!(text.contains(code), "{text}");
    }
}

#[test]
fn an_output_whose_folder_is_missing_is_wrong_input() {
    let (code, text) = run("payments.yaml", "payments.jsonl", &["--output", "none/decisions.jsonl"]);
    assert_eq!(code, Some(2));
    assert_eq!(text, "error[F0812]: cannot write the file: there is no such file\n --> none/decisions.jsonl\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let (code, text) = run("payments.yaml", "payments.jsonl", &["--output", "/dev/full"]);
    assert_eq!(code, Some(1));
    assert_eq!(text, "error[F0812]: cannot write the file: no room is left\n --> /dev/full\n");
}

#[test]
fn with_json_an_error_is_a_line_on_standard_output() {
    let ran = ran(&["--json", "run", "--rules", "none.yaml", "--events", "payments.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    let line = &ran.lines()[0];
    assert_eq!((super::code_of(line), &line["error"]["status"]), ("F0808", &"NOT_FOUND".into()));
}
