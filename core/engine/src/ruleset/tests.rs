//! Wrong documents: what is said of them, and where.

use super::*;

fn load(text: &str) -> Result<RuleSet, Error> {
    let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    RuleSet::from_text("rules.yaml", text, &mut none, &Limits::default())
}

/// Code, line and column of every mistake.
fn faults(text: &str) -> Vec<(String, u32, u32)> {
    let error = load(text).expect_err("the document is wrong");
    let place = |fault: &Diagnostic| match fault.place {
        Place::Text { line, column, .. } => (fault.code.to_string(), line, column),
        _ => (fault.code.to_string(), 0, 0),
    };
    error.diagnostics.iter().map(place).collect()
}

fn at(code: &str, line: u32, column: u32) -> (String, u32, u32) {
    (code.to_owned(), line, column)
}

const HEAD: &str = "fishplate: 1
name: t
schema: {fields: {id: string, at: timestamp, amount: double, tags: list(string), device: {id: string}}}
";

fn with_head(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

#[test]
fn a_document_that_is_right_tells_what_is_in_it() {
    let rules = load(&with_head(
        "event: {id: id, time: at, max_disorder: 30s}
outputs:
  score: {type: int, merge: sum, default: 0}
  action: {enum: [ALLOW, REVIEW], merge: max, default: ALLOW}
features:
  spend: {by: event.device.id, sum: event.amount, sliding: 1h, slide: 1m}
rules:
  - id: R1
    why: too much
    when: features.spend > 100.0
    output: {score: 40, action: REVIEW}
",
    ))
    .expect("a good document");
    assert_eq!(rules.name(), "t");
    assert_eq!(rules.outputs().collect::<Vec<_>>(), ["score", "action"]);
    assert_eq!(rules.features().collect::<Vec<_>>(), ["spend"]);
    assert_eq!(rules.rules().collect::<Vec<_>>(), ["R1"]);
    let mut fields: Vec<String> = rules.fields().map(|path| path.join(".")).collect();
    fields.sort();
    assert_eq!(fields, ["amount", "at", "device.id", "id"], "tags is not read");
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_text() {
    let text = with_head(
        "event: {tiem: at}
outputs:
  score: {type: itn, merge: sum}
rules:
  - id: R1
    when: event.amount > \"500\"
    output: {scroe: 1}
  - id: R1
    when: event.amuont > 5.0 && )
",
    );
    let found = faults(&text);
    assert_eq!(found[0], at("F0402", 4, 9), "tiem");
    assert_eq!(found[1], at("F0414", 6, 17), "itn");
    assert_eq!(found[2], at("F0203", 9, 26), "a double with a string");
    assert_eq!(found[3], at("F0408", 10, 14), "scroe");
    assert_eq!(found[4], at("F0405", 11, 9), "R1 again");
    assert_eq!(found[5].0, "F0101", "a parenthesis that opens nothing");
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn what_is_declared_wrong_is_not_called_unknown_where_it_is_used() {
    let text = with_head(
        "event: {time: at}
outputs: {score: {type: itn, merge: sum}}
features: {f: {by: event.id, count: true, sliding: 1h, slide: 7m}}
rules:
  - {id: R1, when: features.f > 3, output: {score: 1}}
",
    );
    assert_eq!(faults(&text), [at("F0414", 5, 25), at("F0407", 6, 52)]);
}

#[test]
fn a_mistake_shows_its_line_with_a_caret() {
    let text = with_head("rules:\n  - id: R1\n    when: event.amount > \"500\"\n");
    let error = load(&text).expect_err("a double is compared with a string");
    assert_eq!(
        error.to_string(),
        "error[F0203]: cannot compare double with string
 --> rules.yaml:6:26
  |
6 |     when: event.amount > \"500\"
  |                          ^^^^^ expected double; remove the quotes"
    );
}

#[test]
fn columns_count_code_points() {
    let text = with_head("rules:\n  - {id: R1, why: naïve 🚂, when: 'event.tags == \"🚂\"'}\n");
    assert_eq!(faults(&text), [at("F0203", 5, 49)]);
}

#[test]
fn an_expression_in_a_block_is_placed_by_its_own_line() {
    let text = with_head("rules:\n  - id: R1\n    when: |\n      event.amount > 1.0 &&\n      event.nothing\n");
    assert_eq!(faults(&text), [at("F0202", 8, 13)]);
}

#[test]
fn an_expression_cut_by_a_comment_is_told_as_cut() {
    let text = with_head("rules:\n  - id: R1\n    when: event.amount > 1.0 && # later\n");
    assert_eq!(faults(&text), [at("F0409", 6, 33)]);
    let whole = with_head("rules:\n  - id: R1\n    when: event.amount > 1.0 # enough\n");
    assert!(load(&whole).is_ok());
}

#[test]
fn windows_are_checked() {
    let feature = |body: &str| {
        let text = with_head(&format!("event: {{time: at}}\nfeatures:\n  f: {body}\nrules: []\n"));
        faults(&text).into_iter().map(|(code, ..)| code).collect::<Vec<_>>()
    };
    assert_eq!(feature("{by: event.id, count: true, sliding: 1h, slide: 7m}"), ["F0407"]);
    assert_eq!(feature("{by: event.id, count: true, sliding: 1h, slide: 1us}"), ["F0406"]);
    assert_eq!(feature("{by: event.id, count: true, sliding: 30d, slide: 1s}"), ["F0406"]);
    assert_eq!(feature("{by: event.id, sliding: 1h, slide: 1m}"), ["F0403"]);
    assert_eq!(feature("{by: event.amount, count: true, sliding: 1h, slide: 1m}"), ["F0417"]);
    assert_eq!(feature("{by: event.id, sum: event.tags, sliding: 1h, slide: 1m}"), ["F0418"]);
    assert_eq!(feature("{by: event.id, count: event.id, sliding: 1h, slide: 1m}"), ["F0404"]);
}

#[test]
fn windows_need_the_time_of_the_event() {
    let text = with_head("features:\n  f: {by: event.id, count: true, sliding: 1h, slide: 1m}\nrules: []\n");
    assert_eq!(faults(&text), [at("F0419", 5, 11)]);
}

#[test]
fn a_feature_in_error_causes_no_further_complaint() {
    let text = with_head(
        "event: {time: at}
features:
  f: {by: event.id, sum: event.amuont, sliding: 1h, slide: 1m}
rules:
  - {id: R1, when: features.f > 3}
",
    );
    assert_eq!(faults(&text), [at("F0202", 6, 32)]);
}

#[test]
fn an_enum_output_takes_its_bare_names_and_no_others() {
    let rule = |output: &str| {
        with_head(&format!(
            "outputs: {{action: {{enum: [ALLOW, REVIEW], merge: max}}}}\nrules:\n  - id: R1\n    when: true\n    output: {{action: {output}}}\n"
        ))
    };
    assert!(load(&rule("REVIEW")).is_ok());
    assert!(load(&rule("\"event.amount > 5.0 ? REVIEW : ALLOW\"")).is_ok());
    assert_eq!(faults(&rule("REVEIW")), [at("F0410", 8, 22)]);
    assert_eq!(faults(&rule("5")), [at("F0410", 8, 22)]);
}

#[test]
fn merges_and_defaults_fit_their_types() {
    let output = |body: &str| {
        let text = with_head(&format!("outputs:\n  o: {body}\nrules: []\n"));
        match load(&text) {
            Ok(_) => Vec::new(),
            Err(_) => faults(&text).into_iter().map(|(code, ..)| code).collect(),
        }
    };
    assert_eq!(output("{type: string, merge: sum}"), ["F0411"]);
    assert_eq!(output("{type: list(int), merge: max}"), ["F0411"]);
    assert_eq!(output("{type: int, merge: sum, default: '\"a\"'}"), ["F0207"]);
    assert_eq!(output("{type: string, merge: list, default: ['\"a\"']}"), [""; 0]);
    assert_eq!(output("{type: double, merge: max, default: event.amount}"), ["F0412"]);
    assert_eq!(output("{type: int, merge: sum, default: 1 / 0}"), ["F0412"]);
    assert_eq!(output("{type: int, enum: [A], merge: sum}"), ["F0403"]);
}

#[test]
fn what_a_later_version_reads_is_named() {
    assert_eq!(faults(&with_head("functions: {a: a.wasm}\nrules: []\n")), [at("F0420", 4, 12)]);
    assert_eq!(faults("fishplate: 2\nname: t\nschema: {fields: {a: int}}\nrules: []\n"), [at("F0413", 1, 12)]);
}

#[test]
fn the_version_is_a_hash_of_lengths_and_bytes() {
    // printf of the eight length bytes and the text, through sha256sum.
    let text = "fishplate: 1\nname: v\nschema: {fields: {a: int}}\nrules: []\n";
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    let expected: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!(load(text).expect("a good document").version(), &expected);
}

#[test]
fn a_file_without_an_end_is_refused_by_its_limit() {
    let limits = Limits { document_bytes: 1000, ..Limits::default() };
    let mut endless = |_: &str| read_within(io::repeat(b'#'), &limits);
    let error = RuleSet::load("endless", &mut endless, &limits).expect_err("it never ends");
    assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::LIMIT_DOCUMENT_BYTES));
    let whole = read_within(io::repeat(b'#').take(1000), &limits).expect("1,000 bytes are not over 1,000");
    assert_eq!(whole.len(), 1000);
}

