//! The explanations of error codes keep their word: each wrong example gives its code, and put right it is accepted.

use fishplate::codes::{self, Explanation};
use fishplate::engine::Options;
use fishplate::{Cells, Decision, Engine, Error, Event, Limits, RuleSet};

/// What the examples stand in, by the keys at the top; an example takes the place of those that it has itself.
const PARTS: &[(&str, &str)] = &[
    ("fishplate", "fishplate: 1"),
    ("name", "name: payments"),
    (
        "schema",
        "schema: {fields: {id: string, at: timestamp, amount: double, country: string, card_id: string, count: int, \
         refunds: int, items: uint, email: string, comment: string, tags: list(string), \
         labels: \"map(string, string)\", device: {os: string}}}",
    ),
    ("event", "event: {time: at}"),
    ("outputs", "outputs:\n  score: {type: int, merge: sum}\n  action: {enum: [ALLOW, DECLINE], merge: max}"),
    ("features", "features:\n  per_email: {by: event.email, count: true, sliding: 1h, slide: 1m}"),
    ("rules", "rules:\n  - {id: R001, when: event.amount > 100.0}"),
];

const EVENT: &str = r#"{"id": "p-1", "at": "2026-01-01T00:00:00Z", "amount": 12.5, "country": "US", "card_id": "c-1",
    "count": "3", "refunds": "0", "items": "2", "comment": "", "tags": ["new"], "labels": {},
    "device": {"os": "ios"}}"#;

const PROTO: &str = "syntax = \"proto3\";
package risk.v1;
import \"google/protobuf/timestamp.proto\";
enum Status { UNKNOWN = 0; APPROVED = 1; }
message Payment { string id = 1; google.protobuf.Timestamp at = 2; uint32 items = 3; Status status = 4; }
";

fn compile(example: &str, proto: &str) -> Result<RuleSet, Error> {
    let begins = |name: &str| example.lines().any(|line| line.starts_with(&format!("{name}:")));
    if begins("rule") {
        // A policy is a whole document of its own kind, and nothing stands beside this one.
        let mut nothing = |_: &str| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        return RuleSet::from_text("policy.yaml", example, &mut nothing, &Limits::default());
    }
    let kept = PARTS.iter().filter(|(name, _)| !begins(name)).map(|(_, text)| *text);
    let text = kept.chain([example]).collect::<Vec<_>>().join("\n");
    let mut read = |_: &str| Ok(proto.as_bytes().to_vec());
    RuleSet::from_text("payments.yaml", &text, &mut read, &Limits::default())
}

fn with_when(expression: &str) -> String {
    format!("rules:\n  - id: R001\n    when: |\n      {expression}")
}

fn explained(block: std::ops::Range<u16>) -> impl Iterator<Item = Explanation> {
    codes::all().into_iter().filter(move |explanation| block.contains(&explanation.code.0))
}

fn codes_of<T>(result: Result<T, Error>) -> Vec<String> {
    let diagnostics = result.err().map(|error| error.diagnostics).unwrap_or_default();
    diagnostics.into_iter().map(|diagnostic| diagnostic.code.to_string()).collect()
}

