//! Where the suite runs: one trait, and what every test needs to use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use fishplate::session::Final;
use fishplate::{Decision, Error};
use fishplate_transport::hub::{Hub, HubOptions};
use fishplate_transport::{Decider, Outgoing, Received, Session, SessionOptions, connect};

use crate::rules::Judge;

/// More than anything here takes on the slowest machine. A test that waits so long has failed.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(20));

/// A transport with a server.
pub(crate) trait Place: Sized {
    /// Whether sessions must name their terms.
    const ON_NETWORK: bool;

    /// Serves `decider`.
    fn start(decider: Arc<dyn Decider>) -> Self;

    /// Where clients find it; the same all its life.
    fn address(&self) -> String;
}

/// A place whose server is a process of its own in real life: it can go, and come back.
pub(crate) trait Remote: Place + Send {
    /// The server's sessions.
    fn hub(&self) -> &Arc<Hub>;

    /// The server is gone, without a word.
    fn kill(&mut self);

    /// After [`Self::kill`]: another server has the address, and knows nothing.
    fn restart(&mut self, decider: Arc<dyn Decider>);

    /// The server stops as it does when it is asked to.
    fn stop(&mut self);
}

/// A hub that decides by `decider`.
pub(crate) fn hub(decider: Arc<dyn Decider>) -> Arc<Hub> {
    let hub = Hub::new(HubOptions::default());
    hub.add("conformance", decider);
    hub
}

/// A name that no other test, and no other run at this time, has.
pub(crate) fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("conformance-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What a session needs to be opened at `P`.
pub(crate) fn options<P: Place>() -> SessionOptions {
    SessionOptions { deadline_ms: if P::ON_NETWORK { 60_000 } else { 0 }, ..SessionOptions::default() }
}

/// A place, its engine, and a session with what `change` says.
pub(crate) fn opened<P: Place>(change: impl FnOnce(&mut SessionOptions)) -> (P, Arc<Judge>, Session) {
    opened_with(Judge::new(), change)
}

/// The same with this engine.
pub(crate) fn opened_with<P: Place>(
    judge: Arc<Judge>,
    change: impl FnOnce(&mut SessionOptions),
) -> (P, Arc<Judge>, Session) {
    let place = P::start(judge.clone());
    let mut options = options::<P>();
    change(&mut options);
    let session = connect(&place.address(), &options).expect("the server is there");
    (place, judge, session)
}

/// Sends, whatever it takes.
pub(crate) fn send(session: &Session, event: &Outgoing<'_>) -> u64 {
    session.send(event, LONG).expect("the session takes events")
}

/// An event's sequence, and what became of it.
pub(crate) type Outcome = (u64, Result<Decision, Error>);

/// The next outcome, which there must be.
pub(crate) fn outcome(session: &Session) -> Outcome {
    match session.receive(LONG).expect("something comes") {
        Received::Outcome { sequence, outcome } => (sequence, outcome),
        Received::End(end) => panic!("the session ended: {end:?}"),
    }
}

/// Every outcome up to the last word, and that.
pub(crate) fn rest(session: &Session) -> (Vec<Outcome>, Final) {
    let mut outcomes = Vec::new();
    loop {
        match session.receive(LONG).expect("something comes") {
            Received::Outcome { sequence, outcome } => outcomes.push((sequence, outcome)),
            Received::End(end) => return (outcomes, end),
        }
    }
}

/// Waits for what must come.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The number under `total`.
pub(crate) fn total(decision: &Decision) -> i64 {
    match decision.output("total") {
        Some(fishplate::Value::Int(total)) => *total,
        other => panic!("the rules always give a total, and here is {other:?}"),
    }
}
