//! The client of `grpc://HOST:PORT`: a session whose messages are moved by a task on this process's runtime.

use std::sync::Arc;

use fishplate::session::Weight;
use fishplate::{Error, codes};
use tokio::sync::Notify;

use super::pump::Pump;
use super::{MESSAGE_BYTES_MAX, runtime};
use crate::hub::Inbound;
use crate::options::SessionOptions;
use crate::session::Driver;
use crate::shared::{Carrier, Inner, SharedClient, machine, random_id};

/// What a request has beside its events: ids, lengths, a trace. Far more than that is needed.
const BESIDE: u64 = 4 << 10;

/// Opens a session with the server at `host:port`.
///
/// # Errors
/// As [`crate::connect`].
pub(crate) fn connect(server: &str, options: &SessionOptions) -> Result<Arc<dyn Driver>, Error> {
    let core = options.to_core(false, true)?;
    let id = options.id.map_or_else(random_id, Ok)?;
    let runtime = runtime::runtime()?;
    let carrier = Wires { news: Arc::new(Notify::new()) };
    let shared = Arc::new(SharedClient::new(machine(id, options, core), carrier));
    runtime.spawn(Pump::new(shared.clone(), server, options)?.run());
    let welcomed = shared.welcomed(options.connect_for(), &format!("grpc://{server}"));
    if let Err(error) = welcomed {
        // The task sees that the session has ended, and ends.
        shared.carrier.news.notify_one();
        return Err(error);
    }
    Ok(shared)
}

/// What wakes the task that moves a session's messages.
pub(super) struct Wires {
    pub(super) news: Arc<Notify>,
}

impl Carrier for Wires {
    fn check(&self, event: &Inbound) -> Result<(), Error> {
        let most = MESSAGE_BYTES_MAX as u64 - BESIDE;
        let bytes = event.weight();
        if bytes <= most {
            return Ok(());
        }
        let message = format!("event of {bytes} bytes is over the {most} bytes that a session carries");
        Err(Error::field(codes::LIMIT_EVENT_BYTES, "", message))
    }

    fn nudge(&self, _: &mut Inner) -> bool {
        self.news.notify_one();
        false
    }

    fn closed(&self, _: &mut Inner) {
        self.news.notify_one();
    }
}
