//! What a session's server end says, gathered into responses.

use fishplate::session::ToClient;
use fishplate::{Decision, Error, Place, Status, codes};
use prost::Message as _;

use super::{BATCH, BATCH_BYTES, MESSAGE_BYTES_MAX};
use crate::hub::Connection;
use crate::wire::proto::{DecideResponse, Outcome};
use crate::wire::session as wire;

/// The most bytes of one outcome: a message, but for what stands beside the outcome.
const OUTCOME_BYTES_MAX: usize = MESSAGE_BYTES_MAX - BATCH_BYTES - 4_096;

/// The next response, if the session has anything to say. It takes at most a batch from the session, so that what a client does
/// not read stays there, within the session's bounds.
pub(super) fn next(connection: &Connection) -> Option<DecideResponse> {
    let mut response = DecideResponse {
        session_id: connection.session().to_vec().into(),
        epoch: connection.epoch(),
        ..DecideResponse::default()
    };
    let (mut any, mut bytes) = (false, 0);
    while bytes < BATCH_BYTES && response.outcomes.len() < BATCH {
        let Some(message) = connection.poll() else { break };
        any = true;
        match message {
            ToClient::Welcome { accepted, credit } => {
                let identity = (connection.session(), connection.epoch());
                response = wire::welcome(identity, connection.rule_set(), accepted, credit);
            }
            ToClient::Outcome { sequence, outcome } => {
                let outcome = written(sequence, &outcome);
                bytes += outcome.encoded_len();
                response.outcomes.push(outcome);
            }
            ToClient::Credit { accepted, credit } => {
                response.ack = accepted;
                response.credit = Some(wire::credit(credit));
            }
            ToClient::Done(end) => response.done = Some(wire::done(&end)),
        }
    }
    any.then_some(response)
}

/// An outcome as it is sent. A decision that fits no message is said to be so: the event was decided nevertheless.
fn written(sequence: u64, outcome: &Result<Decision, Error>) -> Outcome {
    let written = wire::outcome(sequence, outcome);
    let bytes = written.encoded_len();
    if bytes <= OUTCOME_BYTES_MAX {
        return written;
    }
    let message = format!("the event was decided, but {bytes} bytes of decision fit no message ({OUTCOME_BYTES_MAX})");
    let error = Error::new(Status::OutOfRange, codes::FRAME_TOO_LARGE, message, Place::Field(String::new()));
    wire::outcome(sequence, &Err(error))
}
