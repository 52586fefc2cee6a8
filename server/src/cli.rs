//! The words of the command line: what clap parses. Knows names, defaults and help; carries nothing out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use fishplate::Limits;

use crate::doctor::Part;

const EXAMPLES: &str = "Examples:
  fishplate check rules/payments.yaml
  fishplate test rules
  fishplate run --rules rules/payments.yaml --events payments.jsonl
  fishplate run --rules rules/payments.yaml --events payments.csv --output decisions.jsonl
  zcat payments.pb.gz | fishplate run --rules rules/payments.yaml --events - --format protobuf
  fishplate serve --rules rules/payments.yaml --grpc 127.0.0.1:7420
  fishplate explain-error F0203

Exit codes: 0 done, 1 failed (ours, or input and output), 2 wrong input, 130 interrupted.";

const RUN_EXAMPLES: &str = "Examples:
  fishplate run --rules payments.yaml --events payments.jsonl
  fishplate run --rules payments.yaml --events payments.csv | head -3
  fishplate run --rules payments.yaml --events payments.pb --output decisions.jsonl --json
  tail -f payments.jsonl | fishplate run --rules payments.yaml --events - --format jsonl
  fishplate run --rules payments.yaml --events payments.jsonl --output decisions.jsonl --state state

An event that is refused gives a line with its error in its place; the run goes on, and ends with exit code 2.";

const WHY_EXAMPLES: &str = "Examples:
  fishplate explain --rules payments.yaml --events payments.jsonl --event 3
  fishplate explain --rules payments.yaml --events payments.jsonl --event 3 --rule R001
  fishplate explain --rules payments.yaml --events payments.jsonl --json

Parts that were not evaluated are not shown. Values that come of `sensitive` fields are hidden.";

