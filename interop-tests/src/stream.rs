//! The demo's path: decides a whole file of events and hashes the canonical form of every decision.

use std::fs;
use std::io::{BufWriter, Write};
use std::time::Instant;

use fishplate::{Body, Engine, Event, TraceContext, canonical};
use sha2::{Digest, Sha256};

use crate::tagged::{Malformed, hex};

/// Bytes before an event's body: u32 length of the body, 25 bytes of trace context.
const HEAD: usize = 4 + 25;
const PROGRESS_EVERY: usize = 10_000;

/// What the stream came to.
#[derive(Default)]
struct Totals {
    events: usize,
    decisions: usize,
    matched: usize,
    late: usize,
    traces_kept: usize,
}

/// Decides the records of `file`; `out` gets 8 bytes an event, unless it is `-`.
pub fn run(engine: &mut Engine, format: &str, file: &str, out: &str) -> Result<String, Malformed> {
    let file = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let records = split(&file)?;
    let mut marks = Vec::with_capacity(8 * records.len());
    let mut totals = Totals::default();
    let mut stream = Sha256::new();
    let mut bytes = Vec::new();
    let start = Instant::now();
    for (trace, body) in &records {
        let body = match format {
            "protobuf" => Body::Protobuf(body),
            "json" => Body::Json(body),
            _ => return Err(format!("no format {format} in a stream")),
        };
        bytes.clear();
        decide(engine, Event { body, trace: *trace }, &mut totals, &mut bytes);
        stream.update((bytes.len() as u32).to_le_bytes());
        stream.update(&bytes);
        marks.extend(&Sha256::digest(&bytes)[..8]);
        if totals.events % PROGRESS_EVERY == 0 {
            eprintln!("progress {} {}", totals.events, records.len());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    if out != "-" {
        let written = fs::File::create(out).map(BufWriter::new).and_then(|mut file| file.write_all(&marks));
        written.map_err(|error| format!("{out}: {error}"))?;
    }
    let Totals { events, decisions, matched, late, traces_kept } = totals;
    let hash = hex(&stream.finalize());
    Ok(format!("stream\t{events}\t{decisions}\t{matched}\t{late}\t{seconds:.6}\t{traces_kept}\t{hash}"))
}

fn decide(engine: &mut Engine, event: Event<'_>, totals: &mut Totals, bytes: &mut Vec<u8>) {
    totals.events += 1;
    match engine.decide(event) {
        Ok(decision) => {
            totals.decisions += 1;
            totals.matched += usize::from(decision.matched().next().is_some());
            totals.late += usize::from(decision.late());
            let (sent, kept) = (event.trace.map(|trace| trace.trace_id), decision.trace().map(|trace| trace.trace_id));
            totals.traces_kept += usize::from(sent.is_some() && sent == kept);
            canonical::write_decision(&decision, bytes);
        }
        Err(error) => canonical::write_refusal(&error, bytes),
    }
}

type Record<'f> = (Option<TraceContext>, &'f [u8]);

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
