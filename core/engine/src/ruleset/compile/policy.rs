//! Policies → rules: a match that gives an output is a rule of its own, so that it goes wherever rules go. What matches
//! share is computed once an event, and only if a match that is asked needs it: variables, and the conditions under which
//! rules are nested.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{Cost, Env, Path, Type, Value};

use super::super::document::{Document, Mode};
use super::super::expression::{self, Context, Expression, Piece};
use super::super::outputs::{Merge, Values};
use super::super::policy::{Block, Match, Policy, Then, VariableDecl};
use super::super::source::Position;
use super::super::yaml::Node;
use super::{Compiler, Output, Rule};
use crate::codes;

/// The name of what a policy gives.
const OUTPUT: &str = "output";
/// The name of what its matches say of why.
const EXPLANATION: &str = "explanation";
/// The variable whose fields are a policy's variables.
const VARIABLES: &str = "variables";

/// A value that is computed once an event, when something asks for it.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) slot: usize,
    pub(crate) expression: Expression,
}

/// What a policy became.
#[derive(Default)]
pub(super) struct Lowered {
    pub(super) outputs: Vec<Output>,
    pub(super) rules: Vec<Rule>,
    pub(super) variables: Vec<Variable>,
    /// How often a variable's name stood so far: it may stand again in a nested rule.
    named: HashMap<String, u32>,
    explanation: Option<Type>,
    /// Some nested rule gives a list that its matches put together.
    joins: bool,
}

/// Where a block stands among the others.
#[derive(Clone)]
struct Place<'e> {
    env: Option<&'e Env>,
    /// The path of its matches' ids.
    path: String,
    /// The conditions that it stands under, as variables.
    guards: Vec<u32>,
    /// The matches of which the first silences the rest.
    group: Option<u32>,
    /// Matches that silence these and are not silenced by them.
    within: Option<u32>,
    /// Its matches give entries of a list.
    entries: bool,
    in_aggregate: bool,
}

impl Compiler<'_, '_> {
    pub(super) fn policy(&mut self, document: &Document<'_>, policy: &Policy<'_>) -> Lowered {
        let mut lowered = Lowered::default();
        let env = self.policy_env(document, policy);
        let list = policy.rule.aggregate;
        let root = policy.rule.id.unwrap_or(&document.name);
        let place = Place {
            env: env.as_ref(),
            path: root.to_owned(),
            guards: Vec::new(),
            group: (!list).then(|| self.next_group()),
            within: None,
            entries: false,
            in_aggregate: list,
        };
        let ty = self.block(&policy.rule, &place, &mut lowered);
        let table: Arc<str> = root.into();
        lowered.rules.iter_mut().for_each(|rule| rule.table = Some(table.clone()));
        let merge = match list {
            true => Merge::List,
            false if lowered.joins => Merge::Concat,
            false => Merge::First,
        };
        let mut output = |name: &str, ty: Type, merge: Merge| {
            let default = (merge == Merge::List).then(|| Value::List([].into()));
            let (name, values) = (name.into(), Values::Typed(ty));
            lowered.outputs.push(Output { name, at: policy.rule.at, values, merge, default });
        };
        output(OUTPUT, ty.unwrap_or(Type::Dyn), merge);
        if let Some(ty) = lowered.explanation.take() {
            output(EXPLANATION, ty, if list || lowered.joins { Merge::List } else { Merge::First });
        }
        lowered
    }

    /// The environment of a policy's expressions: the event's fields by their bare names.
    fn policy_env(&mut self, document: &Document<'_>, policy: &Policy<'_>) -> Option<Env> {
        let mut env = Env::default();
        self.schema?.declare_fields(&mut env);
        env.container(policy.container);
        for name in &document.broken {
            env.computed(name, Path::new(VARIABLES, [&*format!("#{name}")]), Type::Dyn);
        }
        for (name, _) in &policy.imports {
            env.abbreviation(name.rsplit('.').next().unwrap_or(name), name);
        }
        Some(env)
    }

    /// The rules of `block`'s matches; gives the type of one match's output.
    fn block(&mut self, block: &Block<'_>, place: &Place<'_>, lowered: &mut Lowered) -> Option<Type> {
        let mut env = place.env.cloned();
        for variable in &block.variables {
            self.variable(variable, env.as_mut(), lowered);
        }
        let inside = Place { env: env.as_ref(), ..place.clone() };
        let mut agreed = None;
        for (at, each) in block.matches.iter().enumerate() {
            let path = format!("{}/{}", place.path, at + 1);
            let (ty, stands) = match &each.then {
                Then::Output { output, explanation } => {
                    (self.leaf(each, (output, *explanation), &inside, path, lowered), output.at)
                }
                Then::Rule(nested) => (self.nested(each, nested, &inside, path, lowered), nested.at),
            };
            self.agree(&mut agreed, ty, stands);
        }
        self.reachable(block);
        agreed
    }

