//! `fishplate serve`: rule sets behind a ring and a socket, until a signal ends it. Knows the order in which a server
//! comes up and goes down; the transports know what a session is, and the core decides.

mod config;
mod drain;
mod engine;
mod listen;
mod log;
mod operator;
mod state;
mod telemetry;
mod tls;

use std::collections::HashMap;
use std::sync::Arc;

use fishplate::engine::Options;
use fishplate::session::Window;
use fishplate::{Diagnostic, Error, Place, RuleSet, Status, codes};
use fishplate_transport::Decider;
use fishplate_transport::hub::{Hub, HubOptions};
use fishplate_transport::ring::{RingOptions, RingServer};

use self::config::{Config, Sources};
use self::drain::{Server, Signals};
use self::engine::Shared;
use self::listen::Listener;
use self::telemetry::{Spans, Traced};
use crate::cli::ServeArgs;
use crate::console::{Console, Exit};
use crate::files;

pub(crate) use self::listen::loopback;

/// Carries the command out: returns when a signal has ended the server and its sessions have had their last word.
pub(crate) fn serve(args: &ServeArgs, console: &Console) -> Exit {
    try_serve(args, console).unwrap_or_else(|error| console.refuse(&error))
}

fn try_serve(args: &ServeArgs, console: &Console) -> Result<Exit, Error> {
    let environment = std::env::vars_os().collect();
    let sources = Sources { file: args.config.clone(), environment, flags: args.given() };
    let config = Config::read(&sources)?;
    if args.print_config {
        console.print(config::show(&config, console.json()).as_bytes());
        return Ok(Exit::Done);
    }
    log::start(config.log, config.log_format);
    let rule_sets = load(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("fishplate").enable_all().build();
    let runtime = runtime.map_err(|error| failed(&format!("the system starts no thread: {error}")))?;
    runtime.block_on(run(&config, rule_sets, console))
}

/// Every rule document, compiled; all mistakes in all of them at once.
fn load(config: &Config) -> Result<Vec<RuleSet>, Error> {
    let (mut loaded, mut refused) = (Vec::new(), Vec::new());
    for path in &config.rules {
        match files::load_rules(path, &config.limits) {
            Ok(rules) => loaded.push((rules, path)),
            Err(error) => refused.push(error),
        }
    }
    let mut names = HashMap::new();
    for (rules, path) in &loaded {
        if let Some(first) = names.insert(rules.name(), path) {
            let message = format!("`{}` is the name of {} and of {}", rules.name(), first.display(), path.display());
            let taken = Error::new(Status::AlreadyExists, codes::NAME_TAKEN, message, config.origin("rules").place());
            refused.push(taken.suggest("give each document a name of its own"));
        }
    }
    match joined(refused) {
        None => Ok(loaded.into_iter().map(|(rules, _)| rules).collect()),
        Some(error) => Err(error),
    }
}

/// Several errors as one; the first gives the status.
fn joined(errors: Vec<Error>) -> Option<Error> {
    let status = errors.first()?.status;
    let diagnostics: Vec<Diagnostic> = errors.into_iter().flat_map(|error| error.diagnostics).collect();
    Some(Error { status, diagnostics })
}

/// Comes up, serves, goes down.
async fn run(config: &Config, rule_sets: Vec<RuleSet>, console: &Console) -> Result<Exit, Error> {
    // Before anything is there that a signal should take away in order.
    let signals = Signals::watch().map_err(|error| failed(&format!("signals cannot be watched: {error}")))?;
    let tls = config.tls.as_ref().map(|tls| tls::load(tls, |key| config.origin(key))).transpose()?;
    let place = config.origin("otlp.endpoint").place();
    let spans = config.otlp.as_deref().map(|endpoint| Spans::start(endpoint, place)).transpose()?;
    let hub = Hub::new(HubOptions {
        window: Window { events: config.window_events, bytes: config.window_bytes },
        keep_disconnected: config.keep_sessions,
        max_sessions: usize::try_from(config.max_sessions).unwrap_or(usize::MAX),
        limits: config.limits,
    });
    let mut states = Vec::new();
    for rules in rule_sets {
        let name = rules.name().to_owned();
        if rules.has_timers() && config.operator.is_none() {
            tracing::warn!(
                rule_set = name,
                "`for` and `silent` fire at events alone: there is no operator who lets time pass"
            );
        }
        let options = Options {
            limits: config.limits,
            strict: config.strict,
            memory: config.memory,
            at_budget: config.at_budget,
        };
        let engine: Arc<dyn Decider> = match &config.state {
            None => decider(rules, options, config.shards),
            Some(folder) => {
                let state = state::open(&rules, options, folder)?;
                states.push(Arc::clone(&state));
                state
            }
        };
        hub.add(
            &name,
            match &spans {
                Some(spans) => Arc::new(Traced::new(engine, Arc::clone(spans))),
                None => engine,
            },
        );
    }
    let listener = config.grpc.as_ref().map(|grpc| Listener::bind(grpc, &config.origin("grpc"))).transpose()?;
    let operator = config.operator.as_ref().map(|at| operator::Listener::bind(at, &config.origin("operator.listen")));
    let operator = operator.transpose()?;
    let ring = config.ring.as_deref().map(|name| start_ring(&hub, name, config)).transpose()?;
    let grpc = match listener {
        Some(listener) => Some(listener.serve(&hub, tls.clone()).await?),
        None => None,
    };
    let operator = operator.map(|listener| listener.serve(&hub, tls)).transpose()?;
    let listening: Vec<String> =
        [grpc.as_ref().map(|grpc| grpc.address().to_owned()), ring.as_ref().map(RingServer::address)]
            .into_iter()
            .flatten()
            .collect();
    announce(&listening, operator.as_ref().map(operator::Serving::address), console);
    let server = Server { hub, grpc, operator, ring, spans, states, snapshot_bytes: config.snapshot_bytes };
    server.until(signals, config.drain).await.map_or(Ok(Exit::Done), Err)
}

/// An engine of its own for `rules`, which any number of sessions may share.
pub(crate) fn decider(rules: RuleSet, options: Options, shards: u64) -> Arc<dyn Decider> {
    Arc::new(Shared::new(rules, options, usize::try_from(shards).unwrap_or(usize::MAX)))
}

fn start_ring(hub: &Arc<Hub>, name: &str, config: &Config) -> Result<RingServer, Error> {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let options = RingOptions { pairs: number(config.ring_pairs), lane_bytes: number(config.ring_lane_bytes) };
    RingServer::start(Arc::clone(hub), name, options)
}

/// Tells whoever waits for it that clients may come, and where.
fn announce(listening: &[String], operator: Option<&str>, console: &Console) {
    let mut text = String::new();
    let clients = listening.iter().map(|address| ("listening", address.as_str()));
    for (what, address) in clients.chain(operator.map(|address| ("operator", address))) {
        tracing::info!(address, "{what}");
        text.push_str(&if console.json() {
            format!("{{\"{what}\":{}}}\n", serde_json::Value::from(address))
        } else {
            format!("{what} {address}\n")
        });
    }
    text.push_str(if console.json() { "{\"ready\":true}\n" } else { "ready\n" });
    console.print(text.as_bytes());
}

/// The error of a system that does not give what a server needs.
fn failed(message: &str) -> Error {
    Error::new(Status::ResourceExhausted, codes::INTERNAL, message, Place::None)
}
