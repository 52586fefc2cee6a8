//! Sessions of a hub: opened, taken over, kept, forgotten.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use fishplate::session::{Signal, Terms, ToClient, ToServer};
use fishplate::{Engine, Event};

use super::*;

const DOCUMENT: &str = "fishplate: 1
name: counts
schema: {fields: {amount: int}}
outputs: {score: {type: int, merge: sum, default: 0}}
rules:
  - {id: R1, why: large, when: event.amount > 5, output: {score: 1}}
";

/// An engine that counts what it is asked, and panics at what it is told to.
struct Judge {
    engine: Mutex<Engine>,
    asked: AtomicUsize,
    rules: RuleSet,
}

impl Judge {
    fn new() -> Arc<Self> {
        let mut files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let rules = RuleSet::from_text("counts.yaml", DOCUMENT, &mut files, &Limits::default()).expect("it compiles");
        let engine = Mutex::new(Engine::new(&rules, Default::default()));
        Arc::new(Self { engine, asked: AtomicUsize::new(0), rules })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Decider for Judge {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(event.body, fishplate::Body::Json(b"panic")) {
            panic!("as the test wants it");
        }
        if preview { engine.preview(event) } else { engine.decide(event) }
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        (self.rules.name().to_owned(), *self.rules.version())
    }

    fn rules(&self) -> Vec<String> {
        self.rules.rules().map(str::to_owned).collect()
    }
}

fn hub(judge: &Arc<Judge>, options: HubOptions) -> Arc<Hub> {
    let hub = Hub::new(options);
    hub.add("counts", judge.clone());
    hub
}

fn opening(session: u8, epoch: u64) -> Open {
    Open {
        session: [session; 16],
        epoch,
        resume: epoch > 1,
        received: 0,
        window: Window::default(),
        terms: Terms::default(),
    }
}

fn event(sequence: u64, body: &'static [u8]) -> ToServer<Inbound> {
    let body = InBody::Json(Bytes::from_static(body));
    ToServer::Event {
        sequence,
        event: Inbound { body, trace: None, preview: false, deadline: None, features: Bytes::new() },
    }
}

const SMALL: &[u8] = br#"{"amount": 1}"#;

fn polled(connection: &Connection) -> Vec<ToClient<Decision>> {
    std::iter::from_fn(|| connection.poll()).collect()
}

fn code<T>(result: Result<T, Error>) -> Option<(Status, fishplate::Code)> {
    result.err().map(|error| (error.status, error.code()))
}

#[test]
fn a_session_decides_in_turns_and_ends_with_its_last_word() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let connection = hub.open(&opening(1, 1), "").expect("the only rule set");
    assert!(matches!(polled(&connection)[..], [ToClient::Welcome { accepted: 0, .. }]));
    assert_eq!(connection.rule_set(), judge.rule_set());
    for sequence in 1..=5 {
        connection.handle(event(sequence, SMALL)).expect("in order");
    }
    connection.handle(ToServer::Signal(Signal::HalfClose)).expect("a signal");
    assert_eq!((connection.run(3), judge.asked()), (3, 3));
    assert_eq!((connection.run(3), judge.asked()), (2, 5));
    let said = polled(&connection);
    assert_eq!(said.iter().filter(|message| matches!(message, ToClient::Outcome { outcome: Ok(_), .. })).count(), 5);
    assert!(matches!(said.last(), Some(ToClient::Done(end)) if end.status == Status::Ok && end.watermark == 5));
    assert!(connection.is_finished());
    assert_eq!(connection.last_word().map(|end| end.watermark), Some(5));
}

#[test]
fn a_decision_is_of_its_session_and_sequence() {
    let judge = Judge::new();
    let connection = hub(&judge, HubOptions::default()).open(&opening(9, 1), "counts").expect("it is there");
    connection.handle(event(1, SMALL)).expect("in order");
    connection.run(1);
    let decided = polled(&connection).into_iter().find_map(|message| match message {
        ToClient::Outcome { outcome, .. } => outcome.ok(),
        _ => None,
    });
    let expected = fishplate::decision::Identity::Session { session: [9; 16], sequence: 1 };
    assert_eq!(decided.map(|decided| decided.identity().clone()), Some(expected));
}

#[test]
fn what_was_accepted_is_decided_when_its_connection_is_gone() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let connection = hub.open(&opening(1, 1), "").expect("it is there");
    connection.handle(event(1, SMALL)).expect("in order");
    assert_eq!(judge.asked(), 0);
    drop(connection);
    assert_eq!(judge.asked(), 1);
    assert_eq!(hub.counts(), HubCounts { connected: 0, sessions: 1 });
    let connection = hub.open(&opening(1, 2), "").expect("it was kept");
    let said = polled(&connection);
    assert!(matches!(said[..], [ToClient::Welcome { accepted: 1, .. }, ToClient::Outcome { sequence: 1, .. }, ..]));
    assert_eq!(judge.asked(), 1, "not again");
}

