//! Features → windows over evaluated inputs, or values that come with the event, and what tells one definition from
//! another.

use std::sync::Arc;

use fishplate_cel::{Env, Type};
use sha2::{Digest, Sha256};

use super::super::document::{AggregateDecl, Document, FeatureKind, WindowDecl};
use super::super::expression::Expression;
use super::super::source::Position;
use super::super::yaml::Node;
use super::{Compiler, EVENT};
use crate::codes;
use crate::feature::{Aggregate, Definition, MAX_SPAN, Number, Ordered, Plain, Slide};

#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: Arc<str>,
    /// The type under which rules read it.
    pub(crate) ty: Type,
    /// Where rules read it; `None` if none does.
    pub(crate) slot: Option<usize>,
    /// SHA-256 over all that decides what its state means: two features of one fingerprint can take over each other's
    /// windows.
    pub(crate) fingerprint: [u8; 32],
    pub(super) source: Source,
}

/// Where a feature's values come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A window by these keys, until it is gathered into one of the plan's key lists.
    Window(Vec<Expression>, Box<Windowed>),
    /// It was gathered.
    Gathered,
    /// The event's sender.
    Supplied,
}

/// A feature that is kept in windows.
#[derive(Debug)]
pub(crate) struct Windowed {
    pub(crate) name: Arc<str>,
    /// Where rules read it; `None` if none does.
    pub(crate) slot: Option<usize>,
    /// What is aggregated; `None`: the event alone counts.
    pub(crate) value: Option<Expression>,
    pub(crate) filter: Option<Expression>,
    pub(crate) definition: Definition,
    pub(crate) fingerprint: [u8; 32],
}

impl Feature {
    pub(super) fn is_supplied(&self) -> bool {
        matches!(self.source, Source::Supplied)
    }
}

/// A feature of which nothing is kept: its name and type are all that it means.
fn supplied(name: &str, ty: &Type) -> Feature {
    let mut hash = Sha256::new();
    hash.update("supplied");
    hash.update(ty.to_string());
    let (fingerprint, source) = (hash.finalize().into(), Source::Supplied);
    Feature { name: name.into(), ty: ty.clone(), slot: None, fingerprint, source }
}

impl Compiler<'_, '_> {
    /// The features and the types under which rules read them; one that is wrong gets a type that causes no further
    /// complaints.
    pub(super) fn features(
        &mut self,
        document: &Document<'_>,
        env: Option<&Env>,
    ) -> (Vec<Feature>, Vec<(String, Type)>) {
        let (mut features, mut types) = (Vec::new(), Vec::new());
        for decl in &document.features {
            let feature = match &decl.kind {
                FeatureKind::Window(window) => self.window(decl.name, window, document.event.max_disorder, env),
                FeatureKind::Supplied(ty) => Some(supplied(decl.name, ty)),
            };
            let ty = feature.as_ref().map_or(Type::Dyn, |feature| feature.ty.clone());
            types.push((decl.name.to_owned(), ty));
            features.extend(feature);
        }
        types.extend(document.broken.iter().map(|name| ((*name).to_owned(), Type::Dyn)));
        let mut windows = document.features.iter().filter_map(|decl| match &decl.kind {
            FeatureKind::Window(window) => Some(window),
            FeatureKind::Supplied(_) => None,
        });
        if let (Some(first), None) = (windows.next(), document.event.time) {
            let at = first.by.first().map_or(Position { line: 1, column: 1 }, |node| node.at);
            self.reader.report(codes::NEEDS_EVENT_TIME, at, 1, "windows need the event's time").suggestion =
                Some("name its field: `event: {time: …}`".into());
        }
        (features, types)
    }

    fn window(
        &mut self,
        name: &str,
        window: &WindowDecl<'_>,
        max_disorder: i128,
        env: Option<&Env>,
    ) -> Option<Feature> {
        let by: Vec<Option<Expression>> = window.by.iter().map(|node| self.key(node, env)).collect();
        let aggregated = self.aggregated(window, env);
        let filter = window.filter.map(|node| self.expression(node, env, Some(&Type::Bool)));
        self.check_span(window, max_disorder);
        let (aggregate, value) = aggregated?;
        let filter = match filter {
            None => None,
            Some(found) => Some(found?.0),
        };
        let definition = Definition {
            aggregate,
            slide: Slide::new(window.slide)?,
            buckets: i64::try_from(window.size / window.slide).ok()?,
            size: window.size,
            current_included: window.current_included,
        };
        let by = by.into_iter().collect::<Option<Vec<_>>>()?;
        let fingerprint = self.fingerprint(&by, value.as_ref(), filter.as_ref(), &definition);
        let (name, ty): (Arc<str>, _) = (name.into(), aggregate.gives());
        let windowed = Windowed { name: name.clone(), slot: None, value, filter, definition, fingerprint };
        Some(Feature { name, ty, slot: None, fingerprint, source: Source::Window(by, Box::new(windowed)) })
    }

