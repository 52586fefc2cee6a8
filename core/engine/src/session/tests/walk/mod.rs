//! A million random walks: a client, a server and a link that breaks, held at each step to a plain model.
//!
//! A walk is known by its number. A walk that fails says which it is and what it did; `FISHPLATE_WALK=number` runs it
//! alone. `FISHPLATE_WALKS=count` runs another number of walks.

mod model;
mod random;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use world::World;

const WALKS: u64 = 1_000_000;

/// What a step found: nothing, or the rule that was broken.
type Check = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}
use ensure;

fn walk(number: u64, trace: bool) -> Result<(), (String, Vec<String>)> {
    let mut world = World::new(number, trace);
    world.walk().map_err(|broken| (broken, world.said()))
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_happens_to_a_session_its_rules_hold() {
    if let Some(number) = from_environment("FISHPLATE_WALK") {
        let told = walk(number, true).err();
        assert!(told.is_none(), "walk {number}: {told:#?}");
        return;
    }
    let walks = from_environment("FISHPLATE_WALKS").unwrap_or(WALKS);
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(u64::MAX);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while failed.load(Ordering::Relaxed) == u64::MAX {
                    let first = next.fetch_add(256, Ordering::Relaxed);
                    if first >= walks {
                        return;
                    }
                    for number in first..walks.min(first + 256) {
                        // A panic inside a walk is a failure of this number, too.
                        let held = std::panic::catch_unwind(|| walk(number, false).is_ok());
                        if !held.unwrap_or(false) {
                            failed.fetch_min(number, Ordering::Relaxed);
                            return;
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    if failed < u64::MAX {
        eprintln!("walk {failed} fails; FISHPLATE_WALK={failed} runs it alone");
        panic!("walk {failed}: {:#?}", walk(failed, true).err());
    }
}
