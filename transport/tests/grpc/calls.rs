//! The calls outside sessions: one event, a document to check, the rule sets that there are.

use std::collections::HashMap;

use fishplate::{Error, Limits, RuleSet, Status, canonical, codes};
use fishplate_transport::hub::{Hub, HubOptions};
use fishplate_transport::wire::proto::rule_set_service_client::RuleSetServiceClient;
use fishplate_transport::wire::proto::value::Kind;
use fishplate_transport::wire::proto::{
    CheckRequest, DecideOnceRequest, Entry, Event, ListRequest, Map, Value, check_response, decide_once_response,
};
use fishplate_transport::wire::{decision, error};
use prost::Message as _;

use crate::raw::{channel, client, event, refusal, runtime};
use crate::rules::{Judge, reading, rule_set};
use crate::server::Server;

fn once(
    server: &Server,
    rule_set: &str,
    event: Option<Event>,
) -> Result<Result<fishplate::Decision, Error>, tonic::Status> {
    runtime().block_on(async {
        let request = DecideOnceRequest { rule_set: rule_set.into(), event };
        let response = client(server).await.decide_once(request).await?.into_inner();
        Ok(match response.result.expect("one or the other") {
            decide_once_response::Result::Decision(decided) => Ok(decision::from_proto(decided).expect("one of ours")),
            decide_once_response::Result::Refusal(refused) => Err(error::from_proto(refused)),
        })
    })
}

#[test]
fn one_event_is_decided_outside_any_session() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    let preview = Event { preview: true, ..event(&reading("a", 1)) };
    let previewed = once(&server, "", Some(preview)).expect("a call").expect("a decision");
    assert_eq!(judge.counters().accepted, 0, "a preview changes nothing");
    let decided = once(&server, "conformance", Some(event(&reading("a", 1)))).expect("a call").expect("a decision");
    assert_eq!(judge.counters().accepted, 1);
    let form = |decision| {
        let mut bytes = Vec::new();
        canonical::write_decision(decision, &mut bytes);
        bytes
    };
    assert_eq!(form(&decided), form(&previewed), "what would be decided is what was");
    assert_eq!(decided.version(), rule_set().version());
    assert_eq!(server.hub.counts().sessions, 0);
}

#[test]
fn a_refused_event_is_an_answer_and_an_unknown_rule_set_is_none() {
    let server = Server::start(Judge::new());
    let malformed = once(&server, "", None).expect("the call is answered").expect_err("there is no event");
    assert_eq!((malformed.status, malformed.code()), (Status::InvalidArgument, codes::MALFORMED_PROTOBUF));
    let past = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
    let expired = once(&server, "", Some(Event { deadline: past, ..event(&reading("a", 1)) }));
    let expired = expired.expect("the call is answered").expect_err("its deadline has passed");
    assert_eq!((expired.status, expired.code()), (Status::DeadlineExceeded, codes::EVENT_EXPIRED));
    let unknown = once(&server, "flights", Some(event(&reading("a", 1)))).expect_err("no such rule set");
    assert_eq!(refusal(&unknown), (Status::NotFound, Some(codes::UNKNOWN_RULE_SET)));
    assert!(unknown.message().contains("`conformance`"), "{}", unknown.message());
}

#[test]
fn one_event_outside_a_session_brings_its_features() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    let key = Value { kind: Some(Kind::String("risk".into())) };
    let entry = Entry { key: Some(key), value: Some(Value { kind: Some(Kind::Double(0.9)) }) };
    let features = Map { entries: vec![entry] }.encode_to_vec().into();
    let asked = Event { features, ..event(&reading("a", 1)) };
    let refused = once(&server, "", Some(asked)).expect("the call is answered").expect_err("nobody reads it");
    assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::UNKNOWN_EVENT_FIELD));
    assert!(refused.to_string().contains("features.risk"), "{refused}");
    assert_eq!(judge.counters().accepted, 0);
}

const RIGHT: &str = "fishplate: 1
name: small
schema: {fields: {amount: double}}
outputs: {score: {type: int, merge: sum}}
rules:
  - {id: R1, why: large, when: event.amount > 5.0, output: {score: 1}}
  - {id: R2, why: larger, when: event.amount > 50.0, output: {score: 1}}
";

fn check(server: &Server, text: &str, files: HashMap<String, prost::bytes::Bytes>) -> check_response::Result {
    runtime().block_on(async {
        let mut client = RuleSetServiceClient::new(channel(server).await);
        let request = CheckRequest { file: "small.yaml".into(), text: text.into(), files };
        client.check(request).await.expect("a call").into_inner().result.expect("one or the other")
    })
}

#[test]
fn a_document_is_checked_as_at_home() {
    let server = Server::start(Judge::new());
    let at_home = |text: &str| {
        let mut files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        RuleSet::from_text("small.yaml", text, &mut files, &Limits::default())
    };
    let check_response::Result::RuleSet(right) = check(&server, RIGHT, HashMap::new()) else { panic!("it is right") };
    assert_eq!((&*right.name, &right.rules[..]), ("small", &["R1".to_owned(), "R2".to_owned()][..]));
    assert_eq!(right.version[..], at_home(RIGHT).expect("it is right").version()[..]);

    let wrong = RIGHT.replace("5.0", "\"five\"").replace("score: 1", "scor: 1");
    let check_response::Result::Refusal(refused) = check(&server, &wrong, HashMap::new()) else {
        panic!("it is wrong")
    };
    let expected = at_home(&wrong).expect_err("it is wrong");
    assert!(expected.diagnostics.len() > 2, "every mistake is told");
    assert_eq!(refused.text, expected.to_string());
    assert_eq!(error::from_proto(refused), expected);
}

#[test]
fn a_documents_schema_files_come_with_it() {
    let server = Server::start(Judge::new());
    let text = RIGHT.replace("{fields: {amount: double}}", "e.proto#E");
    let check_response::Result::Refusal(refused) = check(&server, &text, HashMap::new()) else { panic!("no file") };
    assert_eq!(error::from_proto(refused).status, Status::NotFound);
    let schema = &b"syntax = \"proto3\"; message E { double amount = 1; }"[..];
    let files = HashMap::from([("e.proto".to_owned(), schema.into())]);
    assert!(matches!(check(&server, &text, files), check_response::Result::RuleSet(_)));
}

#[test]
fn the_rule_sets_are_listed_by_name() {
    let hub = Hub::new(HubOptions::default());
    assert_eq!(hub.rule_sets(), []);
    let server = Server::start(Judge::new());
    server.hub.add("another", Judge::new());
    let listed = runtime().block_on(async {
        let mut client = RuleSetServiceClient::new(channel(&server).await);
        client.list(ListRequest {}).await.expect("a call").into_inner().rule_sets
    });
    assert_eq!(listed.iter().map(|rules| &*rules.name).collect::<Vec<_>>(), ["another", "conformance"]);
    assert!(listed.iter().all(|rules| rules.version[..] == rule_set().version()[..]));
    assert_eq!(listed[0].rules, ["TOTAL", "SAID"]);
    let unnamed = once(&server, "", Some(event(&reading("a", 1)))).expect_err("which of the two?");
    assert_eq!(refusal(&unnamed), (Status::NotFound, Some(codes::UNKNOWN_RULE_SET)));
}
