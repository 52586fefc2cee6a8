//! The socket: bound first, so that a port that is taken is told before anything else happens, then served with the
//! session's services, health and reflection. Knows HTTP/2's settings; knows nothing of sessions.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use fishplate::{Error, Place, Status, codes};
use fishplate_transport::grpc;
use fishplate_transport::hub::Hub;
use fishplate_transport::wire::proto;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::config::{Grpc, Origin};

/// The most calls of one connection at a time: as many as a server has sessions by default, so that a client may put
/// all of them on one connection, and a connection cannot take more memory than that.
const CALLS: u32 = 1_024;

/// The services whose health is told, besides the server's as a whole, which has the empty name.
const SERVICES: [&str; 3] = ["", "fishplate.v1.DecisionService", "fishplate.v1.RuleSetService"];

/// A port that is ours.
pub(super) struct Listener {
    socket: TcpListener,
    at: SocketAddr,
}

impl Listener {
    /// Takes the first of the addresses that can be had.
    ///
    /// # Errors
    /// F0866: another program has the port, this one may not have it, or the machine has no such address.
    pub(super) fn bind(grpc: &Grpc, origin: &Origin) -> Result<Self, Error> {
        let socket = TcpListener::bind(&*grpc.addresses).and_then(|socket| {
            socket.set_nonblocking(true)?;
            let at = socket.local_addr()?;
            Ok(Self { socket, at })
        });
        socket.map_err(|error| unusable(&grpc.text, &error, origin.place()))
    }

    /// Begins to serve. Must be called inside the runtime that serves.
    ///
    /// # Errors
    /// `INTERNAL` (F0901): the settings do not go together.
    pub(super) async fn serve(self, hub: &Arc<Hub>, tls: Option<ServerTlsConfig>) -> Result<Serving, Error> {
        let scheme = if tls.is_some() { "grpcs" } else { "grpc" };
        let address = format!("{scheme}://{}", self.at);
        let (health, health_service) = tonic_health::server::health_reporter();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // Of the contract, what is served here: the operator's service is not.
            .with_service_name(SERVICES[1])
            .with_service_name(SERVICES[2])
            .with_service_name("grpc.health.v1.Health")
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .build_v1()
            .map_err(|error| internal(&error))?;
        let mut server = grpc::tuned(Server::builder()).max_concurrent_streams(CALLS);
        if let Some(tls) = tls {
            server = server.tls_config(tls).map_err(|error| internal(&error))?;
        }
        let (decisions, rule_sets) = grpc::service(Arc::clone(hub));
        let router =
            server.add_service(decisions).add_service(rule_sets).add_service(health_service).add_service(reflection);
        let socket = tokio::net::TcpListener::from_std(self.socket).map_err(|error| internal(&error))?;
        let incoming = TcpIncoming::from(socket).with_nodelay(Some(true));
        for service in SERVICES {
            health.set_service_status(service, ServingStatus::Serving).await;
        }
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let asked = async move {
                // An error is the sender's end: nobody is left who could want it to go on.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            if let Err(error) = router.serve_with_incoming_shutdown(incoming, asked).await {
                tracing::error!(%error, "gRPC is no longer served");
            }
        });
        Ok(Serving { address, health, stop, task })
    }
}

/// A socket that is served.
pub(super) struct Serving {
    address: String,
    health: HealthReporter,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where clients find it: `grpc://127.0.0.1:7420`, or `grpcs://…` with TLS.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Takes no more connections and says so to whoever asks for its health; calls under way go on.
    pub(super) async fn close(&self) {
        for service in SERVICES {
            self.health.set_service_status(service, ServingStatus::NotServing).await;
        }
        self.stop.send_replace(true);
    }

    /// Waits until the last call is over, at most `wait`; then cuts what is left. Whoever only watches the server's
    /// health has heard the news by now, and is not waited for.
    pub(super) async fn finish(mut self, wait: Duration) {
        for service in SERVICES {
            self.health.clear_service_status(service).await;
        }
        if tokio::time::timeout(wait, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// A server of `hub` on a free port of this machine alone, for as long as the runtime lives; its address.
///
/// # Errors
/// The port, or gRPC, cannot be had.
pub(crate) async fn loopback(hub: &Arc<Hub>) -> Result<String, Error> {
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let grpc = Grpc { text: at.to_string(), addresses: vec![at] };
    let serving = Listener::bind(&grpc, &Origin::Default)?.serve(hub, None).await?;
    let address = serving.address.clone();
    tokio::spawn(async move {
        // Held, because dropping it would end it.
        let _serving = serving;
        std::future::pending::<()>().await;
    });
    Ok(address)
}

pub(super) fn unusable(text: &str, error: &io::Error, place: Place) -> Error {
    let (status, message, hint) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            Status::AlreadyExists,
            format!("another program listens on {text}"),
            "end it, or give another port; port 0 takes any free one",
        ),
        io::ErrorKind::PermissionDenied => {
            (Status::PermissionDenied, format!("this program may not listen on {text}"), "give a port from 1024 up")
        }
        io::ErrorKind::AddrNotAvailable => (
            Status::InvalidArgument,
            format!("this machine does not have the address of {text}"),
            "give an address of this machine",
        ),
        _ => (Status::Unavailable, format!("cannot listen on {text}: {error}"), "give another address"),
    };
    Error::new(status, codes::BAD_CONFIGURATION, message, place).suggest(hint)
}

pub(super) fn internal(error: &dyn std::error::Error) -> Error {
    let message = format!("gRPC cannot be served: {error}");
    Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
}
