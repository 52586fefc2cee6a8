//! When a client acknowledges what its application took. It knows no events and no credit, only how much was taken.

use super::load::Load;

#[derive(Debug)]
pub(super) struct Acks {
    /// The last sequence taken whose outcome the server sent. What was shed is of no interest to the server.
    taken: u64,
    /// The last that the application is done with: it asked for more since.
    done_with: u64,
    /// Taken by the application, done with, and not acknowledged yet.
    unacked: Load,
    /// Taken last: the application may not be done with it. One that dies with it in hand asks for it again.
    in_hand: Load,
    /// Somebody found the window full since the last acknowledgement.
    wanted: bool,
    /// The connection is new: the server may have missed the last acknowledgement.
    must: bool,
}

impl Acks {
    /// `received`: what an earlier process of the session received.
    pub(super) fn new(received: u64) -> Self {
        let none = Load::default();
        Self { taken: received, done_with: received, unacked: none, in_hand: none, wanted: false, must: false }
    }

    /// The application takes an outcome; it is done with it when it asks for more.
    pub(super) fn take(&mut self, sequence: u64, weight: u64) {
        self.taken = sequence;
        self.in_hand.add(weight);
    }

    /// The application asks for more: it is done with what it took last.
    pub(super) fn put_down(&mut self) {
        self.unacked = self.unacked.plus(std::mem::take(&mut self.in_hand));
        self.done_with = self.taken;
    }

    /// Somebody waits for room: what can be acknowledged is, at once.
    pub(super) fn want(&mut self) {
        self.wanted = true;
        self.put_down();
    }

    /// A connection was welcomed.
    pub(super) fn begin(&mut self) {
        self.must = self.done_with > 0;
    }

    /// Whether the server was told of everything that the application took.
    pub(super) fn are_settled(&self) -> bool {
        self.unacked.events + self.in_hand.events == 0
    }

    /// What to acknowledge now, if anything. Acknowledgements go some events at a time (`is_much` says how many), unless
    /// somebody waits for credit, or events do (`blocked`).
    pub(super) fn due(&mut self, is_much: impl Fn(Load) -> bool, blocked: bool) -> Option<u64> {
        let awaited = self.unacked.events > 0 && (blocked || self.wanted);
        if !self.must && !awaited && !is_much(self.unacked) {
            return None;
        }
        self.unacked = Load::default();
        self.wanted = false;
        self.must = false;
        Some(self.done_with)
    }
}
