//! Estimates against what runs cost: examples worked out by hand, and random expressions over random events.

use proptest::prelude::*;
use proptest::sample::select;

use crate::{
    Absent, Bounds, Cost, Env, FieldType, Map, Path, Program, Slot, Slots, Type, Value, Worst, check, parse,
    plan_within, run::Machine,
};

const WORST: Worst = Worst { cost: u64::MAX, text: 40, entries: 3 };

/// The fields of the event, in the order of their slots. Those of `p` have defaults, those of `e` none.
fn fields() -> Vec<(&'static str, &'static str, Type, Value)> {
    let text = || Type::String;
    vec![
        ("e", "i", Type::Int, Value::Null),
        ("e", "s", text(), Value::Null),
        ("e", "b", Type::Bool, Value::Null),
        ("e", "l", Type::list(text()), Value::Null),
        ("e", "m", Type::map(text(), Type::Int), Value::Null),
        ("p", "i", Type::Int, Value::Int(0)),
        ("p", "s", text(), Value::from("")),
        ("p", "b", Type::Bool, Value::Bool(false)),
        ("p", "l", Type::list(Type::Int), Value::list(Vec::new())),
        ("features", "n", Type::Int, Value::Null),
    ]
}

fn env() -> Env {
    let mut env = Env::default();
    for root in ["e", "p", "features"] {
        let of_root = fields().into_iter().filter(|(of, ..)| *of == root);
        let fields = of_root.map(|(_, name, ty, absent)| {
            let absent = if absent == Value::Null { Absent::Error } else { Absent::Default(absent) };
            (name.to_owned(), FieldType { ty, absent })
        });
        env.message(&root.to_uppercase(), fields);
        env.variable(root, Type::Message(root.to_uppercase().into()));
    }
    let table = Map::from_entries((0..20).map(|at| (Value::Int(at), Value::text("x".repeat(at as usize * 7)))));
    let table = table.with_fallback(Value::text("y".repeat(99)));
    env.data("t.texts", Type::map(Type::Int, Type::String), Value::Map(table.into()), "texts");
    env
}

fn planned(source: &str) -> Result<(Program, Cost), String> {
    let bounds = Bounds { depth: 250, nodes: 10_000 };
    let told = |faults: Vec<crate::Diagnostic>| format!("{source}: {faults:?}");
    let ast = parse(source, bounds).map_err(told)?;
    let checked = check(source, &ast, &env(), None).map_err(told)?;
    let mut slots = Slots::default();
    for (root, name, ..) in fields() {
        slots.intern(&Path::new(root, [name]));
    }
    let program = plan_within(&checked, &mut slots, &WORST);
    let cost = program.cost();
    Ok((program, cost))
}

fn estimated(source: &str) -> (u64, Option<u64>) {
    let (_, Cost { least, most }) = planned(source).unwrap_or_else(|told| panic!("{told}"));
    (least, most)
}

#[test]
fn an_estimate_is_the_sum_of_what_the_model_counts() {
    for (source, least, most) in [
        ("1 + 2 == 3", 0, Some(0)),
        // A selection and a name.
        ("p.i", 2, Some(2)),
        ("p.i > 1", 3, Some(3)),
        // Nothing is compared where the field may be absent, which is an error.
        ("e.i > 1", 2, Some(3)),
        // The right side may not be reached; a text of at most 40 bytes beside one of 25.
        ("p.b && p.s == '1234567890123456789012345'", 2, Some(2 + 2 + 3)),
        ("p.b ? p.i : p.i + 1", 4, Some(5)),
        // The text and one by tenths, 5 letters of a pattern by fours, both rounded up: 1 × 2, and of 40 bytes 5 × 2.
        ("p.s.matches('[a-z]')", 2 + 2, Some(2 + 5 * 2)),
        ("[p.i, 1, 2]", 12, Some(12)),
        ("{'a': p.i}", 32, Some(32)),
        // Three entries at most: 3 for each turn, 1 for the variable, 1 for the comparison.
        ("p.l.exists(x, x > 1)", 2, Some(2 + 3 * (3 + 1 + 1))),
        // All of a list that is known: 12 for each turn, 1 for the variable, 1 for the sum, which may overflow.
        ("[1, 2, 3, 4].map(x, x)", 4 * 13, Some(4 * 13)),
        ("[1, 2, 3, 4].map(x, x + 1)", 12, Some(4 * 14)),
        ("[1, 2, 3, 4].map(x, [1, 2, 3].map(y, y))", 4 * (12 + 3 * 13), Some(4 * (12 + 3 * 13))),
        // A text of at most 133 bytes, or the 99 of the default.
        ("t.texts[p.i].size() > 5", 3, Some(3 + 14 + 1)),
        ("p.i in t.texts", 3, Some(3)),
        // What nobody bounds.
        ("lists.range(p.i).size() > 1", 3, None),
    ] {
        assert_eq!(estimated(source), (least, most), "{source}");
    }
}

