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
        .map(|path| Slot::Value(if path.root == "b" { Value::Bool(false) } else { Value::Int(1) }))
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
        // Some nest two levels a time: a condition and its parentheses.
        let double = |source: &&String| source.contains("? (") || source.contains("!(");
        for source in nested(120).iter().chain(nested(248).iter().filter(|source| !double(source))) {
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
        for opener in ["(", "[", "{", "!", "-", "x ? ", "x ? x : ", "f(", "x.f(", "x[", "1 + (", "{1: ", "x || (", "r'"]
        {
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
