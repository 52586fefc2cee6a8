//! A client's place in a ring, for a host that maps the ring's file itself: the lock that claims it, and the futex.
//!
//! The host reads and writes the lanes with code of its own (`docs/ring-layout.md`); it gets no address from here.

use std::sync::Arc;

use fishplate::Error;

use crate::counters::Live;
use crate::table::Object;

/// A place in a ring, as a host language holds it. Any thread may use it.
#[derive(Debug)]
pub struct RingObject {
    live: Live,
}

impl RingObject {
    /// Claims a place in the ring `name`.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0860): nobody serves it.
    pub fn attach(_name: &str) -> Result<Arc<Self>, Error> {
        let _ = Live::new(Object::Ring);
        todo!()
    }

    /// Lets go of the place.
    ///
    /// # Errors
    /// F0805: made before this process forked.
    pub fn close(&self) -> Result<(), Error> {
        self.live.born().check()
    }
}
