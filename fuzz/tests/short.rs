//! Each target with inputs made by a seed from those that it takes. `FISHPLATE_FUZZ` says how many.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fishplate_fuzz::{
    TARGETS, Target,
    mutate::{Chance, mutated},
};

fn play(target: &Target) {
    let count: u64 = std::env::var("FISHPLATE_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let seeds = (target.seeds)();
    for seed in &seeds {
        (target.run)(seed);
    }
    for seed in 0..count {
        let bytes = mutated(&mut Chance::new(seed), &seeds, target.words);
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&bytes))).is_err() {
            panic!("{} {seed}: {:?}", target.name, String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn nothing_that_reads_bytes_panics_or_breaks_a_promise() {
    for target in TARGETS {
        let start = std::time::Instant::now();
        play(target);
        println!("{}: {:.1} s", target.name, start.elapsed().as_secs_f64());
    }
}
