//! `--print-config`: the configuration in force, as a file that says the same, with where each value came from.

use fishplate::Limits;

use super::Config;
use super::keys::{KEYS, LIMITS};

/// One key as it is shown: its name, its value as TOML (`None`: it has none), where that came from.
struct Row {
    name: String,
    value: Option<String>,
    origin: String,
}

impl Config {
    fn rows(&self) -> Vec<Row> {
        let row = |name: String, value: Option<String>| {
            let origin = self.origin(&name).to_string();
            Row { name, value, origin }
        };
        let keys = KEYS.iter().map(|key| row(key.name.to_owned(), (key.shown)(self)));
        let limits = Limits::TABLE.iter().zip(self.limits.values());
        let limits = limits.map(|((name, ..), value)| row(format!("{LIMITS}{name}"), Some(value.to_string())));
        keys.chain(limits).collect()
    }
}

/// As TOML, a key a line, its origin in a comment; a key without a value is a comment. With `json` one object.
pub(in crate::serve) fn show(config: &Config, json: bool) -> String {
    let rows = config.rows();
    if json {
        // Every value is written the same in TOML and in JSON.
        let row = |row: &Row| {
            let value = row.value.as_deref().unwrap_or("null");
            format!("\"{}\":{{\"value\":{value},\"from\":{}}}", row.name, serde_json::Value::from(row.origin.as_str()))
        };
        return format!("{{\"config\":{{{}}}}}\n", rows.iter().map(row).collect::<Vec<_>>().join(","));
    }
    let row = |row: &Row| match &row.value {
        Some(value) => format!("{:<40} # {}\n", format!("{} = {value}", row.name), row.origin),
        None => format!("# {} is not set\n", row.name),
    };
    rows.iter().map(row).collect()
}
