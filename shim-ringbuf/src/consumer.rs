//! The reading end of a lane: peek copies out, release gives the room back. It trusts nothing that it reads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::RingError;
use crate::layout::{self, FRAME_HEADER_BYTES, Header, kind};
use crate::shared::{Lane, Shared};
use crate::wait::{self, Waited, Waiter, Waker};

/// A frame that was copied out and is not released yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peeked {
    /// What it says beside its payload.
    pub header: Header,
    /// Where it stands.
    pub position: u64,
    /// Where the next one stands: for [`Consumer::release_through`].
    pub end: u64,
}

/// The reading end of a lane: of events in the server, of decisions in a client. One thread at a time.
///
/// It has two positions. [`Consumer::peek`] moves the cursor and copies a frame out; [`Consumer::release_through`]
/// moves what the producer may write over. So a server peeks an event, decides it, commits the decision, and then
/// releases the event; and it may peek several events before it releases the first.
pub struct Consumer {
    shared: Arc<Shared>,
    lane: Lane,
    released: u64,
    cursor: u64,
    waiter: Waiter,
    dead: Option<(&'static str, u64)>,
}

impl Consumer {
    pub(crate) fn new(shared: Arc<Shared>, lane: Lane, position: u64) -> Self {
        let waiter = Waiter::new(lane.data_word);
        Self { shared, lane, released: position, cursor: position, waiter, dead: None }
    }

    /// The longest payload, in bytes.
    pub fn max_payload(&self) -> usize {
        self.shared.geometry.max_payload()
    }

    /// Copies the next frame out, its payload into `payload` (whose contents are replaced), and moves past it.
    /// `Ok(None)`: there is none yet. The room is the frame's until it is released.
    ///
    /// # Errors
    /// [`RingError::Corrupt`]: what stands there is no frame; every later call says the same.
    /// [`RingError::Forked`].
    pub fn peek(&mut self, payload: &mut Vec<u8>) -> Result<Option<Peeked>, RingError> {
        self.check()?;
        loop {
            let at = self.lane.at(self.cursor);
            // Acquire: with the commit word comes the frame.
            match self.shared.mapping.u64_at(at).load(Ordering::Acquire) {
                0 => return Ok(None),
                commit if commit == self.cursor + 1 => {}
                _ => return Err(self.corrupt("a commit word of another position")),
            }
            let (header, length, total) = self.read_header(at)?;
            let position = self.cursor;
            self.cursor += total;
            if header.kind == kind::PAD {
                continue; // Its room goes back with the frame after it, which was claimed with it.
            }
            payload.resize(length, 0);
            self.shared.mapping.copy_out(at + FRAME_HEADER_BYTES as usize, payload);
            return Ok(Some(Peeked { header, position, end: self.cursor }));
        }
    }

    /// Gives back everything up to the end of a peeked frame, and wakes the producer if it waits for room.
    ///
    /// # Errors
    /// [`RingError::Misuse`] if `end` is not between what was released and what was peeked; [`RingError::Forked`].
    pub fn release_through(&mut self, end: u64) -> Result<(), RingError> {
        self.shared.epoch.check()?;
        if end < self.released || end > self.cursor || !end.is_multiple_of(u64::from(FRAME_HEADER_BYTES)) {
            return Err(RingError::Misuse { what: "a release of frames that were not peeked" });
        }
        if end != self.released {
            self.store_released(end);
        }
        Ok(())
    }

    /// Gives back every frame that was peeked.
    ///
    /// # Errors
    /// [`RingError::Forked`].
    pub fn release_all(&mut self) -> Result<(), RingError> {
        self.release_through(self.cursor)
    }

    /// Whether [`Consumer::peek`] would find something. A lane that is of no more use has nothing.
    pub fn is_ready(&self) -> bool {
        self.dead.is_none() && self.commit_word() != 0
    }

