//! Rules → programs.

use std::sync::Arc;

use fishplate_cel::{Cost, Env, Type};
use hashbrown::{HashMap, HashSet};

use super::super::document::{Document, Mode, RuleDecl, WatchDecl, WatchKind};
use super::super::expression::{Expression, Spot};
use super::super::source::Source;
use super::Compiler;
use crate::codes;

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) mode: Mode,
    /// `None`: the rule fires by itself alone.
    pub(crate) when: Option<Expression>,
    pub(crate) outputs: Vec<(usize, Expression)>,
    /// The features that it names, in document order.
    pub(crate) features: Vec<u32>,
    pub(crate) watch: Option<Watched>,
    /// The decision table that it is a row of, by id.
    pub(crate) table: Option<Arc<str>>,
    /// Rules of one group are rows of a table of which only the first that holds speaks.
    pub(crate) group: Option<u32>,
    /// A group that silences it and that it does not speak for.
    pub(crate) within: Option<u32>,
    /// What it gives is one entry of the list that the output is.
    pub(crate) entry: bool,
    /// Variables that have to be true before it is asked.
    pub(crate) guards: Box<[u32]>,
}

/// What a rule remembers of its keys, and where.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Its keys, until they are gathered into [`super::Plan::keyed`].
    pub(crate) by: Vec<Expression>,
    /// The event's fields that the rule reads, with their types: part of what its state means.
    pub(crate) fields: Vec<String>,
    /// Where its keys stand: rules share a list, and each has its errors in its own place.
    pub(crate) spots: Vec<Spot>,
    pub(crate) kind: WatchPlan,
    /// The key list, and the watch's place among those of a row.
    pub(crate) list: usize,
    pub(crate) place: usize,
}

#[derive(Debug)]
pub(crate) enum WatchPlan {
    /// On once the condition held for `span` nanoseconds, until `until`, or as long as it holds.
    Hold { span: i128, until: Option<Box<Expression>> },
    /// Fires when nothing came for `span` nanoseconds.
    Silent { span: i128 },
}

impl Rule {
    /// Every expression that says what the rule does, but for its keys.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let until = match &self.watch {
            Some(Watched { kind: WatchPlan::Hold { until, .. }, .. }) => until.as_deref(),
            _ => None,
        };
        self.when.iter().chain(until).chain(self.outputs.iter().map(|(_, expression)| expression))
    }
}

impl<'s> Compiler<'_, 's> {
    /// `keys` is the environment of keys: the event without the features.
    pub(super) fn rules(
        &mut self,
        document: &Document<'_>,
        keys: Option<&Env>,
        env: Option<&Env>,
        files: &'s [Source],
    ) -> Vec<Rule> {
        let by_name: HashMap<&str, usize> =
            document.outputs.iter().enumerate().map(|(at, output)| (output.name, at)).collect();
        // Rows have ids of their own, which may be those of rules.
        let some_have_rows = document.rules.iter().any(|decl| decl.table.is_some());
        let known = if some_have_rows { &document.rules[..] } else { &[] };
        let mut ids: HashSet<String> = known.iter().map(|decl| decl.id.to_owned()).collect();
        let mut rules = Vec::with_capacity(document.rules.len());
        for decl in &document.rules {
            match &decl.table {
                Some(table) => rules.extend(self.table(document, (decl, table), env, files, &mut ids)),
                None => rules.extend(self.rule(document, decl, &by_name, keys, env)),
            }
        }
        rules
    }

    fn rule(
        &mut self,
        document: &Document<'_>,
        decl: &RuleDecl<'_>,
        by_name: &HashMap<&str, usize>,
        keys: Option<&Env>,
        env: Option<&Env>,
    ) -> Option<Rule> {
        let when = decl.when.map(|node| self.checked(node, env, Some(&Type::Bool)));
        let watch = decl.watch.as_ref().map(|watch| self.watch(document, watch, keys, env));
        let mut outputs = Vec::with_capacity(decl.outputs.len());
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
        let (when, checked) = match when {
            None => (None, None),
            Some(found) => found.map(|(when, checked)| (Some(when), Some(checked)))?,
        };
        let watch = match watch {
            None => None,
            Some(found) => Some(found?),
        };
        // A rule that remembers its keys is told of every event.
        let indexed = checked.as_ref().filter(|_| watch.is_none());
        let cost = when.as_ref().map_or(Cost::default(), |when| when.program.cost());
        self.conditions.add(indexed, cost, &mut self.slots);
        let mut rule = Rule {
            id: decl.id.into(),
            mode: decl.mode,
            when,
            outputs,
            features: Vec::new(),
            watch,
            table: None,
            group: None,
            within: None,
            entry: false,
            guards: Box::default(),
        };
        if let Some(watch) = &rule.watch {
            let fields = self.fields_of(watch.by.iter().chain(rule.expressions()));
            rule.watch.iter_mut().for_each(|watch| watch.fields.clone_from(&fields));
        }
        Some(rule)
    }

    fn watch(
        &mut self,
        document: &Document<'_>,
        decl: &WatchDecl<'_>,
        keys: Option<&Env>,
        env: Option<&Env>,
    ) -> Option<Watched> {
        let by: Vec<Option<Expression>> = decl.by.iter().map(|node| self.key(node, keys)).collect();
        let kind = match decl.kind {
            WatchKind::Silent { span } => Some(WatchPlan::Silent { span }),
            WatchKind::Hold { span, until: None } => Some(WatchPlan::Hold { span, until: None }),
            WatchKind::Hold { span, until: Some(node) } => self
                .expression(node, env, Some(&Type::Bool))
                .map(|(until, _)| WatchPlan::Hold { span, until: Some(Box::new(until)) }),
        };
        if document.event.time.is_none()
            && let Some(node) = decl.by.first()
        {
            self.reader.report_node(codes::NEEDS_EVENT_TIME, node, "watches need the event's time").suggestion =
                Some("name its field: `event: {time: …}`".into());
        }
        let by = by.into_iter().collect::<Option<Vec<_>>>()?;
        let spots = by.iter().map(|by| by.spot().clone()).collect();
        Some(Watched { by, fields: Vec::new(), spots, kind: kind?, list: 0, place: 0 })
    }
}
