//! Sums of events and of their bytes: what windows and credit are counted in. It knows no sequences.

use super::Window;

/// So many events, weighing so many bytes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Load {
    /// One more event. Sums saturate: a weight that no memory holds must not wrap a bound around.
    pub(super) fn add(&mut self, weight: u64) {
        self.events = self.events.saturating_add(1);
        self.bytes = self.bytes.saturating_add(weight);
    }

    /// One event less.
    pub(super) fn remove(&mut self, weight: u64) {
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(weight);
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { events: self.events.saturating_add(other.events), bytes: self.bytes.saturating_add(other.bytes) }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { events: self.events.saturating_sub(other.events), bytes: self.bytes.saturating_sub(other.bytes) }
    }

    /// The smaller, bound by bound.
    pub(super) fn min(self, other: Self) -> Self {
        Self { events: self.events.min(other.events), bytes: self.bytes.min(other.bytes) }
    }

    /// The greater, bound by bound.
    pub(super) fn max(self, other: Self) -> Self {
        Self { events: self.events.max(other.events), bytes: self.bytes.max(other.bytes) }
    }

    /// Whether this much and an event of `weight` stay within `bound`. What weighs nothing fits beside any bytes.
    pub(super) fn has_room_for(self, weight: u64, bound: Self) -> bool {
        let light = weight == 0 || self.bytes.saturating_add(weight) <= bound.bytes;
        self.events < bound.events && light
    }
}

impl From<Window> for Load {
    fn from(window: Window) -> Self {
        Self { events: window.events, bytes: window.bytes }
    }
}
