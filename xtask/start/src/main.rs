//! What `cargo xtask` starts first. It depends on nothing and is there in a second; it builds xtask itself, which takes
//! minutes on a fresh machine, where everybody sees it, and keeps quiet when there is nothing to build.

use std::{
    env,
    io::{self, BufRead, BufReader, IsTerminal},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> io::Result<ExitCode> {
    let xtask = env::current_exe()?.with_file_name(format!("xtask{}", env::consts::EXE_SUFFIX));
    if !xtask.exists() {
        eprintln!("cargo xtask: builds itself first; on a fresh machine that takes some minutes");
    }
    if !build()? {
        return Ok(ExitCode::FAILURE);
    }
    Err(Command::new(xtask).args(env::args_os().skip(1)).exec())
}

/// Builds xtask; what cargo says is shown, but for its last word.
fn build() -> io::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "xtask", "--manifest-path"]).arg(manifest).stderr(Stdio::piped());
    // `cargo run` tells us about this package in these. Build scripts look at them: crates would be built anew by each other
    // cargo that is called without.
    let about_us = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(about_us)) {
        command.env_remove(name);
    }
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.spawn()?;
    if let Some(said) = child.stderr.take() {
        for line in BufReader::new(said).lines() {
            let line = line?;
            if !line.contains("Finished") {
                eprintln!("{line}");
            }
        }
    }
    Ok(child.wait()?.success())
}