    /// Outputs have one type, as far as it is known.
    fn agree(&mut self, agreed: &mut Option<Type>, ty: Option<Type>, at: Position) {
        let Some(ty) = ty else { return };
        let Some(before) = agreed.as_ref() else {
            *agreed = Some(ty);
            return;
        };
        match types::joined(before, &ty) {
            Some(joined) => *agreed = Some(joined),
            None => {
                let message = format!("this output is of type {ty}, and those before it of type {before}");
                self.reader.report(codes::POLICY_TYPES, at, 1, message).expected = format!("expected {before}");
            }
        }
    }

    /// Says which matches can never be reached.
    fn reachable(&mut self, block: &Block<'_>) {
        let count = block.matches.len();
        for (at, each) in block.matches.iter().enumerate() {
            if each.is_literally("false") {
                self.reader.report(codes::UNREACHABLE_MATCH, each.at, 1, "this condition never holds");
            }
            let whole = match &each.then {
                Then::Output { .. } => true,
                Then::Rule(nested) => !nested.is_optional(),
            };
            if !block.aggregate && whole && each.is_literally("true") && at + 1 < count {
                let message = "this match always gives an output, so that those behind it are never reached";
                self.reader.report(codes::UNREACHABLE_MATCH, each.at, 1, message);
            }
        }
    }

    fn variable(&mut self, decl: &VariableDecl<'_>, env: Option<&mut Env>, lowered: &mut Lowered) {
        let compiled = self.expression(decl.expression, env.as_deref(), None);
        let count = lowered.named.entry(decl.name.to_owned()).or_default();
        *count += 1;
        // No name has a `#`: a later variable of the name has a slot of its own.
        let field = if *count == 1 { decl.name.to_owned() } else { format!("{}#{count}", decl.name) };
        let path = Path::new(VARIABLES, [&*field]);
        // One that is wrong is there all the same, so that its uses are no further mistakes.
        let ty = compiled.as_ref().map_or(Type::Dyn, |(_, ty)| ty.clone());
        let slot = self.slots.intern(&path);
        if let Some((expression, _)) = compiled {
            lowered.variables.push(Variable { slot, expression });
        }
        if let Some(env) = env {
            env.computed(&format!("{VARIABLES}.{}", decl.name), path, ty);
        }
    }

    /// A condition as a variable that nothing can name.
    fn guard(&mut self, condition: &Node, env: Option<&Env>, lowered: &mut Lowered) -> Option<u32> {
        let (expression, _) = self.expression(condition, env, Some(&Type::Bool))?;
        let number = lowered.variables.len();
        let path = Path::new(VARIABLES, [&*format!("#{number}")]);
        lowered.variables.push(Variable { slot: self.slots.intern(&path), expression });
        Some(number as u32)
    }

    fn nested(
        &mut self,
        each: &Match<'_>,
        nested: &Block<'_>,
        place: &Place<'_>,
        path: String,
        lowered: &mut Lowered,
    ) -> Option<Type> {
        let path = nested.id.map_or_else(|| path.clone(), |id| format!("{path}/{id}"));
        let always = each.is_literally("true");
        let mut inside = Place { path: path.clone(), ..place.clone() };
        if let Some(condition) = each.condition.filter(|_| !always) {
            inside.guards.extend(self.guard(condition, place.env, lowered));
        }
        if nested.aggregate {
            return self.nested_aggregate(nested, place, inside, lowered);
        }
        if place.group.is_none() {
            // In an aggregate, a rule of which the first match speaks is a choice of its own.
            inside.group = Some(self.next_group());
        }
        let ty = self.block(nested, &inside, lowered);
        if !always && nested.is_optional() && place.group.is_some() {
            // It was this match's turn, and nobody else's: where it gives nothing, there is nothing.
            lowered.rules.extend(self.always(nested.at, path, &inside, Vec::new()));
        }
        ty
    }

    /// A list that the matches put together, where one match alone speaks: they are entries of what that one gives.
    fn nested_aggregate(
        &mut self,
        nested: &Block<'_>,
        place: &Place<'_>,
        inside: Place<'_>,
        lowered: &mut Lowered,
    ) -> Option<Type> {
        if place.in_aggregate {
            let message = "an aggregate inside an aggregate would be a list in a list";
            self.reader.report(codes::BAD_POLICY, nested.at, 1, message);
        }
        lowered.joins = true;
        let entries = Place { group: None, within: place.group, entries: true, in_aggregate: true, ..inside.clone() };
        let ty = self.block(nested, &entries, lowered);
        let empty = self.written("[]", nested.at)?;
        lowered.rules.extend(self.always(nested.at, inside.path.clone(), &inside, vec![(0, empty)]));
        ty.map(Type::list)
    }

