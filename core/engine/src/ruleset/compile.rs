//! Declarations → programs over numbered slots: names are looked up, expressions compiled, every mistake reported.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{Absent, Bounds, Env, FieldType, Path, Slot, Slots, Type, Value};

use super::document::{Document, FeatureDecl, KeepIds, Mode, OutputDecl, RuleDecl};
use super::expression::{self, Context, Expression};
use super::outputs::{Merge, Values};
use super::read::Reader;
use super::source::Position;
use super::yaml::{Kind, Node};
use crate::codes;
use crate::decode::Wanted;
use crate::feature::window::Amount;
use crate::feature::{Definition, Slide};
use crate::limits::Limits;
use crate::schema::Schema;

/// Everything that deciding needs.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What the decoder fills.
    pub(crate) wanted: Vec<Wanted>,
    /// How many slots there are.
    pub(crate) slots: usize,
    pub(crate) time: Option<usize>,
    pub(crate) id: Option<usize>,
    pub(crate) max_disorder: i128,
    pub(crate) keep: KeepIds,
    /// Some field's values may not be shown.
    pub(crate) sensitive: bool,
    pub(crate) outputs: Vec<Output>,
    pub(crate) features: Vec<Feature>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: Arc<str>,
    pub(crate) at: Position,
    pub(crate) values: Values,
    pub(crate) merge: Merge,
    pub(crate) default: Option<Value>,
}

#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: Arc<str>,
    pub(crate) by: Vec<Expression>,
    /// `None`: each event counts 1.
    pub(crate) sum: Option<Expression>,
    pub(crate) filter: Option<Expression>,
    pub(crate) size: i128,
    pub(crate) definition: Definition,
    /// Where rules read it; `None` if none does.
    pub(crate) slot: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) mode: Mode,
    pub(crate) when: Expression,
    pub(crate) outputs: Vec<(usize, Expression)>,
    /// The features that it names, in document order.
    pub(crate) features: Vec<u32>,
}

/// The variable that holds the features.
const FEATURES: &str = "features";
const EVENT: &str = "event";

struct Compiler<'c, 's> {
    reader: &'c mut Reader<'s>,
    schema: Option<&'c Schema>,
    bounds: Bounds,
    cost: u64,
    slots: Slots,
}

/// Compiles `document`; what the reader has gathered tells whether the plan is whole.
pub(crate) fn compile(
    reader: &mut Reader<'_>,
    document: &Document<'_>,
    schema: Option<&Schema>,
    limits: &Limits,
) -> Plan {
    let bounds = Bounds { depth: limits.expression_depth as usize, nodes: limits.expression_nodes as usize };
    let mut compiler = Compiler { reader, schema, bounds, cost: limits.cost, slots: Slots::default() };
    compiler.compile(document)
}

impl Compiler<'_, '_> {
    fn compile(&mut self, document: &Document<'_>) -> Plan {
        let event = &document.event;
        let time = event.time.and_then(|found| self.path(found, "time", |ty| *ty == Type::Timestamp, "a timestamp"));
        let is_id = |ty: &Type| matches!(ty, Type::String | Type::Int | Type::Uint | Type::Bytes);
        let id = event.id.and_then(|found| self.path(found, "id", is_id, "a string, int, uint or bytes"));
        let env = self.env();
        let (features, types) = self.features(document, env.as_ref());
        let env = env.map(|env| with_features(env, types));
        let outputs = self.outputs(document, env.as_ref());
        let rules = self.rules(document, env.as_ref());
        let mut plan = Plan {
            time,
            id,
            max_disorder: event.max_disorder,
            keep: KeepIds { span: if time.is_some() { event.keep.span } else { i128::MAX }, ..event.keep },
            sensitive: !event.sensitive.is_empty(),
            outputs,
            features,
            rules,
            ..Plan::default()
        };
        self.resolve(document, &mut plan);
        plan
    }

    /// The environment of expressions over the event alone.
    fn env(&self) -> Option<Env> {
        let mut env = Env::default();
        self.schema?.declare(&mut env);
        Some(env)
    }

    /// The slot of a field that `event` names.
    fn path(
        &mut self,
        (text, node): (&str, &Node),
        what: &str,
        good: impl Fn(&Type) -> bool,
        needed: &str,
    ) -> Option<usize> {
        let ty = self.field(text, node)?;
        if !good(&ty) {
            let message = format!("`{what}` cannot be a {ty}");
            self.reader.report_node(codes::BAD_EVENT_PATH, node, message).expected = format!("expected {needed}");
            return None;
        }
        let fields = text.split('.').map(str::to_owned).collect();
        Some(self.slots.intern(Path { root: EVENT.into(), fields }))
    }

