//! A place in a ring as a host holds it.
#![cfg(target_os = "linux")]

use fishplate_ring::{Options, Ring};

use super::*;

fn ring(name: &str) -> (Ring, Arc<RingObject>) {
    let name = format!("boundary-{name}-{}", std::process::id());
    let ring = Ring::create(&name, Options { pairs: 1, lane_bytes: 1 << 14 }).expect("a ring can be made");
    let place = RingObject::attach(&name).expect("a place is free");
    (ring, place)
}

#[test]
fn a_place_is_told_by_its_file_and_offsets_and_its_server_lives() {
    let (ring, place) = ring("told");
    let attachment = place.attachment().expect("not forked");
    assert!(attachment.path().exists());
    assert_eq!(attachment.geometry().lane_bytes, 1 << 14);
    assert_eq!(place.is_served(), Ok(true));
    drop(ring);
    assert_eq!(place.is_served(), Ok(false));
}

#[test]
fn a_sleeper_is_woken_and_a_wrong_word_is_refused() {
    let (_ring, place) = ring("woken");
    let short = Duration::from_millis(1);
    assert_eq!(place.wait(Word::DecisionData as u32, 7, short), Ok(RawWait::Changed));
    assert_eq!(place.wait(Word::DecisionData as u32, 0, short), Ok(RawWait::TimedOut));
    assert_eq!(place.wake(Word::Doorbell as u32), Ok(()));
    assert_eq!(place.wake(4).expect_err("no word").code(), codes::BAD_ARGUMENT);
    assert_eq!(place.wait(4, 0, short).expect_err("no word").code(), codes::BAD_ARGUMENT);
}

#[test]
fn closing_ends_the_sleep_of_others_and_gives_the_place_back() {
    let (_ring, place) = ring("closed");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            loop {
                if let Err(error) = place.wait(Word::DecisionData as u32, 0, Duration::from_secs(60)) {
                    return error.code();
                }
            }
        });
        std::thread::sleep(Duration::from_millis(20));
        place.close().expect("not forked");
        assert_eq!(waiting.join().expect("woken"), codes::CLOSED_MEANWHILE);
    });
    place.close().expect("any number of times");
    assert_eq!(place.wake(0).expect_err("closed").code(), codes::CLOSED);
    assert_eq!(place.is_served().expect_err("closed").code(), codes::CLOSED);
}

#[test]
fn a_ring_that_is_not_there_or_full_says_so() {
    let (_ring, place) = ring("full");
    let name =
        place.attachment().expect("not forked").path().file_name().expect("a file").to_string_lossy().into_owned();
    let name = name.trim_start_matches("fishplate-");
    let full = RingObject::attach(name).expect_err("its only pair is taken");
    assert_eq!((full.status, full.code()), (Status::ResourceExhausted, codes::RING_UNUSABLE));
    assert_eq!(RingObject::attach("boundary-nobody").expect_err("none").code(), codes::UNREACHABLE);
    assert_eq!(RingObject::attach("no/name").expect_err("no name").code(), codes::BAD_ADDRESS);
}
