//! An explanation as one JSON object.

use super::{Explanation, ExpressionExplained, Given, Part, RuleExplained};
use crate::json::{write_list, write_string, write_value};
use crate::ruleset::Mode;

pub(super) fn of(explanation: &Explanation) -> String {
    let mut out = format!("{{\"repeated\":{},\"rules\":", explanation.decision.repeated()).into_bytes();
    write_list(explanation.rules.iter(), &mut out, rule);
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}

fn rule(rule: &RuleExplained, out: &mut Vec<u8>) {
    out.extend(b"{\"rule\":");
    write_string(&rule.rule, out);
    let mode = match rule.mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    };
    out.extend(format!(",\"mode\":\"{mode}\",\"outcome\":\"{}\",\"expressions\":", rule.outcome.word()).as_bytes());
    write_list(rule.expressions.iter(), out, expression);
    out.push(b'}');
}

fn expression(expression: &ExpressionExplained, out: &mut Vec<u8>) {
    out.extend(b"{\"key\":");
    write_string(&expression.key, out);
    out.extend(b",\"parts\":");
    write_list(expression.parts.iter(), out, part);
    out.push(b'}');
}

fn part(part: &Part, out: &mut Vec<u8>) {
    let Part { line, column, depth, times, .. } = part;
    out.extend(format!("{{\"line\":{line},\"column\":{column},\"depth\":{depth},\"text\":").as_bytes());
    write_string(&part.text, out);
    out.extend(format!(",\"times\":{times},\"values\":").as_bytes());
    write_list(part.values.iter(), out, given);
    out.push(b'}');
}

fn given(given: &Given, out: &mut Vec<u8>) {
    match given {
        Given::Value(value) => {
            out.extend(b"{\"value\":");
            write_value(value, out);
        }
        Given::Error(code, message) => {
            out.extend(format!("{{\"error\":\"{code}\",\"message\":").as_bytes());
            write_string(message, out);
        }
        Given::Hidden => out.extend(b"{\"hidden\":true"),
    }
    out.push(b'}');
}
