//! An engine that is kept is the engine that was never interrupted: worlds made from seeds, in which power fails, against
//! an engine that is given the same inputs and never stops.

mod examples;
mod model;
mod rules;
mod shared;
mod worlds;