#[test]
fn a_later_connection_wakes_and_fences_the_earlier_one() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let earlier = hub.open(&opening(1, 1), "").expect("it is there");
    let woken = Arc::new(AtomicUsize::new(0));
    let waker = woken.clone();
    earlier.watch(Arc::new(move || _ = waker.fetch_add(1, Ordering::SeqCst)));
    let later = hub.open(&opening(1, 2), "").expect("it is later");
    assert_eq!((woken.load(Ordering::SeqCst), earlier.is_fenced(), later.is_fenced()), (1, true, false));
    assert_eq!(code(earlier.handle(event(1, SMALL))), Some((Status::Aborted, codes::FENCED)));
    assert!(earlier.poll().is_none() && earlier.run(1) == 0);
    assert_eq!(hub.counts(), HubCounts { connected: 2, sessions: 1 });
    drop(earlier);
    assert!(later.handle(event(1, SMALL)).is_ok(), "the end of a fenced connection is not the session's");
    assert_eq!(hub.counts(), HubCounts { connected: 1, sessions: 1 });
    assert_eq!(code(hub.open(&opening(1, 2), "")), Some((Status::Aborted, codes::FENCED)));
}

#[test]
fn a_session_that_nobody_comes_back_for_is_forgotten() {
    let hub = hub(&Judge::new(), HubOptions { keep_disconnected: Duration::ZERO, ..HubOptions::default() });
    let kept = hub.open(&opening(1, 1), "").expect("it is there");
    drop(hub.open(&opening(2, 1), "").expect("it is there"));
    hub.sweep();
    assert_eq!(hub.counts(), HubCounts { connected: 1, sessions: 1 }, "one with a connection is kept");
    assert_eq!(code(hub.open(&opening(2, 2), "")), Some((Status::DataLoss, codes::UNKNOWN_SESSION)));
    drop(kept);
    hub.sweep();
    assert_eq!(hub.counts(), HubCounts::default());
}

#[test]
fn there_are_no_more_sessions_than_the_options_allow() {
    let hub = hub(&Judge::new(), HubOptions { max_sessions: 2, ..HubOptions::default() });
    let first = hub.open(&opening(1, 1), "").expect("there is room");
    drop(hub.open(&opening(2, 1), "").expect("there is room"));
    let refused = Some((Status::ResourceExhausted, codes::TOO_MANY_SESSIONS));
    assert_eq!(code(hub.open(&opening(3, 1), "")), refused, "a session that may come back is kept");
    assert!(hub.open(&opening(2, 2), "").is_ok(), "and may");
    first.handle(ToServer::Signal(Signal::HalfClose)).expect("a signal");
    assert_eq!(code(hub.open(&opening(3, 1), "")), refused, "it has ended, and is being told so");
    drop(first);
    assert!(hub.open(&opening(3, 1), "").is_ok(), "it has ended: it makes room");
}

#[test]
fn a_session_on_its_own_ends_when_its_time_is_over() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let terms = Terms { deadline: Some(Duration::ZERO), drain: Duration::ZERO, ..Terms::default() };
    let connection = hub.open(&Open { terms, ..opening(1, 1) }, "").expect("it is there");
    assert_eq!(connection.next_tick(), Some(Duration::ZERO));
    connection.tick();
    connection.tick();
    assert_eq!(connection.last_word().map(|end| end.status), Some(Status::DeadlineExceeded));
}

#[test]
fn draining_ends_every_session_and_refuses_new_ones() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let connection = hub.open(&opening(1, 1), "").expect("it is there");
    let woken = Arc::new(AtomicUsize::new(0));
    let waker = woken.clone();
    connection.watch(Arc::new(move || _ = waker.fetch_add(1, Ordering::SeqCst)));
    connection.handle(event(1, SMALL)).expect("in order");
    hub.drain(Status::Unavailable, "the server is stopping");
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    connection.run(10);
    let said = polled(&connection);
    assert!(said.iter().any(|message| matches!(message, ToClient::Outcome { sequence: 1, outcome: Ok(_) })));
    let Some(ToClient::Done(end)) = said.last() else { panic!("the last word") };
    assert_eq!((end.status, end.watermark), (Status::Unavailable, 1));
    assert_eq!(code(hub.open(&opening(2, 1), "")), Some((Status::Unavailable, codes::SESSION_ENDED)));
}

#[test]
fn a_panic_of_the_engine_is_the_outcome_of_its_event_alone() {
    let judge = Judge::new();
    let hub = hub(&judge, HubOptions::default());
    let connection = hub.open(&opening(1, 1), "").expect("it is there");
    connection.handle(event(1, b"panic")).expect("in order");
    connection.handle(event(2, SMALL)).expect("in order");
    assert_eq!(connection.run(9), 2);
    let outcomes: Vec<_> = polled(&connection)
        .into_iter()
        .filter_map(|message| match message {
            ToClient::Outcome { outcome, .. } => Some(code(outcome)),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Some((Status::Internal, codes::INTERNAL)), None]);
}

#[test]
fn a_rule_set_is_found_by_its_name_or_as_the_only_one() {
    let hub = Hub::new(HubOptions::default());
    let missing = Some((Status::NotFound, codes::UNKNOWN_RULE_SET));
    assert_eq!(code(hub.open(&opening(1, 1), "")), missing);
    hub.add("a", Judge::new());
    assert!(hub.open(&opening(1, 1), "").is_ok() && hub.open(&opening(2, 1), "a").is_ok());
    hub.add("b", Judge::new());
    assert_eq!(code(hub.open(&opening(3, 1), "")), missing, "which of the two?");
    let unknown = hub.open(&opening(3, 1), "c").expect_err("there is none").to_string();
    assert!(unknown.contains("`c`") && unknown.contains("it has `a`, `b`"), "{unknown}");
}
