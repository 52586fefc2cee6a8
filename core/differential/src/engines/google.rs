//! Google's engine, in C++, through its Python package: a process that is asked line by line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use fishplate_cel::Value;
use serde_json::{Value as Json, json};

use super::{Answer, Outcome, wire};
use crate::generate::VARIABLES;

/// The engine; some expressions end its process, and then it is started anew.
pub(crate) struct Google {
    python: PathBuf,
    process: Process,
}

struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

/// An expression with its bindings.
pub(crate) type Question<'q> = (&'q str, &'q [(&'static str, Value)]);

impl Google {
    /// Starts `python` with the script beside this crate.
    pub(crate) fn start(python: &Path) -> Result<Self, String> {
        Ok(Self { python: python.to_owned(), process: Process::start(python)? })
    }

    /// Asks; the answers are to be taken before the next question is put.
    pub(crate) fn ask<'q>(&mut self, questions: impl Iterator<Item = Question<'q>>) -> Result<(), String> {
        self.process.line(&Json::Array(questions.map(written).collect()))
    }

    /// The answers to the questions that were asked last; nothing where the process ended over them, and a new one runs.
    pub(crate) fn answers(&mut self) -> Result<Option<Vec<Answer>>, String> {
        let Some(line) = self.process.read()? else {
            self.process = Process::start(&self.python)?;
            return Ok(None);
        };
        let json: Json = serde_json::from_str(&line).map_err(|error| format!("from Python: {error}"))?;
        Ok(Some(json.as_array().map(|all| all.iter().map(answer).collect()).unwrap_or_default()))
    }

    /// The answer to one question.
    pub(crate) fn one(&mut self, source: &str, bindings: &[(&'static str, Value)]) -> Result<Answer, String> {
        self.ask([(source, bindings)].into_iter())?;
        let broke = || Answer::untyped(Outcome::Panicked("the process ended".to_owned()));
        Ok(self.answers()?.and_then(|mut all| all.pop()).unwrap_or_else(broke))
    }
}

fn written((source, bindings): Question<'_>) -> Json {
    let values: serde_json::Map<String, Json> =
        bindings.iter().map(|(name, value)| ((*name).to_owned(), wire::written(value))).collect();
    json!([source, values])
}

impl Process {
    fn start(python: &Path) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("google.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", python.display()))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the process has no pipes".to_owned());
        };
        let mut process = Self { child, to, from: BufReader::new(from) };
        process.line(&json!(VARIABLES.iter().map(|(name, of)| [name, of]).collect::<Vec<_>>()))?;
        // It greets once it can answer: what ends it from here on is a question.
        process.read()?.ok_or_else(|| format!("{} has no cel-expr-python", python.display()))?;
        Ok(process)
    }

    fn line(&mut self, json: &Json) -> Result<(), String> {
        writeln!(self.to, "{json}").and_then(|()| self.to.flush()).map_err(|error| format!("to Python: {error}"))
    }

    /// The next line; nothing where the process ended.
    fn read(&mut self) -> Result<Option<String>, String> {
        let mut line = String::new();
        let read = self.from.read_line(&mut line).map_err(|error| format!("from Python: {error}"))?;
        Ok((read > 0).then_some(line))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends by itself when nobody asks any more; whether it had already does not matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(json: &Json) -> Answer {
    let text = |at: usize| json.get(at).and_then(Json::as_str).unwrap_or_default().to_owned();
    let ty = Some(text(1));
    match json.get(0).and_then(Json::as_str) {
        Some("refused") => Answer::untyped(Outcome::Refused(text(1))),
        Some("failed") => Answer { outcome: Outcome::Failed(text(2)), ty },
        Some("value") => {
            let value = json.get(2).and_then(wire::read);
            Answer { outcome: value.map_or_else(|| unknown(json), Outcome::Value), ty }
        }
        _ => Answer::untyped(unknown(json)),
    }
}

fn unknown(json: &Json) -> Outcome {
    Outcome::Panicked(format!("what is {json}?"))
}
