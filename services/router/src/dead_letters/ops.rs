use ::store::{Schema, audit};
use contracts::channel::{Inbound, Order, ParseAgainOrder, order::Body};
use model::{EmployeeId, OrderId};
use prost::Message;
use sqlx::PgPool;
use uuid::Uuid;

use super::store::{self, DeadLetter};
use crate::{
    batch::{self, Fact, Verdict},
    directory::Directory,
};

/// Why a dead letter is still one.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("no dead letter {0}")]
    NotFound(Uuid),
    #[error("this version cannot understand it either: {0}")]
    StillDead(String),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Takes a dead letter again. A fact is processed at once; a provider's bytes go to the adapter as an order, and the
/// batch that commits what it reads from them closes the dead letter. One that was replayed already stays as it is.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay(
    pool: &PgPool,
    directory: &Directory,
    id: Uuid,
    by: Option<EmployeeId>,
) -> Result<DeadLetter, ReplayError> {
    directory.reload(pool).await?;
    let letter = store::get(pool, id).await?.ok_or(ReplayError::NotFound(id))?;
    let mut tx = pool.begin().await?;
    if store::lock_open(&mut *tx, id).await? {
        if letter.kind == "fact" {
            let fact = fact(directory, &letter).ok_or_else(|| ReplayError::StillDead(letter.reason.clone()))?;
            let verdicts = Box::pin(batch::process(&mut tx, directory, &[fact])).await?;
            if verdicts.contains(&Verdict::DeadLetter) {
                return Err(ReplayError::StillDead(letter.reason.clone()));
            }
            store::close(&mut *tx, id).await?;
        } else {
            let order = OrderId::new();
            store::order_parse(&mut *tx, order.0, &letter, &parse_again(&letter, order).encode_to_vec()).await?;
        }
        let entry = audit::Entry {
            employee_id: by.map(|id| id.0),
            action: "replayed",
            object_kind: "dead_letter",
            object_id: id,
            before: None,
            after: None,
        };
        audit::append(&mut tx, Schema::Inbox, &[entry]).await?;
    }
    tx.commit().await?;
    store::get(pool, id).await?.ok_or(ReplayError::NotFound(id))
}

fn fact(directory: &Directory, letter: &DeadLetter) -> Option<Fact> {
    let account = directory.account(letter.account_id.into())?;
    let inbound = Inbound::decode(letter.raw.as_slice()).ok().filter(|fact| fact.body.is_some())?;
    Some(Fact {
        account: account.id,
        channel: account.channel.clone(),
        part: account.part,
        sequence: 0,
        inbound,
        raw: letter.raw.clone().into(),
        again: true,
        stands_in: false,
        traceparent: runtime::trace::parent(),
    })
}

fn parse_again(letter: &DeadLetter, order: OrderId) -> Order {
    let body = ParseAgainOrder {
        dead_letter_id: letter.dead_letter_id.to_string(),
        raw: letter.raw.clone(),
        object_key: letter.object_key.clone(),
    };
    Order {
        order_id: order.to_string(),
        lane: letter.dead_letter_id.to_string(),
        body: Some(Body::ParseAgain(body)),
        ..Order::default()
    }
}
