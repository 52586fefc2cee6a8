//! The end that decides events and delivers their outcomes.
use std::time::Duration;

use super::{Final, Open, SessionId, State, ToClient, ToServer, Weight, Window};
use crate::error::Error;
use crate::status::Status;

/// The deciding end of one session. One caller at a time (`&mut`).
///
/// The driver: [`Self::handle`] for each message that comes, then [`Self::next`] and [`Self::decided`] until there is
/// nothing to decide, [`Self::poll`] until it gives nothing and write what it gave, [`Self::tick`] from time to time.
#[derive(Debug)]
pub struct Server<E, O> {
    id: SessionId,
    _todo: std::marker::PhantomData<(E, O)>,
}

#[allow(unused_variables, missing_docs, clippy::should_implement_trait)]
impl<E: Weight, O: Clone> Server<E, O> {
    /// Opens a session that this server does not know. `window` is the most that the server grants.
    /// # Errors
    /// `open.resume` (DATA_LOSS F0856); a zero id or epoch (INVALID_ARGUMENT F0858).
    pub fn open(open: &Open, window: Window, now: Duration) -> Result<Self, Error> { todo!() }
    pub fn id(&self) -> SessionId { self.id }
    pub fn epoch(&self) -> u64 { todo!() }
    /// A later connection takes the session over: everything after `open.received` is sent again. (A session that is known and
    /// whose client says resume=false with a later epoch is one whose first welcome was lost: fine if nothing was accepted, else ALREADY_EXISTS F0867.)
    /// # Errors
    /// ABORTED F0857: the epoch is not later than the known one; DATA_LOSS F0856: outcomes after `open.received` are gone.
    pub fn resume(&mut self, open: &Open, now: Duration) -> Result<(), Error> { todo!() }
    /// The connection broke; the session waits for another one.
    pub fn disconnected(&mut self, now: Duration) { todo!() }
    /// When it was disconnected, if it is.
    pub fn disconnected_since(&self) -> Option<Duration> { todo!() }
    /// Takes a message in. Repeated events are dropped and counted.
    /// # Errors
    /// The client broke the protocol (INTERNAL F0858; more than the credit: RESOURCE_EXHAUSTED F0858): session ends with that status.
    pub fn handle(&mut self, message: ToServer<E>, now: Duration) -> Result<(), Error> { todo!() }
    /// The next accepted event to decide; each is given once.
    pub fn next(&mut self) -> Option<(u64, E)> { todo!() }
    /// What became of the event that [`Self::next`] gave.
    pub fn decided(&mut self, sequence: u64, outcome: Result<O, Error>) { todo!() }
    /// The next message to write, or nothing for now. `Done` comes after every outcome.
    pub fn poll(&mut self) -> Option<ToClient<O>> { todo!() }
    /// Ends the session from the server's side (SIGTERM: UNAVAILABLE): accepted events are still decided and delivered within the drain.
    pub fn end(&mut self, status: Status, error: Error, now: Duration) { todo!() }
    /// Time passes: deadline, idle timeout, maximum age, drain.
    pub fn tick(&mut self, now: Duration) { todo!() }
    /// The soonest moment at which `tick` would change something.
    pub fn next_tick(&self) -> Option<Duration> { todo!() }
    pub fn state(&self) -> State { todo!() }
    pub fn last_word(&self) -> Option<&Final> { todo!() }
    /// Whether the last word was polled on the current connection and all outcomes acked or sent.
    pub fn is_finished(&self) -> bool { todo!() }
    pub fn accepted(&self) -> u64 { todo!() }
    pub fn decided_through(&self) -> u64 { todo!() }
    pub fn repeats(&self) -> u64 { todo!() }
}
