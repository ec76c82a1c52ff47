//! What adapters ask (`okno.ask.<what>`). All is answered from the database, and only about accounts of the channel that
//! asks: who asks is told by where the answer goes, which the broker holds ([`bus::Asker`]).

pub mod chats;
pub mod missed;
mod missed_rows;
mod missed_store;
pub mod office;
mod position;

use std::{future::Future, time::Duration};

use bus::{Asker, Bus, Reply, names};
use model::{AccountId, Channel};
use sqlx::{PgExecutor, PgPool};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use uuid::Uuid;

/// Adapters wait about as long; an answer that comes later helps nobody.
const DEADLINE: Duration = Duration::from_secs(5);

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// It can never be answered.
    #[error("{0}")]
    Refused(String),
    #[error("the database did not tell")]
    Store(#[from] sqlx::Error),
}

/// The account that a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub channel: String,
    pub department: Option<Uuid>,
    pub schedule: Option<Uuid>,
}

/// Answers adapters' questions until `stop`.
///
/// # Errors
/// When NATS does not take a subscription.
pub async fn answer(
    pool: &PgPool,
    bus: &Bus,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(), bus::SubscribeError> {
    let at = pool.clone();
    let position = move |asker, question| {
        let at = at.clone();
        async move { within("position", position::answer(&at, &asker, question)).await }
    };
    bus::answer_asker(bus, names::question("position"), tasks, stop.clone(), position).await?;
    let (at, room) = (pool.clone(), missed::room(bus));
    let missed = move |asker, question| {
        let at = at.clone();
        async move { within("missed", missed::answer(&at, room, &asker, question)).await }
    };
    bus::answer_asker(bus, names::question("missed"), tasks, stop.clone(), missed).await?;
    let at = pool.clone();
    let chats = move |asker, question| {
        let at = at.clone();
        async move { within("chats", chats::answer(&at, &asker, question)).await }
    };
    bus::answer_asker(bus, names::question("chats"), tasks, stop.clone(), chats).await?;
    let office = office::Office::new(pool.clone());
    let office = move |asker, question| {
        let office = office.clone();
        async move { within("office", office.answer(&asker, question)).await }
    };
    bus::answer_asker(bus, names::question("office"), tasks, stop.clone(), office).await
}

async fn within<A>(what: &str, answer: impl Future<Output = Result<A, QuestionError>>) -> Reply<A> {
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(Ok(answer)) => Reply::Answer(answer),
        Ok(Err(QuestionError::Refused(why))) => Reply::Refused(why),
        Ok(Err(error)) => {
            warn!(what, error = %runtime::chain(&error), "a question cannot be answered; it is asked again");
            Reply::Silence
        }
        Err(_) => {
            warn!(what, "a question was not answered in time; it is asked again");
            Reply::Silence
        }
    }
}

/// The account of the asking channel with this id. Another channel's is not told from one that is not there.
async fn account(db: impl PgExecutor<'_>, asker: &Asker, id: &str) -> Result<Account, QuestionError> {
    let id: AccountId = id.parse().map_err(|_| refused("account_id", "is no id"))?;
    let row = sqlx::query!(
        "select channel, department_id, schedule_id from inbox.account where account_id = $1 and deleted_at is null",
        id.0
    )
    .fetch_optional(db)
    .await?;
    let row = row.filter(|row| asker.may_hear_of(&row.channel));
    let row = row.ok_or_else(|| refused("account_id", "names no account of this channel"))?;
    Ok(Account { id, channel: row.channel, department: row.department_id, schedule: row.schedule_id })
}

/// The conversations with whoever is known by one of these addresses, the latest first; none of an account of another channel.
///
/// # Errors
/// When the database cannot be asked.
pub async fn conversations_of(
    pool: &PgPool,
    channel: &Channel,
    account: AccountId,
    scope: &str,
    addresses: &[String],
) -> Result<Vec<Uuid>, QuestionError> {
    let account = Account { id: account, channel: channel.to_string(), department: None, schedule: None };
    Ok(missed_store::conversations(pool, &account, scope, addresses).await?)
}

fn refused(field: &str, why: &str) -> QuestionError {
    QuestionError::Refused(format!("{field} {why}"))
}
