//! The service of whoever runs a server, over a hub. A server mounts it on a listener of its own: it knows no client's
//! rights, so that who may connect may do everything.

use std::sync::Arc;

use bytes::Bytes;
use fishplate::ruleset::Mode;
use fishplate::{Decision, Error, Place, Status as FishplateStatus, Timestamp, codes};
use tokio::sync::{Mutex, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::status::to_status;
use crate::hub::Hub;
use crate::operate::EngineState;
use crate::wire::proto::operator_service_server::{self, OperatorServiceServer};
use crate::wire::proto::{
    AdvanceToRequest, AdvanceToResponse, Counters, Fired, GetStateRequest, GetStateResponse, Kept, List,
    Mode as ProtoMode, RuleMode, SetModeRequest, SetModeResponse, SnapshotRequest, SnapshotResponse, StateSize,
    SwapRequest, SwapResponse, TakeSnapshotRequest, TakeSnapshotResponse,
};
use crate::wire::{decision, value};

/// A rule document of the default limit, its schema, and room: an operator's messages are as large as documents.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// A snapshot's piece: well below what every client takes.
const PIECE: usize = 1 << 20;

/// The operator's service of `hub`, to be mounted on a [`tonic::transport::Server`] that nobody else reaches.
pub fn operator(hub: Arc<Hub>) -> OperatorServiceServer<OperatorService> {
    let service = OperatorService { hub, turn: Arc::default() };
    OperatorServiceServer::new(service).max_decoding_message_size(MESSAGE_BYTES_MAX)
}

/// Operates the engines of a hub, one call at a time.
pub struct OperatorService {
    hub: Arc<Hub>,
    /// Whoever operates does one thing after the other; and a document, or a snapshot, is large.
    turn: Arc<Mutex<()>>,
}

impl OperatorService {
    /// Does what waits for engines and disks on a thread that may.
    async fn work<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Hub) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Status> {
        let (hub, turn) = (Arc::clone(&self.hub), Arc::clone(&self.turn).lock_owned().await);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&hub)
        });
        done.await.map_err(|_| to_status(&panicked()))?.map_err(|error| to_status(&error))
    }
}

#[tonic::async_trait]
impl operator_service_server::OperatorService for OperatorService {
    type SnapshotStream = ReceiverStream<Result<SnapshotResponse, Status>>;

    async fn advance_to(&self, request: Request<AdvanceToRequest>) -> Result<Response<AdvanceToResponse>, Status> {
        let AdvanceToRequest { rule_set, time } = request.into_inner();
        let advance = move |hub: &Hub| {
            let time = time.ok_or_else(|| mistake("time", "no time to advance to"))?;
            let now = Timestamp::new(time.seconds, time.nanos)
                .ok_or_else(|| mistake("time", "no time of the years 1 to 9999, with nanoseconds below a second"))?;
            Ok(hub.advance_to(&rule_set, now)?.iter().filter_map(fired).collect())
        };
        let fired = self.work(advance).await?;
        Ok(Response::new(AdvanceToResponse { fired }))
    }

    async fn swap(&self, request: Request<SwapRequest>) -> Result<Response<SwapResponse>, Status> {
        let SwapRequest { rule_set, file, text, files } = request.into_inner();
        let swap = move |hub: &Hub| hub.swap(&rule_set, &file, &text, &|name| files.get(name).map(|it| it.to_vec()));
        let (version, swapped) = self.work(swap).await?;
        let version = version.to_vec().into();
        let (kept, warming, dropped) = (swapped.kept, swapped.warming, swapped.dropped);
        Ok(Response::new(SwapResponse { version, kept, warming, dropped }))
    }

    async fn set_mode(&self, request: Request<SetModeRequest>) -> Result<Response<SetModeResponse>, Status> {
        let SetModeRequest { rule_set, rule, mode } = request.into_inner();
        let switch = move |hub: &Hub| hub.set_mode(&rule_set, &rule, mode.map(read_mode).transpose()?);
        self.work(switch).await.map(|()| Response::new(SetModeResponse {}))
    }

