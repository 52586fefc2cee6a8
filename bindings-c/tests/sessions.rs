//! Sessions as C holds them: the same over every kind of address, with the right errors, and nothing left over.

mod common;

use std::ptr::{null, null_mut};

use common::server::{Place, fresh_name};
use common::session::*;
use common::*;
use fishplate_c::derived::{fishplate_decision_id, fishplate_decision_trace};
use fishplate_c::generated::entries::*;
use fishplate_c::read_decision::*;
use fishplate_c::read_records::{FishplateCounters, fishplate_counters_read};
use fishplate_c::read_session::*;
use fishplate_c::types::*;
use sha2::{Digest, Sha256};

const PRECONDITION: FishplateStatus = FishplateStatus::FailedPrecondition;
const INVALID: FishplateStatus = FishplateStatus::InvalidArgument;
const EXHAUSTED: FishplateStatus = FishplateStatus::ResourceExhausted;
const OK: FishplateStatus = FishplateStatus::Ok;

/// Runs a test over every kind of address, on its own, and asserts that nothing is left over.
fn everywhere(test: impl Fn(&Place)) {
    let _turn = turn();
    Place::all().iter().for_each(test);
}

#[test]
fn a_session_decides_in_order_and_ends_with_its_watermark() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let id = [7; 16];
        let (status, session) = open(place.address(), &options(), &id, "small", &mut memory);
        assert_eq!(status, OK, "{}", String::from_utf8_lossy(memory.record()));
        for sequence in 1..=20 {
            assert_eq!(sent(session, EVENT, &mut memory), sequence);
        }
        (1..=20).for_each(|sequence| decided(session, sequence, &mut memory));
        assert_eq!(half_close(session, &mut memory), OK);
        assert_eq!(ended(session, OK, &mut memory), 20);
        assert_eq!(ended(session, OK, &mut memory), 20, "said again");
        let report = report(session, &mut memory);
        assert_eq!((report.id, report.epoch, report.state), (id, 1, FishplateState::Done));
        assert_eq!((report.sent, report.accepted, report.received, report.watermark), (20, 20, 20, 20));
        assert_eq!((report.shed, report.repeats, report.status), (0, 0, OK));
        // SAFETY: the text lies in this test's memory.
        let name = unsafe { std::slice::from_raw_parts(report.rule_set.data.cast::<u8>(), report.rule_set.size) };
        assert_eq!(name, b"small");
        assert_eq!(close(session, &mut memory), OK);
    });
}

#[test]
fn a_decision_has_the_identity_of_its_place_in_the_session_and_the_events_trace() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let session_id = [9; 16];
        let (_, session) = open(place.address(), &options(), &session_id, "", &mut memory);
        let trace = FishplateTrace { trace_id: [1; 16], span_id: [2; 8], flags: 1 };
        let extra = Extra { trace: Some(trace), wait_ms: LONG, ..Extra::default() };
        assert_eq!(send_with(session, EVENT, extra, &mut memory), (OK, 1));
        let record = received(session, &mut memory).record;
        let (mut id, mut own) = ([0; 16], FishplateTrace::default());
        let mut decision = std::mem::MaybeUninit::<FishplateDecision>::uninit();
        // SAFETY: every pointer is to memory of this test.
        let decision = unsafe {
            assert!(fishplate_decision_read(record, decision.as_mut_ptr()));
            assert!(fishplate_decision_id(record, &mut id) && fishplate_decision_trace(record, &mut own));
            decision.assume_init()
        };
        let bytes = [&decision.version[..], &[2], &session_id, &1_u64.to_le_bytes()].concat();
        assert_eq!(id, Sha256::digest(bytes)[..16], "derived from session and sequence");
        let bytes = [&trace.trace_id[..], &trace.span_id, &id].concat();
        assert_eq!((own.trace_id, own.flags), (trace.trace_id, 1));
        assert_eq!(own.span_id, Sha256::digest(bytes)[..8], "a span of its own");
        assert_eq!(decision.parent, trace);
        close(session, &mut memory);
    });
}

