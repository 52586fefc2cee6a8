//! What a configuration may be, and who outweighs whom.

use std::fs;

use super::keys::KEYS;
use super::*;

/// The configuration that these say, or its refusal; `file` is the text of a file `server.toml` in a folder of its own.
fn read(file: Option<&str>, environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Config, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("server.toml");
    let file = file.map(|text| {
        fs::write(&path, text).expect("written");
        path
    });
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let flags = flags.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
    Config::read(&Sources { file, environment, flags })
}

/// What is enough for a server, by flags.
const ENOUGH: [(&str, &str); 2] = [("rules", "a.yaml"), ("grpc", "127.0.0.1:0")];

fn enough(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&ENOUGH[..], more].concat()
}

/// The messages and the hints of a refusal.
fn mistakes(read: Result<Config, Error>) -> Vec<(String, String)> {
    let error = read.expect_err("it is refused");
    assert!(error.diagnostics.iter().all(|mistake| mistake.code == codes::BAD_CONFIGURATION));
    error.diagnostics.iter().map(|mistake| (mistake.message.clone(), mistake.hint())).collect()
}

#[test]
fn a_flag_outweighs_a_variable_and_that_the_file() {
    let file = "rules = ['f.yaml']\ngrpc = '127.0.0.1:1'\nring = 'f'\nwindow_events = 1\n";
    let config =
        read(Some(file), &[("FISHPLATE_RING", "v"), ("FISHPLATE_WINDOW_EVENTS", "2")], &[("window_events", "3")]);
    let config = config.expect("well formed");
    assert_eq!(config.grpc.as_ref().expect("from the file").text, "127.0.0.1:1");
    assert_eq!(config.ring.as_deref(), Some("v"));
    assert_eq!(config.window_events, 3);
    assert!(config.origin("grpc").to_string().ends_with("server.toml:2"));
    assert_eq!(config.origin("ring").to_string(), "FISHPLATE_RING");
    assert_eq!(config.origin("window_events").to_string(), "--window-events");
    assert_eq!(config.origin("drain").to_string(), "default");
}

#[test]
fn a_list_replaces_a_weaker_one_and_limits_merge_one_by_one() {
    let file = "rules = ['f.yaml', 'g.yaml']\nring = 'f'\n[limits]\nrules = 5\ncost = 6\n";
    let config =
        read(Some(file), &[("FISHPLATE_LIMITS_COST", "7")], &[("rules", "x.yaml"), ("limit", "event_bytes=8")]);
    let config = config.expect("well formed");
    assert_eq!(config.rules, [PathBuf::from("x.yaml")]);
    assert_eq!((config.limits.rules, config.limits.cost, config.limits.event_bytes), (5, 7, 8));
    assert_eq!(config.origin("limits.cost").to_string(), "FISHPLATE_LIMITS_COST");
    let zero = read(Some(file), &[], &[("limit", "rules=0")]).expect("0 is the default");
    assert_eq!(zero.limits.rules, Limits::default().rules);
}

#[test]
fn paths_in_a_file_begin_beside_it() {
    let config = read(Some("rules = ['r.yaml', '/r.yaml']\nring = 'f'\n"), &[], &[]).expect("well formed");
    assert!(config.rules[0].is_absolute() && config.rules[0].ends_with("r.yaml"), "{:?}", config.rules);
    assert_eq!(config.rules[1], PathBuf::from("/r.yaml"));
    let config = read(None, &[("FISHPLATE_RULES", "a.yaml:b.yaml")], &[("ring", "f")]).expect("well formed");
    assert_eq!(config.rules, [PathBuf::from("a.yaml"), PathBuf::from("b.yaml")]);
}

#[test]
fn every_mistake_of_every_source_is_told_at_once() {
    let file = "rules = 3\ngrcp = '127.0.0.1:0'\n[tls]\ncert = true\n[limits]\nevent_byte = 1\n";
    let refused = read(
        Some(file),
        &[("FISHPLATE_STRICT", "perhaps"), ("FISHPLATE_GRCP", "x")],
        &[("drain", "soon"), ("limit", "rules"), ("limit", "rules=-1")],
    );
    let told = mistakes(refused);
    let expected = [
        ("no key has the variable FISHPLATE_GRCP", "did you mean FISHPLATE_GRPC?"),
        ("`rules` is not a value for `--limit`", "expected NAME=VALUE"),
        ("`3` is not a value for `rules`", "expected the path of a file"),
        ("there is no key `grcp`", "did you mean \"grpc\"?"),
        ("`true` is not a value for `tls.cert`", "expected the path of a file"),
        ("there is no limit `event_byte`", "did you mean \"event_bytes\"?"),
        ("`perhaps` is not a value for `strict`", "expected true or false"),
        ("`soon` is not a value for `drain`", "expected a time such as `30s` or `1m30s`, from 0s to 3600s"),
        ("`-1` is not a value for `limits.rules`", "expected a whole number from 0"),
    ];
    let mut told: Vec<(&str, &str)> = told.iter().map(|(message, hint)| (message.as_str(), hint.as_str())).collect();
    for one in expected {
        let at = told.iter().position(|known| *known == one);
        told.remove(at.unwrap_or_else(|| panic!("{one:?} is not in {told:?}")));
    }
    assert_eq!(told, []);
}

