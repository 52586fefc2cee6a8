//! What is found out about types: parameters and what they stand for so far, the type that holds two others, and which
//! overload takes given arguments.
//!
//! A parameter that stands for nothing yet takes on whatever it meets; one that stands for something widens where it
//! can (`int` beside `dyn` is `dyn`). What is found out on the way to a dead end is forgotten again.

use super::{assign, checker::Checker, signature::Signature};
use crate::types::Type;

/// Types nested deeper than this are `dyn`: whatever walks a type stays within any stack.
const MAX_DEPTH: usize = 64;
/// Types larger than this are `dyn` in part.
const MAX_SIZE: usize = 1_000;

/// What parameters stand for.
#[derive(Default)]
pub(super) struct Bindings {
    bound: Vec<Option<Type>>,
    /// What was bound to what before, the latest last.
    trail: Vec<(u32, Option<Type>)>,
}

/// What a type is once its parameter is followed: the last parameter on the way, and what that stands for.
type Followed = (Option<u32>, Option<Type>);

impl Bindings {
    /// A parameter that stands for nothing yet.
    pub(super) fn fresh(&mut self) -> Type {
        self.bound.push(None);
        Type::Param((self.bound.len() - 1) as u32)
    }

    fn follow(&self, ty: &Type) -> Followed {
        let mut ty = ty;
        let mut last = None;
        while let Type::Param(number) = ty {
            last = Some(*number);
            match &self.bound[*number as usize] {
                Some(next) => ty = next,
                None => return (last, None),
            }
        }
        (last, Some(ty.clone()))
    }

    fn bind(&mut self, number: u32, ty: Type) {
        let old = self.bound[number as usize].replace(ty);
        self.trail.push((number, old));
    }

    fn undo(&mut self, to: usize) {
        while self.trail.len() > to {
            if let Some((number, old)) = self.trail.pop() {
                self.bound[number as usize] = old;
            }
        }
    }

    /// The type with everything in it that has been found out; parameters that stand for nothing stay.
    pub(super) fn resolve(&self, ty: &Type) -> Type {
        self.resolved(ty, 0, &mut MAX_SIZE.clone())
    }

    fn resolved(&self, ty: &Type, depth: usize, left: &mut usize) -> Type {
        if depth > MAX_DEPTH || *left == 0 {
            return Type::Dyn;
        }
        *left -= 1;
        let mut go = |ty: &Type| self.resolved(ty, depth + 1, left);
        match ty {
            Type::Param(_) => match self.follow(ty) {
                (_, Some(found)) => self.resolved(&found, depth, left),
                (Some(number), None) => Type::Param(number),
                (None, None) => Type::Dyn,
            },
            Type::List(of) => Type::list(go(of)),
            Type::Map(key, value) => {
                let key = go(key);
                Type::map(key, go(value))
            }
            Type::TypeOf(of) => Type::TypeOf(go(of).into()),
            Type::Abstract(name, of) => Type::Abstract(name.clone(), of.iter().map(go).collect()),
            other => other.clone(),
        }
    }

