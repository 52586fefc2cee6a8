//! The model: it keeps every event, and answers each question anew by the sentences of the contract. It shares nothing
//! with the windows that it is held against; where the contract or `docs/windows.md` gives the order in which doubles
//! are added, it adds in that order.

use std::collections::{BTreeMap, HashSet};

use super::*;

#[derive(Clone, Debug)]
struct Kept {
    time: i128,
    value: Value,
}

#[derive(Debug)]
pub(super) struct Model {
    of: Definition,
    slide: i128,
    pub(super) disorder: i128,
    mark: Option<i128>,
    /// In the order of arrival.
    kept: Vec<Kept>,
}

/// What an event reads: a value, nothing, or the error that a sum leaves its range.
pub(super) type Reading = Result<Option<Value>, ()>;

impl Model {
    pub(super) fn new(of: Definition, disorder: i128) -> Self {
        Self { of, slide: of.size / i128::from(of.buckets), disorder, mark: None, kept: Vec::new() }
    }

    /// An event, whose value stands in the window if it is not late.
    pub(super) fn event(&mut self, time: i128, value: Option<&Value>) -> Reading {
        let late = self.is_late(time);
        self.mark = Some(self.mark.map_or(time, |mark| mark.max(time)));
        let before = self.read(time);
        let Some(value) = value.filter(|_| !late) else { return before };
        self.kept.push(Kept { time, value: value.clone() });
        if self.overflows_its_bucket(time) {
            self.kept.pop();
            return Err(());
        }
        if self.of.current_included { self.read(time) } else { before }
    }

    /// "An event is late if `time < mark − max_disorder`."
    pub(super) fn is_late(&self, time: i128) -> bool {
        self.mark.is_some_and(|mark| time < mark - self.disorder)
    }

    /// The mark with the last event accepted.
    pub(super) fn mark(&self) -> i128 {
        self.mark.expect("an event was accepted")
    }

    /// "Buckets align to the Unix epoch (floor for negatives)."
    fn start(&self, time: i128) -> i128 {
        time.div_euclid(self.slide) * self.slide
    }

    /// "A feature reads the buckets that cover `(t − size, t]`, t being the event's own time rounded up to the slide";
    /// "buckets that end at or before `mark − max_disorder − size` count as gone".
    fn window(&self, time: i128) -> Vec<&Kept> {
        let end = self.start(time) + self.slide; // an event on an edge opens the next bucket
        let gone = self.mark() - self.disorder - self.of.size;
        let inside = |kept: &&Kept| {
            let start = self.start(kept.time);
            start >= end - self.of.size && start < end && start + self.slide > gone
        };
        self.kept.iter().filter(inside).collect()
    }

    /// Whether the last event takes the sum of its bucket out of its type: it is kept in that type.
    fn overflows_its_bucket(&self, time: i128) -> bool {
        let Aggregate::Sum(of) = self.of.aggregate else { return false };
        let bucket: Vec<&Kept> = self.kept.iter().filter(|kept| self.start(kept.time) == self.start(time)).collect();
        of != Number::Double && sum(&bucket, of).is_err()
    }

    fn read(&self, time: i128) -> Reading {
        let window = self.window(time);
        let some = |value: Option<Value>| Ok(value.filter(|_| !window.is_empty()));
        match self.of.aggregate {
            Aggregate::Count => Ok(Some(Value::Int(window.len() as i64))),
            Aggregate::Rate => Ok(Some(Value::Double(window.len() as f64 / (self.of.size as f64 / 1e9)))),
            Aggregate::Sum(Number::Double) => Ok(Some(Value::Double(self.added(&window)))),
            Aggregate::Sum(of) => sum(&window, of).map(Some),
            Aggregate::Avg(Number::Double) => some(Some(Value::Double(self.added(&window) / window.len() as f64))),
            Aggregate::Avg(_) => some(Some(Value::Double(whole(&window) as f64 / window.len() as f64))),
            Aggregate::Stddev(_) => some(Some(Value::Double(self.deviation(&window)))),
            Aggregate::Min(_) => some(extreme(&window, std::cmp::Ordering::Less)),
            Aggregate::Max(_) => some(extreme(&window, std::cmp::Ordering::Greater)),
            Aggregate::First(_) => {
                let earliest = window.iter().map(|kept| kept.time).min();
                Ok(window.iter().find(|kept| Some(kept.time) == earliest).map(|kept| kept.value.clone()))
            }
            Aggregate::Last(_) => {
                let latest = window.iter().map(|kept| kept.time).max();
                Ok(window.iter().rev().find(|kept| Some(kept.time) == latest).map(|kept| kept.value.clone()))
            }
            Aggregate::Distinct(_) => {
                let texts: HashSet<String> = window.iter().map(|kept| different(&kept.value)).collect();
                Ok(Some(Value::Int(texts.len() as i64)))
            }
        }
    }

