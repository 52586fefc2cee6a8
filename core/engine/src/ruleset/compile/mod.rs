//! Declarations → programs over numbered slots: names are looked up, expressions compiled, every mistake reported.

mod feature;
mod keyed;
mod lookup;
mod output;
mod plain;
mod policy;
mod rule;
mod table;

use fishplate_cel::index::{Builder, Index, Worst};
use fishplate_cel::{Absent, Bounds, Checked, Env, FieldType, Path, Program, Slots, Type};
use hashbrown::HashMap;

use super::document::{Document, KeepIds};
use super::expression::{self, Context, Expression};
use super::read::Reader;
use super::source::Source;
use super::yaml::Node;
use crate::codes;
use crate::decode::Wanted;
use crate::limits::Limits;
use crate::schema::{InlineField, InlineType, Schema};

pub(crate) use feature::{Feature, Windowed};
pub(crate) use keyed::Keyed;
pub(crate) use output::Output;
pub(crate) use plain::Plain;
use policy::Variable;
pub(crate) use rule::{Rule, WatchPlan, Watched};

/// Everything that deciding needs.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What the decoder fills.
    pub(crate) wanted: Vec<Wanted>,
    /// The features that come with the event, by the message in which they do; and what of it rules read.
    pub(crate) supplied: Option<(Schema, Vec<Wanted>)>,
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
    /// What rules of a policy share, each computed after those before it.
    pub(crate) variables: Vec<Variable>,
    /// By slot: the variable that fills it. Empty where there are no variables.
    pub(crate) variable_of_slot: Vec<Option<u32>>,
    /// It is a policy: an error leaves nothing of the decision.
    pub(crate) policy: bool,
    /// What the state is kept by: each list of keys once.
    pub(crate) keyed: Vec<Keyed>,
    /// What every list of keys begins with, if the engine may be sharded.
    pub(crate) partition: Option<Expression>,
    /// How many tables have rows of which only the first speaks; [`Rule::group`] is below it.
    pub(crate) groups: usize,
    /// Over the rules' conditions: which of them an event could match.
    pub(crate) index: Index,
    pub(crate) plain: Plain,
}

/// The variable that holds the features.
pub(crate) const FEATURES: &str = "features";
const EVENT: &str = "event";

struct Compiler<'c, 's> {
    reader: &'c mut Reader<'s>,
    schema: Option<&'c Schema>,
    bounds: Bounds,
    worst: Worst,
    slots: Slots,
    /// How many tables have rows that silence one another.
    groups: u32,
    /// The conditions of the rules so far.
    conditions: Builder,
    /// What the texts of outputs came to, by output.
    given: HashMap<String, HashMap<String, Program>>,
    /// The tables that expressions may read.
    lookups: Vec<lookup::Lookup>,
}

/// Compiles `document`, whose tables' files are `files`; what the reader has gathered tells whether the plan is whole.
pub(crate) fn compile<'s>(
    reader: &mut Reader<'s>,
    document: &Document<'s>,
    schema: Option<&Schema>,
    files: &'s [Source],
    limits: &Limits,
) -> Plan {
    let bounds = Bounds { depth: limits.expression_depth as usize, nodes: limits.expression_nodes as usize };
    let mut compiler = Compiler {
        reader,
        schema,
        bounds,
        worst: worst(limits),
        slots: Slots::default(),
        groups: 0,
        conditions: Builder::new(worst(limits)),
        given: HashMap::new(),
        lookups: Vec::new(),
    };
    compiler.lookups = compiler.tables(document, files, limits.table_rows);
    compiler.compile(document, files)
}

/// The bounds within which the index is right.
pub(crate) fn worst(limits: &Limits) -> Worst {
    Worst { cost: limits.cost, text: limits.string_bytes, entries: limits.list_entries }
}

