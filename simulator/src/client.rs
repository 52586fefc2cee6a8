//! A client: the machine of the core, its link, and the application above it, which checks what it is told: every outcome
//! once and in order. The application outlives its client.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use fishplate::session::{
    Client, Final, Open, Options, Policy, Received, SessionId, State, ToClient, ToServer, Window,
};
use fishplate::{Code, Decision, Status, codes};
use fishplate_store::sim::Chance;
use fishplate_transport::hub::{Committed, Connection, Hub, InBody, Inbound};
use std::sync::Arc;

use crate::recorded::bytes;
use crate::supplied;
use crate::world::{Failure, fail};

/// What the application asked for, by sequence.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) json: Vec<u8>,
    /// What it brings, as it travels.
    features: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is decided.
    Good,
    /// It is no event.
    Bad,
    /// It has no body.
    Empty,
    /// Its deadline has passed.
    Expired,
    /// It is asked for as a preview.
    Preview,
}

/// What the application was told.
pub(crate) type Told = Result<Vec<u8>, (Status, Code)>;

/// Messages under way, both ways, and the server's end.
struct Link {
    connection: Connection,
    up: VecDeque<ToServer<Inbound>>,
    down: VecDeque<ToClient<Decision>>,
}

pub(crate) struct Peer {
    pub(crate) id: SessionId,
    policy: Policy,
    machine: Client<Inbound, Decision>,
    link: Option<Link>,
    /// An earlier connection that the server has not noticed to be gone, and what the disk had said to it.
    ghost: Option<(Connection, Option<Committed>)>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) told: Vec<Told>,
    /// What its connections opened with.
    opened: Vec<Open>,
    /// The latest epoch that the server welcomed.
    welcomed: u64,
    /// The last outcome that was not shed.
    last: u64,
    /// A client that took a session over and was not welcomed yet.
    is_new: bool,
    pub(crate) end: Option<Final>,
}

const WINDOW: Window = Window { events: 16, bytes: 1_600 };

fn options(policy: Policy) -> Options {
    Options { policy, window: WINDOW, ..Options::in_process() }
}

/// The error of an event that the client shed.
pub(crate) const SHED: (Status, Code) = (Status::ResourceExhausted, codes::SHED);

impl Peer {
    pub(crate) fn new(number: usize) -> Self {
        let id = [number as u8 + 1; 16];
        let policy = [Policy::Block, Policy::ShedOldest, Policy::Reject][number % 3];
        Self {
            id,
            policy,
            machine: Client::new(id, 1, None, options(policy), Duration::ZERO),
            link: None,
            ghost: None,
            sent: Vec::new(),
            told: Vec::new(),
            opened: Vec::new(),
            welcomed: 0,
            last: 0,
            is_new: false,
            end: None,
        }
    }

    /// The application sends events of about this time.
    pub(crate) fn send(&mut self, chance: &mut Chance, count: u64, time: i64) {
        for _ in 0..count {
            let sent = event(chance, time);
            if self.machine.state() != State::Streaming
                || !self.machine.has_room((sent.json.len() + sent.features.len()) as u64)
            {
                return;
            }
            let body = match sent.kind {
                Kind::Bad => InBody::Json(Bytes::from_static(b"{\"card\": 7")),
                Kind::Empty => InBody::Missing,
                _ => InBody::Json(sent.json.clone().into()),
            };
            let preview = sent.kind == Kind::Preview;
            let deadline = (sent.kind == Kind::Expired).then_some(1);
            let features = sent.features.clone();
            if let Ok(Some(_)) = self.machine.send(Inbound { body, trace: None, preview, deadline, features }) {
                self.sent.push(sent);
            }
        }
    }

    pub(crate) fn half_close(&mut self) {
        if self.machine.state() == State::Streaming {
            // It is streaming.
            let _ = self.machine.half_close();
        }
    }

    pub(crate) fn connect(&mut self, hub: &Arc<Hub>) -> Result<(), Failure> {
        if self.link.is_some() || self.end.is_some() {
            return Ok(());
        }
        let ToServer::Open(open) = self.machine.connect() else { return fail("a connection begins otherwise") };
        self.opened.push(open);
        match hub.open(&open, "cards") {
            Ok(connection) => self.link = Some(Link { connection, up: VecDeque::new(), down: VecDeque::new() }),
            Err(error) if error.status == Status::Unavailable => self.machine.disconnected(),
            Err(error) => return fail(format!("session {} is not let in: {error}", self.id[0])),
        }
        Ok(())
    }

    /// An earlier process of this client, which was believed dead, tries to come back. Whoever was welcomed after it has the
    /// session.
    pub(crate) fn come_late(&self, hub: &Arc<Hub>) -> Result<(), Failure> {
        let Some(open) = self.opened.iter().rev().find(|open| open.epoch < self.welcomed) else { return Ok(()) };
        match hub.open(open, "cards") {
            Err(error) if matches!(error.status, Status::Aborted | Status::Unavailable) => Ok(()),
            Err(error) => fail(format!("an earlier client of session {} is told: {error}", self.id[0])),
            Ok(_) => fail(format!("epoch {} of session {} is let in after {}", open.epoch, self.id[0], self.welcomed)),
        }
    }

    pub(crate) fn part(&mut self) {
        self.link = None;
        self.machine.disconnected();
    }

