//! Bytes of an earlier lap never pass for a frame, whatever they look like.

mod common;

use common::{header, joined, small};

const LANE: u64 = 4096;

/// A payload that holds, at every 64 bytes, the commit word that would be right there one lap later.
fn adversarial(first: u64, bytes: usize) -> Vec<u8> {
    let word = |i: usize| (first + i as u64 * 64 + LANE + 1).to_ne_bytes().repeat(8);
    (0..bytes.div_ceil(64)).flat_map(word).take(bytes).collect()
}

#[test]
fn a_payload_made_of_commit_words_is_never_read_as_frames() {
    let (_ring, mut pairs, mut client) = joined("stale", small(1));
    let mut payload = Vec::new();
    let sizes = [1920, 64, 1000, 0, 640, 1, 1919, 128, 63, 65];
    for round in 0..500_u64 {
        let bytes: usize = sizes[round as usize % sizes.len()];
        // Where its payload will stand, without a pad and with one.
        let position = client.events.position();
        let frame = 64 + bytes.next_multiple_of(64) as u64;
        let start = if position % LANE + frame > LANE { position.next_multiple_of(LANE) } else { position };
        assert!(client.events.try_push(&header(round), &adversarial(start + 64, bytes)).expect("sound"));
        let got = pairs[0].events.peek(&mut payload).expect("sound").expect("there");
        assert_eq!((got.header.sequence, got.position), (round, start));
        assert_eq!(payload, adversarial(start + 64, bytes));
        assert!(!pairs[0].events.is_ready(), "nothing follows, in round {round}");
        assert_eq!(pairs[0].events.peek(&mut payload).expect("sound"), None);
        pairs[0].events.release_all().expect("peeked");
        assert_eq!(pairs[0].events.peek(&mut payload).expect("sound"), None);
    }
}

#[test]
fn after_a_reset_the_last_clients_bytes_do_not_count() {
    let (ring, mut pairs, mut client) = joined("stale-reset", small(1));
    let name = ring.path().file_name().and_then(|n| n.to_str()).expect("plain")["fishplate-".len()..].to_owned();
    let mut payload = Vec::new();
    for round in 0..200_u64 {
        // Frames that nobody peeks stand in the lane when the client goes: they are right commit words.
        let bytes = adversarial(client.events.position(), (round as usize * 37) % 900);
        while client.events.try_push(&header(round), &bytes).expect("sound") {}
        while pairs[0].decisions.try_push(&header(round), &bytes).expect("sound") {}
        for _ in 0..round % 3 {
            pairs[0].events.peek(&mut payload).expect("sound");
        }
        drop(client);
        assert!(pairs[0].reset().expect("asked"));
        client = fishplate_ring::Attachment::attach(&name).expect("a clean pair");
        assert_eq!(pairs[0].events.peek(&mut payload).expect("sound"), None);
        assert_eq!(client.decisions.peek(&mut payload).expect("sound"), None);
    }
}
