//! `fishplate explain-error`: the core's texts, unchanged.

use fishplate::codes;

use super::ran;

#[test]
fn a_code_is_explained_in_the_words_of_the_core() {
    let expected = codes::parse("F0203").and_then(codes::explain).expect("it is explained").to_string();
    for code in ["F0203", "f0203"] {
        let ran = ran(&["explain-error", code]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(ran.out, format!("{expected}\n"));
    }
}

#[test]
fn without_a_code_all_are_listed_with_their_titles() {
    let ran = ran(&["explain-error"]);
    assert_eq!(ran.code, Some(0));
    let lines: Vec<String> =
        codes::all().iter().map(|explanation| format!("{}  {}", explanation.code, explanation.title)).collect();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), lines);
    let all = super::ran(&["explain-error", "--all"]);
    assert!(codes::all().iter().all(|explanation| all.out.contains(&explanation.to_string())));
}

#[test]
fn with_json_a_code_is_a_line() {
    let ran = ran(&["explain-error", "F0301", "--json"]);
    let line = &ran.lines()[0];
    assert_eq!((&line["code"], &line["title"]), (&"F0301".into(), &"division by zero".into()));
    assert_eq!(super::ran(&["explain-error", "--json"]).lines().len(), codes::all().len());
}

#[test]
fn a_code_that_does_not_exist_is_wrong_input_with_the_nearest() {
    let ran = ran(&["explain-error", "E203"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(
        ran.err,
        "error[F0809]: there is no error code \"E203\"\n --> CODE\n = did you mean F0203? `fishplate explain-error` lists all codes\n"
    );
}
