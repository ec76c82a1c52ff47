//! `okno audit`: whether the record of who changed what is still what was sealed.

use std::{fmt, str::FromStr};

use anyhow::{Context, anyhow, bail};
use chrono::{Duration, Utc};
use clap::{Subcommand, ValueEnum};
use runtime::Env;
use sqlx::PgPool;
use store::{
    Schema,
    audit::{Chain, ChainError, verify, verify_noted},
};

use crate::chores::pool;

/// What the command ends with when a chain is broken.
pub const EXIT_BROKEN: u8 = 3;
/// Sealing runs each minute; what waits longer tells that it does not run.
const LATE: Duration = Duration::minutes(10);

const HELP: &str =
    "Ends with 0: every chain holds; 3: one is broken, and its first broken row is named; 1: it could not \
be read; 64: a variable is bad.

Rows cut off the end of a chain leave no trace in it. Keep the printed `note` elsewhere, and give it to a later run.";

#[derive(Subcommand)]
pub enum Audit {
    /// Walk the chain of seals and name the first row that is not what was sealed
    #[command(after_help = HELP)]
    Verify {
        /// Only this one; both otherwise
        #[arg(long)]
        schema: Option<Which>,
        /// What an earlier run printed as its note: that place must still have that seal. May be repeated
        #[arg(long, value_name = "SCHEMA:PLACE:SEAL")]
        noted: Vec<Note>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    Inbox,
    Crm,
}

impl From<Which> for Schema {
    fn from(which: Which) -> Self {
        match which {
            Which::Inbox => Self::Inbox,
            Which::Crm => Self::Crm,
        }
    }
}

/// A place of a chain and its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    schema: Schema,
    place: i64,
    seal: Vec<u8>,
}

impl FromStr for Note {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let (Some(schema), Some(place), Some(seal), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("is not <schema>:<place>:<seal>");
        };
        let schema = Which::from_str(schema, false).map_err(|_| "names no schema: inbox or crm")?.into();
        let place = place.parse().map_err(|_| "has a place that is no number")?;
        let seal = hex::decode(seal).map_err(|_| "has a seal that is not hexadecimal")?;
        Ok(Self { schema, place, seal })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.schema, self.place, hex::encode(&self.seal))
    }
}

/// What does not hold, in words.
#[derive(Debug)]
pub struct Broken(Vec<String>);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Broken {}

/// Runs the command against the database.
pub async fn run(env: &Env, command: Audit) -> anyhow::Result<()> {
    let Audit::Verify { schema, noted } = command;
    let schemas = schema.map_or_else(|| vec![Schema::Inbox, Schema::Crm], |which| vec![which.into()]);
    if let Some(other) = noted.iter().find(|note| !schemas.contains(&note.schema)) {
        bail!("{other} is of another schema than the one to verify");
    }
    let pool = pool(env).await?;
    let mut broken = Vec::new();
    for schema in schemas {
        match check(&pool, schema, &noted).await {
            Ok(chain) => print(schema, chain),
            Err(ChainError::Database(cause)) => return Err(anyhow!(cause)).context("the audit cannot be read"),
            Err(found) => broken.push(found.to_string()),
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Broken(broken).into()) }
}

async fn check(pool: &PgPool, schema: Schema, noted: &[Note]) -> Result<Chain, ChainError> {
    let chain = verify(pool, schema).await?;
    for note in noted.iter().filter(|note| note.schema == schema) {
        verify_noted(pool, schema, note.place, &note.seal).await?;
    }
    Ok(chain)
}

fn print(schema: Schema, chain: Chain) {
    println!("{schema}: ok, {} rows are sealed, {} wait for their seal", chain.sealed, chain.waiting);
    if let Some(since) = chain.waiting_since.filter(|since| Utc::now() - since > LATE) {
        println!("{schema}: rows wait since {}: does the target that seals them run?", since.format("%F %T UTC"));
    }
    if chain.sealed > 0 {
        println!("{schema}: note {}", Note { schema, place: chain.sealed, seal: chain.seal });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back() {
        let note = Note { schema: Schema::Crm, place: 12, seal: vec![0xab, 0x01] };
        assert_eq!(note.to_string(), "crm:12:ab01");
        assert_eq!("crm:12:ab01".parse(), Ok(note));
        for bad in ["", "crm", "crm:12", "crm:x:ab", "crm:1:zz", "other:1:ab", "crm:1:ab:cd"] {
            assert!(bad.parse::<Note>().is_err(), "{bad}");
        }
    }
}
