//! Tests in the form that CEL policies are published with (`tests.yaml`): YAML → the same tests as ours, one event each.
//! Knows keys; plays nothing.

use std::collections::BTreeMap;
use std::path::Path;

use fishplate::{Error, Limits, Place, Status, codes, ruleset};
use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

use super::compare::as_json;
use super::document::{Expect, Step, Test};

/// A file of tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suite {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    name: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    tests: Vec<Spanned<Case>>,
}

/// The policy's variables, and what it gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    input: BTreeMap<String, Given>,
    context_expr: Option<String>,
    output: Option<Output>,
}

/// A value as it is, or as an expression.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    value: Option<Value>,
    expr: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    value: Option<Value>,
    expr: Option<Value>,
    error_set: Option<Vec<String>>,
    unknown_set: Option<Vec<i64>>,
}

impl Suite {
    /// Every case as a test of one event.
    ///
    /// # Errors
    /// A value that no event or decision has (F0814).
    pub(super) fn tests(self, path: &Path, limits: &Limits) -> Result<Vec<Spanned<Test>>, Error> {
        let cases = self.section.into_iter().flat_map(|section| {
            let of = section.name;
            section.tests.into_iter().map(move |case| (of.clone(), case))
        });
        let test = |(section, case): (String, Spanned<Case>)| {
            let Spanned { value: case, referenced, defined } = case;
            let name = format!("{section}/{}", case.name);
            let step = step(case, referenced, limits).map_err(|why| {
                let place = Place::Name(format!("{}:{}", path.display(), referenced.line()));
                Error::new(Status::InvalidArgument, codes::BAD_TEST_FILE, format!("{name}: {why}"), place)
            })?;
            let step = Spanned::new(step, referenced, defined);
            Ok(Spanned::new(Test { name, steps: vec![step] }, referenced, defined))
        };
        cases.map(test).collect()
    }
}

fn step(case: Case, at: Location, limits: &Limits) -> Result<Step, String> {
    if case.context_expr.is_some() {
        return Err("`context_expr` is not read; give the fields of the message under `input`".to_owned());
    }
    let mut event = Map::new();
    for (name, Given { value, expr }) in &case.input {
        let value = given(value.as_ref(), expr.as_ref(), limits).map_err(|why| format!("`{name}`: {why}"))?;
        if let Some(value) = value {
            put(&mut event, name, value).map_err(|why| format!("`{name}`: {why}"))?;
        }
    }
    let mut expect = Expect { errors: Some(Vec::new()), ..Expect::default() };
    match case.output {
        None => {}
        Some(Output { unknown_set: Some(_), .. }) => return Err("`unknown_set` is not read".to_owned()),
        Some(Output { error_set: Some(_), .. }) => expect = Expect { fails: true, ..Expect::default() },
        Some(Output { value, expr, .. }) => {
            let value = given(value.as_ref(), expr.as_ref(), limits).map_err(|why| format!("`output`: {why}"))?;
            expect.outputs.insert("output".to_owned(), value.unwrap_or(Value::Null));
        }
    }
    let event = Some(event.into_iter().collect());
    let expect = Some(Spanned::new(expect, at, at));
    Ok(Step { at: None, event, modes: BTreeMap::new(), features: None, expect, fires: None })
}

/// The value, or that of the expression; `None` for an optional that holds nothing.
fn given(value: Option<&Value>, expr: Option<&Value>, limits: &Limits) -> Result<Option<Value>, String> {
    let Some(expr) = expr else { return Ok(value.cloned()) };
    // YAML takes `expr: 2` for a number.
    let text = expr.as_str().map_or_else(|| expr.to_string(), str::to_owned);
    Ok(ruleset::value_of(&text, limits)?.as_ref().map(as_json))
}

/// A dotted variable is a field of a message.
fn put(event: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), String> {
    match name.split_once('.') {
        None => match event.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err("it is already there, or a part of it is".to_owned()),
        },
        Some((first, rest)) => match event.entry(first).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(inner) => put(inner, rest, value),
            _ => Err("it is already there, or a part of it is".to_owned()),
        },
    }
}
