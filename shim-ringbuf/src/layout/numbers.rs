//! The numbers themselves, and [`TABLE`], made of the same lines: a number has one place, with its name and what it is.

/// Makes constants, and rows of a table that other languages' constants are generated from.
macro_rules! numbers {
    ($prefix:literal, $table:ident; $($(#[doc = $doc:literal])+ $name:ident: $kind:ty = $value:expr;)+) => {
        $($(#[doc = $doc])+ pub const $name: $kind = $value;)+

        /// Name, value and meaning of every number here.
        pub const $table: &[(&str, u64, &str)] = &[
            $((concat!($prefix, stringify!($name)), $name as u64, concat!($($doc),+))),+
        ];
    };
}

/// The directory of the rings.
pub const DIRECTORY: &str = "/dev/shm";
/// What the name of a ring's file begins with.
pub const FILE_PREFIX: &str = "fishplate-";

numbers! {
    "", TABLE;
    /// The first eight bytes of a ring, `FPRING`, 0, 1, read as a number in the machine's byte order.
    MAGIC: u64 = u64::from_ne_bytes(*b"FPRING\0\x01");
    /// The version of the layout. A change that an older reader would misread raises it.
    VERSION: u32 = 1;
    /// The longest name of a ring, in bytes.
    NAME_MAX: usize = 64;
    /// The size of the ring's header: one page, so that the control blocks begin on one.
    HEADER_BYTES: u32 = 4096;
    /// The size of a pair's control block: eight lines.
    CONTROL_BYTES: u32 = 1024;
    /// Words that different processes write are this far apart: two cache lines, because processors fetch them in twos.
    LINE_BYTES: u32 = 128;
    /// The size of a frame's header, and what every frame's position and size is a multiple of.
    FRAME_HEADER_BYTES: u32 = 64;
    /// The fewest pairs.
    PAIRS_MIN: u32 = 1;
    /// The most pairs: the server looks at each when it wakes.
    PAIRS_MAX: u32 = 1024;
    /// The smallest lane: one page.
    LANE_BYTES_MIN: u32 = 4096;
    /// The largest lane.
    LANE_BYTES_MAX: u32 = 1 << 28;
    /// Pairs unless the server says otherwise: with `LANE_BYTES_DEFAULT`, the most that fit in the 64 MiB of `/dev/shm`
    /// that a container gets by default.
    PAIRS_DEFAULT: u32 = 7;
    /// Bytes of a lane unless the server says otherwise: the smallest in which an event of 1 MiB, the default limit, fits
    /// with what is said about it.
    LANE_BYTES_DEFAULT: u32 = 4 << 20;
    /// No position reaches this: at 10 GB/s it is 14 years away. A greater one was never written by a producer.
    POSITION_MAX: u64 = 1 << 62;
    /// In the header: `MAGIC`, u64.
    HEADER_MAGIC: u32 = 0;
    /// In the header: `VERSION`, u32.
    HEADER_VERSION: u32 = 8;
    /// In the header: `HEADER_BYTES`, u32.
    HEADER_SIZE: u32 = 12;
    /// In the header: how many pairs, u32.
    HEADER_PAIRS: u32 = 16;
    /// In the header: bytes of a lane, u32.
    HEADER_LANE_BYTES: u32 = 20;
    /// In the header: bytes of the file, u64.
    HEADER_FILE_BYTES: u32 = 24;
    /// In the header: the server's process id, u32, for people; nothing is decided by it.
    HEADER_SERVER_PID: u32 = 32;
    /// In the header: the doorbell's futex word, u32, on a line of its own.
    HEADER_DOORBELL_WORD: u32 = 128;
    /// In the header: the doorbell's waiter flag, u32.
    HEADER_DOORBELL_FLAG: u32 = 132;
    /// In a control block: the state, u32.
    CONTROL_STATE: u32 = 0;
    /// In a control block: the client's process id, u32, for people; nothing is decided by it.
    CONTROL_CLIENT_PID: u32 = 4;
    /// In a control block: where the event lane's producer is, u64; the client writes it.
    CONTROL_EVENT_PUBLISHED: u32 = 128;
    /// In a control block: what the event lane's consumer has released, u64; the server writes it.
    CONTROL_EVENT_CONSUMED: u32 = 256;
    /// In a control block: the futex word of a client that waits for space in the event lane, u32.
    CONTROL_EVENT_SPACE_WORD: u32 = 384;
    /// In a control block: its waiter flag, u32.
    CONTROL_EVENT_SPACE_FLAG: u32 = 388;
    /// In a control block: where the decision lane's producer is, u64; the server writes it.
    CONTROL_DECISION_PUBLISHED: u32 = 512;
    /// In a control block: what the decision lane's consumer has released, u64; the client writes it.
    CONTROL_DECISION_CONSUMED: u32 = 640;
    /// In a control block: the futex word of a client that waits for decisions, u32.
    CONTROL_DECISION_DATA_WORD: u32 = 768;
    /// In a control block: its waiter flag, u32.
    CONTROL_DECISION_DATA_FLAG: u32 = 772;
    /// In a control block: the futex word of a server that waits for space in the decision lane, u32.
    CONTROL_DECISION_SPACE_WORD: u32 = 896;
    /// In a control block: its waiter flag, u32.
    CONTROL_DECISION_SPACE_FLAG: u32 = 900;
    /// A pair's state: nobody's, clean, to be claimed.
    STATE_FREE: u32 = 0;
    /// A pair's state: a client has it, or had it until it was killed; its lock tells.
    STATE_CLAIMED: u32 = 1;
    /// A pair's state: its client has gone in order.
    STATE_CLOSING: u32 = 2;
    /// In a frame: the commit word, u64: position + 1, or 0 while nothing is there.
    FRAME_COMMIT: u32 = 0;
    /// In a frame: bytes of its payload, u32.
    FRAME_LENGTH: u32 = 8;
    /// In a frame: its kind, u16.
    FRAME_KIND: u32 = 12;
    /// In a frame: its flags, u16.
    FRAME_FLAGS: u32 = 14;
    /// In a frame: its sequence, u64.
    FRAME_SEQUENCE: u32 = 16;
    /// In a frame: its deadline, i64, nanoseconds since the Unix epoch; 0: none.
    FRAME_DEADLINE: u32 = 24;
    /// In a frame: its trace context, 25 bytes: trace id (16), span id (8), flags (1); zeros: none.
    FRAME_TRACE: u32 = 32;
    /// In a frame: 7 bytes that are zero.
    FRAME_RESERVED: u32 = 57;
    /// Number of the doorbell's word: the server waits for events and for news of pairs.
    WORD_DOORBELL: u32 = 0;
    /// Number of the word of a client that waits for space in its event lane.
    WORD_EVENT_SPACE: u32 = 1;
    /// Number of the word of a client that waits for decisions.
    WORD_DECISION_DATA: u32 = 2;
    /// Number of the word of a server that waits for space in a decision lane.
    WORD_DECISION_SPACE: u32 = 3;

    /// The byte of the file whose lock says that the server lives.
    LOCK_SERVER: u64 = 0;
    /// The byte of the file that a new server locks while it replaces a dead one's file.
    LOCK_TAKEOVER: u64 = 1;
    /// The byte of the file whose lock says that pair 0 has a client; pair i has byte `LOCK_PAIRS + i`.
    LOCK_PAIRS: u64 = 2;
}

/// What a frame is, by number. The ring itself knows `PAD` alone; the others are here because every language that
/// joins needs them. Payloads are messages of `proto/fishplate/v1`.
pub mod kind {
    numbers! {
        "KIND_", TABLE;
        /// Client: opens or resumes a session.
        OPEN: u16 = 1;
        /// Client: an event.
        EVENT: u16 = 2;
        /// Client: sequences that never will be sent.
        SKIP: u16 = 3;
        /// Client: outcomes that its application has taken.
        ACK: u16 = 4;
        /// Client: no more events.
        HALF_CLOSE: u16 = 5;
        /// Client: cancel.
        CANCEL: u16 = 6;
        /// Server: the session is open.
        WELCOME: u16 = 16;
        /// Server: a decision.
        DECISION: u16 = 17;
        /// Server: an event was refused.
        REFUSAL: u16 = 18;
        /// Server: what the client may send.
        CREDIT: u16 = 19;
        /// Server: the end of the session.
        DONE: u16 = 20;
        /// Either: nothing; fills the rest of a lane, because a frame never wraps.
        PAD: u16 = 0xFFFF;
    }
}

/// Flags of an `EVENT` frame.
pub mod flags {
    numbers! {
        "FLAG_", TABLE;
        /// The bits that give the form of the event.
        FORMAT_MASK: u16 = 0x000F;
        /// The event is protobuf.
        FORMAT_PROTOBUF: u16 = 1;
        /// The event is JSON.
        FORMAT_JSON: u16 = 2;
        /// The event is fields by name.
        FORMAT_FIELDS: u16 = 3;
        /// Decide what would be decided now, and change nothing.
        PREVIEW: u16 = 0x0010;
        /// The event brings features: the payload is their length (u32, little-endian), a `Map`, and then the body.
        FEATURES: u16 = 0x0020;
    }
}
