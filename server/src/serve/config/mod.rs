//! The configuration of `fishplate serve`: one typed value, merged from defaults, a file, the environment and flags, each
//! outweighing the ones before it. Every mistake in any of them is told at once, with its place. Knows where values
//! come from and what each may be; opens no socket and no rule document.

mod file;
mod given;
mod keys;
mod listen;
mod show;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use fishplate::state::AtBudget;
use fishplate::{Diagnostic, Error, Limits, Place, Status, codes};
use tracing::level_filters::LevelFilter;

pub(super) use self::given::Origin;
use self::given::{Given, wrong};
pub(super) use self::show::show;
pub(super) use self::sources::Sources;

/// What a server does, fully said.
#[derive(Debug)]
pub(super) struct Config {
    /// The rule documents, at least one.
    pub(super) rules: Vec<PathBuf>,
    /// Where gRPC is served, with the address as it was given.
    pub(super) grpc: Option<Grpc>,
    /// Where whoever runs the server operates it; `None`: nobody does.
    pub(super) operator: Option<OperatorAt>,
    /// The ring's name.
    pub(super) ring: Option<String>,
    /// How many clients the ring takes at once.
    pub(super) ring_pairs: u64,
    /// Bytes of each lane of the ring.
    pub(super) ring_lane_bytes: u64,
    /// Bounds on documents and events.
    pub(super) limits: Limits,
    /// Refuse fields that the schema does not have.
    pub(super) strict: bool,
    /// The most bytes of state of each rule set.
    pub(super) memory: u64,
    /// What happens to a new key when they are taken.
    pub(super) at_budget: AtBudget,
    /// Over how many shards each engine is divided.
    pub(super) shards: u64,
    /// Where each rule set has a folder for its state; `None`: nothing is kept.
    pub(super) state: Option<PathBuf>,
    /// Bytes of journal after which a snapshot is written.
    pub(super) snapshot_bytes: u64,
    /// How gRPC is protected; `None`: not at all.
    pub(super) tls: Option<Tls>,
    /// The most that a session may have under way: events.
    pub(super) window_events: u64,
    /// The most that a session may have under way: bytes of events.
    pub(super) window_bytes: u64,
    /// Sessions kept at once, connected or waiting to be resumed.
    pub(super) max_sessions: u64,
    /// How long a session without a connection is kept.
    pub(super) keep_sessions: Duration,
    /// How long sessions have to end once the server is told to stop.
    pub(super) drain: Duration,
    /// Where spans go.
    pub(super) otlp: Option<String>,
    /// What is logged.
    pub(super) log: LevelFilter,
    /// How it is written.
    pub(super) log_format: LogFormat,
    /// Where each value came from, by key; a key that is not in it has its default.
    origins: BTreeMap<String, Origin>,
    /// Parts of `tls`, until all sources are read.
    tls_parts: TlsParts,
}

/// Where gRPC is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grpc {
    /// As it was given.
    pub(super) text: String,
    /// What it stands for: at least one address, and several for a name that has several.
    pub(super) addresses: Vec<SocketAddr>,
}

/// Where the operator's service is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OperatorAt {
    /// A socket in the file system, which only this user can open.
    Unix(PathBuf),
    /// A port.
    Tcp(Grpc),
}

impl std::fmt::Display for OperatorAt {
    /// As it is given.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(grpc) => f.write_str(&grpc.text),
        }
    }
}

impl Grpc {
    /// An address that other machines can reach, if there is one.
    pub(super) fn open(&self) -> Option<&SocketAddr> {
        self.addresses.iter().find(|address| !address.ip().is_loopback())
    }
}

/// The files that protect gRPC, PEM each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tls {
    /// The server's certificate, and those between it and its authority.
    pub(super) cert: PathBuf,
    /// Its private key.
    pub(super) key: PathBuf,
    /// The authority whose certificates clients must show; `None`: any client may come.
    pub(super) client_ca: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct TlsParts {
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            grpc: None,
            operator: None,
            ring: None,
            ring_pairs: 7,
            ring_lane_bytes: 4 << 20,
            limits: Limits::default(),
            strict: false,
            memory: 1 << 30,
            at_budget: AtBudget::Refuse,
            shards: 1,
            state: None,
            snapshot_bytes: 64 << 20,
            tls: None,
            window_events: 1_024,
            window_bytes: 1 << 20,
            max_sessions: 1_024,
            keep_sessions: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            otlp: None,
            log: LevelFilter::INFO,
            log_format: LogFormat::Text,
            origins: BTreeMap::new(),
            tls_parts: TlsParts::default(),
        }
    }
}

