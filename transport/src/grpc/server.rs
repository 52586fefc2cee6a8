//! The services that a server mounts, over a hub.

use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use fishplate::session::Open;
use fishplate::{Error, Place, Status as FishplateStatus, codes};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use super::serving::{Answer, Serving};
use super::status::to_status;
use super::{MESSAGE_BYTES_MAX, blocking, metadata};
use crate::hub::{Hub, RuleSetInfo};
use crate::wire::proto::decision_service_server::{self, DecisionServiceServer};
use crate::wire::proto::rule_set_service_server::{self, RuleSetServiceServer};
use crate::wire::proto::{
    CheckRequest, CheckResponse, DecideOnceRequest, DecideOnceResponse, DecideRequest, ListRequest, ListResponse,
    RuleSet, check_response, decide_once_response,
};
use crate::wire::session as wire;
use crate::wire::{decision, error};

/// How long a call may take to say which session it is of.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// Responses that wait for HTTP/2 to take them.
const QUEUE: usize = 1;
/// How often the hub is swept.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Documents compiled at one time: each takes a processor for up to seconds.
const CHECKS: usize = 2;

/// The services of `hub`, to be mounted on a [`tonic::transport::Server`] (see [`super::tuned`]).
pub fn service(hub: Arc<Hub>) -> (DecisionServiceServer<DecisionService>, RuleSetServiceServer<RuleSetService>) {
    let decisions = DecisionService { hub: hub.clone(), sweeping: Once::new() };
    let rule_sets = RuleSetService { hub, checks: Arc::new(Semaphore::new(CHECKS)) };
    (
        DecisionServiceServer::new(decisions).max_decoding_message_size(MESSAGE_BYTES_MAX),
        RuleSetServiceServer::new(rule_sets).max_decoding_message_size(MESSAGE_BYTES_MAX),
    )
}

/// Decides events of a hub's sessions.
pub struct DecisionService {
    hub: Arc<Hub>,
    sweeping: Once,
}

#[tonic::async_trait]
impl decision_service_server::DecisionService for DecisionService {
    type DecideStream = ReceiverStream<Answer>;

    async fn decide(&self, request: Request<Streaming<DecideRequest>>) -> Result<Response<Self::DecideStream>, Status> {
        self.sweeping.call_once(|| drop(tokio::spawn(sweep(Arc::downgrade(&self.hub)))));
        let trace = trace(request.metadata());
        let call_timeout = metadata::timeout(request.metadata());
        let mut requests = request.into_inner();
        let first = first(&mut requests).await?;
        let (open, rule_set) = opening(&self.hub, &first, call_timeout).map_err(|error| to_status(&error))?;
        let open = || self.hub.open(&open, &rule_set).map_err(|error| to_status(&error));
        let connection = if self.hub.keeps(&rule_set) { blocking(open) } else { open() }?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(Serving::new(connection, sender, trace).run(first, requests));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn decide_once(&self, request: Request<DecideOnceRequest>) -> Result<Response<DecideOnceResponse>, Status> {
        let trace = trace(request.metadata());
        let asked = request.into_inner();
        let event = wire::inbound(asked.event.unwrap_or_default(), trace);
        let decide = || self.hub.decide_once(&asked.rule_set, &event).map_err(|error| to_status(&error));
        let decided = if self.hub.keeps(&asked.rule_set) { blocking(decide) } else { decide() }?;
        let result = match decided {
            Ok(decided) => decide_once_response::Result::Decision(decision::to_proto(&decided)),
            Err(refused) => decide_once_response::Result::Refusal(error::to_proto(&refused)),
        };
        Ok(Response::new(DecideOnceResponse { result: Some(result) }))
    }
}

/// The trace of events that have none of their own.
fn trace(metadata: &MetadataMap) -> Option<fishplate::TraceContext> {
    let parsed = metadata::trace(metadata);
    if parsed.ignored > 0 {
        tracing::debug!(ignored = parsed.ignored, "malformed trace headers in a call's metadata");
    }
    parsed.context
}

/// The request that opens a session.
async fn first(requests: &mut Streaming<DecideRequest>) -> Result<DecideRequest, Status> {
    let told = |what: &str| to_status(&wire::mistake(what));
    match timeout(OPEN_WITHIN, requests.message()).await {
        Ok(Ok(Some(first))) => Ok(first),
        Ok(Ok(None)) => Err(told("the call ended before a session was opened")),
        Ok(Err(status)) => Err(status),
        Err(_) => Err(told("the call opened no session within 10 s")),
    }
}

/// How the session is to be opened; a deadline of the call itself is one of the session.
fn opening(hub: &Hub, first: &DecideRequest, call_timeout: Option<Duration>) -> Result<(Open, String), Error> {
    let (mut open, rule_set) = wire::read_open(first, hub.window())?;
    open.terms.deadline = open.terms.deadline.or(call_timeout);
    open.terms.check_for_network()?;
    Ok((open, rule_set))
}

/// Sweeps the hub for as long as anyone holds it.
async fn sweep(hub: Weak<Hub>) {
    while let Some(hub) = hub.upgrade() {
        blocking(|| hub.sweep());
        drop(hub);
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// Knows a hub's rule sets, and compiles documents.
pub struct RuleSetService {
    hub: Arc<Hub>,
    checks: Arc<Semaphore>,
}

#[tonic::async_trait]
impl rule_set_service_server::RuleSetService for RuleSetService {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let hub = self.hub.clone();
        let turn = self.checks.clone().acquire_owned().await;
        let checked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            check(&hub, &request.into_inner())
        });
        // It panicked on a document: a mistake of ours, which ends the call and nothing else.
        checked.await.map(Response::new).map_err(|_| to_status(&panicked()))
    }

    async fn list(&self, _: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let rule_sets = self.hub.rule_sets().into_iter().map(written).collect();
        Ok(Response::new(ListResponse { rule_sets }))
    }
}

fn check(hub: &Hub, asked: &CheckRequest) -> CheckResponse {
    let file = |name: &str| asked.files.get(name).map(|bytes| bytes.to_vec());
    let result = match hub.check(&asked.file, &asked.text, &file) {
        Ok(rules) => check_response::Result::RuleSet(written(rules)),
        Err(refused) => check_response::Result::Refusal(error::to_proto(&refused)),
    };
    CheckResponse { result: Some(result) }
}

fn written(rules: RuleSetInfo) -> RuleSet {
    RuleSet { name: rules.name, version: rules.version.to_vec().into(), rules: rules.rules }
}

fn panicked() -> Error {
    let message = "a document brought a mistake of Fishplate to light";
    Error::new(FishplateStatus::Internal, codes::INTERNAL, message, Place::None)
}
