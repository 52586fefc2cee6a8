//! Which type may stand where another is wanted, and what type holds two.

use std::sync::Arc;

use super::overloads::Pattern;
use crate::types::Type;

/// Types nested deeper than this become `dyn`, so that whatever walks a type stays within any stack.
const MAX_NESTING: usize = 32;

/// The type of the entries of `[]` and `{}`, until something else says what it is: in the check it stands as a wrapper
/// of `dyn`, which no schema declares, and never leaves it.
pub(super) fn open() -> Type {
    Type::Wrapper(Arc::new(Type::Dyn))
}

pub(super) fn is_open(ty: &Type) -> bool {
    matches!(ty, Type::Wrapper(of) if **of == Type::Dyn)
}

/// Whether a map with keys of this type may have a name as one.
pub(super) fn may_be_string(key: &Type) -> bool {
    matches!(key, Type::String | Type::Dyn) || is_open(key)
}

/// The type with `dyn` for whatever nothing has said.
pub(super) fn closed(ty: &Type) -> Type {
    match ty {
        open if is_open(open) => Type::Dyn,
        Type::List(of) => Type::list(closed(of)),
        Type::Map(key, value) => Type::map(closed(key), closed(value)),
        other => other.clone(),
    }
}

/// The type that holds both, if one does: `dyn` holds all, a wrapper holds its type and null, times hold null.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (open, other) | (other, open) if is_open(open) => Some(other.clone()),
        (Type::Dyn, _) | (_, Type::Dyn) => Some(Type::Dyn),
        (Type::Null, Type::Null) => Some(Type::Null),
        (Type::Null, other) | (other, Type::Null) => nullable(other).then(|| other.clone()),
        (Type::Wrapper(inner), other) | (other, Type::Wrapper(inner)) => {
            let other = if let Type::Wrapper(other) = other { other } else { other };
            (**inner == *other).then(|| Type::Wrapper(inner.clone()))
        }
        (Type::List(a), Type::List(b)) => join(a, b).map(Type::list),
        (Type::Map(key, value), Type::Map(other_key, other_value)) => {
            Some(Type::map(join(key, other_key)?, join(value, other_value)?))
        }
        _ => (a == b).then(|| a.clone()),
    }
}

/// Whether null is one of its values.
fn nullable(ty: &Type) -> bool {
    matches!(ty, Type::Wrapper(_) | Type::Timestamp | Type::Duration | Type::Message(_))
}

/// Whether a value of type `got` may stand where `want` is declared. Unlike [`join`], this lets no `dyn` through:
/// an output is never `dyn`.
pub(super) fn fits(got: &Type, want: &Type) -> bool {
    match (got, want) {
        (_, Type::Dyn) => true,
        (open, _) if is_open(open) => true,
        (Type::List(got), Type::List(want)) => fits(got, want),
        (Type::Map(got_key, got), Type::Map(want_key, want)) => fits(got_key, want_key) && fits(got, want),
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
    while let Type::List(inner) | Type::Map(_, inner) | Type::Wrapper(inner) = ty {
        ty = inner;
        depth += 1;
    }
    depth
}

/// What the type parameters of one overload stand for so far.
#[derive(Default)]
pub(super) struct Bindings {
    a: Option<Type>,
    b: Option<Type>,
}

impl Bindings {
    /// Whether `arg` may be passed for `param`. A wrapper passes for its type: a null in it is the run's error.
    pub(super) fn accept(&mut self, param: Pattern, arg: &Type) -> bool {
        let arg = if let Type::Wrapper(inner) = arg { inner } else { arg };
        match (param, arg) {
            (Pattern::A, arg) => bind(&mut self.a, arg),
            (Pattern::B, arg) => bind(&mut self.b, arg),
            (_, Type::Dyn) => true,
            (Pattern::ListOfA, Type::List(of)) => bind(&mut self.a, of),
            (Pattern::MapOfAToB, Type::Map(key, value)) => bind(&mut self.a, key) && bind(&mut self.b, value),
            (param, arg) => param.plain().is_some_and(|plain| plain == *arg),
        }
    }

    /// The type of the result.
    pub(super) fn result(&self, gives: Pattern) -> Type {
        let bound = |slot: &Option<Type>| slot.clone().unwrap_or(Type::Dyn);
        match gives {
            Pattern::A => bound(&self.a),
            Pattern::B => bound(&self.b),
            Pattern::ListOfA => list(bound(&self.a)),
            Pattern::MapOfAToB => map(bound(&self.a), bound(&self.b)),
            plain => plain.plain().unwrap_or(Type::Dyn),
        }
    }
}

fn bind(slot: &mut Option<Type>, arg: &Type) -> bool {
    let joined = match slot {
        None => Some(arg.clone()),
        Some(known) => join(known, arg),
    };
    let fits = joined.is_some();
    *slot = joined;
    fits
}

impl Pattern {
    /// The type, where it is one.
    pub(super) fn plain(self) -> Option<Type> {
        Some(match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Uint => Type::Uint,
            Self::Double => Type::Double,
            Self::String => Type::String,
            Self::Bytes => Type::Bytes,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::Dyn => Type::Dyn,
            Self::A | Self::B | Self::ListOfA | Self::MapOfAToB => return None,
        })
    }

    /// For `expected …`.
    pub(super) fn text(self) -> String {
        match self {
            Self::A | Self::B => "any value".to_owned(),
            Self::ListOfA => "list".to_owned(),
            Self::MapOfAToB => "map".to_owned(),
            plain => plain.plain().unwrap_or(Type::Dyn).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_holds_its_type_and_null() {
        let wrapper = Type::Wrapper(Type::Int.into());
        assert_eq!(join(&wrapper, &Type::Int), Some(wrapper.clone()));
        assert_eq!(join(&Type::Null, &wrapper), Some(wrapper.clone()));
        assert_eq!(join(&wrapper, &Type::Double), None);
        assert_eq!(join(&Type::Null, &Type::Int), None);
    }

    #[test]
    fn an_output_is_never_dyn() {
        assert!(!fits(&Type::Dyn, &Type::Int));
        assert!(fits(&Type::Int, &Type::Dyn));
        assert!(!fits(&Type::list(Type::Dyn), &Type::list(Type::Int)));
    }
}
