//! A server on a runtime of its own, on a free port of loopback.

use std::net::SocketAddr;
use std::sync::Arc;

use fishplate_transport::Decider;
use fishplate_transport::grpc::{service, tuned};
use fishplate_transport::hub::{Hub, HubOptions};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::server::TcpIncoming;

/// Serves until it is dropped.
pub struct Server {
    pub hub: Arc<Hub>,
    pub port: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    pub fn start(decider: Arc<dyn Decider>) -> Self {
        Self::with(decider, HubOptions::default())
    }

    pub fn with(decider: Arc<dyn Decider>, options: HubOptions) -> Self {
        let hub = Hub::new(options);
        hub.add("conformance", decider);
        let (runtime, port) = serve(hub.clone());
        Self { hub, port, runtime: Some(runtime) }
    }

    pub fn address(&self) -> String {
        format!("grpc://{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn serve(hub: Arc<Hub>) -> (Runtime, SocketAddr) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads are to be had");
    let port = {
        let _inside = runtime.enter();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let port = incoming.local_addr().expect("it is bound");
        let (decisions, rule_sets) = service(hub);
        let server = tuned(tonic::transport::Server::builder()).add_service(decisions).add_service(rule_sets);
        runtime.spawn(server.serve_with_incoming(incoming.with_nodelay(Some(true))));
        port
    };
    (runtime, port)
}
