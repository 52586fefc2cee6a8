//! The two ends of gRPC over loopback: our client against our server, with a network that breaks between them; our server
//! against clients that were not written by us and get everything wrong.

#![allow(unreachable_pub)] // modules of one program

mod breaks;
mod calls;
mod mistakes;
mod proxy;
mod raw;
#[path = "../conformance/rules.rs"]
#[allow(dead_code)] // the other suite uses the rest of it
mod rules;
mod server;
mod sessions;
mod stalled;
mod traces;
