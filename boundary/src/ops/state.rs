//! The operations on what an engine remembers: budgets, time that passes, snapshots, other rule sets, modes.

use std::path::Path;

use fishplate::engine::Options;
use fishplate::state::AtBudget;
use fishplate::{Error, Limits, Timestamp};

use super::{give, mixed_up, write_or_keep};
use crate::handle::{self, Handle, Held};
use crate::layout::batch::write_decisions;
use crate::layout::state::{mode_of, write_state, write_swapped};
use crate::objects::EngineObject;
use crate::storage::{Call, bad_argument};
use crate::table::Object;

/// `engine_open_with`
pub fn engine_open_with(
    call: &mut Call,
    rule_set: Handle,
    limits: &Limits,
    strict: bool,
    memory: u64,
    at_budget: u32,
    state: &str,
) -> Result<(), Error> {
    let options = options(limits, strict, memory, at_budget)?;
    let using = handle::lookup(rule_set, Object::RuleSet)?;
    let rule_set = using.rule_set().ok_or_else(mixed_up)?;
    let engine = match state {
        "" => EngineObject::open(rule_set, options)?,
        folder => EngineObject::open_kept(rule_set, options, Path::new(folder))?,
    };
    give(call, Held::Engine(engine))
}

/// `engine_restore`
pub fn engine_restore(
    call: &mut Call,
    rule_set: Handle,
    limits: &Limits,
    strict: bool,
    memory: u64,
    at_budget: u32,
    snapshots: &[&[u8]],
) -> Result<(), Error> {
    let options = options(limits, strict, memory, at_budget)?;
    let using = handle::lookup(rule_set, Object::RuleSet)?;
    let rule_set = using.rule_set().ok_or_else(mixed_up)?;
    let (engine, _) = EngineObject::restore(rule_set, options, snapshots)?;
    give(call, Held::Engine(engine))
}

/// `advance_to`
pub fn advance_to(call: &mut Call, engine: Handle, seconds: i64, nanos: u32) -> Result<(), Error> {
    call.needs_storage()?;
    let now = i32::try_from(nanos).ok().and_then(|nanos| Timestamp::new(seconds, nanos));
    let now = now.ok_or_else(|| {
        let name = if nanos < 1_000_000_000 { "seconds" } else { "nanos" };
        bad_argument(name, format!("{seconds} s and {nanos} ns since 1970 are no time in the years 1 to 9999"))
    })?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.check_room()?;
    let decisions = engine.run(|deciding| deciding.advance_to(now))?;
    write_or_keep(call, engine, |out| write_decisions(&decisions, out))
}

/// `engine_snapshot`
pub fn engine_snapshot(call: &mut Call, engine: Handle, groups: &[u16]) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    engine.check_room()?;
    let snapshot = engine.lock()?.snapshot((!groups.is_empty()).then_some(groups))?;
    let written = call.write(|out| out.raw(&snapshot));
    if written.is_err() {
        // Kept as it is: it may be as large as all that the engine remembers.
        call.give(engine.waiting.keep(snapshot.into()));
    }
    written
}

/// `engine_swap`
pub fn engine_swap(call: &mut Call, engine: Handle, rule_set: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(engine, Object::Engine)?;
    let engine = using.engine().ok_or_else(mixed_up)?;
    let using_rules = handle::lookup(rule_set, Object::RuleSet)?;
    let rule_set = using_rules.rule_set().ok_or_else(mixed_up)?;
    engine.check_room()?;
    let swapped = engine.run(|deciding| deciding.swap(rule_set))?;
    write_or_keep(call, engine, |out| write_swapped(&swapped, out))
}

/// `engine_set_mode`
pub fn engine_set_mode(_call: &mut Call, engine: Handle, rule: &str, mode: u32) -> Result<(), Error> {
    let known = mode_of(mode);
    let unknown = || format!("{mode} is no mode: 0 live, 1 shadow, 2 off, 3 as the document says");
    let mode = known.ok_or_else(|| bad_argument("mode", unknown()))?;
    let using = handle::lookup(engine, Object::Engine)?;
    using.engine().ok_or_else(mixed_up)?.run(|deciding| deciding.set_mode(rule, mode))
}

/// `engine_state`
pub fn engine_state(call: &mut Call, engine: Handle) -> Result<(), Error> {
    call.needs_storage()?;
    let using = handle::lookup(engine, Object::Engine)?;
    let state = using.engine().ok_or_else(mixed_up)?.lock()?.state();
    call.write(|out| write_state(&state, out))
}

/// The engine's options; no bytes at all mean as many as by default.
fn options(limits: &Limits, strict: bool, memory: u64, at_budget: u32) -> Result<Options, Error> {
    let at_budget = match at_budget {
        0 => AtBudget::Refuse,
        1 => AtBudget::Evict,
        other => {
            let message = format!("{other} is nothing to do with a new key: 0 refuse it, 1 evict another");
            return Err(bad_argument("at_budget", message));
        }
    };
    let by_default = Options::default();
    let memory = if memory == 0 { by_default.memory } else { memory };
    Ok(Options { limits: *limits, strict, memory, at_budget })
}
