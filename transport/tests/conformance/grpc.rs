//! gRPC: a server on loopback, on a runtime of its own. A killed server is a runtime that is dropped: its sockets close as
//! they do when a process dies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fishplate::Status;
use fishplate_transport::Decider;
use fishplate_transport::grpc::{service, tuned};
use fishplate_transport::hub::Hub;
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::place::{Place, Remote, hub, until};
use crate::proxy::Proxy;

pub(crate) struct Grpc {
    address: SocketAddr,
    hub: Arc<Hub>,
    server: Option<Runtime>,
}

/// Serves `hub` at `address`; port 0 is any. Gives the address.
fn serve(hub: Arc<Hub>, address: SocketAddr) -> (Runtime, SocketAddr) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be made");
    let incoming = {
        let _inside = runtime.enter();
        TcpIncoming::bind(address).expect("the port is free")
    };
    let address = incoming.local_addr().expect("it is bound");
    let (decisions, rule_sets) = service(hub);
    let server = tuned(Server::builder()).add_service(decisions).add_service(rule_sets);
    runtime.spawn(async move { server.serve_with_incoming(incoming).await });
    (runtime, address)
}

impl Grpc {
    /// At this address; port 0 is any.
    pub(crate) fn at(decider: Arc<dyn Decider>, address: SocketAddr) -> Self {
        let hub = hub(decider);
        let (server, address) = serve(hub.clone(), address);
        Self { address, hub, server: Some(server) }
    }
}

impl Place for Grpc {
    const ON_NETWORK: bool = true;

    fn start(decider: Arc<dyn Decider>) -> Self {
        Self::at(decider, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    fn address(&self) -> String {
        format!("grpc://{}", self.address)
    }
}

impl Remote for Grpc {
    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_timeout(Duration::from_secs(5));
        }
    }

    fn restart(&mut self, decider: Arc<dyn Decider>) {
        self.hub = hub(decider);
        let (server, _) = serve(self.hub.clone(), self.address);
        self.server = Some(server);
    }

    fn stop(&mut self) {
        self.hub.drain(Status::Unavailable, "the server is stopping");
        until("every session has its last word", || self.hub.counts().connected == 0);
        self.kill();
    }
}

impl Drop for Grpc {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_background();
        }
    }
}

/// The same behind a proxy that cuts connections.
pub(crate) struct ThroughProxy {
    proxy: Proxy,
    _server: Grpc,
}

impl ThroughProxy {
    /// Every connection of this moment breaks.
    pub(crate) fn cut(&self) {
        self.proxy.cut();
    }
}

impl Place for ThroughProxy {
    const ON_NETWORK: bool = true;

    fn start(decider: Arc<dyn Decider>) -> Self {
        let server = Grpc::start(decider);
        Self { proxy: Proxy::start(server.address), _server: server }
    }

    fn address(&self) -> String {
        format!("grpc://{}", self.proxy.address())
    }
}
