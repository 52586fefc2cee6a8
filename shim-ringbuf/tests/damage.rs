//! Scribbling: another process of the same user writes anything anywhere, and gets errors, never a crash, a wrong
//! frame beyond its own, or an endless loop. The scribbler here writes through the file, as another process would.

mod common;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use common::{Numbers, header, joined, small};
use fishplate_ring::layout::{
    CONTROL_BYTES, CONTROL_DECISION_CONSUMED, CONTROL_EVENT_CONSUMED, CONTROL_STATE, FRAME_COMMIT, FRAME_KIND,
    FRAME_LENGTH, FRAME_RESERVED, HEADER_BYTES,
};
use fishplate_ring::{Attachment, PairState, RingError, ServerPair, kind};

fn scribbler(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).expect("this user's file")
}

/// Where the first pair's control block and event lane stand, in a ring of one pair.
const CONTROL: u64 = HEADER_BYTES as u64;
const EVENTS: u64 = 2 * HEADER_BYTES as u64;

fn is_corrupt<T>(result: &Result<T, RingError>) -> bool {
    matches!(result, Err(RingError::Corrupt { .. }))
}

/// Cleans the pair and shows that it works again.
fn heals(name: &str, pair: &mut ServerPair, client: Attachment) {
    drop(client);
    pair.state();
    assert!(pair.reset().expect("asked"));
    let mut client = Attachment::attach(name).expect("a clean pair");
    let mut bytes = Vec::new();
    assert_eq!(pair.state(), PairState::Claimed);
    assert!(client.events.try_push(&header(1), b"again").expect("sound"));
    assert_eq!(pair.events.peek(&mut bytes).expect("sound").expect("there").header.sequence, 1);
    assert!(pair.decisions.try_push(&header(1), b"again").expect("sound"));
    pair.events.release_all().expect("peeked");
    assert_eq!(client.decisions.peek(&mut bytes).expect("sound").expect("there").header.sequence, 1);
    client.decisions.release_all().expect("peeked");
}

fn name_of(path: &Path) -> String {
    path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix("fishplate-")).expect("a ring").to_owned()
}

