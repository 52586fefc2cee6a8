//! What the tests came to as JUnit XML, which the build servers read.

use std::fs::File;
use std::path::Path;

use fishplate::{Error, Place, Status, codes};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Suite;

/// Writes the report of `suites` to `file`, whose name is `path`.
pub(super) fn write(suites: &[Suite], file: File, path: &Path) -> Result<(), Error> {
    let mut report = Report::new("fishplate");
    report.add_test_suites(suites.iter().map(suite));
    report.serialize(file).map_err(|error| {
        let place = Place::Name(path.to_string_lossy().into_owned());
        Error::new(Status::Unavailable, codes::UNWRITABLE_FILE, error.to_string(), place)
    })
}

fn suite(suite: &Suite) -> TestSuite {
    let file = suite.path.to_string_lossy().into_owned();
    let mut told = TestSuite::new(file.clone());
    match &suite.tests {
        Ok(tests) => {
            for test in tests {
                let mut case = TestCase::new(test.name.clone(), status(test));
                case.set_classname(file.clone()).set_time(test.took);
                told.add_test_case(case);
            }
        }
        Err(error) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(error.to_string()).set_type(error.code().to_string());
            told.add_test_case(TestCase::new("the file", status));
        }
    }
    told
}

fn status(test: &super::Tested) -> TestCaseStatus {
    if test.failures.is_empty() {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let lines = test.failures.iter().map(|failure| {
        let super::Failure { line, what, expected, found } = failure;
        format!("line {line}: {what}: expected {expected}, found {found}")
    });
    status.set_message(lines.collect::<Vec<_>>().join("\n")).set_type("expectation");
    status
}
