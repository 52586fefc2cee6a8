//! `fishplate check`: counts of good documents, every mistake of wrong ones.

use super::ran;

#[test]
fn a_good_document_shows_what_is_in_it() {
    let ran = ran(&["check", "payments.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let start = "payments.yaml: payments, 3 rules, 1 feature, 2 outputs, version ";
    let (first, second) = ran.out.split_once('\n').expect("two lines");
    let version = first.strip_prefix(start).unwrap_or_default();
    // R001 reads `amount` and a feature, which are 2 each, and compares both; the feature may be in error.
    assert_eq!(
        second,
        "payments.yaml: the rules cost 10 to 15; R001 the most, 4 to 6; one expression may spend 1000000\n"
    );
    assert!(version.len() == 64 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", ran.out);
}

#[test]
fn every_mistake_of_every_document_is_shown_and_good_ones_too() {
    let ran = ran(&["check", "broken.yaml", "none.yaml", "payments.yaml"]);
    assert_eq!(ran.code, Some(2));
    let codes: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(
        codes,
        [
            "error[F0203]: cannot compare double with string",
            "error[F0202]: risk.v1.Payment has no field `amonut`",
            "error[F0408]: there is no output `scor`",
            "error[F0808]: cannot read the file: there is no such file",
        ]
    );
    assert!(
        ran.err.contains("\n9 |     when: event.amount > \"500\"\n  |                          ^^^^^ expected double")
    );
    assert!(ran.out.starts_with("payments.yaml: payments, 3 rules"));
}

#[test]
fn with_json_each_document_is_a_line() {
    let ran = ran(&["check", "payments.yaml", "broken.yaml", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    let lines = ran.lines();
    assert_eq!((&lines[0]["ok"], &lines[0]["rules"], &lines[0]["features"]), (&true.into(), &3.into(), &1.into()));
    assert_eq!(lines[0]["costs"][0], serde_json::json!({"rule": "R001", "least": 4, "most": 6}));
    assert_eq!(lines[0]["warnings"], serde_json::json!([]));
    assert_eq!((&lines[1]["file"], &lines[1]["ok"]), (&"broken.yaml".into(), &false.into()));
    let diagnostic = &lines[1]["error"]["diagnostics"][1];
    assert_eq!(diagnostic["suggestion"], "did you mean \"amount\"?");
    assert_eq!((&diagnostic["place"]["line"], &diagnostic["place"]["column"]), (&12.into(), &17.into()));
}

#[test]
fn text_that_is_no_yaml_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, "fishplate: [1\n").expect("it is written");
    let ran = ran(&["check", &file.to_string_lossy()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error[F0401]"), "{}", ran.err);
    std::fs::write(&file, b"name: M\xfcnze\n").expect("it is written");
    let ran = super::ran(&["check", &file.to_string_lossy()]);
    assert!(ran.code == Some(2) && ran.err.starts_with("error[F0605]"), "{}", ran.err);
}

#[test]
fn limits_hold_for_documents() {
    let ran = ran(&["check", "payments.yaml", "--limit", "rules=2"]);
    assert!(ran.code == Some(2) && ran.err.starts_with("error[F0707]"), "{}", ran.err);
}
