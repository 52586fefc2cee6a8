//! Every offset, size and number of the ring, once, and the arithmetic over them.
//!
//! `docs/ring-layout.md` is held to [`TABLE`] by a test, and the constants of the other languages are generated from
//! it. This room does arithmetic on plain numbers; it touches no memory and no file.

mod numbers;

pub use numbers::*;

use crate::RingError;

/// A futex word of a pair, by number, so that another language never hands over an address. Its waiter flag is the
/// u32 after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Word {
    /// The ring's doorbell: the server waits for events and for news of pairs.
    Doorbell = WORD_DOORBELL,
    /// The client waits for space in its event lane.
    EventSpace = WORD_EVENT_SPACE,
    /// The client waits for decisions.
    DecisionData = WORD_DECISION_DATA,
    /// The server waits for space in the decision lane.
    DecisionSpace = WORD_DECISION_SPACE,
}

impl Word {
    /// The word of this number, if there is one.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::Doorbell, Self::EventSpace, Self::DecisionData, Self::DecisionSpace].get(number as usize).copied()
    }

    /// Where it stands in the file, for this pair.
    pub(crate) fn offset(self, geometry: &Geometry, pair: u32) -> usize {
        let within = match self {
            Self::Doorbell => return HEADER_DOORBELL_WORD as usize,
            Self::EventSpace => CONTROL_EVENT_SPACE_WORD,
            Self::DecisionData => CONTROL_DECISION_DATA_WORD,
            Self::DecisionSpace => CONTROL_DECISION_SPACE_WORD,
        };
        geometry.control(pair) + within as usize
    }
}

/// What a frame says beside its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What it is: a number of [`kind`], never 0 or `PAD`.
    pub kind: u16,
    /// What the kind makes of them.
    pub flags: u16,
    /// The sequence, or what the kind makes of it.
    pub sequence: u64,
    /// Nanoseconds since the Unix epoch; 0: none.
    pub deadline: i64,
    /// Trace id (16), span id (8), flags (1); zeros: none.
    pub trace: [u8; 25],
}

/// How a ring is divided, and where its parts stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    pairs: u32,
    lane_bytes: u32,
}

impl Geometry {
    /// A geometry within bounds.
    ///
    /// # Errors
    /// [`RingError::InvalidOptions`].
    pub fn new(pairs: u32, lane_bytes: u32) -> Result<Self, RingError> {
        if !(PAIRS_MIN..=PAIRS_MAX).contains(&pairs) {
            let what = format!("{pairs} pairs; it takes {PAIRS_MIN} to {PAIRS_MAX}");
            return Err(RingError::InvalidOptions { what });
        }
        if !(LANE_BYTES_MIN..=LANE_BYTES_MAX).contains(&lane_bytes) || !lane_bytes.is_power_of_two() {
            let what =
                format!("lanes of {lane_bytes} bytes; it takes a power of two, {LANE_BYTES_MIN} to {LANE_BYTES_MAX}");
            return Err(RingError::InvalidOptions { what });
        }
        Ok(Self { pairs, lane_bytes })
    }

    /// How many pairs.
    pub fn pairs(&self) -> u32 {
        self.pairs
    }

    /// Bytes of a lane.
    pub fn lane_bytes(&self) -> u32 {
        self.lane_bytes
    }

    /// The longest payload, in bytes.
    ///
    /// A frame of this size and the commit word after it take at most half a lane. So a lane that was emptied takes
    /// any frame, wherever its producer stands: what has to be padded is always less than the frame that did not fit.
    pub fn max_payload(&self) -> usize {
        max_payload(self.lane_bytes)
    }

    /// Bytes of the file.
    pub fn file_bytes(&self) -> u64 {
        self.data_offset() + u64::from(self.pairs) * 2 * u64::from(self.lane_bytes)
    }

    /// Where the lanes begin: after the control blocks, on a page.
    pub fn data_offset(&self) -> u64 {
        let controls = u64::from(self.pairs) * u64::from(CONTROL_BYTES);
        u64::from(HEADER_BYTES) + controls.next_multiple_of(u64::from(HEADER_BYTES))
    }

    /// Where a pair's control block stands.
    pub(crate) fn control(&self, pair: u32) -> usize {
        HEADER_BYTES as usize + pair as usize * CONTROL_BYTES as usize
    }

    /// Where a pair's event lane stands.
    pub(crate) fn event_lane(&self, pair: u32) -> usize {
        // A file that was mapped fits into the address space, so its offsets do.
        self.data_offset() as usize + pair as usize * 2 * self.lane_bytes as usize
    }

    /// Where a pair's decision lane stands.
    pub(crate) fn decision_lane(&self, pair: u32) -> usize {
        self.event_lane(pair) + self.lane_bytes as usize
    }
}

/// The longest payload in a lane of so many bytes; [`Geometry::max_payload`] says why.
pub const fn max_payload(lane_bytes: u32) -> usize {
    lane_bytes as usize / 2 - 2 * FRAME_HEADER_BYTES as usize
}

/// The bytes that a frame takes: its header and its payload, padded.
pub(crate) fn frame_bytes(payload: usize) -> u64 {
    u64::from(FRAME_HEADER_BYTES) + (payload as u64).next_multiple_of(u64::from(FRAME_HEADER_BYTES))
}

#[cfg(test)]
mod tests {
    use std::mem::{align_of, offset_of, size_of};

    use super::*;

    /// The three structures once more, as a compiler lays them out.
    #[repr(C)]
    struct FileHeader {
        magic: u64,
        version: u32,
        size: u32,
        pairs: u32,
        lane_bytes: u32,
        file_bytes: u64,
        server_pid: u32,
        unused: [u32; 23],
        doorbell: Waiting,
        rest: [Line; 30],
    }

