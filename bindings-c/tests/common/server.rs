//! The other end of a session: an engine shared in this process, a ring, a gRPC server on loopback.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fishplate::engine::Options;
use fishplate::{Decision, Engine, Error, Event, Limits, RuleSet};
use fishplate_c::types::FishplateHandle;
use fishplate_transport::Decider;
use fishplate_transport::grpc::{service, tuned};
use fishplate_transport::hub::{Hub, HubOptions};
use fishplate_transport::ring::{RingOptions, RingServer};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::session::share;
use super::{Memory, RULES, close_all, engine, rules};

/// A name that no other test and no other run of this program has.
pub(crate) fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("c-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Something that sessions reach.
pub(crate) struct Place {
    address: String,
    behind: Behind,
}

enum Behind {
    /// Rule set and engine, of the C library like any other.
    Engine([FishplateHandle; 2]),
    Ring(Option<RingServer>),
    Grpc(Option<Runtime>),
}

impl Place {
    /// One of each kind, with an engine of its own.
    pub(crate) fn all() -> [Self; 3] {
        [Self::in_process(), Self::ring(), Self::grpc()]
    }

    pub(crate) fn in_process() -> Self {
        let mut memory = Memory::of(4096);
        let rules = rules(&mut memory);
        let engine = engine(rules, &mut memory);
        let name = fresh_name();
        assert_eq!(share(engine, &name, &mut memory), fishplate_c::generated::entries::FishplateStatus::Ok);
        Self { address: format!("inproc:{name}"), behind: Behind::Engine([engine, rules]) }
    }

    pub(crate) fn ring() -> Self {
        let name = fresh_name();
        let options = RingOptions { pairs: 8, lane_bytes: 1 << 16 };
        let server = RingServer::start(hub(), &name, options).expect("a ring can be made");
        Self { address: format!("shm://{name}"), behind: Behind::Ring(Some(server)) }
    }

    pub(crate) fn grpc() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let incoming = {
            let _inside = runtime.enter();
            TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a port is free")
        };
        let address = incoming.local_addr().expect("it is bound");
        let (decisions, rule_sets) = service(hub());
        let server = tuned(Server::builder()).add_service(decisions).add_service(rule_sets);
        runtime.spawn(async move { server.serve_with_incoming(incoming).await });
        Self { address: format!("grpc://{address}"), behind: Behind::Grpc(Some(runtime)) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether a session there must say when it ends.
    pub(crate) fn is_on_network(&self) -> bool {
        matches!(self.behind, Behind::Grpc(_))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match &mut self.behind {
            Behind::Engine(handles) => close_all(handles, &mut Memory::of(512)),
            Behind::Ring(server) => drop(server.take()),
            Behind::Grpc(runtime) => runtime.take().into_iter().for_each(Runtime::shutdown_background),
        }
    }
}

/// A hub that decides by the rules of these tests.
fn hub() -> Arc<Hub> {
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSet::from_text("rules.yaml", RULES, nothing, &Limits::default()).expect("the tests' rules compile");
    let name = rules.name().to_owned();
    let engine = Mutex::new(Engine::new(&rules, Options::default()));
    let hub = Hub::new(HubOptions { keep_disconnected: Duration::from_secs(5), ..HubOptions::default() });
    hub.add(&name, Arc::new(Judge { engine, rules }));
    hub
}

struct Judge {
    engine: Mutex<Engine>,
    rules: RuleSet,
}

impl Decider for Judge {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if preview { engine.preview(event) } else { engine.decide(event) }
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        (self.rules.name().to_owned(), *self.rules.version())
    }

    fn rules(&self) -> Vec<String> {
        self.rules.rules().map(str::to_owned).collect()
    }
}
