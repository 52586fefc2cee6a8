//! The native library of the JAR: JNI entries over the boundary.
//!
//! It translates and calls: numbers and addresses come in, the boundary does the work. What may never happen here:
//! logic; keeping an address that Java gave; a Java exception (Java makes them from what the boundary writes).

/// What the generator writes from the table of operations.
pub mod generated {
    pub mod entries;
}
pub mod memory;
pub mod pin;
