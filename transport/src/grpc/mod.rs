//! Sessions over gRPC: the client of `grpc://HOST:PORT`, and the services that a server mounts.
//!
//! Both ends move messages between a machine of the core and HTTP/2, in batches; what a session is and does is not known
//! here. Health, reflection and TLS are the server's that mounts the services.

mod client;
mod metadata;
mod operator;
mod pump;
mod requests;
mod responses;
mod runtime;
mod server;
mod serving;
mod socket;
mod status;

use std::time::Duration;

use tonic::transport::Server;

pub(crate) use client::connect;
pub use operator::{OperatorService, operator};
pub use server::{DecisionService, RuleSetService, service};
pub use status::{foreign, from_status, to_status};

/// The most bytes of one message. gRPC's usual 4 MiB are less than a rule document may have, and than a few of the largest
/// events (1 MiB) in one request of a client that batches by number; what is larger than this is no event.
pub const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// The most events or outcomes in one message of ours: a quarter of the default window, so that the two ends work at the same
/// time.
const BATCH: usize = 256;

/// Bytes after which a message of ours takes no more events or outcomes: what one HTTP/2 window of most implementations
/// holds.
const BATCH_BYTES: usize = 64 << 10;

/// How often the other end is asked whether it lives, and how long its answer may take: a peer that is gone without a word is
/// noticed in 4 s.
const KEEPALIVE: Duration = Duration::from_secs(2);

/// HTTP/2's window of one call and of one connection: the default window of a session.
const HTTP2_WINDOW: u32 = 1 << 20;

/// Does what waits for a disk, or for somebody who does, without keeping the runtime's other tasks from their turn.
fn blocking<R>(work: impl FnOnce() -> R) -> R {
    match tokio::runtime::Handle::current().runtime_flavor() {
        // The only thread: there is nobody to hand the others to.
        tokio::runtime::RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

/// A server as Fishplate's clients expect it: a client that is gone is noticed within 5 s, no small message waits for another.
pub fn tuned(server: Server) -> Server {
    server
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .initial_stream_window_size(HTTP2_WINDOW)
        .initial_connection_window_size(HTTP2_WINDOW)
}
