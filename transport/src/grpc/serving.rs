//! The task of one server's connection: takes requests in, decides, writes responses. What waits to be written is one response
//! and what the queue to HTTP/2 holds; everything else stays in the session, which is bounded.

use std::sync::Arc;
use std::time::Duration;

use fishplate::session::{Signal, ToServer};
use fishplate::{Error, Status, TraceContext, codes};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tonic::{Code, Streaming};

use super::status::to_status;
use super::{MESSAGE_BYTES_MAX, blocking, responses};
use crate::hub::{Connection, fenced};
use crate::wire::proto::{DecideRequest, DecideResponse};
use crate::wire::session as wire;

/// The most events decided, and the longest time taken, before others get their turn on the thread, answers are written and
/// the clock is looked at.
const TURN: (usize, Duration) = (256, Duration::from_millis(1));
/// How long a client may take to read the rest of a session that has ended.
const LINGER: Duration = Duration::from_secs(5);

/// The most requests taken in before anything is decided or answered. What they may bring in all is bounded by credit.
const READS: usize = 64;

/// What reading gives: a request, the end of the client's side, or the end of everything.
type Read = Result<Option<DecideRequest>, tonic::Status>;

/// What a call answers, piece by piece.
pub(super) type Answer = Result<DecideResponse, tonic::Status>;

pub(super) struct Serving {
    connection: Connection,
    answers: mpsc::Sender<Answer>,
    /// Of events without one of their own.
    trace: Option<TraceContext>,
    /// Something else changed the session.
    changed: Arc<Notify>,
}

/// Why a connection ends before its session does.
enum Gone {
    /// The client is not there any more.
    Client,
    /// It is told why.
    Told(Error),
}

impl Serving {
    pub(super) fn new(connection: Connection, answers: mpsc::Sender<Answer>, trace: Option<TraceContext>) -> Self {
        let changed = Arc::new(Notify::new());
        let waker = changed.clone();
        connection.watch(Arc::new(move || waker.notify_one()));
        Self { connection, answers, trace, changed }
    }

    /// Runs until the call is over. `first` is the request that opened it, which may bring events too.
    pub(super) async fn run(self, first: DecideRequest, requests: Streaming<DecideRequest>) {
        let opened = DecideRequest { open: None, ..first };
        let ended = match self.take(opened) {
            Ok(()) => self.converse(requests).await,
            Err(gone) => Err(gone),
        };
        if let Err(Gone::Told(error)) = ended {
            // Not longer than a client may take to read: one that is stalled hears nothing.
            let _ = self.answers.send_timeout(Err(to_status(&error)), LINGER).await;
        }
        // What was accepted is decided, whoever is there to hear of it; in turns, and until a later connection does it.
        while self.decide() {
            self.connection.tick();
            tokio::task::yield_now().await;
        }
    }

    /// Decides for one turn; whether there is more.
    fn decide(&self) -> bool {
        if !self.connection.is_kept() {
            return self.turn();
        }
        self.connection.is_behind()
            && blocking(|| {
                let more = self.turn();
                // Once for the whole turn, and together with whoever else waits for the same disk.
                if let Some(uncommitted) = self.connection.uncommitted() {
                    self.connection.settle(uncommitted.wait());
                }
                more
            })
    }

    fn turn(&self) -> bool {
        let (mut left, start, mut some) = (TURN.0, Instant::now(), 1);
        while left > 0 && start.elapsed() < TURN.1 {
            if self.connection.decide(some) < some {
                return false;
            }
            left -= some;
            some = (some * 2).min(left);
        }
        true
    }

