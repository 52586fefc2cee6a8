//! `fishplate::Error` ⇄ the status that a gRPC call ends with. The error travels whole, as a `fishplate.v1.Refusal` in the
//! details of a `google.rpc.Status`, where gRPC's own tools look for such things.

use fishplate::{Error, Place, Status, codes};
use prost::Message;
use tonic::{Code, Status as Tonic};

use crate::wire::error;
use crate::wire::proto::Refusal;

/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

const REFUSAL: &str = "type.googleapis.com/fishplate.v1.Refusal";

/// Both stand in headers, of which many clients take 8 KiB in all; details are base64 there.
const MESSAGE_MAX: usize = 2 << 10;
const DETAILS_MAX: usize = 3 << 10;

/// The status of a call that ends with `error`: its message is the error's text. An error that headers do not hold travels
/// without its parts.
pub fn to_status(error: &Error) -> Tonic {
    let text = error.to_string();
    let code = Code::from_i32(error.status as i32);
    let end = (0..=text.len().min(MESSAGE_MAX)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let refusal = prost_types::Any { type_url: REFUSAL.into(), value: error::to_proto(error).encode_to_vec() };
    let details = RpcStatus { code: code.into(), message: text[..end].to_owned(), details: vec![refusal] };
    if details.encoded_len() > DETAILS_MAX {
        return Tonic::new(code, &text[..end]);
    }
    Tonic::with_details(code, &text[..end], details.encode_to_vec().into())
}

/// The error with which a Fishplate server ended a call; `None` if something else ended it.
pub fn from_status(status: &Tonic) -> Option<Error> {
    let details = RpcStatus::decode(status.details()).ok()?;
    let refusal = details.details.iter().find(|any| any.type_url == REFUSAL)?;
    Refusal::decode(&refusal.value[..]).ok().map(error::from_proto)
}

/// What a call ended with that a Fishplate server did not end: a proxy's word, another kind of server.
pub fn foreign(status: &Tonic) -> Error {
    let known = Status::from_number(status.code().into()).filter(|status| *status != Status::Ok);
    let message = format!("the server answered {:?}: {}", status.code(), status.message());
    Error::new(known.unwrap_or(Status::Unknown), codes::SESSION_ENDED, message, Place::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_back_from_a_status_as_it_was() {
        let error = Error::new(Status::DataLoss, codes::UNKNOWN_SESSION, "gone", Place::Name("session".into()))
            .suggest("open a new one");
        let status = to_status(&error);
        assert_eq!((status.code(), status.message()), (Code::DataLoss, &*error.to_string()));
        assert_eq!(from_status(&status), Some(error));
        assert_eq!(from_status(&Tonic::unavailable("a proxy")), None);
    }

    #[test]
    fn an_error_too_large_for_headers_keeps_its_status_and_the_beginning_of_its_text() {
        let error = Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, "é".repeat(4_000), Place::None);
        let status = to_status(&error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(error.to_string().starts_with(status.message()) && status.message().len() > MESSAGE_MAX - 4);
        assert!(status.details().is_empty());
    }
}