    #[repr(C, align(128))]
    struct Waiting {
        word: u32,
        flag: u32,
    }

    #[repr(C, align(128))]
    struct Line(u64);

    #[repr(C)]
    struct Control {
        state: u32,
        client_pid: u32,
        event_published: Line,
        event_consumed: Line,
        event_space: Waiting,
        decision_published: Line,
        decision_consumed: Line,
        decision_data: Waiting,
        decision_space: Waiting,
    }

    #[repr(C, align(64))]
    struct Frame {
        commit: u64,
        length: u32,
        kind: u16,
        flags: u16,
        sequence: u64,
        deadline: i64,
        trace: [u8; 25],
        reserved: [u8; 7],
    }

    #[test]
    fn the_headers_offsets_are_those_of_a_structure() {
        assert_eq!(size_of::<FileHeader>(), HEADER_BYTES as usize);
        assert_eq!(offset_of!(FileHeader, magic), HEADER_MAGIC as usize);
        assert_eq!(offset_of!(FileHeader, version), HEADER_VERSION as usize);
        assert_eq!(offset_of!(FileHeader, size), HEADER_SIZE as usize);
        assert_eq!(offset_of!(FileHeader, pairs), HEADER_PAIRS as usize);
        assert_eq!(offset_of!(FileHeader, lane_bytes), HEADER_LANE_BYTES as usize);
        assert_eq!(offset_of!(FileHeader, file_bytes), HEADER_FILE_BYTES as usize);
        assert_eq!(offset_of!(FileHeader, server_pid), HEADER_SERVER_PID as usize);
        assert_eq!(offset_of!(FileHeader, doorbell.word), HEADER_DOORBELL_WORD as usize);
        assert_eq!(offset_of!(FileHeader, doorbell.flag), HEADER_DOORBELL_FLAG as usize);
    }

    #[test]
    fn a_control_blocks_offsets_are_those_of_a_structure_and_writers_do_not_share_lines() {
        assert_eq!(size_of::<Control>(), CONTROL_BYTES as usize);
        assert_eq!(align_of::<Line>(), LINE_BYTES as usize);
        assert_eq!(offset_of!(Control, state), CONTROL_STATE as usize);
        assert_eq!(offset_of!(Control, client_pid), CONTROL_CLIENT_PID as usize);
        assert_eq!(offset_of!(Control, event_published), CONTROL_EVENT_PUBLISHED as usize);
        assert_eq!(offset_of!(Control, event_consumed), CONTROL_EVENT_CONSUMED as usize);
        assert_eq!(offset_of!(Control, event_space.word), CONTROL_EVENT_SPACE_WORD as usize);
        assert_eq!(offset_of!(Control, event_space.flag), CONTROL_EVENT_SPACE_FLAG as usize);
        assert_eq!(offset_of!(Control, decision_published), CONTROL_DECISION_PUBLISHED as usize);
        assert_eq!(offset_of!(Control, decision_consumed), CONTROL_DECISION_CONSUMED as usize);
        assert_eq!(offset_of!(Control, decision_data.word), CONTROL_DECISION_DATA_WORD as usize);
        assert_eq!(offset_of!(Control, decision_data.flag), CONTROL_DECISION_DATA_FLAG as usize);
        assert_eq!(offset_of!(Control, decision_space.word), CONTROL_DECISION_SPACE_WORD as usize);
        assert_eq!(offset_of!(Control, decision_space.flag), CONTROL_DECISION_SPACE_FLAG as usize);
    }

    #[test]
    fn a_frames_offsets_are_those_of_a_structure() {
        assert_eq!(size_of::<Frame>(), FRAME_HEADER_BYTES as usize);
        assert_eq!(offset_of!(Frame, commit), FRAME_COMMIT as usize);
        assert_eq!(offset_of!(Frame, length), FRAME_LENGTH as usize);
        assert_eq!(offset_of!(Frame, kind), FRAME_KIND as usize);
        assert_eq!(offset_of!(Frame, flags), FRAME_FLAGS as usize);
        assert_eq!(offset_of!(Frame, sequence), FRAME_SEQUENCE as usize);
        assert_eq!(offset_of!(Frame, deadline), FRAME_DEADLINE as usize);
        assert_eq!(offset_of!(Frame, trace), FRAME_TRACE as usize);
        assert_eq!(offset_of!(Frame, reserved), FRAME_RESERVED as usize);
    }

    #[test]
    fn the_parts_of_a_ring_follow_each_other_without_a_gap_but_to_the_page() {
        for (pairs, lane_bytes) in [(1, 4096), (4, 4096), (5, 1 << 20), (1024, 1 << 28)] {
            let geometry = Geometry::new(pairs, lane_bytes).expect("within bounds");
            let controls_end = geometry.control(pairs) as u64;
            assert!(geometry.data_offset() >= controls_end && geometry.data_offset() < controls_end + 4096);
            assert!(geometry.data_offset().is_multiple_of(4096));
            assert_eq!(geometry.event_lane(0) as u64, geometry.data_offset());
            assert_eq!(geometry.event_lane(1), geometry.decision_lane(0) + lane_bytes as usize);
            assert_eq!(geometry.event_lane(pairs) as u64, geometry.file_bytes());
        }
    }

    #[test]
    fn two_of_the_longest_frames_and_their_commit_words_fit_in_a_lane() {
        let longest = frame_bytes(max_payload(4096));
        assert_eq!(2 * (longest + 64), 4096);
        assert!(max_payload(LANE_BYTES_DEFAULT) > 1 << 20 && max_payload(LANE_BYTES_DEFAULT / 2) < 1 << 20);
    }
}
