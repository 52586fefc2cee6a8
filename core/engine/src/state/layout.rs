//! What a plan keeps and where, told by fingerprints: by it the state of one rule set finds its place under another.

use sha2::{Digest, Sha256};

use super::group::{Group, Row};
use super::table::Table;
use crate::codec::{self, Cursor, Damaged};
use crate::ruleset::{Expression, Plan, WatchPlan};
use crate::timer::{Armed, Watch};

/// SHA-256 of whatever decides what a piece of state means.
pub(crate) type Fingerprint = [u8; 32];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The text of `partition_by`, and what it reads besides events.
    pub(crate) partition: Option<String>,
    pub(crate) lists: Vec<List>,
    /// Names of outputs: what armed watches say is told by their indices.
    pub(crate) outputs: Vec<String>,
}

/// One key list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) by: Fingerprint,
    pub(crate) windows: Vec<Kept>,
    pub(crate) watches: Vec<Kept>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) fingerprint: Fingerprint,
    /// The feature's name, or the rule's id.
    pub(crate) name: String,
}

/// Where the pieces of one layout are in another: by key list, then by window, watch and output.
#[derive(Debug)]
pub(crate) struct Places {
    /// By list of the new layout.
    pub(crate) lists: Vec<Option<ListPlaces>>,
    /// By output of the old layout.
    outputs: Vec<Option<usize>>,
}

#[derive(Debug)]
pub(crate) struct ListPlaces {
    /// The list in the old layout.
    pub(crate) list: usize,
    /// By window and by watch of the new layout: its place in the old one.
    pub(crate) windows: Vec<Option<usize>>,
    pub(crate) watches: Vec<Option<usize>>,
}

impl Layout {
    pub(crate) fn of(plan: &Plan) -> Self {
        let list = |keyed: &crate::ruleset::Keyed| List {
            by: hash(keyed.by.iter().map(Expression::meaning).collect::<Vec<_>>().iter().map(String::as_str)),
            windows: keyed
                .windows
                .iter()
                .map(|feature| Kept { fingerprint: feature.fingerprint, name: feature.name.to_string() })
                .collect(),
            watches: keyed.rules.iter().map(|at| watch(plan, *at)).collect(),
        };
        Self {
            partition: plan.partition.as_ref().map(Expression::meaning),
            lists: plan.keyed.iter().map(list).collect(),
            outputs: plan.outputs.iter().map(|output| output.name.to_string()).collect(),
        }
    }

    /// Where the pieces of this layout are in `old`.
    pub(crate) fn places(&self, old: &Layout) -> Places {
        let lists = self.lists.iter().map(|new| {
            let list = old.lists.iter().position(|old| old.by == new.by)?;
            let find = |new: &[Kept], old: &[Kept]| -> Vec<Option<usize>> {
                let place = |new: &Kept| {
                    // Of several of one definition the one of the same name; one may feed several, for it means the same.
                    let same = |old: &&(usize, &Kept)| old.1.fingerprint == new.fingerprint;
                    let named = old.iter().enumerate().filter(|old| same(&old)).find(|(_, old)| old.name == new.name);
                    named.or_else(|| old.iter().enumerate().find(|old| same(&old))).map(|(at, _)| at)
                };
                new.iter().map(place).collect()
            };
            let from = &old.lists[list];
            Some(ListPlaces {
                list,
                windows: find(&new.windows, &from.windows),
                watches: find(&new.watches, &from.watches),
            })
        });
        let output = |name: &String| self.outputs.iter().position(|known| known == name);
        Places { lists: lists.collect(), outputs: old.outputs.iter().map(output).collect() }
    }

    fn names<'a>(&'a self, other: &'a Layout, there: bool, watches: bool) -> impl Iterator<Item = &'a str> {
        let kept = move |list: &'a List| list.windows.iter().chain(list.watches.iter().filter(move |_| watches));
        let known = move |kept: &&Kept| {
            let mut others = other.lists.iter().flat_map(|list| list.windows.iter().chain(&list.watches));
            others.any(|other| other.fingerprint == kept.fingerprint) == there
        };
        self.lists.iter().flat_map(kept).filter(known).map(|kept| &*kept.name)
    }

    /// Names of whatever keeps its state from `old`.
    pub(crate) fn kept_from<'a>(&'a self, old: &'a Layout) -> impl Iterator<Item = &'a str> {
        self.names(old, true, true)
    }