/// Expressions of one type, as text; variables of macros are `v0`, `v1` … by depth.
fn bools() -> BoxedStrategy<String> {
    let leaf = select(vec!["e.b", "p.b", "true", "false", "has(e.s)", "features.n > 1", "e.i in t.texts"]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 40, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            let three = (inner.clone(), inner.clone(), inner.clone());
            let walked = (select(vec!["all", "exists", "exists_one"]), lists(), inner.clone());
            let compared = select(vec!["==", "!=", "<", ">=", "in"]);
            prop_oneof![
                inner.clone().prop_map(|a| format!("!({a})")),
                two.clone().prop_map(|(a, b)| format!("({a}) && ({b})")),
                two.prop_map(|(a, b)| format!("({a}) || ({b})")),
                three.prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
                (compared.clone(), ints(), ints()).prop_map(|(op, a, b)| match op {
                    "in" => format!("({a}) in [{b}, 1, 2, 3, 4]"),
                    op => format!("({a}) {op} ({b})"),
                }),
                (compared, texts(), texts()).prop_map(|(op, a, b)| match op {
                    "in" => format!("({a}) in ['x', {b}, {a}]"),
                    op => format!("({a}) {op} ({b})"),
                }),
                (select(vec!["contains", "startsWith", "endsWith"]), texts(), texts())
                    .prop_map(|(name, a, b)| format!("({a}).{name}({b})")),
                (texts(), select(vec!["[a-f]+x?", "{x}{{}", "a{1,2}"]))
                    .prop_map(|(a, b)| format!("({a}).matches('{b}')")),
                (texts(), texts()).prop_map(|(a, b)| format!("({a}).matches({b})")),
                walked.prop_map(|(name, of, body)| format!("({of}).{name}(v, size(v) > 1 || ({body}))")),
                (lists_of_ints(), inner).prop_map(|(of, body)| format!("({of}).all(n, n > e.i || ({body}))")),
                (lists_of_ints(), lists_of_ints()).prop_map(|(a, b)| format!("({a}) == ({b})")),
                (lists(), lists()).prop_map(|(a, b)| format!("({a}) != ({b})")),
            ]
        })
        .boxed()
}

