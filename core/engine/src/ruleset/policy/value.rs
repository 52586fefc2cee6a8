//! Values that tests of policies write as expressions: they read nothing and mean the same everywhere.

use fishplate_cel::{Bounds, Env, Slot, Slots, Value};

use crate::limits::Limits;

/// The value of an expression that reads no event; `None` for an optional that holds nothing.
///
/// # Errors
/// What is wrong with the expression, or why it has no value.
pub fn value_of(text: &str, limits: &Limits) -> Result<Option<Value>, String> {
    let bounds = Bounds { depth: limits.expression_depth as usize, nodes: limits.expression_nodes as usize };
    let checked =
        fishplate_cel::parse(text, bounds).and_then(|ast| fishplate_cel::check(text, &ast, &Env::default(), None));
    let checked = checked.map_err(|faults| {
        let told: Vec<String> = faults.into_iter().map(|fault| format!("{}: {}", fault.code, fault.message)).collect();
        told.join("; ")
    })?;
    let program = fishplate_cel::plan(&checked, &mut Slots::default());
    let value =
        program.run(&[] as &[Slot], limits.cost).map_err(|error| format!("{}: {}", error.code, error.message))?;
    Ok(match value {
        Value::Optional(held) => held.map(|held| (*held).clone()),
        value => Some(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_its_value_and_an_empty_optional_is_none() {
        let value = |text: &str| value_of(text, &Limits::default());
        assert_eq!(value("[1, 2][1] + 1"), Ok(Some(Value::Int(3))));
        assert_eq!(value("optional.of('a')"), Ok(Some(Value::from("a"))));
        assert_eq!(value("optional.none()"), Ok(None));
        assert!(value("x").is_err_and(|why| why.starts_with("F0201")));
        assert!(value("1 / 0").is_err_and(|why| why.starts_with("F0301")));
    }
}
