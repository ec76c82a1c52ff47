//! `okno dead`: what could not be understood.

use anyhow::{Context, bail};
use chrono::TimeDelta;
use clap::Subcommand;
use router::{
    Directory,
    dead_letters::{self, DeadLetter, Filter},
};
use runtime::Env;
use sqlx::PgPool;
use uuid::Uuid;

use crate::chores::pool;

#[derive(Subcommand)]
pub enum Dead {
    /// List dead letters, newest first
    List {
        /// Only those of one account
        #[arg(long)]
        account: Option<Uuid>,
        /// Also those that were replayed
        #[arg(long)]
        replayed: bool,
        #[arg(long, default_value_t = 50)]
        limit: u16,
    },
    /// Show one with its bytes; they may hold what a customer wrote
    Show { id: Uuid },
    /// Take one again, or all that are open
    Replay {
        #[arg(required_unless_present = "all")]
        id: Option<Uuid>,
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

/// Runs the command against the database.
pub async fn run(env: &Env, command: Dead) -> anyhow::Result<()> {
    let directory = directory(env);
    let pool = pool(env).await?;
    match command {
        Dead::List { account, replayed, limit } => {
            let filter = Filter { account, with_replayed: replayed, ..Filter::default() };
            let letters = dead_letters::list(&pool, &filter, None, limit.into()).await?;
            println!("{:<36}  {:<24}  {:>8}  {:<9}  reason", "id", "received", "bytes", "channel");
            letters.iter().for_each(print_row);
            println!("{} dead letters", letters.len());
        }
        Dead::Show { id } => show(&dead_letters::get(&pool, id).await?.context("no such dead letter")?),
        Dead::Replay { id: Some(id), .. } => replay(&pool, &directory, id).await?,
        Dead::Replay { id: None, .. } => replay_all(&pool, &directory).await?,
    }
    Ok(())
}

/// As router has it: a claim that is taken again ends when any other does.
fn directory(env: &Env) -> Directory {
    Directory::new(TimeDelta::from_std(router::Config::claim(env)).unwrap_or(TimeDelta::minutes(2)))
}

fn print_row(letter: &DeadLetter) {
    println!(
        "{:<36}  {:<24}  {:>8}  {:<9}  {}",
        letter.dead_letter_id,
        letter.received_at.format("%Y-%m-%d %H:%M:%S UTC"),
        letter.raw_bytes,
        letter.channel,
        letter.reason
    );
}

fn show(letter: &DeadLetter) {
    println!("id        {}\naccount   {} ({})", letter.dead_letter_id, letter.account_id, letter.channel);
    println!("key       {}\nreason    {}\nreceived  {}", letter.key, letter.reason, letter.received_at);
    if let Some(at) = letter.replayed_at {
        println!("replayed  {at}");
    }
    if !letter.object_key.is_empty() {
        println!("object    {}", letter.object_key);
    }
    match std::str::from_utf8(&letter.raw) {
        Ok(text) => println!("\n{}", text.escape_debug()),
        Err(_) => println!("\n{} bytes, not text", letter.raw.len()),
    }
}

async fn replay(pool: &PgPool, directory: &Directory, id: Uuid) -> anyhow::Result<()> {
    let letter = dead_letters::replay(pool, directory, id, None).await?;
    match letter.replayed_at {
        Some(_) => println!("{id} is taken"),
        None => println!("{id} goes to its gateway to be parsed again; it closes itself when that succeeds"),
    }
    Ok(())
}

async fn replay_all(pool: &PgPool, directory: &Directory) -> anyhow::Result<()> {
    let (mut before, mut failed) = (None, 0);
    loop {
        let letters = dead_letters::list(pool, &Filter::default(), before, 200).await?;
        let Some(last) = letters.last() else { break };
        before = Some(last.dead_letter_id);
        for letter in &letters {
            if let Err(error) = replay(pool, directory, letter.dead_letter_id).await {
                failed += 1;
                println!("{} stays: {error:#}", letter.dead_letter_id);
            }
        }
    }
    if failed > 0 {
        bail!("{failed} dead letters stay");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_end_as_they_do_in_router() {
        let env = Env::from_pairs([("OKNO_CLAIM_SECONDS", "5")]);
        assert_eq!(directory(&env).claim_ends(), TimeDelta::seconds(5));
        assert_eq!(directory(&Env::from_pairs([("OKNO_LOG", "info")])).claim_ends(), TimeDelta::minutes(2));
        let bad = Env::from_pairs([("OKNO_CLAIM_SECONDS", "soon")]);
        directory(&bad);
        assert!(bad.build(|| Some(())).is_err(), "it ends the command");
    }
}
