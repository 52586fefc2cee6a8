//! The task of one client's session: connects, moves messages, connects again when a connection breaks, until the session is
//! done.

use std::sync::Arc;
use std::time::Duration;

use fishplate::session::{ToClient, ToServer};
use fishplate::{Decision, Error, Status};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Code, Streaming};

use super::client::Wires;
use super::requests::Requests;
use super::socket::Connector;
use super::status::{foreign, from_status};
use super::{HTTP2_WINDOW, KEEPALIVE, MESSAGE_BYTES_MAX};
use crate::options::SessionOptions;
use crate::shared::{SharedClient, unreachable};
use crate::wire::proto::decision_service_client::DecisionServiceClient;
use crate::wire::proto::{DecideRequest, DecideResponse};
use crate::wire::session as wire;

/// The first pause between two tries to connect, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));
/// Requests that wait for HTTP/2 to take them.
const QUEUE: usize = 2;
/// How often an idle task looks whether its session is done.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(super) struct Pump {
    shared: Arc<SharedClient<Wires>>,
    endpoint: Endpoint,
    /// `host:port`
    server: String,
    rule_set: String,
    reconnect_for: Duration,
    /// Until when a connection is tried; set anew when one breaks.
    until: Instant,
}

/// How a connection ended.
enum Over {
    /// The session is done: there will be no other.
    Done,
    /// It could not be made, or it broke; whether it had been welcomed.
    Broken { why: String, welcomed: bool },
}

impl Pump {
    /// # Errors
    /// `INVALID_ARGUMENT` (F0859): the host is none.
    pub(super) fn new(shared: Arc<SharedClient<Wires>>, server: &str, options: &SessionOptions) -> Result<Self, Error> {
        let endpoint = Endpoint::from_shared(format!("http://{server}"))
            .map_err(|_| crate::address::wrong(&format!("grpc://{server}")))?;
        let endpoint = endpoint
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(HTTP2_WINDOW)
            .initial_connection_window_size(HTTP2_WINDOW);
        Ok(Self {
            shared,
            endpoint,
            server: server.to_owned(),
            rule_set: options.rule_set.clone(),
            reconnect_for: options.reconnect_for(),
            until: Instant::now() + options.connect_for(),
        })
    }