impl Config {
    /// Merges what the sources say.
    ///
    /// # Errors
    /// Every mistake in them at once: F0866, with the file and line, the variable or the flag.
    pub(super) fn read(sources: &Sources) -> Result<Self, Error> {
        let mut config = Self::default();
        let mut mistakes = Vec::new();
        for given in sources.given(&mut mistakes) {
            config.set(&given, &mut mistakes);
        }
        // What is missing can only be told once what is there is understood.
        if mistakes.is_empty() {
            config.complete(&mut mistakes);
        }
        if mistakes.is_empty() { Ok(config) } else { Err(refusal(mistakes)) }
    }

    /// Where the value of `key` came from.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or_default()
    }

    fn set(&mut self, given: &Given, mistakes: &mut Vec<Diagnostic>) {
        match keys::set(self, given) {
            Ok(()) => {
                self.origins.insert(given.key.clone(), given.origin.clone());
            }
            Err(found) => mistakes.extend(found),
        }
    }

    /// Checks what only the whole shows.
    fn complete(&mut self, mistakes: &mut Vec<Diagnostic>) {
        if self.rules.is_empty() {
            let missing = wrong("no rule document is given", Place::None);
            mistakes.push(missing.suggest("give --rules FILE"));
        }
        if self.grpc.is_none() && self.ring.is_none() {
            let missing = wrong("there is nothing to listen on", Place::None);
            mistakes.push(missing.suggest("give --grpc 127.0.0.1:7420, --ring NAME, or both"));
        }
        if self.state.is_some() && self.shards > 1 {
            let both = wrong(
                "an engine that is kept is not divided over shards in this version",
                self.origin("shards").place(),
            );
            mistakes.push(both.suggest("leave out `shards`, or `state`"));
        }
        self.join_tls(mistakes);
        if let Some(grpc) = &self.grpc
            && self.tls.is_none()
            && let Some(open) = grpc.open()
        {
            let message = format!("`{}` can be reached from other machines, and there is no TLS", grpc.text);
            let hint = format!(
                "give --tls-cert and --tls-key, or listen on {}:{} only",
                if open.is_ipv6() { "[::1]" } else { "127.0.0.1" },
                open.port()
            );
            mistakes.push(wrong(message, self.origin("grpc").place()).suggest(hint));
        }
        self.check_operator(mistakes);
    }

    /// Who can reach the operator's service can change the rules: it asks for no password, so that from another machine
    /// only a certificate says who is there.
    fn check_operator(&self, mistakes: &mut Vec<Diagnostic>) {
        let Some(OperatorAt::Tcp(grpc)) = &self.operator else { return };
        let has_authority = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if !has_authority && let Some(open) = grpc.open() {
            let message = format!("other machines could operate this server at `{}` without a certificate", grpc.text);
            let hint = format!(
                "give --tls-cert, --tls-key and --tls-client-ca, or listen on {}:{} or unix:PATH only",
                if open.is_ipv6() { "[::1]" } else { "127.0.0.1" },
                open.port()
            );
            mistakes.push(wrong(message, self.origin("operator.listen").place()).suggest(hint));
        }
    }

    fn join_tls(&mut self, mistakes: &mut Vec<Diagnostic>) {
        let parts = std::mem::take(&mut self.tls_parts);
        let mut lonely = |key: &str, needs: &str, flag: &str| {
            let message = format!("`{key}` is given without `{needs}`");
            mistakes.push(wrong(message, self.origin(key).place()).suggest(format!("give {flag} too")));
        };
        match (parts.cert, parts.key, parts.client_ca) {
            (Some(cert), Some(key), client_ca) => self.tls = Some(Tls { cert, key, client_ca }),
            (Some(_), None, _) => lonely("tls.cert", "tls.key", "--tls-key FILE"),
            (None, Some(_), _) => lonely("tls.key", "tls.cert", "--tls-cert FILE"),
            (None, None, Some(_)) => lonely("tls.client_ca", "tls.cert", "--tls-cert FILE and --tls-key FILE"),
            (None, None, None) => {}
        }
    }
}

/// All `mistakes` as one error.
fn refusal(mistakes: Vec<Diagnostic>) -> Error {
    debug_assert!(mistakes.iter().all(|mistake| mistake.code == codes::BAD_CONFIGURATION));
    Error { status: Status::InvalidArgument, diagnostics: mistakes }
}
