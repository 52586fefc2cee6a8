//! The client of the operator's service: one call after the other, each waited for. Knows addresses and messages; knows no
//! console.

use std::collections::HashMap;
use std::time::Duration;

use fishplate::{Decision, Error, Place, RuleSet, Status, Timestamp, Value, codes};
use fishplate_transport::grpc::{foreign, from_status};
use fishplate_transport::wire::proto::operator_service_client::OperatorServiceClient;
use fishplate_transport::wire::proto::{
    AdvanceToRequest, Fired as ProtoFired, GetStateRequest, GetStateResponse, Mode, SetModeRequest, SnapshotRequest,
    SwapRequest, SwapResponse, TakeSnapshotRequest,
};
use fishplate_transport::wire::{decision, error::broken, value};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Endpoint};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Whatever the server answers is taken: it is the operator's own.
const MESSAGE_BYTES_MAX: usize = 1 << 30;

/// A connection to a server's operator.
pub(super) struct Client {
    runtime: Runtime,
    service: OperatorServiceClient<Channel>,
    rule_set: String,
}

/// A rule that fired by itself.
pub(super) struct Fired {
    pub(super) rule: String,
    pub(super) key: Vec<Value>,
    pub(super) due: Timestamp,
    pub(super) decision: Decision,
}

impl Client {
    /// Connects to `unix:PATH`, or to `HOST:PORT` with or without `grpc://` before it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0859): no such address; `UNAVAILABLE` (F0860): nobody is there.
    pub(super) fn connect(to: &str, rule_set: &str) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            let message = format!("the system gives no event loop: {error}");
            Error::new(Status::ResourceExhausted, codes::INTERNAL, message, Place::None)
        })?;
        let endpoint = endpoint(to)?.connect_timeout(CONNECT);
        let channel = runtime.block_on(endpoint.connect()).map_err(|error| {
            let message = format!("no operator answers at `{to}`: {}", cause(&error));
            let error = Error::new(Status::Unavailable, codes::UNREACHABLE, message, Place::Name("--to".into()));
            error.suggest("the server says where: `operator ADDRESS`, before `ready`")
        })?;
        let service = OperatorServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        Ok(Self { runtime, service, rule_set: rule_set.to_owned() })
    }

    pub(super) fn state(&mut self) -> Result<GetStateResponse, Error> {
        let request = GetStateRequest { rule_set: self.rule_set.clone() };
        self.runtime.block_on(self.service.get_state(request)).map(tonic::Response::into_inner).map_err(read)
    }

    pub(super) fn advance_to(&mut self, now: Timestamp) -> Result<Vec<Fired>, Error> {
        let time = Some(prost_types::Timestamp { seconds: now.seconds(), nanos: now.nanos() });
        let request = AdvanceToRequest { rule_set: self.rule_set.clone(), time };
        let answer = self.runtime.block_on(self.service.advance_to(request)).map_err(read)?;
        answer.into_inner().fired.into_iter().map(read_fired).collect()
    }

    pub(super) fn swap(&mut self, rules: &RuleSet) -> Result<SwapResponse, Error> {
        let (file, text) = rules.document();
        let files = rules.schema_files().map(|(name, bytes)| (name.to_owned(), bytes.to_vec().into()));
        let request = SwapRequest {
            rule_set: self.rule_set.clone(),
            file: file.to_owned(),
            text: text.to_owned(),
            files: files.collect::<HashMap<_, _>>(),
        };
        self.runtime.block_on(self.service.swap(request)).map(tonic::Response::into_inner).map_err(read)
    }

    pub(super) fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        let mode = mode.map(Into::into);
        let request = SetModeRequest { rule_set: self.rule_set.clone(), rule: rule.to_owned(), mode };
        self.runtime.block_on(self.service.set_mode(request)).map(drop).map_err(read)
    }

    pub(super) fn snapshot(&mut self, groups: &[u16]) -> Result<Vec<u8>, Error> {
        let key_groups = groups.iter().map(|group| u32::from(*group)).collect();
        let request = SnapshotRequest { rule_set: self.rule_set.clone(), key_groups };
        let service = &mut self.service;
        let whole = async {
            let mut pieces = service.snapshot(request).await?.into_inner();
            let mut bytes = Vec::new();
            while let Some(next) = pieces.message().await? {
                bytes.extend_from_slice(&next.piece);
            }
            Ok(bytes)
        };
        self.runtime.block_on(whole).map_err(read)
    }

    pub(super) fn take_snapshot(&mut self) -> Result<u64, Error> {
        let request = TakeSnapshotRequest { rule_set: self.rule_set.clone() };
        let taken = self.runtime.block_on(self.service.take_snapshot(request)).map_err(read)?;
        Ok(taken.into_inner().through)
    }
}

fn endpoint(to: &str) -> Result<Endpoint, Error> {
    let no_address = || {
        let message = format!("`{to}` is not where an operator is");
        let error = Error::new(Status::InvalidArgument, codes::BAD_ADDRESS, message, Place::Name("--to".into()));
        error.suggest("write it as unix:PATH or 127.0.0.1:7421")
    };
    if let Some(path) = to.strip_prefix("unix:") {
        let named = if path.is_empty() { None } else { Endpoint::from_shared(to.to_owned()).ok() };
        return named.ok_or_else(no_address);
    }
    let at = to.strip_prefix("grpc://").unwrap_or(to);
    let shaped = at.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    let named = if shaped { Endpoint::from_shared(format!("http://{at}")).ok() } else { None };
    named.ok_or_else(no_address)
}

fn read(status: tonic::Status) -> Error {
    from_status(&status).unwrap_or_else(|| foreign(&status))
}

fn read_fired(fired: ProtoFired) -> Result<Fired, Error> {
    let due = fired.due.and_then(|due| Timestamp::new(due.seconds, due.nanos));
    let key = fired.key.unwrap_or_default().values.into_iter().map(value::from_proto);
    Ok(Fired {
        rule: fired.rule,
        key: key.collect::<Result<_, _>>()?,
        due: due.ok_or_else(|| broken("a rule that fired at no time"))?,
        decision: decision::from_proto(fired.decision.unwrap_or_default())?,
    })
}

/// What lies at the bottom of an error: the layers above say only that there was one.
fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_at_a_socket_or_a_port() {
        for good in ["unix:/run/operator", "unix:operator", "127.0.0.1:7421", "grpc://[::1]:7421"] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for bad in ["", "unix:", "operator", "127.0.0.1", "shm://payments", "127.0.0.1:port"] {
            assert_eq!(endpoint(bad).map(drop).expect_err(bad).code(), codes::BAD_ADDRESS, "{bad}");
        }
    }
}
