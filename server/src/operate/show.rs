//! What `fishplate operate` shows: text for people, one JSON object a line for programs.

use std::path::Path;

use fishplate::{Timestamp, Value};
use fishplate_transport::wire::proto::{GetStateResponse, Mode, RuleMode, SwapResponse};

use super::client::Fired;
use crate::json;

pub(super) fn state(state: &GetStateResponse, as_json: bool) -> String {
    if as_json { state_json(state) } else { state_text(state) }
}

fn state_text(state: &GetStateResponse) -> String {
    let (size, counters) = (state.size.unwrap_or_default(), state.counters.unwrap_or_default());
    let mut out = format!("{}, version {}\n", state.rule_set, hex(&state.version));
    if state.shards > 1 {
        out += &format!("shards: {}\n", state.shards);
    }
    let (accepted, refused) = (counters.accepted, counters.refused);
    let (late, repeated, matched) = (counters.late, counters.repeated, counters.matched);
    out += &format!("events: {accepted} accepted, {refused} refused, {late} late, {repeated} repeated, ");
    out += &format!("{matched} matched\n");
    out += &format!("state: {} bytes, {} keys, {} partitions; keys ", size.bytes, size.keys, size.partitions);
    let (refused, evicted, expired) = (size.refused_keys, size.evicted_keys, size.expired_keys);
    out += &format!("refused {refused}, evicted {evicted}, expired {expired}\n");
    let modes = state.modes.iter().map(|RuleMode { rule, mode }| format!("{rule} {}", word(*mode)));
    out += &format!("warming: {}\nmodes: {}\n", names(&state.warming), names(&modes.collect::<Vec<_>>()));
    out += &match state.kept {
        None => "kept: nowhere\n".to_owned(),
        Some(kept) => {
            let (taken, durable, since) = (kept.taken, kept.durable, kept.since_snapshot);
            format!("kept: {durable} of {taken} inputs, {since} bytes of journal since the last snapshot\n")
        }
    };
    out
}

fn state_json(state: &GetStateResponse) -> String {
    let (size, counters) = (state.size.unwrap_or_default(), state.counters.unwrap_or_default());
    let modes = state.modes.iter().map(|RuleMode { rule, mode }| (rule.clone(), word(*mode).into()));
    let shown = serde_json::json!({"state": {
        "rule_set": state.rule_set,
        "version": hex(&state.version),
        "shards": state.shards,
        "counters": {
            "accepted": counters.accepted,
            "refused": counters.refused,
            "late": counters.late,
            "repeated": counters.repeated,
            "matched": counters.matched,
        },
        "size": {
            "bytes": size.bytes,
            "keys": size.keys,
            "partitions": size.partitions,
            "refused_keys": size.refused_keys,
            "evicted_keys": size.evicted_keys,
            "expired_keys": size.expired_keys,
        },
        "warming": state.warming,
        "modes": modes.collect::<serde_json::Map<_, _>>(),
        "kept": state.kept.map(|kept| serde_json::json!({
            "taken": kept.taken,
            "durable": kept.durable,
            "since_snapshot": kept.since_snapshot,
        })),
    }});
    format!("{shown}\n")
}

/// What fired, in the lines of `fishplate run` for programs.
pub(super) fn advanced(now: Timestamp, fired: &[Fired], as_json: bool) -> String {
    let mut out = Vec::new();
    for one in fired {
        if as_json {
            out.extend(b"{\"timer\":");
            json::write_timer_of(&one.rule, &one.key, one.due, &mut out);
            out.push(b',');
            json::write_decision(&one.decision, &mut out);
            out.extend(b"}\n");
        } else {
            out.extend(format!("{} ", one.rule).as_bytes());
            json::write_list(one.key.iter(), &mut out, |value: &Value, out| json::write_value(value, out));
            out.extend(format!(" due {} ", one.due).as_bytes());
            json::write_named(one.decision.outputs(), &mut out);
            out.push(b'\n');
        }
    }
    let count = fired.len();
    out.extend(if as_json {
        format!("{{\"advanced\":\"{now}\",\"fired\":{count}}}\n").into_bytes()
    } else {
        format!("it is {now}, and {count} rule{} fired\n", if count == 1 { "" } else { "s" }).into_bytes()
    });
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) fn swapped(name: &str, swapped: &SwapResponse, as_json: bool) -> String {
    let SwapResponse { version, kept, warming, dropped } = swapped;
    let version = hex(version);
    if as_json {
        let swap = serde_json::json!({"version": version, "kept": kept, "warming": warming, "dropped": dropped});
        return format!("{}\n", serde_json::json!({"swapped": swap}));
    }
    let (kept, warming, dropped) = (names(kept), names(warming), names(dropped));
    format!("{name}, version {version}\nkept: {kept}\nwarming: {warming}\ndropped: {dropped}\n")
}

pub(super) fn switched(rule: &str, mode: Option<Mode>, as_json: bool) -> String {
    let word = mode.map(|mode| word(mode.into()));
    match (as_json, word) {
        (true, word) => format!("{}\n", serde_json::json!({"switched": {"rule": rule, "mode": word}})),
        (false, Some(word)) => format!("{rule} is {word}\n"),
        (false, None) => format!("{rule} is as the document says\n"),
    }
}

pub(super) fn snapshot(file: &Path, bytes: usize, as_json: bool) -> String {
    let shown = file.to_string_lossy();
    if as_json {
        return format!("{}\n", serde_json::json!({"snapshot": {"file": shown, "bytes": bytes}}));
    }
    format!("{shown}: {bytes} bytes\n")
}

pub(super) fn kept(through: u64, as_json: bool) -> String {
    if as_json {
        return format!("{}\n", serde_json::json!({"kept": {"through": through}}));
    }
    format!("a snapshot of {through} inputs is in the state folder\n")
}

fn word(mode: i32) -> &'static str {
    match Mode::try_from(mode) {
        Ok(Mode::Live) => "live",
        Ok(Mode::Shadow) => "shadow",
        Ok(Mode::Off) => "off",
        Ok(Mode::Unspecified) | Err(_) => "unknown",
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(2 * bytes.len());
    json::write_hex(bytes, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
