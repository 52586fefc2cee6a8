//! One key group: its partitions and the rows of every list of keys, with what they weigh. Knows windows and watches as
//! things that weigh something and end some day; what happens to them at an event is [`crate::engine`]'s.
//!
//! Whatever is decided here (what expires, what is evicted) follows from this group's inputs alone, so that it is the
//! same whichever shard the group is in.

use std::collections::BTreeSet;

use super::expiry::{CHECK_BYTES, Checks};
use super::repeats::Repeats;
use super::table::{At, Table, key_bytes, row_overhead};
use super::{AtBudget, StateSize};
use crate::feature::{ALLOCATION, Window};
use crate::ruleset::Plan;
use crate::timer::{Armed, Watch};

#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) partitions: Table<Partition>,
    /// By the plan's key lists.
    pub(crate) rows: Vec<Table<Row>>,
    /// Inputs that changed the group: the measure of what is recent.
    pub(crate) written: u64,
    /// What it weighs and what went.
    pub(crate) size: StateSize,
    /// Rows, by list, that the present input has and that are not to be evicted for it.
    pub(crate) guarded: Vec<(usize, At)>,
    /// Every armed watch: when, of which rule, in which row of the rule's key list.
    dues: BTreeSet<(i128, u32, At)>,
    pub(super) checks: Checks,
}

/// One partition value; in an engine without `partition_by`, everything.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    /// The greatest event time accepted; ticks are the engine's own.
    pub(crate) mark: Option<i128>,
    /// `None` until an id is to be remembered.
    pub(crate) ids: Option<Box<Repeats>>,
    /// Rows of this partition.
    pub(super) rows: u32,
}

/// One key of one key list.
#[derive(Debug)]
pub(crate) struct Row {
    /// By the list's features.
    pub(crate) windows: Box<[Window]>,
    /// By the list's rules.
    pub(crate) watches: Box<[Watch]>,
    pub(crate) partition: At,
}

/// How much a group may hold, and what it does then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) budget: u64,
    pub(crate) at_budget: AtBudget,
}

impl Partition {
    pub(crate) fn new(mark: Option<i128>, ids: Option<Box<Repeats>>) -> Self {
        Self { mark, ids, rows: 0 }
    }

    /// The same, of which no row is there yet.
    pub(crate) fn without_rows(self) -> Self {
        Self { rows: 0, ..self }
    }
}

impl Row {
    /// An empty row of the plan's list `of`.
    pub(crate) fn new(plan: &Plan, of: usize, partition: At) -> Self {
        let keyed = &plan.keyed[of];
        Self {
            windows: keyed.windows.iter().map(|of| Window::new(&of.definition)).collect(),
            watches: keyed.rules.iter().map(|_| Watch::default()).collect(),
            partition,
        }
    }

    /// Bytes of its windows and watches, of which each is an allocation if there are any, and what those own.
    pub(crate) fn bytes(&self) -> u64 {
        let windows: usize = self.windows.iter().map(|window| size_of::<Window>() + window.bytes()).sum();
        let watches: usize = self.watches.iter().map(|watch| size_of::<Watch>() + watch.owned_bytes()).sum();
        let allocations = usize::from(windows > 0) + usize::from(watches > 0);
        let checked = if watches > 0 { CHECK_BYTES } else { 0 };
        (windows + watches + allocations * ALLOCATION) as u64 + checked
    }
}

impl Group {
    pub(crate) fn new(plan: &Plan) -> Self {
        let rows = plan.keyed.iter().map(|_| Table::default()).collect();
        Self { rows, checks: Checks::new(plan), ..Self::default() }
    }

    /// The partition under `key`, made if it is new; `None` if it is new and there is no room for it.
    pub(crate) fn partition(&mut self, key: &[u8], shape: Shape) -> Option<At> {
        self.written += 1;
        self.guarded.clear();
        if let Some(at) = self.partitions.find(key) {
            self.partitions.touch(at, self.written);
            return Some(at);
        }
        let room = self.make_room(partition_bytes(key), shape);
        room.then(|| self.put_partition_as(key, Partition::default(), self.written))
    }