#[test]
fn a_refused_event_is_an_outcome_in_its_own_place() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let session = opened(place.address(), &options(), &mut memory);
        sent(session, "{", &mut memory);
        sent(session, EVENT, &mut memory);
        let refused = received(session, &mut memory);
        assert_eq!((refused.is_end, refused.status, refused.sequence), (false, INVALID, 1));
        let mut error = std::mem::MaybeUninit::<fishplate_c::read_error::FishplateError>::uninit();
        // SAFETY: read only if it was written.
        let error = unsafe {
            assert!(fishplate_c::read_error::fishplate_error_read(refused.record, error.as_mut_ptr()));
            error.assume_init()
        };
        assert_eq!((error.status, error.code), (INVALID, 602));
        decided(session, 2, &mut memory);
        close(session, &mut memory);
    });
}

#[test]
fn an_outcome_that_does_not_fit_stays_until_it_does() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let mut small = Memory::of(64);
        let session = opened(place.address(), &options(), &mut memory);
        sent(session, EVENT, &mut memory);
        sent(session, EVENT, &mut memory);
        for _ in 0..3 {
            assert_eq!(receive(session, LONG, &mut small), FishplateStatus::OutOfRange);
            assert_eq!(small.error(), (FishplateStatus::OutOfRange, 806));
            assert!(small.storage.size > 104 && small.storage.ticket == 0);
        }
        decided(session, 1, &mut memory);
        assert_eq!(memory.storage.size, small.storage.size, "as much as was asked for");
        decided(session, 2, &mut memory);
        // SAFETY: no storage is what is tested.
        assert_eq!(unsafe { fishplate_session_receive(session, 0, null_mut()) }, INVALID);
        close(session, &mut memory);
    });
}

#[test]
fn a_full_window_is_met_as_the_policy_says() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let full = |when_full| FishplateSessionOptions { when_full, window_events: 4, ..options() };
        let rejecting = opened(place.address(), &full(1), &mut memory);
        (1..=4).for_each(|sequence| assert_eq!(sent(rejecting, EVENT, &mut memory), sequence));
        let (status, sequence) = send(rejecting, EVENT, LONG, &mut memory);
        memory.refused(status, EXHAUSTED, 851);
        assert_eq!(sequence, 0);
        decided(rejecting, 1, &mut memory);
        // There is room again once the other end knows that the outcome was taken.
        let taken =
            std::iter::repeat_with(|| send(rejecting, EVENT, LONG, &mut memory)).find(|sent| sent.0 != EXHAUSTED);
        assert_eq!(taken, Some((OK, 5)));
        close(rejecting, &mut memory);

        let blocking = opened(place.address(), &full(2), &mut memory);
        (1..=4).for_each(|sequence| assert_eq!(sent(blocking, EVENT, &mut memory), sequence));
        let (status, _) = send(blocking, EVENT, 20, &mut memory);
        memory.refused(status, FishplateStatus::DeadlineExceeded, 852);
        decided(blocking, 1, &mut memory);
        assert_eq!(sent(blocking, EVENT, &mut memory), 5, "the event that waited in vain was not sent");
        close(blocking, &mut memory);

        let shedding = opened(place.address(), &full(3), &mut memory);
        (1..=12).for_each(|sequence| assert_eq!(sent(shedding, EVENT, &mut memory), sequence));
        assert_eq!(half_close(shedding, &mut memory), OK);
        let outcomes: Vec<_> =
            (1..=12).map(|_| received(shedding, &mut memory)).map(|one| (one.sequence, one.status)).collect();
        assert_eq!(outcomes.iter().map(|one| one.0).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
        let shed = outcomes.iter().filter(|one| one.1 == EXHAUSTED).count() as u64;
        assert!(shed >= 1 && outcomes[11].1 == OK, "{outcomes:?}");
        ended(shedding, OK, &mut memory);
        assert_eq!(report(shedding, &mut memory).shed, shed);
        close(shedding, &mut memory);
    });
}

