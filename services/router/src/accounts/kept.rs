//! What a gateway has router keep for an account (`okno.channel.v1.Kept`): sealed by it, and told to it with the account.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use model::AccountId;
use serde_json::json;
use sqlx::PgExecutor;
use store::timer::Timer;
use uuid::Uuid;

/// The timer that keeps it, apart from the batch: it is rare.
pub const KEEP: &str = "keep";
/// Of what is kept.
const BYTES: usize = 8 << 10;

/// Due at once. `None`: it is too large to be what it says.
pub fn timer(account: AccountId, sealed: &[u8], now: DateTime<Utc>) -> Option<Timer> {
    (sealed.len() <= BYTES).then(|| Timer {
        kind: KEEP.to_owned(),
        key: account.to_string(),
        due_at: now,
        payload: json!({ "sealed": BASE64_STANDARD.encode(sealed) }),
    })
}

/// The work of timer [`KEEP`].
///
/// # Errors
/// What the database answers.
pub async fn keep(db: impl PgExecutor<'_>, account: Uuid, payload: &serde_json::Value) -> sqlx::Result<()> {
    let sealed = payload["sealed"].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap_or_default();
    sqlx::query!(
        "insert into inbox.account_kept (account_id, sealed) values ($1, $2)
         on conflict (account_id) do update set sealed = excluded.sealed, at = now()",
        account,
        sealed
    )
    .execute(db)
    .await?;
    Ok(())
}
