//! How much a client may send: what the server granted, within the client's own window. Counted anew from each welcome,
//! in events and bytes instead of sequences. It knows no events.

use super::Credit;
use super::load::Load;

#[derive(Debug)]
pub(super) struct Allowance {
    /// The client's own bounds, whatever the server grants.
    window: Load,
    /// Sent since the welcome, and what may have been sent.
    spent: Load,
    allowed: Load,
    /// Events accepted since the welcome.
    accepted: u64,
    /// The most that was free at once: the window that the server grants.
    granted: Load,
}

impl Allowance {
    /// Nothing is allowed before the first welcome.
    pub(super) fn new(window: Load) -> Self {
        let none = Load::default();
        Self { window, spent: none, allowed: none, accepted: 0, granted: none }
    }

    /// A welcome came, which accepts up to `accepted`.
    pub(super) fn begin(&mut self, accepted: u64, credit: Credit) {
        self.spent = Load::default();
        self.allowed = Load::default();
        self.accepted = 0;
        self.grant(accepted, credit);
    }

    /// The server, having accepted up to `accepted`, allows `credit`. Never takes back what was allowed.
    pub(super) fn grant(&mut self, accepted: u64, credit: Credit) {
        let events = self.accepted.saturating_add(credit.sequence.saturating_sub(accepted));
        self.allowed = self.allowed.max(Load { events, bytes: credit.bytes });
        let free = self.allowed.minus(self.spent).min(self.window);
        self.granted = self.granted.max(free);
    }

    /// An event is sent.
    pub(super) fn spend(&mut self, weight: u64) {
        self.spent.add(weight);
    }

    /// An event of this connection was accepted.
    pub(super) fn accept(&mut self) {
        self.accepted += 1;
    }

    /// Whether an event of `weight` may go behind `waiting`, and beside `under_way`, which includes what waits.
    /// An event that is `alone` may be heavier than the window.
    pub(super) fn fits(&self, weight: u64, waiting: Load, under_way: Load, alone: bool) -> bool {
        let spent = self.spent.plus(waiting);
        if alone {
            return spent.events < self.allowed.events;
        }
        spent.has_room_for(weight, self.allowed) && under_way.has_room_for(weight, self.window)
    }

    /// Whether the application has taken so much that the server should hear of it: a quarter of what it grants.
    pub(super) fn is_much(&self, taken: Load) -> bool {
        let quarter = |bound: u64| (bound / 4).max(1);
        taken.events >= quarter(self.granted.events) || taken.bytes >= quarter(self.granted.bytes)
    }
}
