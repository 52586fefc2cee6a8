//! Views and the machine: the same answers, errors and limits, for expressions of every instruction, over values of every kind.

use proptest::prelude::*;

use super::super::machine;
use crate::{
    Bounds, Code, Duration, Env, Map, Program, Slot, Slots, Stack, Timestamp, Type, Value, check, parse, plan,
};

/// Expressions of type bool. `x` is `dyn`: it may be anything.
const CONDITIONS: [&str; 44] = [
    "a > 3",
    "a + b * 2 >= 10 - a",
    "a / b == 1 || a % b == 0",
    "9223372036854775807 + a > 0",
    "-a < b",
    "f * 2.5 > f + 1.0",
    "f / 0.0 > 1.0",
    "f == f",
    "a < f",
    "u + 1u > 2u",
    "u - 3u < 2u",
    "s == 'web'",
    "s != t",
    "s < t && t >= s",
    "s + t == 'webshop'",
    "(s + t + s).size() > 8",
    "s + t in ['webshop', 'a', 'b', 'c', 'd']",
    "s.startsWith('we') && !t.endsWith('op')",
    "t.contains('ho')",
    "s.matches('^w.b$')",
    "s in ['web', 'app']",
    "s in ['web', 'app', 'pos', 'atm']",
    "a in [1, 2, 3, 4, 5]",
    "f in [1.0, 2.0]",
    "{'web': 1, 'app': 2}[s] == 1",
    "s in {'web': 1, 'app': 2}",
    "{1: 'web', 2: 'app'}[a] == s",
    "has(m.web) && m.web > a",
    "m[s] > 1",
    "m.exists(key, key == s && m[key] > a)",
    "l.exists(n, n > a && n < b + 5)",
    "l.all(n, n > 0 || n == a)",
    "l.exists_one(n, n == a)",
    "l.exists(n, 10 / n > 1)",
    "l.filter(n, n > a).size() > 1",
    "l.map(n, n * 2).exists(n, n == b)",
    "l.map(n, n > 1, n + a).all(n, l.exists(k, k < n))",
    "w.exists(text, text == s || text.startsWith(t))",
    "w.exists(i, text, i > 0 && text != s)",
    "[a, b, a + b].exists(n, n == 3)",
    "cel.bind(sum, a + b, sum > 3 && sum < 9)",
    "x > 1",
    "x == s || x",
    "at + duration('1h') > at && at.getHours() > a",
];

/// The variables of [`CONDITIONS`].
const NAMES: [&str; 11] = ["a", "b", "f", "u", "s", "t", "l", "w", "m", "x", "at"];

const LARGE: u64 = 1_000_000;

fn env() -> Env {
    let mut env = Env::default();
    let types = [
        Type::Int,
        Type::Int,
        Type::Double,
        Type::Uint,
        Type::String,
        Type::String,
        Type::list(Type::Int),
        Type::list(Type::String),
        Type::map(Type::String, Type::Int),
        Type::Dyn,
        Type::Timestamp,
    ];
    NAMES.into_iter().zip(types).for_each(|(name, ty)| env.variable(name, ty));
    env
}

fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["web", "shop", "app", "", "a text that is longer than sixteen"])
}

/// A value of the variable's type, if anything.
fn value(name: &str) -> BoxedStrategy<Value> {
    let int = || (-2i64..6).prop_map(Value::Int);
    let text = || words().prop_map(Value::from);
    match name {
        "a" | "b" => prop_oneof![9 => int(), 1 => Just(Value::Int(i64::MIN))].boxed(),
        "f" => prop::sample::select(vec![0.0, 1.0, 2.5, f64::NAN, f64::INFINITY]).prop_map(Value::Double).boxed(),
        "u" => (0u64..6).prop_map(Value::Uint).boxed(),
        "s" | "t" => text().boxed(),
        "l" => prop::collection::vec(int(), 0..5).prop_map(Value::list).boxed(),
        "w" => prop::collection::vec(text(), 0..4).prop_map(Value::list).boxed(),
        "m" => prop::collection::vec((text(), int()), 0..4)
            .prop_map(|entries| Value::Map(Map::from_entries(entries).into()))
            .boxed(),
        "at" => (0i64..90_000).prop_map(|seconds| Value::Timestamp(instant(seconds))).boxed(),
        _ => prop_oneof![
            int(),
            text(),
            any::<bool>().prop_map(Value::Bool),
            Just(Value::Null),
            Just(Value::Duration(Duration::from_nanos(1_000).expect("a short one"))),
        ]
        .boxed(),
    }
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000).expect("not long after 1970")
}

fn slot(name: String) -> BoxedStrategy<Slot> {
    let text = words().prop_map(|text| {
        let mut slot = Slot::default();
        slot.put_text(text);
        slot
    });
    let own = value(&name).prop_map(Slot::Value);
    let there = if name == "s" || name == "t" { prop_oneof![text, own].boxed() } else { own.boxed() };
    prop_oneof![12 => there, 1 => Just(Slot::Absent), 1 => Just(Slot::Error("no sum".into()))].boxed()
}

fn planned(source: &str, slots: &mut Slots) -> Program {
    let ast = parse(source, Bounds { depth: 100, nodes: 10_000 }).expect(source);
    plan(&check(source, &ast, &env(), Some(&Type::Bool)).expect(source), slots)
}

#[test]
fn views_know_every_condition_of_this_test() {
    for source in CONDITIONS {
        let program = planned(source, &mut Slots::default());
        // A single instruction the machine does at once.
        assert!(program.by_views || program.code.len() == 1, "{source}");
    }
}

/// The conditions joined by what is between them.
fn joined(parts: &[(&str, &str)]) -> String {
    let mut parts = parts.iter();
    let first = parts.next().map_or(String::new(), |(condition, _)| format!("({condition})"));
    parts.fold(first, |left, (condition, by)| match *by {
        "?" => format!("({left} ? ({condition}) : !({condition}))"),
        by => format!("({left} {by} ({condition}))"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn views_say_what_the_machine_says_or_nothing(
        parts in prop::collection::vec(
            (prop::sample::select(CONDITIONS.to_vec()), prop::sample::select(vec!["&&", "||", "?", "=="])),
            1..4,
        ),
        event in NAMES.map(|name| slot(name.to_owned())),
        limit in prop_oneof![Just(LARGE), 0u64..120],
    ) {
        let mut slots = Slots::default();
        let source = joined(&parts);
        let program = planned(&source, &mut slots);
        let place = |root: &str| NAMES.iter().position(|name| *name == root).expect("one of ours");
        let slots: Vec<Slot> = slots.paths().iter().map(|path| event[place(&path.root)].clone()).collect();
        let mut stack = Stack::default();
        let plain = machine::run(&program, &mut stack, &slots, limit);
        // Twice, since the second run finds the memory of the first.
        for _ in 0..2 {
            let views = super::run(&program, &mut stack.memory, &slots, limit);
            if let Some(views) = &views {
                prop_assert_eq!(format!("{:?}", views), format!("{:?}", plain), "{}", source);
            }
            let ends_early = matches!(&plain, Err(error) if error.code == Code::LIMIT_COST);
            prop_assert!(!(ends_early && views.is_some()), "{}", source);
            prop_assert!(plain.is_err() || views.is_some() || source.contains("(x "), "views say nothing of {}", source);
        }
    }
}