    /// The window's doubles by bucket, the oldest bucket first, each in the order of arrival.
    fn by_bucket(&self, window: &[&Kept]) -> BTreeMap<i128, Vec<f64>> {
        let mut buckets: BTreeMap<i128, Vec<f64>> = BTreeMap::new();
        for kept in window {
            buckets.entry(self.start(kept.time)).or_default().push(double(&kept.value));
        }
        buckets
    }

    /// "Double sums add in arrival order within a bucket, buckets oldest first."
    fn added(&self, window: &[&Kept]) -> f64 {
        let buckets = self.by_bucket(window).into_values();
        buckets.map(|bucket| bucket.into_iter().fold(0.0, |sum, x| sum + x)).fold(0.0, |sum, bucket| sum + bucket)
    }

    /// `docs/windows.md`: Welford's n, mean and M2 of each bucket, joined oldest first by the formula of Chan and others.
    fn deviation(&self, window: &[&Kept]) -> f64 {
        let mut joined: Option<(f64, f64, f64)> = None;
        for bucket in self.by_bucket(window).into_values() {
            let (mut n, mut mean, mut m2) = (0.0, 0.0, 0.0);
            for x in bucket {
                n += 1.0;
                let d = x - mean;
                mean += d / n;
                m2 += d * (x - mean);
            }
            joined = Some(match joined {
                None => (n, mean, m2),
                Some((before, its_mean, its_m2)) => {
                    let (all, d) = (before + n, mean - its_mean);
                    (all, its_mean + d * (n / all), its_m2 + m2 + d * d * (before * n / all))
                }
            });
        }
        let (n, _, m2) = joined.unwrap_or((0.0, 0.0, 0.0));
        let deviation = (m2 / n).sqrt();
        check_deviation(deviation, window);
        deviation
    }
}

/// The same by its definition, as near as doubles go: the root of the mean square of the distances from the mean.
fn check_deviation(deviation: f64, window: &[&Kept]) {
    let values: Vec<f64> = window.iter().map(|kept| double(&kept.value)).collect();
    let n = values.len() as f64;
    if n > 0.0 && values.iter().all(|x| x.abs() < 1e100) {
        let mean = values.iter().sum::<f64>() / n;
        let defined = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        let scale = values.iter().fold(defined, |most, x| most.max(x.abs()));
        assert!((deviation - defined).abs() <= 1e-9 * scale, "{deviation} is not {defined} of {values:?}");
    }
}

/// The exact sum of whole numbers.
fn whole(window: &[&Kept]) -> i128 {
    let number = |kept: &&Kept| match kept.value {
        Value::Int(value) => i128::from(value),
        Value::Uint(value) => i128::from(value),
        _ => panic!("not a whole number"),
    };
    window.iter().map(number).sum()
}

/// "Integer overflow is an error."
fn sum(window: &[&Kept], of: Number) -> Result<Value, ()> {
    match of {
        Number::Int => i64::try_from(whole(window)).map(Value::Int).map_err(drop),
        _ => u64::try_from(whole(window)).map(Value::Uint).map_err(drop),
    }
}

fn double(value: &Value) -> f64 {
    match value {
        Value::Int(value) => *value as f64,
        Value::Uint(value) => *value as f64,
        Value::Double(value) => *value,
        _ => panic!("not a number"),
    }
}

/// The value that is `wanted` against all others; NaN wins, and -0.0 is less than 0.0.
fn extreme(window: &[&Kept], wanted: std::cmp::Ordering) -> Option<Value> {
    let is_nan = |kept: &&&Kept| matches!(kept.value, Value::Double(value) if value.is_nan());
    if let Some(nan) = window.iter().find(is_nan) {
        return Some(nan.value.clone());
    }
    let wins = |a: &Value, b: &Value| {
        let order = match (a, b) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
            (Value::Timestamp(a), Value::Timestamp(b)) => a.as_nanos().cmp(&b.as_nanos()),
            (Value::Duration(a), Value::Duration(b)) => a.as_nanos().cmp(&b.as_nanos()),
            (Value::Double(a), Value::Double(b)) if a == b => b.is_sign_negative().cmp(&a.is_sign_negative()),
            (Value::Double(a), Value::Double(b)) => a.partial_cmp(b).expect("no NaN is left"),
            _ => panic!("no order"),
        };
        order == wanted || order.is_eq()
    };
    let beats_all = |kept: &&&Kept| window.iter().all(|other| wins(&kept.value, &other.value));
    window.iter().find(beats_all).map(|kept| kept.value.clone())
}

/// What tells values apart: 0.0 and -0.0 are one, and so are all NaN.
fn different(value: &Value) -> String {
    match value {
        Value::Double(value) if *value == 0.0 => "0".to_owned(),
        Value::Double(value) if value.is_nan() => "NaN".to_owned(),
        other => format!("{other:?}"),
    }
}