fn ints() -> BoxedStrategy<String> {
    let leaf = select(vec!["e.i", "p.i", "features.n", "7", "-3", "size(e.m)", "size(t.texts)"]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(2, 8, 2, |inner| {
            prop_oneof![
                (select(vec!["+", "-", "*", "/", "%"]), inner.clone(), inner)
                    .prop_map(|(op, a, b)| format!("({a}) {op} ({b})")),
                small_texts().prop_map(|text| format!("size({text})")),
                small_texts().prop_map(|text| format!("int({text})")),
                select(vec![
                    "e.m['a']",
                    "e.m.a",
                    "p.l[1]",
                    "e.m[?'a'].orValue(3)",
                    "e.m[?'a'].or(e.m[?'b']).orValue(p.i + 1)",
                    "size(p.l)"
                ])
                .prop_map(str::to_owned),
            ]
        })
        .boxed()
}

fn small_texts() -> BoxedStrategy<String> {
    select(vec!["e.s", "p.s", "'0123456789012'", "''", "t.texts[3]", "t.texts[e.i]", "e.l[0]"])
        .prop_map(str::to_owned)
        .boxed()
}

fn texts() -> BoxedStrategy<String> {
    small_texts()
        .prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) + ({b})")),
                ints().prop_map(|a| format!("string({a})")),
                inner.clone().prop_map(|a| format!("({a}).lowerAscii().trim()")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).replace({b}, 'zz')")),
                (lists(), inner.clone()).prop_map(|(of, by)| format!("({of}).join({by})")),
                inner.prop_map(|a| format!("cel.bind(w, {a}, w + w)")),
                (bools_of_fields(), small_texts(), small_texts())
                    .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
            ]
        })
        .boxed()
}

fn bools_of_fields() -> BoxedStrategy<String> {
    select(vec!["e.b", "p.b", "p.i > 2"]).prop_map(str::to_owned).boxed()
}

fn lists() -> BoxedStrategy<String> {
    select(vec![
        "e.l",
        "['a', 'bb']",
        "e.l + e.l",
        "[e.s, p.s]",
        "e.l.map(x, x + x)",
        "e.l.filter(x, size(x) > 1)",
        "e.m.map(k, k)",
    ])
    .prop_map(str::to_owned)
    .prop_recursive(1, 4, 2, |inner| (inner, small_texts()).prop_map(|(of, text)| format!("({of}).map(y, {text} + y)")))
    .boxed()
}

fn lists_of_ints() -> BoxedStrategy<String> {
    let of = [
        "p.l",
        "[1, 2, 3]",
        "p.l + [e.i]",
        "p.l.map(x, x * 2)",
        "[1, 2, 3].map(x, [1, 2].map(y, y)).map(z, size(z))",
        "p.l.filter(x, x > 1).map(x, x)",
        "[[1, 2], [3]].map(l, l[0])",
        "p.l.sort()",
        "p.l.reverse()",
        "[?e.m[?'a']]",
    ];
    select(of.to_vec()).prop_map(str::to_owned).boxed()
}

fn value(ty: Type) -> BoxedStrategy<Value> {
    let text = "[a-f0-9x]{0,40}".prop_map(Value::text);
    match ty {
        Type::Int => (-2i64..25).prop_map(Value::Int).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::String => text.boxed(),
        Type::List(of) => prop::collection::vec(value((*of).clone()), 0..=3).prop_map(Value::list).boxed(),
        _ => prop::collection::vec(("[ab]", -5i64..5), 0..=3)
            .prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (Value::text(key), Value::Int(value)));
                Value::Map(Map::from_entries(entries).into())
            })
            .boxed(),
    }
}

fn slot(root: &'static str, ty: Type) -> BoxedStrategy<Slot> {
    let there = value(ty).prop_map(Slot::Value);
    let gone = Just(if root == "features" { Slot::Error("no value".to_owned()) } else { Slot::Absent });
    prop_oneof![4 => there, 1 => gone].boxed()
}

fn events() -> impl Strategy<Value = Vec<Slot>> {
    fields().into_iter().map(|(root, _, ty, _)| slot(root, ty)).collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn what_a_run_costs_is_within_its_estimate(
        source in prop_oneof![bools(), ints(), texts(), lists(), lists_of_ints()],
        events in prop::collection::vec(events(), 4),
    ) {
        let (program, cost) = planned(&source).unwrap_or_else(|told| panic!("{told}"));
        for slots in &events {
            let measured = Machine::measured(&program, slots);
            prop_assert!(cost.least <= measured, "{source}: {measured} is less than {cost:?}");
            prop_assert!(cost.most.is_none_or(|most| measured <= most), "{source}: {measured} is more than {cost:?}");
        }
    }
}
