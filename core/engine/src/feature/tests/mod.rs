//! Windows as the contract has them, against a model that keeps every event; what they weigh; their bytes.

mod bytes;
mod examples;
mod memory;
mod model;
mod random;
mod streams;

use fishplate_cel::{Duration, Timestamp, Value};

use super::{Aggregate, Definition, EventTime, Moment, Number, Ordered, Plain, Slide, Window};

const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;

/// A window of `buckets` minutes that moves by one.
fn by_minutes(aggregate: Aggregate, buckets: i64) -> Definition {
    let slide = Slide::new(MINUTE).expect("a minute is more than a millisecond");
    Definition { aggregate, slide, buckets, size: MINUTE * i128::from(buckets), current_included: true }
}

/// In a stream without disorder, whose newest event this one is.
fn at(time: i128, of: &Definition) -> Moment {
    Moment { time: EventTime(time), horizon: EventTime(time - of.size) }
}

/// Every aggregate of every type.
fn aggregates() -> Vec<Aggregate> {
    let numbers = Number::ALL.iter().flat_map(|of| [Aggregate::Sum(*of), Aggregate::Avg(*of), Aggregate::Stddev(*of)]);
    let ordered = Ordered::ALL.iter().flat_map(|of| [Aggregate::Min(*of), Aggregate::Max(*of)]);
    let plain =
        Plain::ALL.iter().flat_map(|of| [Aggregate::First(*of), Aggregate::Last(*of), Aggregate::Distinct(*of)]);
    [Aggregate::Count, Aggregate::Rate].into_iter().chain(numbers).chain(ordered).chain(plain).collect()
}

/// Whether two readings are the same to the last bit; all NaN are one.
fn same(a: &Option<Value>, b: &Option<Value>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(Value::Double(a)), Some(Value::Double(b))) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Some(a), Some(b)) => std::mem::discriminant(a) == std::mem::discriminant(b) && a == b,
        _ => false,
    }
}
