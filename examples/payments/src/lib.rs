//! Card payments with labelled fraud, made from a seed: the events of `examples/payments` and of the benchmarks.
//!
//! The same seed and number give the same bytes on every machine: no clock, no floating-point function, no order of a
//! hash map. Knows no rules.
//!
//! ```
//! use fishplate_payments::Deliveries;
//!
//! let first = Deliveries::new(1, 1_000).next().expect("a thousand of them");
//! assert!(first.payment.amount() > 0.0);
//! ```

mod calendar;
mod card;
mod delivery;
pub mod forms;
mod fraud;
mod payment;
mod random;
#[cfg(test)]
mod tests;
mod world;

pub use delivery::{Deliveries, Delivery};
pub use fraud::{Label, Scenario};
pub use payment::{Channel, Online, Payment};
