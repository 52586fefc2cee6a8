//! Fields by name on their way through a session: a map of a host language ⇄ an encoded `fishplate.v1.Map`.
//!
//! What a host says of its values arrives as it was said, so that the engine answers as it would in process: an int stays
//! an int, what no field can take travels in the host's own words. Both ways are bounded by [`DEPTH_MAX`]; reading takes no
//! memory for what it reads.

mod read;
mod write;

pub use read::Fields;
pub use write::write;

/// The most lists and maps in one another, the event itself being the first. A rule reads 16 deep by default; what is deeper
/// than this is a mistake, or a container of the host that holds itself.
pub const DEPTH_MAX: u32 = 64;

/// The most bytes that [`write()`] makes: what a message of a session can carry. A container of the host that holds itself
/// twice would double at every level.
pub const BYTES_MAX: usize = 16 << 20;
