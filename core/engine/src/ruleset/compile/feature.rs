//! Features → windows over evaluated inputs.

use std::sync::Arc;

use fishplate_cel::{Env, Type};

use super::super::document::{Document, FeatureDecl};
use super::super::expression::Expression;
use super::super::source::Position;
use super::super::yaml::Node;
use super::Compiler;
use crate::codes;
use crate::feature::window::Amount;
use crate::feature::{Definition, Slide};

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
}
