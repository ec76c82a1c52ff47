//! The page's parts: types, unit tests, size, and the browser over the whole house.

use anyhow::{Context, Result, bail};

use crate::{block_on, house, install, page, root, say, sh};

const SCRIPTS: &[(&str, &str)] = &[
    ("check", "types and our own rules"),
    ("test", "unit tests"),
    ("build", "the bundle that the binary carries"),
    ("size", "the bundle stays within its budget"),
];

/// Types, unit tests, the build, and its size against the budget; a failing one does not hide the next.
pub fn check() -> Result<()> {
    install::page_tools()?;
    let npm = page::fetch()?;
    let mut failed = Vec::new();
    for (script, why) in SCRIPTS {
        say::step(&format!("npm run {script}"), why);
        if let Err(error) = sh::run(&mut npm.command(&["run", "--silent", script])) {
            failed.push(format!("{error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(())
}

/// Starts everything with data of its own, then plays customer and operator in Chromium.
pub fn browser() -> Result<()> {
    install::servers()?;
    install::browser()?;
    let npm = page::fetch()?;
    // Both are there already when the whole gate runs.
    page::build()?;
    super::rust::build()?;
    let binary = root::target().join("debug/okno");
    say::step("house", "the whole of Okno with data of its own, for the browser");
    block_on(async {
        let mut house = house::House::open(house::Plan::throwaway(binary)?).await?;
        let done = match house.start().await {
            Ok(()) => tests(&npm, &house),
            Err(error) => Err(error),
        };
        house.close().await;
        done
    })
}

fn tests(npm: &install::Npm, house: &house::House) -> Result<()> {
    let sign_in = house.sign_ins().first().context("`okno seed-demo` printed no sign-in")?;
    say::step("npm run e2e", "customer and operator in Debian's Chromium");
    let mut tests = npm.command(&["run", "--silent", "e2e"]);
    tests
        .env("OKNO_E2E_URL", house.address())
        .env("OKNO_E2E_LOGIN", &sign_in.login)
        .env("OKNO_E2E_PASSWORD", &sign_in.password)
        .env("OKNO_E2E_TELEGRAM", house.telegram());
    sh::run(&mut tests)
}
