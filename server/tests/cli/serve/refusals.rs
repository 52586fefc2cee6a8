//! What a server refuses to start with: always with the place and the way out, and with exit code 2.

use std::fs;
use std::net::TcpListener;

use super::super::{Ran, code_of, fishplate, ran};
use super::{Serving, ring_name};

/// Runs `serve` to its refusal; gives what it says.
fn refused(args: &[&str]) -> String {
    let ran = ran(&[&["serve"], args].concat());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
    ran.err
}

const RULES: [&str; 2] = ["--rules", "payments.yaml"];

#[test]
fn a_server_needs_rules_and_something_to_listen_on() {
    let text = refused(&[]);
    assert!(text.contains("error[F0866]: no rule document is given\n = give --rules FILE"), "{text}");
    assert!(text.contains("error[F0866]: there is nothing to listen on\n = give --grpc 127.0.0.1:7420"), "{text}");
}

#[test]
fn every_mistake_in_flags_variables_and_file_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("server.toml");
    fs::write(&file, "rules = [\"payments.yaml\"]\nrign = \"payments\"\n").expect("written");
    let config = file.to_str().expect("UTF-8");
    let mut command = fishplate(&["serve", "--config", config, "--drain", "soon", "--json"]);
    let ran = Ran::of(command.env("FISHPLATE_STRICT", "perhaps").output().expect("the program starts"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    let error = &ran.lines()[0]["error"];
    let places: Vec<String> = error["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|mistake| match &mistake["place"] {
            place if place["file"].is_string() => format!("line {}", place["line"]),
            place => place["name"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    assert_eq!(places, ["line 2", "FISHPLATE_STRICT", "--drain"]);
    assert_eq!(code_of(&ran.lines()[0]), "F0866");
    assert_eq!(error["diagnostics"][0]["suggestion"], "did you mean \"ring\"?");
}

#[test]
fn a_file_that_names_the_configuration_may_come_from_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("server.toml");
    fs::write(&file, "rules = [\"r.yaml\"]\nring = \"of-the-file\"\ndrain = \"7s\"\n").expect("written");
    let mut command = fishplate(&["serve", "--print-config", "--ring", "of-a-flag"]);
    command.env("FISHPLATE_CONFIG", &file).env("FISHPLATE_WINDOW_EVENTS", "17");
    let ran = Ran::of(command.output().expect("the program starts"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let line = |key: &str| ran.out.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    assert!(line("ring = ").ends_with("\"of-a-flag\"                       # --ring"), "{}", ran.out);
    assert!(line("window_events").ends_with("17                       # FISHPLATE_WINDOW_EVENTS"), "{}", ran.out);
    assert!(line("drain").contains("\"7s\"") && line("drain").ends_with("server.toml:3"), "{}", ran.out);
    assert!(line("rules").contains("/r.yaml\"]"), "beside the file: {}", ran.out);
    assert!(line("strict").ends_with("# default"), "{}", ran.out);
}

#[test]
fn a_configuration_file_that_is_not_there_is_named() {
    let text = refused(&["--config", "none.toml"]);
    assert!(text.starts_with("error[F0866]: cannot read the configuration file: "), "{text}");
    assert!(text.contains(" --> none.toml"), "{text}");
}

#[test]
fn other_machines_are_served_with_tls_only() {
    let text = refused(&[&RULES[..], &["--grpc", "0.0.0.0:0"]].concat());
    let expected = "error[F0866]: `0.0.0.0:0` can be reached from other machines, and there is no TLS\n --> --grpc\n = give \
                    --tls-cert and --tls-key, or listen on 127.0.0.1:0 only\n";
    assert_eq!(text, expected);
}

#[test]
fn wrong_rules_are_refused_with_every_mistake_in_every_document() {
    let text = refused(&["--rules", "broken.yaml", "--rules", "none.yaml", "--grpc", "127.0.0.1:0"]);
    for code in ["error[F0203]", "error[F0202]", "error[F0408]", "error[F0808]"] {
        assert!(text.contains(code), "{text}");
    }
}

#[test]
fn two_documents_of_one_name_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.yaml");
    fs::write(&copy, "fishplate: 1\nname: payments\nschema: {fields: {a: bool}}\nrules: []\noutputs: {}\n")
        .expect("written");
    let text = refused(&["--rules", "payments.yaml", "--rules", copy.to_str().expect("UTF-8"), "--ring", "r"]);
    assert!(text.starts_with("error[F0867]: `payments` is the name of payments.yaml and of "), "{text}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let text = refused(&[&RULES[..], &["--grpc", &address]].concat());
    let expected = format!(
        "error[F0866]: another program listens on {address}\n --> --grpc\n = end it, or give another port; port 0 takes any \
         free one\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn a_ring_that_is_taken_is_told() {
    let name = ring_name();
    let _first = Serving::start(&["--ring", &name]);
    let text = refused(&[&RULES[..], &["--ring", &name, "--log", "off"]].concat());
    assert!(text.starts_with("error[F0867]: "), "{text}");
    assert!(text.contains(&name), "{text}");
}

#[test]
fn files_of_tls_are_checked_before_anything_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "nothing\n").expect("written");
    let empty = empty.to_str().expect("UTF-8");
    let tls = ["--grpc", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", empty];
    let text = refused(&[&RULES[..], &tls].concat());
    assert!(text.contains("error[F0866]: cannot read none.pem: ") && text.contains(" --> --tls-cert"), "{text}");
    assert!(text.contains("empty.pem holds no `BEGIN PRIVATE KEY`\n --> --tls-key"), "{text}");
}
