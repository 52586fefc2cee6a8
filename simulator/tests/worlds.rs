//! A thousand worlds, or as many as FISHPLATE_SEEDS says, each from a seed of its own; and each mistake that can be planted,
//! found.

use fishplate_simulator::plant::{ALL, Plant};
use fishplate_simulator::shrink::shrink;
use fishplate_simulator::{Met, Plan, play};

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// What happens in a world, line by line.
fn listed(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("\n    {step:?}")).collect()
}

/// A world that fails is told small, with the seed that plays it again.
fn tell(seed: u64, plan: &Plan, plant: Option<Plant>) -> String {
    let Some((small, how)) = shrink(plan, plant, 400) else { return format!("seed {seed} fails, and then does not") };
    format!(
        "FISHPLATE_SEED={seed} plays it again\n{how}\n  {} of {} steps are enough ({} clients, partitioned: {}, memory: {:?}):{}",
        small.steps.len(),
        plan.steps.len(),
        plan.clients,
        plan.partitioned,
        plan.memory,
        listed(&small)
    )
}

#[test]
fn whatever_happens_nothing_is_lost_changed_or_told_twice() {
    let seeds = match number("FISHPLATE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FISHPLATE_SEEDS").unwrap_or(1_000),
    };
    let count = seeds.end - seeds.start;
    if count == 1 {
        println!("seed {}:{}", seeds.start, listed(&Plan::new(seeds.start)));
    }
    let mut met = Met::default();
    for seed in seeds {
        let plan = Plan::new(seed);
        match play(&plan, None) {
            Ok(one) => met = met.plus(one),
            Err(_) => panic!("{}", tell(seed, &plan, None)),
        }
    }
    println!("{count} worlds: {met:?}");
    if count >= 1_000 {
        let least = [met.restarts, met.cuts, met.lost, met.stopped, met.fired].into_iter().min();
        assert!(least > Some(count / 20), "the worlds are too quiet: {met:?}");
    }
}

#[test]
fn every_planted_mistake_is_found() {
    for plant in ALL {
        let found = (0..1_000).find_map(|seed| {
            let plan = Plan::new(seed);
            play(&plan, Some(plant)).err().map(|how| (seed, how, plan))
        });
        let Some((seed, how, plan)) = found else { panic!("{plant:?} is not found by a thousand seeds") };
        let small = shrink(&plan, Some(plant), 200).map_or(0, |(small, _)| small.steps.len());
        let how = how.lines().next().unwrap_or_default();
        println!("{plant:?}: found by seed {seed}, {} steps shrunk to {small}: {how:.150}", plan.steps.len());
    }
}

#[test]
fn a_seed_gives_the_same_world_each_time() {
    for seed in 0..20 {
        let played = || format!("{:?}", play(&Plan::new(seed), None));
        assert_eq!(played(), played(), "seed {seed}");
    }
}

/// Each command of the page that plays a world is run as it stands there, with this program for what cargo would build.
#[test]
fn the_page_shows_how_a_world_is_played_again() {
    let page = include_str!("../../docs/simulator.md");
    let mut played = 0;
    for line in page.lines() {
        let Some((seed, rest)) = line.trim().strip_prefix("FISHPLATE_SEED=").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let rest = rest.strip_prefix("cargo test -p fishplate-simulator -- ").expect("a command of this package");
        // What the command does stands behind it, in a column of its own.
        let arguments = rest.split("   ").next().unwrap_or_default().split_whitespace();
        let this = std::env::current_exe().expect("a program knows where it is");
        let said = std::process::Command::new(this).args(arguments).env("FISHPLATE_SEED", seed).output();
        let said = said.expect("it ran");
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains(&format!("seed {seed}:\n")), "{line}: {text}");
        assert!(text.contains("\n1 worlds: ") && text.contains("test result: ok. 1 passed"), "{line}: {text}");
        played += 1;
    }
    assert!(played > 0, "the page names a seed");
}
