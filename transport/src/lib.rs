//! Drivers: a session of the core over something. In process (bounded channels, the caller's threads), through shared
//! memory (`fishplate-ring`), over gRPC (tonic).
//!
//! [`connect`] gives a [`Session`]; [`hub::Hub`] is the other end, which a server shares between its sockets and rings.
//! A [`Kept`] engine outlives the process, and so do its sessions.
//! Drivers own what the core may not: clocks, threads, sockets, files. What may never happen here: deciding anything
//! (a [`Decider`] is asked), a word of Python, Java or C, `unsafe`.
#![forbid(unsafe_code)]

mod address;
mod clock;
mod decider;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod hub;
pub mod inproc;
pub mod kept;
mod operate;
mod options;
mod outgoing;
#[cfg(unix)]
pub mod ring;
mod session;
mod shards;
mod shared;
pub mod wire;

pub use address::Address;
pub use decider::{Decider, Keeps};
pub use kept::Kept;
pub use operate::{EngineState, KeptState, Operates};
pub use options::SessionOptions;
pub use outgoing::{Body, Features, Outgoing};
pub use session::{Received, Report, Session, Wait, connect};
pub use shards::Shards;
