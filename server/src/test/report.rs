//! What the tests came to, for people or as JSON lines.

use fishplate::explain::Condition;
use serde_json::json;

use super::Suite;
use crate::cli::TestArgs;
use crate::console::{Console, Exit};
use crate::json;

/// Prints every suite and a last line with the counts; says what the program ends with.
pub(super) fn tell(suites: &[Suite], args: &TestArgs, console: &Console) -> Exit {
    let mut exit = Exit::Done;
    for suite in suites {
        exit = exit.or(if console.json() { as_json(suite, console) } else { as_text(suite, args, console) });
    }
    let tests = || suites.iter().filter_map(|suite| suite.tests.as_ref().ok()).flatten();
    let (all, failed) = (tests().count(), tests().filter(|test| !test.failures.is_empty()).count());
    let rules: usize = suites.iter().map(|suite| suite.coverage.rules().len()).sum();
    let matched: usize = suites.iter().map(|suite| suite.coverage.matched()).sum();
    let ways = suites.iter().map(|suite| suite.coverage.branches());
    let (taken, branches) = ways.fold((0, 0), |(taken, all), (more, of)| (taken + more, all + of));
    if console.json() {
        let counts = json!({"tests": all, "failed": failed, "rules": rules, "rules_matched": matched,
            "branches": branches, "branches_taken": taken});
        console.print(format!("{counts}\n").as_bytes());
    } else if all > 0 {
        let passed = all - failed;
        console.print(
            format!(
                "{passed} of {all} tests passed; {matched} of {rules} rules matched somewhere, {taken} of {branches} branches taken\n"
            )
            .as_bytes(),
        );
    }
    let wanted = args.min_coverage.is_some_and(|percent| (matched as u64) * 100 < u64::from(percent) * rules as u64);
    if wanted && !console.json() {
        console.warn("fewer rules matched than --min-coverage asks for\n");
    }
    if failed > 0 || wanted { exit.or(Exit::Failed) } else { exit }
}

fn as_text(suite: &Suite, args: &TestArgs, console: &Console) -> Exit {
    let tests = match &suite.tests {
        Ok(tests) => tests,
        Err(error) => return console.refuse(error),
    };
    let file = suite.path.display();
    for test in tests {
        let word = if test.failures.is_empty() { "ok" } else { "FAILED" };
        console.print(format!("{file}: {}: {word}\n", test.name).as_bytes());
        for failure in &test.failures {
            let super::Failure { line, what, expected, found } = failure;
            console.print(format!("  line {line}: {what}: expected {expected}, found {found}\n").as_bytes());
        }
    }
    for reached in suite.coverage.rules().iter().filter(|reached| args.coverage || reached.matched == 0) {
        let super::coverage::Reached { rule, matched, not_matched, errors, branches } = reached;
        let counts = format!("{file}: rule {rule}: matched {matched}, not matched {not_matched}, in error {errors}\n");
        console.print(counts.as_bytes());
        for branch in branches.iter().filter(|_| args.coverage) {
            let never = match (branch.was_true, branch.was_false) {
                (true, true) => continue,
                (true, false) => "never false",
                (false, true) => "never true",
                (false, false) => "never reached",
            };
            let Condition { line, column, text } = &branch.condition;
            console.print(format!("  {line}:{column} {never}: {text}\n").as_bytes());
        }
    }
    Exit::Done
}

fn as_json(suite: &Suite, console: &Console) -> Exit {
    let file = suite.path.to_string_lossy();
    match &suite.tests {
        Ok(tests) => {
            for test in tests {
                let failures = test.failures.iter().map(|failure| {
                    let super::Failure { line, what, expected, found } = failure;
                    json!({"line": line, "what": what, "expected": expected, "found": found})
                });
                let failures: Vec<_> = failures.collect();
                let (name, line) = (&test.name, test.line);
                let line = json!({"file": file, "test": name, "line": line, "passed": failures.is_empty(), "failures": failures});
                console.print(format!("{line}\n").as_bytes());
            }
            for reached in suite.coverage.rules() {
                let branches = reached.branches.iter().map(|branch| {
                    let Condition { line, column, text } = &branch.condition;
                    let (was_true, was_false) = (branch.was_true, branch.was_false);
                    json!({"line": line, "column": column, "text": text, "true": was_true, "false": was_false})
                });
                let branches: Vec<_> = branches.collect();
                let line = json!({"file": file, "rule": reached.rule, "matched": reached.matched,
                    "not_matched": reached.not_matched, "errors": reached.errors, "branches": branches});
                console.print(format!("{line}\n").as_bytes());
            }
            Exit::Done
        }
        Err(error) => {
            let mut line = format!("{{\"file\":{},\"error\":", json!(file)).into_bytes();
            json::write_error(error, &mut line);
            line.extend(b"}\n");
            console.print(&line);
            Exit::of(error.status)
        }
    }
}