#[test]
fn a_preview_changes_nothing_and_an_event_whose_time_is_over_is_not_decided() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 14);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    let name = fresh_name();
    assert_eq!(share(engine, &name, &mut memory), OK);
    let session = opened(&format!("inproc:{name}"), &options(), &mut memory);
    assert_eq!(send_with(session, EVENT, Extra { preview: true, ..Extra::default() }, &mut memory), (OK, 1));
    decided(session, 1, &mut memory);
    // In process the caller that receives decides: by then the time is over.
    assert_eq!(send_with(session, EVENT, Extra { within_ms: 1, ..Extra::default() }, &mut memory), (OK, 2));
    std::thread::sleep(std::time::Duration::from_millis(20));
    let late = received(session, &mut memory);
    assert_eq!((late.is_end, late.status, late.sequence), (false, FishplateStatus::DeadlineExceeded, 2));
    assert_eq!(send_with(session, EVENT, Extra { within_ms: 600_000, ..Extra::default() }, &mut memory), (OK, 3));
    decided(session, 3, &mut memory);
    let mut counters = FishplateCounters::default();
    // SAFETY: every pointer is to memory of this test.
    unsafe {
        assert_eq!(fishplate_counters(engine, &mut memory.storage), OK);
        assert!(fishplate_counters_read(fishplate_storage_record(&memory.storage), &mut counters));
    }
    assert_eq!(counters.accepted, 1);
    close_all(&[session, engine, rules], &mut memory);
}

#[test]
fn what_the_state_does_not_allow_is_refused_and_changes_nothing() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let session = opened(place.address(), &options(), &mut memory);
        sent(session, EVENT, &mut memory);
        assert_eq!(report(session, &mut memory).state, FishplateState::Streaming);
        assert_eq!(half_close(session, &mut memory), OK);
        assert_eq!(report(session, &mut memory).state, FishplateState::Closing);
        let (status, _) = send(session, EVENT, LONG, &mut memory);
        memory.refused(status, PRECONDITION, 850);
        let status = half_close(session, &mut memory);
        memory.refused(status, PRECONDITION, 850);
        decided(session, 1, &mut memory);
        assert_eq!(ended(session, OK, &mut memory), 1);
        let status = cancel(session, &mut memory);
        memory.refused(status, PRECONDITION, 850);
        close(session, &mut memory);
    });
}

#[test]
fn a_cancelled_session_says_up_to_where_everything_was_decided() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let session = opened(place.address(), &options(), &mut memory);
        for _ in 0..50 {
            sent(session, EVENT, &mut memory);
        }
        assert_eq!(cancel(session, &mut memory), OK);
        let mut last = 0;
        let watermark = loop {
            let outcome = received(session, &mut memory);
            if outcome.is_end {
                assert_eq!(outcome.status, FishplateStatus::Cancelled);
                assert!(outcome.record.size > 0, "a bad end says why");
                break outcome.sequence;
            }
            assert_eq!(outcome.sequence, last + 1);
            last = outcome.sequence;
        };
        assert_eq!(watermark, last);
        let report = report(session, &mut memory);
        assert_eq!((report.state, report.status), (FishplateState::Done, FishplateStatus::Cancelled));
        assert_eq!(report.watermark, watermark);
        close(session, &mut memory);
    });
}

