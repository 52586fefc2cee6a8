//! Text: positions count code points, never bytes. Formatting stands in `format`.

use super::{Cost, Entry, entry};
use crate::{
    check::overloads::Style,
    diag::Code,
    run::{
        Fault, cost,
        functions::{Given, no_overload},
    },
    value::Value,
};

pub(super) const TABLE: &[Entry] = &[
    entry("charAt", Style::Member, &["string, int -> string"], Cost::Text, char_at),
    entry("indexOf", Style::Member, &["string, string -> int", "string, string, int -> int"], Cost::Searched, index_of),
    entry(
        "lastIndexOf",
        Style::Member,
        &["string, string -> int", "string, string, int -> int"],
        Cost::Searched,
        last_index_of,
    ),
    entry("lowerAscii", Style::Member, &["string -> string"], Cost::Text, |args| {
        Ok(Value::text(text(args, 0, "lowerAscii")?.to_ascii_lowercase()))
    }),
    entry("upperAscii", Style::Member, &["string -> string"], Cost::Text, |args| {
        Ok(Value::text(text(args, 0, "upperAscii")?.to_ascii_uppercase()))
    }),
    entry("trim", Style::Member, &["string -> string"], Cost::Text, |args| {
        Ok(Value::from(text(args, 0, "trim")?.trim()))
    }),
    entry(
        "replace",
        Style::Member,
        &["string, string, string -> string", "string, string, string, int -> string"],
        Cost::Of(replace_cost),
        replace,
    ),
    entry(
        "split",
        Style::Member,
        &["string, string -> list(string)", "string, string, int -> list(string)"],
        Cost::Text,
        split,
    ),
    entry("substring", Style::Member, &["string, int -> string", "string, int, int -> string"], Cost::Text, substring),
    entry(
        "join",
        Style::Member,
        &["list(string) -> string", "list(string), string -> string"],
        Cost::Of(join_cost),
        join,
    ),
    entry("strings.quote", Style::Global, &["string -> string"], Cost::Text, |args| {
        Ok(Value::text(quoted(text(args, 0, "strings.quote")?)))
    }),
    entry("format", Style::Member, &["string, list(A) -> string"], Cost::Entries, super::format::format),
];

/// The text among the arguments at `at`.
pub(super) fn text<'v>(args: &'v [Value], at: usize, of: &str) -> Result<&'v str, Fault> {
    match args.get(at) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(no_overload(of, args)),
    }
}

/// The int among the arguments at `at`, if there are so many.
fn int(args: &[Value], at: usize, of: &str) -> Result<Option<i64>, Fault> {
    match args.get(at) {
        Some(Value::Int(number)) => Ok(Some(*number)),
        None => Ok(None),
        _ => Err(no_overload(of, args)),
    }
}

fn outside(position: i64, length: usize) -> Fault {
    (Code::BAD_ARGUMENT, format!("the position {position} is outside a text of {length} characters"))
}

/// A position in a text of `length` characters; its end is one too.
fn position(at: i64, length: usize) -> Result<usize, Fault> {
    usize::try_from(at).ok().filter(|at| *at <= length).ok_or_else(|| outside(at, length))
}

fn char_at(args: &[Value]) -> Given {
    let of = text(args, 0, "charAt")?;
    let Some(at) = int(args, 1, "charAt")? else { return Err(no_overload("charAt", args)) };
    let at = position(at, of.chars().count())?;
    Ok(Value::text(of.chars().nth(at).map(String::from).unwrap_or_default()))
}

