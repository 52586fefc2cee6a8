//! One case: parsed, checked, planned, run and compared. It knows no files and no page.

use fishplate_cel::{
    Bounds, Path, Slot, Slots, Type, Value, check, check_leniently, parse, parse_without_macros, plan,
};
use prost_reflect::{DynamicMessage, Value as Proto};

use crate::{
    compare, environment,
    suite::{Case, Suite, flag, message},
    values,
};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// And why.
    Failed(String),
}

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 100_000 };
const COST: u64 = 100_000_000;

/// What an expression came to.
struct Evaluated {
    ty: Type,
    value: Result<Value, String>,
}

/// Runs `case`.
pub(crate) fn run(suite: &Suite, case: &Case) -> Outcome {
    let outcome = evaluated(suite, case).map_or_else(
        |refused| if wants_error(&case.message) && refused.expected { Ok(()) } else { Err(refused.why) },
        |result| compared(suite, &case.message, &result),
    );
    match outcome {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(why),
    }
}

/// An expression that did not come to run.
struct Refused {
    why: String,
    /// Whether the language refused it, and not this runner.
    expected: bool,
}

impl Refused {
    fn here(why: String) -> Self {
        Self { why, expected: false }
    }

    fn by(faults: &[fishplate_cel::Diagnostic]) -> Self {
        let why: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.code, fault.message)).collect();
        Self { why: why.join("; "), expected: true }
    }
}

fn evaluated(suite: &Suite, case: &Case) -> Result<Evaluated, Refused> {
    let of = &case.message;
    let source = case.expression();
    let env = environment::of(suite, of).map_err(Refused::here)?;
    let parse = if flag(of, "disable_macros") { parse_without_macros } else { parse };
    let ast = parse(&source, BOUNDS).map_err(|faults| Refused::by(&faults))?;
    let checked = if flag(of, "disable_check") {
        check_leniently(&source, &ast, &env)
    } else {
        check(&source, &ast, &env, None).map_err(|faults| Refused::by(&faults))?
    };
    let ty = checked.ty().clone();
    if flag(of, "check_only") {
        return Ok(Evaluated { ty, value: Ok(Value::Null) });
    }
    let mut slots = Slots::default();
    let program = plan(&checked, &mut slots);
    let bound = bindings(suite, of).map_err(Refused::here)?;
    let table: Vec<Slot> = slots.paths().iter().map(|path| slot(&bound, path)).collect();
    let value = program.run(&table, COST).map_err(|error| format!("{} {}", error.code, error.message));
    Ok(Evaluated { ty, value })
}

/// The values of the case's variables, by name.
fn bindings(suite: &Suite, case: &DynamicMessage) -> Result<Vec<(String, Value)>, String> {
    let Some(bound) = case.get_field_by_name("bindings") else { return Ok(Vec::new()) };
    let Proto::Map(entries) = &*bound else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (name, given) in entries {
        let prost_reflect::MapKey::String(name) = name else { continue };
        let given = given.as_message().and_then(|given| message(given, "value")).ok_or("a binding that is no value")?;
        out.push((name.clone(), values::value(suite, &given)?));
    }
    Ok(out)
}

fn slot(bound: &[(String, Value)], path: &Path) -> Slot {
    let Some((_, root)) = bound.iter().find(|(name, _)| **name == *path.root) else { return Slot::Absent };
    let mut value = root.clone();
    for field in path.fields.iter() {
        let Value::Message(message) = &value else { return Slot::Absent };
        let found = message.ty().field(field).and_then(|(place, _)| message.get(place)).cloned();
        match found {
            Some(found) => value = found,
            None => return Slot::Absent,
        }
    }
    Slot::Value(value)
}

fn wants_error(case: &DynamicMessage) -> bool {
    case.has_field_by_name("eval_error") || case.has_field_by_name("any_eval_errors")
}

fn compared(suite: &Suite, case: &DynamicMessage, result: &Evaluated) -> Result<(), String> {
    if wants_error(case) {
        return match &result.value {
            Err(_) => Ok(()),
            Ok(value) => Err(format!("{value:?} instead of an error")),
        };
    }
    let typed = message(case, "typed_result");
    if let Some(want) = typed.as_ref().and_then(|typed| message(typed, "deduced_type")) {
        let want = values::type_of(&want)?;
        if result.ty != want {
            return Err(format!("the type {} instead of {want}", result.ty));
        }
    }
    if flag(case, "check_only") {
        return Ok(());
    }
    let want = match typed {
        Some(typed) => message(&typed, "result"),
        None => message(case, "value"),
    };
    // A case without an expectation expects true.
    let want = want.map_or(Ok(Value::Bool(true)), |want| values::value(suite, &want))?;
    match &result.value {
        Err(error) => Err(error.clone()),
        Ok(got) if compare::same(got, &want) => Ok(()),
        Ok(got) => Err(format!("{got:?} instead of {want:?}")),
    }
}