#[test]
fn an_empty_table_says_nothing_unless_its_name_is_wrong() {
    assert!(read(Some("rules = ['r.yaml']\nring = 'f'\n[tls]\n[limits]\n[otlp]\n"), &[], &[]).is_ok());
    let told = mistakes(read(Some("rules = ['r.yaml']\nring = 'f'\n[tsl]\n"), &[], &[]));
    assert_eq!(told[0].0, "there is no key `tsl`");
    let told = mistakes(read(Some("rules = ['r.yaml']\nring = 'f'\ntls = 3\n"), &[], &[]));
    assert_eq!(told[0].0, "there is no key `tls`");
}

#[test]
fn a_mistake_in_a_file_is_shown_where_it_stands() {
    let error = read(Some("# über alles\nring = 'é'  # here\n"), &[], &[]).expect_err("not a name");
    let text = error.to_string();
    assert!(
        text.contains("server.toml:2:8\n  |\n2 | ring = 'é'  # here\n  |        ^^^ expected a name of 1 to 64"),
        "{text}"
    );
}

#[test]
fn what_is_no_toml_is_one_mistake_a_line() {
    let told = mistakes(read(Some("ring = yes\nlog = 'loud'\n= 3\n"), &[], &[]));
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2].0, "\"loud\" is not a value for `log`");
}

#[test]
fn a_value_has_its_form_and_its_bounds() {
    let cases: &[(&str, &str, bool)] = &[
        ("grpc", "127.0.0.1:7420", true),
        ("grpc", "grpc://[::1]:0", true),
        ("grpc", "localhost:0", true),
        ("grpc", "7420", false),
        ("grpc", "127.0.0.1", false),
        ("grpc", "127.0.0.1:70000", false),
        ("grpc", "no such host:1", false),
        ("operator.listen", "unix:operator", true),
        ("operator.listen", "unix:", false),
        ("operator.listen", "127.0.0.1:0", true),
        ("operator.listen", "/run/operator", false),
        ("ring", "risk-1_a.b", true),
        ("ring", "shm://risk", true),
        ("ring", "../risk", false),
        ("ring", "Risk", false),
        ("ring", "", false),
        ("ring_pairs", "0", false),
        ("ring_pairs", "1024", true),
        ("ring_lane_bytes", "4096", true),
        ("ring_lane_bytes", "4097", false),
        ("window_events", "0", false),
        ("window_bytes", "1.5", false),
        ("max_sessions", "1", true),
        ("keep_sessions", "0s", true),
        ("keep_sessions", "25h", false),
        ("drain", "1m30s", true),
        ("drain", "-1s", false),
        ("otlp.endpoint", "http://localhost:4317", true),
        ("otlp.endpoint", "https://collector/", true),
        ("otlp.endpoint", "localhost:4317", false),
        ("otlp.endpoint", "http://", false),
        ("log", "off", true),
        ("log", "INFO", false),
        ("log_format", "json", true),
        ("log_format", "xml", false),
        ("strict", "1", true),
        ("memory", "1", true),
        ("memory", "0", false),
        ("at_budget", "evict", true),
        ("at_budget", "drop", false),
        ("shards", "128", true),
        ("shards", "129", false),
        ("state", "", false),
        ("snapshot_bytes", "1024", true),
        ("snapshot_bytes", "1023", false),
        ("strict", "yes", false),
    ];
    for (key, text, fits) in cases {
        assert_eq!(read(None, &[], &enough(&[(key, text)])).is_ok(), *fits, "{key} = {text}");
    }
}

#[test]
fn only_this_machine_is_served_without_tls() {
    for open in ["0.0.0.0:7420", "[::]:7420", "192.0.2.1:0"] {
        let told = mistakes(read(None, &[], &enough(&[("grpc", open)])));
        assert_eq!(told.len(), 1);
        assert!(told[0].0.contains("can be reached from other machines, and there is no TLS"), "{told:?}");
        assert!(told[0].1.starts_with("give --tls-cert and --tls-key, or listen on"), "{told:?}");
        let tls = [("grpc", open), ("tls.cert", "c.pem"), ("tls.key", "k.pem")];
        assert!(read(None, &[], &enough(&tls)).is_ok());
    }
}

