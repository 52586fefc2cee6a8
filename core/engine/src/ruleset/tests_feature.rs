//! Declarations of features: what each aggregate takes and gives, what does not go together, what tells two apart.

use fishplate_cel::Type;

use super::*;

const HEAD: &str = "fishplate: 1
name: t
schema:
  fields: {at: timestamp, id: string, on: bool, n: int, u: uint, x: double, raw: bytes, took: duration, tags: list(string)}
event: {time: at, max_disorder: 10s}
";

fn load(rest: &str) -> Result<RuleSet, Error> {
    let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    RuleSet::from_text("rules.yaml", &format!("{HEAD}{rest}"), &mut none, &Limits::default())
}

/// A document of this one feature, `f`, which a rule reads.
fn feature(body: &str) -> Result<RuleSet, Error> {
    load(&format!("features:\n  f: {body}\nrules:\n  - {{id: R, when: has(features.f)}}\n"))
}

/// An aggregate of `EXPRESSION` in a window of a minute.
fn aggregate(word: &str, of: &str) -> Result<RuleSet, Error> {
    feature(&format!("{{by: event.id, {word}: {of}, tumbling: 1m}}"))
}

/// Code of every mistake in the feature's line, and the text that is underlined.
fn faults(body: &str) -> Vec<(String, String)> {
    let error = feature(body).expect_err("the feature is wrong");
    let place = |fault: &Diagnostic| match &fault.place {
        Place::Text { line: 7, column, width, source, .. } => {
            let underlined = source.chars().skip(*column as usize - 1).take(*width as usize).collect();
            (fault.code.to_string(), underlined)
        }
        _ => panic!("a mistake elsewhere: {fault}"),
    };
    error.diagnostics.iter().map(place).collect()
}

fn at(code: &str, underlined: &str) -> (String, String) {
    (code.to_owned(), underlined.to_owned())
}

const FIELDS: [(&str, Type); 8] = [
    ("event.on", Type::Bool),
    ("event.n", Type::Int),
    ("event.u", Type::Uint),
    ("event.x", Type::Double),
    ("event.id", Type::String),
    ("event.raw", Type::Bytes),
    ("event.at", Type::Timestamp),
    ("event.took", Type::Duration),
];

#[test]
fn each_aggregate_takes_its_types_and_gives_its_own() {
    let number = [Type::Int, Type::Uint, Type::Double];
    let ordered = [Type::Int, Type::Uint, Type::Double, Type::Timestamp, Type::Duration];
    for (field, ty) in FIELDS {
        let expected = [
            ("sum", number.contains(&ty), ty.clone()),
            ("avg", number.contains(&ty), Type::Double),
            ("stddev", number.contains(&ty), Type::Double),
            ("min", ordered.contains(&ty), ty.clone()),
            ("max", ordered.contains(&ty), ty.clone()),
            ("first", true, ty.clone()),
            ("last", true, ty.clone()),
            ("distinct", true, Type::Int),
        ];
        for (word, good, gives) in expected {
            match aggregate(word, field) {
                Ok(rules) => assert_eq!((good, &rules.plan().features[0].ty), (true, &gives), "{word} of {ty}"),
                Err(error) => assert_eq!((good, error.code()), (false, codes::BAD_AGGREGATE_TYPE), "{word} of {ty}"),
            }
        }
    }
    for word in ["sum", "avg", "stddev", "min", "max", "first", "last", "distinct"] {
        let error = aggregate(word, "event.tags").expect_err("a list is aggregated by nothing");
        assert_eq!(error.code(), codes::BAD_AGGREGATE_TYPE, "{word}");
    }
    for (word, gives) in [("count", Type::Int), ("rate", Type::Double)] {
        assert_eq!(aggregate(word, "true").expect("a good feature").plan().features[0].ty, gives);
        assert_eq!(aggregate(word, "event.n").expect_err("it takes `true`").code(), codes::WRONG_KIND);
    }
}

#[test]
fn what_an_aggregate_takes_is_told_where_it_is_wrong() {
    let error = aggregate("stddev", "event.id").expect_err("a string has no deviation");
    assert_eq!(
        error.to_string(),
        "error[F0418]: string cannot be averaged
 --> rules.yaml:7:29
  |
7 |   f: {by: event.id, stddev: event.id, tumbling: 1m}
  |                             ^^^^^^^^ expected int, uint or double"
    );
}

#[test]
fn a_tumbling_window_slides_by_its_size() {
    let of = |rules: Result<RuleSet, Error>| rules.expect("a good feature").plan().keyed[0].windows[0].definition;
    let tumbling = of(feature("{by: event.id, count: true, tumbling: 5m}"));
    assert_eq!(tumbling, of(feature("{by: event.id, count: true, sliding: 5m, slide: 5m}")));
    assert_eq!(tumbling.buckets, 1);
}

