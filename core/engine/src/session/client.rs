//! The end that sends events and receives their outcomes.

use std::time::Duration;

use super::{Counters, Final, Open, Options, SessionId, State, ToClient, ToServer, Weight};
use crate::error::Error;

/// What [`Client::receive`] has.
#[derive(Clone, Debug, PartialEq)]
pub enum Received<O> {
    /// The outcome of the next event, in order.
    Outcome {
        /// The event's sequence.
        sequence: u64,
        /// Decided or refused; an event that was shed is an error.
        outcome: Result<O, Error>,
    },
    /// Nothing yet.
    Nothing,
    /// Nothing more: the last word. Given again at every further call.
    End(Final),
}

/// The sending end of one session. One caller at a time (`&mut`).
///
/// The driver: [`Self::connect`] at each connection, then [`Self::poll`] until it gives nothing and write what it gave,
/// [`Self::handle`] for each message that comes, [`Self::disconnected`] when the connection breaks, and
/// [`Self::tick`] from time to time.
#[derive(Debug)]
pub struct Client<E, O> {
    id: SessionId,
    options: Options,
    _todo: std::marker::PhantomData<(E, O)>,
}

#[allow(unused_variables, missing_docs)]
impl<E: Weight + Clone, O> Client<E, O> {
    /// A session that is not connected yet. `epoch` is the epoch of its first connection: 1, or more to take over a session
    /// of an earlier process, with `resumed: Some(received)` saying which outcomes arrived there.
    pub fn new(id: SessionId, epoch: u64, resumed: Option<u64>, options: Options, now: Duration) -> Self {
        todo!()
    }
    pub fn id(&self) -> SessionId { self.id }
    /// The epoch of the current connection (of the next one, before the first).
    pub fn epoch(&self) -> u64 { todo!() }
    /// A connection is there: gives the first message for it. The first connection has the epoch given to `new`, each further one
    /// an epoch one higher. Until the welcome comes, nothing else is polled.
    pub fn connect(&mut self) -> ToServer<E> { todo!() }
    /// Whether a welcome has come on the current connection.
    pub fn is_connected(&self) -> bool { todo!() }
    /// Whether any welcome ever came (before that, no event was sent: opening again is safe).
    pub fn was_welcomed(&self) -> bool { todo!() }
    /// The connection broke. What was not accepted will be sent again on the next one. State unchanged.
    pub fn disconnected(&mut self) { todo!() }
    /// The driver gives up (or the host closed the session): the session is `Done` at once, with this last word; outcomes that have
    /// arrived can still be received. Nothing if it is done already.
    pub fn give_up(&mut self, status: crate::Status, error: Error) { todo!() }
    /// Takes an event: gives its sequence. `Ok(None)`: the window is full and the policy is `Block`: wait and try again.
    /// # Errors
    /// FAILED_PRECONDITION F0850 unless Streaming (the suggestion says what the state is); RESOURCE_EXHAUSTED F0851 full and policy Reject.
    pub fn send(&mut self, event: E) -> Result<Option<u64>, Error> { todo!() }
    /// No more events. F0850 unless Streaming.
    pub fn half_close(&mut self) -> Result<(), Error> { todo!() }
    /// Cancels: Streaming, or Closing by half-close → Closing. Events that were not sent yet are dropped (they have no outcome after
    /// a cancel). F0850 if cancelled already or Done.
    pub fn cancel(&mut self, now: Duration) -> Result<(), Error> { todo!() }
    /// The next message to write, or nothing for now.
    pub fn poll(&mut self) -> Option<ToServer<E>> { todo!() }
    /// Takes a message in. Repeats are dropped and counted.
    /// # Errors
    /// The peer broke the protocol (INTERNAL F0858): the session is Done with that status.
    pub fn handle(&mut self, message: ToClient<O>) -> Result<(), Error> { todo!() }
    /// The next outcome in order.
    pub fn receive(&mut self) -> Received<O> { todo!() }
    /// Time passes: ends the session (DEADLINE_EXCEEDED / CANCELLED) when the server should have but did not (terms + drain + 1 s grace).
    pub fn tick(&mut self, now: Duration) { todo!() }
    /// Streaming; Closing after half_close/cancel or once the server's last word arrived while outcomes wait; Done.
    pub fn state(&self) -> State { todo!() }
    pub fn last_word(&self) -> Option<&Final> { todo!() }
    pub fn counters(&self) -> Counters { todo!() }
}
