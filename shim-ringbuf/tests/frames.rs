//! A frame goes through a lane as it is, in both directions, and the room comes back.

mod common;

use std::time::Duration;

use common::{header, joined, small};
use fishplate_ring::{Header, Options, PairState, RingError, Waited};

#[test]
fn a_frame_arrives_with_every_field_as_it_was_sent() {
    let (_ring, mut pairs, mut client) = joined("fields", small(2));
    let sent = Header {
        kind: 17,
        flags: 0xABCD,
        sequence: u64::MAX,
        deadline: i64::MIN,
        trace: std::array::from_fn(|i| 0xF0 ^ i as u8),
    };
    let mut payload = vec![1; 500];
    assert!(client.events.try_push(&sent, b"what happened").expect("pushed"));
    let event = pairs[0].events.peek(&mut payload).expect("sound").expect("there");
    assert_eq!((event.header, payload.as_slice()), (sent, b"what happened".as_slice()));
    assert_eq!((event.position, event.end), (0, 128));

    assert!(pairs[0].decisions.try_push(&sent, &[]).expect("pushed"));
    pairs[0].events.release_through(event.end).expect("peeked");
    let decision = client.decisions.peek(&mut payload).expect("sound").expect("there");
    assert_eq!((decision.header, payload.len()), (sent, 0));
    assert_eq!(client.decisions.peek(&mut payload).expect("sound"), None);
}

#[test]
fn the_longest_payload_fits_wherever_the_producer_stands() {
    let (_ring, mut pairs, mut client) = joined("longest", small(1));
    let max = client.events.max_payload();
    assert_eq!(max, 4096 / 2 - 128);
    let (long, mut payload) = (vec![7; max], Vec::new());
    for step in 0..64 {
        // From every one of the lane's 64 places.
        while client.events.position() % 4096 != step * 64 {
            assert!(client.events.try_push(&header(0), &[]).expect("sound"), "an empty lane takes an empty frame");
            pairs[0].events.peek(&mut payload).expect("sound").expect("there");
            pairs[0].events.release_all().expect("peeked");
        }
        assert!(client.events.try_push(&header(1), &long).expect("sound"), "at {step}");
        let got = pairs[0].events.peek(&mut payload).expect("sound").expect("there");
        assert!(got.header.sequence == 1 && payload == long);
        pairs[0].events.release_all().expect("peeked");
    }
    let refused = client.events.try_push(&header(1), &vec![0; max + 1]);
    assert!(matches!(refused, Err(RingError::TooLarge { length: 1921, max: 1920 })), "{refused:?}");
}

#[test]
fn by_default_an_event_of_one_mebibyte_fits_and_the_ring_fits_in_a_container() {
    let geometry = {
        let (ring, ..) = joined("default", Options::default());
        ring.geometry()
    };
    assert!(geometry.max_payload() >= (1 << 20) + 1024);
    assert!(geometry.file_bytes() <= 64 << 20);
}

#[test]
fn a_full_lane_says_so_and_takes_more_once_its_frames_are_released() {
    let (_ring, mut pairs, mut client) = joined("full", small(1));
    let mut sent = 0;
    while client.events.try_push(&header(sent), &[5; 100]).expect("sound") {
        sent += 1;
    }
    // 192 bytes a frame; a commit word stays free.
    assert_eq!(sent, (4096 - 64) / 192);
    assert_eq!(client.events.wait_for_space(100, Duration::from_millis(1), 10).expect("sound"), Waited::TimedOut);
    let mut payload = Vec::new();
    let first = pairs[0].events.peek(&mut payload).expect("sound").expect("there");
    assert!(!client.events.try_push(&header(sent), &[5; 100]).expect("sound"), "a peeked frame still has its room");
    pairs[0].events.release_through(first.end).expect("peeked");
    assert_eq!(client.events.wait_for_space(64, Duration::from_millis(1), 10).expect("sound"), Waited::Ready);
    for i in 1..sent {
        let next = pairs[0].events.peek(&mut payload).expect("sound").expect("there");
        assert_eq!((next.header.sequence, payload.as_slice()), (i, [5; 100].as_slice()));
    }
    pairs[0].events.release_all().expect("peeked");
    assert!(client.events.try_push(&header(sent), &[5; 100]).expect("sound"));
}

#[test]
fn what_no_ring_does_is_refused_and_changes_nothing() {
    let (_ring, mut pairs, mut client) = joined("misuse", small(1));
    for kind in [0, 0xFFFF] {
        let refused = client.events.try_push(&Header { kind, ..Header::default() }, &[]);
        assert!(matches!(refused, Err(RingError::Misuse { .. })), "{refused:?}");
    }
    assert!(matches!(pairs[0].events.release_through(64), Err(RingError::Misuse { .. })));
    assert_eq!(client.events.position(), 0);
    assert!(pairs[0].events.peek(&mut Vec::new()).expect("sound").is_none());
}

#[test]
fn a_client_that_closes_leaves_its_last_frames_and_then_a_clean_pair() {
    let (ring, mut pairs, mut client) = joined("close", small(1));
    assert!(client.events.try_push(&header(9), b"last").expect("sound"));
    assert!(pairs[0].decisions.try_push(&header(1), b"nobody reads this").expect("sound"));
    assert!(!pairs[0].reset().expect("asked"), "its client lives");
    let (events, decisions, link) = client.into_parts();
    drop((events, link));
    assert!(pairs[0].client_alive().expect("asked"), "one of its three parts is left");
    drop(decisions);
    assert_eq!(pairs[0].state(), PairState::Closing);
    assert!(!pairs[0].client_alive().expect("asked"));
    let mut payload = Vec::new();
    assert_eq!(pairs[0].events.peek(&mut payload).expect("sound").expect("there").header.sequence, 9);
    assert!(pairs[0].reset().expect("asked"));
    assert_eq!(pairs[0].state(), PairState::Free);

    let name = ring.path().file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix("fishplate-"));
    let mut next = fishplate_ring::Attachment::attach(name.expect("a ring's file")).expect("a clean pair");
    assert!(next.decisions.peek(&mut payload).expect("sound").is_none(), "what the last one left is not for the next");
    assert!(pairs[0].events.peek(&mut payload).expect("sound").is_none());
    assert!(next.events.try_push(&header(10), b"first").expect("sound"));
    assert_eq!(pairs[0].events.peek(&mut payload).expect("sound").expect("there").header.sequence, 10);
}
