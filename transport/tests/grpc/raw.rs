//! A client that was not written by us: requests as they stand in the contract, one by one.

use std::time::Duration;

use fishplate::{Code, Error, Status};
use fishplate_transport::grpc::from_status;
use fishplate_transport::wire::proto::decision_service_client::DecisionServiceClient;
use fishplate_transport::wire::proto::{DecideRequest, DecideResponse, Done, Event, Open, Outcome, event, outcome};
use fishplate_transport::wire::{decision, error};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use crate::rules::Reading;
use crate::server::Server;

pub const ID: [u8; 16] = *b"a session's name";

/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(20);

/// A runtime for a test's own calls.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime is to be had")
}

/// A connection of its own.
pub async fn channel(server: &Server) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.port)).expect("an address");
    endpoint.connect().await.expect("the server is there")
}

pub async fn client(server: &Server) -> DecisionServiceClient<Channel> {
    DecisionServiceClient::new(channel(server).await)
}

/// The first request of a session: terms, defaults, nothing else.
pub fn opening() -> DecideRequest {
    let deadline = prost_types::Duration { seconds: 60, nanos: 0 };
    let open = Open { deadline: Some(deadline), ..Open::default() };
    DecideRequest { open: Some(open), ..naming() }
}

/// A request of the session, without anything in it.
pub fn naming() -> DecideRequest {
    DecideRequest { session_id: ID.to_vec().into(), epoch: 1, ..DecideRequest::default() }
}

/// `opening` with another `Open`.
pub fn opening_with(change: impl FnOnce(&mut Open)) -> DecideRequest {
    let mut request = opening();
    change(request.open.as_mut().expect("an opening has one"));
    request
}

pub fn event(reading: &Reading) -> Event {
    Event { body: Some(event::Body::Protobuf(reading.protobuf().into())), ..Event::default() }
}

/// A request with these events, the first of them the `sequence`-th.
pub fn events(sequence: u64, events: Vec<Event>) -> DecideRequest {
    DecideRequest { sequence, events, ..naming() }
}

/// A call of `Decide`, open in both directions.
pub struct Call {
    /// `None`: the client's side is closed.
    pub requests: Option<mpsc::Sender<DecideRequest>>,
    responses: Streaming<DecideResponse>,
}

/// Why a call was not taken, or how it ended: the status, and the code that its details carry.
pub type Refusal = (Status, Option<Code>);

pub fn refusal(status: &tonic::Status) -> Refusal {
    let known = Status::from_number(status.code().into()).expect("a row of the table");
    let error = from_status(status);
    if let Some(error) = &error {
        assert_eq!(error.status, known, "the details say what the status says");
    }
    (known, error.map(|error| error.code()))
}

impl Call {
    /// Opens a session with this first request.
    pub async fn open(
        client: &mut DecisionServiceClient<Channel>,
        first: DecideRequest,
    ) -> Result<Self, tonic::Status> {
        Self::open_as(client, first, Request::new).await
    }

    /// The same in a request of one's own making.
    pub async fn open_as(
        client: &mut DecisionServiceClient<Channel>,
        first: DecideRequest,
        request: impl FnOnce(ReceiverStream<DecideRequest>) -> Request<ReceiverStream<DecideRequest>>,
    ) -> Result<Self, tonic::Status> {
        let (sender, receiver) = mpsc::channel(8);
        sender.send(first).await.expect("the queue is empty");
        let responses = timeout(LONG, client.decide(request(ReceiverStream::new(receiver)))).await;
        let responses = responses.expect("the server answers")?.into_inner();
        Ok(Self { requests: Some(sender), responses })
    }

    pub async fn send(&self, request: DecideRequest) {
        let requests = self.requests.as_ref().expect("the client's side is open");
        // A call that the server has ended takes nothing more.
        let _ = requests.send(request).await;
    }

    /// The next response; `None` at the call's end.
    pub async fn next(&mut self) -> Result<Option<DecideResponse>, tonic::Status> {
        timeout(LONG, self.responses.message()).await.expect("the server answers")
    }

    /// Everything until the call ends: outcomes, the session's last word, and how the call ended.
    pub async fn rest(&mut self) -> (Vec<Outcome>, Option<Done>, Result<(), tonic::Status>) {
        let (mut outcomes, mut done) = (Vec::new(), None);
        loop {
            match self.next().await {
                Ok(Some(response)) => {
                    outcomes.extend(response.outcomes);
                    done = done.or(response.done);
                }
                Ok(None) => return (outcomes, done, Ok(())),
                Err(status) => return (outcomes, done, Err(status)),
            }
        }
    }

    /// Outcomes, until there are as many.
    pub async fn outcomes(&mut self, count: usize) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while outcomes.len() < count {
            let response = self.next().await.expect("the call goes on").expect("the call goes on");
            outcomes.extend(response.outcomes);
        }
        assert_eq!(outcomes.len(), count);
        outcomes
    }
}

/// What became of an event.
pub fn result(outcome: Outcome) -> Result<fishplate::Decision, Error> {
    match outcome.result.expect("an outcome is one or the other") {
        outcome::Result::Decision(decided) => Ok(decision::from_proto(decided).expect("a decision of ours")),
        outcome::Result::Refusal(refused) => Err(error::from_proto(refused)),
    }
}

/// Status and code of a session's last word.
pub fn last_word(done: Option<Done>) -> (Refusal, u64) {
    let done = done.expect("the session said its last word");
    let status = Status::from_number(done.status).expect("a row of the table");
    ((status, done.refusal.map(|refusal| error::from_proto(refusal).code())), done.watermark)
}
