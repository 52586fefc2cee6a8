//! Whole expressions, from text to value. Expectations are derived by hand from the specification.

use crate::{Absent, Bounds, Code, Env, EvalError, FieldType, Program, Slot, Slots, Type, Value, check, parse, plan};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 10_000 };
const COST: u64 = 1_000_000;

/// `event` with scalars, times, a list and a map, and `features`.
fn env() -> Env {
    let mut env = Env::default();
    let field = |name: &str, ty: Type, default: Option<Value>| {
        (name.to_owned(), FieldType { ty, absent: default.map_or(Absent::Error, Absent::Default) })
    };
    env.container("risk.v1");
    env.message(
        "risk.v1.Event",
        [
            field("amount", Type::Double, None),
            field("count", Type::Int, Some(Value::Int(0))),
            field("country", Type::String, Some("".into())),
            field("flag", Type::Bool, None),
            field("other_flag", Type::Bool, None),
            field("limit", Type::Wrapper(Type::Int.into()), Some(Value::Null)),
            field("tags", Type::list(Type::String), Some(Value::List([].into()))),
            field("labels", Type::map(Type::String, Type::Int), None),
            field("device", Type::Message("risk.v1.Device".into()), None),
            field("any", Type::Dyn, None),
        ],
    );
    env.message("risk.v1.Device", [field("id", Type::String, None)]);
    env.message("Features", [field("spend", Type::Double, None)]);
    env.variable("event", Type::Message("risk.v1.Event".into()));
    env.variable("features", Type::Message("Features".into()));
    env.constant("risk.v1.Status.APPROVED", Value::Int(2));
    env
}

fn compile(source: &str, slots: &mut Slots) -> Program {
    let ast = parse(source, BOUNDS).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let checked = check(source, &ast, &env(), None).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    plan(&checked, slots)
}

fn run_with(source: &str, given: &[(&str, Slot)]) -> Result<Value, EvalError> {
    let mut slots = Slots::default();
    let program = compile(source, &mut slots);
    let find = |path: &crate::Path| {
        let name = std::iter::once(&path.root).chain(&path.fields).map(String::as_str).collect::<Vec<_>>().join(".");
        given.iter().find(|(known, _)| *known == name).map_or(Slot::Absent, |(_, slot)| slot.clone())
    };
    let values: Vec<Slot> = slots.paths().iter().map(find).collect();
    program.run(&values, COST)
}

fn run(source: &str) -> Result<Value, EvalError> {
    run_with(source, &[])
}

fn value(source: &str) -> Value {
    run(source).unwrap_or_else(|error| panic!("{source}: {error:?}"))
}

fn code(source: &str) -> Code {
    run(source).expect_err(source).code
}

/// Each of them is true.
fn all_true(sources: &[&str]) {
    for source in sources {
        assert_eq!(value(source), Value::Bool(true), "{source}");
    }
}

#[test]
fn arithmetic_follows_precedence() {
    assert_eq!(value("1 + 2 * 3 - 8 / 2 % 3"), Value::Int(6));
    assert_eq!(value("-(1 + 2) * 3"), Value::Int(-9));
    assert_eq!(value("7 / -2"), Value::Int(-3));
    assert_eq!(value("7 % -2"), Value::Int(1));
    assert_eq!(value("-7 % 2"), Value::Int(-1));
    all_true(&["true || false && false", "!(true && false)", "1 < 2 == true", "false ? false : true ? true : false"]);
}

#[test]
fn a_path_is_read_from_its_slot() {
    let amount = [("event.amount", Slot::Value(Value::Double(2500.0)))];
    assert_eq!(run_with("event.amount > 2000 && event.count == 0", &amount), Ok(Value::Bool(true)));
    assert_eq!(run_with("event.amount > 2000.0 ? 'high' : 'low'", &amount), Ok("high".into()));
}