impl<'s> Compiler<'_, 's> {
    fn compile(&mut self, document: &Document<'s>, files: &'s [Source]) -> Plan {
        let event = &document.event;
        let home = self.reader.source;
        self.reader.source = document.beside.unwrap_or(home);
        let time = event.time.and_then(|found| self.path(found, "time", |ty| *ty == Type::Timestamp, "a timestamp"));
        let is_id = |ty: &Type| matches!(ty, Type::String | Type::Int | Type::Uint | Type::Bytes);
        let id = event.id.and_then(|found| self.path(found, "id", is_id, "a string, int, uint or bytes"));
        let keys = self.env();
        let partition = document.partition_by.and_then(|node| self.key(node, keys.as_ref()));
        self.reader.source = home;
        let (features, types) = self.features(document, keys.as_ref());
        let env = keys.clone().map(|env| with_features(env, types));
        let lowered = document.policy.as_ref().map(|policy| self.policy(document, policy));
        let (outputs, rules, variables) = match lowered {
            Some(lowered) => (lowered.outputs, lowered.rules, lowered.variables),
            None => {
                let outputs = self.outputs(document, env.as_ref());
                (outputs, self.rules(document, keys.as_ref(), env.as_ref(), files), Vec::new())
            }
        };
        let index = std::mem::take(&mut self.conditions).finish();
        let mut plan = Plan {
            index,
            time,
            id,
            max_disorder: event.max_disorder,
            keep: KeepIds { span: if time.is_some() { event.keep.span } else { i128::MAX }, ..event.keep },
            sensitive: !event.sensitive.is_empty(),
            outputs,
            features,
            rules,
            variables,
            policy: document.policy.is_some(),
            partition,
            groups: self.groups as usize,
            ..Plan::default()
        };
        self.resolve(document, &mut plan);
        keyed::gather(self.reader, &mut plan);
        plan.plain = Plain::new(&plan.rules, &plan.outputs);
        plan
    }

    fn next_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups - 1
    }

    /// The environment of expressions over the event alone.
    fn env(&self) -> Option<Env> {
        let mut env = Env::default();
        self.schema?.declare(&mut env);
        self.lookups.iter().for_each(|lookup| lookup.declare(&mut env));
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
        Some(self.slots.intern(&Path::new(EVENT, text.split('.'))))
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
        let (expression, checked) = self.checked(node, env, expected)?;
        Some((expression, checked.ty().clone()))
    }

    /// The same with the typed tree.
    fn checked(&mut self, node: &Node, env: Option<&Env>, expected: Option<&Type>) -> Option<(Expression, Checked)> {
        let context = Context { bounds: self.bounds, worst: &self.worst, env, expected };
        expression::compile(self.reader, node, &context, &mut self.slots)
    }

    /// Tells decoder, features and rules which slots are theirs.
    fn resolve(&self, document: &Document<'_>, plan: &mut Plan) {
        let sensitive: Vec<Vec<&str>> =
            document.event.sensitive.iter().map(|(text, _)| text.split('.').collect()).collect();
        let feature_at: HashMap<&str, usize> =
            document.features.iter().enumerate().map(|(at, feature)| (feature.name, at)).collect();
        let mut feature_of_slot = HashMap::new();
        for (slot, path) in self.slots.paths().iter().enumerate() {
            if *path.root == *EVENT {
                let masked = sensitive.iter().any(|hidden| {
                    hidden.len() <= path.fields.len() && hidden.iter().zip(path.fields.iter()).all(|(a, b)| **a == **b)
                });
                plan.wanted.push(Wanted {
                    path: path.fields.iter().map(ToString::to_string).collect(),
                    slot,
                    sensitive: masked,
                });
            } else if let Some(at) = path.fields.first().and_then(|name| feature_at.get(&**name)) {
                feature_of_slot.insert(slot, *at as u32);
                if let Some(feature) = plan.features.get_mut(*at) {
                    feature.slot = Some(slot);
                }
            }
        }
        plan.slots = self.slots.paths().len();
        if !plan.variables.is_empty() {
            plan.variable_of_slot = vec![None; plan.slots];
            for (at, variable) in plan.variables.iter().enumerate() {
                plan.variable_of_slot[variable.slot] = Some(at as u32);
            }
        }
        plan.supplied = supplied(&plan.features);
        if feature_of_slot.is_empty() {
            return;
        }
        for rule in &mut plan.rules {
            let slots = rule.expressions().flat_map(|expression| expression.program.slots().iter().copied());
            rule.features = slots.filter_map(|slot| feature_of_slot.get(&slot).copied()).collect();
            rule.features.sort_unstable();
            rule.features.dedup();
        }
    }
}

/// A message with one field, `features`, so that what is wrong with one is told by the path that rules know.
fn supplied(features: &[Feature]) -> Option<(Schema, Vec<Wanted>)> {
    let supplied: Vec<&Feature> = features.iter().filter(|feature| feature.is_supplied()).collect();
    if supplied.is_empty() {
        return None;
    }
    let field =
        |feature: &&Feature| InlineField { name: feature.name.to_string(), ty: InlineType::Value(feature.ty.clone()) };
    let fields = InlineType::Message(supplied.iter().map(field).collect());
    let path = |name: &str| vec![FEATURES.to_owned(), name.to_owned()];
    let wanted =
        |feature: &&Feature| feature.slot.map(|slot| Wanted { path: path(&feature.name), slot, sensitive: false });
    let schema = Schema::inline(vec![InlineField { name: FEATURES.to_owned(), ty: fields }]);
    Some((schema, supplied.iter().filter_map(wanted).collect()))
}

fn with_features(mut env: Env, types: Vec<(String, Type)>) -> Env {
    env.message(FEATURES, types.into_iter().map(|(name, ty)| (name, FieldType { ty, absent: Absent::Error })));
    env.variable(FEATURES, Type::Message(FEATURES.into()));
    env
}