    /// Names of features that `other` does not have, or defines otherwise.
    pub(crate) fn features_not_in<'a>(&'a self, other: &'a Layout) -> impl Iterator<Item = &'a str> {
        self.names(other, false, false)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        codec::put_option(self.partition.as_ref(), out, |by, out| codec::put_bytes(by.as_bytes(), out));
        codec::put_count(self.lists.len(), out);
        for list in &self.lists {
            out.extend(list.by);
            for kept in [&list.windows, &list.watches] {
                codec::put_count(kept.len(), out);
                for kept in kept {
                    out.extend(kept.fingerprint);
                    codec::put_bytes(kept.name.as_bytes(), out);
                }
            }
        }
        codec::put_count(self.outputs.len(), out);
        self.outputs.iter().for_each(|name| codec::put_bytes(name.as_bytes(), out));
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let text = |cursor: &mut Cursor<'_>| cursor.text().map(str::to_owned);
        let kept = |cursor: &mut Cursor<'_>| Ok(Kept { fingerprint: cursor.fixed()?, name: text(cursor)? });
        Ok(Self {
            partition: cursor.option(text)?,
            lists: cursor.list(40, |cursor| {
                Ok(List { by: cursor.fixed()?, windows: cursor.list(36, kept)?, watches: cursor.list(36, kept)? })
            })?,
            outputs: cursor.list(4, text)?,
        })
    }
}

impl Places {
    /// What an armed watch says, under the new layout: outputs that are gone say nothing.
    pub(crate) fn armed(&self, armed: Armed, rule: u32) -> Armed {
        let said = armed.said.map(|values| {
            let moved = |(at, value): (usize, _)| Some((self.outputs.get(at).copied()??, value));
            values.into_iter().filter_map(moved).collect()
        });
        Armed { said, rule, ..armed }
    }
}

impl Group {
    /// The group under another plan: rows of which nothing is kept are gone.
    pub(crate) fn moved(mut self, old: &Layout, plan: &Plan, new: &Layout) -> Group {
        let places = new.places(old);
        let mut moved = Group::new(plan);
        moved.written = self.written;
        let tables: Vec<Table<Row>> = std::mem::take(&mut self.rows);
        let partitions: Vec<_> = self.partitions.in_order().collect();
        let mut partition_at = std::collections::HashMap::new();
        for at in partitions {
            let (key, written) = (self.partitions.key(at).to_vec(), self.partitions.written(at));
            let partition = self.partitions.remove(at).without_rows();
            partition_at.insert(at, moved.put_partition_as(&key, partition, written));
        }
        // Two lists of the new plan never come from one of the old: lists differ by their keys.
        let mut tables: Vec<Option<Table<Row>>> = tables.into_iter().map(Some).collect();
        for (list, from) in places.lists.iter().enumerate() {
            let Some(from) = from else { continue };
            if from.windows.iter().chain(&from.watches).all(Option::is_none) {
                continue;
            }
            let Some(mut table) = tables[from.list].take() else { continue };
            let rows: Vec<_> = table.in_order().collect();
            for at in rows {
                let (key, written) = (table.key(at).to_vec(), table.written(at));
                let row = table.remove(at);
                let partition = partition_at[&row.partition];
                let row = row.moved(from, &places, plan, list, partition);
                moved.put_row_as(list, &key, row, written);
            }
        }
        let gone = self.size;
        moved.size.refused_keys = gone.refused_keys;
        moved.size.evicted_keys = gone.evicted_keys;
        moved.size.expired_keys = gone.expired_keys;
        moved
    }
}

impl Row {
    fn moved(self, from: &ListPlaces, places: &Places, plan: &Plan, list: usize, partition: u32) -> Row {
        let mut watches: Vec<Option<Watch>> = self.watches.into_iter().map(Some).collect();
        let mut row = Row::new(plan, list, partition);
        for (new, old) in row.windows.iter_mut().zip(&from.windows) {
            if let Some(old) = old {
                *new = self.windows[*old].clone();
            }
        }
        for ((new, old), rule) in row.watches.iter_mut().zip(&from.watches).zip(&plan.keyed[list].rules) {
            if let Some(watch) = old.and_then(|old| watches[old].take()) {
                let armed = watch.armed.map(|armed| Box::new(places.armed(*armed, *rule)));
                *new = Watch { armed, ..watch };
            }
        }
        row
    }
}

/// What decides the meaning of a rule's watch: what it waits for, the features that it reads, and what it says when it
/// fires, for that was computed when its key's last event came.
fn watch(plan: &Plan, at: u32) -> Kept {
    let rule = &plan.rules[at as usize];
    let mut texts = vec![rule.id.to_string()];
    texts.extend(rule.when.iter().map(|when| when.text().to_owned()));
    if let Some(watched) = &rule.watch {
        texts.extend(plan.keyed[watched.list].by.iter().map(|by| by.text().to_owned()));
        match &watched.kind {
            WatchPlan::Hold { span, until } => {
                texts.push(format!("for {span}"));
                texts.extend(until.iter().map(|until| until.text().to_owned()));
            }
            WatchPlan::Silent { span } => texts.push(format!("silent {span}")),
        }
        texts.extend(watched.fields.iter().cloned());
    }
    for (at, expression) in &rule.outputs {
        let output = &plan.outputs[*at];
        texts.push(format!("{}: {:?} = {}", output.name, output.values, expression.text()));
    }
    for feature in rule.features.iter().map(|at| &plan.features[*at as usize]) {
        texts.push(feature.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    Kept { fingerprint: hash(texts.iter().map(String::as_str)), name: rule.id.to_string() }
}

/// Length before bytes: no two lists of texts run together to the same one.
fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> Fingerprint {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
