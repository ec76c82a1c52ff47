//! What happens when a timer of schema `inbox` fires.

use serde::Deserialize;
use sqlx::PgConnection;
use store::timer::{Handler, Timer};
use uuid::Uuid;

use crate::{
    Wakes,
    accounts::kept,
    batch,
    directory::Directory,
    files::{Objects, deleted},
    folders, mailings,
    merges::{self, Done, Pair},
    messages, requests, templates,
};

/// Does the work of router's timers.
pub struct Timers {
    pub directory: Directory,
    pub wakes: Wakes,
    pub objects: Objects,
    /// How one leaves mailings; none while the outside does not reach the edge.
    pub leaving: Option<mailings::Leaving>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Deserialize)]
struct Claim {
    nonce: String,
}

#[derive(Deserialize)]
struct Early {
    account: Uuid,
    waits_for: String,
    key: String,
}

impl Handler for Timers {
    async fn fire(&self, db: &mut PgConnection, timer: &Timer) -> Result<Option<Timer>, Failure> {
        let mut again = None;
        match timer.kind.as_str() {
            "claim" => {
                let claim: Claim = serde_json::from_value(timer.payload.clone())?;
                batch::claim_ended(db, &self.directory, timer.key.parse()?, &claim.nonce).await?;
            }
            batch::OUT_OF_HOURS => batch::out_of_hours(db, &self.directory, timer.key.parse()?).await?,
            "assign" => batch::assign_conversation(db, &self.directory, timer.key.parse()?).await?,
            requests::POSTPONE => requests::wake_postponed(db, timer.key.parse()?).await?,
            "early" => self.early_ended(db, &serde_json::from_value(timer.payload.clone())?).await?,
            kept::KEEP => kept::keep(&mut *db, timer.key.parse()?, &timer.payload).await?,
            messages::EXPIRE => {
                let later = messages::expire(db, timer.key.parse()?).await?;
                again = later.map(|due_at| Timer { due_at, ..timer.clone() });
            }
            merges::MERGE => {
                let Pair { one, other } = serde_json::from_value(timer.payload.clone())?;
                match merges::merge(db, one.into(), other.into()).await? {
                    Done::Stretch => again = Some(Timer { due_at: chrono::Utc::now(), ..timer.clone() }),
                    Done::Apart => self.directory.apart.note(one, other),
                    Done::All => {}
                }
            }
            merges::JOIN => {
                let Pair { one, other } = serde_json::from_value(timer.payload.clone())?;
                if merges::join(db, one.into(), other.into()).await? == Done::Apart {
                    self.directory.apart.note(one, other);
                }
            }
            folders::RUN => {
                let more = folders::stretch(db, timer.key.parse()?).await?;
                again = more.then(|| Timer { due_at: chrono::Utc::now(), ..timer.clone() });
            }
            folders::EMPTY => {
                let more = folders::empty(db, timer.key.parse()?).await?;
                again = more.then(|| Timer { due_at: chrono::Utc::now(), ..timer.clone() });
            }
            templates::LISTED => templates::take(db, &timer.payload).await?,
            mailings::MAILING => {
                let next = mailings::tick(db, self.leaving.as_ref(), timer.key.parse()?).await?;
                again = next.map(|due_at| Timer { due_at, ..timer.clone() });
            }
            deleted::FILES_OF_DELETED => deleted::drop_files(db, &self.objects, timer.key.parse()?).await?,
            other => return Err(format!("no work is known for timers of kind {other}").into()),
        }
        self.wakes.relay.notify_one();
        self.wakes.dispatch.notify_one();
        Ok(again)
    }
}

impl Timers {
    /// What an early fact waited for never came: it is taken by itself.
    async fn early_ended(&self, db: &mut PgConnection, early: &Early) -> Result<(), Failure> {
        let taken = sqlx::query_scalar!(
            "delete from inbox.early where account_id = $1 and waits_for = $2 and key = $3 returning fact",
            early.account,
            early.waits_for,
            early.key,
        )
        .fetch_optional(&mut *db)
        .await?;
        let Some(bytes) = taken else { return Ok(()) };
        let fact = batch::early(&self.directory, early.account.into(), &bytes).ok_or("the account is not known")?;
        batch::process(db, &self.directory, &[batch::Fact { again: true, ..fact }]).await?;
        Ok(())
    }
}
