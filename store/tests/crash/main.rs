//! Does a state come back after everything that a disk may do to it? Worlds made from seeds, against a plain model.

mod cuts;
mod examples;
mod faults;
mod ledger;
mod planted;
mod world;