const CHECK_EXAMPLES: &str = "Examples:
  fishplate check payments.yaml
  fishplate check rules/*.yaml --json";

const TEST_EXAMPLES: &str = "Examples:
  fishplate test                         (every *.test.yaml in this folder and below)
  fishplate test rules/payments.test.yaml --coverage
  fishplate test rules --junit report.xml --min-coverage 90
  fishplate test rules --watch

A test file stands beside its rule document: payments.test.yaml tests payments.yaml. Exit code 1 if an expectation is not met.";

const SERVE_EXAMPLES: &str = "Examples:
  fishplate serve --rules payments.yaml --grpc 127.0.0.1:7420
  fishplate serve --rules payments.yaml --ring payments --grpc 127.0.0.1:0
  fishplate serve --config fishplate.toml --log debug
  fishplate serve --config fishplate.toml --print-config

Each option may also stand in the file (TOML) or in the environment; an option outweighs a variable, and that the file.
`ready` on standard output says that every listener is there. SIGTERM and Ctrl-C end every session, then the server.";

const OPERATE_EXAMPLES: &str = "Examples:
  fishplate operate --to unix:operator state
  fishplate operate --to unix:operator advance 2026-01-01T12:00:00Z
  fishplate operate --to unix:operator swap payments.yaml
  fishplate operate --to 127.0.0.1:7421 --rule-set payments mode R001 off
  fishplate operate --to unix:operator snapshot payments.snapshot

The server was started with `--operator`. What a command did is durable when it ends, if the server has a state folder.";

const DOCTOR_EXAMPLES: &str = "Examples:
  fishplate doctor
  fishplate doctor python ring
  fishplate doctor --json

Exit code 0 if nothing is missing, else 1.";

const EXPLAIN_EXAMPLES: &str = "Examples:
  fishplate explain-error F0203
  fishplate explain-error            (all codes with their titles)
  fishplate explain-error --all      (all of them, in full)";

/// Streaming rules in CEL: check rule documents, run events through them, explain error codes.
#[derive(Debug, Parser)]
#[command(name = "fishplate", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Write results and errors as JSON, one object a line, on standard output.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decide the events of a file by a rule document; decisions come out as JSON lines.
    Run(RunArgs),
    /// Say why each rule did or did not match an event: the value of every part of its conditions.
    Explain(WhyArgs),
    /// Check rule documents; every mistake at once, with its place.
    Check(CheckArgs),
    /// Play test files: events on a clock, and what must come of them.
    Test(TestArgs),
    /// Decide events that come through shared memory and over gRPC, until told to stop.
    Serve(Box<ServeArgs>),
    /// Let time pass in a server, change its rules, switch one off, look.
    Operate(OperateArgs),
    /// Say what is here and what each language needs.
    Doctor(DoctorArgs),
    /// Explain an error code, with an example and the way out.
    ExplainError(ExplainArgs),
}

#[derive(Args, Debug)]
#[command(after_help = RUN_EXAMPLES, after_long_help = with_limits(RUN_EXAMPLES))]
pub(crate) struct RunArgs {
    /// The rule document. Schema files that it names are looked up beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: PathBuf,

    /// The events; `-` reads standard input, and needs --format.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: PathBuf,

    /// The form of the events; by default from the file's extension: .jsonl or .ndjson, .csv, .pb or .binpb.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// The features that events bring, for those that the document declares as supplied: a JSON object a line, a line an event,
    /// `{}` where it brings none.
    #[arg(long, value_name = "FILE")]
    pub(crate) features: Option<PathBuf>,

    /// Where the decisions go; `-` is standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Keep what was decided in this folder: started again over the same events, the run goes on where it was, whatever
    /// ended it, and the output file is that of an uninterrupted run. On standard output lines may come again.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// Refuse events that have fields which the schema does not (JSON and CSV).
    #[arg(long)]
    pub(crate) strict: bool,

    /// How often rules with `for` or `silent` are asked whether their time has come, in event time.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration)]
    pub(crate) tick: i128,

    /// The most bytes of state; docs/windows.md says how much a rule set needs.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    pub(crate) memory: u64,

    /// What happens to a new key when the state is full.
    #[arg(long, value_enum, default_value_t = AtBudget::Refuse)]
    pub(crate) at_budget: AtBudget,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Args, Debug)]
#[command(after_help = WHY_EXAMPLES, after_long_help = with_limits(WHY_EXAMPLES))]
pub(crate) struct WhyArgs {
    /// The event to explain, by its place among the events, from 1; those before it are decided first. By default each is
    /// explained.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) event: Option<u64>,

    /// Only this rule, or the rows of this table (again for more).
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Vec<String>,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What happens to a new key when the state is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AtBudget {
    /// Its windows are not kept; rules that read them end in an error.
    Refuse,
    /// The key that was not written for the longest goes.
    Evict,
}

/// A duration of CEL's form that is longer than nothing, in nanoseconds.
fn parse_duration(text: &str) -> Result<i128, String> {
    let nanos = fishplate::Duration::parse(text).map(fishplate::Duration::as_nanos).filter(|nanos| *nanos > 0);
    nanos.ok_or_else(|| "expected a duration such as 250ms, 1s or 1h30m".to_owned())
}

#[derive(Args, Debug)]
#[command(after_help = TEST_EXAMPLES, after_long_help = with_limits(TEST_EXAMPLES))]
pub(crate) struct TestArgs {
    /// Test files, or folders with some.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Say of every rule how often it matched, not only of those that never did.
    #[arg(long)]
    pub(crate) coverage: bool,

    /// Fail if fewer rules than this, in hundredths of all, matched somewhere.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_coverage: Option<u8>,

    /// Write a report as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Play the tests again whenever a file beside them changes, until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Args, Debug)]
#[command(after_help = CHECK_EXAMPLES, after_long_help = with_limits(CHECK_EXAMPLES))]
pub(crate) struct CheckArgs {
    /// Rule documents.
    #[arg(required = true, value_name = "RULES")]
    pub(crate) rules: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Args, Debug)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// A code as errors show it: F0203. Without one, all codes are listed.
    #[arg(value_name = "CODE", conflicts_with = "all")]
    pub(crate) code: Option<String>,

    /// Every code, in full.
    #[arg(long)]
    pub(crate) all: bool,
}

/// What `serve` is told, each as text: it is read together with the file and the environment, so that every mistake is
/// told at once.
#[derive(Args, Debug)]
#[command(after_help = SERVE_EXAMPLES, after_long_help = with_limits(SERVE_EXAMPLES))]
pub(crate) struct ServeArgs {
    /// A TOML file with any of what follows.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// A rule document; several times for several.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<String>,

    /// Serve gRPC here; port 0 is any free one. Without TLS only this machine can be served.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) grpc: Option<String>,

    /// Let whoever runs the server operate it here, and nobody else: unix:PATH, or HOST:PORT of this machine.
    #[arg(long, value_name = "ADDR")]
    pub(crate) operator: Option<String>,

    /// Serve processes of this machine through a ring in shared memory, under this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) ring: Option<String>,

    /// How many clients the ring takes at once [default: 7].
    #[arg(long, value_name = "COUNT")]
    pub(crate) ring_pairs: Option<String>,

    /// Bytes of each of a client's two lanes, a power of two [default: 4194304].
    #[arg(long, value_name = "BYTES")]
    pub(crate) ring_lane_bytes: Option<String>,

    /// Set a limit, any number of times; 0 is its default. --help lists the names.
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    pub(crate) limits: Vec<String>,

    /// Refuse events that have fields which the schema does not (JSON and fields by name).
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) strict: Option<String>,

    /// The most bytes of state of each rule set [default: 1073741824].
    #[arg(long, value_name = "BYTES")]
    pub(crate) memory: Option<String>,

    /// What happens to a new key when the state is full: refuse or evict [default: refuse].
    #[arg(long, value_name = "POLICY")]
    pub(crate) at_budget: Option<String>,

    /// Over how many shards each engine is divided, if its rule set has `partition_by` [default: 1].
    #[arg(long, value_name = "COUNT")]
    pub(crate) shards: Option<String>,

    /// Keep the state of each rule set, and its sessions, in a folder of its own within this one: they outlive the process.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<String>,

    /// Write a snapshot after so many bytes of journal [default: 67108864].
    #[arg(long, value_name = "BYTES")]
    pub(crate) snapshot_bytes: Option<String>,

    /// The server's certificate chain, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<String>,

    /// Its private key, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,

    /// Take only clients with a certificate of this authority, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_client_ca: Option<String>,

    /// The most events that a session may have under way [default: 1024].
    #[arg(long, value_name = "COUNT")]
    pub(crate) window_events: Option<String>,

    /// The most bytes of events that a session may have under way [default: 1048576].
    #[arg(long, value_name = "BYTES")]
    pub(crate) window_bytes: Option<String>,

    /// The most sessions at once [default: 1024].
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_sessions: Option<String>,

    /// How long a session whose connection broke can be resumed [default: 30s].
    #[arg(long, value_name = "TIME")]
    pub(crate) keep_sessions: Option<String>,

    /// How long sessions have to end when the server is told to stop [default: 5s].
    #[arg(long, value_name = "TIME")]
    pub(crate) drain: Option<String>,

    /// Send a span for each sampled event to this OTLP receiver (gRPC).
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,

    /// off, error, warn, info, debug or trace [default: info].
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log: Option<String>,

    /// text or json [default: text].
    #[arg(long, value_name = "FORM")]
    pub(crate) log_format: Option<String>,

    /// Show the configuration in force and where each value comes from, and end.
    #[arg(long)]
    pub(crate) print_config: bool,
}

impl ServeArgs {
    /// What was given: the key of the configuration (`limit` for limits) and the text.
    pub(crate) fn given(&self) -> Vec<(&'static str, String)> {
        let one = |key: &'static str, text: &Option<String>| text.clone().map(|text| (key, text));
        let single = [
            one("grpc", &self.grpc),
            one("operator.listen", &self.operator),
            one("ring", &self.ring),
            one("ring_pairs", &self.ring_pairs),
            one("ring_lane_bytes", &self.ring_lane_bytes),
            one("strict", &self.strict),
            one("memory", &self.memory),
            one("at_budget", &self.at_budget),
            one("shards", &self.shards),
            one("state", &self.state),
            one("snapshot_bytes", &self.snapshot_bytes),
            one("tls.cert", &self.tls_cert),
            one("tls.key", &self.tls_key),
            one("tls.client_ca", &self.tls_client_ca),
            one("window_events", &self.window_events),
            one("window_bytes", &self.window_bytes),
            one("max_sessions", &self.max_sessions),
            one("keep_sessions", &self.keep_sessions),
            one("drain", &self.drain),
            one("otlp.endpoint", &self.otlp),
            one("log", &self.log),
            one("log_format", &self.log_format),
        ];
        let rules = self.rules.iter().map(|path| ("rules", path.clone()));
        let limits = self.limits.iter().map(|limit| ("limit", limit.clone()));
        rules.chain(single.into_iter().flatten()).chain(limits).collect()
    }
}

#[derive(Args, Debug)]
#[command(after_help = OPERATE_EXAMPLES)]
pub(crate) struct OperateArgs {
    /// Where the server's operator is: unix:PATH or HOST:PORT, as `serve --operator` says.
    #[arg(long, value_name = "ADDR")]
    pub(crate) to: String,

    /// Which rule set; may be left out if the server has one.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) rule_set: String,

    #[command(subcommand)]
    pub(crate) action: Action,
}

/// What is done to a server.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Show what the engine has done and holds.
    State,
    /// Say what time it is, in event time; shows what fired.
    Advance {
        /// RFC 3339: 2026-01-01T12:00:00Z.
        time: String,
    },
    /// Decide by this version of the rule document from the next event on.
    Swap {
        /// The rule document. Schema files that it names are looked up beside it.
        rules: PathBuf,
    },
    /// Switch a rule, whatever its document says.
    Mode {
        /// The rule's id.
        rule: String,
        /// How it counts from now on.
        #[arg(value_enum)]
        mode: ModeWord,
    },
    /// Write the state into a file, for an engine that restores it.
    Snapshot {
        /// The file; it is there whole or not at all.
        file: PathBuf,
        /// Of these key groups alone, each below 128.
        #[arg(long, value_name = "GROUP", value_delimiter = ',')]
        groups: Vec<u16>,
    },
    /// Write a snapshot into the server's state folder now.
    Keep,
}

/// How a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeWord {
    /// Its outputs are merged.
    Live,
    /// Decided and reported apart, never merged.
    Shadow,
    /// Not decided.
    Off,
    /// As the document says.
    Document,
}

#[derive(Args, Debug)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// What to look at; by default at everything.
    #[arg(value_enum, value_name = "PART")]
    pub(crate) parts: Vec<Part>,
}

#[derive(Args, Debug)]
pub(crate) struct LimitArgs {
    /// Set a limit, any number of times; 0 is its default. --help lists the names.
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = parse_limit)]
    set: Vec<(String, u64)>,
}

impl LimitArgs {
    /// The limits as set; a later setting of one name wins.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.set {
            let known = limits.set(name, *value);
            debug_assert!(known, "parse_limit lets only known names pass");
        }
        limits
    }
}

/// The forms in which a file holds events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line, by the proto3 JSON mapping.
    Jsonl,
    /// Comma-separated values; the header names fields; an empty cell is absent.
    Csv,
    /// Protobuf messages, each after its length as a varint (protobuf's writeDelimitedTo).
    Protobuf,
}

impl Format {
    /// By the extension of a file's name, in any case.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "pb" | "binpb" => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// Parses the arguments, the program's name first.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(args)
}

fn parse_limit(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    if !Limits::TABLE.iter().any(|(known, ..)| *known == name) {
        let names: Vec<&str> = Limits::TABLE.iter().map(|(name, ..)| *name).collect();
        return Err(format!("there is no limit {name:?}; the limits are {}", names.join(", ")));
    }
    let value = value.parse().map_err(|_| format!("{value:?} is not a whole number from 0 to {}", u64::MAX))?;
    Ok((name.to_owned(), value))
}

fn with_limits(examples: &str) -> String {
    let rows = Limits::TABLE.iter().map(|(name, default, what)| format!("\n  {name:<16}  {default:>9}  {what}"));
    format!("{examples}\n\nLimits (name, default, what it bounds):{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_form_of_a_file_follows_from_its_extension() {
        assert_eq!(Format::of(Path::new("a/b.jsonl")), Some(Format::Jsonl));
        assert_eq!(Format::of(Path::new("b.NDJSON")), Some(Format::Jsonl));
        assert_eq!(Format::of(Path::new("b.csv")), Some(Format::Csv));
        assert_eq!(Format::of(Path::new("b.binpb")), Some(Format::Protobuf));
        assert_eq!(Format::of(Path::new("b.json")), None);
        assert_eq!(Format::of(Path::new("-")), None);
    }

    #[test]
    fn a_limit_has_a_known_name_and_a_whole_number() {
        assert_eq!(parse_limit("rules=7"), Ok(("rules".into(), 7)));
        for wrong in ["rules", "rulez=7", "rules=", "rules=-1", "rules=1.5", "=1"] {
            assert!(parse_limit(wrong).is_err(), "{wrong}");
        }
    }
}
