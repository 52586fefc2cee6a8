//! `fishplate run`: decisions, their order and their fields.

use serde_json::{Value, json};

use super::{decided, payment, ran, samples};

const RUN: [&str; 3] = ["run", "--rules", "payments.yaml"];

fn run(more: &[&str]) -> super::Ran {
    ran(&[&RUN[..], more].concat())
}

/// What the five sample payments are decided to be, by hand: of card c-7, 1500 and then 600 are over 2000 within the
/// hour (R001); of card c-8, 1250.5 comes from Sweden (R002), a minute before the newest, which is more than 30 s, and
/// was refused (R003, on trial); the repeat is the first decision again; an hour and a half later the window is empty.
fn by_hand() -> [Value; 5] {
    let line = |event: u64, late: bool, repeated: bool, score: i64, action: &str, matched: &[&str]| {
        let features = if matched == ["R001"] { json!({"spend_1h": 1500.0}) } else { json!({}) };
        let shadow = if event == 3 { json!(["R003"]) } else { json!([]) };
        json!({
            "event": event, "late": late, "repeated": repeated, "outputs": {"score": score, "action": action},
            "matched": matched, "features": features, "errors": [],
            "shadow": {"matched": shadow, "errors": []}, "trace": null,
        })
    };
    [
        line(1, false, false, 0, "ALLOW", &[]),
        line(2, false, false, 40, "REVIEW", &["R001"]),
        line(3, true, false, 25, "REVIEW", &["R002"]),
        line(4, false, true, 40, "REVIEW", &["R001"]),
        line(5, false, false, 0, "ALLOW", &[]),
    ]
}

