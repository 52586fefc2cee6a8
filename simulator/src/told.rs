//! What an application was told, held against what was taken. It knows neither engine nor disk.

use std::collections::HashMap;

use fishplate::Status;

use crate::client::{Kind, Peer, SHED};
use crate::world::{Failure, fail};

/// Outcomes of events that were decided, previews apart.
pub(crate) fn good(peer: &Peer) -> usize {
    let decided = peer.sent.iter().zip(&peer.told).filter(|(sent, told)| sent.kind == Kind::Good && told.is_ok());
    decided.count()
}

/// Whether a client was told of each of its events what was taken; how many decisions were compared.
pub(crate) fn check_peer(peer: &Peer, taken: &HashMap<([u8; 16], u64), &Vec<u8>>) -> Result<u64, Failure> {
    let id = peer.id[0];
    let Some(end) = &peer.end else { return fail("a client has no end") };
    if end.status != Status::Ok || end.watermark != peer.sent.len() as u64 || peer.told.len() != peer.sent.len() {
        let (sent, told) = (peer.sent.len(), peer.told.len());
        return fail(format!("session {id} ends with {end:?}; {sent} events were sent, and {told} outcomes told"));
    }
    let mut compared = 0;
    for (at, (sent, told)) in peer.sent.iter().zip(&peer.told).enumerate() {
        let sequence = at as u64 + 1;
        let decided = taken.get(&(peer.id, sequence)).copied();
        let right = match (sent.kind, told) {
            (_, Err(shed)) if *shed == SHED => decided.is_none(),
            (Kind::Good, Ok(told)) => {
                compared += 1;
                decided == Some(told)
            }
            (Kind::Preview, Ok(_)) => decided.is_none(),
            (Kind::Bad | Kind::Empty, Err((Status::InvalidArgument, _))) => decided.is_none(),
            (Kind::Expired, Err((Status::DeadlineExceeded, _))) => decided.is_none(),
            _ => false,
        };
        if !right {
            let taken = if decided.is_some() { "otherwise" } else { "not" };
            let kind = sent.kind;
            return fail(format!("event {sequence} of session {id} ({kind:?}) was taken {taken} than told: {told:?}"));
        }
    }
    Ok(compared)
}