    pub(super) async fn run(mut self) {
        let mut pause = PAUSE.0;
        loop {
            let over = self.connection().await;
            let Over::Broken { why, welcomed } = over else { return };
            if welcomed {
                self.until = Instant::now() + self.reconnect_for;
                pause = PAUSE.0;
            }
            let over = self.shared.with(|inner| {
                inner.machine.disconnected();
                // Nobody would hear of what another connection brings.
                inner.is_done() || inner.is_closed()
            });
            if over {
                return;
            }
            if Instant::now() + pause > self.until {
                let error = unreachable(&format!("grpc://{}", self.server), &why);
                return self.shared.with(|inner| inner.machine.give_up(Status::Unavailable, error));
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// One connection, from its beginning to its end.
    async fn connection(&self) -> Over {
        let left = self.until.saturating_duration_since(Instant::now());
        let broken = |why: String| Over::Broken { why, welcomed: false };
        let connector = Connector { server: self.server.clone() };
        let channel = match timeout(left, self.endpoint.connect_with_connector(connector)).await {
            Ok(Ok(channel)) => channel,
            Ok(Err(error)) => return broken(innermost(&error)),
            Err(_) => return broken("connecting took too long".into()),
        };
        let (sender, receiver) = mpsc::channel(QUEUE);
        let first = self.shared.with(|inner| match inner.machine.connect() {
            ToServer::Open(open) if !inner.is_done() => Some(wire::open_request(&open, &self.rule_set)),
            _ => None,
        });
        let Some(first) = first else { return Over::Done };
        // The queue is empty: it takes the request at once.
        let _ = sender.try_send(first);
        let mut client = DecisionServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let left = self.until.saturating_duration_since(Instant::now());
        let responses = match timeout(left, client.decide(ReceiverStream::new(receiver))).await {
            Ok(Ok(responses)) => responses.into_inner(),
            Ok(Err(status)) => return self.refused(&status, false),
            Err(_) => return broken("the server does not answer".into()),
        };
        self.converse(sender, responses).await
    }

    /// Moves messages until the connection or the session ends.
    async fn converse(&self, sender: mpsc::Sender<DecideRequest>, mut responses: Streaming<DecideResponse>) -> Over {
        let mut requests = Requests::default();
        let mut waiting = None;
        loop {
            let (welcomed, done) = self.shared.with(|inner| {
                if waiting.is_none() {
                    waiting = requests.next(&mut inner.machine);
                }
                (inner.machine.is_connected(), inner.is_done())
            });
            if done {
                return Over::Done;
            }
            tokio::select! {
                response = responses.message() => match response {
                    Ok(Some(response)) => take(&self.shared, response),
                    Ok(None) => return Over::Broken { why: "the server ended the call".into(), welcomed },
                    Err(status) => return self.refused(&status, welcomed),
                },
                place = sender.reserve(), if waiting.is_some() => match (place, waiting.take()) {
                    (Ok(place), Some(request)) => place.send(request),
                    _ => return Over::Broken { why: "the connection broke".into(), welcomed },
                },
                () = self.shared.carrier.news.notified() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// The call ended with a status: the session is over if a server says so, and tried again if a connection broke.
    fn refused(&self, status: &tonic::Status, welcomed: bool) -> Over {
        let said = from_status(status);
        let again = match status.code() {
            // Nobody's word, or that of a server that stops: another may start in its place.
            Code::Unavailable => true,
            Code::Cancelled | Code::Unknown | Code::Internal | Code::DeadlineExceeded => said.is_none(),
            _ => false,
        };
        if again {
            let why = said.map_or_else(|| innermost(status), |error| error.to_string());
            return Over::Broken { why, welcomed };
        }
        let error = said.unwrap_or_else(|| foreign(status));
        self.shared.with(|inner| inner.machine.give_up(error.status, error));
        Over::Done
    }
}

/// Hands a response to the machine. What breaks the protocol ends the session there.
fn take(shared: &SharedClient<Wires>, response: DecideResponse) {
    // Read before the lock is taken: the session's users do not wait for it.
    let read = read(response);
    shared.with(|inner| {
        let handed = read.and_then(|(welcome, messages)| {
            if let Some(welcomed) = welcome {
                inner.welcomed(welcomed);
            }
            messages.into_iter().try_for_each(|message| inner.machine.handle(message))
        });
        if let Err(error) = handed {
            inner.machine.give_up(error.status, error);
        }
    });
}

type Read = (Option<wire::Welcomed>, Vec<ToClient<Decision>>);

/// A response as messages of the core, in the order in which they are meant; with a welcome, what it says of the server.
fn read(response: DecideResponse) -> Result<Read, Error> {
    let mut messages = Vec::with_capacity(response.outcomes.len() + 2);
    let mut welcomed = None;
    let accepted = response.ack;
    let credit = response.credit.map(wire::read_credit);
    if let Some(welcome) = response.welcome {
        welcomed = Some(wire::read_welcome(welcome)?);
        messages.push(ToClient::Welcome { accepted, credit: credit.unwrap_or_default() });
    } else if let Some(credit) = credit {
        messages.push(ToClient::Credit { accepted, credit });
    }
    for outcome in response.outcomes {
        let (sequence, outcome) = wire::read_outcome(outcome)?;
        messages.push(ToClient::Outcome { sequence, outcome });
    }
    messages.extend(response.done.map(wire::read_done).map(ToClient::Done));
    Ok((welcomed, messages))
}

/// What lies at the bottom of an error: `Connection refused`, where the top says `transport error`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}
