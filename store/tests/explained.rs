//! The explanations of a state's errors keep their word: each example that a shell can run gives its code, and put right it
//! gives none. `fishplate serve` stands for opening the state; with `&` it stays open.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use fishplate::codes::{self, Explanation};
use fishplate::{Code, Error, Event, RuleSet, Status};
use fishplate_store::keeper::{Delivery, Keeper, Options};
use fishplate_store::{RealDisk, StateId, journal};

fn rules(name: &str) -> RuleSet {
    let text =
        format!("fishplate: 1\nname: {name}\nschema: {{fields: {{a: int}}}}\nrules: [{{id: R, when: event.a > 1}}]\n");
    let mut nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    RuleSet::from_text("rules.yaml", &text, &mut nothing, &Default::default()).expect("it compiles")
}

fn open(state: &Path, rules: &RuleSet, id: u8) -> Result<Keeper<RealDisk>, Error> {
    let journal = journal::Options { segment_bytes: 2_000, preallocate: false };
    let options = Options { journal, ..Options::default() };
    Keeper::open(RealDisk::open(state)?, StateId([id; 16]), rules, options, &mut |_| {}).map(|(keeper, _)| keeper)
}

/// A state of several segments, and another one with snapshots.
fn prepare(folder: &Path) {
    for (name, id, snapshots) in [("state", 1, false), ("other-state", 2, true)] {
        let mut keeper = open(&folder.join(name), &rules("payments"), id).expect("a new state");
        for _ in 0..40 {
            for _ in 0..5 {
                keeper.decide(Event::json(br#"{"a": 2}"#), None).expect("a good event");
            }
            keeper.sync().expect("there is room");
        }
        if snapshots {
            keeper.snapshot().expect("there is room");
        }
        keeper.close().expect("there is room");
    }
}

/// What the word after `flag` is.
fn flag<'l>(line: &'l str, flag: &str) -> &'l str {
    line.split_whitespace().skip_while(|word| *word != flag).nth(1).expect("the flag is there")
}

/// The codes that a shell's lines meet.
fn met(example: &str, begins_empty: bool) -> Vec<Code> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if !begins_empty {
        prepare(folder.path());
    }
    let (mut running, mut met) = (Vec::new(), Vec::new());
    for line in example.lines() {
        let line = line.strip_prefix("$ ").expect("a line for a shell");
        if !line.starts_with("fishplate serve") {
            let done = Command::new("sh").arg("-c").arg(line).current_dir(folder.path()).status();
            assert!(done.is_ok_and(|done| done.success()), "{line}");
            continue;
        }
        let name = flag(line, "--rules").trim_end_matches(".yaml");
        match open(&folder.path().join(flag(line, "--state")), &rules(name), 3) {
            Ok(keeper) if line.ends_with('&') => running.push(keeper),
            Ok(_) => {}
            Err(error) => met.push(error.code()),
        }
    }
    met
}

fn explanation(code: Code) -> Explanation {
    codes::explain(code).expect("every code is explained")
}

#[test]
fn what_a_shell_can_do_wrong_gives_its_code() {
    use codes::{STATE_DAMAGED, STATE_IN_USE, STATE_INCOMPLETE, STATE_MIXED, STATE_OF_OTHER_RULES, STATE_UNUSABLE};
    for code in [STATE_IN_USE, STATE_UNUSABLE, STATE_OF_OTHER_RULES] {
        let Explanation { wrong, right, .. } = explanation(code);
        assert_eq!((met(wrong, true), met(right, true)), (vec![code], vec![]), "{wrong}\n{right}");
    }
    for (code, gives) in
        [(STATE_DAMAGED, STATE_DAMAGED), (STATE_INCOMPLETE, STATE_INCOMPLETE), (STATE_MIXED, STATE_MIXED)]
    {
        let Explanation { wrong, .. } = explanation(code);
        assert_eq!(met(wrong, false), [gives], "{wrong}");
    }
}

#[test]
fn an_input_that_comes_again_gives_its_code() {
    let run = |example: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut keeper = open(folder.path(), &rules("payments"), 1).expect("a new state");
        let decided = example.lines().map(|line| {
            let (_, number) = line.trim_end_matches(')').split_once("sequence: ").expect("it has one");
            let sequence = number.parse().expect("a number");
            let delivery = Delivery { session: [1; 16], sequence, acknowledged: 0 };
            keeper.decide(Event::json(br#"{"a": 2}"#), Some(delivery)).map_err(|error| (error.status, error.code()))
        });
        decided.filter_map(Result::err).collect::<Vec<_>>()
    };
    let Explanation { wrong, right, .. } = explanation(codes::ACCEPTED_BEFORE);
    assert_eq!(run(wrong), [(Status::AlreadyExists, codes::ACCEPTED_BEFORE)]);
    assert_eq!(run(right), []);
}
