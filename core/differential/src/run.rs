//! Case after case: what the engines say of each, and what is printed where they differ.

use std::collections::BTreeMap;

use crate::{
    classes, compare,
    engines::{Outcome, here, in_rust},
    generate::{self, Case},
    peer::{Difference, Engines, Peer},
};

/// Cases that are asked of Python at once.
const BATCH: u64 = 200;
/// After so many differences there is no use in more.
const ENOUGH: usize = 20;

/// What came of all cases.
#[derive(Default)]
struct Count {
    expressions: usize,
    /// How many of them gave a value here.
    values: usize,
    differ: usize,
    documented: usize,
    /// By engine and class.
    classes: BTreeMap<(&'static str, &'static str), usize>,
    asked: BTreeMap<&'static str, usize>,
}

/// Runs the cases of the seeds from `seed` on; whether none differs but as the page says.
pub(crate) fn run(engines: &mut Engines, seed: u64, count: u64) -> Result<bool, String> {
    let mut total = Count::default();
    let mut from = seed;
    while from < seed + count && total.differ < ENOUGH {
        let to = (from + BATCH).min(seed + count);
        batch(engines, from, to, &mut total)?;
        from = to;
    }
    for (peer, asked) in &total.asked {
        let known = total.classes.iter().filter(|((of, _), _)| of == peer);
        let known: Vec<String> = known.map(|((_, class), count)| format!("{class} {count}")).collect();
        println!("against {peer}: {asked} expressions; {}", known.join(", "));
    }
    let Count { expressions, values, differ, documented, .. } = total;
    println!("{values} of the expressions gave a value here, the others an error");
    println!("differential: {expressions} expressions, {differ} differ, {documented} documented");
    Ok(differ == 0)
}

fn batch(engines: &mut Engines, from: u64, to: u64, total: &mut Count) -> Result<(), String> {
    let cases: Vec<(u64, Case, String)> = (from..to)
        .map(|seed| {
            let case = generate::case(seed);
            let text = case.expr.text();
            (seed, case, text)
        })
        .collect();
    if let Some(google) = &mut engines.google {
        google.ask(cases.iter().map(|(_, case, text)| (text.as_str(), case.bindings.as_slice())))?;
    }
    // While Python is busy.
    let ours: Vec<_> = cases.iter().map(|(_, case, text)| here::answer(text, &case.bindings)).collect();
    let mut differ: Vec<(usize, Peer)> = Vec::new();
    for (at, (_, case, text)) in cases.iter().enumerate() {
        total.expressions += 1;
        total.values += usize::from(matches!(ours[at].outcome, Outcome::Value(_)));
        if !case.extended {
            *total.asked.entry(Peer::Crate.name()).or_default() += 1;
            let theirs = in_rust::answer(text, &case.bindings);
            if compare::difference(&ours[at], &theirs, Peer::Crate).is_some() {
                differ.push((at, Peer::Crate));
            }
        }
    }
    if let Some(google) = &mut engines.google {
        let answers = match google.answers()? {
            Some(answers) => answers,
            // One of them ended the process: each by itself says which.
            None => cases.iter().map(|(_, case, text)| google.one(text, &case.bindings)).collect::<Result<_, _>>()?,
        };
        for (at, theirs) in answers.iter().enumerate() {
            *total.asked.entry(Peer::Google.name()).or_default() += 1;
            if compare::difference(&ours[at], theirs, Peer::Google).is_some() {
                differ.push((at, Peer::Google));
            }
        }
    }
    for (at, peer) in differ {
        let (seed, case, text) = &cases[at];
        match engines.smallest(peer, case)? {
            Some(smallest) => judge(*seed, text, &smallest, total),
            // The order of its maps is another each time, and what is made of them.
            None if [".map(", ".filter(", ".exists(", "format("].iter().any(|of| text.contains(of)) => {
                total.documented += 1;
                *total.classes.entry((peer.name(), "map-order")).or_default() += 1;
            }
            None => {
                total.differ += 1;
                println!("seed {seed}, against {}: another answer the second time: {text}", peer.name());
            }
        }
    }
    Ok(())
}

/// Counts a difference, and prints it if nobody knows it.
fn judge(seed: u64, text: &str, smallest: &Difference, total: &mut Count) {
    let peer = smallest.peer.name();
    if let Some(class) = classes::of(smallest) {
        total.documented += 1;
        *total.classes.entry((peer, class.name)).or_default() += 1;
        return;
    }
    total.differ += 1;
    println!("seed {seed}, against {peer}: {text}");
    println!("  smallest: {}", smallest.source);
    for (name, value) in &smallest.bindings {
        println!("    {name} = {value:?}");
    }
    println!("  here:  {}", smallest.ours);
    println!("  there: {}", smallest.theirs.to_string().replace('\n', " "));
    println!("  again: --seed {seed} --count 1");
}
