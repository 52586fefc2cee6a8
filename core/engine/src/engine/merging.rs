//! What the rules gave one output, merged in the order of the rules. Knows outputs and values; knows no rule.

use std::sync::Arc;

use fishplate_cel::{Code, Value};

use super::verdict::error;
use crate::codes;
use crate::decision::{Decision, Subject};
use crate::ruleset::Output;

/// Where the merging of one output stands.
#[derive(Debug)]
pub(super) enum Merged {
    Nothing,
    Value(Value),
    Failed(Code),
}

/// Another rule says what output `at` is.
pub(super) fn merge(outputs: &[Output], at: usize, value: &Value, merged: &mut [Merged]) {
    let Output { merge, values, .. } = &outputs[at];
    match &mut merged[at] {
        Merged::Failed(_) => {}
        Merged::Value(so_far) => {
            if let Err(code) = merge.add(so_far, value, values) {
                merged[at] = Merged::Failed(code);
            }
        }
        nothing => *nothing = Merged::Value(merge.first(value)),
    }
}

/// Outputs in document order, and the errors with those of the merges behind them.
pub(super) fn finish(outputs: &[Output], merged: &mut Vec<Merged>, decision: &mut Decision) {
    for (output, merged) in outputs.iter().zip(merged.drain(..)) {
        decision.outputs.push(match merged {
            Merged::Value(value) => Some(value),
            Merged::Nothing => output.default.clone(),
            Merged::Failed(code) => {
                let name: Arc<str> = output.name.clone();
                let message = codes::explain(code).map(|explained| explained.title.to_owned()).unwrap_or_default();
                decision.errors.push(error(Subject::Output(name), code, output.at, message));
                output.default.clone()
            }
        });
    }
}