    /// Whether there is room for so many bytes, made by evicting where that is the policy.
    fn make_room(&mut self, needed: u64, shape: Shape) -> bool {
        if shape.at_budget == AtBudget::Evict {
            while self.size.bytes + needed > shape.budget && self.evict() {}
        }
        let room = self.size.bytes + needed <= shape.budget;
        self.size.refused_keys += u64::from(!room);
        room
    }

    /// Puts a partition behind all others, as one that was last written then.
    pub(crate) fn put_partition_as(&mut self, key: &[u8], partition: Partition, written: u64) -> At {
        self.size.partitions += 1;
        self.size.bytes += partition_bytes(key) + partition.ids.as_ref().map_or(0, |ids| ids.bytes());
        self.partitions.insert(key, partition, written)
    }

    /// Notes that the present input wrote the row.
    pub(crate) fn touch(&mut self, of: usize, at: At) {
        self.rows[of].touch(at, self.written);
        self.checks.changed(of, at);
    }

    /// A row for `key`, which has none in the list `of`; `None` if there is no room for it.
    pub(crate) fn new_row(&mut self, plan: &Plan, of: usize, key: &[u8], partition: At, shape: Shape) -> Option<At> {
        let row = Row::new(plan, of, partition);
        let room = self.make_room(row_bytes(key, &row), shape);
        room.then(|| self.put_row_as(of, key, row, self.written))
    }

    /// Puts a row behind all others of its list, as one that was last written then. Its partition is there.
    pub(crate) fn put_row_as(&mut self, of: usize, key: &[u8], row: Row, written: u64) -> At {
        self.size.keys += 1;
        self.size.bytes += row_bytes(key, &row);
        self.partitions.row_mut(row.partition).rows += 1;
        let dues: Vec<_> = row
            .watches
            .iter()
            .filter_map(|watch| Some((watch.armed.as_ref()?.due, watch.armed.as_ref()?.rule)))
            .collect();
        let at = self.rows[of].insert(key, row, written);
        self.checks.look_soon(of, at);
        for (due, rule) in dues {
            self.dues.insert((due, rule, at));
            self.size.bytes += DUE_BYTES;
        }
        at
    }

    /// What `change` makes of a row, weighed before and after.
    pub(crate) fn change<T>(&mut self, of: usize, at: At, change: impl FnOnce(&mut Row) -> T) -> T {
        let row = self.rows[of].row_mut(at);
        let before = row.bytes();
        let made = change(row);
        self.size.bytes = self.size.bytes + row.bytes() - before;
        made
    }

    /// What `change` makes of a window, weighed before and after.
    pub(crate) fn change_window<T>(
        &mut self,
        of: usize,
        at: At,
        place: usize,
        change: impl FnOnce(&mut Window) -> T,
    ) -> T {
        let window = &mut self.rows[of].row_mut(at).windows[place];
        let before = window.bytes() as u64;
        let made = change(window);
        self.size.bytes = self.size.bytes + window.bytes() as u64 - before;
        made
    }

    /// Makes a watch wait to fire by itself, or wait no more; gives what it waited to say.
    pub(crate) fn arm(&mut self, of: usize, at: At, place: usize, armed: Option<Box<Armed>>) -> Option<Box<Armed>> {
        if let Some(armed) = &armed {
            self.dues.insert((armed.due, armed.rule, at));
            self.size.bytes += DUE_BYTES;
        }
        let old = self.change(of, at, |row| std::mem::replace(&mut row.watches[place].armed, armed));
        self.checks.changed(of, at);
        if let Some(old) = &old {
            let still = self.rows[of].row(at).watches[place].armed.as_ref();
            if still.is_none_or(|armed| (armed.due, armed.rule) != (old.due, old.rule)) {
                self.dues.remove(&(old.due, old.rule, at));
            }
            self.size.bytes -= DUE_BYTES;
        }
        old
    }