#[test]
fn closing_wakes_whoever_waits_and_refuses_whoever_comes() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let wanted = FishplateSessionOptions { when_full: 2, window_events: 2, ..options() };
        let (receiver, sender) =
            (opened(place.address(), &wanted, &mut memory), opened(place.address(), &wanted, &mut memory));
        std::thread::scope(|scope| {
            let receiving = scope.spawn(move || {
                let mut memory = Memory::of(1 << 14);
                let status = receive(receiver, u32::MAX, &mut memory);
                (status, memory.error())
            });
            let sending = scope.spawn(move || {
                let mut memory = Memory::of(1 << 14);
                loop {
                    let (status, _) = send(sender, EVENT, u32::MAX, &mut memory);
                    if status != OK {
                        return (status, memory.error());
                    }
                }
            });
            // Not a timed assertion: if they do not wait yet, they are refused instead of woken, which is right as well.
            std::thread::sleep(std::time::Duration::from_millis(30));
            assert_eq!(close(receiver, &mut memory), OK);
            assert_eq!(close(sender, &mut memory), OK);
            for waiting in [receiving, sending] {
                let (status, error) = waiting.join().expect("woken");
                let woken = (FishplateStatus::Cancelled, (FishplateStatus::Cancelled, 863));
                let too_late = (PRECONDITION, (PRECONDITION, 801));
                assert!((status, error) == woken || (status, error) == too_late, "{status:?} {error:?}");
            }
        });
        for session in [receiver, sender] {
            assert_eq!(close(session, &mut memory), OK, "any number of times");
            let (status, _) = send(session, EVENT, 0, &mut memory);
            memory.refused(status, PRECONDITION, 801);
            let status = receive(session, 0, &mut memory);
            memory.refused(status, PRECONDITION, 801);
            let status = half_close(session, &mut memory);
            memory.refused(status, PRECONDITION, 801);
            let status = cancel(session, &mut memory);
            memory.refused(status, PRECONDITION, 801);
            // SAFETY: every pointer is to memory of this test.
            let status = unsafe { fishplate_session_report(session, &mut memory.storage) };
            memory.refused(status, PRECONDITION, 801);
        }
    });
}

#[test]
fn a_close_while_others_send_and_receive_crashes_nothing() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        for _ in 0..20 {
            let session = opened(place.address(), &options(), &mut memory);
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    let mut memory = Memory::of(1 << 14);
                    while send(session, EVENT, LONG, &mut memory).0 == OK {}
                });
                scope.spawn(move || {
                    let mut memory = Memory::of(1 << 14);
                    while receive(session, LONG, &mut memory) == OK && !read_outcome(&memory).is_end {}
                });
                std::thread::yield_now();
                assert_eq!(close(session, &mut memory), OK);
            });
        }
    });
}

#[test]
fn handles_of_another_kind_and_wrong_arguments_are_refused() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let rules = rules(&mut memory);
        let engine = engine(rules, &mut memory);
        let session = opened(place.address(), &options(), &mut memory);
        let status = receive(engine, 0, &mut memory);
        memory.refused(status, PRECONDITION, 803);
        let status = decide(session, EVENT, &mut memory);
        memory.refused(status, PRECONDITION, 803);
        let status = receive(0, 0, &mut memory);
        memory.refused(status, INVALID, 807);
        let status = receive(session ^ 1 << 50, 0, &mut memory);
        memory.refused(status, PRECONDITION, 804);
        // SAFETY: nulls and wrong numbers are what is tested; everything else is memory of this test.
        unsafe {
            let (storage, number) = (&mut memory.storage, &mut 0);
            let status = fishplate_session_send(session, 7, null(), 0, null(), false, 0, 0, number, storage);
            memory.refused(status, INVALID, 809);
            let (storage, number) = (&mut memory.storage, &mut 0);
            let status = fishplate_session_send(session, 2, null(), 3, null(), false, 0, 0, number, storage);
            memory.refused(status, INVALID, 807);
            let (storage, event) = (&mut memory.storage, EVENT.as_ptr());
            let status = fishplate_session_send(session, 3, event, EVENT.len(), null(), false, 0, 0, &mut 0, storage);
            memory.refused(status, INVALID, 809);
            let status = fishplate_session_send(session, 2, event, 1, null(), false, 0, 0, null_mut(), null_mut());
            assert_eq!(status, INVALID);
        }
        assert_eq!(report(session, &mut memory).sent, 0, "nothing was sent by any of it");
        close_all(&[session, engine, rules], &mut memory);
    });
}

