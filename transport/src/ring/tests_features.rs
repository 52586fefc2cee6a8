//! Features of events in frames, and a server of before them: nothing that was sent is decided without them unsaid.

use bytes::Bytes;
use fishplate::session::{ToServer, Window};
use fishplate::{Status, codes};
use fishplate_ring::{Header, flags, kind};
use prost::Message as _;

use super::carried::Carried;
use super::frames::{self, FromClient};
use crate::hub::{InBody, Inbound};
use crate::options::SessionOptions;
use crate::outgoing::{Body, Features, Outgoing};
use crate::session::{Received, Session};
use crate::wire::proto::{Credit, DecideResponse, Welcome};

fn event(features: &'static [u8], body: &'static [u8]) -> Inbound {
    let (body, features) = (InBody::Json(Bytes::from_static(body)), Bytes::from_static(features));
    Inbound { body, trace: None, preview: true, deadline: Some(5), features }
}

fn read(header: &Header, payload: &[u8]) -> Result<Inbound, fishplate::Error> {
    match frames::read_client(header, payload.to_vec(), Window::default())? {
        FromClient::Message(ToServer::Event { event, .. }) => Ok(event),
        other => panic!("an event was written, and {other:?} read"),
    }
}

#[test]
fn a_frame_carries_features_before_the_body() {
    for (features, body) in [(&b"features"[..], &b"{}"[..]), (b"f", b""), (b"", b"{}"), (b"", b"")] {
        let sent = event(features, body);
        let frame = frames::write_client(&ToServer::Event { sequence: 3, event: sent.clone() }, "");
        assert_eq!(frame.header.flags & flags::FEATURES != 0, !features.is_empty());
        assert_eq!(frame.payload.len(), body.len() + if features.is_empty() { 0 } else { 4 + features.len() });
        assert_eq!(read(&frame.header, &frame.payload), Ok(sent.clone()));
        let length = frame.payload.len() as u64;
        assert!(frames::check(&sent, length).is_ok(), "it is as long as was checked");
        if length > 0 {
            let long = frames::check(&sent, length - 1).expect_err("longer than that");
            assert_eq!(long.code(), codes::FRAME_TOO_LARGE);
        }
    }
}

#[test]
fn features_that_are_longer_than_their_frame_are_refused() {
    let header =
        Header { kind: kind::EVENT, flags: flags::FORMAT_JSON | flags::FEATURES, sequence: 1, ..Header::default() };
    for payload in [&b""[..], b"\x01\0\0", b"\x01\0\0\0", b"\xff\xff\xff\xffabc"] {
        let refused = read(&header, payload).expect_err("cut");
        assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::PEER_MISTAKE));
    }
}

/// A session whose frames nobody carries but this test.
fn session() -> (Session, Carried) {
    // A full window, or one that nobody has granted yet, keeps what is sent: 3 is `shed_oldest`.
    let options = SessionOptions { when_full: 3, ..SessionOptions::default() };
    let (session, carried) = Carried::open(&options).expect("good options");
    carried.connected(65_536);
    carried.offer(|frame| frame.is_some());
    (session, carried)
}

/// What a server of this version says, or one of before features.
fn welcome(carried: &Carried, features: bool) {
    let welcome = Welcome { rule_set: "payments".into(), rule_set_version: vec![3; 32].into(), features };
    let credit = Some(Credit { sequence: 10, bytes: 10_000 });
    let response = DecideResponse { welcome: Some(welcome), credit, ..DecideResponse::default() };
    carried.take(&Header { kind: kind::WELCOME, ..Header::default() }, response.encode_to_vec());
}

/// One entry, `risk`, of no value.
const MAP: &[u8] = &[0x0a, 0x08, 0x0a, 0x06, 0x32, 0x04, b'r', b'i', b's', b'k'];

fn with_features() -> Outgoing<'static> {
    Outgoing { features: Some(Features::Encoded(MAP)), ..Outgoing::new(Body::Json(b"{}")) }
}

#[test]
fn a_server_that_reads_features_is_sent_them() {
    let (session, carried) = session();
    welcome(&carried, true);
    assert_eq!(session.send(&with_features(), None), Ok(1));
    carried.offer(|frame| {
        let (header, payload) = frame.expect("the event");
        assert_eq!(read(header, payload).expect("an event").features, MAP);
        true
    });
}

#[test]
fn an_earlier_server_is_sent_events_without_features_only() {
    let (session, carried) = session();
    welcome(&carried, false);
    let refused = session.send(&with_features(), None).expect_err("it would not be read");
    assert_eq!((refused.status, refused.code()), (Status::Unimplemented, codes::FEATURES_UNREAD));
    assert_eq!(session.send(&Outgoing::new(Body::Json(b"{}")), None), Ok(1), "the refused one took no sequence");
}

#[test]
fn a_session_that_sent_features_ends_where_an_earlier_server_takes_it() {
    let ends = |session: &Session| match session.receive(None).expect("the last word") {
        Received::End(end) => end.error.expect("why").code(),
        other => panic!("the session should have ended, and here is {other:?}"),
    };
    let (before, carried) = session();
    assert_eq!(before.send(&with_features(), None), Ok(1), "nobody knows the server yet");
    welcome(&carried, false);
    assert_eq!(ends(&before), codes::FEATURES_UNREAD);
    let (resumed, carried) = session();
    welcome(&carried, true);
    assert_eq!(resumed.send(&with_features(), None), Ok(1));
    carried.disconnected();
    carried.connected(65_536);
    carried.offer(|frame| frame.is_some());
    welcome(&carried, false);
    assert_eq!(ends(&resumed), codes::FEATURES_UNREAD);
}