    /// Windows hold their buckets for as long as an event may come that reads them.
    fn check_span(&mut self, window: &WindowDecl<'_>, max_disorder: i128) {
        let held = (window.size + max_disorder) / window.slide;
        if held > i128::from(MAX_SPAN) {
            let message =
                format!("with `max_disorder`, {held} buckets are over the most that a window keeps, {MAX_SPAN}");
            self.reader.report_node(codes::BAD_DURATION, window.slide_node, message).suggestion =
                Some("use a longer `slide`, or less `max_disorder`".into());
        }
    }

    pub(super) fn key(&mut self, node: &Node, env: Option<&Env>) -> Option<Expression> {
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

    /// The aggregate, by the type of what it takes.
    fn aggregated(&mut self, window: &WindowDecl<'_>, env: Option<&Env>) -> Option<(Aggregate, Option<Expression>)> {
        let Some(node) = window.value else {
            let rate = window.aggregate == AggregateDecl::Rate;
            return Some((if rate { Aggregate::Rate } else { Aggregate::Count }, None));
        };
        let (expression, ty) = self.expression(node, env, None)?;
        let (found, verb, words) = match window.aggregate {
            AggregateDecl::Sum => (Number::of(&ty).map(Aggregate::Sum), "summed", Number::words()),
            AggregateDecl::Avg => (Number::of(&ty).map(Aggregate::Avg), "averaged", Number::words()),
            AggregateDecl::Stddev => (Number::of(&ty).map(Aggregate::Stddev), "averaged", Number::words()),
            AggregateDecl::Min => (Ordered::of(&ty).map(Aggregate::Min), "ordered", Ordered::words()),
            AggregateDecl::Max => (Ordered::of(&ty).map(Aggregate::Max), "ordered", Ordered::words()),
            AggregateDecl::First => (Plain::of(&ty).map(Aggregate::First), "kept", Plain::words()),
            AggregateDecl::Last => (Plain::of(&ty).map(Aggregate::Last), "kept", Plain::words()),
            AggregateDecl::Distinct | AggregateDecl::Count | AggregateDecl::Rate => {
                (Plain::of(&ty).map(Aggregate::Distinct), "told apart", Plain::words())
            }
        };
        if found.is_none() {
            let message = format!("{ty} cannot be {verb}");
            self.reader.report_node(codes::BAD_AGGREGATE_TYPE, node, message).expected = format!("expected {words}");
        }
        found.map(|aggregate| (aggregate, Some(expression)))
    }

    /// The texts of all expressions and the types of the fields that they read; aggregate, size, slide, `current`.
    /// Lengths before bytes: no two definitions run together to the same text. `max_disorder` is no part of it: it
    /// decides which events come in, not what windows mean.
    fn fingerprint(
        &self,
        by: &[Expression],
        value: Option<&Expression>,
        filter: Option<&Expression>,
        of: &Definition,
    ) -> [u8; 32] {
        let mut parts = vec![
            of.aggregate.key().to_owned(),
            of.aggregate.takes().map(|ty| ty.to_string()).unwrap_or_default(),
            of.size.to_string(),
            (of.size / i128::from(of.buckets)).to_string(),
            of.current_included.to_string(),
            by.len().to_string(),
        ];
        parts.extend(by.iter().map(|by| by.text().to_owned()));
        for expression in [value, filter] {
            parts.push(expression.map(|expression| expression.text().to_owned()).unwrap_or_default());
        }
        let fields = self.fields_of(by.iter().chain(value).chain(filter));
        let mut hash = Sha256::new();
        for part in parts.iter().chain(&fields) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// The event's fields that the expressions read, each with its type, and the lookup tables, each with its content's
    /// hash; sorted.
    pub(super) fn fields_of<'e>(&self, expressions: impl Iterator<Item = &'e Expression>) -> Vec<String> {
        let expressions: Vec<&Expression> = expressions.collect();
        let mut fields: Vec<String> = expressions
            .iter()
            .flat_map(|expression| expression.program.slots())
            .filter_map(|slot| self.slots.paths().get(*slot).filter(|path| *path.root == *EVENT))
            .map(|path| {
                let names: Vec<&str> = path.fields.iter().map(|name| &**name).collect();
                let ty = self.schema.and_then(|schema| schema.type_at(&names));
                format!("{}: {}", names.join("."), ty.map(|ty| ty.to_string()).unwrap_or_default())
            })
            .chain(expressions.iter().flat_map(|expression| expression.program.data()).map(|table| table.to_string()))
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}
