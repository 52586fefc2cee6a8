//! How anything is measured: in rounds, the limit before and after the value, all cases of a family in turn. Knows no
//! case and no page.

pub(crate) mod child;
pub(crate) mod summary;

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What the ratio of value and limit has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Target {
    /// `<= 3`: times, bytes.
    AtMost(f64),
    /// `>= 8`: rates.
    AtLeast(f64),
}

/// What is measured, and against what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    /// Short; unique in its group.
    pub(crate) name: String,
    /// Of value and limit.
    pub(crate) unit: String,
    /// What the value is held against.
    pub(crate) reference: String,
    /// `None`: shown, and held to nothing.
    pub(crate) target: Option<Target>,
    /// How it is measured, and what that leaves out: for the page.
    pub(crate) about: String,
    /// Where it is a point of a curve: then the page plots it among the others.
    #[serde(default)]
    pub(crate) curve: Option<Curve>,
}

/// A place on a curve.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    /// The plot's title: the same for all of its points.
    pub(crate) plot: String,
    /// Where the point stands from left to right.
    pub(crate) x: f64,
}

/// One round of one case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) value: f64,
    /// The limit before the value was measured, and after.
    pub(crate) limits: [f64; 2],
}

/// How much work a run is. A smoke run says that everything runs; its figures mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Full,
    Smoke,
}

impl Scale {
    /// One of two numbers.
    pub(crate) fn pick<T>(self, full: T, smoke: T) -> T {
        if self == Self::Full { full } else { smoke }
    }
}

/// Cases that share their setting.
pub(crate) trait Family {
    /// Its cases, in the order of the page.
    fn cases(&self) -> Vec<Case>;
    /// How many rounds it takes.
    fn rounds(&self) -> usize;
    /// Measures case number `case` once.
    fn read(&mut self, case: usize) -> Reading;
}

/// A case and everything that was read of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) case: Case,
    pub(crate) readings: Vec<Reading>,
}

/// Runs a family's rounds: in each, all its cases in turn, so that what disturbs the machine disturbs all of them.
pub(crate) fn run(family: &mut dyn Family) -> Vec<Series> {
    let mut all: Vec<Series> = family.cases().into_iter().map(|case| Series { case, readings: Vec::new() }).collect();
    for _ in 0..family.rounds() {
        for (at, series) in all.iter_mut().enumerate() {
            series.readings.push(family.read(at));
        }
    }
    all
}

/// Nanoseconds of each of `times` calls of `work`, on average.
pub(crate) fn nanos<T>(times: u64, mut work: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        black_box(work());
    }
    per(start.elapsed(), times)
}

/// Nanoseconds of each of `times`.
pub(crate) fn per(elapsed: Duration, times: u64) -> f64 {
    elapsed.as_nanos() as f64 / times.max(1) as f64
}
