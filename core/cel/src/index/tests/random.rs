//! The index against the plain programs: random rule sets, random events, no difference. `FISHPLATE_INDEX` says how many
//! pairs of them are tried.

use super::rules::{Random, condition, slot};
use super::{Scratch, Set, WORST};
use crate::index::Worst;

/// Events that one rule set is tried with.
const EVENTS: usize = 100;

#[test]
fn the_index_says_what_the_programs_say() {
    let pairs = std::env::var("FISHPLATE_INDEX").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let (mut rules, mut by_index, mut by_checks) = (0, 0, 0);
    for seed in 0..pairs / EVENTS {
        let random = &mut Random::new(seed as u64);
        let count = random.pick(&[1, 3, 10, 40, 80]);
        // Limits that some conditions can exceed, and some events do: then the index may not say `false`.
        let tight = Worst { cost: random.pick(&[3, 8, 15, 30, 60]), text: 64, entries: 4 };
        let worst = random.pick(&[tight, WORST, WORST]);
        let set = Set::new((0..count).map(|_| condition(random, 3)).collect(), worst);
        let mut scratch = Scratch::default();
        for _ in 0..EVENTS {
            let event = set.event(|path| slot(random, path));
            let said = set.hold_to_the_programs(&event, &mut scratch);
            rules += set.programs.len();
            by_index += said.0;
            by_checks += said.1;
        }
    }
    // Saying nothing is never wrong: it has to be the exception.
    assert!(
        by_index * 8 > rules && by_checks * 4 > rules,
        "of {rules}: {by_index} by the index, {by_checks} by checks"
    );
}
