//! The parts of `web/`: types, unit tests, size, and the browser, alone and over the whole house.

use anyhow::{Context, Result, bail};

use super::{Options, report::Report};
use crate::{
    block_on, house, install,
    page::{INBOX, PAGES, Page, WIDGET},
    root, say, sh,
};

const SCRIPTS: &[(&str, &str)] = &[
    ("check", "types and our own rules"),
    ("test", "unit tests"),
    ("build", "the bundle that the binary carries"),
    ("size", "the bundle stays within its budget"),
];

/// Types, unit tests, the build, and its size against the budget; a failing one does not hide the next.
pub fn check() -> Result<()> {
    install::page_tools()?;
    let failed: Vec<_> = PAGES.into_iter().map(check_one).filter_map(Result::err).map(|e| format!("{e:#}")).collect();
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(())
}

fn check_one(page: Page) -> Result<()> {
    let npm = page.fetch()?;
    let mut failed = Vec::new();
    for (script, why) in SCRIPTS {
        say::step(&format!("{}: npm run {script}", page.folder), why);
        if let Err(error) = sh::run(&mut npm.command(&["run", "--silent", script])) {
            failed.push(format!("{error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}: {}", page.folder, failed.join("; "));
    }
    Ok(())
}

/// Every screen of the page and every state of the widget, on services in memory; `long` looks at all of them in every
/// size and theme.
pub fn screens(options: Options) -> Result<()> {
    install::browser()?;
    let (inbox, widget) = (INBOX.fetch()?, WIDGET.fetch()?);
    // They are there already when the whole gate runs.
    INBOX.build()?;
    WIDGET.build()?;
    say::step("web/inbox: npm run e2e", "every screen of the page, on services in memory");
    let page = in_memory(&inbox, "screens-inbox", options);
    say::step("web/widget: npm run e2e", "every state of the chat, on a gateway in memory");
    both(page, in_memory(&widget, "screens-widget", options))
}

/// What failed of either.
fn both(one: Result<()>, other: Result<()>) -> Result<()> {
    match (one, other) {
        (Err(one), Err(other)) => bail!("{one:#}\n{other:#}"),
        (one, other) => one.and(other),
    }
}

/// The tests read in `OKNO_LONG` whether to try everything.
fn in_memory(npm: &install::Npm, name: &str, options: Options) -> Result<()> {
    let mut tests = npm.command(&["run", "--silent", "e2e"]);
    let report = Report::of(name, &mut tests)?;
    report.name(sh::run(tests.env("OKNO_LONG", if options.long { "1" } else { "0" })))
}

/// Everything with data of its own, and in Chromium a customer of each kind and an operator.
pub fn browser() -> Result<()> {
    install::servers()?;
    install::browser()?;
    let (inbox, widget) = (INBOX.fetch()?, WIDGET.fetch()?);
    INBOX.build()?;
    WIDGET.build()?;
    super::rust::build()?;
    let binary = root::target().join("debug/okno");
    say::step("house", "the whole of Okno with data of its own, for the browser");
    block_on(async {
        let mut house = house::House::open(house::Plan::throwaway(binary)?).await?;
        let done = match house.start().await {
            Ok(()) => {
                let operators = tests(&inbox, &mut house).await;
                let visitors = visitors(&widget, &mut house).await;
                both(operators, visitors)
            }
            Err(error) => Err(error),
        };
        house.close().await;
        done
    })
}

async fn tests(npm: &install::Npm, house: &mut house::House) -> Result<()> {
    say::step("web/inbox: npm run e2e", "customer and operator in Debian's Chromium; it may be ended in the middle");
    let mut tests = npm.command(&["run", "--silent", "e2e"]);
    let report = Report::of("browser-inbox", &mut tests)?;
    sign_in(&mut tests, house)?.env("OKNO_E2E_TELEGRAM", house.telegram());
    report.name(super::power::run(tests, house).await)
}

/// The same chat, with the real gateway and somebody who answers in the inbox; it may be ended in the middle.
async fn visitors(npm: &install::Npm, house: &mut house::House) -> Result<()> {
    say::step("web/widget: npm run e2e", "a visitor of the demo shop and an operator in Debian's Chromium");
    let mut tests = npm.command(&["run", "--silent", "e2e"]);
    let report = Report::of("browser-widget", &mut tests)?;
    sign_in(&mut tests, house)?.env("OKNO_E2E_WIDGET_HOST", house.webchat());
    report.name(super::power::run(tests, house).await)
}

fn sign_in<'a>(tests: &'a mut std::process::Command, house: &house::House) -> Result<&'a mut std::process::Command> {
    let sign_in = house.sign_ins().first().context("`okno seed-demo` printed no sign-in")?;
    Ok(tests
        .env("OKNO_E2E_URL", house.address())
        .env("OKNO_E2E_LOGIN", &sign_in.login)
        .env("OKNO_E2E_PASSWORD", &sign_in.password))
}
