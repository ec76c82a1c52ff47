//! `cargo xtask bench --quick` works; what it measures in a test means nothing, so no figure is looked at.

use std::{path::Path, process::Command};

#[test]
fn every_scenario_runs_and_is_reported() {
    let program = Path::new(env!("CARGO_BIN_EXE_okno-bench"));
    let folder = tempfile::tempdir().expect("a folder");
    let okno = program.with_file_name("okno");
    assert!(okno.exists(), "{} is missing: run `cargo build -p okno` first (`cargo xtask test` does)", okno.display());
    let data = folder.path().join("data");
    let mut bench = Command::new(program);
    bench.arg("--quick").arg("--okno").arg(&okno).arg("--data").arg(&data).arg("--out").arg(folder.path().join("out"));
    let output = bench.args(["--grow-to", "10000"]).args(scenarios()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report = std::fs::read(folder.path().join("out/report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    let sections = report["sections"].as_array().expect("sections");
    assert_eq!(sections.len(), NAMES.len());
    assert!(sections.iter().all(|section| !section["figures"].as_array().expect("figures").is_empty()));
    assert!(report["growth"]["points"].as_array().is_some_and(|points| !points.is_empty()));
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).expect("a page");
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("http:"), "it loads nothing");
    assert_eq!(std::fs::read_dir(&data).expect("the parent").count(), 0, "the data is gone");
}

const NAMES: [&str; 8] = ["limit", "start", "inbound", "webchat", "throughput", "operators", "replies", "receipts"];

fn scenarios() -> Vec<&'static str> {
    NAMES.iter().chain(&["growth"]).flat_map(|name| ["--scenario", name]).collect()
}