    /// The type of the field `text`; reports a field that is not there.
    fn field(&mut self, text: &str, node: &Node) -> Option<Type> {
        let schema = self.schema?;
        let path: Vec<&str> = text.split('.').collect();
        let ty = schema.type_at(&path);
        if ty.is_none() {
            let (last, parents) = path.split_last().unwrap_or((&text, &[]));
            let suggestion = fishplate_cel::did_you_mean(last, schema.names_at(parents));
            let message = format!("the event has no field `{text}`");
            self.reader.report_node(codes::BAD_EVENT_PATH, node, message).suggestion = suggestion;
        }
        ty
    }

    fn expression(&mut self, node: &Node, env: Option<&Env>, expected: Option<&Type>) -> Option<(Expression, Type)> {
        let context = Context { bounds: self.bounds, env, expected };
        expression::compile(self.reader, node, &context, &mut self.slots)
    }

    /// The features and the types under which rules read them; one that is wrong gets a type that causes no further
    /// complaints.
    fn features(&mut self, document: &Document<'_>, env: Option<&Env>) -> (Vec<Feature>, Vec<(String, Type)>) {
        let (mut features, mut types) = (Vec::new(), Vec::new());
        for decl in &document.features {
            let feature = self.feature(decl, env);
            let ty = match feature.as_ref().map(|feature| feature.definition.zero) {
                None => Type::Dyn,
                Some(Amount::Int(_)) => Type::Int,
                Some(Amount::Uint(_)) => Type::Uint,
                Some(Amount::Double(_)) => Type::Double,
            };
            types.push((decl.name.to_owned(), ty));
            features.extend(feature);
        }
        types.extend(document.broken.iter().map(|name| ((*name).to_owned(), Type::Dyn)));
        if let (Some(first), None) = (document.features.first(), document.event.time) {
            let at = first.by.first().map_or(Position { line: 1, column: 1 }, |node| node.at);
            self.reader.report(codes::NEEDS_EVENT_TIME, at, 1, "windows need the event's time").suggestion =
                Some("name its field: `event: {time: …}`".into());
        }
        (features, types)
    }