#[test]
fn a_long_line_is_not_shown() {
    // A document in one line with a mistake in every rule: each complaint tells its place, none repeats the document.
    let rules: Vec<String> = (0..100).map(|at| format!("{{id: R{at}, when: none.a}}")).collect();
    let text = format!("{{fishplate: 1, name: l, schema: {{fields: {{a: int}}}}, rules: [{}]}}", rules.join(", "));
    let error = load(&text).expect_err("a hundred unknown names");
    assert_eq!(error.diagnostics.len(), 100);
    for wrong in &error.diagnostics {
        let Place::Text { line: 1, column, width: 4, source, .. } = &wrong.place else { panic!("no place: {wrong}") };
        assert_eq!(text.get(*column as usize - 1..*column as usize + 3), Some("none"));
        assert_eq!(source, "");
    }
    assert!(error.to_string().starts_with("error[F0201]: unknown name `none`\n --> rules.yaml:1:"), "{error}");
    assert!(error.to_string().len() < 100 * 100);
}

#[test]
fn limits_of_a_document_are_named() {
    let limits = Limits { document_bytes: 10, ..Limits::default() };
    let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    let error = RuleSet::from_text("r", "fishplate: 1", &mut none, &limits).expect_err("12 bytes are over 10");
    assert_eq!(error.code(), codes::LIMIT_DOCUMENT_BYTES);
    let limits = Limits { rules: 1, ..Limits::default() };
    let text = with_head("rules:\n  - {id: A, when: true}\n  - {id: B, when: true}\n");
    let error = RuleSet::from_text("r", &text, &mut none, &limits).expect_err("two rules are over one");
    assert_eq!(error.code(), codes::LIMIT_RULES);
}

#[test]
fn a_missing_file_is_not_found() {
    let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    let error = RuleSet::load("no/such.yaml", &mut none, &Limits::default()).expect_err("there is no file");
    assert_eq!(error.status, Status::NotFound);
    assert_eq!(error.to_string(), "error[F0808]: cannot read the file: there is no such file\n --> no/such.yaml");
    let text = "fishplate: 1\nname: t\nschema: a.proto#p.M\nrules: []\n";
    let error = load(text).expect_err("there is no schema file");
    assert_eq!((error.status, error.code()), (Status::NotFound, codes::UNREADABLE_FILE));
}
