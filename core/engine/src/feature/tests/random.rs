//! Numbers from a seed, and the streams that are made of them.

use super::*;

/// SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators" (2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn from(&mut self, start: i128, end: i128) -> i128 {
        start + i128::from(self.below((end - start) as u64))
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// One event of a stream.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) time: i128,
    /// `None`: `where` left it out.
    pub(super) value: Option<Value>,
}

/// A definition, the disorder that it allows, and events.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) of: Definition,
    pub(super) disorder: i128,
    pub(super) events: Vec<Observed>,
}

impl Stream {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let aggregate = random.one_of(&aggregates());
        let slide = random.one_of(&[1_000_000, 7 * SECOND, MINUTE, 3600 * SECOND]);
        let buckets = random.one_of(&[1, 1, 2, 3, 5, 12, 60]); // 1: tumbling
        let size = slide * buckets;
        let of = Definition {
            aggregate,
            slide: Slide::new(slide).expect("a millisecond at least"),
            buckets: buckets as i64,
            size,
            current_included: random.below(2) == 0,
        };
        let disorder = random.one_of(&[0, 0, slide / 2, slide, 3 * slide + 1, 2 * size]);
        let (alphabet, hostile) = (random.below(40) + 1, random.below(4) == 0);
        let count = random.below(60) + 1;
        // The streams of most seeds begin before 1970 and go past it.
        let mut now = random.from(-20 * slide, slide);
        let events = (0..count).map(|_| {
            now += match random.below(12) {
                0 => random.from(0, 2 * size + 1),
                1..4 => random.from(0, slide + 1),
                _ => random.from(0, slide / 4 + 1),
            };
            let back = match random.below(3) {
                0 => random.from(0, 2 * disorder + slide),
                _ => 0,
            };
            let mut time = now - back;
            if random.below(6) == 0 {
                time = time.div_euclid(slide) * slide - random.from(0, 2); // on an edge, or just before it
            }
            let value = value(&mut random, aggregate, alphabet, hostile);
            Observed { time, value: (random.below(8) > 0).then_some(value) }
        });
        Self { of, disorder, events: events.collect() }
    }
}

/// A value that the aggregate takes: one of `alphabet` small ones, or (of a hostile stream) any.
fn value(random: &mut Random, aggregate: Aggregate, alphabet: u64, hostile: bool) -> Value {
    use fishplate_cel::Type;
    let small = random.below(alphabet);
    let hostile = hostile && random.below(4) == 0;
    match aggregate.takes() {
        None => Value::Null,
        Some(Type::Bool) => Value::Bool(small.is_multiple_of(2)),
        Some(Type::Int) if hostile => {
            Value::Int(random.one_of(&[i64::MIN, i64::MAX, i64::MAX - 1, -1, 1 << 62, -(1 << 62), (1 << 53) + 1]))
        }
        Some(Type::Int) => Value::Int(small as i64 - 3),
        Some(Type::Uint) if hostile => Value::Uint(random.one_of(&[u64::MAX, 1 << 63, u64::MAX - 1, 0])),
        Some(Type::Uint) => Value::Uint(small),
        Some(Type::Double) if hostile => Value::Double(random.one_of(&[
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            0.0,
            1e308,
            -1e308,
            5e-324,
            1e16,
        ])),
        Some(Type::Double) => Value::Double(small as f64 * 0.1 - 1.0),
        Some(Type::Timestamp) if hostile => {
            let seconds = random.one_of(&[-62_135_596_800, 253_402_300_799]);
            Value::Timestamp(Timestamp::new(seconds, 999_999_999).expect("the ends of the range"))
        }
        Some(Type::Timestamp) => {
            Value::Timestamp(Timestamp::from_nanos(i128::from(small) * SECOND / 3 - SECOND).expect("near the epoch"))
        }
        Some(Type::Duration) => {
            let nanos = if hostile { random.next() as i64 } else { small as i64 * 400_000_000 - 1_000_000_000 };
            Value::Duration(Duration::from_nanos(i128::from(nanos)).expect("less than 300 years"))
        }
        Some(Type::Bytes) => Value::Bytes(vec![small as u8; (small % 5) as usize].into()),
        Some(_) => Value::String("x".repeat(small as usize).into()),
    }
}
