//! `fishplate-cel`.

use std::sync::LazyLock;

use fishplate_cel::{Bounds, Env, Slot, Slots, Type, Value, check, parse, plan};

use super::{Answer, Outcome, guarded};
use crate::{generate::VARIABLES, template::ty};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 100_000 };
const COST: u64 = 1_000_000_000;

static ENV: LazyLock<Env> = LazyLock::new(|| {
    let mut env = Env::default();
    env.whole_messages();
    for (name, of) in VARIABLES {
        env.variable(name, ty(of));
    }
    env
});

/// What this engine makes of an expression.
pub(crate) fn answer(source: &str, bindings: &[(&'static str, Value)]) -> Answer {
    guarded(|| {
        let refused = |faults: Vec<fishplate_cel::Diagnostic>| {
            let why: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.code, fault.message)).collect();
            Answer::untyped(Outcome::Refused(why.join("; ")))
        };
        let ast = match parse(source, BOUNDS) {
            Ok(ast) => ast,
            Err(faults) => return refused(faults),
        };
        let checked = match check(source, &ast, &ENV, None) {
            Ok(checked) => checked,
            Err(faults) => return refused(faults),
        };
        let ty = Some(type_text(checked.ty()));
        let mut slots = Slots::default();
        let program = plan(&checked, &mut slots);
        let slot = |name: &str| bindings.iter().find(|(bound, _)| *bound == name).map(|(_, value)| value.clone());
        let table: Vec<Slot> =
            slots.paths().iter().map(|path| slot(&path.root).map_or(Slot::Absent, Slot::Value)).collect();
        let outcome = match program.run(&table, COST) {
            Ok(value) => Outcome::Value(value),
            Err(error) => Outcome::Failed(format!("{} {}", error.code, error.message)),
        };
        Answer { outcome, ty }
    })
}

/// A type as Google's engine writes it.
pub(crate) fn type_text(ty: &Type) -> String {
    match ty {
        Type::Null => "NULL".to_owned(),
        Type::Bool => "BOOL".to_owned(),
        Type::Int => "INT".to_owned(),
        Type::Uint => "UINT".to_owned(),
        Type::Double => "DOUBLE".to_owned(),
        Type::String => "STRING".to_owned(),
        Type::Bytes => "BYTES".to_owned(),
        Type::Timestamp => "TIMESTAMP".to_owned(),
        Type::Duration => "DURATION".to_owned(),
        Type::List(of) => format!("LIST<{}>", type_text(of)),
        Type::Map(key, of) => format!("MAP<{}, {}>", type_text(key), type_text(of)),
        Type::TypeOf(of) => format!("TYPE<{}>", type_text(of)),
        Type::Abstract(name, of) => {
            let of: Vec<String> = of.iter().map(type_text).collect();
            format!("{name}<{}>", of.join(", "))
        }
        Type::Dyn => "DYN".to_owned(),
        other => other.to_string(),
    }
}
