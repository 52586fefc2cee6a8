//! The records of a session: what `receive` gives, and where a session stands.

use fishplate::Status;
use fishplate::session::{Final, State};
use fishplate_transport::{Received, Report};

use super::decision::write_decision;
use super::error::write_whole;
use super::records::sized;
use super::sink::Sink;

/// `FPO1`
pub const OUTCOME_MAGIC: u32 = 0x314f_5046;
/// `FPR1`
pub const REPORT_MAGIC: u32 = 0x3152_5046;

/// What a received thing is.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod kind {
    pub const OUTCOME: u32 = 1;
    pub const END: u32 = 2;
}

/// The states of a session, by number.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod state {
    pub const STREAMING: u32 = 1;
    pub const CLOSING: u32 = 2;
    pub const DONE: u32 = 3;
}

/// Writes the record `outcome`.
pub fn write_received(received: &Received, out: &mut Sink<'_>) {
    match received {
        Received::Outcome { sequence, outcome } => {
            let status = outcome.as_ref().map_or_else(|error| error.status, |_| Status::Ok);
            write_outcome(kind::OUTCOME, status, *sequence, out, |out| match outcome {
                Ok(decision) => write_decision(decision, out),
                Err(error) => write_whole(error, out),
            });
        }
        Received::End(last_word) => write_end(last_word, out),
    }
}

/// Writes the record `outcome` of a session's end.
pub fn write_end(last_word: &Final, out: &mut Sink<'_>) {
    write_outcome(kind::END, last_word.status, last_word.watermark, out, |out| {
        if let Some(error) = &last_word.error {
            write_whole(error, out);
        }
    });
}

fn write_outcome(kind: u32, status: Status, sequence: u64, out: &mut Sink<'_>, rest: impl FnOnce(&mut Sink<'_>)) {
    sized(OUTCOME_MAGIC, out, |out| {
        out.u32(kind);
        out.i32(status as i32);
        out.u64(sequence);
        rest(out);
    });
}

/// Writes the record `session`.
pub fn write_report(report: &Report, out: &mut Sink<'_>) {
    let (state, status) = match report.state {
        State::Streaming => (state::STREAMING, Status::Ok),
        State::Closing => (state::CLOSING, Status::Ok),
        State::Done(status) => (state::DONE, status),
    };
    let counters = &report.counters;
    sized(REPORT_MAGIC, out, |out| {
        out.raw(&report.id);
        out.u64(report.epoch);
        out.u32(state);
        out.i32(status as i32);
        out.u64(report.last_word.as_ref().map_or(0, |last_word| last_word.watermark));
        let counts = [counters.sent, counters.accepted, counters.received, counters.shed, counters.repeats];
        counts.into_iter().for_each(|count| out.u64(count));
        out.text(&report.rule_set.0);
        out.raw(&report.rule_set.1);
    });
}
