//! What names mean in a case: its variables and its container. It knows no expected results.

use fishplate_cel::{Env, Type};
use prost_reflect::DynamicMessage;

use crate::{
    suite::{Suite, message, messages, text_of},
    values,
};

/// The environment of `case`.
pub(crate) fn of(_suite: &Suite, case: &DynamicMessage) -> Result<Env, String> {
    let mut env = Env::default();
    env.container(&text_of(case, "container"));
    for declared in messages(case, "type_env") {
        let name = text_of(&declared, "name");
        match message(&declared, "ident") {
            Some(ident) => {
                let ty = message(&ident, "type").as_ref().map_or(Ok(Type::Dyn), values::type_of)?;
                env.variable(&name, ty);
            }
            None => return Err("a declared function".to_owned()),
        }
    }
    Ok(env)
}