    /// Waits for a frame: spins, then sleeps for at most `timeout` and [`WAIT_SLICE`](crate::WAIT_SLICE). For the
    /// client; the server waits for all pairs at once with [`Ring::wait`](crate::Ring::wait).
    ///
    /// # Errors
    /// As [`Consumer::peek`].
    pub fn wait(&mut self, timeout: Duration, spins: u32) -> Result<Waited, RingError> {
        self.check()?;
        let (mapping, at) = (&self.shared.mapping, self.lane.at(self.cursor));
        Ok(self.waiter.wait(mapping, timeout, spins, || mapping.u64_at(at).load(Ordering::Acquire) != 0))
    }

    /// Wakes this end from another thread.
    pub fn waker(&self) -> Waker {
        self.waiter.waker(&self.shared)
    }

    fn commit_word(&self) -> u64 {
        self.shared.mapping.u64_at(self.lane.at(self.cursor)).load(Ordering::Acquire)
    }

    #[inline]
    fn check(&self) -> Result<(), RingError> {
        self.shared.epoch.check()?;
        match self.dead {
            None => Ok(()),
            Some((what, position)) => Err(RingError::Corrupt { what, position }),
        }
    }

    #[cold]
    fn corrupt(&mut self, what: &'static str) -> RingError {
        self.dead = Some((what, self.cursor));
        RingError::Corrupt { what, position: self.cursor }
    }

    fn store_released(&mut self, end: u64) {
        self.released = end;
        // Release: our reads of what is given back are over before the producer sees it.
        self.shared.mapping.u64_at(self.lane.consumed).store(end, Ordering::Release);
        wait::notify(&self.shared.mapping, self.lane.space_word);
    }

    /// The frame's header, copied once and then checked: the header, the payload's bytes, the frame's bytes.
    fn read_header(&mut self, at: usize) -> Result<(Header, usize, u64), RingError> {
        let mut bytes = [0; FRAME_HEADER_BYTES as usize];
        self.shared.mapping.copy_out(at, &mut bytes);
        let (header, length, reserved) = parse(&bytes);
        let rest = self.lane.bytes - self.lane.offset(self.cursor);
        let total = layout::frame_bytes(length);
        if header.kind == 0 {
            return Err(self.corrupt("a frame of kind 0"));
        }
        if reserved != [0; 7] {
            return Err(self.corrupt("reserved bytes that are not zero"));
        }
        if header.kind == kind::PAD {
            if total != rest || length as u64 != rest - u64::from(FRAME_HEADER_BYTES) {
                return Err(self.corrupt("a pad that does not end with its lane"));
            }
        } else if length > self.max_payload() || total > rest {
            return Err(self.corrupt("a frame longer than its lane"));
        }
        // The producer never claims the last commit word before what we hold.
        if self.cursor - self.released + total + u64::from(FRAME_HEADER_BYTES) > self.lane.bytes {
            return Err(self.corrupt("a frame over frames that are not released"));
        }
        Ok((header, length, total))
    }

    /// Server: the client has gone; whatever it left after the cursor does not count, and the next one begins here.
    pub(crate) fn restart(&mut self) {
        self.lane.restart(&self.shared.mapping, self.cursor);
        self.released = self.cursor;
        self.dead = None;
    }
}

/// The fields of a frame's header: the header, the payload's bytes, the reserved bytes.
fn parse(bytes: &[u8; FRAME_HEADER_BYTES as usize]) -> (Header, usize, [u8; 7]) {
    fn field<const N: usize>(bytes: &[u8], at: u32) -> [u8; N] {
        std::array::from_fn(|i| bytes[at as usize + i])
    }
    let header = Header {
        kind: u16::from_ne_bytes(field(bytes, layout::FRAME_KIND)),
        flags: u16::from_ne_bytes(field(bytes, layout::FRAME_FLAGS)),
        sequence: u64::from_ne_bytes(field(bytes, layout::FRAME_SEQUENCE)),
        deadline: i64::from_ne_bytes(field(bytes, layout::FRAME_DEADLINE)),
        trace: field(bytes, layout::FRAME_TRACE),
    };
    let length = u32::from_ne_bytes(field(bytes, layout::FRAME_LENGTH));
    (header, length as usize, field(bytes, layout::FRAME_RESERVED))
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("released", &self.released)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
