//! The deciding end of a session in process, and who does its work: whichever caller waits for outcomes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use fishplate::session::{Open, Server, Signal, Window};
use fishplate::{Decision, Error, Place, Status, codes};

use crate::decider::Decider;
use crate::hub::{Inbound, decide};
use crate::shared::{Awaited, Carrier, Held, Inner, Message, SharedClient};

/// The most messages between the two ends, whatever window a caller asks for; more wait in the client's machine.
const CHANNEL_MAX: u64 = 4_096;

/// Moves messages between the two ends of one session.
///
/// What must stay in order with events goes through a channel, from which they are taken one by one: what is accepted
/// is decided next. An acknowledgement goes straight to the other end, so that its room is there when the call returns.
pub(crate) struct InProcess {
    engine: Weak<dyn Decider>,
    inbox: Receiver<Message>,
    /// Locked under the session's lock only, and never while anything is decided.
    end: Mutex<End>,
    /// Someone is deciding, or waits for something to decide. Set under the session's lock.
    at_work: AtomicBool,
}

type Machine = Server<Inbound, Decision>;

/// The deciding end, and the way to it.
struct End {
    machine: Machine,
    /// Gone once the session is closed: whoever waits for messages wakes.
    outbox: Option<Sender<Message>>,
}

/// Gives the work back, also if the engine panics.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// What there is to do at the deciding end.
enum Work {
    Decide { engine: Arc<dyn Decider>, sequence: u64, event: Inbound },
    Nothing,
}

impl InProcess {
    /// The deciding end for a client that says `open`.
    pub(super) fn new(engine: &Arc<dyn Decider>, open: &Open, window: Window) -> Result<Self, Error> {
        let machine = Server::open(open, window, Duration::ZERO)?;
        let capacity = window.events.saturating_add(1).min(CHANNEL_MAX);
        let (outbox, inbox) = crossbeam_channel::bounded(usize::try_from(capacity).unwrap_or(1));
        let end = Mutex::new(End { machine, outbox: Some(outbox) });
        Ok(Self { engine: Arc::downgrade(engine), inbox, end, at_work: AtomicBool::new(false) })
    }

    fn end(&self) -> MutexGuard<'_, End> {
        // A panic of the machine is a mistake of ours that the boundary reports; what follows must not hang.
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what the client has to say on its way.
    fn send(&self, end: &mut End, inner: &mut Inner) {
        let Some(outbox) = &end.outbox else { return };
        // Whoever sends holds the session's lock: what is not full stays so until the message is in.
        while !outbox.is_full() {
            match inner.machine.poll() {
                None => return,
                Some(ack @ Message::Ack { .. }) => accept(&mut end.machine, ack, inner),
                Some(cancel @ Message::Signal(Signal::Cancel)) => {
                    // The drain timeout counts from now, however long the events before it take.
                    self.inbox.try_iter().for_each(|message| accept(&mut end.machine, message, inner));
                    accept(&mut end.machine, cancel, inner);
                }
                // Neither full nor disconnected.
                Some(message) => drop(outbox.try_send(message)),
            }
        }
    }

    /// Takes messages in until there is an event to decide.
    fn next(&self, inner: &mut Inner) -> Work {
        let Some(engine) = self.engine.upgrade() else { return Work::Nothing };
        let mut end = self.end();
        loop {
            if let Some((sequence, event)) = end.machine.next() {
                return Work::Decide { engine, sequence, event };
            }
            match self.inbox.try_recv() {
                Ok(message) => accept(&mut end.machine, message, inner),
                Err(_) => return Work::Nothing,
            }
        }
    }
}

impl Carrier for InProcess {
    fn look(&self, inner: &mut Inner) {
        self.nudge(inner);
    }

    fn nudge(&self, inner: &mut Inner) -> bool {
        if inner.is_closed() {
            return false;
        }
        if self.engine.strong_count() == 0 {
            inner.machine.give_up(Status::Unavailable, engine_gone());
        }
        let mut end = self.end();
        end.machine.tick(inner.now);
        self.send(&mut end, inner);
        deliver(&mut end.machine, inner)
    }

    fn wait<'s>(
        &self,
        shared: &'s SharedClient<Self>,
        mut inner: Held<'s>,
        awaited: Awaited,
        until: Instant,
    ) -> Held<'s> {
        if awaited != Awaited::Outcome || self.at_work.swap(true, Ordering::Acquire) {
            return shared.sleep(inner, until);
        }
        let turn = Turn(&self.at_work);
        let mut work = self.next(&mut inner);
        if matches!(work, Work::Nothing) && !self.nudge(&mut inner) && !inner.is_done() {
            drop(inner);
            let arrived = self.inbox.recv_deadline(until);
            inner = shared.lock();
            if let Ok(message) = arrived {
                accept(&mut self.end().machine, message, &inner);
                work = self.next(&mut inner);
            }
        }
        if let Work::Decide { engine, sequence, event } = work {
            drop(inner);
            let outcome = decide(&*engine, &event, Some((shared.session(), sequence)), crate::clock::unix_nanos());
            drop((engine, event));
            inner = shared.lock();
            self.end().machine.decided(sequence, outcome);
        }
        drop(turn);
        self.nudge(&mut inner);
        shared.announce(&inner);
        inner
    }

    fn closed(&self, inner: &mut Inner) {
        self.end().outbox = None;
        let message = "the session was closed";
        let error = Error::new(Status::Cancelled, codes::SESSION_ENDED, message, Place::None);
        inner.machine.give_up(Status::Cancelled, error);
    }
}

/// Hands a message to the deciding end. A refusal ends the session, which says so itself.
fn accept(server: &mut Machine, message: Message, inner: &Inner) {
    let _ = server.handle(message, inner.now);
}

/// Hands over what the deciding end has to say; whether there was anything.
fn deliver(server: &mut Machine, inner: &mut Inner) -> bool {
    let mut any = false;
    while let Some(message) = server.poll() {
        // A refusal ends the session, which says so itself.
        let _ = inner.machine.handle(message);
        any = true;
    }
    any
}

fn engine_gone() -> Error {
    let message = "the engine that decided this session was closed";
    Error::new(Status::Unavailable, codes::UNREACHABLE, message, Place::None)
}
