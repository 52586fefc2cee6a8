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

#[cfg(test)]
mod tests {
    use fishplate::session::Counters;
    use fishplate::{Error, Place, codes};

    use super::*;
    use crate::layout::reader::Reader;

    fn written(write: impl FnOnce(&mut Sink<'_>)) -> Vec<u8> {
        let mut memory = vec![0; 1024];
        let mut sink = Sink::over(&mut memory);
        write(&mut sink);
        let size = sink.size();
        memory.truncate(size);
        memory
    }

    fn refusal() -> Error {
        Error::new(Status::Unavailable, codes::UNREACHABLE, "nobody", Place::None)
    }

    #[test]
    fn a_refused_event_is_its_sequence_and_an_error_record() {
        let received = Received::Outcome { sequence: 9, outcome: Err(refusal()) };
        let bytes = written(|out| write_received(&received, out));
        let mut reader = Reader::at(&bytes, 0);
        assert_eq!((reader.u32(), reader.u32()), (Ok(OUTCOME_MAGIC), Ok(bytes.len() as u32)));
        assert_eq!((reader.u32(), reader.i32(), reader.u64()), (Ok(1), Ok(14), Ok(9)));
        assert_eq!(reader.u32(), Ok(crate::layout::error::MAGIC));
        assert_eq!(reader.u32(), Ok(bytes.len() as u32 - 24), "the record is whole");
    }

    #[test]
    fn a_good_end_has_no_record_and_a_bad_one_says_why() {
        let good = Final { status: Status::Ok, watermark: 7, error: None };
        let bytes = written(|out| write_received(&Received::End(good.clone()), out));
        let mut reader = Reader::at(&bytes, 8);
        assert_eq!((reader.u32(), reader.i32(), reader.u64()), (Ok(2), Ok(0), Ok(7)));
        assert!(reader.is_at_end());
        let bad = Final { status: Status::Unavailable, error: Some(refusal()), ..good };
        let bytes = written(|out| write_received(&Received::End(bad), out));
        assert_eq!(Reader::at(&bytes, 12).i32(), Ok(14));
        assert_eq!(Reader::at(&bytes, 24).u32(), Ok(crate::layout::error::MAGIC));
    }

    #[test]
    fn a_report_has_every_number_in_its_place() {
        let report = Report {
            id: [5; 16],
            epoch: 2,
            state: State::Done(Status::Cancelled),
            counters: Counters { sent: 6, accepted: 5, received: 4, shed: 3, repeats: 1 },
            last_word: Some(Final { status: Status::Cancelled, watermark: 4, error: Some(refusal()) }),
            rule_set: ("small".into(), [8; 32]),
        };
        let bytes = written(|out| write_report(&report, out));
        let mut reader = Reader::at(&bytes, 0);
        assert_eq!((reader.u32(), reader.u32()), (Ok(REPORT_MAGIC), Ok(bytes.len() as u32)));
        assert_eq!(reader.raw(16), Ok([5; 16].as_slice()));
        assert_eq!((reader.u64(), reader.u32(), reader.i32()), (Ok(2), Ok(3), Ok(1)));
        for number in [4, 6, 5, 4, 3, 1] {
            assert_eq!(reader.u64(), Ok(number));
        }
        assert_eq!((reader.text(), reader.raw(32)), (Ok("small"), Ok([8; 32].as_slice())));
        assert!(reader.is_at_end());
    }
}
