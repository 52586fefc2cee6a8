//! The writing end of a lane: claim, write, commit. It knows frames; what their kinds mean, the transport knows.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::RingError;
use crate::layout::{self, FRAME_HEADER_BYTES, Header, kind};
use crate::shared::{Lane, Shared};
use crate::wait::{self, Waited, Waiter, Waker};

/// The writing end of a lane: of events in a client, of decisions in the server. One thread at a time.
pub struct Producer {
    shared: Arc<Shared>,
    lane: Lane,
    /// Where the next frame goes. Ours: what stands in the ring is for others to read.
    position: u64,
    /// What the consumer had released when we last looked.
    consumed: u64,
    waiter: Waiter,
    dead: Option<(&'static str, u64)>,
}

impl Producer {
    pub(crate) fn new(shared: Arc<Shared>, lane: Lane, position: u64) -> Self {
        Self { shared, lane, position, consumed: position, waiter: Waiter::new(lane.space_word), dead: None }
    }

    /// The longest payload, in bytes.
    pub fn max_payload(&self) -> usize {
        self.shared.geometry.max_payload()
    }

    /// The position of the next frame: how many bytes were committed in all.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Commits a frame and wakes its consumer if it waits. `Ok(false)`: no room; nothing was changed. Never blocks.
    ///
    /// # Errors
    /// [`RingError::TooLarge`], [`RingError::Misuse`] (kind 0 or `PAD`), [`RingError::Corrupt`] (the consumer's word
    /// is nonsense; the lane is of no more use), [`RingError::Forked`].
    pub fn try_push(&mut self, header: &Header, payload: &[u8]) -> Result<bool, RingError> {
        let pushed = self.try_push_quietly(header, payload)?;
        if pushed {
            self.notify();
        }
        Ok(pushed)
    }

    /// As [`Producer::try_push`], but wakes nobody: for several frames in a row. [`Producer::notify`] goes after them.
    ///
    /// # Errors
    /// As [`Producer::try_push`].
    pub fn try_push_quietly(&mut self, header: &Header, payload: &[u8]) -> Result<bool, RingError> {
        self.check()?;
        if header.kind == 0 || header.kind == kind::PAD {
            return Err(RingError::Misuse { what: "kinds 0 and 65535 belong to the ring" });
        }
        if payload.len() > self.max_payload() {
            return Err(RingError::TooLarge { length: payload.len(), max: self.max_payload() });
        }
        let frame = layout::frame_bytes(payload.len());
        let pad = self.pad_before(frame);
        if !self.has_room(pad + frame)? {
            return Ok(false);
        }
        if pad > 0 {
            let header = Header { kind: kind::PAD, ..Header::default() };
            // A lane's bytes are a u32.
            self.commit(&header, (pad - u64::from(FRAME_HEADER_BYTES)) as u32, pad);
        }
        let payload_at = self.lane.at(self.position) + FRAME_HEADER_BYTES as usize;
        self.shared.mapping.copy_in(payload_at, payload);
        self.commit(header, payload.len() as u32, frame);
        Ok(true)
    }

    /// Wakes the consumer if it waits.
    pub fn notify(&self) {
        if self.shared.epoch.is_now() {
            wait::notify(&self.shared.mapping, self.lane.data_word);
        }
    }

    /// Waits until a payload of so many bytes fits: spins, then sleeps for at most `timeout` and
    /// [`WAIT_SLICE`](crate::WAIT_SLICE). After [`Waited::Ready`], [`Producer::try_push`] says more.
    ///
    /// # Errors
    /// As [`Producer::try_push`].
    pub fn wait_for_space(&mut self, bytes: usize, timeout: Duration, spins: u32) -> Result<Waited, RingError> {
        self.check()?;
        if bytes > self.max_payload() {
            return Err(RingError::TooLarge { length: bytes, max: self.max_payload() });
        }
        let frame = layout::frame_bytes(bytes);
        let need = self.pad_before(frame) + frame;
        let (mapping, lane, position) = (&self.shared.mapping, self.lane, self.position);
        // A word that is nonsense ends the wait too: the push that follows says so.
        let ready = || {
            let consumed = mapping.u64_at(lane.consumed).load(Ordering::Acquire);
            consumed > position || fits(&lane, position, consumed, need)
        };
        Ok(self.waiter.wait(mapping, timeout, spins, ready))
    }

