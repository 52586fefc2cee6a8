//! The operations of hosts that carry a session's frames themselves, between the session and a ring that they have mapped.

use fishplate::{Code, Error, Place, Status};
use fishplate_ring::Header;
use fishplate_transport::SessionOptions;

use super::give;
use super::session::{held, wanted};
use crate::handle::{Handle, Held};
use crate::layout::error::write_whole;
use crate::layout::frame::write_frame;
use crate::sessions::SessionObject;
use crate::storage::{Call, bad_argument};

/// What `carried_take` gives: a server has welcomed the session, plus its last word is here.
const WELCOMED: u64 = 1;
const DONE: u64 = 2;

/// `carried_open`
pub fn carried_open(call: &mut Call, options: &SessionOptions, id: &[u8], rule_set: &str) -> Result<(), Error> {
    let options = wanted(options, id, rule_set)?;
    give(call, Held::Session(SessionObject::carried_by_host(&options)?))
}

/// `carried_connected`
pub fn carried_connected(_call: &mut Call, session: Handle, max_payload: u32) -> Result<(), Error> {
    held(session)?.carried()?.connected(max_payload);
    Ok(())
}

/// `carried_disconnected`
pub fn carried_disconnected(_call: &mut Call, session: Handle) -> Result<(), Error> {
    held(session)?.carried()?.disconnected();
    Ok(())
}

/// `carried_give_up`
pub fn carried_give_up(
    _call: &mut Call,
    session: Handle,
    status: u32,
    code: u32,
    message: &str,
    name: &str,
) -> Result<(), Error> {
    held(session)?.carried()?.give_up(host_error(status, code, message, name, "")?);
    Ok(())
}

/// `carried_next`
pub fn carried_next(call: &mut Call, session: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let session = held(session)?;
    let mut written = Ok(());
    session.carried()?.offer(|frame| {
        written = call.write(|out| write_frame(frame, out));
        written.is_ok()
    });
    written
}

/// `carried_take`
pub fn carried_take(call: &mut Call, session: Handle, kind: u32, sequence: u64, payload: &[u8]) -> Result<(), Error> {
    let kind = u16::try_from(kind).map_err(|_| bad_argument("kind", format!("{kind} is no kind of frame")))?;
    let header = Header { kind, sequence, ..Header::default() };
    let now = held(session)?.carried()?.take(&header, payload.to_vec());
    let bit = |is: bool, bit: u64| if is { bit } else { 0 };
    call.give(bit(now.was_welcomed, WELCOMED) | bit(now.is_done, DONE));
    Ok(())
}

/// `error_record`
pub fn error_record(
    call: &mut Call,
    status: u32,
    code: u32,
    message: &str,
    name: &str,
    suggestion: &str,
) -> Result<(), Error> {
    call.needs_storage()?;
    let error = host_error(status, code, message, name, suggestion)?;
    call.write(|out| write_whole(&error, out))
}

/// An error of the host's own, in the form of all others.
fn host_error(status: u32, code: u32, message: &str, name: &str, suggestion: &str) -> Result<Error, Error> {
    let known = i32::try_from(status).ok().and_then(Status::from_number).filter(|status| *status != Status::Ok);
    let known = known.ok_or_else(|| bad_argument("status", format!("{status} is no status of an error")))?;
    let code = u16::try_from(code).map_err(|_| bad_argument("code", format!("{code} is no error code")))?;
    let place = if name.is_empty() { Place::None } else { Place::Name(name.to_owned()) };
    let error = Error::new(known, Code(code), message, place);
    Ok(if suggestion.is_empty() { error } else { error.suggest(suggestion) })
}