    fn occurs(&self, number: u32, ty: &Type, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return true;
        }
        let within = |ty: &Type| self.occurs(number, ty, depth + 1);
        match ty {
            Type::Param(_) => match self.follow(ty) {
                (Some(last), _) if last == number => true,
                (_, Some(found)) => self.occurs(number, &found, depth + 1),
                _ => false,
            },
            Type::List(of) | Type::TypeOf(of) => within(of),
            Type::Map(key, value) => within(key) || within(value),
            Type::Abstract(_, of) => of.iter().any(within),
            _ => false,
        }
    }

    /// The type that holds both, if one does; what had to be found out for it is kept only then.
    pub(super) fn join(&mut self, a: &Type, b: &Type) -> Option<Type> {
        let before = self.trail.len();
        let joined = self.joined(a, b, 0);
        if joined.is_none() {
            self.undo(before);
        }
        joined
    }

    fn joined(&mut self, a: &Type, b: &Type, depth: usize) -> Option<Type> {
        if depth > MAX_DEPTH {
            return Some(Type::Dyn);
        }
        // Most types of most rules, and there is nothing to find out about them.
        if a == b && is_scalar(a) {
            return Some(a.clone());
        }
        let ((a_param, a_is), (b_param, b_is)) = (self.follow(a), self.follow(b));
        match (a_param, a_is, b_param, b_is) {
            (Some(one), _, Some(other), _) if one == other => Some(Type::Param(one)),
            (Some(number), None, Some(other), _) => self.unite(number, Type::Param(other)),
            (Some(number), None, _, Some(ty)) | (_, Some(ty), Some(number), None) => {
                let known = if a_param == Some(number) { b_param } else { a_param };
                self.unite(number, known.map_or(ty, Type::Param))
            }
            (_, Some(one), _, Some(other)) => {
                let joined = self.structure(&one, &other, depth)?;
                for (param, known) in [(a_param, one), (b_param, other)] {
                    if let Some(number) = param
                        && joined != known
                        && !self.occurs(number, &joined, 0)
                    {
                        self.bind(number, joined.clone());
                    }
                }
                Some(joined)
            }
            _ => None,
        }
    }

    fn unite(&mut self, number: u32, ty: Type) -> Option<Type> {
        if self.occurs(number, &ty, 0) {
            return None;
        }
        self.bind(number, ty.clone());
        Some(ty)
    }

    /// The type that holds both of two that are no parameters: `dyn` holds all, a wrapper its type and null; times,
    /// messages and abstract types hold null.
    fn structure(&mut self, a: &Type, b: &Type, depth: usize) -> Option<Type> {
        match (a, b) {
            (Type::Dyn, _) | (_, Type::Dyn) => Some(Type::Dyn),
            (Type::Null, Type::Null) => Some(Type::Null),
            (Type::Null, other) | (other, Type::Null) => assign::nullable(other).then(|| other.clone()),
            (Type::Wrapper(inner), other) | (other, Type::Wrapper(inner)) => {
                let other = if let Type::Wrapper(other) = other { other } else { other };
                (**inner == *other).then(|| Type::Wrapper(inner.clone()))
            }
            (Type::List(a), Type::List(b)) => self.joined(a, b, depth + 1).map(Type::list),
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                let key = self.joined(key, other_key, depth + 1)?;
                Some(Type::map(key, self.joined(value, other_value, depth + 1)?))
            }
            (Type::TypeOf(a), Type::TypeOf(b)) => {
                let of = self.joined(a, b, depth + 1).unwrap_or(Type::Dyn);
                Some(Type::TypeOf(of.into()))
            }
            (Type::Abstract(name, a), Type::Abstract(other, b)) if name == other && a.len() == b.len() => {
                let of = a.iter().zip(b.iter()).map(|(a, b)| self.joined(a, b, depth + 1));
                Some(Type::Abstract(name.clone(), of.collect::<Option<_>>()?))
            }
            _ => (a == b).then(|| a.clone()),
        }
    }

    /// Whether `arg` may be passed for `param`. A wrapper passes for its type: a null in it is the run's error. Null itself
    /// passes only for what is a wrapper, or anything.
    fn accepts(&mut self, param: &Type, arg: &Type) -> bool {
        let (_, param_is) = self.follow(param);
        if self.follow(arg).1 == Some(Type::Null)
            && param_is.is_some_and(|is| {
                !matches!(is, Type::Null | Type::Dyn | Type::Wrapper(_)) && !matches!(param, Type::Param(_))
            })
        {
            return false;
        }
        self.joined(param, arg, 0).is_some()
    }

    /// The signature with parameters of its own.
    fn instance(&mut self, of: &Signature) -> Signature {
        let mut fresh: Vec<Type> = Vec::new();
        for _ in 0..of.parameters() {
            fresh.push(self.fresh());
        }
        of.with(&fresh)
    }

    /// The type of a call with these arguments, if some overload takes them. A `dyn` argument may fit several: their
    /// results then have to agree, or the result is `dyn`.
    pub(super) fn call(&mut self, overloads: &[Signature], args: &[Type]) -> Option<Type> {
        if let Some(exact) = exact(overloads, args) {
            return Some(exact.clone());
        }
        let mut result: Option<Type> = None;
        for overload in overloads.iter().filter(|overload| overload.params.len() == args.len()) {
            let before = self.trail.len();
            let own = self.instance(overload);
            if !own.params.iter().zip(args).all(|(param, arg)| self.accepts(param, arg)) {
                self.undo(before);
                continue;
            }
            let gives = self.resolve(&own.result);
            result = match result {
                Some(other) if assign::closed(&other) != assign::closed(&gives) => Some(Type::Dyn),
                _ => Some(gives),
            };
        }
        result
    }

    /// Whether some overload takes `arg` at `at` of `count` arguments.
    pub(super) fn some_takes(&mut self, overloads: &[Signature], count: usize, at: usize, arg: &Type) -> bool {
        overloads.iter().filter(|overload| overload.params.len() == count).any(|overload| {
            let before = self.trail.len();
            let own = self.instance(overload);
            let takes = self.accepts(&own.params[at], arg);
            self.undo(before);
            takes
        })
    }
}

