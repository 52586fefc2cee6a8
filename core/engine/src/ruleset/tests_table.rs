//! Decision tables: what their rows decide, and what is said of wrong ones.

use super::*;
use crate::engine::Options;
use crate::{Decision, Engine, Event};

const HEAD: &str = "fishplate: 1
name: t
schema: {fields: {id: string, amount: double, country: string, count: int}}
outputs:
  score: {type: int, merge: sum, default: 0}
  action: {enum: [ALLOW, REVIEW, DECLINE], merge: max, default: ALLOW}
";

/// `rules` with the file `limits.csv`.
fn load(rules: &str, csv: &str) -> Result<RuleSet, Error> {
    let mut read = |name: &str| match name {
        "limits.csv" => Ok(csv.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    RuleSet::from_text("rules.yaml", &format!("{HEAD}{rules}"), &mut read, &Limits::default())
}

fn decide(rules: &RuleSet, json: &str) -> Decision {
    let mut engine = Engine::new(rules, Options::default());
    engine.decide(Event::json(json.as_bytes())).expect("a good event")
}

fn matched(rules: &RuleSet, json: &str) -> Vec<String> {
    decide(rules, json).matched().map(str::to_owned).collect()
}

/// Code, file, line and column of every mistake.
fn faults(rules: &str, csv: &str) -> Vec<(String, String, u32, u32)> {
    let error = load(rules, csv).expect_err("the document is wrong");
    let place = |fault: &Diagnostic| match &fault.place {
        Place::Text { file, line, column, .. } => (fault.code.to_string(), file.clone(), *line, *column),
        _ => (fault.code.to_string(), String::new(), 0, 0),
    };
    error.diagnostics.iter().map(place).collect()
}

fn at(code: &str, file: &str, line: u32, column: u32) -> (String, String, u32, u32) {
    (code.to_owned(), file.to_owned(), line, column)
}

const IN_FILE: &str = "rules:
  - id: LIMIT
    table: {when: {amount: event.amount, country: event.country}, output: [score, action], file: limits.csv}
";

#[test]
fn each_row_is_a_rule_and_those_that_hold_are_merged() {
    let rules = load(
        "rules:
  - id: LIMIT
    table:
      when: {amount: event.amount, country: event.country}
      output: [score, action]
      rows:
        - ['> 500.0', '\"NG\", \"RU\"', 40, REVIEW]
        - ['[100.0..1000.0)', '-', 10, '-']
        - {id: BIG, amount: '>= 1000.0', action: DECLINE}
",
        "",
    )
    .expect("a good table");
    assert_eq!(rules.rules().collect::<Vec<_>>(), ["LIMIT/1", "LIMIT/2", "LIMIT/BIG"]);
    assert_eq!(matched(&rules, r#"{"amount": 600, "country": "NG"}"#), ["LIMIT/1", "LIMIT/2"]);
    assert_eq!(matched(&rules, r#"{"amount": 1000, "country": "US"}"#), ["LIMIT/BIG"]);
    assert_eq!(matched(&rules, r#"{"amount": 1000, "country": "RU"}"#), ["LIMIT/1", "LIMIT/BIG"]);
    let decision = decide(&rules, r#"{"amount": 600, "country": "NG"}"#);
    assert_eq!(decision.output("score"), Some(&fishplate_cel::Value::Int(50)));
    assert_eq!(decision.output("action"), Some(&"REVIEW".into()));
}

#[test]
fn a_file_names_its_columns_in_any_order() {
    let csv = "action,id,country,score,amount\r\nREVIEW,AFRICA,\"\"\"NG\"\",\"\"KE\"\"\",5,> 10.0\r\n,,-,1,\r\n";
    let rules = load(IN_FILE, csv).expect("a good table");
    assert_eq!(rules.rules().collect::<Vec<_>>(), ["LIMIT/AFRICA", "LIMIT/2"]);
    assert_eq!(matched(&rules, r#"{"amount": 11, "country": "KE"}"#), ["LIMIT/AFRICA", "LIMIT/2"]);
    assert_eq!(matched(&rules, r#"{"amount": 11, "country": "US"}"#), ["LIMIT/2"]);
    let files: Vec<_> = rules.schema_files().map(|(name, _)| name).collect();
    assert_eq!(files, ["limits.csv"], "whoever keeps the rules keeps the rows");
    let other = load(IN_FILE, &csv.replace("10.0", "20.0")).expect("a good table");
    assert_ne!(rules.version(), other.version(), "other rows are another version");
}

#[test]
fn of_a_table_that_hits_first_one_row_speaks() {
    let rules = load(
        "rules:
  - id: BAND
    table:
      hit: first
      when: {amount: event.amount}
      output: [score]
      rows: [['< 10.0', 1], ['< 100.0', 2], ['-', 3]]
  - {id: LAST, when: 'true', output: {score: 100}}
",
        "",
    )
    .expect("a good table");
    for (amount, row, score) in [(5, "BAND/1", 101), (50, "BAND/2", 102), (500, "BAND/3", 103)] {
        let decision = decide(&rules, &format!(r#"{{"amount": {amount}}}"#));
        assert_eq!(decision.matched().collect::<Vec<_>>(), [row, "LAST"]);
        assert_eq!(decision.output("score"), Some(&fishplate_cel::Value::Int(score)));
    }
}

#[test]
fn a_row_in_error_leaves_no_later_row_to_be_the_first() {
    let rules = load(
        "rules:
  - id: BAND
    table:
      hit: first
      when: {share: 10 / event.count}
      output: [score]
      rows: [['> 1', 1], ['-', 3]]
",
        "",
    )
    .expect("a good table");
    let decision = decide(&rules, r#"{"count": 0}"#);
    assert_eq!(decision.matched().count(), 0);
    let errors: Vec<_> = decision.errors().iter().map(|error| (error.code.to_string(), error.line)).collect();
    assert_eq!(errors, [("F0301".to_owned(), 13)], "at the cell of the row");
}

#[test]
fn a_row_of_nothing_always_holds() {
    let rules = load(IN_FILE, "amount,country,score,action\n-,-,7,\n").expect("a good table");
    assert_eq!(matched(&rules, "{}"), ["LIMIT/1"], "no field is read");
}

#[test]
fn mistakes_stand_at_the_cells_that_made_them() {
    let csv = "amount,country,score,action
> 500.0,\"\"\"NG\"\"\",40,REVIEW
> \"x\",NG,x,REVEIW
(,-,1,ALLOW
1.0,-,1
";
    let found = faults(IN_FILE, csv);
    assert_eq!(found[0], at("F0203", "limits.csv", 3, 1), "a double with a string");
    assert_eq!(found[1], at("F0201", "limits.csv", 3, 7), "NG without quotes is a name");
    assert_eq!(found[2], at("F0201", "limits.csv", 3, 10), "x is no score");
    assert_eq!(found[3], at("F0410", "limits.csv", 3, 12), "REVEIW");
    assert_eq!(found[4], at("F0432", "limits.csv", 4, 1), "a bracket that is not closed");
    assert_eq!(found[5], at("F0432", "limits.csv", 5, 1), "three cells of four");
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn a_column_that_is_wrong_is_told_once() {
    let rules = "rules:
  - id: LIMIT
    table:
      when: {amount: event.amuont}
      output: [scor]
      rows: [['1.0', 1], ['2.0', 2]]
";
    let found = faults(rules, "");
    assert_eq!(found, [at("F0202", "rules.yaml", 10, 28), at("F0408", "rules.yaml", 11, 16)]);
}

#[test]
fn the_first_line_of_a_file_has_every_column_once() {
    assert_eq!(faults(IN_FILE, ""), [at("F0432", "limits.csv", 1, 1)]);
    let found = faults(IN_FILE, "amount,amuont,score\n");
    let codes: Vec<_> = found.iter().map(|(code, ..)| code.as_str()).collect();
    assert_eq!(codes, ["F0432", "F0432"], "country and action are not there, amuont is unknown: {found:?}");
}

#[test]
fn a_file_that_is_not_there_is_told_where_it_is_named() {
    let rules = IN_FILE.replace("limits.csv", "limit.csv");
    assert_eq!(faults(&rules, ""), [at("F0808", "rules.yaml", 9, 98)]);
}

#[test]
fn a_table_has_no_conditions_beside_its_own() {
    let rules = IN_FILE.replace("    table:", "    when: 'true'\n    table:");
    let found = faults(&rules, "amount,country,score,action\n");
    assert_eq!(found, [at("F0432", "rules.yaml", 9, 11)]);
}

#[test]
fn an_id_stands_once_among_all_rules() {
    let rules = format!("{IN_FILE}  - {{id: LIMIT/A, when: 'true'}}\n");
    let found = faults(&rules, "id,amount,country,score,action\nA,-,-,1,\nB,-,-,1,\nB,-,-,1,\n");
    let places: Vec<_> = found.iter().map(|(code, file, line, _)| (code.as_str(), file.as_str(), *line)).collect();
    assert_eq!(places, [("F0405", "limits.csv", 2), ("F0405", "limits.csv", 4)]);
}

#[test]
fn a_table_is_switched_by_its_id_and_a_row_by_its_own() {
    let rules = load(IN_FILE, "id,amount,country,score,action\nA,-,-,1,\nB,-,-,10,\n").expect("a good table");
    let mut engine = Engine::new(&rules, Options::default());
    let mut score = |table: Option<Mode>, row: Option<Mode>| {
        engine.set_mode("LIMIT", table).expect("the table is known");
        engine.set_mode("LIMIT/A", row).expect("the row is known");
        let decision = engine.decide(Event::json(b"{}")).expect("a good event");
        decision.output("score").cloned()
    };
    let int = |value| Some(fishplate_cel::Value::Int(value));
    assert_eq!(score(None, None), int(11));
    assert_eq!(score(Some(Mode::Off), None), int(0));
    assert_eq!(score(Some(Mode::Off), Some(Mode::Live)), int(1));
    assert_eq!(score(None, Some(Mode::Shadow)), int(10));
    assert!(engine.set_mode("LIMIT/C", None).is_err());
}