fn index_of(args: &[Value]) -> Given {
    let (of, what) = (text(args, 0, "indexOf")?, text(args, 1, "indexOf")?);
    let from = match int(args, 2, "indexOf")? {
        Some(at) => position(at, of.chars().count())?,
        None => 0,
    };
    let start = of.char_indices().nth(from).map_or(of.len(), |(at, _)| at);
    let found = of[start..].find(what).map(|at| from + of[start..start + at].chars().count());
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

/// The last place that begins at the position or before it.
fn last_index_of(args: &[Value]) -> Given {
    let (of, what) = (text(args, 0, "lastIndexOf")?, text(args, 1, "lastIndexOf")?);
    let end = match int(args, 2, "lastIndexOf")? {
        Some(at) => {
            let at = position(at, of.chars().count())?;
            let start = of.char_indices().nth(at).map_or(of.len(), |(at, _)| at);
            let end = start.saturating_add(what.len()).min(of.len());
            // In the middle of a character nothing ends that begins at the position.
            (start..=end).rev().find(|end| of.is_char_boundary(*end)).unwrap_or(start)
        }
        None => of.len(),
    };
    let found = of[..end].rfind(what).map(|at| of[..at].chars().count());
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn substring(args: &[Value]) -> Given {
    let of = text(args, 0, "substring")?;
    let length = of.chars().count();
    let Some(start) = int(args, 1, "substring")? else { return Err(no_overload("substring", args)) };
    let end = int(args, 2, "substring")?.unwrap_or(length as i64);
    let (from, to) = (position(start, length)?, position(end, length)?);
    if from > to {
        return Err((Code::BAD_ARGUMENT, format!("the part from {start} to {end} ends before it begins")));
    }
    Ok(Value::text(of.chars().skip(from).take(to - from).collect()))
}

fn replace(args: &[Value]) -> Given {
    let (of, what, by) = (text(args, 0, "replace")?, text(args, 1, "replace")?, text(args, 2, "replace")?);
    Ok(Value::text(match int(args, 3, "replace")?.map(usize::try_from) {
        Some(Ok(count)) => of.replacen(what, by, count),
        // A negative number is all.
        Some(Err(_)) | None => of.replace(what, by),
    }))
}

/// What goes in may come out many times as long.
fn replace_cost(args: &[Value], _: u64) -> u64 {
    let length = |at| args.get(at).map_or(0, cost::length);
    let (of, what, by) = (length(0), length(1), length(2));
    let times = of.checked_div(what).unwrap_or(of + 1);
    cost::tenth(of.saturating_add(times.saturating_mul(by)))
}

fn split(args: &[Value]) -> Given {
    let (of, by) = (text(args, 0, "split")?, text(args, 1, "split")?);
    let most = int(args, 2, "split")?.unwrap_or(-1);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let parts: Vec<Value> = match most {
        0 => Vec::new(),
        // Between all characters, and not before the first or behind the last.
        most if by.is_empty() => {
            let mut rest = of;
            let mut parts = Vec::new();
            while let Some(first) = rest.chars().next() {
                let length = if parts.len() + 1 == most { rest.len() } else { first.len_utf8() };
                parts.push(Value::from(&rest[..length]));
                rest = &rest[length..];
            }
            parts
        }
        most => of.splitn(most, by).map(Value::from).collect(),
    };
    Ok(Value::list(parts))
}

fn join(args: &[Value]) -> Given {
    let Some(Value::List(items)) = args.first() else { return Err(no_overload("join", args)) };
    let between = if args.len() > 1 { text(args, 1, "join")? } else { "" };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let Value::String(item) = item else { return Err(no_overload("join", std::slice::from_ref(item))) };
        out.push_str(if at == 0 { "" } else { between });
        out.push_str(item);
    }
    Ok(Value::text(out))
}

fn join_cost(args: &[Value], left: u64) -> u64 {
    let Some(Value::List(items)) = args.first() else { return 1 };
    let between = args.get(1).map_or(0, cost::length) as u64;
    super::entries(&args[0], left).saturating_add((items.len() as u64).saturating_mul(between) / 10).max(1)
}

/// The text as a literal of the language.
fn quoted(of: &str) -> String {
    let mut out = String::from('"');
    for letter in of.chars() {
        match letter {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
