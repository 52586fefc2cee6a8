//! The words of the command line: help, the version, and what is misspelt.

use super::ran;

#[test]
fn help_teaches_by_example() {
    let help = ran(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    assert!(help.out.contains("fishplate run --rules rules/payments.yaml --events payments.jsonl"), "{}", help.out);
    let run = ran(&["run", "--help"]);
    assert!(run.out.contains("Examples:") && run.out.contains("string_bytes"), "{}", run.out);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(ran(&["--version"]).out, format!("fishplate {}\n", env!("CARGO_PKG_VERSION")));
    let line = &ran(&["--version", "--json"]).lines()[0];
    assert_eq!((&line["name"], &line["version"]), (&"fishplate".into(), &env!("CARGO_PKG_VERSION").into()));
}

#[test]
fn a_misspelt_command_line_is_wrong_input() {
    let cases: [(&[&str], &str); 6] = [
        (&[], "Usage:"),
        (&["chekc"], "a similar subcommand exists: 'check'"),
        (&["check"], "<RULES>"),
        (&["run", "--rules", "payments.yaml"], "--events"),
        (&["run", "--rules", "a", "--events", "b", "--format", "xml"], "jsonl, csv, protobuf"),
        (&["run", "--rules", "a", "--events", "b", "--limit", "stings=1"], "the limits are message_depth,"),
    ];
    for (args, expected) in cases {
        let ran = ran(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}

#[test]
fn with_json_a_usage_error_is_a_line() {
    let ran = ran(&["check", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    assert_eq!(super::code_of(&ran.lines()[0]), "F0809");
}
