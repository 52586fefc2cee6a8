//! A client of a ring, without a thread of its own: whoever sends writes, whoever waits reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use fishplate::session::ToClient;
use fishplate::{Error, Place, Status, codes};
use fishplate_ring::Consumer;

use super::errors::error;
use super::frames::{self, FromServer};
use super::link::{Lanes, Link, Mistake, Search, read};
use crate::hub::Inbound;
use crate::options::SessionOptions;
use crate::shared::{self, Awaited, Carrier, Held, Inner, SLICE, SharedClient, ended, unreachable};

/// Looks at the lane before sleeping: some tens of microseconds, about what it costs to be woken.
const SPINS: u32 = 500;
/// The longest sleep while a frame waits for room, of which nobody tells a reader.
const SOON: Duration = Duration::from_millis(2);

/// Moves messages between a session and its pair of a ring.
pub(crate) struct OverRing {
    name: String,
    address: String,
    rule_set: String,
    reconnect: Duration,
    max_payload: usize,
    /// Locked under the session's lock only.
    link: Mutex<Link>,
    /// The reading half. Whoever waits has it locked, without the session's lock; under that it is only tried.
    decisions: Mutex<Option<Consumer>>,
}

/// Opens a session with the server of the ring `name`.
///
/// # Errors
/// As [`crate::connect`].
pub(crate) fn connect(name: &str, options: &SessionOptions) -> Result<Arc<SharedClient<OverRing>>, Error> {
    let core = options.to_core(false, false)?;
    let id = options.id.map_or_else(shared::random_id, Ok)?;
    let (lanes, decisions) = Lanes::attach(name).map_err(|what| error(&what))?;
    let carrier = OverRing {
        name: name.to_owned(),
        address: format!("shm://{name}"),
        rule_set: options.rule_set.clone(),
        reconnect: options.reconnect_for(),
        max_payload: lanes.max_payload(),
        link: Mutex::new(Link::Gone),
        decisions: Mutex::new(None),
    };
    let shared = Arc::new(SharedClient::new(shared::machine(id, options, core), carrier));
    let carrier = &shared.carrier;
    shared.with(|inner| carrier.open(inner, lanes, decisions, &mut carrier.reading()));
    shared.welcomed(options.connect_for(), &carrier.address)?;
    Ok(shared)
}

/// Hands over what was read.
pub(super) fn hear(inner: &mut Inner, FromServer { message, welcome }: FromServer) {
    if let Some(welcomed) = welcome {
        inner.welcomed(welcomed);
    }
    match message {
        // The server refused the connection, or another one has the session: nothing is said of what the session had before.
        ToClient::Done(end) if !inner.machine.is_connected() || end.status == Status::Aborted => {
            let error = ended(&end);
            inner.machine.give_up(error.status, error);
        }
        // A refusal ends the session, which says so itself.
        message => drop(inner.machine.handle(message)),
    }
}

type Reading<'a> = MutexGuard<'a, Option<Consumer>>;

impl OverRing {
    fn link(&self) -> MutexGuard<'_, Link> {
        // A panic is a mistake of ours that the boundary reports; what follows must not hang.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> Reading<'_> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reading half, unless somebody else has it.
    fn try_reading(&self) -> Option<Reading<'_>> {
        match self.decisions.try_lock() {
            Ok(reading) => Some(reading),
            Err(TryLockError::Poisoned(reading)) => Some(reading.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Begins a connection on a pair that was claimed.
    fn open(&self, inner: &mut Inner, mut lanes: Lanes, decisions: Consumer, reading: &mut Reading<'_>) {
        lanes.asked = inner.now;
        let mut opening = Some(inner.machine.connect());
        if let Err(what) = lanes.write(&self.rule_set, || opening.take()) {
            return self.give_up(inner, error(&what), reading);
        }
        *self.link() = Link::Up(Box::new(lanes));
        **reading = Some(decisions);
    }

    /// Hands over what was read and what came of it.
    fn take(&self, inner: &mut Inner, heard: Vec<FromServer>, read: Result<bool, Mistake>, reading: &mut Reading<'_>) {
        heard.into_iter().for_each(|said| hear(inner, said));
        match read {
            Err(Mistake::Ring(what)) => self.give_up(inner, error(&what), reading),
            Err(Mistake::Peer(mistake)) => self.give_up(inner, mistake, reading),
            Ok(_) if inner.is_done() || inner.is_closed() => self.let_go(reading),
            Ok(_) => {}
        }
    }

    /// Ends the session here.
    fn give_up(&self, inner: &mut Inner, why: Error, reading: &mut Reading<'_>) {
        inner.machine.give_up(why.status, why);
        self.let_go(reading);
    }

    /// Gives the pair back.
    fn let_go(&self, reading: &mut Reading<'_>) {
        *self.link() = Link::Gone;
        **reading = None;
    }

    /// The server has gone, and what it had written is read.
    fn lose(&self, inner: &mut Inner, reading: &mut Reading<'_>) {
        self.let_go(reading);
        if !inner.is_done() && !inner.is_closed() {
            inner.machine.disconnected();
            *self.link() = Link::Lost(Search::new(self.reconnect));
        }
    }

    /// Reads everything that a server which has gone had written.
    fn read_rest(reading: &mut Reading<'_>, heard: &mut Vec<FromServer>) -> Result<bool, Mistake> {
        let Some(decisions) = reading.as_mut() else { return Ok(false) };
        while read(decisions, heard)? {}
        Ok(false)
    }

    /// Asks now and then whether the server lives, for callers that never wait.
    fn check_server(&self, inner: &mut Inner, reading: &mut Reading<'_>) {
        let gone = match &mut *self.link() {
            Link::Up(lanes) if inner.now.saturating_sub(lanes.asked) >= SLICE => {
                lanes.asked = inner.now;
                !lanes.server_alive()
            }
            _ => false,
        };
        if gone {
            let mut heard = Vec::new();
            let rest = Self::read_rest(reading, &mut heard);
            self.take(inner, heard, rest, reading);
            self.lose(inner, reading);
        }
    }

    /// Whether a search was given up by now: then the session is done.
    fn check_search(&self, inner: &mut Inner) {
        let over = matches!(&*self.link(), Link::Lost(search) if Instant::now() >= search.until);
        if over {
            *self.link() = Link::Gone;
            let why = format!("its server has gone, and none came within {} ms", self.reconnect.as_millis());
            let why = unreachable(&self.address, &why);
            inner.machine.give_up(why.status, why);
        }
    }

    /// Waits at the lane and reads. The session's lock is not held meanwhile.
    fn wait_at_lane<'s>(
        &self,
        shared: &'s SharedClient<Self>,
        inner: Held<'s>,
        mut reading: Reading<'_>,
        until: Instant,
    ) -> Held<'s> {
        let (pulse, stuck) = match &*self.link() {
            Link::Up(lanes) => (Some(lanes.pulse()), lanes.is_stuck()),
            Link::Lost(_) | Link::Gone => (None, false),
        };
        let Some((pulse, decisions)) = pulse.zip(reading.as_mut()) else { return shared.sleep(inner, until) };
        drop(inner);
        let timeout = until.saturating_duration_since(Instant::now());
        let waited = decisions.wait(if stuck { timeout.min(SOON) } else { timeout }, SPINS);
        let mut heard = Vec::new();
        let mut result = waited.map_err(Mistake::Ring).and_then(|_| read(decisions, &mut heard));
        // Nothing came for a slice: a server that was killed says nothing either.
        let silent = heard.is_empty() && matches!(result, Ok(false));
        let gone = silent && !pulse.server_alive().unwrap_or(true);
        drop(pulse);
        if gone {
            result = Self::read_rest(&mut reading, &mut heard);
        }
        let mut inner = shared.lock();
        self.take(&mut inner, heard, result, &mut reading);
        if gone {
            self.lose(&mut inner, &mut reading);
        }
        drop(reading);
        self.nudge(&mut inner);
        shared.announce(&inner);
        inner
    }

