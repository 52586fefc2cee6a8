//! The operations: one plain function a row of the table, in its order. Generated entries call them through the guard.
//!
//! Each takes the call, which knows the caller's storage, and arguments that are Rust values already.

use std::io;

use fishplate::engine::Options;
use fishplate::{Code, Decision, Error, Event, Limits, Place, TraceContext, codes};

mod carried;
mod event;
mod ring;
mod session;
mod state;

pub use carried::{
    carried_connected, carried_disconnected, carried_give_up, carried_next, carried_open, carried_take, error_record,
};
pub use event::WITH_FEATURES;
pub use ring::{ring_alive, ring_attach, ring_describe, ring_wait, ring_wake};
pub use session::{
    FOREVER, engine_share, session_cancel, session_half_close, session_open, session_options, session_receive,
    session_report, session_send,
};
pub use state::{
    advance_to, engine_open_with, engine_restore, engine_set_mode, engine_snapshot, engine_state, engine_swap,
};

use event::{Came, Form};

use crate::counters;
use crate::handle::{self, Handle, Held};
use crate::layout::batch::{BatchEvent, read_batch, write_batch};
use crate::layout::decision::write_decision;
use crate::layout::records;
use crate::layout::sink::Sink;
use crate::objects::{Deciding, EngineObject, RuleSetObject};
use crate::raw::malformed;
use crate::storage::{Call, bad_argument, too_small};
use crate::table::Object;

/// Named bytes: files, headers.
pub type Named<'a> = [(&'a str, &'a [u8])];

/// `version`
pub fn version(call: &mut Call) -> Result<(), Error> {
    text(call, env!("CARGO_PKG_VERSION"))
}

/// `limits`
pub fn limits(call: &mut Call) -> Result<(), Error> {
    call.needs_storage()?;
    call.write(records::write_limits)
}

/// `rule_set_from_text`
pub fn rule_set_from_text(
    call: &mut Call,
    file: &str,
    text: &str,
    files: &Named<'_>,
    limits: &Limits,
) -> Result<(), Error> {
    let mut read = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    give(call, Held::RuleSet(RuleSetObject::from_text(file, text, &mut read, limits)?))
}

/// `rule_set_load`
pub fn rule_set_load(call: &mut Call, path: &str, limits: &Limits) -> Result<(), Error> {
    give(call, Held::RuleSet(RuleSetObject::load(path, limits)?))
}

/// `rule_set_describe`
pub fn rule_set_describe(call: &mut Call, rule_set: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(rule_set, Object::RuleSet)?;
    let rule_set = using.rule_set().ok_or_else(mixed_up)?.rule_set()?;
    call.write(|out| records::write_rule_set(rule_set, out))
}

/// `engine_open`
pub fn engine_open(call: &mut Call, rule_set: Handle, limits: &Limits, strict: bool) -> Result<(), Error> {
    let using = handle::lookup(rule_set, Object::RuleSet)?;
    let rule_set = using.rule_set().ok_or_else(mixed_up)?;
    give(call, Held::Engine(EngineObject::open(rule_set, Options { limits: *limits, strict, ..Options::default() })?))
}

/// `decide`
pub fn decide(
    call: &mut Call,
    engine: Handle,
    format: u32,
    event: &[u8],
    trace: Option<TraceContext>,
) -> Result<(), Error> {
    one(call, engine, format, event, trace, |deciding, event| deciding.decide(event))
}

/// `preview`
pub fn preview(
    call: &mut Call,
    engine: Handle,
    format: u32,
    event: &[u8],
    trace: Option<TraceContext>,
) -> Result<(), Error> {
    one(call, engine, format, event, trace, |deciding, event| deciding.preview(event))
}

/// `engine_explain`
pub fn engine_explain(call: &mut Call, engine: Handle, format: u32, event: &[u8], json: bool) -> Result<(), Error> {
    call.needs_storage()?;
    let form = Form::of(format)?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    let came = Came::read(form, event)?;
    let explanation = engine.run(|deciding| deciding.explain(came.event(None)))?;
    text(call, &if json { explanation.json() } else { explanation.text() })
}

/// `decide_all`
pub fn decide_all(call: &mut Call, engine: Handle, format: u32, batch: &[u8]) -> Result<(), Error> {
    call.needs_storage()?;
    let form = Form::of(format)?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.check_room()?;
    let events = read_batch(batch).map_err(|wrong| malformed("batch", "batch in", wrong))?;
    let items = engine.run(|deciding| decide_items(deciding, form, &events))?;
    write_or_keep(call, engine, |out| write_batch(&items, out))
}

