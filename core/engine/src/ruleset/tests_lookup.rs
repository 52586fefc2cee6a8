//! Lookup tables: what expressions find in them, and what is said of wrong ones.

use super::*;
use crate::engine::Options;
use crate::{Decision, Engine, Event};
use fishplate_cel::Value;

const HEAD: &str = "fishplate: 1
name: t
schema: {fields: {at: timestamp, card: string, from: string, zone: int, amount: double}}
outputs:
  note: {type: string, merge: list, default: []}
  score: {type: double, merge: sum, default: 0.0}
";

const AIRPORTS: &str = "tables:
  airports:
    key: {code: string}
    columns: {country: string, lat: double, opened: timestamp, walk: duration, fee: decimal, big: bool, gates: int, id: uint}
    file: airports.csv
";

const CSV: &str = "code,country,lat,opened,walk,fee,big,gates,id
OSL,NO,60.19,1998-10-08T00:00:00Z,25m,12.50,true,72,7
\"TRD\",NO,63.46,1914-01-01T00:00:00+01:00,5m,3,false,-1,18446744073709551615
CDG,FR,49.01,1974-03-08T00:00:00Z,1h,0.00,true,0,0
";

/// A document of these parts, with the file `airports.csv`.
fn load(parts: &str, csv: &str) -> Result<RuleSet, Error> {
    let mut read = |name: &str| match name {
        "airports.csv" => Ok(csv.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    RuleSet::from_text("rules.yaml", &format!("{HEAD}{parts}"), &mut read, &Limits::default())
}

fn good(parts: &str, csv: &str) -> RuleSet {
    load(parts, csv).unwrap_or_else(|error| panic!("{error}"))
}

fn rule(when: &str) -> String {
    format!("{AIRPORTS}rules:\n  - {{id: R, when: '{when}'}}\n")
}

fn decide(rules: &RuleSet, json: &str) -> Decision {
    let mut engine = Engine::new(rules, Options::default());
    engine.decide(Event::json(json.as_bytes())).expect("a good event")
}

/// Whether the rule `when` matches; the code of its error where it has one.
fn asked(when: &str, json: &str) -> Result<bool, String> {
    let decision = decide(&good(&rule(when), CSV), json);
    match decision.errors() {
        [] => Ok(decision.matched().count() == 1),
        errors => Err(errors[0].code.to_string()),
    }
}

/// Code, file, line and column of every mistake.
fn faults(parts: &str, csv: &str) -> Vec<(String, String, u32, u32)> {
    let error = load(parts, csv).expect_err("the document is wrong");
    let place = |fault: &Diagnostic| match &fault.place {
        Place::Text { file, line, column, .. } => (fault.code.to_string(), file.clone(), *line, *column),
        _ => (fault.code.to_string(), String::new(), 0, 0),
    };
    error.diagnostics.iter().map(place).collect()
}

fn at(code: &str, file: &str, line: u32, column: u32) -> (String, String, u32, u32) {
    (code.to_owned(), file.to_owned(), line, column)
}

#[test]
fn a_row_is_found_by_its_key_and_its_columns_have_their_types() {
    let osl = r#"{"from": "OSL"}"#;
    for when in [
        "tables.airports[event.from].country == \"NO\"",
        "tables.airports[event.from].lat > 60.0",
        "tables.airports[event.from].opened == timestamp(\"1998-10-08T00:00:00Z\")",
        "tables.airports[event.from].walk == duration(\"25m\")",
        "tables.airports[event.from].fee * 2 == decimal(\"25\")",
        "tables.airports[event.from].big",
        "tables.airports[event.from].gates == 72",
        "tables.airports[event.from].id == 7u",
        "tables.airports.TRD.id == 18446744073709551615u",
        "tables.airports[\"TRD\"].gates + tables.airports[event.from].gates == 71",
        "event.from in tables.airports && !(\"XXX\" in tables.airports)",
        "has(tables.airports.OSL) && !has(tables.airports.XXX)",
        "has(tables.airports[event.from].lat)",
        "tables.airports.exists(code, code == event.from)",
        "tables.airports.size() == 3 && size(tables.airports) == 3",
        "tables.airports[?event.from].hasValue() && !tables.airports[?\"XXX\"].hasValue()",
        "tables.airports.?XXX.lat.orValue(1.0) == 1.0",
        "tables.airports[event.from] == tables.airports.OSL && tables.airports.OSL != tables.airports.TRD",
    ] {
        assert_eq!(asked(when, osl), Ok(true), "{when}");
    }
    assert_eq!(asked("tables.airports[event.from].lat > 60.0", r#"{"from": "CDG"}"#), Ok(false));
}

#[test]
fn a_key_without_a_row_is_an_error_as_of_any_map() {
    let when = "tables.airports[event.from].lat > 60.0";
    assert_eq!(asked(when, r#"{"from": "XXX"}"#), Err("F0304".to_owned()));
    assert_eq!(asked("tables.airports.XXX.big", "{}"), Err("F0304".to_owned()));
    assert_eq!(asked(when, "{}"), Err("F0306".to_owned()), "the key itself is absent");
    let guarded = "event.from in tables.airports && tables.airports[event.from].lat > 60.0";
    assert_eq!(asked(guarded, r#"{"from": "XXX"}"#), Ok(false));
}

#[test]
fn a_default_is_read_where_a_key_has_no_row_and_is_no_row() {
    let parts = "tables:
  zones:
    key: {number: int}
    columns: {fee: double, name: string}
    default: {name: elsewhere, fee: 9.5}
    rows:
      - [1, 0.5, centre]
      - {name: suburb, fee: 2, number: 2}
rules:
  - {id: FEE, when: 'true', output: {score: 'tables.zones[event.zone].fee', note: 'tables.zones[event.zone].name'}}
  - {id: KNOWN, when: 'event.zone in tables.zones'}
  - {id: ABSENT, when: '!tables.zones[?event.zone].hasValue() && !has(tables.zones[?event.zone].fee)'}
";
    let rules = good(parts, "");
    for (zone, fee, name, matched) in [
        (1, 0.5, "centre", &["FEE", "KNOWN"][..]),
        (2, 2.0, "suburb", &["FEE", "KNOWN"]),
        (3, 9.5, "elsewhere", &["FEE", "ABSENT"]),
    ] {
        let decision = decide(&rules, &format!(r#"{{"zone": {zone}}}"#));
        assert_eq!(decision.output("score"), Some(&Value::Double(fee)));
        assert_eq!(decision.output("note"), Some(&Value::list(vec![name.into()])));
        assert_eq!(decision.matched().collect::<Vec<_>>(), matched);
    }
}

#[test]
fn a_table_of_keys_alone_is_a_set() {
    let parts = "tables: {banned: {key: {code: string}, rows: [[XXX], {code: YYY}]}}
rules:\n  - {id: R, when: event.from in tables.banned}\n";
    let rules = good(parts, "");
    let matches = |from: &str| decide(&rules, &format!(r#"{{"from": "{from}"}}"#)).matched().count() == 1;
    assert_eq!(["XXX", "YYY", "OSL"].map(matches), [true, true, false]);
}

#[test]
fn mistakes_in_a_file_stand_at_their_cells() {
    let csv = "code,country,lat,opened,walk,fee,big,gates,id
OSL,NO,north,1998-10-08,25,12.5.0,yes,1.5,-7
OSL,NO,60.19,1998-10-08T00:00:00Z,25m,12.50,true,72,7
TRD,NO,,1998-10-08T00:00:00Z,25m,12.50,true,72,7
CDG,FR
";
    let found = faults(&rule("true"), csv);
    let file = |code: &str, line: u32, column: u32| at(code, "airports.csv", line, column);
    let mut wanted = [8, 14, 25, 28, 35, 39, 43].map(|column| file("F0433", 2, column)).to_vec();
    wanted.extend([file("F0433", 4, 8), file("F0433", 5, 1)]);
    assert_eq!(found, wanted);
    let error = load(&rule("true"), csv).expect_err("wrong").to_string();
    assert!(error.contains("`north` is no double, as the column `lat` has them"), "{error}");
    assert!(error.contains("declare the column as double"), "{error}");
    assert!(error.contains("the row has no `lat`"), "{error}");
}

#[test]
fn a_key_stands_once() {
    let csv = "code,country,lat,opened,walk,fee,big,gates,id
OSL,NO,60.19,1998-10-08T00:00:00Z,25m,12.50,true,72,7
OSL,NO,60.19,1998-10-08T00:00:00Z,25m,12.50,true,72,7
";
    assert_eq!(faults(&rule("true"), csv), [at("F0405", "airports.csv", 3, 1)]);
    let ints = "tables: {z: {key: {n: int}, rows: [[7], [07]]}}\nrules: []\n";
    assert_eq!(faults(ints, ""), [at("F0405", "rules.yaml", 7, 42)], "07 is 7");
}

#[test]
fn columns_are_all_there_and_no_others() {
    let found = faults(&rule("true"), "code,country,latitude,opened,walk,fee,big,gates,id\n");
    let codes: Vec<_> = found.iter().map(|(code, file, line, _)| (code.as_str(), file.as_str(), *line)).collect();
    assert_eq!(codes, [("F0433", "airports.csv", 1); 2], "lat is not there, latitude is unknown: {found:?}");
    let parts = "tables:
  z:
    key: {n: int}
    columns: {fee: double, name: string}
    default: {fee: free}
    rows:
      - [1, 2.0]
      - {n: 2, fee: 1.0, nmae: x}
      - {n: 3, fee: 1.0, name: [x]}
rules: []
";
    let here = |code: &str, line: u32, column: u32| at(code, "rules.yaml", line, column);
    assert_eq!(
        faults(parts, ""),
        [
            here("F0433", 11, 14),
            here("F0433", 13, 9),
            here("F0433", 14, 9),
            here("F0402", 14, 26),
            here("F0433", 15, 32)
        ]
    );
}

#[test]
fn a_default_has_the_types_of_its_columns() {
    let table = |default: &str| {
        format!(
            "tables: {{z: {{key: {{n: int}}, columns: {{fee: double}}, default: {default}, rows: [[1, 1.0]]}}}}\nrules: []\n"
        )
    };
    let here = |code: &str, column: u32| at(code, "rules.yaml", 7, column);
    assert_eq!(faults(&table("{fee: free}"), ""), [here("F0433", 68)]);
    assert_eq!(faults(&table("{fee: 1.0, n: 4}"), ""), [here("F0402", 73)]);
    assert_eq!(faults(&table("nothing"), ""), [here("F0404", 62)]);
    assert!(load(&table("none"), "").is_ok() && load(&table("{fee: 1.0}"), "").is_ok());
}

#[test]
fn a_declaration_that_is_wrong_is_told_and_its_uses_are_not() {
    let parts = "tables:
  a: {key: {n: float}, rows: []}
  b: {key: {n: double}, rows: []}
  c: {key: {n: int, m: int}, rows: []}
  d: {key: {n: int}, columns: {n: int, x: strin}, rows: []}
  e: {key: {n: int}}
  f: {key: {n: int}, rows: [], file: airports.csv}
  2g: {key: {n: int}, rows: []}
  h: {key: {n: int}, file: nowhere.csv}
  i: {key: {n: int}, colums: {x: int}, rows: []}
rules:
  - {id: R, when: 'tables.a[1].x == 7 && tables.d[1].x == 8'}
";
    let found = faults(parts, CSV);
    let found: Vec<_> = found.iter().map(|(code, _, line, column)| (code.as_str(), *line, *column)).collect();
    assert_eq!(
        found,
        [
            ("F0414", 8, 16),
            ("F0433", 9, 16),
            ("F0433", 10, 12),
            ("F0405", 11, 32),
            ("F0414", 11, 43),
            ("F0403", 12, 6),
            ("F0433", 13, 38),
            ("F0416", 14, 3),
            ("F0808", 15, 28),
            ("F0402", 16, 22),
        ]
    );
}

#[test]
fn wrong_rows_hide_no_mistake_of_those_who_read_them() {
    let parts = rule("tables.airports[event.from].lta > 1.0");
    let codes = |csv: &str| faults(&parts, csv).into_iter().map(|(code, ..)| code).collect::<Vec<_>>();
    assert_eq!(codes(&CSV.replace("60.19", "north")), ["F0433", "F0202"]);
    assert_eq!(codes(""), ["F0433", "F0202"]);
    let nowhere = parts.replace("airports.csv", "nowhere.csv");
    assert_eq!(faults(&nowhere, CSV).into_iter().map(|(code, ..)| code).collect::<Vec<_>>(), ["F0808", "F0202"]);
}

#[test]
fn a_wrong_name_is_found_when_the_document_is_loaded() {
    for (when, code, suggestion) in [
        ("tables.airprots[event.from].lat > 1.0", "F0201", "did you mean \"tables.airports\"?"),
        ("tables.airports[event.from].lta > 1.0", "F0202", "did you mean \"lat\"?"),
        ("tables.airports[event.zone].lat > 1.0", "F0204", ""),
        ("tables.airports[event.from].lat == \"60\"", "F0203", ""),
        ("event.zone in tables.airports", "F0203", ""),
        ("tables.airports[event.from]", "F0207", ""),
        ("airports[event.from].lat > 1.0", "F0201", ""),
    ] {
        let error = load(&rule(when), CSV).expect_err(when);
        let fault = &error.diagnostics[0];
        assert_eq!((error.diagnostics.len(), fault.code.to_string().as_str()), (1, code), "{when}: {error}");
        assert!(suggestion.is_empty() || fault.suggestion.as_deref() == Some(suggestion), "{when}: {error}");
    }
}

#[test]
fn rows_and_bytes_are_limited() {
    let limits = Limits { table_rows: 2, ..Limits::default() };
    let mut read = |_: &str| Ok(CSV.as_bytes().to_vec());
    let text = format!("{HEAD}{}", rule("true"));
    let error = RuleSet::from_text("rules.yaml", &text, &mut read, &limits).expect_err("three rows");
    assert_eq!(error.code(), codes::LIMIT_TABLE_ROWS);
    let limits = Limits { document_bytes: text.len() as u64, ..Limits::default() };
    let mut read = |_: &str| Ok(CSV.repeat(20).into_bytes());
    let error = RuleSet::from_text("rules.yaml", &text, &mut read, &limits).expect_err("a large file");
    assert_eq!(error.code(), codes::LIMIT_DOCUMENT_BYTES);
}

const KEPT: &str = "event: {time: at}
features:
  abroad: {by: event.card, count: true, where: 'tables.airports[event.from].country != \"NO\"', sliding: 1h, slide: 1m}
  all: {by: event.card, count: true, sliding: 1h, slide: 1m}
rules:
  - {id: N, when: features.abroad > 1 && features.all > 1}
  - {id: QUIET, by: event.card, silent: 5m, output: {note: 'tables.airports[event.from].country'}}
  - {id: STILL, by: event.card, silent: 5m}
";

#[test]
fn another_table_is_another_version_and_what_was_computed_from_it_begins_anew() {
    let (one, other) = (CSV, CSV.replace("FR", "NO"));
    let parts = format!("{AIRPORTS}{KEPT}");
    let (one, other) = (good(&parts, one), good(&parts, &other));
    assert_ne!(one.version(), other.version());
    assert_eq!(one.schema_files().map(|(name, _)| name).collect::<Vec<_>>(), ["airports.csv"]);
    let mut engine = Engine::new(&one, Options::default());
    engine.decide(Event::json(br#"{"at": "2026-01-01T00:00:00Z", "card": "a", "from": "CDG"}"#)).expect("good");
    let swapped = engine.swap(&other).expect("no partitions");
    assert_eq!(
        (&swapped.kept[..], &swapped.warming[..]),
        (&["all".to_owned(), "STILL".into()][..], &["abroad".to_owned()][..])
    );
    assert_eq!(engine.swap(&one).expect("no partitions").warming, ["abroad"], "and back");
    assert_eq!(engine.swap(&good(&parts, CSV)).expect("no partitions").kept.len(), 4, "the same table is the same");
}

#[test]
fn a_partition_that_reads_another_table_is_another_partition() {
    let parts = format!(
        "{AIRPORTS}partition_by: tables.airports[event.from].country
event: {{time: at}}
features: {{n: {{by: 'tables.airports[event.from].country', count: true, sliding: 1h, slide: 1m}}}}
rules:\n  - {{id: R, when: features.n > 1}}\n"
    );
    let (one, other) = (good(&parts, CSV), good(&parts, &CSV.replace("FR", "NO")));
    let mut engine = Engine::new(&one, Options::default());
    let from = |at: &str| format!(r#"{{"at": "2026-01-01T00:00:00Z", "card": "a", "from": "{at}"}}"#);
    let mut matched = |at: &str| engine.decide(Event::json(from(at).as_bytes())).expect("good").matched().count();
    assert_eq!(["OSL", "CDG", "TRD", "CDG"].map(&mut matched), [0, 0, 1, 1], "two of Norway, two of France");
    assert_eq!(engine.swap(&other).expect_err("another partition").code(), codes::PARTITION_CHANGED);
    engine.swap(&good(&parts, CSV)).expect("the same");
}
