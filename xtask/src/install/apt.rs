//! Debian's packages. As root without a question, otherwise by sudo, which asks for itself.

use std::{fs, path::Path, sync::OnceLock};

use anyhow::{Context, Result, bail};

use super::Need;
use crate::{root, say, sh};

/// Keeps PostgreSQL's package from making a system cluster that nobody asked for.
const CLUSTER_CONFIG: &str = "/etc/postgresql-common/createcluster.conf";
/// Keeps the packages' services from being started at install; they would be system instances.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs the packages of `needs`, and PostgreSQL where `postgres` says so.
pub fn install(needs: &[Need], postgres: bool) -> Result<()> {
    let mut packages: Vec<String> = needs.iter().map(|need| need.package.to_owned()).collect();
    if packages.is_empty() && !postgres {
        say::note("everything is there");
        return Ok(());
    }
    for need in needs {
        say::note(&format!("{} is missing ({}): Debian package {}", need.program, need.why, need.package));
    }
    update()?;
    if postgres {
        let package = newest_postgres()?;
        say::note(&format!("PostgreSQL is missing (the truth): Debian package {package}"));
        no_system_cluster()?;
        packages.push(package);
    }
    get(&packages)
}

/// Installs those of `packages` that dpkg does not have.
pub fn install_packages_missing(packages: &[&str], why: &str) -> Result<()> {
    let lacks = |package: &&&str| !sh::succeeds(sh::command("dpkg").args(["-s", package]));
    let missing: Vec<String> = packages.iter().filter(lacks).map(|package| (*package).to_owned()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say::note(&format!("{} missing ({why})", missing.join(", ")));
    update()?;
    get(&missing)
}

fn update() -> Result<()> {
    if sh::find("apt-get").is_none() {
        bail!(
            "there is no apt-get: install nats-server, redis-server, postgresql, nodejs and npm by hand and start again"
        );
    }
    if UPDATED.get().is_none() {
        sh::run_logged(&mut as_root(&["apt-get", "-qq", "update"]), &root::okno().join("log/apt-update.log"))?;
    }
    UPDATED.get_or_init(|| ());
    Ok(())
}

/// The package lists are fresh enough for one run.
static UPDATED: OnceLock<()> = OnceLock::new();

fn get(packages: &[String]) -> Result<()> {
    let quiet = Quiet::begin()?;
    let mut words = vec![
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        "-oDpkg::Use-Pty=0",
    ];
    words.extend(packages.iter().map(String::as_str));
    let done = sh::run_logged(&mut as_root(&words), &root::okno().join("log/apt.log"));
    quiet.end();
    done.with_context(|| format!("could not install {}", packages.join(", ")))
}

/// The newest `postgresql-N` that this machine's Debian offers.
fn newest_postgres() -> Result<String> {
    let list = sh::output(sh::command("apt-cache").args(["search", "--names-only", "^postgresql-[0-9]+$"]))?;
    newest(&list).context("this Debian offers no postgresql-N package")
}

fn newest(list: &str) -> Option<String> {
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let versions = names.filter_map(|name| name.strip_prefix("postgresql-")?.parse::<u32>().ok());
    versions.max().map(|version| format!("postgresql-{version}"))
}

fn no_system_cluster() -> Result<()> {
    if Path::new(CLUSTER_CONFIG).exists() {
        return Ok(());
    }
    say::note(&format!("writing {CLUSTER_CONFIG}, so that the package makes no cluster of its own"));
    write_as_root(CLUSTER_CONFIG, "create_main_cluster = false", "644")
}

/// While it stands, packages start no services.
struct Quiet {
    ours: bool,
}

impl Quiet {
    fn begin() -> Result<Self> {
        let ours = !Path::new(POLICY).exists();
        if ours {
            say::note(&format!("{POLICY} forbids starting services for the length of the installation"));
            write_as_root(POLICY, "#!/bin/sh\nexit 101", "755")?;
        }
        Ok(Self { ours })
    }

    fn end(self) {
        if self.ours {
            // If this fails the next installation of a service says so, and names the file.
            let _ = sh::run(&mut as_root(&["rm", "-f", POLICY]));
        }
    }
}

fn write_as_root(path: &str, text: &str, mode: &str) -> Result<()> {
    if is_root() {
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        fs::write(path, format!("{text}\n")).with_context(|| path.to_owned())?;
        return sh::run(sh::command("chmod").args([mode, path]));
    }
    let script = "mkdir -p \"$(dirname \"$1\")\" && printf '%s\\n' \"$2\" > \"$1\" && chmod \"$3\" \"$1\"";
    sh::run(&mut as_root(&["sh", "-c", script, "sh", path, text, mode]))
}

fn as_root(words: &[&str]) -> std::process::Command {
    let words: Vec<_> = if is_root() { words.to_vec() } else { [&["sudo"], words].concat() };
    let mut command = sh::command(words[0]);
    command.args(&words[1..]);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_postgres_is_by_number_not_by_letter() {
        let list = "postgresql-9 - old\npostgresql-15 - object-relational SQL database\npostgresql-client-17 - x\n";
        assert_eq!(newest(list).as_deref(), Some("postgresql-15"));
        assert_eq!(newest(""), None);
    }
}
