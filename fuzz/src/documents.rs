//! Rule documents and the tables that they name.

use fishplate::{Engine, Event, Limits, RuleSet, engine::Options};

const DOCUMENTS: &[&str] = &[
    include_str!("../../docs/samples/baskets.yaml"),
    include_str!("../../docs/samples/edges.yaml"),
    include_str!("../../docs/samples/every.yaml"),
    include_str!("../../docs/samples/fares.yaml"),
    include_str!("../../docs/samples/invoices.yaml"),
    include_str!("../../docs/samples/machines.yaml"),
    include_str!("../../docs/samples/payments.yaml"),
    include_str!("../../docs/samples/pumps.yaml"),
    include_str!("../../docs/samples/trips.yaml"),
    include_str!("../../docs/samples/broken.yaml"),
];

pub(crate) const WORDS: &[&str] = &[
    "fishplate: 1\n",
    "name: ",
    "schema: ",
    "fields: ",
    "event: ",
    "features:\n",
    "outputs:\n",
    "rules:\n",
    "tables:\n",
    "- id: ",
    "when: ",
    "why: ",
    "output: {",
    "table:\n",
    "rows:\n",
    "file: limits.csv",
    "hit: first",
    "mode: shadow",
    "for: 1m",
    "until: ",
    "silent: 5m",
    "by: event.",
    "count: true",
    "sum: event.",
    "sliding: 5m",
    "tumbling: 1h",
    "slide: 1m",
    "where: ",
    "type: int",
    "merge: sum",
    "default: ",
    "enum: [",
    "partition_by: ",
    "!!int ",
    "&a ",
    "*a",
    "<<: ",
    "|\n",
    ">-\n",
    "? ",
    "\t",
    "# ",
    "---\n",
    "...",
    "\u{feff}",
    "'",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ": ",
    ", ",
    "\n  ",
    "\n    ",
    "null",
    "true",
    "-1",
    "999999999999h",
    "0s",
    "event.",
    "features.",
    "\r\n",
    "-",
    "> 500",
    "not(",
    "[1..2)",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    DOCUMENTS.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn table_seeds() -> Vec<Vec<u8>> {
    vec![
        include_bytes!("../../docs/samples/limits.csv").to_vec(),
        b"id,amount,score\nA,[1..2),3\n,-,4\n".to_vec(),
        b"country,action\r\n\"\"\"NG\"\", \"\"KE\"\"\",REVIEW\r\n".to_vec(),
    ]
}

/// A document is refused with its mistakes, or is the same rule set twice, and decides an empty event.
pub(crate) fn documents(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(rules) = compiled(&text, include_bytes!("../../docs/samples/limits.csv")) else { return };
    let again = compiled(&text, include_bytes!("../../docs/samples/limits.csv"));
    assert_eq!(again.map(|rules| *rules.version()), Some(*rules.version()), "another rule set the second time");
    let mut engine = Engine::new(&rules, Options::default());
    let _ = engine.decide(Event::json(b"{}"));
    let _ = engine.snapshot();
}

/// The bytes as the file of a decision table.
pub(crate) fn tables(bytes: &[u8]) {
    let Some(rules) = compiled(include_str!("../../docs/samples/fares.yaml"), bytes) else { return };
    let mut engine = Engine::new(&rules, Options::default());
    let _ = engine.decide(Event::json(br#"{"country": "NG", "amount": 640.0, "channel": "web", "age": 70}"#));
}

fn compiled(text: &str, table: &[u8]) -> Option<RuleSet> {
    let mut read = |name: &str| match name {
        "payments.proto" => Ok(include_bytes!("../../docs/samples/payments.proto").to_vec()),
        "baskets.proto" => Ok(include_bytes!("../../docs/samples/baskets.proto").to_vec()),
        "limits.csv" => Ok(table.to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    match RuleSet::from_text("rules.yaml", text, &mut read, &Limits::default()) {
        Ok(rules) => Some(rules),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "refused without a reason");
            None
        }
    }
}
