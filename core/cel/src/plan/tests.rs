//! What a program names, and what of it is left to run.

use super::{Instr, Path, Program, Slots, plan};
use crate::{Absent, Bounds, Env, FieldType, Type, Value, check, parse};

fn planned(source: &str, slots: &mut Slots) -> Program {
    let field = |name: &str, ty: Type| (name.to_owned(), FieldType { ty, absent: Absent::Error });
    let mut env = Env::default();
    env.message(
        "Event",
        [
            field("a", Type::Int),
            field("b", Type::Bool),
            field("m", Type::map(Type::String, Type::Int)),
            field("device", Type::Message("Device".into())),
        ],
    );
    env.message("Device", [field("id", Type::Int)]);
    env.variable("event", Type::Message("Event".into()));
    env.variable("x", Type::Int);
    let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect(source);
    let checked = check(source, &ast, &env, None).expect(source);
    plan(&checked, slots)
}

fn path(root: &str, fields: &[&str]) -> Path {
    Path::new(root, fields.iter().copied())
}

#[test]
fn a_maximal_selection_is_one_slot() {
    let mut slots = Slots::default();
    let program = planned("event.device.id + event.m.key + x + event.device.id", &mut slots);
    assert_eq!(slots.paths(), [path("event", &["device", "id"]), path("event", &["m"]), path("x", &[])]);
    assert_eq!(program.slots(), [0, 1, 2]);
}

#[test]
fn programs_share_a_table_and_list_their_own_slots() {
    let mut slots = Slots::default();
    planned("event.a == 1", &mut slots);
    let program = planned("x == event.a || has(event.device)", &mut slots);
    assert_eq!(program.slots(), [0, 1, 2]);
    assert_eq!(planned("x == 1", &mut slots).slots(), [1]);
}

#[test]
fn slots_are_named_whether_or_not_a_run_reads_them() {
    let mut slots = Slots::default();
    assert_eq!(planned("true || event.b", &mut slots).slots(), [0]);
}

#[test]
fn constants_are_folded_unless_they_are_errors() {
    let mut slots = Slots::default();
    for source in ["1 + 2 * 3", "[1, 2 + 3]", "{'a': 1}.size() == 1", "true && !false", "timestamp(0) < timestamp(1)"] {
        let program = planned(source, &mut slots);
        assert!(matches!(program.code[..], [Instr::Constant(0)]), "{source}: {:?}", program.code);
        assert_eq!(program.constants.len(), 1);
    }
    assert_eq!(planned("1 / 0", &mut slots).code.len(), 3);
}

#[test]
fn membership_in_a_constant_list_is_one_step() {
    let program = planned("event.a in [1, 2, 3, 4, 5]", &mut Slots::default());
    assert!(matches!(program.code[..], [Instr::Read(0), Instr::InSet(0)]), "{:?}", program.code);
    assert!(program.constants.is_empty());
}

#[test]
fn folding_has_a_budget() {
    // Each sum copies what came before it: without a budget this would be half a gigabyte.
    let source = vec![format!("'{}'", "x".repeat(200)); 2_000].join(" + ");
    let program = planned(&source, &mut Slots::default());
    assert!(program.code.len() > 1);
    let Ok(Value::String(text)) = program.run(&[], u64::MAX) else { panic!("a string") };
    assert_eq!(text.len(), 400_000);
}

#[test]
fn a_comparison_of_a_field_with_a_constant_is_one_step() {
    let mut slots = Slots::default();
    let program = planned("event.a > 40 + 2", &mut slots);
    assert!(matches!(program.code[..], [Instr::Compare { reading: 0, constant: 0, .. }]), "{:?}", program.code);
    assert_eq!(program.constants, [Value::Int(42)]);
    assert_eq!(planned("event.a + 1 > 42", &mut slots).code.len(), 5);
}
