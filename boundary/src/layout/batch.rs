//! Many events in, many decisions out: an error stands in its event's place.

use fishplate::{Decision, Error, Status, TraceContext};

use super::decision::write_decision;
use super::error::write_whole;
use super::reader::{Malformed, Reader};
use super::records::sized;
use super::sink::Sink;

/// `FPB1`
pub const MAGIC: u32 = 0x3142_5046;

/// The least that an event of a batch takes: a flag, a trace, a length.
const EVENT_LEAST: usize = 30;

/// An event of a batch: its trace, and its bytes in the batch's format.
pub type BatchEvent<'a> = (Option<TraceContext>, &'a [u8]);

/// Reads the layout `batch in`: each event's trace and bytes.
///
/// # Errors
/// The bytes are no batch, or more than that.
pub fn read_batch(bytes: &[u8]) -> Result<Vec<BatchEvent<'_>>, Malformed> {
    let mut reader = Reader::at(bytes, 0);
    let count = reader.count(EVENT_LEAST)?;
    let mut events = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let has_trace = reader.u8()? != 0;
        let trace = reader.raw(25)?;
        let trace = if has_trace { TraceContext::from_bytes(&std::array::from_fn(|at| trace[at])) } else { None };
        events.push((trace, reader.bytes()?));
    }
    if reader.is_at_end() { Ok(events) } else { Err(Malformed { at: reader.position() }) }
}

/// Writes the record of a batch of decisions.
pub fn write_batch(items: &[Result<Decision, Error>], out: &mut Sink<'_>) {
    write_items(items.iter().map(Result::as_ref), out);
}

/// Writes the record of a batch in which there is no error.
pub fn write_decisions(decisions: &[Decision], out: &mut Sink<'_>) {
    write_items(decisions.iter().map(Ok), out);
}

fn write_items<'a>(items: impl Iterator<Item = Result<&'a Decision, &'a Error>>, out: &mut Sink<'_>) {
    sized(MAGIC, out, |out| {
        out.counted(items, |out, item| {
            let status = item.map_or_else(|error| error.status, |_| Status::Ok);
            out.i32(status as i32);
            let size_at = out.size();
            out.u32(0);
            match item {
                Ok(decision) => write_decision(decision, out),
                Err(error) => write_whole(error, out),
            }
            out.patch_size(size_at, size_at + 4);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_event_by_event() {
        let trace: [u8; 25] = std::array::from_fn(|at| at as u8 + 1);
        let mut memory = [0; 128];
        let mut sink = Sink::over(&mut memory);
        sink.u32(2);
        sink.u8(1);
        sink.raw(&trace);
        sink.bytes(b"one");
        sink.u8(0);
        sink.raw(&[0; 25]);
        sink.bytes(b"");
        let size = sink.size();
        let events = read_batch(&memory[..size]).expect("well formed");
        assert_eq!(events, [(TraceContext::from_bytes(&trace), b"one".as_slice()), (None, b"".as_slice())]);
        for end in 0..size {
            assert!(read_batch(&memory[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(read_batch(&memory[..size + 1]), Err(Malformed { at: size }));
    }
}