    async fn get_state(&self, request: Request<GetStateRequest>) -> Result<Response<GetStateResponse>, Status> {
        let GetStateRequest { rule_set } = request.into_inner();
        let (name, state) = self.work(move |hub| hub.state(&rule_set)).await?;
        Ok(Response::new(written(name, state)))
    }

    async fn snapshot(&self, request: Request<SnapshotRequest>) -> Result<Response<Self::SnapshotStream>, Status> {
        let SnapshotRequest { rule_set, key_groups } = request.into_inner();
        let take = move |hub: &Hub| {
            let group =
                |group: u32| u16::try_from(group).map_err(|_| mistake("key_groups", "a key group is below 128"));
            let groups = key_groups.into_iter().map(group).collect::<Result<Vec<_>, _>>()?;
            hub.snapshot(&rule_set, &groups)
        };
        let mut left = Bytes::from(self.work(take).await?);
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            while !left.is_empty() {
                let piece = left.split_to(left.len().min(PIECE));
                if sender.send(Ok(SnapshotResponse { piece })).await.is_err() {
                    // Whoever wanted it is gone.
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn take_snapshot(
        &self,
        request: Request<TakeSnapshotRequest>,
    ) -> Result<Response<TakeSnapshotResponse>, Status> {
        let TakeSnapshotRequest { rule_set } = request.into_inner();
        let through = self.work(move |hub| hub.take_snapshot(&rule_set)).await?.0;
        Ok(Response::new(TakeSnapshotResponse { through }))
    }
}

/// `None` for a decision of an event, of which no tick tells.
fn fired(fired: &Decision) -> Option<Fired> {
    let timer = fired.timer()?;
    Some(Fired {
        rule: timer.rule.to_string(),
        key: Some(List { values: timer.key.iter().map(value::to_proto).collect() }),
        due: Some(prost_types::Timestamp { seconds: timer.due.seconds(), nanos: timer.due.nanos() }),
        decision: Some(decision::to_proto(fired)),
    })
}

fn read_mode(mode: i32) -> Result<Mode, Error> {
    match ProtoMode::try_from(mode) {
        Ok(ProtoMode::Live) => Ok(Mode::Live),
        Ok(ProtoMode::Shadow) => Ok(Mode::Shadow),
        Ok(ProtoMode::Off) => Ok(Mode::Off),
        Ok(ProtoMode::Unspecified) | Err(_) => Err(mistake("mode", "a mode is live, shadow or off")),
    }
}

fn written(rule_set: String, state: EngineState) -> GetStateResponse {
    let EngineState { version, shards, size, counters, warming, modes, kept } = state;
    let mode = |mode: Mode| match mode {
        Mode::Live => ProtoMode::Live.into(),
        Mode::Shadow => ProtoMode::Shadow.into(),
        Mode::Off => ProtoMode::Off.into(),
    };
    GetStateResponse {
        rule_set,
        version: version.to_vec().into(),
        shards: u32::try_from(shards).unwrap_or(u32::MAX),
        size: Some(StateSize {
            bytes: size.bytes,
            keys: size.keys,
            partitions: size.partitions,
            refused_keys: size.refused_keys,
            evicted_keys: size.evicted_keys,
            expired_keys: size.expired_keys,
        }),
        counters: Some(Counters {
            accepted: counters.accepted,
            refused: counters.refused,
            late: counters.late,
            repeated: counters.repeated,
            matched: counters.matched,
        }),
        warming,
        modes: modes.into_iter().map(|(rule, of)| RuleMode { rule, mode: mode(of) }).collect(),
        kept: kept.map(|kept| Kept {
            taken: kept.taken.0,
            durable: kept.durable.0,
            since_snapshot: kept.since_snapshot,
        }),
    }
}

/// What was asked for cannot be.
fn mistake(argument: &str, message: &str) -> Error {
    Error::new(FishplateStatus::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name(argument.to_owned()))
}

fn panicked() -> Error {
    let message = "what the operator asked for brought a mistake of Fishplate to light";
    Error::new(FishplateStatus::Internal, codes::INTERNAL, message, Place::None)
}
