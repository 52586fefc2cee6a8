//! Nothing recurses: hostile expressions are parsed, checked, planned, run and dropped on a 256 KiB stack.

use fishplate_cel::{Absent, Bounds, Code, Env, FieldType, Slot, Slots, Type, Value, check, parse, plan};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 10_000 };
const FAR: usize = 200_000;

/// Runs on a thread whose stack is 256 KiB.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(test).expect("a thread");
    thread.join().expect("no panic, no overflow");
}

fn env() -> Env {
    let mut env = Env::default();
    env.variable("x", Type::Int);
    env.variable("b", Type::Bool);
    env.variable("any", Type::Dyn);
    env.message("M", [("m".to_owned(), FieldType { ty: Type::Message("M".into()), absent: Absent::Error })]);
    env.variable("m", Type::Message("M".into()));
    env.whole_messages();
    env
}

/// Each kind of nesting, `depth` deep around its core.
fn nested(depth: usize) -> Vec<String> {
    let around = |open: &str, core: &str, close: &str| format!("{}{core}{}", open.repeat(depth), close.repeat(depth));
    vec![
        around("(", "x", ")"),
        around("[", "x", "]"),
        around("[", "", "]"),
        around("{'k': ", "x", "}"),
        around("!", "b", ""),
        around("- ", "x", ""),
        around("b ? x : ", "x", ""),
        around("b ? (", "x", ") : x"),
        around("any", "", ".a"),
        around("", "any", ".a"),
        around("", "any", "[0]"),
        around("", "m", ".m"),
        around("int(", "x", ")"),
        around("any[", "0", "]"),
        around("", "'a'", ".size()"),
        around("b || (", "b", ")"),
        around("b && !(", "b", ")"),
        around("1 + (", "x", ")"),
        around("[x].map(v, ", "x", ")"),
        around("", "[x]", ".map(v, v)"),
        around("[x].exists(v, b && ", "b", ")"),
        around("cel.bind(v, x, ", "v", ")"),
        around("", "any", ".?a"),
        around("", "any", "[?0]"),
        around("optional.of(", "x", ")"),
        around("[?optional.of(", "x", ")]"),
        around("M{m: ", "M{}", "}"),
        around("math.greatest(x, ", "x", ")"),
    ]
}

/// All that can be done with a text; the codes of what is wrong with it.
fn all_rooms(source: &str) -> Vec<Code> {
    let codes = |errors: Vec<fishplate_cel::Diagnostic>| errors.into_iter().map(|error| error.code).collect();
    let ast = match parse(source, BOUNDS) {
        Ok(ast) => ast,
        Err(errors) => return codes(errors),
    };
    let checked = match check(source, &ast, &env(), None) {
        Ok(checked) => checked,
        Err(errors) => return codes(errors),
    };
    let mut slots = Slots::default();
    let program = plan(&checked, &mut slots);
    let table: Vec<Slot> = slots
        .paths()
        .iter()
        .map(|path| Slot::Value(if &*path.root == "b" { Value::Bool(false) } else { Value::Int(1) }))
        .collect();
    let outcome = program.run(&table, u64::MAX);
    if let Ok(value) = &outcome {
        assert!(fishplate_cel::equal(value, &value.clone()));
    }
    drop((outcome, program, checked, ast));
    Vec::new()
}

#[test]
fn whatever_is_within_the_limit_goes_through_every_room() {
    on_a_small_stack(|| {
        // Some nest two or three levels a time: a condition and its parentheses, a macro and what it goes through.
        let levels = |source: &String| match source {
            source if source.contains(".map") || source.contains(".exists") => 4,
            source if ["? (", "!(", "[?opt", "greatest"].iter().any(|two| source.contains(two)) => 2,
            _ => 1,
        };
        let within = [60, 120, 248]
            .into_iter()
            .flat_map(|depth| nested(depth).into_iter().filter(move |source| depth * levels(source) <= 248));
        for source in &within.collect::<Vec<_>>() {
            let codes = all_rooms(source);
            assert!(!codes.contains(&Code::LIMIT_EXPRESSION_DEPTH), "{source}: {codes:?}");
        }
    });
}

#[test]
fn whatever_is_beyond_the_limit_is_refused() {
    on_a_small_stack(|| {
        for source in nested(251).iter().chain(&nested(FAR)) {
            let codes = all_rooms(source);
            let limit = [Code::LIMIT_EXPRESSION_DEPTH, Code::LIMIT_EXPRESSION_NODES];
            let shown: String = source.chars().take(40).collect();
            assert!(codes.iter().any(|code| limit.contains(code)), "{shown}…: {codes:?}");
        }
    });
}

#[test]
fn what_is_never_closed_is_refused_too() {
    on_a_small_stack(|| {
        for opener in [
            "(",
            "[",
            "{",
            "!",
            "-",
            "x ? ",
            "x ? x : ",
            "f(",
            "x.f(",
            "x[",
            "1 + (",
            "{1: ",
            "x || (",
            "r'",
            "M{",
            "M{m: ",
            "x.map(v, ",
            "[?",
            "cel.bind(v, x, ",
        ] {
            assert!(!all_rooms(&opener.repeat(FAR)).is_empty(), "{opener}");
        }
        for closer in [")", "]", "}", ",", ":", "?", ".a", "+", "x ", "'"] {
            assert!(!all_rooms(&closer.repeat(FAR)).is_empty(), "{closer}");
        }
    });
}

#[test]
fn long_chains_are_flat() {
    on_a_small_stack(|| {
        for (first, next) in [("b", " || b"), ("b", " && b"), ("x", " + x"), ("x", " * x")] {
            assert_eq!(all_rooms(&format!("{first}{}", next.repeat(4_999))), []);
        }
        assert_eq!(all_rooms(&format!("x in [{}]", "1, ".repeat(9_000))), []);
    });
}

#[test]
fn what_a_name_holds_nests_in_what_the_name_is_used_in() {
    on_a_small_stack(|| {
        // Each value is a list around the one before: flat text, and a value as deep as the text is long.
        let values: Vec<String> =
            (0..1_000).map(|at| if at == 0 { "[1]".into() } else { format!("[cel.index({})]", at - 1) }).collect();
        let source = format!("size(cel.block([{}], cel.index(999)))", values.join(", "));
        assert_eq!(all_rooms(&source), [Code::LIMIT_EXPRESSION_DEPTH]);
        let wrapped = format!("{}v{}", "[".repeat(100), "]".repeat(100));
        let bound =
            format!("cel.bind(v, x, {}", format!("cel.bind(v, {wrapped}, ").repeat(20)) + "size([v])" + &")".repeat(21);
        assert_eq!(all_rooms(&bound), [Code::LIMIT_EXPRESSION_DEPTH]);
    });
}
