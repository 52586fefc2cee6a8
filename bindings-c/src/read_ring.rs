//! For programs that map a ring's file themselves (docs/ring-layout.md): where everything stands, and frames to write.

use fishplate_boundary::layout::frame::FRAME_MAGIC;
use fishplate_boundary::layout::ring::RING_MAGIC;

use crate::support::{pure, sized, tell};
use crate::types::{FishplateBytes, FishplateText, FishplateTrace};

/// A place in a ring: what to map, and where everything of it stands. Offsets are in bytes from the start of the file.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateRing {
    /// The file to map.
    pub path: FishplateText,
    /// The number of the pair of lanes.
    pub pair: u32,
    /// Bytes of a lane.
    pub lane_bytes: u32,
    /// The most bytes of payload that a frame takes.
    pub max_payload: u32,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// The event lane.
    pub event_lane: u64,
    /// Its published position.
    pub event_published: u64,
    /// Its consumed position.
    pub event_consumed: u64,
    /// The word on which its producer sleeps for space; as of every word, its waiter flag is the u32 after it.
    pub event_space_word: u64,
    /// The word on which the server sleeps.
    pub doorbell_word: u64,
    /// The decision lane.
    pub decision_lane: u64,
    /// Its published position.
    pub decision_published: u64,
    /// Its consumed position.
    pub decision_consumed: u64,
    /// The word on which its consumer sleeps for frames.
    pub decision_data_word: u64,
    /// The word on which its producer sleeps for space.
    pub decision_space_word: u64,
    /// The position at which the event lane's producer begins.
    pub event_start: u64,
    /// The position at which the decision lane's consumer begins.
    pub decision_start: u64,
}

/// A frame to be written into a ring.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateFrame {
    /// Its kind; 0: there is none to write now.
    pub kind: u32,
    /// What the kind makes of them.
    pub flags: u32,
    /// The sequence, or what the kind makes of it.
    pub sequence: u64,
    /// Nanoseconds since the Unix epoch; 0: none.
    pub deadline: i64,
    /// Zeros: none.
    pub trace: FishplateTrace,
    /// What follows the header.
    pub payload: FishplateBytes,
}

/// Reads where a place in a ring stands; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_ring_read(record: FishplateBytes, out: *mut FishplateRing) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, RING_MAGIC)?;
        let path = FishplateText::of(reader.bytes().ok()?);
        let (pair, lane_bytes, max_payload) = (reader.u32().ok()?, reader.u32().ok()?, reader.u32().ok()?);
        let mut next = || reader.u64().ok();
        let ring = FishplateRing {
            path,
            pair,
            lane_bytes,
            max_payload,
            file_bytes: next()?,
            event_lane: next()?,
            event_published: next()?,
            event_consumed: next()?,
            event_space_word: next()?,
            doorbell_word: next()?,
            decision_lane: next()?,
            decision_published: next()?,
            decision_consumed: next()?,
            decision_data_word: next()?,
            decision_space_word: next()?,
            event_start: next()?,
            decision_start: next()?,
        };
        // SAFETY: the caller's promise.
        unsafe { tell(out, ring) };
        Some(true)
    })
}

/// Reads a frame that is to be written; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_frame_read(record: FishplateBytes, out: *mut FishplateFrame) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, FRAME_MAGIC)?;
        let frame = FishplateFrame {
            kind: reader.u32().ok()?,
            flags: reader.u32().ok()?,
            sequence: reader.u64().ok()?,
            deadline: reader.i64().ok()?,
            trace: FishplateTrace::of(reader.raw(25).ok()?.first_chunk()?),
            payload: FishplateBytes::of(reader.bytes().ok()?),
        };
        // SAFETY: the caller's promise.
        unsafe { tell(out, frame) };
        Some(true)
    })
}
