//! Cells of `first` and `last`: the value of a bucket's earliest or latest event. Of equal times `first` takes the one
//! that arrived first, and `last` the one that arrived last.

use fishplate_cel::Value;

use super::{Cell, write_unless};
use crate::codec::{self, Cursor, Damaged};
use crate::feature::{ALLOCATION, Aggregate, Definition, EventTime, Overflow, Plain};

#[derive(Clone, Debug, Default)]
pub(in crate::feature) struct Edge(Option<Kept>);

#[derive(Clone, Debug)]
struct Kept {
    /// The two halves of an [`EventTime`], the upper one first: together they would be aligned to 16 bytes.
    time: (i64, u64),
    value: Value,
}

fn halves(time: EventTime) -> (i64, u64) {
    ((time.0 >> 64) as i64, time.0 as u64)
}

/// The count of its owners, before the bytes of a shared string.
const SHARED: usize = 16;

impl Cell for Edge {
    type Fold = Option<Value>;

    const OWNS: bool = true;

    fn add(&mut self, value: &Value, time: EventTime, of: &Definition) -> Result<(), Overflow> {
        let time = halves(time);
        let replaces = match (&self.0, of.aggregate) {
            (None, _) => true,
            (Some(kept), Aggregate::First(_)) => time < kept.time,
            (Some(kept), _) => time >= kept.time,
        };
        if replaces {
            self.0 = Some(Kept { time, value: value.clone() });
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn start() -> Option<Value> {
        None
    }

    fn fold(cells: &[Self], fold: &mut Option<Value>, of: &Definition) {
        let mut kept = cells.iter().filter_map(|cell| cell.0.as_ref());
        match of.aggregate {
            Aggregate::First(_) if fold.is_some() => {}
            Aggregate::First(_) => *fold = kept.next().map(|kept| kept.value.clone()),
            _ => {
                if let Some(last) = kept.next_back() {
                    *fold = Some(last.value.clone());
                }
            }
        }
    }

    fn finish(fold: Option<Value>, _: &Definition) -> Result<Option<Value>, Overflow> {
        Ok(fold)
    }

    fn owned(&self) -> usize {
        match self.0.as_ref().map(|kept| &kept.value) {
            Some(Value::String(text)) => text.len() + SHARED + ALLOCATION,
            Some(Value::Bytes(bytes)) => bytes.len() + SHARED + ALLOCATION,
            _ => 0,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.is_empty(), out, |out| {
            if let Some(kept) = &self.0 {
                out.extend(kept.time.0.to_le_bytes());
                out.extend(kept.time.1.to_le_bytes());
                codec::put_value(&kept.value, out);
            }
        });
    }

    fn read(cursor: &mut Cursor<'_>, of: &Definition) -> Result<Self, Damaged> {
        let read = |cursor: &mut Cursor<'_>| {
            let kept = Kept { time: (cursor.i64()?, cursor.u64()?), value: cursor.value()? };
            let fits = of.aggregate.takes().and_then(|ty| Plain::of(&ty)).is_some_and(|plain| plain.has(&kept.value));
            if fits { Ok(kept) } else { Err(Damaged) }
        };
        cursor.option(read).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ordered_by_their_halves() {
        let times = [i128::MIN, -(1 << 64), -1, 0, 1, (1 << 64) - 1, 1 << 64, i128::MAX].map(EventTime);
        assert!(times.map(halves).is_sorted());
    }

    #[test]
    fn a_cell_takes_40_bytes() {
        assert_eq!(size_of::<Edge>(), 40);
    }
}
