//! A server that is operated while its sessions go on: by the command line, as whoever runs it does, and by its service.

use std::path::Path;
use std::process::Stdio;

use fishplate::{Engine, RuleSet, Timestamp, Value, codes};
use fishplate_transport::wire::proto::operator_service_client::OperatorServiceClient;
use fishplate_transport::wire::proto::rule_set_service_client::RuleSetServiceClient;
use fishplate_transport::wire::proto::{
    AdvanceToRequest, GetStateRequest, ListRequest, SetModeRequest, SnapshotRequest,
};
use tonic::transport::Channel;

use super::super::fishplate;
use super::{Serving, receive, ring_name, send, session};

const RULES: &str = "\
fishplate: 1
name: doors
schema: {fields: {door: string, at: timestamp}}
event: {time: at, max_disorder: 1s}
partition_by: event.door
outputs: {seen: {type: int, merge: sum}, quiet: {type: bool, merge: any}}
features: {seen: {by: event.door, count: true, sliding: 1h, slide: 1m}}
rules:
  - {id: SEEN, when: true, output: {seen: features.seen}}
  - {id: QUIET, by: event.door, silent: 1m, output: {quiet: 'true'}}
";

/// A folder with the rules, tenfold rules of the same name, and rules of another name.
fn rules() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("doors.yaml", RULES);
    write("tenfold.yaml", &RULES.replace("output: {seen: features.seen}", "output: {seen: features.seen * 10}"));
    write("windows.yaml", &RULES.replace("name: doors", "name: windows"));
    folder
}

/// A server of these rules with a socket for its operator.
fn serve(folder: &Path, more: &[&str]) -> (Serving, String) {
    let at = format!("unix:{}", folder.join("operator").display());
    let doors = folder.join("doors.yaml");
    let given = ["--grpc", "127.0.0.1:0", "--rules", &*doors.to_string_lossy(), "--operator", &at];
    (Serving::start_bare(&[&given[..], more].concat()), at)
}

/// What `fishplate operate` prints; it must end with `code`.
fn operate(folder: &Path, at: &str, args: &[&str], code: i32) -> String {
    let done = fishplate(&[&["operate", "--to", at], args].concat())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let (out, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(code), "{args:?}: {out}{said}");
    format!("{out}{said}")
}

