//! Rules → programs.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{Env, Type};

use super::super::document::{Document, Mode, RuleDecl};
use super::super::expression::Expression;
use super::Compiler;
use crate::codes;

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) mode: Mode,
    pub(crate) when: Expression,
    pub(crate) outputs: Vec<(usize, Expression)>,
    /// The features that it names, in document order.
    pub(crate) features: Vec<u32>,
}

impl Compiler<'_, '_> {
    pub(super) fn rules(&mut self, document: &Document<'_>, env: Option<&Env>) -> Vec<Rule> {
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
}
