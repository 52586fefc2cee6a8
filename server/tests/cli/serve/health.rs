//! The standard services that stand beside ours: health and reflection.

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::{Serving, channel};

fn asked(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn every_service_is_healthy_while_the_server_serves() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0"]);
    let mut client = HealthClient::new(channel(&server).await);
    for service in ["", "fishplate.v1.DecisionService", "fishplate.v1.RuleSetService"] {
        let answer = client.check(asked(service)).await.expect("it is known").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let unknown = client.check(asked("fishplate.v1.Other")).await.expect_err("there is no such service");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_whoever_watches() {
    let mut server = Serving::start(&["--grpc", "127.0.0.1:0"]);
    let mut client = HealthClient::new(channel(&server).await);
    let mut news = client.watch(asked("")).await.expect("it is known").into_inner();
    let first = news.message().await.expect("an answer").expect("an answer");
    assert_eq!(first.status(), ServingStatus::Serving);
    server.signal("-TERM");
    let second = news.message().await.expect("an answer").expect("an answer");
    assert_eq!(second.status(), ServingStatus::NotServing);
    assert_eq!(server.end().0, Some(0), "a watcher keeps no server alive");
}

#[tokio::test]
async fn reflection_names_the_services_and_gives_their_files() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0"]);
    let mut client = ServerReflectionClient::new(channel(&server).await);
    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let requests = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("fishplate.v1.DecisionService".into())),
    ];
    let mut answers =
        client.server_reflection_info(tokio_stream::iter(requests)).await.expect("it answers").into_inner();
    let mut next = async || answers.message().await.expect("an answer").expect("an answer").message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = next().await else { panic!("a list of services") };
    let names: Vec<&str> = services.service.iter().map(|service| service.name.as_str()).collect();
    for expected in ["fishplate.v1.DecisionService", "fishplate.v1.RuleSetService", "grpc.health.v1.Health"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    let Some(MessageResponse::FileDescriptorResponse(files)) = next().await else { panic!("a file") };
    assert!(!files.file_descriptor_proto.is_empty());
}
