//! Kept sessions: whatever happens to the process and its disk, each client has every outcome once, in order, and of a run
//! that nobody disturbed. Real clients, a real hub and a real keeper; the disk alone is simulated.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use fishplate::Value;
use fishplate::session::{Client, Final, Options, Policy, Received, State, ToClient, ToServer};
use fishplate_store::keeper;
use fishplate_store::sim::{Chance, Fault, SimDisk};
use fishplate_store::{Keeper, StateId};

use super::*;
use crate::kept::Kept;

const RULES: &str = "fishplate: 1
name: counts
schema: {fields: {who: string, at: timestamp}}
event: {time: at}
outputs: {seen: {type: int, merge: first}}
features:
  seen: {by: event.who, count: true, sliding: 1h, slide: 1h}
rules:
  - {id: ALL, when: true, output: {seen: features.seen}}
";

fn rules() -> RuleSet {
    let mut files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    RuleSet::from_text("counts.yaml", RULES, &mut files, &Limits::default()).expect("it compiles")
}

/// A clock that stands still until it is moved; the time of day is a day later.
#[derive(Default)]
struct Hands(AtomicU64);

impl Clock for Hands {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }

    fn unix_nanos(&self) -> i64 {
        self.now().as_nanos() as i64 + 86_400_000_000_000
    }
}

/// One process: what is lost when it ends.
struct Process {
    hub: Arc<Hub>,
    kept: Arc<Kept<SimDisk>>,
}

fn start(disk: &SimDisk, clock: &Arc<Hands>) -> Result<Process, Error> {
    let options = keeper::Options {
        journal: fishplate_store::Options { segment_bytes: 2_000, preallocate: true },
        ..keeper::Options::default()
    };
    let (keeper, _) = Keeper::open(disk.clone(), StateId([7; 16]), &rules(), options, &mut |_| {})?;
    let kept = Arc::new(Kept::new(keeper));
    let window = Window { events: 8, bytes: 600 };
    let hub = Hub::with_clock(HubOptions { window, ..HubOptions::default() }, clock.clone());
    hub.add("counts", kept.clone());
    Ok(Process { hub, kept })
}

/// What an event of the tests is, and so what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counted,
    Refused,
    Previewed,
    Expired,
    Empty,
}

type Machine = Client<Inbound, Decision>;

/// A client, and everything that its application knows even if the client itself dies.
struct Peer {
    id: u8,
    policy: Policy,
    machine: Machine,
    connection: Option<Connection>,
    /// An earlier connection, which has waited for the disk and not said so yet.
    ghost: Option<(Connection, Option<Committed>)>,
    /// What was sent, by sequence; what was never accepted before the client died is forgotten.
    kinds: Vec<Kind>,
    received: Vec<Result<i64, (Status, fishplate::Code)>>,
    /// The last one that was not shed.
    outcome: u64,
    /// A new client that was not welcomed yet.
    is_new: bool,
    end: Option<Final>,
}

fn options(policy: Policy) -> Options {
    Options { policy, window: Window { events: 8, bytes: 600 }, ..Options::in_process() }
}

impl Peer {
    fn new(id: u8, policy: Policy) -> Self {
        let machine = Client::new([id; 16], 1, None, options(policy), Duration::ZERO);
        Self {
            id,
            policy,
            machine,
            connection: None,
            ghost: None,
            kinds: Vec::new(),
            received: Vec::new(),
            outcome: 0,
            is_new: false,
            end: None,
        }
    }

