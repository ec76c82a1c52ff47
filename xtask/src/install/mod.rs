//! What a fresh machine lacks: found out first, said with how and why, then installed.

mod apt;
mod node;
mod tools;

use anyhow::Result;

use crate::{say, sh};

pub use node::{Npm, npm};
pub use tools::{cargo_deny, nextest, python_of_examples};

/// A program we need, and the Debian package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NATS: Need = Need { program: "nats-server", package: "nats-server", why: "the bus" };
const REDIS: Need = Need { program: "redis-server", package: "redis-server", why: "online marks and rate limits" };
const NODE: Need = Need { program: "node", package: "nodejs", why: "builds the page" };
const NPM: Need = Need { program: "npm", package: "npm", why: "fetches what the page is built from" };
const DOVECOT: Need = Need { program: "dovecot", package: "dovecot-imapd", why: "the mail server of the tests" };
/// The rest of it: POP3, delivery, submission.
const DOVECOT_REST: [&str; 3] = ["dovecot-pop3d", "dovecot-lmtpd", "dovecot-submissiond"];
const CHROMIUM: Need = Need { program: "chromium", package: "chromium", why: "the browser of the browser tests" };

/// What `up` starts.
pub fn servers() -> Result<()> {
    say::step("servers", "PostgreSQL, NATS and Redis: installed if missing, never a system instance used");
    apt::install(&missing(&[NATS, REDIS]), postgres_missing())
}

/// What the tests of e-mail need beside that.
pub fn mail() -> Result<()> {
    say::step(
        "mail server",
        "the tests of e-mail run against a real Dovecot, as an ordinary user and in a folder of their own",
    );
    apt::install(&missing(&[DOVECOT]), false)?;
    apt::install_packages_missing(&DOVECOT_REST, "the tests' mail server")
}

/// What builds the page. Node itself may come from the npm package of that name, see [`npm`].
pub fn page_tools() -> Result<()> {
    say::step("page tools", "Node and npm build the page that the binary carries");
    apt::install(&missing(&[NODE, NPM]), false)
}

/// What the browser tests need beside that.
pub fn browser() -> Result<()> {
    say::step("browser", "the browser tests run in Debian's Chromium");
    apt::install(&missing(&[CHROMIUM]), false)?;
    apt::install_packages_missing(&["fonts-dejavu-core", "fonts-liberation"], "letters for the screenshots")
}

fn missing(needs: &[Need]) -> Vec<Need> {
    needs.iter().filter(|need| sh::find(need.program).is_none()).copied().collect()
}

/// PostgreSQL's server programs lie outside PATH, in a folder per version.
fn postgres_missing() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    !versions.map(|version| version.path().join("bin/initdb")).any(|program| program.exists())
}

/// Says what would be done, without doing it.
pub fn plan() -> Vec<String> {
    let mut plan: Vec<_> = missing(&[NATS, REDIS, NODE, NPM, DOVECOT, CHROMIUM])
        .iter()
        .map(|need| format!("{}: from the Debian package {} ({})", need.program, need.package, need.why))
        .collect();
    if postgres_missing() {
        plan.push("postgres: from the newest Debian package postgresql-N (the truth)".to_owned());
    }
    plan.extend(node::plan());
    plan.extend(tools::plan());
    plan
}
