//! Running other programs: what is run is shown, and a failure names the command.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A command in the workspace's folder.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::root::workspace());
    // `cargo run` tells us about xtask in these; a cargo below us would rebuild crates whose build scripts look at them.
    let about_us = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(about_us)) {
        command.env_remove(name);
    }
    command
}

/// The cargo that runs us, so that the pinned toolchain stays the same.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs with the terminal's own output.
pub fn run(command: &mut Command) -> Result<()> {
    let text = show(command);
    crate::say::note(&format!("$ {text}"));
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` ended with {status}");
    }
    Ok(())
}

/// Runs with its output in a log, whose end is told when it fails: for programs that talk a lot.
pub fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let text = show(command);
    crate::say::note(&format!("$ {text}"));
    let folder = log.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = std::fs::File::create(log).with_context(|| log.display().to_string())?;
    // Standard error stays on the terminal: sudo asks there.
    let status = command.stdout(file).status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        bail!("`{text}` ended with {status}; the end of {}:\n{}", log.display(), tail(&said, 15));
    }
    Ok(())
}

/// The last lines of a text.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<_> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Runs and returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let text = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it can be started and ends well; says nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where `program` lies, looking through PATH and then the folders that ordinary users lack in it.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let extra = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(std::path::PathBuf::from);
    std::env::split_paths(&path).chain(extra).map(|dir| dir.join(program)).find(|file| is_program(file))
}

/// `PATH` with a folder put before the rest.
pub fn path_with(first: &Path) -> Result<std::ffi::OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).context("a folder in PATH holds a colon")
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The command as one would type it: the program by its name alone.
pub fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_=./:@,+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        assert_eq!(show(command("echo").args(["plain", "two words", ""])), "echo plain 'two words' ''");
        assert_eq!(show(&command("/usr/bin/true")), "true");
        assert_eq!(show(command("echo").arg("it's")), r"echo 'it'\''s'");
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("", 2), "");
    }

    #[test]
    fn a_failure_names_the_command() {
        let failed = output(command("sh").args(["-c", "echo why >&2; exit 3"])).expect_err("exit 3").to_string();
        assert!(failed.contains("sh -c") && failed.contains("why"), "{failed}");
    }
}
