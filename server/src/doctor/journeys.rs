//! One event there and back, through a ring and over gRPC, with a server and a client of this process: what works here
//! works between processes. Knows how a session is used; the rule set is the smallest there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fishplate::engine::Options;
use fishplate::{Error, Limits, Place, RuleSet, Status, codes};
use fishplate_transport::hub::{Hub, HubOptions};
use fishplate_transport::ring::{RingOptions, RingServer};
use fishplate_transport::{Body, Outgoing, Received, SessionOptions, connect};

use crate::serve;

const RULES: &str = "fishplate: 1
name: doctor
schema: {fields: {well: bool}}
outputs: {answer: {type: bool, merge: any, default: false}}
rules:
  - {id: R1, when: event.well, output: {answer: true}}
";

/// How long a journey may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Through a ring; how long it took.
pub(super) fn ring() -> Result<String, Error> {
    let name = format!("doctor-{}", std::process::id());
    let options = RingOptions { pairs: 1, lane_bytes: 1 << 20 };
    let server = RingServer::start(hub()?, &name, options)?;
    travel(&server.address())
}

/// Over gRPC; how long it took.
pub(super) fn grpc() -> Result<String, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| wrong(&format!("the system starts no thread: {error}")))?;
    let address = runtime.block_on(serve::loopback(&hub()?))?;
    let took = travel(&address);
    runtime.shutdown_background();
    took
}

fn hub() -> Result<Arc<Hub>, Error> {
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSet::from_text("doctor.yaml", RULES, nothing, &Limits::default())?;
    let hub = Hub::new(HubOptions::default());
    hub.add("doctor", serve::decider(rules, Options::default(), 1));
    Ok(hub)
}

fn travel(address: &str) -> Result<String, Error> {
    let options = SessionOptions { deadline_ms: 10_000, ..SessionOptions::default() };
    let session = connect(address, &options)?;
    let mut took = PATIENCE;
    // The first journey meets cold caches; the best of a few is what the way costs.
    for _ in 0..16 {
        let began = Instant::now();
        session.send(&Outgoing::new(Body::Json(br#"{"well": true}"#)), Some(PATIENCE))?;
        match session.receive(Some(PATIENCE))? {
            Received::Outcome { outcome, .. } => outcome?,
            Received::End(word) => return Err(word.error.unwrap_or_else(|| wrong("the session ended"))),
        };
        took = took.min(began.elapsed());
    }
    session.close();
    Ok(format!("{} µs", took.as_micros()))
}

fn wrong(message: &str) -> Error {
    Error::new(Status::Unavailable, codes::UNREACHABLE, message, Place::None)
}
