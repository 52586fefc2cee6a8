//! Tables as constants of a type of their own: what the checker knows of them, and what a run finds.

use std::sync::Arc;

use crate::{
    Absent, Bounds, Code, Env, EvalError, FieldType, Map, Message, MessageType, Program, Slot, Slots, Stack, Type,
    Value, check,
    message::{Field, Leaf, Shape},
    parse, plan,
};

fn row_type() -> Arc<MessageType> {
    let field = |(name, ty): (&str, Type)| Field {
        name: name.into(),
        number: 0,
        ty,
        shape: Shape::One(Leaf::Plain),
        absent: Absent::Error,
        explicit: true,
        oneof: None,
        extension: false,
    };
    MessageType::new("row of t.ages", [("share", Type::Double), ("name", Type::String)].map(field).into()).into()
}

/// `t.ages` by int, with a default, of `size` rows; `t.names` by string, of as many.
fn env(size: i64) -> Env {
    let ty = row_type();
    let row = |share: i64| {
        let mut row = Message::empty(ty.clone());
        row.set(0, Value::Double(share as f64));
        row.set(1, Value::text(format!("row {share}")));
        Value::Message(row.into())
    };
    let ages = Map::from_entries((0..size).map(|age| (Value::Int(age), row(age)))).with_fallback(row(-1));
    let names = Map::from_entries((0..size).map(|age| (Value::text(format!("n{age}")), row(age))));
    let mut env = Env::default();
    let field = |ty: Type| FieldType { ty, absent: Absent::Error };
    env.message("E", [("age", Type::Int), ("name", Type::String)].map(|(name, ty)| (name.to_owned(), field(ty))));
    env.variable("e", Type::Message("E".into()));
    env.shared_type(&ty);
    let of_rows = |key: Type| Type::map(key, Type::Message(ty.name().clone()));
    env.data("t.ages", of_rows(Type::Int), Value::Map(ages.into()), "ages 1");
    env.data("t.names", of_rows(Type::String), Value::Map(names.into()), "names 1");
    env
}

fn planned(source: &str, env: &Env) -> Result<Program, Vec<Code>> {
    let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect("well formed");
    let mut slots = Slots::default();
    for name in ["age", "name"] {
        slots.intern(&crate::Path::new("e", [name]));
    }
    let codes = |faults: Vec<crate::Diagnostic>| faults.iter().map(|fault| fault.code).collect::<Vec<_>>();
    check(source, &ast, env, None).map(|checked| plan(&checked, &mut slots)).map_err(codes)
}

fn slots(age: Slot, name: &str) -> [Slot; 2] {
    let mut text = Slot::default();
    text.put_text(name);
    [age, text]
}

fn run(source: &str, env: &Env, slots: &[Slot]) -> Result<Value, EvalError> {
    planned(source, env).unwrap_or_else(|codes| panic!("{source}: {codes:?}")).run(slots, 1_000)
}

#[test]
fn a_reading_is_looked_up_in_small_and_large_tables() {
    for size in [0, 1, 8, 9, 500] {
        let env = env(size);
        for age in [-1, 0, 7, 8, 499, 500] {
            let there = (0..size).contains(&age);
            let slots = slots(Slot::Value(Value::Int(age)), &format!("n{age}"));
            let share = if there { age as f64 } else { -1.0 };
            assert_eq!(run("t.ages[e.age].share", &env, &slots), Ok(Value::Double(share)));
            assert_eq!(run("e.age in t.ages", &env, &slots), Ok(Value::Bool(there)));
            assert_eq!(run("e.name in t.names", &env, &slots), Ok(Value::Bool(there)));
            assert_eq!(run("t.ages[e.age + 0].share", &env, &slots), Ok(Value::Double(share)), "not a reading alone");
            let named = run("t.names[e.name].name", &env, &slots).map_err(|error| (error.code, error.span.start));
            let wanted = if there { Ok(Value::text(format!("row {age}"))) } else { Err((Code::NO_SUCH_KEY, 0)) };
            assert_eq!(named, wanted);
        }
    }
}

#[test]
fn the_error_of_the_key_is_that_of_the_lookup() {
    let slots = [Slot::Error("no value".into()), Slot::Absent];
    for (source, code) in [
        ("t.ages[e.age].share", Code::FEATURE_IN_ERROR),
        ("e.age in t.ages", Code::FEATURE_IN_ERROR),
        ("t.names[e.name].share", Code::ABSENT_FIELD),
        ("e.name in t.names", Code::ABSENT_FIELD),
    ] {
        assert_eq!(run(source, &env(9), &slots).map_err(|error| error.code), Err(code), "{source}");
    }
}

#[test]
fn it_costs_what_reading_and_indexing_cost_apart() {
    let env = env(9);
    let slots = slots(Slot::Value(Value::Int(3)), "n3");
    for (source, cost) in [("e.age in t.ages", 3), ("t.ages[e.age].share", 4), ("t.names[e.name].name", 4)] {
        let program = planned(source, &env).expect("well typed");
        assert!(program.run(&slots, cost).is_ok(), "{source}");
        assert_eq!(program.run(&slots, cost - 1).map_err(|error| error.code), Err(Code::LIMIT_COST), "{source}");
    }
}

#[test]
fn rows_have_the_types_of_their_columns() {
    let env = env(3);
    assert_eq!(planned("t.ages[e.name].share", &env).err(), Some(vec![Code::NO_OPERATOR]));
    assert_eq!(planned("t.ages[1].shore", &env).err(), Some(vec![Code::UNKNOWN_FIELD]));
    assert_eq!(planned("t.ages[1].share == \"x\"", &env).err(), Some(vec![Code::CANNOT_COMPARE]));
    assert_eq!(planned("t.agse[1].share > 1.0", &env).err(), Some(vec![Code::UNKNOWN_NAME]));
}

#[test]
fn a_program_tells_the_data_that_it_names() {
    let data = |source: &str| {
        let program = planned(source, &env(3)).expect("well typed");
        program.data().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(data("e.age > 1"), [""; 0]);
    assert_eq!(data("t.ages[e.age].share > t.ages[1].share"), ["ages 1"]);
    assert_eq!(data("t.names.n1.share + t.ages[2].share"), ["names 1", "ages 1"], "folded or not");
}

#[test]
fn the_key_and_the_row_are_told_when_a_run_is_explained() {
    let source = "t.ages[e.age].share > 2.0";
    let mut told = Vec::new();
    let slots = slots(Slot::Value(Value::Int(3)), "");
    let mut tell = |span: crate::Span, given: Result<&Value, &EvalError>| {
        let given = given.is_ok_and(|value| !matches!(value, Value::Map(_)));
        told.push((source[span.start as usize..span.end as usize].to_owned(), given));
    };
    let given = planned(source, &env(9)).expect("well typed").explain(&mut Stack::default(), &slots, 1_000, &mut tell);
    assert_eq!(given, Ok(Value::Bool(true)));
    let told: Vec<_> = told.iter().map(|(text, good)| (text.as_str(), *good)).collect();
    assert_eq!(told, [("e.age", true), ("t.ages[e.age]", true), ("t.ages[e.age].share", true), (source, true)]);
}
