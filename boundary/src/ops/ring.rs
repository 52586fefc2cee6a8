//! The operations of hosts that map a ring's file themselves.

use fishplate::Error;
use fishplate_transport::SessionOptions;

use super::{give, mixed_up};
use crate::handle::{self, Handle, Held};
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
    let using = handle::lookup(ring, Object::Ring)?;
    let _ring = using.ring().ok_or_else(mixed_up)?;
    todo!()
}

/// `ring_wait`
pub fn ring_wait(_call: &mut Call, _ring: Handle, _word: u32, _expected: u32, _wait_ms: u32) -> Result<(), Error> {
    todo!()
}

/// `ring_wake`
pub fn ring_wake(_call: &mut Call, _ring: Handle, _word: u32) -> Result<(), Error> {
    todo!()
}

/// `ring_alive`
pub fn ring_alive(_call: &mut Call, _ring: Handle) -> Result<(), Error> {
    todo!()
}

/// `frame_read`
pub fn frame_read(_call: &mut Call, _kind: u32, _payload: &[u8]) -> Result<(), Error> {
    todo!()
}

/// `frame_open`
pub fn frame_open(
    _call: &mut Call,
    _options: &SessionOptions,
    _id: &[u8],
    _rule_set: &str,
    _resume: bool,
) -> Result<(), Error> {
    todo!()
}

/// `frame_fields`
pub fn frame_fields(_call: &mut Call, _event: &[u8]) -> Result<(), Error> {
    todo!()
}
