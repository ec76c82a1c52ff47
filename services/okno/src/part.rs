//! `okno part`: in which part of IN each account is.

use clap::Subcommand;
use router::moves;
use runtime::Env;
use uuid::Uuid;

use crate::chores::pool;

#[derive(Subcommand)]
pub enum Part {
    /// List accounts by part
    List,
    /// Move an account to another part; router does it as soon as nothing is lost by it
    Move { account: Uuid, part: u32 },
}

/// Runs the command against the database.
pub async fn run(env: &Env, command: Part) -> anyhow::Result<()> {
    let pool = pool(env).await?;
    match command {
        Part::List => {
            let accounts = moves::list(&pool).await?;
            println!("{:>4}  {:<36}  {:<9}  name", "part", "account", "channel");
            for account in &accounts {
                let moving = account.moving_to.map(|to| format!(" (moves to part {to})")).unwrap_or_default();
                let (part, id, channel) = (account.part, account.account, &account.channel);
                println!("{part:>4}  {id:<36}  {channel:<9}  {}{moving}", account.name);
            }
        }
        Part::Move { account, part } => {
            moves::ask(&pool, account.into(), part).await?;
            println!("router moves {account} to part {part}; `okno part list` tells when it is there");
        }
    }
    Ok(())
}