    /// The armed watches that are due by `through`: when, of which rule, in which row of the rule's key list.
    pub(crate) fn due(&self, through: i128) -> impl Iterator<Item = (i128, u32, At)> {
        self.dues.range(..=(through, u32::MAX, At::MAX)).copied()
    }

    /// What `change` makes of the ids of a partition, weighed before and after.
    pub(crate) fn change_ids<T>(&mut self, at: At, change: impl FnOnce(&mut Repeats) -> T) -> T {
        let ids = self.partitions.row_mut(at).ids.get_or_insert_default();
        let before = ids.bytes();
        let made = change(ids);
        self.size.bytes = self.size.bytes + ids.bytes() - before;
        made
    }

    /// Forgets what a rule remembers of every key.
    pub(crate) fn forget_watches(&mut self, of: usize, place: usize) {
        let rows: Vec<At> = self.rows[of].in_order().collect();
        for at in rows {
            self.arm(of, at, place, None);
            self.change(of, at, |row| row.watches[place] = Watch::default());
            self.checks.changed(of, at);
        }
    }

    /// Evicts rows while the group weighs more than it may: windows of keys that are there grow, too.
    pub(crate) fn keep_within(&mut self, shape: Shape) {
        if shape.at_budget == AtBudget::Evict {
            while self.size.bytes > shape.budget && self.evict() {}
        }
    }

    /// Evicts what was not written for the longest: a row, or a partition that has none left, with the ids that it
    /// remembers. Never one that the present input wrote. Says whether there was one.
    fn evict(&mut self) -> bool {
        let guarded = &self.guarded;
        let oldest = |(of, table): (usize, &mut Table<Row>)| {
            table.oldest()?; // what is behind us is not looked at again
            let at = table.in_order().find(|at| !guarded.contains(&(of, *at)))?;
            Some((table.written(at), Some(of), at))
        };
        let partition = self.partitions.oldest().filter(|at| self.partitions.row(*at).rows == 0);
        let partition = partition.map(|at| (self.partitions.written(at), None, at));
        let Some((written, of, at)) = self.rows.iter_mut().enumerate().filter_map(oldest).chain(partition).min() else {
            return false;
        };
        if written >= self.written {
            return false;
        }
        self.size.evicted_keys += 1;
        match of {
            Some(of) => self.drop_row(of, at),
            None => self.drop_partition(at),
        }
        true
    }

    pub(super) fn drop_partition(&mut self, at: At) {
        let bytes = partition_bytes(self.partitions.key(at));
        let partition = self.partitions.remove(at);
        self.size.partitions -= 1;
        self.size.bytes -= bytes + partition.ids.map_or(0, |ids| ids.bytes());
    }

    pub(super) fn drop_row(&mut self, of: usize, at: At) {
        let bytes = row_bytes(self.rows[of].key(at), self.rows[of].row(at));
        let row = self.rows[of].remove(at);
        self.checks.forget(of, at);
        for armed in row.watches.iter().filter_map(|watch| watch.armed.as_ref()) {
            self.dues.remove(&(armed.due, armed.rule, at));
            self.size.bytes -= DUE_BYTES;
        }
        self.partitions.row_mut(row.partition).rows -= 1;
        self.size.keys -= 1;
        self.size.bytes -= bytes;
    }
}

/// What the index of armed watches costs for one: its entry, and its share of a tree that is half full at least.
pub(super) const DUE_BYTES: u64 = 2 * size_of::<(i128, u32, At)>() as u64;

/// What a row weighs under its key.
pub(super) fn row_bytes(key: &[u8], row: &Row) -> u64 {
    (key_bytes(key, ALLOCATION) + row_overhead::<Row>()) as u64 + row.bytes()
}

/// What a partition weighs under its key, but for its ids.
pub(super) fn partition_bytes(key: &[u8]) -> u64 {
    (key_bytes(key, ALLOCATION) + row_overhead::<Partition>()) as u64
}
