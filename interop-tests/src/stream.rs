//! The demo's path: decides a whole file of events and hashes the canonical form of every decision.

use std::fs;
use std::io::{BufWriter, Write};
use std::time::Instant;

use fishplate::{Decision, Error, Event, TraceContext, canonical};
use fishplate_transport::{Body, Outgoing, Session};
use sha2::{Digest, Sha256};

use crate::engine::Home;
use crate::sessions;
use crate::tagged::{Malformed, hex};

/// Bytes before an event's body: u32 length of the body, 25 bytes of trace context.
const HEAD: usize = 4 + 25;
const PROGRESS_EVERY: usize = 10_000;

type Record<'f> = (Option<TraceContext>, &'f [u8]);

/// Decides the records of `file`; `out` gets 8 bytes an event, unless it is `-`.
pub fn in_process(engine: &mut Home, format: &str, file: &str, out: &str) -> Result<String, Malformed> {
    let is_json = is_json(format)?;
    run(file, out, |records, totals| {
        for (trace, body) in records {
            let event = if is_json { Event::json(body) } else { Event::protobuf(body) };
            totals.add(&engine.decide(event.with_trace(*trace)));
        }
        Ok(())
    })
}

/// The same over a session whose window is kept full.
pub fn through_session(session: &Session, format: &str, file: &str, out: &str) -> Result<String, Malformed> {
    let is_json = is_json(format)?;
    run(file, out, |records, totals| {
        let events = records.iter().map(|(trace, body)| {
            let body = if is_json { Body::Json(body) } else { Body::Protobuf(body) };
            Outgoing { trace: *trace, ..Outgoing::new(body) }
        });
        sessions::decide_all(session, events, |outcome| totals.add(outcome))
    })
}

fn is_json(format: &str) -> Result<bool, Malformed> {
    match format {
        "json" => Ok(true),
        "protobuf" => Ok(false),
        _ => Err(format!("no format {format} in a stream")),
    }
}

fn run(
    file: &str,
    out: &str,
    decide: impl FnOnce(&[Record<'_>], &mut Totals<'_>) -> Result<(), Malformed>,
) -> Result<String, Malformed> {
    let file = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let records = split(&file)?;
    let mut totals = Totals::of(&records);
    let start = Instant::now();
    decide(&records, &mut totals)?;
    let seconds = start.elapsed().as_secs_f64();
    if out != "-" {
        let written = fs::File::create(out).map(BufWriter::new).and_then(|mut file| file.write_all(&totals.marks));
        written.map_err(|error| format!("{out}: {error}"))?;
    }
    let Totals { events, decisions, matched, late, traces_kept, stream, .. } = totals;
    let hash = hex(&stream.finalize());
    Ok(format!("stream\t{events}\t{decisions}\t{matched}\t{late}\t{seconds:.6}\t{traces_kept}\t{hash}"))
}

/// What the stream came to.
struct Totals<'r> {
    records: &'r [Record<'r>],
    events: usize,
    decisions: usize,
    matched: usize,
    late: usize,
    traces_kept: usize,
    stream: Sha256,
    marks: Vec<u8>,
    bytes: Vec<u8>,
}

impl<'r> Totals<'r> {
    fn of(records: &'r [Record<'r>]) -> Self {
        Self {
            records,
            events: 0,
            decisions: 0,
            matched: 0,
            late: 0,
            traces_kept: 0,
            stream: Sha256::new(),
            marks: Vec::with_capacity(8 * records.len()),
            bytes: Vec::new(),
        }
    }

    /// Counts and hashes what became of the next event.
    fn add(&mut self, outcome: &Result<Decision, Error>) {
        self.bytes.clear();
        match outcome {
            Ok(decision) => {
                let sent = self.records.get(self.events).and_then(|(trace, _)| trace.map(|trace| trace.trace_id));
                let kept = decision.trace().map(|trace| trace.trace_id);
                self.decisions += 1;
                self.matched += usize::from(decision.matched().next().is_some());
                self.late += usize::from(decision.late());
                self.traces_kept += usize::from(sent.is_some() && sent == kept);
                canonical::write_decision(decision, &mut self.bytes);
            }
            Err(error) => canonical::write_refusal(error, &mut self.bytes),
        }
        self.events += 1;
        self.stream.update((self.bytes.len() as u32).to_le_bytes());
        self.stream.update(&self.bytes);
        self.marks.extend(&Sha256::digest(&self.bytes)[..8]);
        if self.events.is_multiple_of(PROGRESS_EVERY) {
            eprintln!("progress {} {}", self.events, self.records.len());
        }
    }
}

fn split(mut file: &[u8]) -> Result<Vec<Record<'_>>, Malformed> {
    let mut records = Vec::new();
    while !file.is_empty() {
        let (head, rest) = file.split_at_checked(HEAD).ok_or("the file ends in a record's head")?;
        let (length, trace) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().map_err(|_| "four bytes")?) as usize;
        let trace = TraceContext::from_bytes(trace.try_into().map_err(|_| "25 bytes")?);
        let (body, rest) = rest.split_at_checked(length).ok_or("the file ends in a record's body")?;
        records.push((trace, body));
        file = rest;
    }
    Ok(records)
}