    fn event(&self, kind: Kind) -> Inbound {
        let body = match kind {
            Kind::Refused => InBody::Json(Bytes::from_static(b"no event")),
            Kind::Empty => InBody::Missing,
            _ => InBody::Json(format!(r#"{{"who": "{}", "at": "2026-01-01T00:00:00Z"}}"#, self.id).into()),
        };
        Inbound {
            body,
            trace: None,
            preview: kind == Kind::Previewed,
            deadline: (kind == Kind::Expired).then_some(1),
            features: Bytes::new(),
        }
    }

    fn connect(&mut self, process: &Process) {
        let ToServer::Open(open) = self.machine.connect() else { unreachable!("it opens") };
        match process.hub.open(&open, "counts") {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => {
                assert_eq!(error.status, Status::Unavailable, "{error}");
                self.machine.disconnected();
            }
        }
    }

    fn part(&mut self) {
        self.connection = None;
        self.machine.disconnected();
    }

    /// The client dies, which the server may not notice; another takes its session over with what the application has.
    fn replace(&mut self, unnoticed: bool) {
        let connection = self.connection.take();
        self.ghost = connection.filter(|_| unnoticed).map(|connection| (connection, None));
        let epoch = self.machine.epoch() + 1;
        self.machine = Client::new([self.id; 16], epoch, Some(self.outcome), options(self.policy), Duration::ZERO);
        // Of those that it received and that were shed it hears again.
        self.received.truncate(self.outcome as usize);
        self.is_new = true;
    }

    fn send(&mut self, kind: Kind) {
        if self.machine.state() == State::Streaming && self.machine.has_room(60) {
            let event = self.event(kind);
            if let Ok(Some(sequence)) = self.machine.send(event) {
                assert_eq!(sequence, self.kinds.len() as u64 + 1);
                self.kinds.push(kind);
            }
        }
    }

    fn half_close(&mut self) {
        if self.machine.state() == State::Streaming {
            self.machine.half_close().expect("it is streaming");
        }
    }

    fn up(&mut self, most: usize) {
        let Some(connection) = &self.connection else { return };
        for _ in 0..most {
            let Some(message) = self.machine.poll() else { return };
            if let Err(error) = connection.handle(message) {
                assert_eq!(error.status, Status::Unavailable, "{error}");
            }
        }
    }

    fn down(&mut self, most: usize) {
        let Some(connection) = &self.connection else { return };
        for _ in 0..most {
            let Some(message) = connection.poll() else { break };
            let welcomed = matches!(message, ToClient::Welcome { .. });
            self.machine.handle(message).expect("the client finds nothing wrong");
            if welcomed && std::mem::take(&mut self.is_new) {
                self.kinds.truncate(self.machine.counters().sent as usize);
                assert_eq!(self.kinds.len() as u64, self.machine.counters().sent);
            }
        }
        if connection.leaves().is_some() {
            self.part();
        }
    }

    fn receive(&mut self) {
        loop {
            match self.machine.receive() {
                Received::Nothing => return,
                Received::End(end) => {
                    self.end = Some(end);
                    return;
                }
                Received::Outcome { sequence, outcome } => {
                    assert_eq!(sequence, self.received.len() as u64 + 1, "in order, and once");
                    let read = |decision: Decision| match decision.output("seen") {
                        Some(Value::Int(seen)) => Some(*seen),
                        _ => None,
                    };
                    let told = outcome.map(|decision| read(decision).unwrap_or(-1));
                    let told = told.map_err(|error| (error.status, error.code()));
                    if told != Err((Status::ResourceExhausted, codes::SHED)) {
                        self.outcome = sequence;
                    }
                    self.received.push(told);
                }
            }
        }
    }

    /// Holds what was received against a run that nobody disturbed; gives how many were counted.
    fn check(&self) -> i64 {
        let mut seen = 0;
        for (at, told) in self.received.iter().enumerate() {
            if *told == Err((Status::ResourceExhausted, codes::SHED)) {
                assert_eq!(self.policy, Policy::ShedOldest);
                continue;
            }
            let expected = match self.kinds[at] {
                Kind::Counted => {
                    seen += 1;
                    Ok(seen)
                }
                Kind::Previewed => Ok(seen + 1),
                Kind::Refused => Err((Status::InvalidArgument, codes::MALFORMED_JSON)),
                Kind::Empty => Err((Status::InvalidArgument, codes::MALFORMED_PROTOBUF)),
                Kind::Expired => Err((Status::DeadlineExceeded, codes::EVENT_EXPIRED)),
            };
            assert_eq!(*told, expected, "event {} of session {}", at + 1, self.id);
        }
        seen
    }
}

/// What a walk met, so that it is known to have met it.
#[derive(Debug, Default)]
struct Met {
    crashes: u32,
    kills: u32,
    parted: u32,
    replaced: u32,
    drained: u32,
    shed: usize,
    refused: usize,
}

struct Walk {
    chance: Chance,
    disk: SimDisk,
    clock: Arc<Hands>,
    process: Option<Process>,
    peers: Vec<Peer>,
    met: Met,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let (disk, clock) = (SimDisk::new(seed), Arc::new(Hands::default()));
        let peers = vec![Peer::new(1, Policy::Block), Peer::new(2, Policy::ShedOldest), Peer::new(3, Policy::Reject)];
        let process = Some(start(&disk, &clock).expect("a new state"));
        Self { chance: Chance::new(seed), disk, clock, process, peers, met: Met::default() }
    }

    /// The process is gone, with or without the machine, and another one comes.
    fn restart(&mut self, power: bool) {
        let (disk, clock) = (&mut self.disk, &self.clock);
        *disk = if power { disk.crash() } else { disk.kill() };
        // What the old one still does, it does to a disk that is not there.
        self.peers.iter_mut().for_each(Peer::part);
        self.peers.iter_mut().for_each(|peer| peer.ghost = None);
        self.process = None;
        // A fault that waited may meet the opening; the next process has none.
        self.process = start(disk, clock).ok().or_else(|| {
            *disk = disk.crash();
            start(disk, clock).ok()
        });
        assert!(self.process.is_some(), "what was durable is there");
        if power {
            self.met.crashes += 1;
        } else {
            self.met.kills += 1;
        }
    }

    fn step(&mut self, ending: bool) {
        self.clock.0.fetch_add(1_000_000, Ordering::SeqCst);
        let who = self.chance.below(3) as usize;
        let some = self.chance.below(5) as usize + 1;
        let Some(process) = &self.process else { return };
        let peer = &mut self.peers[who];
        match self.chance.below(if ending { 60 } else { 100 }) {
            0..10 if ending => peer.half_close(),
            0..10 => {
                let kinds = [Kind::Counted, Kind::Counted, Kind::Refused, Kind::Previewed, Kind::Expired, Kind::Empty];
                (0..some * 4).for_each(|_| peer.send(kinds[self.chance.below(6) as usize]));
            }
            10..20 => peer.up(some),
            20..30 => _ = peer.connection.as_ref().map(|connection| connection.decide(some)),
            30..40 => {
                if let Some(connection) = &peer.connection
                    && let Some(uncommitted) = connection.uncommitted()
                {
                    connection.settle(uncommitted.wait());
                }
            }
            40..50 => peer.down(some),
            50..53 => peer.receive(),
            53..55 => {
                if let Some((earlier, Some(committed))) = peer.ghost.take() {
                    earlier.settle(committed);
                }
            }
            55..60 if peer.connection.is_none() && peer.end.is_none() => peer.connect(process),
            60..85 => {
                peer.up(some);
                if let Some(connection) = &peer.connection {
                    connection.run(some);
                }
                peer.down(some);
            }
            85..88 => {
                peer.part();
                self.met.parted += 1;
            }
            88..90 if peer.machine.was_welcomed() => {
                peer.replace(self.chance.toss());
                if self.chance.toss() {
                    peer.connect(process);
                    if let Some(connection) = &peer.connection
                        && let Some(uncommitted) = connection.uncommitted()
                    {
                        connection.settle(uncommitted.wait());
                    }
                    peer.down(some);
                }
                self.met.replaced += 1;
            }
            90 => _ = process.kept.snapshot(),
            91 => process.hub.sweep(),
            92 => self.restart(true),
            93 => self.restart(false),
            94 => self.disk.power_for(Some(self.chance.below(8))),
            95 => self.disk.fail_next(Fault::SyncFails),
            96 => {
                process.hub.drain(Status::Unavailable, "stopping");
                self.met.drained += 1;
            }
            // A later connection, while the earlier one still has what it had.
            97..100 if peer.connection.is_some() => {
                let earlier = peer.connection.take();
                let uncommitted = earlier.as_ref().and_then(Connection::uncommitted);
                peer.connect(process);
                peer.ghost = earlier.map(|earlier| (earlier, uncommitted.map(Uncommitted::wait)));
            }
            _ => {}
        }
        let stopped = self.process.as_ref().is_some_and(|process| process.kept.stopped().is_some());
        if stopped && self.chance.below(4) == 0 {
            self.restart(true);
        }
        if self.process.as_ref().is_some_and(|process| process.hub.table().is_draining()) && self.chance.below(20) == 0
        {
            self.restart(false);
        }
    }

    fn walk(mut self, steps: u32) -> Met {
        (0..steps).for_each(|_| self.step(false));
        self.restart(true);
        let mut patience = 200_000;
        while self.peers.iter().any(|peer| peer.end.is_none()) {
            self.step(true);
            patience -= 1;
            assert!(
                patience > 0,
                "it never ends: {:?}",
                self.peers.iter().map(|peer| &peer.machine).collect::<Vec<_>>()
            );
        }
        let mut counted = 0;
        for peer in &self.peers {
            let end = peer.end.as_ref().expect("everyone ended");
            assert_eq!((end.status, end.watermark), (Status::Ok, peer.kinds.len() as u64), "{end:?}");
            assert_eq!(peer.received.len(), peer.kinds.len());
            counted += peer.check();
            self.met.shed += peer.received.iter().filter(|told| matches!(told, Err((_, codes::SHED)))).count();
            self.met.refused += peer.received.iter().filter(|told| told.is_err()).count();
        }
        let process = self.process.as_ref().expect("one is running");
        let accepted = process.kept.shared().with(|keeper| keeper.engine().counters()).accepted;
        assert_eq!(accepted, counted as u64, "every event that was told of, and no other");
        self.met
    }
}

#[test]
fn whatever_happens_every_outcome_is_told_once_and_in_order() {
    let mut all = Met::default();
    for seed in 0..150 {
        let met = std::panic::catch_unwind(|| Walk::new(seed).walk(800));
        let met = met.unwrap_or_else(|_| panic!("seed {seed}"));
        all.crashes += met.crashes;
        all.kills += met.kills;
        all.parted += met.parted;
        all.replaced += met.replaced;
        all.drained += met.drained;
        all.shed += met.shed;
        all.refused += met.refused;
    }
    let Met { crashes, kills, parted, replaced, drained, shed, refused } = all;
    let least = [crashes, kills, parted, replaced, drained].into_iter().min();
    assert!(least > Some(200) && shed > 200 && refused > 1_000, "{all:?}");
}