    fn feature(&mut self, decl: &FeatureDecl<'_>, env: Option<&Env>) -> Option<Feature> {
        let by: Vec<Option<Expression>> = decl.by.iter().map(|node| self.key(node, env)).collect();
        let sum = decl.sum.map(|node| self.summand(node, env));
        let filter = decl.filter.map(|node| self.expression(node, env, Some(&Type::Bool)));
        let (sum, zero) = match sum {
            None => (None, Amount::Int(0)),
            Some(found) => found.map(|(expression, zero)| (Some(expression), zero))?,
        };
        let filter = match filter {
            None => None,
            Some(found) => Some(found?.0),
        };
        let definition = Definition {
            slide: Slide::new(decl.slide)?,
            buckets: i64::try_from(decl.size / decl.slide).ok()?,
            current_included: decl.current_included,
            zero,
        };
        let by = by.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Feature { name: decl.name.into(), by, sum, filter, size: decl.size, definition, slot: None })
    }

    fn key(&mut self, node: &Node, env: Option<&Env>) -> Option<Expression> {
        let (expression, ty) = self.expression(node, env, None)?;
        let plain = match &ty {
            Type::Wrapper(of) => of,
            other => other,
        };
        use Type::{Bool, Bytes, Duration, Int, String, Timestamp, Uint};
        if !matches!(plain, Bool | Int | Uint | String | Bytes | Timestamp | Duration) {
            self.reader.report_node(codes::BAD_KEY_TYPE, node, format!("{ty} cannot be a key")).expected =
                "expected bool, int, uint, string, bytes, timestamp or duration".into();
            return None;
        }
        Some(expression)
    }

    fn summand(&mut self, node: &Node, env: Option<&Env>) -> Option<(Expression, Amount)> {
        let (expression, ty) = self.expression(node, env, None)?;
        let zero = match ty {
            Type::Int => Amount::Int(0),
            Type::Uint => Amount::Uint(0),
            Type::Double => Amount::Double(0.0),
            _ => {
                self.reader.report_node(codes::BAD_SUM_TYPE, node, format!("{ty} cannot be summed")).expected =
                    "expected int, uint or double".into();
                return None;
            }
        };
        Some((expression, zero))
    }

    fn outputs(&mut self, document: &Document<'_>, env: Option<&Env>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for decl in &document.outputs {
            let default = decl.default.and_then(|node| self.default(decl, node, env));
            outputs.push(Output {
                name: decl.name.into(),
                at: decl.at,
                values: decl.values.clone(),
                merge: decl.merge,
                default,
            });
        }
        outputs
    }

    /// A default is a constant; of `merge: list` it is a list of them.
    fn default(&mut self, decl: &OutputDecl<'_>, node: &Node, env: Option<&Env>) -> Option<Value> {
        if decl.merge != Merge::List {
            return self.constant(decl, node, env);
        }
        let nodes = self.reader.list(node, "the default of a list")?;
        nodes
            .iter()
            .map(|node| self.constant(decl, node, env))
            .collect::<Option<Vec<_>>>()
            .map(|list| Value::List(list.into()))
    }

    fn constant(&mut self, decl: &OutputDecl<'_>, node: &Node, env: Option<&Env>) -> Option<Value> {
        let expression = self.output_expression(decl, node, env)?;
        if !expression.program.slots().is_empty() {
            self.reader.report_node(codes::BAD_DEFAULT, node, "a default reads no event");
            return None;
        }
        match expression.program.run(&[] as &[Slot], self.cost) {
            Ok(value) => Some(value),
            Err(error) => {
                self.reader.report_node(codes::BAD_DEFAULT, node, error.message);
                None
            }
        }
    }

    /// An expression that gives a value of an output; a constant name of an enum is looked up here.
    fn output_expression(&mut self, decl: &OutputDecl<'_>, node: &Node, env: Option<&Env>) -> Option<Expression> {
        let Values::Enum(names) = &decl.values else {
            let Values::Typed(ty) = &decl.values else { return None };
            return self.expression(node, env, Some(ty)).map(|(expression, _)| expression);
        };
        if let Kind::Scalar(text, _) = &node.kind
            && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
            && !names.iter().any(|name| **name == **text)
        {
            let fault = self.reader.report_node(
                codes::BAD_ENUM_NAME,
                node,
                format!("`{text}` is not a value of `{}`", decl.name),
            );
            fault.expected = format!("one of {}", names.join(", "));
            fault.suggestion = fishplate_cel::did_you_mean(text, names.iter().map(|name| &**name));
            return None;
        }
        let env = env.cloned().map(|mut env| {
            names.iter().for_each(|name| env.constant(name, Value::String(name.clone())));
            env
        });
        self.expression(node, env.as_ref(), Some(&Type::String)).map(|(expression, _)| expression)
    }

    fn rules(&mut self, document: &Document<'_>, env: Option<&Env>) -> Vec<Rule> {
        let by_name: HashMap<&str, usize> =
            document.outputs.iter().enumerate().map(|(at, output)| (output.name, at)).collect();
        document.rules.iter().filter_map(|decl| self.rule(document, decl, &by_name, env)).collect()
    }

    fn rule(
        &mut self,
        document: &Document<'_>,
        decl: &RuleDecl<'_>,
        by_name: &HashMap<&str, usize>,
        env: Option<&Env>,
    ) -> Option<Rule> {
        let when = self.expression(decl.when, env, Some(&Type::Bool));
        let mut outputs = Vec::new();
        for (key, node) in &decl.outputs {
            let Some(at) = by_name.get(key.name.as_str()) else {
                if document.broken.contains(key.name.as_str()) {
                    continue;
                }
                let message = format!("there is no output `{}`", key.name);
                let width = key.name.chars().count();
                let fault = self.reader.report(codes::UNKNOWN_OUTPUT, key.at, width, message);
                fault.suggestion = fishplate_cel::did_you_mean(&key.name, by_name.keys().copied());
                continue;
            };
            let expression = self.output_expression(&document.outputs[*at], node, env);
            outputs.extend(expression.map(|expression| (*at, expression)));
        }
        Some(Rule { id: decl.id.into(), mode: decl.mode, when: when?.0, outputs, features: Vec::new() })
    }

    /// Tells decoder, features and rules which slots are theirs.
    fn resolve(&self, document: &Document<'_>, plan: &mut Plan) {
        let sensitive: Vec<Vec<&str>> =
            document.event.sensitive.iter().map(|(text, _)| text.split('.').collect()).collect();
        let feature_at: HashMap<&str, usize> =
            document.features.iter().enumerate().map(|(at, feature)| (feature.name, at)).collect();
        let mut feature_of_slot = HashMap::new();
        for (slot, path) in self.slots.paths().iter().enumerate() {
            if path.root == EVENT {
                let masked = sensitive.iter().any(|hidden| {
                    hidden.len() <= path.fields.len() && hidden.iter().zip(&path.fields).all(|(a, b)| a == b)
                });
                plan.wanted.push(Wanted { path: path.fields.clone(), slot, sensitive: masked });
            } else if let Some(at) = path.fields.first().and_then(|name| feature_at.get(name.as_str())) {
                feature_of_slot.insert(slot, *at as u32);
                if let Some(feature) = plan.features.get_mut(*at) {
                    feature.slot = Some(slot);
                }
            }
        }
        plan.slots = self.slots.paths().len();
        for rule in &mut plan.rules {
            let programs = std::iter::once(&rule.when).chain(rule.outputs.iter().map(|(_, expression)| expression));
            let slots = programs.flat_map(|expression| expression.program.slots().iter().copied());
            rule.features = slots.filter_map(|slot| feature_of_slot.get(&slot).copied()).collect();
            rule.features.sort_unstable();
            rule.features.dedup();
        }
    }
}

fn with_features(mut env: Env, types: Vec<(String, Type)>) -> Env {
    env.message(FEATURES, types.into_iter().map(|(name, ty)| (name, FieldType { ty, absent: Absent::Error })));
    env.variable(FEATURES, Type::Message(FEATURES.into()));
    env
}