#[test]
fn every_form_of_the_events_gives_the_decisions_computed_by_hand() {
    for file in ["payments.jsonl", "payments.csv", "payments.binpb"] {
        let ran = run(&["--events", file]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{file}");
        let mut lines = ran.lines();
        for line in &mut lines {
            let id = line.as_object_mut().and_then(|line| line.remove("id"));
            assert!(id.is_some_and(|id| id.as_str().is_some_and(|id| id.len() == 32)), "{file}");
        }
        assert_eq!(lines, by_hand(), "{file}");
    }
}

#[test]
fn a_decision_id_is_the_hash_of_version_and_event_id() {
    // Computed with Python's hashlib by docs/canonical.md: version over document and schema, then 01, the id's value.
    let ran = run(&["--events", "payments.jsonl"]);
    assert_eq!(ran.lines()[1]["id"], "48f002932bb8f7c36f92e05b8a9bd2f6");
}

#[test]
fn with_json_the_last_line_is_the_summary() {
    let ran = run(&["--events", "payments.csv", "--json"]);
    let lines = ran.lines();
    assert_eq!(lines.len(), 6);
    let mut summary = lines[5]["summary"].clone();
    let version = summary.as_object_mut().and_then(|summary| summary.remove("version")).unwrap_or_default();
    assert_eq!(version.as_str().map(str::len), Some(64));
    assert_eq!(
        summary,
        json!({"rule_set": "payments", "events": 5, "decisions": 5, "refused": 0, "matched": 3, "late": 1, "repeated": 1, "fired": 0})
    );
}

#[test]
fn a_refused_event_is_an_error_in_its_place_and_the_run_goes_on() {
    let ran = run(&["--events", "faulty.jsonl"]);
    assert_eq!(ran.code, Some(2));
    let lines = ran.lines();
    assert_eq!(lines.iter().map(|line| line["event"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert_eq!(lines[1]["line"], 2);
    assert_eq!(super::code_of(&lines[1]), "F0603");
    assert_eq!(lines[1]["error"]["diagnostics"][0]["place"], json!({"field": "event.amount"}));
    assert!(lines[0]["error"].is_null() && lines[2]["error"].is_null());
    assert!(ran.err.starts_with("fishplate: 1 of 3 events refused; the first is event 2 at line 2:\nerror[F0603]"));
    assert_eq!(run(&["--events", "faulty.jsonl", "--json"]).err, "", "with --json it stands in the output alone");
}

#[test]
fn decisions_go_to_the_output_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("decisions.jsonl");
    let ran = run(&["--events", "payments.csv", "--output", &file.to_string_lossy()]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
    let written = std::fs::read_to_string(&file).expect("it was written");
    assert_eq!(written, run(&["--events", "payments.csv"]).out);
}

#[test]
fn a_file_that_is_read_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("events.jsonl");
    std::fs::write(&file, payment("p")).expect("it is written");
    let name = file.to_string_lossy();
    let ran = run(&["--events", &name, "--output", &name]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("error[F0809]: the output would overwrite a file that is read"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), payment("p"));
}

#[test]
fn unknown_fields_are_refused_only_if_strict() {
    let event = b"{\"id\":\"p\",\"at\":\"2026-03-01T12:00:00Z\",\"amout\":1.0}";
    assert_eq!(decided("jsonl", event, &[]).code, Some(0));
    let strict = decided("jsonl", event, &["--strict"]);
    assert_eq!((strict.code, super::code_of(&strict.lines()[0])), (Some(2), "F0606"));
}

#[test]
fn limits_are_set_by_name() {
    let event = payment("a-long-id");
    let ran = decided("jsonl", event.as_bytes(), &["--limit", "string_bytes=8"]);
    assert_eq!((ran.code, super::code_of(&ran.lines()[0])), (Some(2), "F0705"));
    let ran = decided("jsonl", event.as_bytes(), &["--limit", "string_bytes=8", "--limit", "string_bytes=9"]);
    assert_eq!(ran.code, Some(0), "the later setting wins");
}

#[test]
fn the_protobuf_sample_holds_the_payments_of_the_json_sample() {
    use prost_reflect::prost::Message;

    let pool = protox::compile([samples().join("payments.proto")], [samples()]).expect("the schema compiles");
    let pool = prost_reflect::DescriptorPool::from_file_descriptor_set(pool).expect("a good set");
    let payment = pool.get_message_by_name("risk.v1.Payment").expect("the message is there");
    let mut expected = Vec::new();
    let text = std::fs::read_to_string(samples().join("payments.jsonl")).expect("the sample is there");
    for line in text.lines() {
        let mut json = serde_json::Deserializer::from_str(line);
        let message = prost_reflect::DynamicMessage::deserialize(payment.clone(), &mut json).expect("a payment");
        message.encode_length_delimited(&mut expected).expect("a Vec takes every byte");
    }
    assert_eq!(std::fs::read(samples().join("payments.binpb")).expect("the sample is there"), expected);
}

/// By hand: p-1 is over 80 from 12:00:00, so HOT is due at 12:01:00, and told before the event of second 12:01:06, which
/// passes it by more than 5 s; it is on at 75 and off at 65. p-1 is last heard at 12:01:40, so QUIET is due at 12:06:40,
/// p-2's at 12:06:06: told before the event of 12:07:00.
#[test]
fn rules_fire_between_events_as_event_time_passes() {
    let ran = ran(&["run", "--rules", "pumps.yaml", "--events", "pumps.jsonl", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let shown: Vec<Value> = ran
        .lines()
        .into_iter()
        .map(|line| match (&line["event"], &line["timer"]) {
            (Value::Null, Value::Null) => line["summary"]["fired"].clone(),
            (Value::Null, timer) => json!([timer["rule"], timer["key"], timer["due"], line["outputs"]["action"]]),
            (event, _) => json!([event, line["matched"], line["outputs"]["action"]]),
        })
        .collect();
    let fired = |rule: &str, key: &str, due: &str, action: &str| json!([rule, [key], due, action]);
    assert_eq!(
        shown,
        [
            json!([1, [], "RUN"]),
            json!([2, [], "RUN"]),
            fired("HOT", "p-1", "2026-01-01T12:01:00Z", "STOP"),
            json!([3, [], "RUN"]),
            json!([4, ["HOT"], "STOP"]),
            json!([5, [], "RUN"]),
            fired("QUIET", "p-2", "2026-01-01T12:06:06Z", "CHECK"),
            fired("QUIET", "p-1", "2026-01-01T12:06:40Z", "CHECK"),
            json!([6, [], "RUN"]),
            json!(3),
        ]
    );
}

#[test]
fn a_tick_of_nothing_is_refused() {
    let refused = run(&["--events", "payments.csv", "--tick", "0s"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("expected a duration such as"), "{}", refused.err);
}
