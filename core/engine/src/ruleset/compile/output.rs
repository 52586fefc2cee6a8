//! Outputs: their defaults, and the expressions that give them values.

use std::sync::Arc;

use fishplate_cel::{Env, Slot, Type, Value};

use super::super::document::{Document, OutputDecl};
use super::super::expression::{Expression, Spot};
use super::super::outputs::{Merge, Values};
use super::super::source::Position;
use super::super::yaml::{Kind, Node};
use super::Compiler;
use crate::codes;

/// Longer texts are rarely repeated, and not worth their memory.
const REPEATED: usize = 64;

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: Arc<str>,
    pub(crate) at: Position,
    pub(crate) values: Values,
    pub(crate) merge: Merge,
    pub(crate) default: Option<Value>,
}

impl Compiler<'_, '_> {
    pub(super) fn outputs(&mut self, document: &Document<'_>, env: Option<&Env>) -> Vec<Output> {
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
        match expression.program.run(&[] as &[Slot], self.worst.cost) {
            Ok(value) => Some(value),
            Err(error) => {
                self.reader.report_node(codes::BAD_DEFAULT, node, error.message);
                None
            }
        }
    }

    /// An expression that gives a value of an output; a constant name of an enum is looked up here.
    /// Rules repeat each other: what the same text came to before is taken again.
    pub(super) fn output_expression(
        &mut self,
        decl: &OutputDecl<'_>,
        node: &Node,
        env: Option<&Env>,
    ) -> Option<Expression> {
        let Kind::Scalar(text, style) = &node.kind else { return self.new_output_expression(decl, node, env) };
        if let Some(program) = self.given.get(decl.name).and_then(|given| given.get(text)) {
            return Some(Expression::new(program.clone(), Spot::text(text.clone(), node.at, *style)));
        }
        let expression = self.new_output_expression(decl, node, env)?;
        if text.len() <= REPEATED {
            let given = self.given.entry(decl.name.to_owned()).or_default();
            given.insert(text.clone(), expression.program.clone());
        }
        Some(expression)
    }

    fn new_output_expression(&mut self, decl: &OutputDecl<'_>, node: &Node, env: Option<&Env>) -> Option<Expression> {
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
}
