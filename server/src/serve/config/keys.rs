//! The keys of the configuration: for each its name, flag, meaning and how a value is taken. The one table that the
//! file, the environment, `--print-config` and the manual follow.

use std::time::Duration;

use fishplate::state::AtBudget;
use fishplate::{Diagnostic, Limits};
use tracing::level_filters::LevelFilter;

use super::given::{Given, Raw, Wrong, written, wrong};
use super::{Config, LogFormat, listen};

/// A key but those of limits.
pub(super) struct Key {
    /// In a file; a point separates a table from its key.
    pub(super) name: &'static str,
    /// On the command line.
    pub(super) flag: &'static str,
    /// In the environment.
    pub(super) variable: &'static str,
    set: fn(&mut Config, &Given) -> Result<(), Vec<Diagnostic>>,
    /// The value in force, as TOML; `None` if there is none.
    pub(super) shown: fn(&Config) -> Option<String>,
}

/// One row: the value is taken by a statement that may use `?`.
macro_rules! key {
    ($name:literal, $flag:literal, $variable:literal, |$config:ident, $given:ident| $take:expr, $shown:expr) => {
        Key {
            name: $name,
            flag: $flag,
            variable: $variable,
            set: |$config, $given| {
                let mut take = || -> Result<(), Wrong> {
                    $take;
                    Ok(())
                };
                take().map_err(|wrong| vec![wrong.into()])
            },
            shown: $shown,
        }
    };
}

const HOUR: Duration = Duration::from_secs(3_600);

/// In the order of the manual.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "rules",
        flag: "--rules",
        variable: "FISHPLATE_RULES",
        set: set_rules,
        shown: |config| {
            let rules: Vec<String> = config.rules.iter().map(|path| quoted(&path.to_string_lossy())).collect();
            (!rules.is_empty()).then(|| format!("[{}]", rules.join(", ")))
        },
    },
    key!("grpc", "--grpc", "FISHPLATE_GRPC", |config, given| config.grpc = Some(listen::grpc(given)?), |config| {
        config.grpc.as_ref().map(|grpc| quoted(&grpc.text))
    }),
    key!(
        "operator.listen",
        "--operator",
        "FISHPLATE_OPERATOR_LISTEN",
        |config, given| config.operator = Some(listen::operator(given)?),
        |config| config.operator.as_ref().map(|at| quoted(&at.to_string()))
    ),
    key!("ring", "--ring", "FISHPLATE_RING", |config, given| config.ring = Some(listen::ring(given)?), |config| {
        config.ring.as_deref().map(quoted)
    }),
    key!(
        "ring_pairs",
        "--ring-pairs",
        "FISHPLATE_RING_PAIRS",
        |config, given| config.ring_pairs = given.whole(1..=1_024)?,
        |config| Some(config.ring_pairs.to_string())
    ),
    key!(
        "ring_lane_bytes",
        "--ring-lane-bytes",
        "FISHPLATE_RING_LANE_BYTES",
        |config, given| config.ring_lane_bytes = listen::lane_bytes(given)?,
        |config| Some(config.ring_lane_bytes.to_string())
    ),
    key!("strict", "--strict", "FISHPLATE_STRICT", |config, given| config.strict = given.switch()?, |config| Some(
        config.strict.to_string()
    )),
    key!(
        "memory",
        "--memory",
        "FISHPLATE_MEMORY",
        |config, given| config.memory = given.whole(1..=u64::MAX >> 1)?,
        |config| { Some(config.memory.to_string()) }
    ),
    key!(
        "at_budget",
        "--at-budget",
        "FISHPLATE_AT_BUDGET",
        |config, given| config.at_budget = at_budget(given)?,
        |config| {
            Some(quoted(match config.at_budget {
                AtBudget::Refuse => "refuse",
                AtBudget::Evict => "evict",
            }))
        }
    ),
    key!("shards", "--shards", "FISHPLATE_SHARDS", |config, given| config.shards = given.whole(1..=128)?, |config| {
        Some(config.shards.to_string())
    }),
    key!("state", "--state", "FISHPLATE_STATE", |config, given| config.state = Some(given.path()?), |config| config
        .state
        .as_ref()
        .map(|path| quoted(&path.to_string_lossy()))),
    key!(
        "snapshot_bytes",
        "--snapshot-bytes",
        "FISHPLATE_SNAPSHOT_BYTES",
        |config, given| config.snapshot_bytes = given.whole(1 << 10..=1 << 40)?,
        |config| Some(config.snapshot_bytes.to_string())
    ),
    key!(
        "tls.cert",
        "--tls-cert",
        "FISHPLATE_TLS_CERT",
        |config, given| config.tls_parts.cert = Some(given.path()?),
        |config| config.tls.as_ref().map(|tls| quoted(&tls.cert.to_string_lossy()))
    ),
    key!(
        "tls.key",
        "--tls-key",
        "FISHPLATE_TLS_KEY",
        |config, given| config.tls_parts.key = Some(given.path()?),
        |config| config.tls.as_ref().map(|tls| quoted(&tls.key.to_string_lossy()))
    ),
    key!(
        "tls.client_ca",
        "--tls-client-ca",
        "FISHPLATE_TLS_CLIENT_CA",
        |config, given| config.tls_parts.client_ca = Some(given.path()?),
        |config| config.tls.as_ref()?.client_ca.as_ref().map(|path| quoted(&path.to_string_lossy()))
    ),
    key!(
        "window_events",
        "--window-events",
        "FISHPLATE_WINDOW_EVENTS",
        |config, given| config.window_events = given.whole(1..=1 << 20)?,
        |config| Some(config.window_events.to_string())
    ),
    key!(
        "window_bytes",
        "--window-bytes",
        "FISHPLATE_WINDOW_BYTES",
        |config, given| config.window_bytes = given.whole(1..=1 << 30)?,
        |config| Some(config.window_bytes.to_string())
    ),
    key!(
        "max_sessions",
        "--max-sessions",
        "FISHPLATE_MAX_SESSIONS",
        |config, given| config.max_sessions = given.whole(1..=1 << 20)?,
        |config| Some(config.max_sessions.to_string())
    ),
    key!(
        "keep_sessions",
        "--keep-sessions",
        "FISHPLATE_KEEP_SESSIONS",
        |config, given| config.keep_sessions = given.time(24 * HOUR)?,
        |config| Some(quoted(&written(config.keep_sessions)))
    ),
    key!("drain", "--drain", "FISHPLATE_DRAIN", |config, given| config.drain = given.time(HOUR)?, |config| Some(
        quoted(&written(config.drain))
    )),
    key!(
        "otlp.endpoint",
        "--otlp",
        "FISHPLATE_OTLP_ENDPOINT",
        |config, given| config.otlp = Some(listen::endpoint(given)?),
        |config| config.otlp.as_deref().map(quoted)
    ),
    key!("log", "--log", "FISHPLATE_LOG", |config, given| config.log = level(given)?, |config| Some(quoted(
        &config.log.to_string()
    ))),
    key!(
        "log_format",
        "--log-format",
        "FISHPLATE_LOG_FORMAT",
        |config, given| config.log_format = format(given)?,
        |config| Some(quoted(match config.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }))
    ),
];

