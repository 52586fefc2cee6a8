//! Shared memory: a ring, served by a thread of this process. A killed server is one that says nothing more: dropping it
//! gives its lock back, as the kernel does for a process that died.

use std::sync::Arc;
use std::time::Duration;

use fishplate_transport::Decider;
use fishplate_transport::hub::Hub;
use fishplate_transport::ring::{RingOptions, RingServer};

use crate::place::{Place, Remote, fresh_name, hub};

pub(crate) struct Ring {
    name: String,
    hub: Arc<Hub>,
    server: Option<RingServer>,
}

/// Small lanes, so that they fill and wrap.
const OPTIONS: RingOptions = RingOptions { pairs: 16, lane_bytes: 1 << 16 };

impl Ring {
    /// With lanes of this size.
    pub(crate) fn with_lanes(decider: Arc<dyn Decider>, lane_bytes: u32) -> Self {
        Self::new(decider, &fresh_name(), RingOptions { lane_bytes, ..OPTIONS })
    }

    /// Under this name.
    pub(crate) fn named(decider: Arc<dyn Decider>, name: &str) -> Self {
        Self::new(decider, name, OPTIONS)
    }

    fn new(decider: Arc<dyn Decider>, name: &str, options: RingOptions) -> Self {
        let hub = hub(decider);
        let server = RingServer::start(hub.clone(), name, options).expect("a ring can be made");
        Self { name: name.to_owned(), hub, server: Some(server) }
    }
}

impl Place for Ring {
    const ON_NETWORK: bool = false;

    fn start(decider: Arc<dyn Decider>) -> Self {
        Self::named(decider, &fresh_name())
    }

    fn address(&self) -> String {
        format!("shm://{}", self.name)
    }
}

impl Remote for Ring {
    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn kill(&mut self) {
        self.server = None;
    }

    fn restart(&mut self, decider: Arc<dyn Decider>) {
        self.hub = hub(decider);
        let server = RingServer::start(self.hub.clone(), &self.name, OPTIONS);
        self.server = Some(server.expect("the old ring can be replaced"));
    }

    fn stop(&mut self) {
        self.server.take().expect("it runs").stop(Duration::from_secs(5));
    }
}