/// One damage to a frame of 10 bytes at position 64, after a sound one: what the server says, twice; then it heals.
fn damaged_frame(at: u32, bytes: &[u8]) -> String {
    let (ring, mut pairs, mut client) = joined("damage", small(1));
    assert!(client.events.try_push(&header(1), &[]).expect("sound"));
    assert!(client.events.try_push(&header(2), &[1; 10]).expect("sound"));
    scribbler(ring.path()).write_all_at(bytes, EVENTS + 64 + u64::from(at)).expect("written");
    let mut payload = Vec::new();
    assert!(pairs[0].events.peek(&mut payload).expect("sound").is_some(), "the frame before it is sound");
    let first = pairs[0].events.peek(&mut payload);
    assert!(is_corrupt(&first), "{first:?}");
    assert!(is_corrupt(&pairs[0].events.peek(&mut payload)), "the lane is of no more use");
    assert!(!pairs[0].needs_attention() || pairs[0].state() != PairState::Free);
    assert!(!pairs[0].events.is_ready(), "a server that waits is not woken for it again and again");
    heals(&name_of(ring.path()), &mut pairs[0], client);
    match first {
        Err(RingError::Corrupt { what, position: 64 }) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_wrong_field_of_a_frame_is_named() {
    let pad = kind::PAD.to_ne_bytes();
    assert_eq!(damaged_frame(FRAME_COMMIT, &66_u64.to_ne_bytes()), "a commit word of another position");
    assert_eq!(damaged_frame(FRAME_LENGTH, &1921_u32.to_ne_bytes()), "a frame longer than its lane");
    assert_eq!(damaged_frame(FRAME_LENGTH, &u32::MAX.to_ne_bytes()), "a frame longer than its lane");
    assert_eq!(damaged_frame(FRAME_KIND, &0_u16.to_ne_bytes()), "a frame of kind 0");
    assert_eq!(damaged_frame(FRAME_RESERVED, &[1]), "reserved bytes that are not zero");
    assert_eq!(damaged_frame(FRAME_KIND, &pad), "a pad that does not end with its lane");
}

#[test]
fn frames_forged_around_the_whole_lane_end_where_the_reader_still_holds_one() {
    let (ring, mut pairs, mut client) = joined("damage", small(1));
    while client.events.try_push(&header(1), &[]).expect("sound") {}
    // The one place that the producer leaves free gets a frame that is right in every field.
    let last = client.events.position();
    let fields = [last + 1, u64::from(common::KIND) << 32];
    let bytes = fields.map(u64::to_ne_bytes).concat();
    scribbler(ring.path()).write_all_at(&bytes, EVENTS + last).expect("written");
    let mut payload = Vec::new();
    let (mut frames, mut end) = (0, None);
    while end.is_none() {
        match pairs[0].events.peek(&mut payload) {
            Ok(Some(_)) => frames += 1,
            other => end = Some(other),
        }
    }
    assert!(matches!(end, Some(Err(RingError::Corrupt { what: "a frame over frames that are not released", .. }))));
    assert_eq!(frames, 63);
    heals(&name_of(ring.path()), &mut pairs[0], client);
}

#[test]
fn a_released_position_that_no_consumer_wrote_ends_the_producers_lane() {
    for nonsense in [u64::MAX, 1 << 63, 4096, 65, 0] {
        let (ring, mut pairs, mut client) = joined("damage", small(1));
        let mut bytes = Vec::new();
        // The producer has seen 128 bytes released; nothing less is true any more.
        for i in 0..2 {
            assert!(client.events.try_push(&header(i), &[]).expect("sound"));
            pairs[0].events.peek(&mut bytes).expect("sound");
        }
        pairs[0].events.release_all().expect("peeked");
        while client.events.try_push(&header(2), &[0; 960]).expect("sound") {}
        let at = CONTROL + u64::from(CONTROL_EVENT_CONSUMED);
        scribbler(ring.path()).write_all_at(&nonsense.to_ne_bytes(), at).expect("written");
        client.events.wait_for_space(960, Duration::from_millis(1), 0).expect("a wait says nothing of damage");
        assert!(is_corrupt(&client.events.try_push(&header(3), &[0; 960])), "{nonsense}");
        assert!(is_corrupt(&client.events.try_push(&header(3), &[])), "{nonsense}");
        heals(&name_of(ring.path()), &mut pairs[0], client);
    }
}

#[test]
fn a_state_that_nobody_wrote_closes_the_pair_and_a_client_cannot_make_it_free() {
    for nonsense in [0_u32, 3, u32::MAX] {
        let (ring, mut pairs, client) = joined("damage", small(1));
        let at = CONTROL + u64::from(CONTROL_STATE);
        scribbler(ring.path()).write_all_at(&nonsense.to_ne_bytes(), at).expect("written");
        assert!(pairs[0].needs_attention());
        assert_eq!(pairs[0].state(), PairState::Closing);
        assert!(!pairs[0].reset().expect("asked"), "its client lives");
        heals(&name_of(ring.path()), &mut pairs[0], client);
    }
}

#[test]
fn a_free_pair_that_was_scribbled_on_is_passed_over() {
    let (ring, mut pairs, client) = joined("damage", small(2));
    let second = CONTROL + u64::from(CONTROL_BYTES) + u64::from(CONTROL_DECISION_CONSUMED);
    scribbler(ring.path()).write_all_at(&u64::MAX.to_ne_bytes(), second).expect("written");
    let refused = Attachment::attach(&name_of(ring.path()));
    assert!(matches!(refused, Err(RingError::AllPairsTaken { pairs: 2 })), "{refused:?}");
    assert!(pairs[1].reset().expect("asked"), "the server cleans it whenever it likes");
    assert_eq!(Attachment::attach(&name_of(ring.path())).expect("clean").pair(), 1);
    heals(&name_of(ring.path()), &mut pairs[0], client);
}

/// What a scribbler would write: nonsense, or something that looks right.
fn scribble(numbers: &mut Numbers, size: u64) -> (u64, [u8; 8]) {
    let at = match numbers.below(4) {
        0 => CONTROL + numbers.below(8) * 128 + numbers.below(2) * 4,
        1 => EVENTS + numbers.below(128) * 64,
        2 => EVENTS + numbers.below(128) * 64 + 8,
        _ => HEADER_BYTES as u64 + numbers.below(size - HEADER_BYTES as u64 - 8),
    };
    let value = match numbers.below(5) {
        0 => 0,
        1 => numbers.below(64) * 64 + 1,
        2 => numbers.below(1 << 14) | 2 << 32,
        3 => u64::MAX - numbers.below(4),
        _ => numbers.next(),
    };
    (at, value.to_ne_bytes())
}

/// Both sides go on for a moment. Every answer is allowed but a panic, a crash, or one that never comes.
fn carry_on(pair: &mut ServerPair, client: &mut Attachment, numbers: &mut Numbers) {
    let mut bytes = Vec::new();
    let size = numbers.below(1921) as usize;
    let _ = client.events.try_push(&header(1), &vec![3; size]);
    let _ = pair.decisions.try_push(&header(1), &vec![3; size / 4]);
    let _ = client.decisions.wait(Duration::ZERO, 2);
    for consumer in [&mut pair.events, &mut client.decisions] {
        // Without a release a lane has at most as many frames as it has places.
        let frames = (0..).take_while(|_| matches!(consumer.peek(&mut bytes), Ok(Some(_)))).count();
        assert!(frames <= 64 && bytes.len() <= consumer.max_payload());
        if numbers.below(2) == 0 {
            consumer.release_all().expect("up to its own cursor");
        }
    }
}

#[test]
fn random_scribbling_gives_errors_and_the_next_client_is_well() {
    let (ring, mut pairs, mut client) = joined("scribble", small(1));
    let (name, file) = (name_of(ring.path()), scribbler(ring.path()));
    let size = file.metadata().expect("described").len();
    let mut numbers = Numbers(2024);
    for _ in 0..2_000 {
        for _ in 0..1 + numbers.below(6) {
            let (at, bytes) = scribble(&mut numbers, size);
            file.write_all_at(&bytes, at).expect("written");
            carry_on(&mut pairs[0], &mut client, &mut numbers);
        }
        drop(client);
        pairs[0].state();
        assert!(pairs[0].reset().expect("asked"));
        client = Attachment::attach(&name).expect("a clean pair");
    }
    heals(&name, &mut pairs[0], client);
}
