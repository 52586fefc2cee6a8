//! A session, or a place in a ring, that was opened before a fork is refused in the child and never waited for, even if
//! other threads were in the middle of it; what the child opens itself works. One test in a program of its own, because
//! it forks.
#![cfg(target_os = "linux")]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};

use common::server::Place;
use common::session::*;
use common::*;
use fishplate_c::generated::entries::*;
use fishplate_c::types::FishplateHandle;

const FORKED: (FishplateStatus, u32) = (FishplateStatus::FailedPrecondition, FishplateCode::F0805 as u32);

/// What the child does; the number says where it failed, 0 that all was as it should be.
fn child(before: &[FishplateHandle], ring: FishplateHandle, servers: &[Place], round: usize) -> i32 {
    let mut memory = Memory::of(1 << 14);
    for (at, session) in before.iter().enumerate() {
        let failed = refused_everywhere(*session, &mut memory);
        if failed != 0 {
            return 10 * (at as i32 + 1) + failed;
        }
    }
    // SAFETY: every pointer is to memory of this test.
    let statuses = unsafe {
        [
            fishplate_ring_describe(ring, &mut memory.storage),
            fishplate_ring_wait(ring, 2, 0, 1000, &mut 0, &mut memory.storage),
            fishplate_ring_wake(ring, 0, &mut memory.storage),
            fishplate_ring_alive(ring, &mut 0, &mut memory.storage),
            fishplate_close(ring, &mut memory.storage),
        ]
    };
    if statuses != [FORKED.0; 5] || memory.error() != FORKED {
        return 50;
    }
    if [FishplateKind::Session, FishplateKind::Ring].map(live) != [0; 2] {
        return 51;
    }
    // One place a child: each claims a pair of the ring, or starts a runtime of its own.
    match servers.get(round % (servers.len() + 1)) {
        Some(place) => talks(place.address(), 60, &mut memory),
        None => talks_to_itself(&mut memory),
    }
}

fn refused_everywhere(session: FishplateHandle, memory: &mut Memory) -> i32 {
    let steps: [&dyn Fn(&mut Memory) -> FishplateStatus; 6] = [
        &|memory| send(session, EVENT, u32::MAX, memory).0,
        &|memory| receive(session, u32::MAX, memory),
        &|memory| half_close(session, memory),
        &|memory| cancel(session, memory),
        // SAFETY: every pointer is to memory of this test.
        &|memory| unsafe { fishplate_session_report(session, &mut memory.storage) },
        &|memory| close(session, memory),
    ];
    for (at, step) in steps.iter().enumerate() {
        if step(memory) != FORKED.0 || memory.error() != FORKED {
            return at as i32 + 1;
        }
    }
    0
}

fn talks(address: &str, failure: i32, memory: &mut Memory) -> i32 {
    let (status, session) = open(address, &options(), &[], "", memory);
    if status != FishplateStatus::Ok {
        return failure;
    }
    if send(session, EVENT, LONG, memory) != (FishplateStatus::Ok, 1) {
        return failure + 1;
    }
    if receive(session, LONG, memory) != FishplateStatus::Ok || read_outcome(memory).status != FishplateStatus::Ok {
        return failure + 2;
    }
    if close(session, memory) != FishplateStatus::Ok || live(FishplateKind::Session) != 0 {
        return failure + 3;
    }
    0
}

fn talks_to_itself(memory: &mut Memory) -> i32 {
    let own_rules = rules(memory);
    let own = engine(own_rules, memory);
    if share(own, "of-the-child", memory) != FishplateStatus::Ok {
        return 70;
    }
    let failed = talks("inproc:of-the-child", 71, memory);
    close(own, memory);
    close(own_rules, memory);
    failed
}

/// Ends the busy threads however the test ends: a scope waits for its threads even when an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn attach(address: &str, memory: &mut Memory) -> FishplateHandle {
    let name = address.trim_start_matches("shm://");
    let mut ring = 0;
    // SAFETY: every pointer is to memory of this test.
    let status = unsafe { fishplate_ring_attach(name.as_ptr().cast(), name.len(), &mut ring, &mut memory.storage) };
    assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
    ring
}

/// Keeps a session busy, so that forks happen in the middle of things.
fn keep_busy(session: FishplateHandle, done: &AtomicBool) {
    let mut memory = Memory::of(1 << 14);
    while !done.load(Ordering::Relaxed) {
        let sequence = sent(session, EVENT, &mut memory);
        decided(session, sequence, &mut memory);
    }
}

#[test]
fn the_child_of_a_fork_is_refused_and_opens_its_own() {
    let mut memory = Memory::of(1 << 14);
    let places = Place::all();
    let sessions: Vec<_> = places.iter().map(|place| opened(place.address(), &options(), &mut memory)).collect();
    let ring = attach(places[1].address(), &mut memory);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let busy: Vec<_> = sessions.iter().map(|session| scope.spawn(|| keep_busy(*session, &done))).collect();
        let stop = Stop(&done);
        for round in 0..12 {
            // SAFETY: the child calls the library and `_exit`, and runs no other code of this program.
            let pid = unsafe { libc::fork() };
            assert!(pid >= 0, "fork");
            if pid == 0 {
                // SAFETY: `alarm` ends a child that hangs; `_exit` leaves without running anything of the parent's.
                unsafe {
                    libc::alarm(20);
                    libc::_exit(child(&sessions, ring, &places[1..], round));
                }
            }
            let mut status = 0;
            // SAFETY: `status` is this test's own.
            assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
            assert!(libc::WIFEXITED(status), "the child hung or crashed: {status:#x}");
            assert_eq!(libc::WEXITSTATUS(status), 0, "the step of the child that failed");
        }
        drop(stop);
        busy.into_iter().for_each(|thread| thread.join().expect("a busy thread"));
    });
    for session in &sessions {
        let sequence = sent(*session, EVENT, &mut memory);
        decided(*session, sequence, &mut memory);
    }
    close_all(&sessions, &mut memory);
    close_all(&[ring], &mut memory);
    drop(places);
    nothing_lives();
}
