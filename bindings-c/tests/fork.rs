//! What was made before a fork is refused in the child and never waited for, even if another thread was in the middle
//! of it; what the child makes itself works. One test in a program of its own, because it forks.
#![cfg(unix)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use fishplate_c::generated::entries::*;

/// What the child does; the number says where it failed, 0 that all was as it should be.
fn child(rules_before: u64, engine_before: u64) -> i32 {
    let mut memory = Memory::of(1 << 16);
    let forked = |status: FishplateStatus, memory: &Memory| {
        status == FishplateStatus::FailedPrecondition && memory.error().1 == FishplateCode::F0805 as u32
    };
    let status = decide(engine_before, EVENT, &mut memory);
    if !forked(status, &memory) {
        return 1;
    }
    // SAFETY: every pointer is to memory of this test.
    let status = unsafe { fishplate_rule_set_describe(rules_before, &mut memory.storage) };
    if !forked(status, &memory) {
        return 2;
    }
    // SAFETY: as above.
    let status = unsafe { fishplate_counters(engine_before, &mut memory.storage) };
    if !forked(status, &memory) {
        return 3;
    }
    // SAFETY: as above; no groups are named.
    let status = unsafe { fishplate_engine_snapshot(engine_before, std::ptr::null(), 0, &mut memory.storage) };
    if !forked(status, &memory) {
        return 8;
    }
    // SAFETY: as above.
    let status = unsafe { fishplate_engine_swap(engine_before, rules_before, &mut memory.storage) };
    if !forked(status, &memory) {
        return 9;
    }
    if !forked(state::restore(rules_before, &[b"FPS1"], &mut memory).0, &memory) {
        return 10;
    }
    let status = close(engine_before, &mut memory);
    if !forked(status, &memory) {
        return 4;
    }
    if live(FishplateKind::Engine) != 0 || live(FishplateKind::RuleSet) != 0 {
        return 5;
    }
    let own_rules = rules(&mut memory);
    let own = engine(own_rules, &mut memory);
    if decide(own, EVENT, &mut memory) != FishplateStatus::Ok || live(FishplateKind::Engine) != 1 {
        return 6;
    }
    close(own, &mut memory);
    close(own_rules, &mut memory);
    if live(FishplateKind::Engine) != 0 || live(FishplateKind::RuleSet) != 0 { 7 } else { 0 }
}

/// Ends the busy thread however the test ends: a scope waits for its threads even when an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn the_child_of_a_fork_is_refused_and_never_hangs() {
    let mut memory = Memory::of(1 << 16);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Keeps the engine's lock and the slots busy, so that forks happen in the middle of things.
        let busy = scope.spawn(|| {
            let mut memory = Memory::of(1 << 16);
            while !done.load(Ordering::Relaxed) {
                assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok);
            }
        });
        let stop = Stop(&done);
        for _ in 0..40 {
            // SAFETY: the child calls the library and `_exit`, and runs no other code of this program.
            let pid = unsafe { libc::fork() };
            assert!(pid >= 0, "fork");
            if pid == 0 {
                // SAFETY: `alarm` ends a child that hangs; `_exit` leaves without running anything of the parent's.
                unsafe {
                    libc::alarm(20);
                    libc::_exit(child(rules, engine));
                }
            }
            let mut status = 0;
            // SAFETY: `status` is this test's own.
            assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
            assert!(libc::WIFEXITED(status), "the child hung or crashed: {status:#x}");
            assert_eq!(libc::WEXITSTATUS(status), 0, "the step of the child that failed");
        }
        drop(stop);
        busy.join().expect("the busy thread");
    });
    assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok, "the parent goes on");
    close(engine, &mut memory);
    close(rules, &mut memory);
    nothing_lives();
}