fn event(second: u32) -> String {
    format!(r#"{{"door": "a", "at": "2026-01-01T12:{:02}:{:02}Z"}}"#, second / 60, second % 60)
}

fn seen(outcome: Result<fishplate::Decision, fishplate::Error>) -> (Value, [u8; 32]) {
    let decision = outcome.expect("a decision");
    let (_, value) = decision.outputs().find(|(name, _)| *name == "seen").expect("an output");
    (value.clone(), *decision.version())
}

fn version_of(file: &Path) -> [u8; 32] {
    let mut read = |name: &str| std::fs::read(name);
    *RuleSet::load(&file.to_string_lossy(), &mut read, &Default::default()).expect("these rules").version()
}

#[test]
fn sessions_that_are_open_go_on_through_a_swap_a_switch_and_a_tick() {
    let folder = rules();
    let folder = folder.path();
    let ring = ring_name();
    for more in [&["--ring", &*ring][..], &["--ring", &ring, "--state", &folder.join("state").to_string_lossy()]] {
        let (server, at) = serve(folder, more);
        let sessions = [session(server.address("grpc://")), session(server.address("shm://"))];
        let (first, second) = (version_of(&folder.join("doors.yaml")), version_of(&folder.join("tenfold.yaml")));
        for (session, count) in sessions.iter().zip(1..) {
            send(session, &event(0), None);
            assert_eq!(seen(receive(session)), (Value::Int(count), first));
        }
        let swapped = operate(folder, &at, &["swap", "tenfold.yaml"], 0);
        assert!(swapped.contains("kept: seen, QUIET\n") && swapped.contains("warming: nothing\n"), "{swapped}");
        for (session, count) in sessions.iter().zip(3..) {
            send(session, &event(1), None);
            assert_eq!(seen(receive(session)), (Value::Int(10 * count), second));
        }
        let refused = operate(folder, &at, &["swap", "windows.yaml"], 2);
        assert!(refused.contains("F0880"), "{refused}");
        let fired = operate(folder, &at, &["--json", "advance", "2026-01-01T12:01:02Z"], 0);
        assert!(fired.starts_with(r#"{"timer":{"rule":"QUIET","key":["a"],"due":"2026-01-01T12:01:01Z"}"#), "{fired}");
        assert!(fired.ends_with("{\"advanced\":\"2026-01-01T12:01:02Z\",\"fired\":1}\n"), "{fired}");
        operate(folder, &at, &["mode", "SEEN", "shadow"], 0);
        send(&sessions[0], &event(70), None);
        let decision = receive(&sessions[0]).expect("a decision");
        assert_eq!(decision.shadow_matched().collect::<Vec<_>>(), ["SEEN"]);
        let log = server.stop();
        assert!(log.contains("the operator has changed the rules") && log.contains("has switched a rule"), "{log}");
    }
}

#[test]
fn what_an_operator_did_to_a_kept_engine_is_there_after_a_kill() {
    let folder = rules();
    let folder = folder.path();
    let state = folder.join("state").to_string_lossy().into_owned();
    let (server, at) = serve(folder, &["--state", &state]);
    let talk = session(server.address("grpc://"));
    send(&talk, &event(0), None);
    assert_eq!(seen(receive(&talk)).0, Value::Int(1));
    operate(folder, &at, &["mode", "SEEN", "off"], 0);
    operate(folder, &at, &["advance", "2026-01-01T12:00:59Z"], 0);
    server.signal("-KILL");
    drop(server);
    let (server, at) = serve(folder, &["--state", &state]);
    let told = operate(folder, &at, &["--json", "state"], 0);
    assert!(told.contains(r#""modes":{"QUIET":"live","SEEN":"off"}"#) && told.contains(r#""accepted":1,"#), "{told}");
    assert!(!told.contains(r#""kept":null"#), "{told}");
    // Time stands where the operator put it: a nanosecond before the rule is due it is quiet, then it fires.
    assert!(operate(folder, &at, &["advance", "2026-01-01T12:01:00.999999999Z"], 0).contains("0 rules fired"));
    assert!(operate(folder, &at, &["advance", "2026-01-01T12:01:01Z"], 0).contains("1 rule fired"));
    assert!(operate(folder, &at, &["keep"], 0).contains("in the state folder"));
    server.stop();
}

#[test]
fn a_snapshot_that_an_operator_took_is_restored_by_an_engine() {
    let folder = rules();
    let folder = folder.path();
    let (server, at) = serve(folder, &[]);
    let talk = session(server.address("grpc://"));
    for second in 0..3 {
        send(&talk, &event(second), None);
        receive(&talk).expect("a decision");
    }
    operate(folder, &at, &["snapshot", "taken"], 0);
    let bytes = std::fs::read(folder.join("taken")).expect("it was written");
    let mut read = |name: &str| std::fs::read(name);
    let doors = folder.join("doors.yaml").to_string_lossy().into_owned();
    let rules = RuleSet::load(&doors, &mut read, &Default::default()).expect("these rules");
    let (mut engine, _) = Engine::restore(&rules, Default::default(), &[&bytes]).expect("a snapshot");
    assert_eq!(engine.counters().accepted, 3);
    assert_eq!(engine.advance_to(Timestamp::parse("2026-01-01T12:01:03Z").expect("a time")).len(), 1);
    let refused = operate(folder, &at, &["keep"], 2);
    assert!(refused.contains("F0869"), "{refused}");
    server.stop();
    let (server, at) = serve(folder, &["--shards", "4"]);
    let refused = operate(folder, &at, &["snapshot", "taken"], 2);
    assert!(refused.contains("F0869"), "{refused}");
    assert_eq!(std::fs::read(folder.join("taken")).expect("it is still there"), bytes);
    server.stop();
}

#[test]
fn who_sends_events_does_not_operate_and_who_operates_sends_none() {
    let folder = rules();
    let folder = folder.path();
    let doors = folder.join("doors.yaml").to_string_lossy().into_owned();
    let server = Serving::start_bare(&["--grpc", "127.0.0.1:0", "--rules", &doors, "--operator", "127.0.0.1:0"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let connect = async |address: &str| {
            let address = address.replace("grpc://", "http://");
            Channel::from_shared(address).expect("an address").connect().await.expect("it listens")
        };
        let (clients, operators) = (connect(server.address("grpc://")).await, connect(server.operator()).await);
        let refused = OperatorServiceClient::new(clients.clone()).get_state(GetStateRequest::default()).await;
        assert_eq!(refused.expect_err("not here").code(), tonic::Code::Unimplemented);
        let refused = RuleSetServiceClient::new(operators.clone()).list(ListRequest {}).await;
        assert_eq!(refused.expect_err("not here").code(), tonic::Code::Unimplemented);
        let mut operator = OperatorServiceClient::new(operators);
        let state = operator.get_state(GetStateRequest::default()).await.expect("one rule set").into_inner();
        assert_eq!((&*state.rule_set, state.kept), ("doors", None));
        let error_of =
            |status: tonic::Status| fishplate_transport::grpc::from_status(&status).expect("an error of ours");
        let unnamed = SetModeRequest { rule: "SEEN".into(), mode: Some(0), ..Default::default() };
        let refused = operator.set_mode(unnamed).await.expect_err("no mode");
        assert_eq!(error_of(refused).code(), codes::BAD_ARGUMENT);
        let refused = operator.advance_to(AdvanceToRequest::default()).await.expect_err("no time");
        assert_eq!(error_of(refused).code(), codes::BAD_ARGUMENT);
        let group = SnapshotRequest { key_groups: vec![70_000], ..Default::default() };
        assert_eq!(error_of(operator.snapshot(group).await.expect_err("too many")).code(), codes::BAD_ARGUMENT);
        let other = GetStateRequest { rule_set: "windows".into() };
        assert_eq!(error_of(operator.get_state(other).await.expect_err("none")).code(), codes::UNKNOWN_RULE_SET);
    });
    server.stop();
}

#[test]
fn an_operator_who_finds_nobody_is_told_where_to_look() {
    let folder = rules();
    let nobody = operate(folder.path(), "unix:nowhere", &["state"], 1);
    assert!(nobody.contains("F0860"), "{nobody}");
    let nowhere = operate(folder.path(), "nowhere", &["state"], 2);
    assert!(nowhere.contains("F0859"), "{nowhere}");
    let never = operate(folder.path(), "unix:nowhere", &["advance", "soon"], 2);
    assert!(never.contains("F0809"), "{never}");
}
