//! Which type may stand where another is wanted.

use crate::types::Type;

/// Types nested deeper than this become `dyn` when a literal is built.
const MAX_NESTING: usize = 32;

/// Whether a map with keys of this type may have a name as one.
pub(super) fn may_be_string(key: &Type) -> bool {
    matches!(key, Type::String | Type::Dyn | Type::Param(_))
}

/// The type with `dyn` for whatever nothing has said.
pub(super) fn closed(ty: &Type) -> Type {
    match ty {
        Type::Param(_) => Type::Dyn,
        Type::List(of) => Type::list(closed(of)),
        Type::Map(key, value) => Type::map(closed(key), closed(value)),
        Type::TypeOf(of) => Type::TypeOf(closed(of).into()),
        Type::Abstract(name, of) => Type::Abstract(name.clone(), of.iter().map(closed).collect()),
        other => other.clone(),
    }
}

/// Whether null is one of its values.
pub(super) fn nullable(ty: &Type) -> bool {
    matches!(ty, Type::Wrapper(_) | Type::Timestamp | Type::Duration | Type::Message(_) | Type::Abstract(..))
}

/// Whether a value of type `got` may stand where `want` is declared. This lets no `dyn` through: an output is never
/// `dyn`.
pub(super) fn fits(got: &Type, want: &Type) -> bool {
    match (got, want) {
        (_, Type::Dyn) | (Type::Param(_), _) => true,
        (Type::List(got), Type::List(want)) => fits(got, want),
        (Type::Map(got_key, got), Type::Map(want_key, want)) => fits(got_key, want_key) && fits(got, want),
        (Type::Abstract(name, got), Type::Abstract(wanted, want)) => {
            name == wanted && got.len() == want.len() && got.iter().zip(want.iter()).all(|(got, want)| fits(got, want))
        }
        (Type::Null, Type::Wrapper(_)) => true,
        (got, Type::Wrapper(want)) if *got == **want => true,
        _ => got == want,
    }
}

/// `list(of)`, or `list(dyn)` where that would nest too deep.
pub(super) fn list(of: Type) -> Type {
    Type::list(if nesting(&of) < MAX_NESTING { of } else { Type::Dyn })
}

/// `map(key, value)`, or with `dyn` values where that would nest too deep.
pub(super) fn map(key: Type, value: Type) -> Type {
    Type::map(key, if nesting(&value) < MAX_NESTING { value } else { Type::Dyn })
}

/// How deep a type nests; keys do not count, being scalars.
fn nesting(mut ty: &Type) -> usize {
    let mut depth = 0;
    loop {
        ty = match ty {
            Type::List(inner) | Type::Map(_, inner) | Type::Wrapper(inner) | Type::TypeOf(inner) => inner,
            Type::Abstract(_, of) => match of.last() {
                Some(inner) => inner,
                None => return depth,
            },
            _ => return depth,
        };
        depth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_never_dyn() {
        assert!(!fits(&Type::Dyn, &Type::Int));
        assert!(fits(&Type::Int, &Type::Dyn));
        assert!(!fits(&Type::list(Type::Dyn), &Type::list(Type::Int)));
    }
}
