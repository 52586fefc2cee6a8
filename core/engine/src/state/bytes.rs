//! A key group as bytes, and back: partitions and rows in the order in which they were last written, which is part of the
//! state. Reading puts each piece where the reader's plan has it, and passes over what that plan does not keep.

use std::sync::Arc;

use super::group::{Group, Partition, Row};
use super::layout::{Layout, Places};
use super::repeats::Repeats;
use crate::codec::{self, Cursor, Damaged};
use crate::decision::Decision;
use crate::feature::Window;
use crate::ruleset::Plan;
use crate::timer::{Armed, Watch};
use crate::trace::TraceContext;

impl Group {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.written.to_le_bytes());
        for count in [self.size.refused_keys, self.size.evicted_keys, self.size.expired_keys] {
            out.extend(count.to_le_bytes());
        }
        let mut place = std::collections::HashMap::new();
        codec::put_count(self.partitions.len(), out);
        for (nth, at) in (0_u32..).zip(self.partitions.in_order()) {
            place.insert(at, nth);
            let partition = self.partitions.row(at);
            codec::put_bytes(self.partitions.key(at), out);
            out.extend(self.partitions.written(at).to_le_bytes());
            codec::put_option(partition.mark, out, |mark, out| out.extend(mark.to_le_bytes()));
            codec::put_option(partition.ids.as_ref(), out, |ids, out| write_ids(ids, out));
        }
        for table in &self.rows {
            codec::put_count(table.len(), out);
            for at in table.in_order() {
                let row = table.row(at);
                codec::put_bytes(table.key(at), out);
                out.extend(table.written(at).to_le_bytes());
                out.extend(place[&row.partition].to_le_bytes());
                for window in &row.windows {
                    codec::put_sized(out, |out| window.write(out));
                }
                row.watches.iter().for_each(|watch| write_watch(watch, out));
            }
        }
    }

    /// Reads a group of layout `old` for the plan whose layout is `new`.
    pub(crate) fn read(cursor: &mut Cursor<'_>, plan: &Plan, new: &Layout, old: &Layout) -> Result<Group, Damaged> {
        let mut group = Group::new(plan);
        group.written = cursor.u64()?;
        group.size.refused_keys = cursor.u64()?;
        group.size.evicted_keys = cursor.u64()?;
        group.size.expired_keys = cursor.u64()?;
        let mut partitions = Vec::new();
        for _ in 0..cursor.count(14)? {
            let (key, written) = (cursor.bytes()?, cursor.u64()?);
            let mark = cursor.option(Cursor::i128)?;
            let ids = cursor.option(read_ids)?.map(Box::new);
            if group.partitions.find(key).is_some() {
                return Err(Damaged);
            }
            partitions.push(group.put_partition_as(key, Partition::new(mark, ids), written));
        }
        let places = new.places(old);
        for from in 0..old.lists.len() {
            let to = places.lists.iter().position(|place| place.as_ref().is_some_and(|place| place.list == from));
            for _ in 0..cursor.count(16)? {
                let key = cursor.bytes()?;
                let written = cursor.u64()?;
                let partition = *partitions.get(cursor.u32()? as usize).ok_or(Damaged)?;
                let row = read_row(cursor, plan, &places, (from, to), old, partition)?;
                if let Some((to, row)) = to.zip(row) {
                    if group.rows[to].find(key).is_some() {
                        return Err(Damaged);
                    }
                    group.put_row_as(to, key, row, written);
                }
            }
        }
        Ok(group)
    }
}

/// A row of list `from`, for list `to` of the plan; `None` if nothing of it is kept.
fn read_row(
    cursor: &mut Cursor<'_>,
    plan: &Plan,
    places: &Places,
    (from, to): (usize, Option<usize>),
    old: &Layout,
    partition: u32,
) -> Result<Option<Row>, Damaged> {
    let place = to.and_then(|to| Some((to, places.lists[to].as_ref()?)));
    let mut row = place.map(|(to, _)| Row::new(plan, to, partition));
    let mut kept = false;
    for window in 0..old.lists[from].windows.len() {
        let bytes = cursor.bytes()?;
        let Some(((to, place), row)) = place.zip(row.as_mut()) else { continue };
        for at in (0..place.windows.len()).filter(|at| place.windows[*at] == Some(window)) {
            let definition = &plan.keyed[to].windows[at].definition;
            row.windows[at] = Window::read(definition, &mut Cursor::new(bytes))?;
            kept = true;
        }
    }
    for watch in 0..old.lists[from].watches.len() {
        let read = read_watch(cursor)?;
        let Some(((to, place), row)) = place.zip(row.as_mut()) else { continue };
        if let Some(at) = place.watches.iter().position(|old| *old == Some(watch)) {
            let armed = read.armed.map(|armed| Box::new(places.armed(*armed, plan.keyed[to].rules[at])));
            row.watches[at] = Watch { armed, ..read };
            kept = true;
        }
    }
    Ok(row.filter(|_| kept))
}

fn write_ids(ids: &Repeats, out: &mut Vec<u8>) {
    let entries = ids.in_order();
    codec::put_count(entries.len(), out);
    for (id, mark, decision) in entries {
        codec::put_bytes(id, out);
        out.extend(mark.to_le_bytes());
        codec::put_sized(out, |out| decision.write(out));
    }
}

fn read_ids(cursor: &mut Cursor<'_>) -> Result<Repeats, Damaged> {
    let mut ids = Repeats::default();
    for _ in 0..cursor.count(24)? {
        let (id, mark): (Arc<[u8]>, _) = (cursor.bytes()?.into(), cursor.i128()?);
        ids.put(id, Decision::read(&mut Cursor::new(cursor.bytes()?))?, mark);
    }
    Ok(ids)
}

fn write_watch(watch: &Watch, out: &mut Vec<u8>) {
    for time in [watch.last, watch.since] {
        codec::put_option(time, out, |time, out| out.extend(time.to_le_bytes()));
    }
    out.push(u8::from(watch.on));
    codec::put_option(watch.armed.as_ref(), out, |armed, out| {
        out.extend(armed.rule.to_le_bytes());
        out.extend(armed.due.to_le_bytes());
        codec::put_option(armed.parent, out, |trace, out| out.extend(trace.to_bytes()));
        match &armed.said {
            Ok(values) => {
                out.push(1);
                codec::put_count(values.len(), out);
                for (at, value) in values {
                    codec::put_count(*at, out);
                    codec::put_value(value, out);
                }
            }
            Err(error) => {
                out.push(0);
                error.write(out);
            }
        }
    });
}

fn read_watch(cursor: &mut Cursor<'_>) -> Result<Watch, Damaged> {
    Ok(Watch {
        last: cursor.option(Cursor::i128)?,
        since: cursor.option(Cursor::i128)?,
        on: cursor.bool()?,
        armed: cursor.option(|cursor| {
            Ok(Box::new(Armed {
                rule: cursor.u32()?,
                due: cursor.i128()?,
                parent: cursor.option(|cursor| TraceContext::from_bytes(&cursor.fixed()?).ok_or(Damaged))?,
                said: match cursor.bool()? {
                    true => Ok(cursor.list(5, |cursor| Ok((cursor.u32()? as usize, cursor.value()?)))?),
                    false => Err(crate::decision::DecisionError::read(cursor)?),
                },
            }))
        })?,
    })
}
