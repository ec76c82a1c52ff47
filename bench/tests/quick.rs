//! `cargo xtask bench --quick` works; what it measures in a test means nothing, so no figure is looked at.

use std::{path::Path, process::Command};

use serde_json::Value;

/// Measures these, and gives the report and its page.
fn measured(scenarios: &[&str]) -> (Value, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_okno-bench"));
    let okno = program.with_file_name("okno");
    assert!(okno.exists(), "{} is missing: run `cargo build -p okno` first (`cargo xtask test` does)", okno.display());
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    let mut bench = Command::new(program);
    bench.args(["--quick", "--grow-to", "10000"]).arg("--okno").arg(&okno).arg("--data").arg(&data);
    bench.arg("--out").arg(&out).args(scenarios.iter().flat_map(|name| ["--scenario", name]));
    let output = bench.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(&data).expect("the parent").count(), 0, "the data is gone");
    let report = std::fs::read(out.join("report.json")).expect("a report");
    let page = std::fs::read_to_string(out.join("report.html")).expect("a page");
    (serde_json::from_slice(&report).expect("JSON"), page)
}

fn sections(report: &Value) -> Vec<&str> {
    let sections = report["sections"].as_array().expect("sections");
    assert!(sections.iter().all(|section| !section["figures"].as_array().expect("figures").is_empty()));
    sections.iter().filter_map(|section| section["name"].as_str()).collect()
}

#[test]
fn what_comes_in_is_measured_and_compared_with_the_limit() {
    let scenarios = ["limit", "start", "inbound", "throughput", "operators"];
    let (report, page) = measured(&scenarios);
    assert_eq!(sections(&report), scenarios);
    assert!(report["ratio_to_limit"].is_number());
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("http:"), "it loads nothing");
}

#[test]
fn the_chat_replies_receipts_and_growth_are_measured() {
    let (report, page) = measured(&["webchat", "replies", "receipts", "growth"]);
    assert_eq!(sections(&report), ["webchat", "replies", "receipts"]);
    assert_eq!(report["growth"]["points"].as_array().map(Vec::len), Some(1));
    assert!(page.contains("lists and searches"));
}

#[test]
fn statuses_of_whatsapp_are_measured_alone_and_together() {
    let scenarios = ["whatsapp", "whatsapp-together"];
    let (report, _) = measured(&scenarios);
    assert_eq!(sections(&report), scenarios);
}