/// The key of each limit is this and the limit's name.
pub(super) const LIMITS: &str = "limits.";
/// The variable of each limit is this and the limit's name.
pub(super) const LIMIT_VARIABLES: &str = "FISHPLATE_LIMITS_";

/// Takes one value in.
///
/// # Errors
/// The mistakes in it.
pub(super) fn set(config: &mut Config, given: &Given) -> Result<(), Vec<Diagnostic>> {
    if let Some(limit) = given.key.strip_prefix(LIMITS) {
        return set_limit(config, given, limit);
    }
    match KEYS.iter().find(|key| key.name == given.key) {
        Some(key) => (key.set)(config, given),
        // `[tls]` with nothing in it.
        None if matches!(given.raw, Raw::Other(_)) && is_table(&given.key) => Ok(()),
        None => Err(vec![unknown(&given.key, given)]),
    }
}

/// Whether there are keys in a table of that name.
fn is_table(name: &str) -> bool {
    let mut names = KEYS.iter().map(|key| key.name).chain([LIMITS]);
    names.any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The mistake that there is no key of that name.
fn unknown(name: &str, given: &Given) -> Diagnostic {
    let suggestion = fishplate::did_you_mean(name, KEYS.iter().map(|key| key.name));
    wrong(format!("there is no key `{name}`"), given.named_at()).suggest_if(suggestion)
}

fn set_limit(config: &mut Config, given: &Given, limit: &str) -> Result<(), Vec<Diagnostic>> {
    let names = Limits::TABLE.iter().map(|(name, ..)| *name);
    if !names.clone().any(|name| name == limit) {
        let all = || format!("the limits are {}", names.clone().collect::<Vec<_>>().join(", "));
        let suggestion = fishplate::did_you_mean(limit, names.clone()).unwrap_or_else(all);
        return Err(vec![wrong(format!("there is no limit `{limit}`"), given.named_at()).suggest(suggestion)]);
    }
    let value = given.whole(0..=u64::MAX).map_err(|wrong| vec![wrong.into()])?;
    let known = config.limits.set(limit, value);
    debug_assert!(known, "the table has it");
    Ok(())
}

/// A list, one path alone, or in the environment paths as `PATH` has them. It replaces what a weaker source said.
fn set_rules(config: &mut Config, given: &Given) -> Result<(), Vec<Diagnostic>> {
    let each: Vec<Given> = match &given.raw {
        Raw::List(list) => list.clone(),
        Raw::Untyped(text) => std::env::split_paths(text)
            .map(|path| Given { raw: Raw::Untyped(path.to_string_lossy().into_owned()), ..given.clone() })
            .collect(),
        _ => vec![given.clone()],
    };
    let (mut paths, mut mistakes) = (Vec::new(), Vec::new());
    for path in &each {
        match path.path() {
            Ok(path) => paths.push(path),
            Err(wrong) => mistakes.push(wrong.into()),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    config.rules = paths;
    Ok(())
}

fn level(given: &Given) -> Result<LevelFilter, Wrong> {
    let expected = "off, error, warn, info, debug or trace";
    match given.text(expected)? {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(given.unfit(expected)),
    }
}

fn at_budget(given: &Given) -> Result<AtBudget, Wrong> {
    match given.text("refuse or evict")? {
        "refuse" => Ok(AtBudget::Refuse),
        "evict" => Ok(AtBudget::Evict),
        _ => Err(given.unfit("refuse or evict")),
    }
}

fn format(given: &Given) -> Result<LogFormat, Wrong> {
    match given.text("text or json")? {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(given.unfit("text or json")),
    }
}

/// `text` as a TOML string: the same as JSON's, which TOML's basic strings take whole.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
