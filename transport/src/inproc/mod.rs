//! Sessions within one process: both machines of the core back to back, no thread, no clock but the callers' calls.
//!
//! Events go to the deciding end through a bounded channel, so that a caller that sends never waits for one that decides;
//! what comes back is handed over directly. Events are decided on the thread that receives. Nothing breaks here but the
//! engine itself, so there is nothing to resume.

mod carrier;
mod names;

use std::sync::Arc;

use fishplate::session::ToServer;
use fishplate::{Error, Place, Status, codes};

use crate::options::SessionOptions;
use crate::shared::{self, Carrier, SharedClient, random_id, unreachable};
use crate::wire::session::Welcomed;

pub use names::{Shared, share};

/// Opens a session with the engine that is shared as `name`.
///
/// # Errors
/// As [`crate::connect`].
pub(crate) fn connect(name: &str, options: &SessionOptions) -> Result<Arc<SharedClient<carrier::InProcess>>, Error> {
    let core = options.to_core(true, false)?;
    let address = format!("inproc:{name}");
    let Some(engine) = names::find(name) else {
        return Err(unreachable(&address, "no engine of this process is shared under this name"));
    };
    let rule_set = engine.rule_set();
    if !options.rule_set.is_empty() && options.rule_set != rule_set.0 {
        return Err(unknown_rule_set(&options.rule_set, &rule_set.0));
    }
    let id = options.id.map_or_else(random_id, Ok)?;
    let mut machine = shared::machine(id, options, core);
    let ToServer::Open(open) = machine.connect() else {
        unreachable!("what a connection begins with is an `Open`");
    };
    let carrier = carrier::InProcess::new(&engine, &open, core.window)?;
    let shared = Arc::new(SharedClient::new(machine, carrier));
    shared.with(|inner| {
        inner.welcomed(Welcomed { rule_set, features: true });
        shared.carrier.look(inner);
    });
    Ok(shared)
}

fn unknown_rule_set(asked: &str, known: &str) -> Error {
    let message = format!("there is no rule set `{asked}`");
    Error::new(Status::NotFound, codes::UNKNOWN_RULE_SET, message, Place::Name("rule_set".into()))
        .suggest(format!("the engine decides by `{known}`"))
}
