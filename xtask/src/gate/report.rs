//! Which browser tests failed, for the gate's last lines: a log of their whole output is cut where it is long.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use crate::root;

/// The file that vitest writes beside what it prints.
pub struct Report(PathBuf);

impl Report {
    /// Asks the tests to write it; that of an earlier run is removed.
    pub fn of(name: &str, tests: &mut Command) -> Result<Self> {
        let file = root::target().join(format!("e2e/{name}.json"));
        let folder = file.parent().context("a folder")?;
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| file.display().to_string())?;
        }
        tests.env("OKNO_E2E_REPORT", &file);
        Ok(Self(file))
    }

    /// The result, a failure with the names of what failed under its first line.
    pub fn name(&self, result: Result<()>) -> Result<()> {
        let Err(error) = result else { return Ok(()) };
        let failed = std::fs::read_to_string(&self.0)
            .map_or_else(|_| vec!["the tests wrote no report".to_owned()], |text| failed(&text));
        Err(anyhow!("{error:#}\n{}", failed.join("\n")))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tests {
    test_results: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    status: String,
    #[serde(default)]
    message: String,
    assertion_results: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    title: String,
    status: String,
    #[serde(default)]
    failure_messages: Vec<String>,
}

/// A line for each test that failed, and for each file that could not even be read.
fn failed(report: &str) -> Vec<String> {
    let tests: Tests = match serde_json::from_str(report) {
        Ok(tests) => tests,
        Err(error) => return vec![format!("the tests' report cannot be read: {error}")],
    };
    tests.test_results.iter().filter(|file| file.status == "failed").flat_map(File::failed).collect()
}

impl File {
    fn failed(&self) -> Vec<String> {
        let file = self.name.rsplit('/').next().unwrap_or(&self.name);
        let tests: Vec<_> = self
            .assertion_results
            .iter()
            .filter(|test| test.status == "failed")
            .map(|test| {
                format!("{file}: {}: {}", test.title, head(test.failure_messages.first().map_or("", String::as_str)))
            })
            .collect();
        if tests.is_empty() { vec![format!("{file}: {}", head(&self.message))] } else { tests }
    }
}

/// What went wrong, without the stack and without colours.
fn head(message: &str) -> String {
    let message: String = message
        .split('\u{1b}')
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) })
        .collect();
    let lines = message.lines().map(str::trim).take_while(|line| !line.starts_with("at "));
    lines.filter(|line| !line.is_empty()).take(3).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failed_test_is_a_line_and_so_is_a_file_that_did_not_run() {
        let report = r#"{"testResults": [
            {"name": "/x/e2e/a.test.ts", "status": "failed", "message": "", "assertionResults": [
                {"title": "goes", "status": "passed", "failureMessages": []},
                {"title": "stays", "status": "failed", "failureMessages": ["TimeoutError: 30000ms\nCall log:\n\u001b[2m  - waiting\u001b[22m\n    at x.ts:1"]}]},
            {"name": "/x/e2e/b.test.ts", "status": "failed", "message": "no such module", "assertionResults": []},
            {"name": "/x/e2e/c.test.ts", "status": "passed", "message": "", "assertionResults": []}]}"#;
        assert_eq!(
            failed(report),
            ["a.test.ts: stays: TimeoutError: 30000ms Call log: - waiting", "b.test.ts: no such module"]
        );
    }
}