/// Checks each explanation of `block` by `met`, which gives the codes that an example meets.
fn each_meets_its_code(block: std::ops::Range<u16>, met: impl Fn(&str) -> Vec<String>) {
    let mut faults = Vec::new();
    for Explanation { code, wrong, right, .. } in explained(block) {
        let (of_wrong, of_right) = (met(wrong), met(right));
        if !of_wrong.contains(&code.to_string()) || !of_right.is_empty() {
            faults.push(format!("{code}: wrong gives {of_wrong:?}, right gives {of_right:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_expression_that_is_refused_gives_its_code() {
    each_meets_its_code(101..300, |expression| codes_of(compile(&with_when(expression), "")));
}

fn decide(document: &str, event: &str, strict: bool) -> Result<Decision, Error> {
    let rules = compile(document, PROTO)?;
    Engine::new(&rules, Options { strict, ..Options::default() }).decide(Event::json(event.as_bytes()))
}

#[test]
fn an_expression_that_ends_in_an_error_gives_its_code() {
    each_meets_its_code(301..400, |expression| {
        let decision = decide(&with_when(expression), EVENT, false);
        let errors = decision.as_ref().map(|decision| decision.errors().to_vec()).unwrap_or_default();
        errors.iter().map(|error| error.code.to_string()).chain(codes_of(decision)).collect()
    });
}

#[test]
fn a_wrong_part_of_a_document_gives_its_code() {
    each_meets_its_code(401..500, |part| codes_of(compile(part, "")));
}

#[test]
fn a_wrong_proto_file_gives_its_code() {
    each_meets_its_code(501..502, |message| {
        let document = "schema: payments.proto#risk.v1.Payment\nevent: {}\nfeatures: {}\nrules: []";
        codes_of(compile(document, &format!("syntax = \"proto3\";\npackage risk.v1;\n{message}\n")))
    });
    each_meets_its_code(502..503, |schema| {
        codes_of(compile(&format!("{schema}\nevent: {{}}\nfeatures: {{}}\nrules: []"), PROTO))
    });
}

#[test]
fn a_wrong_event_gives_its_code() {
    let all_read = "event: {time: at, id: id}\nrules: []";
    let only =
        |fields: &str| format!("schema: {{fields: {{{fields}}}}}\nevent: {{}}\nfeatures: {{}}\n{}", with_when("true"));
    let read = |field: &str, when: &str| {
        format!("schema: {{fields: {{{field}}}}}\nevent: {{}}\nfeatures: {{}}\n{}", with_when(when))
    };
    let amount = read("amount: double", "event.amount > 1.0");
    let proto = |when: &str| {
        format!("schema: payments.proto#risk.v1.Payment\nevent: {{}}\nfeatures: {{}}\n{}", with_when(when))
    };
    let cases = [
        (602, only("id: string"), false),
        (603, amount.clone(), false),
        (604, proto("event.items > 0u"), false),
        (606, amount.clone(), true),
        (607, all_read.into(), false),
        (608, proto("event.status == Status.APPROVED"), false),
        (609, all_read.into(), false),
        (611, amount, false),
    ];
    for (code, document, strict) in cases {
        each_meets_its_code(code..code + 1, |event| {
            let event = event.split("      with").next().unwrap_or_default();
            codes_of(decide(&document, event, strict))
        });
    }
}

/// The bytes of the two-digit hexadecimal words that `text` begins with.
fn bytes_of(text: &str) -> Vec<u8> {
    let hex = |word: &str| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok()).flatten();
    text.split(' ').map_while(hex).collect()
}

#[test]
fn wrong_bytes_give_their_code() {
    let document = format!(
        "schema: payments.proto#risk.v1.Payment\nevent: {{}}\nfeatures: {{}}\n{}",
        with_when("event.id != \"\"")
    );
    for code in [601, 605] {
        each_meets_its_code(code..code + 1, |bytes| {
            let rules = compile(&document, PROTO).expect("a good document");
            codes_of(Engine::new(&rules, Options::default()).decide(Event::protobuf(&bytes_of(bytes))))
        });
    }
}

struct Row<'a>(Vec<&'a str>);

impl Cells for Row<'_> {
    fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.get(at).map(|cell| cell.as_bytes())
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn a_wrong_row_gives_its_code() {
    each_meets_its_code(610..611, |table| {
        let (header, row) = table.split_once('\n').expect("a header and a row");
        let rules = compile("event: {}\nfeatures: {}\nrules: []", "").expect("a good document");
        let mut engine = Engine::new(&rules, Options::default());
        let columns = engine.columns(&header.split(',').collect::<Vec<_>>()).expect("a good header");
        // The quoted cell of the example, as a reader of CSV gives it.
        let cells = match row.split_once(",\"") {
            Some((id, country)) => vec![id, country.trim_end_matches('"')],
            None => row.split(',').collect(),
        };
        codes_of(engine.decide(Event::row(&columns, &Row(cells))))
    });
}