/// A batch: an item that is refused, or is no event of its form, is an error in its own place.
fn decide_items(
    deciding: &mut Deciding<'_>,
    form: Form,
    events: &[BatchEvent<'_>],
) -> Result<Vec<Result<Decision, Error>>, Error> {
    if let Some(plain) = form.plain() {
        return deciding.decide_all(events.iter().map(|(trace, bytes)| plain(bytes).with_trace(*trace)));
    }
    // Each record is checked on its own: a malformed one is an error in its own place.
    let decide = |(trace, bytes): &BatchEvent<'_>| match Came::read(form, bytes) {
        Ok(came) => Ok(deciding.decide_all([came.event(*trace)])?.swap_remove(0)),
        Err(refused) => Ok(Err(refused)),
    };
    events.iter().map(decide).collect()
}

/// `fetch`
pub fn fetch(call: &mut Call, engine: Handle, ticket: u64) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.usable()?;
    let mut written = Ok(());
    engine.waiting.fetch(ticket, |result| {
        written = call.write(|out| out.raw(result));
        written.is_ok()
    })?;
    if written.is_err() {
        call.give(ticket);
    }
    written
}

/// Takes a result that waits, as `fetch` does, for a host that makes the memory for it itself: large ones are copied once
/// less. One of more than `most` bytes is lost.
///
/// # Errors
/// As `fetch`; `OUT_OF_RANGE` (F0806): it is larger than `most`.
pub fn take_waiting(engine: Handle, ticket: u64, most: usize) -> Result<Box<[u8]>, Error> {
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.usable()?;
    let result = engine.waiting.take(ticket)?;
    let size = result.len();
    if size > most { Err(too_small(size as u64, most)) } else { Ok(result) }
}

/// `counters`
pub fn counters(call: &mut Call, engine: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(engine, Object::Engine)?;
    let counters = using.engine().ok_or_else(mixed_up)?.lock()?.counters();
    call.write(|out| records::write_counters(&counters, out))
}

/// `trace_from_headers`
pub fn trace_from_headers(call: &mut Call, headers: &Named<'_>) -> Result<(), Error> {
    call.needs_storage()?;
    let parsed = TraceContext::from_headers(headers.iter().copied());
    call.write(|out| records::write_trace(&parsed, out))
}

/// `live_objects`
pub fn live_objects(call: &mut Call, kind: u32) -> Result<(), Error> {
    let kind = Object::from_number(kind).ok_or_else(|| {
        bad_argument("kind", format!("{kind} is no kind of object: 1 rule sets, 2 engines, 3 sessions, 4 rings"))
    })?;
    call.give(counters::live(kind));
    Ok(())
}

/// `close`
pub fn close(_call: &mut Call, handle: Handle) -> Result<(), Error> {
    handle::close(handle)
}

/// `explain_error`
pub fn explain_error(call: &mut Call, code: u32) -> Result<(), Error> {
    let known = u16::try_from(code).ok().and_then(|code| codes::explain(Code(code)));
    let found = known.ok_or_else(|| bad_argument("code", format!("F{code:04} is no error code")))?;
    text(call, &found.to_string())
}

/// Decides or previews one event.
fn one(
    call: &mut Call,
    engine: Handle,
    format: u32,
    event: &[u8],
    trace: Option<TraceContext>,
    run: impl FnOnce(&mut Deciding<'_>, Event<'_>) -> Result<Decision, Error>,
) -> Result<(), Error> {
    call.needs_storage()?;
    let form = Form::of(format)?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.check_room()?;
    let came = Came::read(form, event)?;
    let decision = engine.run(|deciding| run(deciding, came.event(trace)))?;
    write_or_keep(call, engine, |out| write_decision(&decision, out))
}

/// Writes a result; one that does not fit waits, because it was decided once and must not be decided again.
fn write_or_keep(call: &mut Call, engine: &EngineObject, write: impl Fn(&mut Sink<'_>)) -> Result<(), Error> {
    let written = call.write(&write);
    if written.is_err() {
        let mut kept = vec![0; call.size()];
        write(&mut Sink::over(&mut kept));
        call.give(engine.waiting.keep(kept.into()));
    }
    written
}

fn text(call: &mut Call, text: &str) -> Result<(), Error> {
    call.needs_storage()?;
    call.write(|out| out.raw(text.as_bytes()))
}

fn give(call: &mut Call, held: Held) -> Result<(), Error> {
    call.give(handle::insert(held)?);
    Ok(())
}

/// A handle's type and the object under it differ: `handle::lookup` holds that to be impossible.
#[cold]
fn mixed_up() -> Error {
    Error::new(fishplate::Status::Internal, codes::INTERNAL, "a handle's type is not its object's", Place::None)
}