#[test]
fn a_session_that_cannot_be_opened_says_why() {
    everywhere(|place| {
        let mut memory = Memory::of(1 << 14);
        let mut refused = |address: &str, options, id: &[u8], rule_set, status, code| {
            let (got, handle) = open(address, &options, id, rule_set, &mut memory);
            memory.refused(got, status, code);
            assert_eq!(handle, 0);
        };
        let soon = || FishplateSessionOptions { connect_ms: 200, ..options() };
        let address = place.address();
        refused("http://127.0.0.1:1", options(), &[], "", INVALID, 859);
        refused(address, options(), &[1; 15], "", INVALID, 809);
        refused(address, options(), &[0; 16], "", INVALID, 809);
        refused(address, options(), &[], "nobody", FishplateStatus::NotFound, 861);
        refused(address, FishplateSessionOptions { when_full: 4, ..options() }, &[], "", INVALID, 809);
        let mut later = options();
        later.reserved[3] = 1;
        refused(address, later, &[], "", INVALID, 809);
        let scheme = address.split_inclusive([':']).next().unwrap_or_default();
        let nowhere = match scheme {
            "grpc:" => "grpc://127.0.0.1:1".to_owned(),
            "shm:" => format!("shm://{}", fresh_name()),
            _ => format!("inproc:{}", fresh_name()),
        };
        refused(&nowhere, soon(), &[], "", FishplateStatus::Unavailable, 860);
        if place.is_on_network() {
            refused(address, FishplateSessionOptions::default(), &[], "", INVALID, 854);
        }
    });
}

#[test]
fn an_engine_is_reachable_by_its_name_until_it_is_closed() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 14);
    let rules = rules(&mut memory);
    let (first, second) = (engine(rules, &mut memory), engine(rules, &mut memory));
    let name = fresh_name();
    let address = format!("inproc:{name}");
    assert_eq!(share(first, &name, &mut memory), OK);
    let status = share(second, &name, &mut memory);
    memory.refused(status, FishplateStatus::AlreadyExists, 867);
    let status = share(first, "", &mut memory);
    memory.refused(status, INVALID, 859);
    let session = opened(&address, &options(), &mut memory);
    sent(session, EVENT, &mut memory);
    decided(session, 1, &mut memory);
    assert_eq!(close(first, &mut memory), OK);
    let (status, _) = send(session, EVENT, LONG, &mut memory);
    memory.refused(status, FishplateStatus::Unavailable, 860);
    assert_eq!(ended(session, FishplateStatus::Unavailable, &mut memory), 1);
    let (status, _) = open(&address, &options(), &[], "", &mut memory);
    memory.refused(status, FishplateStatus::Unavailable, 860);
    let status = share(first, &name, &mut memory);
    memory.refused(status, PRECONDITION, 801);
    assert_eq!(share(second, &name, &mut memory), OK, "the name is free again");
    let again = opened(&address, &options(), &mut memory);
    sent(again, EVENT, &mut memory);
    decided(again, 1, &mut memory);
    close_all(&[again, session, second, rules], &mut memory);
}

#[test]
fn options_are_listed_in_the_order_of_the_struct() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 14);
    // SAFETY: every pointer is to memory of this test.
    unsafe {
        assert_eq!(fishplate_session_options(&mut memory.storage), OK);
        let mut cursor = fishplate_session_options_read(fishplate_storage_record(&memory.storage));
        let mut option = std::mem::MaybeUninit::<FishplateOption>::uninit();
        let mut names = Vec::new();
        while fishplate_next_option(&mut cursor, option.as_mut_ptr()) {
            let name = option.assume_init().name;
            names.push(String::from_utf8_lossy(std::slice::from_raw_parts(name.data.cast(), name.size)).into_owned());
        }
        assert_eq!(cursor.malformed, 0);
        let known: Vec<_> = fishplate_transport::SessionOptions::TABLE.iter().map(|row| row.0).collect();
        assert_eq!(names, known);
        assert_eq!((names[0].as_str(), names[3].as_str()), ("when_full", "deadline_ms"));
    }
    let mut wanted = FishplateSessionOptions::default();
    let fourth = &raw mut wanted as *mut u64;
    // SAFETY: the struct is numbers and nothing else.
    unsafe { fourth.add(3).write(5) };
    assert_eq!(wanted.deadline_ms, 5, "the members stand in the same order");
}
