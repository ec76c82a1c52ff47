//! `cargo xtask docs`: the documents say what is so.

mod links;
mod metrics;
mod variables;

use anyhow::{Result, bail};

use crate::say;

/// Every link leads somewhere, every variable and every metric is explained.
pub fn check() -> Result<()> {
    say::step("docs", "a link that leads nowhere and a variable that nobody explains are worse than none");
    let broken = [links::broken()?, variables::unexplained()?, metrics::differing()?].concat();
    for line in &broken {
        println!("  {line}");
    }
    if !broken.is_empty() {
        bail!("{} things to mend in the documents", broken.len());
    }
    say::note("every link resolves, every variable and metric is explained");
    Ok(())
}
