//! The simulator: a small world of clients, links, a server and its disk, in which everything that can go wrong does, and
//! goes wrong again with the same seed. What runs in it is the product: the client machine of the core, the hub, the keeper,
//! the journal and the engine. Simulated are the disk, the links, the clock, and whoever uses all of it.
//!
//! [`plan`] makes steps of a seed; [`world`] plays them; [`model`] says what should have come of them, from every input that
//! was accepted, without state, sessions or disk; [`shrink`] makes a plan that fails small. [`plant`] puts mistakes in, to
//! see whether they are found.
//!
//! What may never happen here: a thread, the machine's clock, chance that no seed gives.
#![forbid(unsafe_code)]

mod client;
mod disk;
mod met;
pub mod model;
pub mod plan;
pub mod plant;
mod recorded;
mod rules;
pub mod shrink;
mod supplied;
mod told;
pub mod world;

pub use met::Met;
pub use plan::{Plan, Step};
pub use plant::Plant;
pub use world::play;