    /// Waits for the moment to look for the server again, and looks. The session's lock is not held while it looks.
    fn search<'s>(
        &self,
        shared: &'s SharedClient<Self>,
        mut inner: Held<'s>,
        mut reading: Reading<'_>,
        next: Instant,
        until: Instant,
    ) -> Held<'s> {
        if Instant::now() < next {
            inner = shared.sleep(inner, next.min(until));
            self.check_search(&mut inner);
            return inner;
        }
        drop(inner);
        let found = Lanes::attach(&self.name);
        let mut inner = shared.lock();
        if inner.is_closed() || inner.is_done() {
            self.let_go(&mut reading);
            return inner;
        }
        match found {
            Ok((lanes, decisions)) => self.open(&mut inner, lanes, decisions, &mut reading),
            Err(_) => {
                if let Link::Lost(search) = &mut *self.link() {
                    search.again();
                }
                self.check_search(&mut inner);
            }
        }
        drop(reading);
        shared.announce(&inner);
        inner
    }
}

impl Carrier for OverRing {
    fn check(&self, event: &Inbound) -> Result<(), Error> {
        frames::check(event, self.max_payload as u64)
    }

    fn look(&self, inner: &mut Inner) {
        self.check_search(inner);
        let Some(mut reading) = self.try_reading() else { return };
        let Some(decisions) = reading.as_mut() else { return };
        let mut heard = Vec::new();
        let read = read(decisions, &mut heard);
        self.take(inner, heard, read, &mut reading);
        self.check_server(inner, &mut reading);
    }

    fn nudge(&self, inner: &mut Inner) -> bool {
        let written = match &mut *self.link() {
            Link::Up(lanes) => lanes.write(&self.rule_set, || inner.machine.poll()),
            Link::Lost(_) | Link::Gone => Ok(()),
        };
        if let Err(what) = written {
            // The lane is of no more use. Whoever reads lets go of the pair when it sees that the session is done.
            let why = error(&what);
            inner.machine.give_up(why.status, why);
        }
        false
    }

    fn wait<'s>(&self, shared: &'s SharedClient<Self>, inner: Held<'s>, _awaited: Awaited, until: Instant) -> Held<'s> {
        let Some(reading) = self.try_reading() else { return shared.sleep(inner, until) };
        let next = match &*self.link() {
            Link::Lost(search) => Some(search.next),
            Link::Up(_) | Link::Gone => None,
        };
        match next {
            Some(next) => self.search(shared, inner, reading, next, until),
            None => self.wait_at_lane(shared, inner, reading, until),
        }
    }

    fn closed(&self, inner: &mut Inner) {
        if let Link::Up(lanes) = &*self.link() {
            lanes.wake();
        }
        match self.try_reading() {
            Some(mut reading) => self.let_go(&mut reading),
            // Whoever reads was woken, and drops the reading half.
            None => *self.link() = Link::Gone,
        }
        let why = Error::new(Status::Cancelled, codes::SESSION_ENDED, "the session was closed", Place::None);
        inner.machine.give_up(Status::Cancelled, why);
    }
}
