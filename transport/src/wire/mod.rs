//! What is said between the two ends of a session, as protobuf messages: the contract of `proto/`, and the way from
//! and to the core's own types. Every driver that leaves the process uses it, gRPC in its requests and responses, the
//! ring in its frames. Nothing here reads a socket or a clock.

pub mod decision;
pub mod error;
pub mod fields;
pub mod session;
mod tags;
#[cfg(test)]
mod tests;
pub mod value;

/// The messages and services of `proto/fishplate/v1`, compiled. An event's `fields` and `features` are left encoded: bytes of
/// a `Map`, which [`fields::Fields`] reads.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/fishplate.v1.rs"));

    /// The contract as a serialised `FileDescriptorSet`, for server reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fishplate.v1.binpb"));
}