    async fn converse(&self, requests: Streaming<DecideRequest>) -> Result<(), Gone> {
        let mut requests = Some(requests);
        let mut answer = None;
        let mut give_up: Option<Instant> = None;
        loop {
            for _ in 0..READS {
                let ready = tokio::select! {
                    biased;
                    request = read(&mut requests) => request,
                    () = std::future::ready(()) => break,
                };
                self.hear(ready, &mut requests)?;
            }
            self.connection.tick();
            let more = self.decide();
            if more {
                // Not as one of the cases below: the runtime looks at its sockets only when nobody else is ready to run.
                tokio::task::yield_now().await;
            }
            if self.connection.is_fenced() {
                return Err(Gone::Told(fenced(self.connection.epoch())));
            }
            answer = answer.or_else(|| responses::next(&self.connection));
            let sent = self.send(&mut answer)?;
            if !sent && answer.is_none() {
                if self.connection.is_finished() {
                    return Ok(());
                }
                // No last word: its client may come back to the next process.
                if let Some(why) = self.connection.leaves() {
                    return Err(Gone::Told(why));
                }
            }
            if self.connection.last_word().is_some() {
                give_up.get_or_insert_with(|| Instant::now() + LINGER);
            }
            tokio::select! {
                () = std::future::ready(()), if more || sent => {}
                request = read(&mut requests) => self.hear(request, &mut requests)?,
                place = self.answers.reserve(), if answer.is_some() => match (place, answer.take()) {
                    (Ok(place), Some(answer)) => place.send(Ok(answer)),
                    _ => return Err(Gone::Client),
                },
                () = self.answers.closed(), if answer.is_none() => return Err(Gone::Client),
                () = self.changed.notified() => {}
                () = self.timer(give_up) => {
                    if give_up.is_some_and(|at| Instant::now() >= at) {
                        return Err(Gone::Client);
                    }
                }
            }
        }
    }

    /// Hands the answer over if there is room for it; whether it did.
    fn send(&self, answer: &mut Option<DecideResponse>) -> Result<bool, Gone> {
        let Some(ready) = answer.take() else { return Ok(false) };
        match self.answers.try_send(Ok(ready)) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(Ok(ready))) => {
                *answer = Some(ready);
                Ok(false)
            }
            Err(_) => Err(Gone::Client),
        }
    }

    /// Waits for the session's next moment, or for the end of a client's patience.
    async fn timer(&self, give_up: Option<Instant>) {
        let tick = self.connection.next_tick().and_then(|after| Instant::now().checked_add(after));
        match tick.into_iter().chain(give_up).min() {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// What reading gave: a request, or the end of the client's side.
    fn hear(&self, read: Read, requests: &mut Option<Streaming<DecideRequest>>) -> Result<(), Gone> {
        match read {
            Ok(Some(request)) => self.take(request),
            Ok(None) => {
                *requests = None;
                // Refused only where there is a last word already.
                let _ = self.connection.handle(ToServer::Signal(Signal::HalfClose));
                Ok(())
            }
            Err(status) => Err(gone(&status)),
        }
    }

    /// Takes a request in: what was acknowledged, what was shed, events, a signal.
    fn take(&self, request: DecideRequest) -> Result<(), Gone> {
        let told = |error| Err(Gone::Told(error));
        let (session, epoch) = (self.connection.session(), self.connection.epoch());
        if request.session_id != session[..] || request.epoch != epoch {
            return told(wire::mistake("a request names another session or epoch than its connection's first"));
        }
        if request.open.is_some() {
            return told(wire::mistake("a request opens a session on a connection that has one"));
        }
        if request.sequence == 0 && !request.events.is_empty() {
            return told(wire::mistake("events without a sequence; the first event of a session is 1"));
        }
        let signal = match wire::read_signal(request.signal) {
            Ok(signal) => signal,
            Err(error) => return told(error),
        };
        let mut messages = Vec::with_capacity(request.events.len() + 3);
        if request.ack > 0 {
            messages.push(ToServer::Ack { through: request.ack });
        }
        if request.shed_through > 0 {
            messages.push(ToServer::Skip { through: request.shed_through });
        }
        for (sequence, event) in (request.sequence..).zip(request.events) {
            messages.push(ToServer::Event { sequence, event: wire::inbound(event, self.trace) });
        }
        messages.extend(signal.map(ToServer::Signal));
        // A mistake ends the session, and its last word says so: whatever comes after it is dropped there.
        for message in messages {
            if self.connection.handle(message).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The next request; never, if the client ended its side.
async fn read(requests: &mut Option<Streaming<DecideRequest>>) -> Read {
    match requests {
        Some(requests) => requests.message().await,
        None => std::future::pending().await,
    }
}

/// What reading a request ended in: the client's mistake is said to it, a broken connection is nobody's.
fn gone(status: &tonic::Status) -> Gone {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => {
            let message = format!("a request is over the {MESSAGE_BYTES_MAX} bytes that a message may have");
            Gone::Told(Error::new(Status::InvalidArgument, codes::LIMIT_EVENT_BYTES, message, fishplate::Place::None))
        }
        Code::Internal | Code::Unimplemented | Code::InvalidArgument => {
            Gone::Told(wire::mistake(format_args!("a request cannot be read: {}", status.message())))
        }
        _ => Gone::Client,
    }
}