    /// The server's end of everything is gone.
    pub(crate) fn lose_server(&mut self) {
        self.ghost = None;
        self.part();
    }

    pub(crate) fn take_over(&mut self, hub: &Arc<Hub>, asked: bool) -> Result<(), Failure> {
        if let Some(link) = self.link.take() {
            let committed = link.connection.uncommitted().filter(|_| asked).map(|uncommitted| uncommitted.wait());
            self.machine.disconnected();
            self.connect(hub)?;
            self.ghost = Some((link.connection, committed));
        }
        Ok(())
    }

    pub(crate) fn bury(&mut self) {
        if let Some((connection, committed)) = self.ghost.take()
            && let Some(committed) = committed
        {
            connection.settle(committed);
        }
    }

    /// The client's process dies. Another begins with what the application has.
    pub(crate) fn replace(&mut self) {
        if !self.machine.was_welcomed() || self.end.is_some() {
            return;
        }
        self.part();
        let epoch = self.machine.epoch() + 1;
        self.machine = Client::new(self.id, epoch, Some(self.last), options(self.policy), Duration::ZERO);
        // Of those that were shed it hears again.
        self.told.truncate(self.last as usize);
        self.is_new = true;
    }

    pub(crate) fn leave(&mut self, most: usize) {
        let Some(link) = &mut self.link else { return };
        link.up.extend(std::iter::from_fn(|| self.machine.poll()).take(most));
    }

    pub(crate) fn arrive(&mut self, most: usize, twice: Option<usize>) -> Result<(), Failure> {
        let Some(link) = &mut self.link else { return Ok(()) };
        for at in 0..most {
            let Some(message) = link.up.pop_front() else { break };
            let again = (twice == Some(at) && matches!(message, ToServer::Event { .. })).then(|| message.clone());
            for message in [Some(message), again].into_iter().flatten() {
                match link.connection.handle(message) {
                    Err(error) if error.status != Status::Unavailable => {
                        return fail(format!("the server finds fault with session {}: {error}", self.id[0]));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    pub(crate) fn decide(&mut self, most: usize) {
        if let Some(link) = &self.link {
            link.connection.decide(most);
        }
    }

    pub(crate) fn commit(&mut self) {
        if let Some(link) = &self.link
            && let Some(uncommitted) = link.connection.uncommitted()
        {
            link.connection.settle(uncommitted.wait());
        }
    }

    pub(crate) fn answer(&mut self, most: usize) {
        let Some(link) = &mut self.link else { return };
        link.down.extend(std::iter::from_fn(|| link.connection.poll()).take(most));
    }

    pub(crate) fn hear(&mut self, most: usize) -> Result<(), Failure> {
        let Some(link) = &mut self.link else { return Ok(()) };
        for _ in 0..most {
            let Some(message) = link.down.pop_front() else { break };
            let welcomed = matches!(message, ToClient::Welcome { .. });
            if let Err(error) = self.machine.handle(message) {
                return fail(format!("the client of session {} finds fault with the server: {error}", self.id[0]));
            }
            if welcomed {
                self.welcomed = self.machine.epoch();
            }
            if welcomed && std::mem::take(&mut self.is_new) {
                // What the server never accepted died with the client that sent it.
                self.sent.truncate(self.machine.counters().sent as usize);
            }
        }
        if link.down.is_empty() && link.connection.leaves().is_some() {
            self.part();
        }
        Ok(())
    }

    pub(crate) fn receive(&mut self) -> Result<(), Failure> {
        loop {
            match self.machine.receive() {
                Received::Nothing => return Ok(()),
                Received::End(end) => {
                    self.end = Some(end);
                    return Ok(());
                }
                Received::Outcome { sequence, outcome } => {
                    if sequence != self.told.len() as u64 + 1 {
                        let (id, told) = (self.id[0], self.told.len());
                        return fail(format!("session {id}: outcome {sequence} comes after {told} were told"));
                    }
                    let told = outcome.map(|decision| bytes(&decision)).map_err(|error| (error.status, error.code()));
                    if told != Err(SHED) {
                        self.last = sequence;
                    }
                    self.told.push(told);
                }
            }
        }
    }

    /// Everything on its way, once.
    pub(crate) fn exchange(&mut self) -> Result<(), Failure> {
        self.leave(usize::MAX);
        self.arrive(usize::MAX, None)?;
        self.decide(usize::MAX);
        self.commit();
        self.answer(usize::MAX);
        self.hear(usize::MAX)?;
        self.receive()
    }
}

/// An event of about this time, and sometimes none.
fn event(chance: &mut Chance, time: i64) -> Sent {
    let kind = match chance.below(20) {
        0 => Kind::Bad,
        1 => Kind::Empty,
        2 => Kind::Expired,
        3 => Kind::Preview,
        _ => Kind::Good,
    };
    let (id, card, shop) = (chance.below(60), chance.below(6), chance.below(4));
    let at = time - 14 + chance.below(20).cast_signed();
    let amount = chance.below(100);
    let at = fishplate::Timestamp::new(at, 0).map(|at| at.to_string()).unwrap_or_default();
    let json = format!(r#"{{"id": "{id}", "card": "c{card}", "shop": "s{shop}", "at": "{at}", "amount": "{amount}"}}"#);
    Sent { kind, json: json.into_bytes(), features: supplied::encoded(amount.cast_signed()) }
}