    fn leaf(
        &mut self,
        each: &Match<'_>,
        (output, explanation): (&Node, Option<&Node>),
        place: &Place<'_>,
        path: String,
        lowered: &mut Lowered,
    ) -> Option<Type> {
        let given = self.given(output, place.env);
        let ty = given.as_ref().map(|(_, ty)| ty.clone());
        let mut outputs: Vec<(usize, Expression)> = given.into_iter().map(|(given, _)| (0, given)).collect();
        if let Some(node) = explanation
            && let Some((expression, ty)) = self.given(node, place.env)
        {
            self.agree(&mut lowered.explanation, Some(ty), node.at);
            outputs.push((1, expression));
        }
        let rule = match each.condition {
            Some(condition) if !each.is_literally("true") => self.conditional(condition, path, place, outputs),
            _ => self.always(each.at, path, place, outputs),
        };
        lowered.rules.extend(rule);
        ty
    }

    /// An expression whose value a decision can carry.
    fn given(&mut self, node: &Node, env: Option<&Env>) -> Option<(Expression, Type)> {
        let (expression, ty) = self.expression(node, env, None)?;
        if !types::is_carried(&ty) {
            let message = format!("a decision cannot carry a value of type {ty}");
            self.reader.report_node(codes::POLICY_TYPES, node, message).expected =
                "bool, int, uint, double, string, bytes, timestamp, duration, null, lists and maps of them".into();
            return None;
        }
        Some((expression, ty))
    }

    fn conditional(
        &mut self,
        condition: &Node,
        id: String,
        place: &Place<'_>,
        outputs: Vec<(usize, Expression)>,
    ) -> Option<Rule> {
        let (when, checked) = self.checked(condition, place.env, Some(&Type::Bool))?;
        // The index looks at slots before anything is asked, so before any variable has a value.
        let known = |slot: &usize| *self.slots.paths()[*slot].root != *VARIABLES;
        let indexed = place.guards.is_empty() && when.program.slots().iter().all(known);
        self.conditions.add(Some(&checked).filter(|_| indexed), when.program.cost(), &mut self.slots);
        Some(rule(id, when, place, outputs))
    }

    /// A rule that holds wherever its guards do.
    fn always(
        &mut self,
        at: Position,
        id: String,
        place: &Place<'_>,
        outputs: Vec<(usize, Expression)>,
    ) -> Option<Rule> {
        let when = self.written("true", at)?;
        self.conditions.add(None, Cost::default(), &mut self.slots);
        Some(rule(id, when, place, outputs))
    }

    /// An expression that nobody wrote, on behalf of what stands at `at`.
    fn written(&mut self, text: &str, at: Position) -> Option<Expression> {
        let env = Env::default();
        let context = Context { bounds: self.bounds, worst: &self.worst, env: Some(&env), expected: None };
        let piece = Piece { from: 0, at, width: 1 };
        let compiled = expression::compile_pieces(self.reader, text.to_owned(), vec![piece], &context, &mut self.slots);
        compiled.map(|(expression, _)| expression)
    }
}

fn rule(id: String, when: Expression, place: &Place<'_>, outputs: Vec<(usize, Expression)>) -> Rule {
    Rule {
        id: id.into(),
        mode: Mode::Live,
        when: Some(when),
        outputs,
        features: Vec::new(),
        watch: None,
        table: None,
        group: place.group,
        within: place.within,
        entry: place.entries,
        guards: place.guards.clone().into(),
    }
}

mod types {
    //! What types outputs may have.

    use fishplate_cel::Type;

    /// The type that both are of; `None` if they are of different kinds.
    pub(super) fn joined(a: &Type, b: &Type) -> Option<Type> {
        Some(match (a, b) {
            (a, b) if a == b => a.clone(),
            (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
            (Type::Wrapper(of), Type::Null) | (Type::Null, Type::Wrapper(of)) => Type::Wrapper(of.clone()),
            (Type::Wrapper(of), other) | (other, Type::Wrapper(of)) if **of == *other => Type::Wrapper(of.clone()),
            (Type::Null, Type::Timestamp | Type::Duration) | (Type::Timestamp | Type::Duration, Type::Null) => {
                Type::Dyn
            }
            (Type::List(a), Type::List(b)) => Type::list(joined(a, b)?),
            (Type::Map(a, x), Type::Map(b, y)) => Type::map(joined(a, b)?, joined(x, y)?),
            _ => return None,
        })
    }

    /// Whether a decision can carry values of this type.
    pub(super) fn is_carried(ty: &Type) -> bool {
        match ty {
            Type::List(of) | Type::Wrapper(of) => is_carried(of),
            Type::Map(key, value) => is_carried(key) && is_carried(value),
            Type::Message(_) | Type::TypeOf(_) | Type::Abstract(..) | Type::Param(_) => false,
            _ => true,
        }
    }
}
