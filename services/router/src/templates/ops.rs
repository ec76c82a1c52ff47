//! A provider's list taken in, and asked for anew.

use ::store::timer::Timer;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use contracts::channel::{Order, RefreshTemplatesOrder, Templates, order::Body};
use model::{AccountId, OrderId};
use prost::Message;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::store;

/// The timer that takes in a page of a list: it is no work for a batch.
pub const LISTED: &str = "templates";
/// What its lane is called on the bus (rule O1).
const LANE: &str = "_account";

#[derive(Serialize, Deserialize)]
struct Payload {
    account: Uuid,
    list: String,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Takes the page in as soon as the batch is committed.
pub fn timer(account: AccountId, list: &Templates, now: DateTime<Utc>) -> Timer {
    let listed_at = list.listed_at.map_or(0, |at| at.seconds);
    let payload = Payload { account: account.0, list: BASE64_STANDARD.encode(list.encode_to_vec()) };
    Timer {
        kind: LISTED.to_owned(),
        key: format!("{account} {listed_at} {}", list.page),
        due_at: now,
        payload: serde_json::json!(payload),
    }
}

/// Pages may be taken in any order, several at once: each has the date of its list, and the last one removes what is older.
pub async fn take(db: &mut PgConnection, payload: &serde_json::Value) -> Result<(), Failure> {
    let payload: Payload = serde_json::from_value(payload.clone())?;
    let list = Templates::decode(BASE64_STANDARD.decode(&payload.list)?.as_slice())?;
    let listed_at = list.listed_at.as_ref().and_then(crate::time::from_proto).ok_or("a list without its date")?;
    let newest = store::lock_list(&mut *db, payload.account).await?;
    if newest.is_some_and(|newest| newest > listed_at) {
        return Ok(());
    }
    store::put(&mut *db, payload.account, listed_at, &list.templates).await?;
    if list.page + 1 >= list.pages {
        store::end_list(&mut *db, payload.account, listed_at).await?;
    }
    Ok(())
}

/// Orders the account's adapter to list anew, at most once a minute; `false`: it was asked a moment ago.
///
/// # Errors
/// What the database answers.
pub async fn refresh(pool: &PgPool, account: AccountId) -> sqlx::Result<bool> {
    let order_id = OrderId::new();
    let order = Order {
        order_id: order_id.to_string(),
        lane: LANE.to_owned(),
        body: Some(Body::RefreshTemplates(RefreshTemplatesOrder {})),
        traceparent: runtime::trace::parent(),
        ..Order::default()
    };
    let mut tx = pool.begin().await?;
    store::lock_list(&mut tx, account.0).await?;
    let asked = store::may_ask(&mut tx, account.0).await?;
    if asked {
        store::order_list(&mut *tx, order_id.0, account.0, LANE, &order.encode_to_vec()).await?;
    }
    tx.commit().await?;
    Ok(asked)
}
