//! A client, a server, and a link between them that keeps order and may break at any moment, losing what is under way
//! in both directions. Chance decides what happens next.

use std::collections::VecDeque;
use std::time::Duration;

use super::model::{HEAVIEST, Model};
use super::random::{Random, options, window};
use super::{Check, ensure};
use crate::codes;
use crate::error::{Error, Place};
use crate::session::tests::Event;
use crate::session::{Client, Open, Options, Policy, Server, State, ToClient, ToServer, Window};
use crate::status::Status;

#[derive(Default)]
struct Wire {
    up: VecDeque<ToServer<Event>>,
    down: VecDeque<ToClient<u64>>,
    /// The server has seen the first message.
    open: bool,
    /// What was carried last, for a link that carries it twice.
    last_up: Option<ToServer<Event>>,
    last_down: Option<ToClient<u64>>,
}

pub(super) struct World {
    random: Random,
    now: Duration,
    options: Options,
    most: Window,
    client: Client<Event, u64>,
    server: Option<Server<Event, u64>>,
    wire: Option<Wire>,
    /// First messages of connections that broke; they may come late.
    late: Vec<Open>,
    model: Model,
    /// The client found its end by itself.
    local: bool,
    said: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(number: u64, trace: bool) -> Self {
        let mut random = Random::new(number);
        let options = options(&mut random);
        let most = window(&mut random);
        Self {
            model: Model::new(options.window, options.window.min(most), options.policy),
            client: Client::new([1; 16], 1, None, options, Duration::ZERO),
            random,
            now: Duration::ZERO,
            options,
            most,
            server: None,
            wire: None,
            late: Vec::new(),
            local: false,
            said: trace.then(Vec::new),
        }
    }

    /// What happened, for a failure's message.
    pub(super) fn said(self) -> Vec<String> {
        self.said.unwrap_or_default()
    }

    fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(said) = &mut self.said {
            said.push(what());
        }
    }

    pub(super) fn walk(&mut self) -> Check {
        let options = (self.options, self.most);
        self.say(|| format!("{options:?}"));
        if !self.random.once_in(4) {
            self.connect()?;
            self.exchange()?;
        }
        for _ in 0..self.random.within(20, 60) {
            self.step()?;
            self.model.holds(&self.client, self.server.as_ref(), self.local)?;
        }
        self.finish()
    }

    fn step(&mut self) -> Check {
        if self.wire.is_none() && self.random.once_in(6) {
            return self.connect();
        }
        match self.random.within(0, 99) {
            0..=24 => self.send(),
            25..=39 => self.receive(),
            40..=49 => self.client_speaks(1),
            50..=54 => self.client_speaks(usize::MAX),
            55..=63 => self.decide(),
            64..=69 => self.server_speaks(1),
            70..=73 => self.server_speaks(usize::MAX),
            74..=79 => self.carry_up(1),
            80..=85 => self.carry_down(1),
            86..=89 => self.exchange(),
            90..=92 => self.break_link(),
            93..=96 => self.tick(),
            97 => self.close(),
            98 => self.come_late(),
            99 if self.random.once_in(2) => self.come_twice(),
            _ => self.seldom(),
        }
    }

    fn send(&mut self) -> Check {
        let heavy = self.random.once_in(12);
        let weight = self.random.within(0, if heavy { HEAVIEST } else { 8 });
        let event = Event { tag: self.random.next(), weight };
        let before = (self.client.state(), self.client.counters(), self.client.kept());
        let room = self.model.has_room(weight, self.client.was_welcomed());
        let sent = self.client.send(event);
        self.say(|| format!("send {event:?}: {sent:?}"));
        match sent {
            Ok(Some(sequence)) => {
                ensure!(room && before.0 == State::Streaming, "send took an event that it had to refuse");
                return self.model.took(sequence, event, self.client.counters().shed);
            }
            Ok(None) => ensure!(!room && self.options.policy == Policy::Block, "send waits, and there is room"),
            Err(error) if before.0 == State::Streaming => {
                let full = !room && self.options.policy != Policy::Block && error.code() == codes::WINDOW_FULL;
                ensure!(full, "send refused an event: {error}");
            }
            Err(error) => ensure!(error.code() == codes::SESSION_STATE, "{error}"),
        }
        let after = (self.client.state(), self.client.counters(), self.client.kept());
        ensure!(before == after, "a refused call made {after:?} of {before:?}");
        Ok(())
    }

    fn receive(&mut self) -> Check {
        for _ in 0..self.random.within(1, 3) {
            self.receive_one()?;
        }
        Ok(())
    }

    fn receive_one(&mut self) -> Check {
        let received = self.client.receive();
        self.say(|| format!("receive: {received:?}"));
        self.model.receives(&received, self.client.last_word())
    }

    /// The client writes up to `most` messages; into the void, if it has not noticed that the link broke.
    fn client_speaks(&mut self, most: usize) -> Check {
        for _ in 0..most {
            let Some(message) = self.client.poll() else { break };
            self.say(|| format!("client: {message:?}"));
            self.model.client_says(&message)?;
            if let Some(wire) = &mut self.wire {
                wire.up.push_back(message);
            }
        }
        Ok(())
    }

    fn server_speaks(&mut self, most: usize) -> Check {
        for _ in 0..most {
            let Some(message) = self.server.as_mut().and_then(Server::poll) else { break };
            self.say(|| format!("server: {message:?}"));
            if let Some(wire) = self.wire.as_mut().filter(|wire| wire.open) {
                wire.down.push_back(message);
            }
        }
        Ok(())
    }

    fn carry_up(&mut self, most: usize) -> Check {
        for _ in 0..most {
            let Some(message) = self.wire.as_mut().and_then(|wire| wire.up.pop_front()) else { break };
            match (message, &mut self.server) {
                (ToServer::Open(open), _) => {
                    self.answer(&open).map_err(|error| format!("{open:?}: {error}"))?;
                    self.wire.iter_mut().for_each(|wire| wire.open = true);
                }
                (_, None) => return Err("the first message does not open".into()),
                (message, Some(server)) => {
                    self.wire.iter_mut().for_each(|wire| wire.last_up = Some(message));
                    server.handle(message, self.now).map_err(|error| format!("the server refused: {error}"))?;
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, open: &Open) -> Result<(), Error> {
        match &mut self.server {
            Some(server) => server.resume(open, self.now),
            None => Server::open(open, self.most, self.now).map(|server| self.server = Some(server)),
        }
    }

    fn carry_down(&mut self, most: usize) -> Check {
        for _ in 0..most {
            let Some(message) = self.wire.as_mut().and_then(|wire| wire.down.pop_front()) else { break };
            if self.client.last_word().is_none() {
                self.model.client_hears(&message, !self.client.was_welcomed());
            }
            self.wire.iter_mut().for_each(|wire| wire.last_down = Some(message.clone()));
            self.client.handle(message).map_err(|error| format!("the client refused: {error}"))?;
        }
        Ok(())
    }

    /// Everything that can move moves once.
    fn exchange(&mut self) -> Check {
        self.client_speaks(usize::MAX)?;
        self.carry_up(usize::MAX)?;
        self.server_speaks(usize::MAX)?;
        self.carry_down(usize::MAX)
    }

    fn decide(&mut self) -> Check {
        if self.model.to_decide() < 2 && !self.random.once_in(3) && self.give()? {
            return Ok(());
        }
        self.decide_one();
        Ok(())
    }

    /// The server gives an event to be decided, if there is one.
    fn give(&mut self) -> Result<bool, String> {
        let Some((sequence, event)) = self.server.as_mut().and_then(Server::next) else { return Ok(false) };
        self.say(|| format!("to decide: {sequence}"));
        self.model.gave(sequence, event)?;
        Ok(true)
    }

    fn decide_one(&mut self) {
        let Some(server) = &mut self.server else { return };
        if let Some((sequence, outcome)) = self.model.decide(self.random.once_in(8)) {
            server.decided(sequence, outcome);
            // Nobody waits for it a second time.
            server.decided(sequence, Ok(0));
        }
    }

    fn connect(&mut self) -> Check {
        let first = self.client.connect();
        self.say(|| format!("connect: {first:?}"));
        self.model.client_says(&first)?;
        self.wire = Some(Wire { up: VecDeque::from([first]), ..Wire::default() });
        Ok(())
    }

    /// Either end may or may not notice.
    fn break_link(&mut self) -> Check {
        self.say(|| "the link breaks".into());
        let wire = self.wire.take();
        if let Some(&ToServer::Open(open)) = wire.as_ref().and_then(|wire| wire.up.front()) {
            self.late.push(open);
        }
        if !self.random.once_in(4) {
            self.client.disconnected();
        }
        if let Some(server) = self.server.as_mut().filter(|_| !self.random.once_in(4)) {
            server.disconnected(self.now);
        }
        Ok(())
    }

    /// The first message of an earlier connection arrives now. If the server has seen a later one, it is fenced.
    fn come_late(&mut self) -> Check {
        let Some(open) = self.late.pop() else { return Ok(()) };
        self.say(|| format!("late: {open:?}"));
        let Some(server) = &self.server else {
            return self.answer(&open).map_err(|error| error.to_string());
        };
        let known = (server.epoch(), server.state(), server.accepted(), server.disconnected_since());
        let answer = self.answer(&open).map_err(|error| error.code());
        if open.epoch > known.0 {
            ensure!(answer == Ok(()), "{open:?}: {answer:?}");
            return Ok(());
        }
        ensure!(
            answer == Err(codes::FENCED),
            "a connection of epoch {} came after {}: {answer:?}",
            open.epoch,
            known.0
        );
        let server = self.server.as_ref().ok_or("the server is gone")?;
        let now = (server.epoch(), server.state(), server.accepted(), server.disconnected_since());
        ensure!(known == now, "a connection that was refused made {now:?} of {known:?}");
        Ok(())
    }

    /// The last message of each direction comes again: events and outcomes are dropped and counted, totals do no harm.
    fn come_twice(&mut self) -> Check {
        let Some(wire) = &self.wire else { return Ok(()) };
        let (up, down) = (wire.last_up, wire.last_down.clone());
        self.say(|| format!("again: {up:?}, {down:?}"));
        if let (Some(message), Some(server)) = (up, &mut self.server) {
            let counted = server.state() == State::Streaming && !matches!(message, ToServer::Ack { .. });
            let before = (server.state(), server.accepted(), server.kept(), server.repeats() + u64::from(counted));
            server.handle(message, self.now).map_err(|error| format!("the server refused a repeat: {error}"))?;
            let after = (server.state(), server.accepted(), server.kept(), server.repeats());
            ensure!(before == after || !counted && before.0 == after.0, "a repeat made {after:?} of {before:?}");
        }
        if let Some(message @ (ToClient::Outcome { .. } | ToClient::Credit { .. })) = down {
            let mut before = self.client.counters();
            let counted = self.client.last_word().is_none() && matches!(message, ToClient::Outcome { .. });
            before.repeats += u64::from(counted);
            self.client.handle(message).map_err(|error| format!("the client refused a repeat: {error}"))?;
            let after = self.client.counters();
            ensure!(before == after, "a repeat made {after:?} of {before:?}");
        }
        Ok(())
    }

    fn tick(&mut self) -> Check {
        self.now += Duration::from_millis(self.random.within(0, 300));
        let was_open = self.client.last_word().is_none();
        self.client.tick(self.now);
        self.local |= was_open && self.client.last_word().is_some();
        if let Some(server) = &mut self.server {
            server.tick(self.now);
        }
        let (now, last) = (self.now, self.client.last_word().cloned());
        self.say(|| format!("tick {now:?}: {last:?}"));
        Ok(())
    }

    fn close(&mut self) -> Check {
        let before = (self.client.state(), self.client.counters(), self.client.kept());
        let half = self.random.once_in(2);
        let result = if half { self.client.half_close() } else { self.client.cancel(self.now) };
        self.say(|| format!("{}: {result:?}", if half { "half-close" } else { "cancel" }));
        if let Err(error) = result {
            let after = (self.client.state(), self.client.counters(), self.client.kept());
            let right = before.0 != State::Streaming && before == after && error.code() == codes::SESSION_STATE;
            ensure!(right, "refused ({error}): {before:?} became {after:?}");
            return Ok(());
        }
        if half {
            ensure!(before.0 == State::Streaming, "half-closed while {:?}", before.0);
            self.model.half_closed();
        } else {
            self.model.cancelled();
        }
        ensure!(self.client.state() == State::Closing, "closed, and {:?}", self.client.state());
        Ok(())
    }

    fn seldom(&mut self) -> Check {
        match self.random.within(0, 3) {
            0 => {
                let error = Error::new(Status::Unavailable, codes::SESSION_ENDED, "the server stops", Place::None);
                if let Some(server) = &mut self.server {
                    server.end(Status::Unavailable, error, self.now);
                }
                self.say(|| "the server ends the session".into());
                Ok(())
            }
            1 => self.take_over(),
            2 if self.random.once_in(4) => {
                let error = Error::new(Status::Unavailable, codes::UNREACHABLE, "nobody answers", Place::None);
                self.local |= self.client.last_word().is_none();
                self.client.give_up(Status::Unavailable, error);
                self.say(|| "the client gives up".into());
                Ok(())
            }
            _ => self.close(),
        }
    }

    /// The client's process dies, and another one goes on.
    fn take_over(&mut self) -> Check {
        let streaming = self.client.state() == State::Streaming && self.client.was_welcomed();
        let Some(server) = self.server.as_ref().filter(|server| streaming && server.state() == State::Streaming) else {
            return Ok(());
        };
        let accepted = server.accepted();
        self.break_link()?;
        let (epoch, received) = (self.client.epoch() + 1, self.model.last_taken);
        self.say(|| format!("another process takes over, epoch {epoch}, after {received}"));
        self.client = Client::new([1; 16], epoch, Some(received), self.options, self.now);
        self.model.taken_over(accepted);
        Ok(())
    }

    /// A link that holds and an application that receives bring every session to its end.
    fn finish(&mut self) -> Check {
        self.say(|| "from here, nothing breaks".into());
        let mut still = 0;
        for _ in 0..100 {
            if self.wire.is_none() {
                self.connect()?;
            }
            let before = (self.client.state(), self.client.counters(), self.client.kept(), self.client.is_connected());
            self.exchange()?;
            while self.give()? {}
            while self.model.to_decide() > 0 {
                self.decide_one();
            }
            self.exchange()?;
            self.receive()?;
            self.model.holds(&self.client, self.server.as_ref(), self.local)?;
            if self.model.is_over() {
                let finished = self.local || self.server.as_ref().is_some_and(Server::is_finished);
                ensure!(finished, "the client heard the last word, and the server did not say it");
                return Ok(());
            }
            let after = (self.client.state(), self.client.counters(), self.client.kept(), self.client.is_connected());
            still = if before == after { still + 1 } else { 0 };
            // Asking for more says that what came before is done with: a first round without news may bring credit.
            if still > 1 && after.0 == State::Streaming {
                ensure!(after.1.received == after.1.sent, "nothing moves: {after:?}");
                ensure!(self.client.has_room(self.options.window.bytes + 1), "nothing is under way, and no room");
                self.client.half_close().map_err(|error| error.to_string())?;
                self.model.half_closed();
            }
        }
        Err(format!("the session does not end: {:?}, {:?}", self.client.state(), self.client.counters()))
    }
}
