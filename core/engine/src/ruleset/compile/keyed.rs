//! Key lists: what is kept by the same keys is kept together, whatever reads it.

use super::super::expression::Expression;
use super::super::read::Reader;
use super::Plan;
use super::feature::{Source, Windowed};
use crate::codes;

/// A list of keys, and what is kept by it.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) by: Vec<Expression>,
    pub(crate) windows: Vec<Windowed>,
    /// Rules with watches, by index.
    pub(crate) rules: Vec<u32>,
}

/// Gathers the keys of features and rules; each list must begin with `partition_by`, where there is one.
pub(super) fn gather(reader: &mut Reader<'_>, plan: &mut Plan) {
    let mut lists: Vec<Keyed> = Vec::new();
    let mut list_of = |by: Vec<Expression>| {
        let same = |list: &Keyed| list.by.iter().map(Expression::text).eq(by.iter().map(Expression::text));
        lists.iter().position(same).unwrap_or_else(|| {
            lists.push(Keyed { by, windows: Vec::new(), rules: Vec::new() });
            lists.len() - 1
        })
    };
    let mut windows = Vec::new();
    for feature in plan.features.iter_mut().filter(|feature| !feature.is_supplied()) {
        if let Source::Window(by, windowed) = std::mem::replace(&mut feature.source, Source::Gathered) {
            windows.push((list_of(by), Windowed { slot: feature.slot, ..*windowed }));
        }
    }
    let mut rules = Vec::new();
    for (at, rule) in (0..).zip(&mut plan.rules) {
        if let Some(watch) = &mut rule.watch {
            watch.list = list_of(std::mem::take(&mut watch.by));
            rules.push((watch.list, at));
        }
    }
    for (list, windowed) in windows {
        lists[list].windows.push(windowed);
    }
    for (list, at) in rules {
        if let Some(watch) = &mut plan.rules[at as usize].watch {
            watch.place = lists[list].rules.len();
        }
        lists[list].rules.push(at);
    }
    if let Some(partition) = &plan.partition {
        for first in lists.iter().filter_map(|list| list.by.first()) {
            if first.text() != partition.text() {
                outside(reader, first, partition.text());
            }
        }
    }
    plan.keyed = lists;
}

/// Keys by which a shard would see a part of the events alone.
fn outside(reader: &mut Reader<'_>, first: &Expression, partition: &str) {
    let at = first.start(reader.source);
    let width = first.text().lines().next().unwrap_or("").chars().count();
    let message = format!("keys begin with `partition_by`, which is `{partition}`");
    let fault = reader.report(codes::KEY_OUTSIDE_PARTITION, at, width, message);
    fault.suggestion = Some(format!("by: [{partition}, {}], or take `partition_by` out", first.text()));
}
