//! What a session promises, as tests: a file a group of rules, and random walks over all of them.

mod ending;
mod flow;
mod keeping;
mod mistakes;
mod resuming;
mod walk;

use std::time::Duration;

use super::{Client, Open, Options, Policy, Received, Server, ToClient, ToServer, Weight, Window};
use crate::Error;

/// An event that tells the tests which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    tag: u64,
    weight: u64,
}

impl Weight for Event {
    fn weight(&self) -> u64 {
        self.weight
    }
}

/// The most that the tests' server grants, where a test does not say otherwise.
const MOST: Window = Window { events: 100, bytes: 10_000 };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Options of a window of so many events and bytes.
fn options(policy: Policy, events: u64, bytes: u64) -> Options {
    Options { policy, window: Window { events, bytes }, ..Options::in_process() }
}

/// Both ends of a session, and the time of both.
struct Pair {
    client: Client<Event, u64>,
    server: Server<Event, u64>,
    now: Duration,
}

impl Pair {
    /// A session that is welcomed.
    fn new(options: Options) -> Self {
        Self::granted(options, MOST)
    }

    fn granted(options: Options, most: Window) -> Self {
        let mut client = Client::new([1; 16], 1, None, options, ms(0));
        let server = Server::open(&open(&mut client), most, ms(0)).expect("a new session");
        let mut pair = Self { client, server, now: ms(0) };
        pair.down();
        pair
    }

    /// Sends an event of 10 bytes whose tag is its sequence.
    fn send(&mut self) -> u64 {
        let tag = self.client.counters().sent + 1;
        self.client.send(Event { tag, weight: 10 }).expect("streaming").expect("room")
    }

    fn send_all(&mut self, count: u64) {
        for _ in 0..count {
            self.send();
        }
    }

    /// Carries what the client has to say; gives it.
    fn up(&mut self) -> Vec<ToServer<Event>> {
        let said: Vec<_> = std::iter::from_fn(|| self.client.poll()).collect();
        for message in &said {
            self.server.handle(*message, self.now).expect("no mistake of the client");
        }
        said
    }

    /// Carries what the server has to say; gives it.
    fn down(&mut self) -> Vec<ToClient<u64>> {
        let said: Vec<_> = std::iter::from_fn(|| self.server.poll()).collect();
        for message in said.iter().cloned() {
            self.client.handle(message).expect("no mistake of the server");
        }
        said
    }

    /// Carries until nobody has anything to say.
    fn talk(&mut self) {
        while !(self.up().is_empty() & self.down().is_empty()) {}
    }

    /// Decides up to `most` events, each to its own tag.
    fn decide(&mut self, most: usize) {
        for _ in 0..most {
            let Some((sequence, event)) = self.server.next() else { return };
            self.server.decided(sequence, Ok(event.tag));
        }
    }

    /// Carries and decides everything.
    fn run(&mut self) {
        self.talk();
        self.decide(usize::MAX);
        self.talk();
    }

    /// Both ends hear that the connection broke.
    fn break_link(&mut self) {
        self.client.disconnected();
        self.server.disconnected(self.now);
    }

    /// Another connection.
    fn resume(&mut self) {
        let open = open(&mut self.client);
        self.server.resume(&open, self.now).expect("a later epoch");
    }

    /// Time passes at both ends.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.server.tick(self.now);
        self.client.tick(self.now);
    }

    /// What the application receives until there is nothing: sequences, with what became of each.
    fn receive(&mut self) -> Vec<(u64, Result<u64, Error>)> {
        std::iter::from_fn(|| match self.client.receive() {
            Received::Outcome { sequence, outcome } => Some((sequence, outcome)),
            Received::Nothing | Received::End(_) => None,
        })
        .collect()
    }

    /// The same, where every event was decided.
    fn received(&mut self) -> Vec<u64> {
        let received = self.receive().into_iter();
        received.map(|(sequence, outcome)| (outcome == Ok(sequence)).then_some(sequence).expect("its own")).collect()
    }
}

/// The first message of a connection.
fn open<O>(client: &mut Client<Event, O>) -> Open {
    match client.connect() {
        ToServer::Open(open) => open,
        other => panic!("the first message is {other:?}"),
    }
}

/// The messages of `said` that are events.
fn events(said: &[ToServer<Event>]) -> Vec<u64> {
    let sequence = |message: &ToServer<Event>| match message {
        ToServer::Event { sequence, .. } => Some(*sequence),
        _ => None,
    };
    said.iter().filter_map(sequence).collect()
}