/// A type that holds nothing else and stands for nothing else.
fn is_scalar(ty: &Type) -> bool {
    use Type::{Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};
    matches!(ty, Bool | Int | Uint | Double | String | Bytes | Timestamp | Duration)
}

/// The result of the one overload that takes exactly these scalars; `None` where one of the others might take them, too, and
/// where none does: both are asked in full.
fn exact<'o>(overloads: &'o [Signature], args: &[Type]) -> Option<&'o Type> {
    if !args.iter().all(is_scalar) {
        return None;
    }
    let mut found = None;
    for overload in overloads.iter().filter(|overload| overload.params.len() == args.len()) {
        let mut pairs = overload.params.iter().zip(args);
        if overload.params == args && overload.parameters() == 0 {
            found = Some(&overload.result);
        } else if !pairs.any(|(param, arg)| never_takes(param, arg)) {
            return None;
        }
    }
    found
}

/// Whether what is declared as `param` is certain to take no `arg`, which is a scalar.
fn never_takes(param: &Type, arg: &Type) -> bool {
    !matches!(param, Type::Param(_) | Type::Dyn | Type::Wrapper(_)) && param != arg
}

impl Checker<'_> {
    /// The type that holds both, if one does.
    pub(super) fn join(&mut self, a: &Type, b: &Type) -> Option<Type> {
        self.bindings.join(a, b).map(|joined| self.bindings.resolve(&joined))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(a: &Type, b: &Type) -> Option<Type> {
        Bindings::default().join(a, b)
    }

    #[test]
    fn a_wrapper_holds_its_type_and_null() {
        let wrapper = Type::Wrapper(Type::Int.into());
        assert_eq!(join(&wrapper, &Type::Int), Some(wrapper.clone()));
        assert_eq!(join(&Type::Null, &wrapper), Some(wrapper.clone()));
        assert_eq!(join(&wrapper, &Type::Double), None);
        assert_eq!(join(&Type::Null, &Type::Int), None);
    }

    #[test]
    fn a_parameter_takes_on_what_it_meets_and_forgets_it_after_a_dead_end() {
        let mut bindings = Bindings::default();
        let of = bindings.fresh();
        let list = Type::list(of.clone());
        assert_eq!(bindings.join(&Type::map(of.clone(), Type::Int), &Type::map(Type::Int, Type::String)), None);
        assert_eq!(bindings.resolve(&list), list, "forgotten");
        assert_eq!(bindings.join(&list, &Type::list(Type::Int)), Some(Type::list(Type::Int)));
        assert_eq!(bindings.resolve(&list), Type::list(Type::Int));
        assert_eq!(bindings.join(&of, &Type::Dyn), Some(Type::Dyn));
        assert_eq!(bindings.resolve(&list), Type::list(Type::Dyn), "widened");
    }

    #[test]
    fn no_type_holds_itself() {
        let mut bindings = Bindings::default();
        let of = bindings.fresh();
        assert_eq!(bindings.join(&of, &Type::list(of.clone())), None);
    }

    #[test]
    fn types_that_double_at_every_step_stay_small() {
        let mut ty = Type::Int;
        for _ in 0..60 {
            ty = Type::Abstract("pair".into(), [ty.clone(), ty].into());
        }
        let text = Bindings::default().resolve(&ty).to_string();
        assert!(text.len() < 100_000, "{}", text.len());
    }
}
