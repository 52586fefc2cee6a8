//! The explanations of a session's errors keep their word: each wrong example that the two machines of `session` can run
//! gives its code, and put right it gives none. The lines of an example are run as they stand; what needs a server, a
//! ring or a clock belongs to the transports.

use std::collections::HashMap;
use std::time::Duration;

use fishplate::codes;
use fishplate::session::{Client, Open, Options, Policy, Received, Server, SessionId, Terms, ToServer, Weight, Window};
use fishplate::{Code, Error};

#[derive(Clone, Debug)]
struct Event;

impl Weight for Event {
    fn weight(&self) -> u64 {
        100
    }
}

/// A server that knows sessions by their ids, and the clients by their names in the example.
#[derive(Default)]
struct World {
    servers: HashMap<SessionId, Server<Event, ()>>,
    clients: HashMap<String, Client<Event, ()>>,
}

impl World {
    /// Connects the client, as any driver does, and lets the two ends talk.
    fn dial(&mut self, name: &str) -> Result<(), Error> {
        let client = self.clients.get_mut(name).expect("a session that was connected");
        let ToServer::Open(open) = client.connect() else { panic!("the first message opens") };
        match self.servers.get_mut(&open.session) {
            Some(server) => server.resume(&open, Duration::ZERO)?,
            None => drop(self.servers.insert(open.session, opened(&open)?)),
        }
        self.talk(name)
    }

    fn talk(&mut self, name: &str) -> Result<(), Error> {
        let client = self.clients.get_mut(name).expect("a session that was connected");
        let Some(server) = self.servers.get_mut(&client.id()).filter(|server| server.epoch() == client.epoch()) else {
            return Ok(());
        };
        loop {
            let mut quiet = true;
            while let Some(message) = client.poll() {
                quiet = false;
                server.handle(message, Duration::ZERO)?;
            }
            while let Some((sequence, _)) = server.next() {
                server.decided(sequence, Ok(()));
            }
            while let Some(message) = server.poll() {
                quiet = false;
                client.handle(message)?;
            }
            if quiet {
                return Ok(());
            }
        }
    }

    /// Runs one line: `name = connect(address, option: value)`, or `call(name, event)`.
    fn run(&mut self, line: &str) -> Result<(), Error> {
        let (assigned, call) = line.split_once(" = ").unwrap_or(("", line));
        let (operation, arguments) = call.split_once('(').expect("a call");
        let arguments = arguments.trim_end_matches(')');
        let name = arguments.split(", ").next().unwrap_or_default();
        match operation {
            "connect" => {
                let client = made(arguments, self.clients.len());
                self.clients.insert(assigned.to_owned(), client);
                return self.dial(assigned);
            }
            "resume" => {
                self.client(name).disconnected();
                return self.dial(name);
            }
            "start_anew" => self.servers.clear(),
            "send" => drop(self.client(name).send(Event)?),
            "half_close" => self.client(name).half_close()?,
            "cancel" => self.client(name).cancel(Duration::ZERO)?,
            "receive" => match self.client(name).receive() {
                Received::Outcome { outcome, .. } => outcome?,
                Received::End(last) => last.error.map_or(Ok(()), Err)?,
                Received::Nothing => panic!("nothing to receive: {line}"),
            },
            other => panic!("no operation: {other}"),
        }
        if operation == "start_anew" { Ok(()) } else { self.talk(name) }
    }

    fn client(&mut self, name: &str) -> &mut Client<Event, ()> {
        self.clients.get_mut(name).expect("a session that was connected")
    }
}

fn opened(open: &Open) -> Result<Server<Event, ()>, Error> {
    Server::open(open, Window::default(), Duration::ZERO)
}

/// The number of `option` in `arguments`.
fn number(arguments: &str, option: &str) -> Option<u64> {
    let (_, rest) = arguments.split_once(&format!("{option}: "))?;
    rest.split([',', ')']).next()?.parse().ok()
}

fn terms(arguments: &str) -> Terms {
    let time = |option| number(arguments, option).map(Duration::from_millis);
    let (deadline, idle_timeout) = (time("deadline_ms"), time("idle_timeout_ms"));
    Terms { deadline, idle_timeout, max_age: time("max_age_ms"), ..Terms::default() }
}

fn made(arguments: &str, nth: usize) -> Client<Event, ()> {
    let mut options = Options::in_process();
    options.terms = terms(arguments);
    options.window.events = number(arguments, "window_events").unwrap_or(options.window.events);
    if arguments.contains("shed_oldest") {
        options.policy = Policy::ShedOldest;
    }
    let id = if arguments.contains("session_id: id") { [9; 16] } else { [nth as u8 + 1; 16] };
    Client::new(id, number(arguments, "epoch").unwrap_or(1), None, options, Duration::ZERO)
}

fn met(example: &str) -> Vec<Code> {
    let mut world = World::default();
    // An example that is not about connecting begins with a session that is open.
    let connected = if example.contains("connect(") { "" } else { "session = connect(address)" };
    let lines = connected.lines().chain(example.lines());
    lines.filter_map(|line| world.run(line).err()).map(|error| error.code()).collect()
}

#[test]
fn a_wrong_use_of_a_session_gives_its_code() {
    use codes::{FENCED, SESSION_ENDED, SESSION_STATE, SHED, UNKNOWN_SESSION, WINDOW_FULL};
    for code in [SESSION_STATE, WINDOW_FULL, SHED, SESSION_ENDED, UNKNOWN_SESSION, FENCED] {
        let explanation = codes::explain(code).expect("an explanation");
        assert_eq!(met(explanation.wrong), [code], "{}", explanation.wrong);
        assert_eq!(met(explanation.right), [], "{}", explanation.right);
    }
}

#[test]
fn a_session_on_a_network_without_an_end_gives_its_code() {
    let explanation = codes::explain(codes::NO_DEADLINE).expect("an explanation");
    let code = |example| terms(example).check_for_network().map_err(|error| error.code());
    assert_eq!(code(explanation.wrong), Err(codes::NO_DEADLINE));
    assert_eq!(code(explanation.right), Ok(()));
}