    /// Wakes this end from another thread.
    pub fn waker(&self) -> Waker {
        self.waiter.waker(&self.shared)
    }

    #[inline]
    fn check(&self) -> Result<(), RingError> {
        self.shared.epoch.check()?;
        match self.dead {
            None => Ok(()),
            Some((what, position)) => Err(RingError::Corrupt { what, position }),
        }
    }

    /// What fills the rest of the lane if the frame does not fit in it.
    fn pad_before(&self, frame: u64) -> u64 {
        let rest = self.lane.bytes - self.lane.offset(self.position);
        if frame > rest { rest } else { 0 }
    }

    /// Whether so many bytes and the commit word after them are free.
    fn has_room(&mut self, need: u64) -> Result<bool, RingError> {
        if fits(&self.lane, self.position, self.consumed, need) {
            return Ok(true);
        }
        // Acquire: the consumer's reads of what it released are over before we write there.
        let consumed = self.shared.mapping.u64_at(self.lane.consumed).load(Ordering::Acquire);
        if consumed < self.consumed
            || consumed > self.position
            || !consumed.is_multiple_of(u64::from(FRAME_HEADER_BYTES))
        {
            let what = "a consumed position that no consumer wrote";
            self.dead = Some((what, self.position));
            return Err(RingError::Corrupt { what, position: self.position });
        }
        self.consumed = consumed;
        Ok(fits(&self.lane, self.position, consumed, need))
    }

    /// Writes the frame's header and makes it visible. Its payload is there, and its room was claimed.
    fn commit(&mut self, header: &Header, length: u32, total: u64) {
        let mapping = &self.shared.mapping;
        let at = self.lane.at(self.position);
        let next = self.position + total;
        debug_assert!(
            total.is_multiple_of(u64::from(FRAME_HEADER_BYTES))
                && self.lane.offset(self.position) + total <= self.lane.bytes
        );
        // What stood at the next position is older bytes, which may look like anything. Once this frame is visible, its
        // consumer looks there: it must find nothing.
        mapping.u64_at(self.lane.at(next)).store(0, Ordering::Relaxed);
        for (i, word) in header_words(header, length).into_iter().enumerate() {
            mapping.u64_at(at + 8 + i * 8).store(word, Ordering::Relaxed);
        }
        // Release: whoever sees the commit word sees the frame, and the zero after it.
        mapping.u64_at(at).store(self.position + 1, Ordering::Release);
        mapping.u64_at(self.lane.published).store(next, Ordering::Relaxed);
        self.position = next;
    }

    /// Server: the client has gone; its lane of decisions is empty for the next one.
    pub(crate) fn restart(&mut self) {
        self.lane.restart(&self.shared.mapping, self.position);
        self.shared.mapping.u32_at(self.lane.data_word + 4).store(0, Ordering::Relaxed);
        self.consumed = self.position;
        self.dead = None;
    }
}

/// A frame is claimed only together with the commit word after it.
fn fits(lane: &Lane, position: u64, consumed: u64, need: u64) -> bool {
    position - consumed + need + u64::from(FRAME_HEADER_BYTES) <= lane.bytes
}

/// The seven words of a frame's header after the commit word.
fn header_words(header: &Header, length: u32) -> [u64; 7] {
    let mut bytes = [0; 56];
    let mut put = |at: u32, field: &[u8]| bytes[at as usize - 8..][..field.len()].copy_from_slice(field);
    put(layout::FRAME_LENGTH, &length.to_ne_bytes());
    put(layout::FRAME_KIND, &header.kind.to_ne_bytes());
    put(layout::FRAME_FLAGS, &header.flags.to_ne_bytes());
    put(layout::FRAME_SEQUENCE, &header.sequence.to_ne_bytes());
    put(layout::FRAME_DEADLINE, &header.deadline.to_ne_bytes());
    put(layout::FRAME_TRACE, &header.trace);
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_ne_bytes(words[i]))
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("position", &self.position).finish_non_exhaustive()
    }
}
