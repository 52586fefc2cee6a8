//! What of a decision is derived when it is asked for: its id, and its own span in the event's trace.

use fishplate::{Timestamp, TraceContext, Value, canonical};
use fishplate_boundary::layout::DEPTH_MAX;
use fishplate_boundary::layout::decision::{HEADER, at, flag, kind};
use fishplate_boundary::layout::reader::Reader;
use fishplate_boundary::layout::value::read_value;
use sha2::{Digest, Sha256};

use crate::read_decision::Record;
use crate::support::{pure, tell};
use crate::types::{FishplateBytes, FishplateTrace};

/// The byte that stands for a decision without an event in what its id is made from.
const TIMER_HASHED: u8 = 4;

/// Gives the decision's id: 128 bits, the same for the same rule set and the same event. False if the bytes are no
/// decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_id(decision: FishplateBytes, id: *mut [u8; 16]) -> bool {
    pure(false, || {
        // SAFETY: the caller's promises.
        unsafe { tell(id, id_of(&Record::new(decision)?)?) };
        Some(true)
    })
}

/// Gives the event's trace with a span of the decision's own. False if the event came without a trace.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_trace(decision: FishplateBytes, trace: *mut FishplateTrace) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let record = unsafe { Record::new(decision) }?;
        if record.number(at::FLAGS)? & flag::TRACE == 0 {
            return None;
        }
        let parent = TraceContext::from_bytes(&record.array(at::PARENT)?)?;
        let hash = Sha256::digest([&parent.trace_id[..], &parent.span_id[..], &id_of(&record)?[..]].concat());
        let own = TraceContext { span_id: std::array::from_fn(|at| hash[at]), ..parent };
        // SAFETY: the caller's promise.
        unsafe { tell(trace, FishplateTrace::of(&own.to_bytes())) };
        Some(true)
    })
}

fn id_of(record: &Record<'_>) -> Option<[u8; 16]> {
    let mut bytes = record.array::<32>(at::VERSION)?.to_vec();
    let identity = record.number(at::IDENTITY)?;
    if identity == kind::GIVEN {
        return record.array(HEADER);
    }
    bytes.push(u8::try_from(identity).ok()?);
    match identity {
        kind::EVENT_ID => {
            let mut reader = Reader::at(record.bytes(), HEADER);
            canonical::write_value(&read_value(&mut reader, DEPTH_MAX).ok()?, &mut bytes);
        }
        kind::SESSION => {
            bytes.extend(record.array::<16>(HEADER)?);
            bytes.extend(record.array::<8>(at::ORDINAL)?);
        }
        kind::TIMER => {
            // The kind's byte is 5 in the record, where 4 is an id that came as it is, and 4 in what is hashed.
            *bytes.last_mut()? = TIMER_HASHED;
            let mut reader = Reader::at(record.bytes(), HEADER);
            let rule = Value::from(reader.text().ok()?);
            let key = read_value(&mut reader, DEPTH_MAX).ok()?;
            let due = Timestamp::new(reader.i64().ok()?, reader.i32().ok()?)?;
            [rule, key, Value::Timestamp(due)].iter().for_each(|value| canonical::write_value(value, &mut bytes));
        }
        _ => bytes.extend(record.array::<8>(at::ORDINAL)?),
    }
    let hash = Sha256::digest(&bytes);
    Some(std::array::from_fn(|at| hash[at]))
}
