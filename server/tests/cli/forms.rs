//! How events are framed: lines, rows and messages, whole and broken.

use super::{code_of, decided, fed, payment};

const HEADER: &str = "id,at,card_id,amount\n";

/// A payment as a protobuf message after its length.
fn message(id: &str) -> Vec<u8> {
    let mut message = vec![0x0a, id.len() as u8];
    message.extend(id.as_bytes());
    message.extend([0x12, 0x02, 0x08, 0x01]); // at: one second after the epoch
    let mut framed = vec![message.len() as u8];
    framed.extend(message);
    framed
}

/// For each line of the output: its event, its line or offset, and the code of its error.
fn outcome(ran: &super::Ran) -> Vec<(u64, Option<u64>, String)> {
    let place = |line: &serde_json::Value| line["line"].as_u64().or(line["offset"].as_u64());
    let lines = ran.lines();
    lines.iter().map(|line| (line["event"].as_u64().unwrap_or(0), place(line), code_of(line).to_owned())).collect()
}

fn good(event: u64) -> (u64, Option<u64>, String) {
    (event, None, "no error".to_owned())
}

fn refused(event: u64, place: u64, code: &str) -> (u64, Option<u64>, String) {
    (event, Some(place), code.to_owned())
}

#[test]
fn standard_input_needs_its_form_said() {
    let ran = fed(&["run", "--rules", "payments.yaml", "--events", "-"], b"");
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err,
        "error[F0809]: the form of events on standard input must be said\n --> --format\n = give --format jsonl, csv or protobuf\n"
    );
}

#[test]
fn nothing_is_no_event() {
    for format in ["jsonl", "protobuf"] {
        let ran = decided(format, b"", &[]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{format}");
    }
    assert_eq!(decided("csv", HEADER.as_bytes(), &[]).code, Some(0));
}

#[test]
fn lines_may_end_in_any_way_begin_with_a_mark_and_be_blank() {
    let (a, b) = (payment("a"), payment("b"));
    let text = format!("\u{feff}{}\r\n\n   \n{}\nnot JSON\n{}", a.trim_end(), b.trim_end(), payment("c").trim_end());
    assert_eq!(outcome(&decided("jsonl", text.as_bytes(), &[])), [good(1), good(2), refused(3, 5, "F0602"), good(4)]);
}

#[test]
fn a_line_over_the_limit_is_passed_over() {
    let text = format!("{}{}\n{}", payment("a"), "x".repeat(300_000), payment("b"));
    let ran = decided("jsonl", text.as_bytes(), &["--limit", "event_bytes=200"]);
    assert_eq!(outcome(&ran), [good(1), refused(2, 2, "F0703"), good(3)]);
    let error = &ran.lines()[1]["error"]["diagnostics"][0];
    assert_eq!(error["message"], "event of 300000 bytes is over the limit event_bytes = 200");
}

#[test]
fn a_line_of_exactly_the_limit_is_decided() {
    let event = payment("a");
    let limit = |bytes: usize| format!("event_bytes={bytes}");
    for end in ["\n", "\r\n", ""] {
        let text = format!("{}{end}", event.trim_end());
        let length = event.trim_end().len();
        assert_eq!(decided("jsonl", text.as_bytes(), &["--limit", &limit(length)]).code, Some(0), "{end:?}");
        assert_eq!(decided("jsonl", text.as_bytes(), &["--limit", &limit(length - 1)]).code, Some(2), "{end:?}");
    }
}

#[test]
fn rows_may_be_quoted_and_run_over_lines() {
    let table = format!(
        "\u{feff}{HEADER}\n\"a\",2026-03-01T12:00:00Z,\"c, \"\"d\"\"\ne\",1\r\nb,2026-03-01T12:00:00Z\n\"c\n\",never,,\n"
    );
    let ran = decided("csv", table.as_bytes(), &[]);
    assert_eq!(outcome(&ran), [good(1), refused(2, 5, "F0610"), refused(3, 6, "F0603")], "{}", ran.out);
}

#[test]
fn a_row_over_the_limit_is_passed_over() {
    let table = format!(
        "{HEADER}a,2026-03-01T12:00:00Z,c,1\nb,\"{}\",c,1\nc{}\nd,2026-03-01T12:00:00Z,c,1\n",
        "x".repeat(300_000),
        ",".repeat(300_000)
    );
    let ran = decided("csv", table.as_bytes(), &["--limit", "event_bytes=200"]);
    assert_eq!(outcome(&ran)[0], good(1));
    assert_eq!(outcome(&ran)[1], refused(2, 3, "F0703"));
    assert_eq!(
        ran.lines()[1]["error"]["diagnostics"][0]["message"],
        "event of 300003 bytes is over the limit event_bytes = 200"
    );
    assert_eq!(outcome(&ran)[2].1, Some(4));
    assert_eq!(outcome(&ran)[3], good(4));
}

#[test]
fn a_table_needs_a_header_that_is_right() {
    let none = decided("csv", b"", &[]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.starts_with("error[F0610]: the file has no header"), "{}", none.err);
    let latin = decided("csv", b"id,at,m\xfcnze\n", &[]);
    assert!(latin.code == Some(2) && latin.err.starts_with("error[F0605]"), "{}", latin.err);
    let twice = decided("csv", b"id,at,id\n", &[]);
    assert!(twice.code == Some(2) && twice.err.starts_with("error[F0611]"), "{}", twice.err);
}

#[test]
fn a_wrong_message_leaves_the_next_ones_readable() {
    let wrong = [2, 0x0a, 0x05];
    let bytes = [&message("a")[..], &wrong, &message("b")].concat();
    let offset = message("a").len() as u64;
    assert_eq!(outcome(&decided("protobuf", &bytes, &[])), [good(1), refused(2, offset, "F0601"), good(3)]);
}

#[test]
fn a_message_over_the_limit_is_passed_over() {
    let long = [&[0xa0, 0x8d, 0x06][..], &vec![0; 100_000]].concat();
    let bytes = [&long[..], &message("b")].concat();
    let ran = decided("protobuf", &bytes, &["--limit", "event_bytes=200"]);
    assert_eq!(outcome(&ran), [refused(1, 0, "F0703"), good(2)]);
}

#[test]
fn where_the_framing_is_lost_the_run_ends_with_what_it_has() {
    let offset = message("a").len() as u64;
    let cases: [(&[u8], &str); 4] = [
        (&[0x85], "the file ends in the length of a message"),
        (&[5, 0x0a, 0x01], "the file ends in a message: 5 bytes are announced and 2 are there"),
        (&[0xff; 11], "the length of a message is no varint of 64 bits"),
        (
            &[0xff, 0xff, 0xff, 0xff, 0x0f, 1],
            "the file ends in a message: 4294967295 bytes are announced and 1 are there",
        ),
    ];
    for (rest, message_text) in cases {
        let ran = decided("protobuf", &[&message("a")[..], rest].concat(), &[]);
        assert_eq!(ran.code, Some(2));
        assert_eq!(outcome(&ran), [good(1), refused(2, offset, "F0601")], "{message_text}");
        assert_eq!(ran.lines()[1]["error"]["diagnostics"][0]["message"], message_text);
    }
}
