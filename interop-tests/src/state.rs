//! The commands of an engine's state: time, snapshots, other rules, what it holds. One at a time, by the public API of
//! `fishplate`.

use std::collections::HashMap;

use fishplate::engine::{Options, Swapped};
use fishplate::ruleset::Mode;
use fishplate::state::AtBudget;
use fishplate::{Decision, Engine, Error, RuleSet, Timestamp, Value};
use sha2::{Digest, Sha256};

use crate::decisions::{decision_fields, error_fields, names};
use crate::engine::Home;
use crate::tagged::{Malformed, hex, percent, unhex, unpercent_text, write_pairs, write_value};

/// Snapshots by name, as the runner keeps them.
#[derive(Default)]
pub struct Kept(HashMap<String, Vec<u8>>);

impl Kept {
    /// `keep NAME BYTES`
    pub fn keep(&mut self, name: &str, bytes: &str) -> Result<String, Malformed> {
        self.0.insert(name.to_owned(), unhex(bytes)?);
        Ok("ok".into())
    }

    /// `snapshot NAME [GROUP]…`
    pub fn snapshot(&mut self, home: &Home, name: &str, groups: &[&str]) -> Result<String, Malformed> {
        let groups: Vec<u16> = groups.iter().map(|group| number(group)).collect::<Result<_, _>>()?;
        let take = |engine: &Engine| match &*groups {
            [] => engine.snapshot(),
            groups => engine.snapshot_groups(groups),
        };
        let bytes = home.ask(take);
        let answer = format!("snapshot\t{}\t{}", bytes.len(), hex(&Sha256::digest(&bytes)));
        self.0.insert(name.to_owned(), bytes);
        Ok(answer)
    }

    /// `restore NAME…`, without putting the engine anywhere.
    pub fn restore(
        &self,
        rules: &RuleSet,
        options: Options,
        kept: &[&str],
    ) -> Result<Result<Engine, Error>, Malformed> {
        let of = |name: &&str| self.0.get(*name).map(Vec::as_slice).ok_or(format!("no snapshot is called {name}"));
        let snapshots: Vec<&[u8]> = kept.iter().map(of).collect::<Result<_, _>>()?;
        Ok(Engine::restore(rules, options, &snapshots).map(|(engine, _)| engine))
    }
}

/// `memory BYTES`
pub fn memory(options: &mut Options, bytes: &str) -> Result<String, Malformed> {
    let bytes = number(bytes)?;
    options.memory = if bytes == 0 { Options::default().memory } else { bytes };
    Ok("ok".into())
}

/// `at_budget POLICY`
pub fn at_budget(options: &mut Options, policy: &str) -> Result<String, Malformed> {
    options.at_budget = match policy {
        "refuse" => AtBudget::Refuse,
        "evict" => AtBudget::Evict,
        _ => return Err(format!("no policy {policy}")),
    };
    Ok("ok".into())
}

/// `advance SECONDS NANOS`
pub fn advance(home: &mut Home, seconds: &str, nanos: &str) -> Result<String, Malformed> {
    let now = Timestamp::new(number(seconds)?, number(nanos)?).ok_or("no time of any event")?;
    let decisions = match home.advance_to(now) {
        Ok(decisions) => decisions,
        Err(error) => return Ok(format!("error\t{}", error_fields(&error))),
    };
    let fired: Vec<String> = decisions.iter().map(fired).collect::<Result<_, _>>()?;
    let parts = fired.iter().map(|fields| format!("\t{}", percent(fields.as_bytes())));
    Ok(format!("advanced\t{}{}", fired.len(), parts.collect::<String>()))
}

fn fired(decision: &Decision) -> Result<String, Malformed> {
    let timer = decision.timer().ok_or("a decision without an event has no timer")?;
    let (mut key, mut due) = (String::new(), String::new());
    write_value(&Value::List(timer.key.as_slice().into()), &mut key);
    write_value(&Value::Timestamp(timer.due), &mut due);
    Ok(format!("{}\t{key}\t{due}\t{}", percent(timer.rule.as_bytes()), decision_fields(decision)))
}

/// `swap`
pub fn swap(home: &mut Home, rules: &RuleSet) -> String {
    match home.swap(rules) {
        Ok(Swapped { kept, warming, dropped }) => {
            let [kept, warming, dropped] = [kept, warming, dropped].map(|list| names(list.iter()));
            format!("swapped\t{kept}\t{warming}\t{dropped}")
        }
        Err(error) => format!("error\t{}", error_fields(&error)),
    }
}

/// `mode RULE MODE`
pub fn mode(home: &mut Home, rule: &str, mode: &str) -> Result<String, Malformed> {
    let mode = match mode {
        "live" => Some(Mode::Live),
        "shadow" => Some(Mode::Shadow),
        "off" => Some(Mode::Off),
        "-" => None,
        _ => return Err(format!("no mode {mode}")),
    };
    let switched = home.set_mode(&unpercent_text(rule)?, mode);
    Ok(switched.map_or_else(|error| format!("error\t{}", error_fields(&error)), |()| "ok".into()))
}

/// `state`
pub fn state(home: &Home) -> String {
    home.ask(state_of)
}

fn state_of(engine: &Engine) -> String {
    let size = engine.state_size();
    let counts = [size.bytes, size.keys, size.partitions, size.refused_keys, size.evicted_keys, size.expired_keys];
    let modes: Vec<(&str, Value)> = engine.modes().map(|(rule, mode)| (rule, Value::from(word(mode)))).collect();
    let mut written = String::new();
    write_pairs(modes.iter().map(|(rule, mode)| (rule, mode)), &mut written, |rule, out| {
        out.push('s');
        out.push_str(&percent(rule.as_bytes()));
    });
    let counts = counts.map(|count| count.to_string()).join("\t");
    format!("state\t{counts}\t{}\t{written}", names(engine.warming()))
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Malformed> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
