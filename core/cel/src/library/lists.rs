//! Lists: parts, orders, and what is in them once.

use std::collections::HashSet;

use super::{Cost, Entry, entry};
use crate::{
    check::overloads::Style,
    diag::Code,
    run::{
        Fault, equality,
        functions::{Given, no_overload},
        loops::check_sortable,
        order,
    },
    value::{Key, Value},
};

/// More than this is a loop in disguise.
const LONGEST_RANGE: i64 = 1_000_000;

pub(super) const TABLE: &[Entry] = &[
    entry("slice", Style::Member, &["list(A), int, int -> list(A)"], Cost::Entries, slice),
    entry(
        "flatten",
        Style::Member,
        &["list(list(A)) -> list(A)", "list(dyn), int -> list(dyn)"],
        Cost::Of(flat_cost),
        flatten,
    ),
    entry("distinct", Style::Member, &["list(A) -> list(A)"], Cost::Of(distinct_cost), distinct),
    entry("lists.range", Style::Global, &["int -> list(int)"], Cost::Number, range),
    entry("reverse", Style::Member, &["list(A) -> list(A)", "string -> string"], Cost::Entries, reverse),
    entry("sort", Style::Member, &["list(A) -> list(A)"], Cost::Of(sort_cost), sort),
    entry("first", Style::Member, &["list(A) -> optional(A)"], Cost::One, |args| {
        Ok(Value::Optional(list(args, "first")?.first().cloned().map(Into::into)))
    }),
    entry("last", Style::Member, &["list(A) -> optional(A)"], Cost::One, |args| {
        Ok(Value::Optional(list(args, "last")?.last().cloned().map(Into::into)))
    }),
];

fn list<'v>(args: &'v [Value], of: &str) -> Result<&'v [Value], Fault> {
    match args.first() {
        Some(Value::List(items)) => Ok(items),
        _ => Err(no_overload(of, args)),
    }
}

fn slice(args: &[Value]) -> Given {
    let items = list(args, "slice")?;
    let [_, Value::Int(from), Value::Int(to)] = args else { return Err(no_overload("slice", args)) };
    let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
    let part = range.and_then(|(from, to)| items.get(from..to));
    let outside = || (Code::BAD_ARGUMENT, format!("a list of {} has no part from {from} to {to}", items.len()));
    Ok(Value::list(part.ok_or_else(outside)?.to_vec()))
}

fn depth_of(args: &[Value]) -> Result<usize, Fault> {
    match args.get(1) {
        None => Ok(1),
        Some(Value::Int(depth)) => {
            usize::try_from(*depth).map_err(|_| (Code::BAD_ARGUMENT, format!("the depth {depth} is less than zero")))
        }
        Some(_) => Err(no_overload("flatten", args)),
    }
}

/// Puts the entries of lists in the place of the lists, so many levels deep. The levels stand on a stack of its own.
fn flatten(args: &[Value]) -> Given {
    let mut out = Vec::new();
    walk(list(args, "flatten")?, depth_of(args)?, |item| {
        out.push(item.clone());
        true
    });
    Ok(Value::list(out))
}

/// Gives each entry that is left after flattening to `take`, until that is false.
fn walk(items: &[Value], depth: usize, mut take: impl FnMut(&Value) -> bool) {
    let mut stack = vec![items.iter()];
    while let Some(level) = stack.last_mut() {
        match level.next() {
            None => drop(stack.pop()),
            Some(Value::List(inner)) if stack.len() <= depth => stack.push(inner.iter()),
            Some(item) => {
                if !take(item) {
                    return;
                }
            }
        }
    }
}

/// One list in another many times comes out as long as all of them.
fn flat_cost(args: &[Value], left: u64) -> u64 {
    let (Ok(items), Ok(depth)) = (list(args, "flatten"), depth_of(args)) else { return 1 };
    let mut count = 1u64;
    walk(items, depth, |_| {
        count += 1;
        count <= left
    });
    count
}

fn distinct(args: &[Value]) -> Given {
    let items = list(args, "distinct")?;
    let keys: Option<Vec<Key>> = items.iter().map(exact_key).collect();
    let mut out: Vec<Value> = Vec::new();
    match keys {
        Some(keys) => {
            let mut seen = HashSet::new();
            out.extend(keys.into_iter().zip(items).filter_map(|(key, item)| seen.insert(key).then(|| item.clone())));
        }
        None => {
            for item in items {
                if !out.iter().any(|known| equality::equal(known, item)) {
                    out.push(item.clone());
                }
            }
        }
    }
    Ok(Value::list(out))
}

/// The key of a value whose equals all have the same one.
fn exact_key(value: &Value) -> Option<Key> {
    match value {
        Value::String(_) | Value::Bytes(_) | Value::Bool(_) | Value::Null => Key::of(value),
        Value::Int(number) if number.unsigned_abs() < 1 << 53 => Key::of(value),
        Value::Uint(number) if *number < 1 << 53 => Key::of(value),
        Value::Double(number) if number.abs() < 9_007_199_254_740_992.0 => Key::of(value),
        _ => None,
    }
}

fn distinct_cost(args: &[Value], left: u64) -> u64 {
    let Ok(items) = list(args, "distinct") else { return 1 };
    let once = super::entries(&args[0], left).saturating_add(1);
    if items.iter().all(|item| exact_key(item).is_some()) { once } else { once.saturating_mul(once) }
}

fn range(args: &[Value]) -> Given {
    match args {
        [Value::Int(count)] if (0..=LONGEST_RANGE).contains(count) => {
            Ok(Value::list((0..*count).map(Value::Int).collect()))
        }
        [Value::Int(count)] => {
            Err((Code::BAD_ARGUMENT, format!("a range has from 0 to {LONGEST_RANGE} entries, not {count}")))
        }
        _ => Err(no_overload("lists.range", args)),
    }
}

fn reverse(args: &[Value]) -> Given {
    match args {
        [Value::String(text)] => Ok(Value::text(text.chars().rev().collect())),
        _ => Ok(Value::list(list(args, "reverse")?.iter().rev().cloned().collect())),
    }
}

fn sort(args: &[Value]) -> Given {
    let mut items = list(args, "sort")?.to_vec();
    if let Some(first) = items.first() {
        items.iter().try_for_each(|item| check_sortable(first, item))?;
    }
    items.sort_by(order::total);
    Ok(Value::list(items))
}

/// Each entry is compared about as often as the list can be halved.
fn sort_cost(args: &[Value], left: u64) -> u64 {
    let Ok(items) = list(args, "sort") else { return 1 };
    let halvings = u64::from(usize::BITS - items.len().leading_zeros());
    super::entries(&args[0], left).saturating_mul(halvings).max(1)
}
