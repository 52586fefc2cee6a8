//! Drivers: a session of the core over something. In process (bounded channels, the caller's threads), through shared
//! memory (`fishplate-ring`), over gRPC (tonic).
//!
//! [`connect`] gives a [`Session`]; [`hub::Hub`] is the other end, which a server shares between its sockets and rings.
//! Drivers own what the core may not: clocks, threads, sockets, files. What may never happen here: deciding anything
//! (a [`Decider`] is asked), a word of Python, Java or C, `unsafe`.
#![forbid(unsafe_code)]

mod address;
mod decider;
mod options;
mod outgoing;
mod session;

pub use address::Address;
pub use decider::Decider;
pub use options::SessionOptions;
pub use outgoing::{Body, Outgoing};
pub use session::{Received, Report, Session, connect};
