//! A client of a ring that breaks the rules, or the memory: its session ends with a reason, and nobody else's does.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use fishplate::session::{Open, Terms, Window};
use fishplate::{Status, codes};
use fishplate_ring::layout::Geometry;
use fishplate_ring::{Attachment, Header, kind};
use fishplate_transport::hub::Hub;
use fishplate_transport::wire::proto::Done;
use fishplate_transport::wire::session::{open_request, read_done};
use fishplate_transport::{Session, SessionOptions, connect};
use prost::Message;

use crate::place::{Place, Remote, opened, options, outcome, rest, send, until};
use crate::ring::Ring;
use crate::rules::{Judge, json, reading};

/// A client that says what it likes.
fn attach(place: &Ring) -> Attachment {
    let address = place.address();
    Attachment::attach(address.trim_start_matches("shm://")).expect("a pair is free")
}

fn say(client: &mut Attachment, kind: u16, sequence: u64, payload: &[u8]) {
    let header = Header { kind, sequence, ..Header::default() };
    assert!(client.events.try_push(&header, payload).expect("the lane is good"), "the lane has room");
}

/// The frames that the server sends up to its last word; gives that.
fn last_word(client: &mut Attachment) -> fishplate::session::Final {
    let mut payload = Vec::new();
    let mut end = None;
    until("the server says its last word", || {
        client.decisions.wait(Duration::from_millis(20), 0).expect("the lane is good");
        while let Some(peeked) = client.decisions.peek(&mut payload).expect("the lane is good") {
            if peeked.header.kind == kind::DONE {
                end = Some(read_done(Done::decode(&payload[..]).expect("a last word")));
            }
        }
        end.is_some()
    });
    end.expect("it was waited for")
}

/// An opening of a session of its own.
fn opening(id: u8) -> Vec<u8> {
    let open = Open {
        session: [id; 16],
        epoch: 1,
        resume: false,
        received: 0,
        window: Window::default(),
        terms: Terms::default(),
    };
    open_request(&open, "").encode_to_vec()
}

/// A neighbour's session goes on.
fn goes_on(neighbour: &Session, hub: &Hub) {
    let next = neighbour.report().counters.sent + 1;
    assert_eq!(send(neighbour, &json(&reading("neighbour", next).json())), next);
    assert_eq!(outcome(neighbour).0, next);
    until("the other session is gone", || hub.counts().connected == 1);
}

#[test]
fn what_no_client_may_say_ends_its_session_alone() {
    let (place, _judge, neighbour) = opened::<Ring>(|_| {});
    let mistakes: [&[(u16, u64, &[u8])]; 7] = [
        &[(99, 0, b"")],
        &[(kind::WELCOME, 0, b"")],
        &[(kind::EVENT, 1, b"{}")],
        &[(kind::OPEN, 0, b"\xff\xff\xff")],
        &[(kind::OPEN, 0, b"")],
        &[(kind::OPEN, 0, &opening(1)), (kind::OPEN, 0, &opening(2))],
        &[(kind::OPEN, 0, &opening(3)), (kind::ACK, 7, b"")],
    ];
    for mistake in mistakes {
        let mut client = attach(&place);
        for (kind, sequence, payload) in mistake {
            say(&mut client, *kind, *sequence, payload);
        }
        let end = last_word(&mut client);
        assert_ne!(end.status, Status::Ok, "{mistake:?}");
        assert_eq!(end.error.map(|error| error.code()), Some(codes::PEER_MISTAKE), "{mistake:?}");
        drop(client);
        goes_on(&neighbour, place.hub());
    }
}

#[test]
fn memory_that_a_client_scribbles_over_ends_its_session_alone() {
    let (place, _judge, neighbour) = opened::<Ring>(|_| {});
    let mut client = attach(&place);
    say(&mut client, kind::OPEN, 0, &opening(4));
    until("its session is open", || place.hub().counts().connected == 2);
    let geometry = Geometry::new(16, 1 << 16).expect("the suite's ring");
    let lane = geometry.data_offset() + u64::from(client.pair()) * 2 * u64::from(geometry.lane_bytes());
    let path = format!("/dev/shm/fishplate-{}", place.address().trim_start_matches("shm://"));
    let memory = OpenOptions::new().write(true).open(path).expect("it is our ring");
    memory.write_all_at(&vec![0xab; geometry.lane_bytes() as usize], lane).expect("the file is that long");
    let end = last_word(&mut client);
    assert_eq!(end.status, Status::DataLoss);
    assert_eq!(end.error.map(|error| error.code()), Some(codes::RING_UNUSABLE));
    goes_on(&neighbour, place.hub());
    drop(client);
    // The pair is cleaned: fifteen clients and the neighbour have all sixteen.
    let sessions: Vec<_> =
        (0..15).map(|_| connect(&place.address(), &options::<Ring>()).expect("a clean pair")).collect();
    for session in &sessions {
        send(session, &json(&reading("d", 1).json()));
        assert_eq!(outcome(session).0, 1);
    }
}

#[test]
fn memory_that_a_server_scribbles_over_ends_the_session() {
    let (place, _judge, session) = opened::<Ring>(|_| {});
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    let geometry = Geometry::new(16, 1 << 16).expect("the suite's ring");
    // The first client has pair 0; its decision lane is the second.
    let lane = geometry.data_offset() + u64::from(geometry.lane_bytes());
    let path = format!("/dev/shm/fishplate-{}", place.address().trim_start_matches("shm://"));
    let memory = OpenOptions::new().write(true).open(path).expect("it is our ring");
    memory.write_all_at(&vec![0xcd; geometry.lane_bytes() as usize], lane).expect("the file is that long");
    let (outcomes, end) = rest(&session);
    assert!(outcomes.is_empty());
    assert_eq!((end.status, end.watermark), (Status::DataLoss, 1));
    assert_eq!(end.error.map(|error| error.code()), Some(codes::RING_UNUSABLE));
}

#[test]
fn a_reason_that_does_not_fit_a_frame_keeps_its_status_and_code() {
    let place = Ring::with_lanes(Judge::new(), 4_096);
    let unknown = SessionOptions { rule_set: "x".repeat(1_800), ..options::<Ring>() };
    let error = connect(&place.address(), &unknown).expect_err("there is no such rule set");
    assert_eq!((error.status, error.code()), (Status::NotFound, codes::UNKNOWN_RULE_SET), "{error}");
    let longer = SessionOptions { rule_set: "x".repeat(4_000), ..options::<Ring>() };
    let error = connect(&place.address(), &longer).expect_err("the opening has no frame");
    assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::FRAME_TOO_LARGE), "{error}");
}
