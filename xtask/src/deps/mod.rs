//! `cargo xtask check-deps`: proves that the arrows between our crates point one way.

mod house;
mod rules;

use anyhow::{Result, bail};

use crate::say;

/// Reads the workspace and fails with every broken rule at once.
pub fn check() -> Result<()> {
    say::step("check-deps", "okno -> services -> kits -> contracts, model; a gateway knows no database");
    let members = house::members()?;
    let broken = rules::violations(&members);
    for line in &broken {
        println!("  {line}");
    }
    if !broken.is_empty() {
        bail!("{} broken dependency rules", broken.len());
    }
    say::note(&format!("{} members, every arrow points down", members.len()));
    Ok(())
}