#[test]
fn only_this_machine_or_who_has_a_certificate_operates_a_server() {
    let tls = [("tls.cert", "c.pem"), ("tls.key", "k.pem")];
    let open = [("operator.listen", "0.0.0.0:7421")];
    for flags in [enough(&open), enough(&[&open[..], &tls[..]].concat())] {
        let told = mistakes(read(None, &[], &flags));
        assert!(told[0].0.contains("other machines could operate this server"), "{told:?}");
        assert!(told[0].1.starts_with("give --tls-cert, --tls-key and --tls-client-ca, or listen on"), "{told:?}");
    }
    let known = [&open[..], &tls[..], &[("tls.client_ca", "a.pem")]].concat();
    assert!(read(None, &[], &enough(&known)).is_ok());
    let file = read(Some("rules = 'r.yaml'\nring = 'f'\noperator.listen = 'unix:here'\n"), &[], &[]);
    let Some(OperatorAt::Unix(path)) = file.expect("well formed").operator else { panic!("a socket was given") };
    assert!(path.is_absolute() && path.ends_with("here"), "it begins beside the file: {path:?}");
}

#[test]
fn what_belongs_together_is_given_together() {
    let told = mistakes(read(None, &[], &[]));
    let messages: Vec<&str> = told.iter().map(|(message, _)| message.as_str()).collect();
    assert_eq!(messages, ["no rule document is given", "there is nothing to listen on"]);
    for (lonely, missing) in [("tls.cert", "tls.key"), ("tls.key", "tls.cert"), ("tls.client_ca", "tls.cert")] {
        let told = mistakes(read(None, &[], &enough(&[(lonely, "x.pem")])));
        assert_eq!(told[0].0, format!("`{lonely}` is given without `{missing}`"));
    }
}

#[test]
fn variables_of_others_are_left_alone() {
    let others = [("FISHPLATE_SERVICE_HOST", "10.0.0.1"), ("FISHPLATE_PORT", "tcp://10.0.0.1:7420"), ("HOME", "/")];
    assert!(read(None, &others, &ENOUGH).is_ok());
}

#[test]
fn spans_go_where_opentelemetry_is_told_unless_we_are_told_otherwise() {
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4317");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4317");
    let ours = ("FISHPLATE_OTLP_ENDPOINT", "http://ours:4317");
    let endpoint = |environment: &[(&str, &str)]| read(None, environment, &ENOUGH).expect("well formed").otlp;
    assert_eq!(endpoint(&[]), None);
    assert_eq!(endpoint(&[general]).as_deref(), Some("http://general:4317"));
    assert_eq!(endpoint(&[traces, general]).as_deref(), Some("http://traces:4317"));
    assert_eq!(endpoint(&[ours, traces, general]).as_deref(), Some("http://ours:4317"));
    assert_eq!(endpoint(&[general, ("OTEL_SDK_DISABLED", "true")]), None);
    assert_eq!(endpoint(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), None);
}

#[test]
fn the_configuration_shown_is_a_file_that_says_the_same() {
    let flags = enough(&[("ring", "r"), ("drain", "90s"), ("limit", "rules=3"), ("otlp.endpoint", "http://h:1")]);
    let first = read(None, &[], &flags).expect("well formed");
    let text = show(&first, false).replace("\"a.yaml\"", "\"/a.yaml\"");
    let again = read(Some(&text), &[], &[]).expect("what is shown can be read");
    let values = |config: &Config| {
        let text = show(config, false).replace("\"a.yaml\"", "\"/a.yaml\"");
        text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&first), values(&again));
    let json: serde_json::Value = serde_json::from_str(&show(&first, true)).expect("JSON");
    assert_eq!(json["config"]["drain"], serde_json::json!({"value": "90s", "from": "--drain"}));
}

#[test]
fn every_key_has_a_flag_a_variable_and_a_place_in_the_manual() {
    let command = <crate::cli::Cli as clap::CommandFactory>::command();
    let serve = command.find_subcommand("serve").expect("there is one");
    let manual = include_str!("../../../../docs/cli.md");
    for key in KEYS {
        let flag = serve.get_arguments().any(|arg| arg.get_long() == key.flag.strip_prefix("--"));
        assert!(flag, "{} has no flag {}", key.name, key.flag);
        assert_eq!(key.variable, format!("FISHPLATE_{}", key.name.replace('.', "_").to_uppercase()));
        assert!(manual.contains(&format!("| `{}` | `{}` |", key.name, key.flag)), "{} is not in docs/cli.md", key.name);
    }
}
