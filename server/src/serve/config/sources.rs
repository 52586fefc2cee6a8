//! The three sources of a configuration: a file, the environment, flags. Knows which outweighs which, and how each
//! names a key; knows no key's meaning.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use fishplate::ruleset::read_within;
use fishplate::{Diagnostic, Limits, Place};

use super::file;
use super::given::{Given, Origin, Raw, wrong};
use super::keys::{KEYS, LIMIT_VARIABLES, LIMITS};

/// Names the file, where no flag does.
const CONFIG_VARIABLE: &str = "FISHPLATE_CONFIG";
/// What the variables of this program begin with.
const PREFIX: &str = "FISHPLATE_";
/// The variables by which OpenTelemetry's own programs are told where spans go, the weaker first. Ours outweigh them.
const OTEL_ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
/// Switches them off.
const OTEL_DISABLED: &str = "OTEL_SDK_DISABLED";

/// Values as flags gave them: the key and the text, in the order of the command line.
type Flags = Vec<(&'static str, String)>;

/// What is said about a server.
pub(in crate::serve) struct Sources {
    /// The file that `--config` names.
    pub(in crate::serve) file: Option<PathBuf>,
    /// The whole environment.
    pub(in crate::serve) environment: Vec<(OsString, OsString)>,
    pub(in crate::serve) flags: Flags,
}

impl Sources {
    /// Every value that a source gives, the weaker sources first.
    pub(super) fn given(&self, mistakes: &mut Vec<Diagnostic>) -> Vec<Given> {
        let mut all = self.otel();
        all.extend(self.file(mistakes));
        all.extend(self.variables(mistakes));
        all.extend(self.flags(mistakes));
        all
    }

    fn variable(&self, name: &str) -> Option<&OsString> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// An empty variable counts as unset, and one switches everything off, as OpenTelemetry's specification has it.
    fn otel(&self) -> Vec<Given> {
        if self.variable(OTEL_DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Vec::new();
        }
        let set = |name: &'static str| {
            let text = self.variable(name)?.to_str()?.to_owned();
            (!text.is_empty()).then(|| given("otlp.endpoint", text, Origin::Variable(name)))
        };
        OTEL_ENDPOINTS.into_iter().filter_map(set).collect()
    }

    fn file(&self, mistakes: &mut Vec<Diagnostic>) -> Vec<Given> {
        let named = self.variable(CONFIG_VARIABLE).filter(|name| !name.is_empty());
        let Some(path) = self.file.as_deref().or(named.map(Path::new)) else {
            return Vec::new();
        };
        // A configuration is small; the bound on documents keeps a wrong name (`/dev/zero`) from filling the memory.
        let bytes = File::open(path).and_then(|file| read_within(file, &Limits::default()));
        let name = Place::Name(path.to_string_lossy().into_owned());
        match bytes.map(String::from_utf8) {
            Ok(Ok(text)) => file::read(path, &text, mistakes),
            Ok(Err(_)) => {
                mistakes.push(wrong("the file is not UTF-8 text", name).into());
                Vec::new()
            }
            Err(error) => {
                mistakes.push(wrong(format!("cannot read the configuration file: {error}"), name).into());
                Vec::new()
            }
        }
    }

    /// Variables of a key or a limit. One that is like the name of a variable and is none is a slip; others may be
    /// anybody's: orchestrators put `FISHPLATE_SERVICE_HOST` and its like into the environment of a service's
    /// containers.
    fn variables(&self, mistakes: &mut Vec<Diagnostic>) -> Vec<Given> {
        let limits: Vec<(String, &str)> =
            Limits::TABLE.iter().map(|(name, ..)| (limit_variable(name), *name)).collect();
        let mut found = Vec::new();
        for (name, value) in &self.environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != CONFIG_VARIABLE) else {
                continue;
            };
            let (key, origin) = if let Some(key) = KEYS.iter().find(|key| key.variable == name) {
                (key.name.to_owned(), Origin::Variable(key.variable))
            } else if let Some((_, limit)) = limits.iter().find(|(variable, _)| variable == name) {
                (format!("{LIMITS}{limit}"), Origin::Named(name.to_owned()))
            } else {
                mistakes.extend(slip(name, &limits));
                continue;
            };
            match value.to_str() {
                Some(text) => found.push(given(&key, text.to_owned(), origin)),
                None => mistakes.push(wrong(format!("{name} is not UTF-8 text"), Place::Name(name.to_owned())).into()),
            }
        }
        found
    }

    /// A flag that may be given several times is a list.
    fn flags(&self, mistakes: &mut Vec<Diagnostic>) -> Vec<Given> {
        let mut found: Vec<Given> = Vec::new();
        let mut rules: Vec<Given> = Vec::new();
        for (key, text) in &self.flags {
            match *key {
                "rules" => rules.push(given("rules", text.clone(), Origin::Flag("--rules"))),
                "limit" => match text.split_once('=') {
                    Some((name, value)) => {
                        found.push(given(&format!("{LIMITS}{name}"), value.to_owned(), Origin::Flag("--limit")));
                    }
                    None => {
                        let wrong =
                            wrong(format!("`{text}` is not a value for `--limit`"), Place::Name("--limit".into()));
                        mistakes.push(wrong.expect("NAME=VALUE").into());
                    }
                },
                name => {
                    let flag = KEYS.iter().find(|key| key.name == name).map_or("", |key| key.flag);
                    found.push(given(name, text.clone(), Origin::Flag(flag)));
                }
            }
        }
        if let Some(first) = rules.first() {
            let (key, origin) = (first.key.clone(), first.origin.clone());
            found.insert(0, Given { key, raw: Raw::List(rules), origin, key_place: None });
        }
        found
    }
}

/// The mistake that a variable is nearly that of a key or limit, if it is.
fn slip(name: &str, limits: &[(String, &str)]) -> Option<Diagnostic> {
    let known = KEYS.iter().map(|key| key.variable).chain(limits.iter().map(|(variable, _)| variable.as_str()));
    // Compared without what all have in common, because long names may differ by more.
    let rest = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let near = known.filter(|known| fishplate::did_you_mean(&rest(name), [rest(known).as_str()]).is_some());
    let near = near.min_by_key(|known| known.len().abs_diff(name.len()))?;
    let slip = wrong(format!("no key has the variable {name}"), Place::Name(name.to_owned()));
    Some(slip.suggest(format!("did you mean {near}?")))
}

/// The variable of the limit `name`.
fn limit_variable(name: &str) -> String {
    format!("{LIMIT_VARIABLES}{}", name.to_ascii_uppercase())
}

fn given(key: &str, text: String, origin: Origin) -> Given {
    Given { key: key.to_owned(), raw: Raw::Untyped(text), origin, key_place: None }
}
