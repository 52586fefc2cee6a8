//! A session whose frames its host carries: for a language that maps a ring's file itself and reads and writes the lanes
//! with code of its own. The host asks for frames and writes them, and hands over those that it has read; what they say, and
//! when what is said, it need not know. Nothing here touches a ring.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fishplate::Error;
use fishplate_ring::Header;

use super::client::hear;
use super::frames::{self, Frame};
use crate::hub::Inbound;
use crate::options::SessionOptions;
use crate::session::Session;
use crate::shared::{self, Awaited, Carrier, Held, Inner, SharedClient, random_id};

/// The carrier's side of a session that its host carries. Any thread may use it. The session's own calls never wait: what
/// would wait is `DEADLINE_EXCEEDED` (F0852) at once.
pub struct Carried {
    client: Arc<SharedClient<ByHost>>,
    /// The rule set that is asked for.
    rule_set: String,
    /// The frame that the host was offered and has not taken.
    offered: Mutex<Option<Frame>>,
}

/// How a carried session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// A server has welcomed it, on this connection or an earlier one.
    pub was_welcomed: bool,
    /// The last word is here: nothing more is carried.
    pub is_done: bool,
}

/// Carries nothing by itself.
struct ByHost {
    /// The longest payload that the host's frames take.
    max_payload: AtomicU32,
}

impl Carrier for ByHost {
    const WAITS: bool = false;

    fn check(&self, event: &Inbound) -> Result<(), Error> {
        frames::check(event, self.max_payload.load(Ordering::Relaxed).into())
    }

    fn nudge(&self, _inner: &mut Inner) -> bool {
        false
    }

    fn wait<'s>(&self, _shared: &'s SharedClient<Self>, inner: Held<'s>, _for: Awaited, _until: Instant) -> Held<'s> {
        inner
    }

    fn closed(&self, _inner: &mut Inner) {}
}

impl Carried {
    /// A session, and the side of it that its host carries. It is not connected yet.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: a wrong option (F0809).
    pub fn open(options: &SessionOptions) -> Result<(Session, Self), Error> {
        let core = options.to_core(false, false)?;
        let id = options.id.map_or_else(random_id, Ok)?;
        let carrier = ByHost { max_payload: AtomicU32::new(u32::MAX) };
        let client = Arc::new(SharedClient::new(shared::machine(id, options, core), carrier));
        let rule_set = options.rule_set.clone();
        Ok((Session::of(client.clone()), Self { client, rule_set, offered: Mutex::new(None) }))
    }

    /// A connection is there, whose frames take payloads of `max_payload` bytes: the next frame opens or resumes the session on
    /// it.
    pub fn connected(&self, max_payload: u32) {
        let mut offered = self.offered();
        self.client.carrier.max_payload.store(max_payload, Ordering::Relaxed);
        let open = self.client.with(|inner| inner.machine.connect());
        *offered = Some(frames::write_client(&open, &self.rule_set));
    }

    /// The connection broke: what was not accepted is sent again on the next one.
    pub fn disconnected(&self) {
        let mut offered = self.offered();
        self.client.with(|inner| inner.machine.disconnected());
        *offered = None;
    }

    /// The host gives up: the session ends with this error, unless it has ended.
    pub fn give_up(&self, error: Error) {
        self.client.with(|inner| inner.machine.give_up(error.status, error));
    }

    /// Offers the next frame for the server, if there is one; it is offered again unless `take` takes it.
    pub fn offer(&self, take: impl FnOnce(Option<(&Header, &[u8])>) -> bool) {
        let mut offered = self.offered();
        if offered.is_none() {
            let message = self.client.with(|inner| inner.machine.poll());
            *offered = message.map(|message| frames::write_client(&message, &self.rule_set));
        }
        if take(offered.as_ref().map(|frame| (&frame.header, &frame.payload[..]))) {
            *offered = None;
        }
    }

    /// Takes a frame that the server wrote. One that no server writes ends the session, which says so itself.
    pub fn take(&self, header: &Header, payload: Vec<u8>) -> Standing {
        let read = frames::read_server(header, payload);
        self.client.with(|inner| {
            match read {
                Ok(said) => hear(inner, said),
                Err(mistake) => inner.machine.give_up(mistake.status, mistake),
            }
            Standing { was_welcomed: inner.machine.was_welcomed(), is_done: inner.is_done() }
        })
    }

    fn offered(&self) -> MutexGuard<'_, Option<Frame>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}
