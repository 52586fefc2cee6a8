//! The window of one feature under one key: an event goes in, a value comes out. Knows no keys and no clocks.

use fishplate_cel::{Duration, Timestamp, Value};

use super::bucket::{bucket_of, end_of, first_alive};
use super::cell::{Cell, Distinct, Edge, Extreme, Few, Many, Mean, Spread, Sum, Tally, WholeMean};
use super::span::Span;
use super::{Aggregate, Definition, Moment, Number, Ordered, Overflow};
use crate::codec::{Cursor, Damaged};

/// A window. Everything that is asked of one takes the definition that it was made with, or one that differs from it in
/// nothing: the window itself stays small.
#[derive(Clone, Debug)]
pub(crate) struct Window(Buckets);

#[derive(Clone, Debug)]
enum Buckets {
    Few(Span<Few>),
    Tally(Span<Tally>),
    Many(Span<Many>),
    SumInt(Span<Sum<i64>>),
    SumUint(Span<Sum<u64>>),
    SumDouble(Span<Sum<f64>>),
    WholeMean(Span<WholeMean>),
    Mean(Span<Mean>),
    Spread(Span<Spread>),
    ExtremeInt(Span<Extreme<i64>>),
    ExtremeUint(Span<Extreme<u64>>),
    ExtremeDouble(Span<Extreme<f64>>),
    ExtremeTimestamp(Span<Extreme<Timestamp>>),
    ExtremeDuration(Span<Extreme<Duration>>),
    Edge(Span<Edge>),
    Distinct(Span<Distinct>),
}

/// Calls something generic on the buckets, whatever they are.
macro_rules! each {
    ($buckets:expr, $span:ident => $then:expr) => {
        match $buckets {
            Buckets::Few($span) => $then,
            Buckets::Tally($span) => $then,
            Buckets::Many($span) => $then,
            Buckets::SumInt($span) => $then,
            Buckets::SumUint($span) => $then,
            Buckets::SumDouble($span) => $then,
            Buckets::WholeMean($span) => $then,
            Buckets::Mean($span) => $then,
            Buckets::Spread($span) => $then,
            Buckets::ExtremeInt($span) => $then,
            Buckets::ExtremeUint($span) => $then,
            Buckets::ExtremeDouble($span) => $then,
            Buckets::ExtremeTimestamp($span) => $then,
            Buckets::ExtremeDuration($span) => $then,
            Buckets::Edge($span) => $then,
            Buckets::Distinct($span) => $then,
        }
    };
}

/// Buckets of one kind of cells, as `$make` makes them.
macro_rules! of_aggregate {
    ($aggregate:expr, $make:expr) => {
        match $aggregate {
            Aggregate::Count | Aggregate::Rate => Buckets::Few($make),
            Aggregate::Sum(Number::Int) => Buckets::SumInt($make),
            Aggregate::Sum(Number::Uint) => Buckets::SumUint($make),
            Aggregate::Sum(Number::Double) => Buckets::SumDouble($make),
            Aggregate::Avg(Number::Int | Number::Uint) => Buckets::WholeMean($make),
            Aggregate::Avg(Number::Double) => Buckets::Mean($make),
            Aggregate::Stddev(_) => Buckets::Spread($make),
            Aggregate::Min(Ordered::Int) | Aggregate::Max(Ordered::Int) => Buckets::ExtremeInt($make),
            Aggregate::Min(Ordered::Uint) | Aggregate::Max(Ordered::Uint) => Buckets::ExtremeUint($make),
            Aggregate::Min(Ordered::Double) | Aggregate::Max(Ordered::Double) => Buckets::ExtremeDouble($make),
            Aggregate::Min(Ordered::Timestamp) | Aggregate::Max(Ordered::Timestamp) => Buckets::ExtremeTimestamp($make),
            Aggregate::Min(Ordered::Duration) | Aggregate::Max(Ordered::Duration) => Buckets::ExtremeDuration($make),
            Aggregate::First(_) | Aggregate::Last(_) => Buckets::Edge($make),
            Aggregate::Distinct(_) => Buckets::Distinct($make),
        }
    };
}

impl Window {
    /// An empty window, which owns no memory.
    pub(crate) fn new(of: &Definition) -> Self {
        Self(of_aggregate!(of.aggregate, Span::new()))
    }

    /// Brings an event into the window and reads it, in the order that `current` says. `input` is the event's value, and
    /// anything for `count` and `rate`; without one the window is read and stays as it is: `where` left the event out,
    /// or it is late. `Ok(None)`: the window is empty and has no value.
    pub(crate) fn observe(
        &mut self,
        of: &Definition,
        at: Moment,
        input: Option<&Value>,
    ) -> Result<Option<Value>, Overflow> {
        let read = each!(&mut self.0, span => step(span, of, at, input));
        match (read, &mut self.0) {
            // A bucket has as many events as it can count: from here on the window has wider cells.
            (Err(Overflow), Buckets::Few(span)) => {
                let span = std::mem::replace(span, Span::new());
                self.0 = Buckets::Tally(span.map(Tally::from));
                self.observe(of, at, input)
            }
            (Err(Overflow), Buckets::Tally(span)) => {
                let span = std::mem::replace(span, Span::new());
                self.0 = Buckets::Many(span.map(Many::from));
                self.observe(of, at, input)
            }
            (read, _) => read,
        }
    }

    /// When its newest bucket ends: with a horizon from then on, it is over. `None` if nothing is in it.
    pub(crate) fn ends(&self, of: &Definition) -> Option<i128> {
        self.newest().map(|newest| end_of(newest, of.slide))
    }

    /// The number of its newest bucket; `None` if nothing is in it.
    pub(crate) fn newest(&self) -> Option<i64> {
        each!(&self.0, span => span.newest())
    }

    /// Bytes that it owns besides itself, what allocations cost included: a function of what is in it, which
    /// `docs/windows.md` gives.
    pub(crate) fn bytes(&self) -> usize {
        each!(&self.0, span => span.bytes())
    }

    /// Appends what [`Self::read`] reads.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(match self.0 {
            Buckets::Tally(_) => 1,
            Buckets::Many(_) => 2,
            _ => 0,
        });
        each!(&self.0, span => span.write(out));
    }

    /// Reads a window of this definition.
    pub(crate) fn read(of: &Definition, cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let counts = matches!(of.aggregate, Aggregate::Count | Aggregate::Rate);
        Ok(Self(match cursor.u8()? {
            0 => of_aggregate!(of.aggregate, Span::read(cursor, of)?),
            1 if counts => Buckets::Tally(Span::read(cursor, of)?),
            2 if counts => Buckets::Many(Span::read(cursor, of)?),
            _ => return Err(Damaged),
        }))
    }
}

fn step<C: Cell>(
    span: &mut Span<C>,
    of: &Definition,
    at: Moment,
    input: Option<&Value>,
) -> Result<Option<Value>, Overflow> {
    let alive = first_alive(at.horizon, of.slide);
    let own = bucket_of(at.time, of.slide);
    let from = (own - of.buckets + 1).max(alive);
    let read = |span: &mut Span<C>| C::finish(span.fold(from, own, of), of);
    let Some(value) = input.filter(|_| own >= alive) else { return read(span) };
    let before = if of.current_included { None } else { Some(read(span)) };
    let added = span.change(alive, own, of, |cell| cell.add(value, at.time, of));
    match before {
        Some(before) => added.and(before),
        None => added.and_then(|()| read(span)),
    }
}
