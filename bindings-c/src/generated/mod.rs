//! What the generator writes; nothing here is edited by hand but this line.

pub mod entries;