#[test]
fn parts_that_do_not_go_together_are_told_apart_from_parts_that_lack() {
    assert_eq!(faults("{by: event.id, count: true, tumbling: 1h, slide: 1m}"), [at("F0421", "1m")]);
    assert_eq!(faults("{by: event.id, count: true, tumbling: 1h, sliding: 2h}"), [at("F0421", "2h")]);
    assert_eq!(faults("{by: event.id, count: true, sum: event.n, tumbling: 1h}"), [at("F0421", "event.n")]);
    assert_eq!(faults("{by: event.id, tumbling: 1h}"), [at("F0403", "{")]);
    assert_eq!(faults("{by: event.id, count: true}"), [at("F0403", "{")]);
    assert_eq!(faults("{by: event.id, count: true, slide: 1m}"), [at("F0403", "{")]);
    assert_eq!(faults("{by: event.id, count: true, sliding: 1m}"), [at("F0403", "{")]);
    assert_eq!(faults("{count: true, tumbling: 1h}"), [at("F0403", "{")]);
    assert_eq!(faults("{by: event.id, count: true, tumbling: 1us}"), [at("F0406", "1us")]);
    assert_eq!(faults("{by: event.id, counts: true, tumbling: 1h}"), [at("F0403", "{"), at("F0402", "counts")]);
}

#[test]
fn the_buckets_that_wait_for_disorder_count_too() {
    let with = |disorder: &str, slide: &str| {
        let rules = format!("features:\n  f: {{by: event.id, count: true, sliding: 10s, slide: {slide}}}\nrules: []\n");
        load(&rules).expect("without disorder it is good");
        let head = HEAD.replace("10s", disorder);
        let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        RuleSet::from_text("rules.yaml", &format!("{head}{rules}"), &mut none, &Limits::default())
    };
    assert!(with("89s", "1ms").is_ok());
    let error = with("24h", "1ms").expect_err("86,410,000 buckets");
    assert_eq!(error.code(), codes::BAD_DURATION);
    assert!(error.to_string().contains("86410000 buckets are over the most that a window keeps, 100000"), "{error}");
}

#[test]
fn a_supplied_feature_has_a_plain_type_and_nothing_else() {
    for ty in ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"] {
        let rules = feature(&format!("{{supplied: {ty}}}")).expect("a good feature");
        assert_eq!(rules.plan().features[0].ty.to_string(), ty);
        assert!(rules.plan().keyed.is_empty(), "nothing is kept of it");
    }
    assert_eq!(faults("{supplied: list(int)}"), [at("F0421", "list(int)")]);
    assert_eq!(faults("{supplied: text}"), [at("F0414", "text")]);
    assert_eq!(faults("{supplied: double, by: event.id}"), [at("F0421", "event.id")]);
    assert_eq!(faults("{supplied: double, tumbling: 1h}"), [at("F0421", "1h")]);
}

#[test]
fn rules_read_a_feature_under_its_type() {
    let typed = |body: &str, when: &str| {
        load(&format!("features:\n  f: {body}\nrules:\n  - {{id: R, when: '{when}'}}\n")).map(drop)
    };
    let last = "{by: event.id, last: event.id, tumbling: 1h}";
    assert!(typed(last, "features.f.startsWith(\"a\")").is_ok());
    assert_eq!(typed(last, "features.f > 1").expect_err("a string is no int").code().to_string(), "F0203");
    assert!(typed("{by: event.id, avg: event.n, tumbling: 1h}", "features.f > 1.5").is_ok());
}

#[test]
fn a_fingerprint_changes_with_whatever_decides_what_the_state_means() {
    let print = |body: &str| feature(body).expect("a good feature").plan().features[0].fingerprint;
    let first = "{by: event.id, sum: event.n, sliding: 1h, slide: 1m, where: event.on}";
    let same =
        [first, "{where: event.on, by: [event.id], sliding: 60m, slide: 60s, sum: ' event.n ', current: included}"];
    let others = [
        "{by: event.id, sum: event.u, sliding: 1h, slide: 1m, where: event.on}",
        "{by: event.id, sum: event.n + 1, sliding: 1h, slide: 1m, where: event.on}",
        "{by: event.id, avg: event.n, sliding: 1h, slide: 1m, where: event.on}",
        "{by: event.on, sum: event.n, sliding: 1h, slide: 1m, where: event.on}",
        "{by: [event.id, event.on], sum: event.n, sliding: 1h, slide: 1m, where: event.on}",
        "{by: event.id, sum: event.n, sliding: 2h, slide: 1m, where: event.on}",
        "{by: event.id, sum: event.n, sliding: 1h, slide: 2m, where: event.on}",
        "{by: event.id, sum: event.n, tumbling: 1h, where: event.on}",
        "{by: event.id, sum: event.n, sliding: 1h, slide: 1m, where: '!event.on'}",
        "{by: event.id, sum: event.n, sliding: 1h, slide: 1m}",
        "{by: event.id, sum: event.n, sliding: 1h, slide: 1m, where: event.on, current: excluded}",
    ];
    assert_eq!(print(same[0]), print(same[1]));
    let mut seen = vec![print(first)];
    for other in others {
        assert!(!seen.contains(&print(other)), "{other}");
        seen.push(print(other));
    }
}

#[test]
fn a_field_of_another_type_is_another_feature() {
    let print = |ty: &str| {
        let text = format!(
            "fishplate: 1\nname: t\nschema: {{fields: {{at: timestamp, id: string, n: {ty}}}}}\nevent: {{time: at}}\n\
             features: {{f: {{by: event.id, count: true, tumbling: 1m, where: has(event.n)}}}}\nrules: []\n"
        );
        let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        let rules = RuleSet::from_text("rules.yaml", &text, &mut none, &Limits::default()).expect("a good document");
        rules.plan().features[0].fingerprint
    };
    assert_eq!(print("int"), print("int"));
    assert_ne!(print("int"), print("uint"));
}
