//! The operations of hosts that map a ring's file themselves: their place in it, and its futexes.

use std::sync::Arc;
use std::time::Duration;

use fishplate::Error;

use super::{give, mixed_up};
use crate::handle::{self, Handle, Held};
use crate::layout::ring::write_ring;
use crate::rings::RingObject;
use crate::storage::Call;
use crate::table::Object;

/// `ring_attach`
pub fn ring_attach(call: &mut Call, name: &str) -> Result<(), Error> {
    give(call, Held::Ring(RingObject::attach(name)?))
}

/// `ring_describe`
pub fn ring_describe(call: &mut Call, ring: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let ring = held(ring)?;
    let attachment = ring.attachment()?;
    call.write(|out| write_ring(attachment, out))
}

/// `ring_wait`
pub fn ring_wait(call: &mut Call, ring: Handle, word: u32, expected: u32, wait_ms: u32) -> Result<(), Error> {
    let ended = held(ring)?.wait(word, expected, Duration::from_millis(wait_ms.into()))?;
    call.give(ended as u64);
    Ok(())
}

/// `ring_wake`
pub fn ring_wake(_call: &mut Call, ring: Handle, word: u32) -> Result<(), Error> {
    held(ring)?.wake(word)
}

/// `ring_alive`
pub fn ring_alive(call: &mut Call, ring: Handle) -> Result<(), Error> {
    call.give(held(ring)?.is_served()?.into());
    Ok(())
}

/// The place, held by a counted reference: the call may wait.
fn held(ring: Handle) -> Result<Arc<RingObject>, Error> {
    let using = handle::lookup(ring, Object::Ring)?;
    using.ring().map(Arc::clone).ok_or_else(mixed_up)
}
