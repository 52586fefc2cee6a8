//! The operations on sessions, and the sharing of an engine that sessions in process reach.

use std::sync::Arc;
use std::time::Duration;

use fishplate::{Error, TraceContext};
use fishplate_transport::{Outgoing, SessionOptions};

use super::event::{Came, Form};
use super::{give, mixed_up};
use crate::handle::{self, Handle, Held};
use crate::layout::{records, session};
use crate::sessions::SessionObject;
use crate::storage::{Call, bad_argument};
use crate::table::Object;

/// `wait_ms`: as long as it takes.
pub const FOREVER: u32 = u32::MAX;

/// `engine_share`
pub fn engine_share(_call: &mut Call, engine: Handle, name: &str) -> Result<(), Error> {
    let using = handle::lookup(engine, Object::Engine)?;
    using.engine().ok_or_else(mixed_up)?.share(name)
}

/// `session_open`
pub fn session_open(
    call: &mut Call,
    address: &str,
    options: &SessionOptions,
    id: &[u8],
    rule_set: &str,
) -> Result<(), Error> {
    let options = wanted(options, id, rule_set)?;
    give(call, Held::Session(SessionObject::open(address, &options)?))
}

/// `session_send`
#[allow(clippy::too_many_arguments)] // as the table gives them
pub fn session_send(
    call: &mut Call,
    session: Handle,
    format: u32,
    event: &[u8],
    trace: Option<TraceContext>,
    preview: bool,
    within_ms: u32,
    wait_ms: u32,
) -> Result<(), Error> {
    let form = Form::of(format)?;
    let session = held(session)?;
    let within = (within_ms != 0).then(|| Duration::from_millis(within_ms.into()));
    let came = Came::read(form, event)?;
    let sequence = session.send(&Outgoing { trace, preview, within, ..came.outgoing() }, wait_of(wait_ms))?;
    call.give(sequence);
    Ok(())
}

/// `session_receive`
pub fn session_receive(call: &mut Call, session: Handle, wait_ms: u32) -> Result<(), Error> {
    call.needs_storage()?;
    let session = held(session)?;
    let received = session.receive(wait_of(wait_ms))?;
    let written = call.write(|out| session::write_received(&received, out));
    if written.is_err() {
        session.put_back(received);
    }
    written
}

/// `session_half_close`
pub fn session_half_close(_call: &mut Call, session: Handle) -> Result<(), Error> {
    held(session)?.half_close()
}

/// `session_cancel`
pub fn session_cancel(_call: &mut Call, session: Handle) -> Result<(), Error> {
    held(session)?.cancel()
}

/// `session_report`
pub fn session_report(call: &mut Call, session: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let report = held(session)?.report()?;
    call.write(|out| session::write_report(&report, out))
}

/// `session_options`
pub fn session_options(call: &mut Call) -> Result<(), Error> {
    call.needs_storage()?;
    call.write(records::write_options)
}

/// The session, held by a counted reference: the call may wait, and hazard slots are for those that do not.
pub(super) fn held(session: Handle) -> Result<Arc<SessionObject>, Error> {
    let using = handle::lookup(session, Object::Session)?;
    using.session().map(Arc::clone).ok_or_else(mixed_up)
}

/// The options with what stands beside them.
pub(super) fn wanted(options: &SessionOptions, id: &[u8], rule_set: &str) -> Result<SessionOptions, Error> {
    let id = match id {
        [] => None,
        id => {
            let whole = id.first_chunk::<16>().filter(|whole| id.len() == 16 && whole.iter().any(|byte| *byte != 0));
            let wrong = || bad_argument("id", "a session's id has 16 bytes that are not all zero");
            Some(*whole.ok_or_else(wrong)?)
        }
    };
    Ok(SessionOptions { id, rule_set: rule_set.to_owned(), ..options.clone() })
}

fn wait_of(wait_ms: u32) -> Option<Duration> {
    (wait_ms != FOREVER).then(|| Duration::from_millis(wait_ms.into()))
}
