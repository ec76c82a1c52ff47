//! `okno.ask.chats`: where the people of an account are answered.

use bus::Asker;
use chrono::{DateTime, Utc};
use contracts::channel::{AskChatsRequest, AskChatsResponse};
use sqlx::{PgExecutor, PgPool};

use super::{Account, QuestionError, account};

const MOST: u32 = 500;

struct Chat {
    reply_address: String,
    last_shown_at: Option<DateTime<Utc>>,
}

/// Those with the newest messages first; a conversation that names no address of its own is answered at its person's.
///
/// # Errors
/// [`QuestionError`].
pub async fn answer(
    pool: &PgPool,
    asker: &Asker,
    question: AskChatsRequest,
) -> Result<AskChatsResponse, QuestionError> {
    let account = account(pool, asker, &question.account_id).await?;
    let limit = if question.limit == 0 { MOST } else { question.limit.min(MOST) };
    let chats = chats(pool, &account, limit).await?;
    let newest_at = chats.iter().filter_map(|chat| chat.last_shown_at).max().map(rpc::timestamp);
    Ok(AskChatsResponse { reply_addresses: chats.into_iter().map(|chat| chat.reply_address).collect(), newest_at })
}

async fn chats(db: impl PgExecutor<'_>, account: &Account, limit: u32) -> sqlx::Result<Vec<Chat>> {
    sqlx::query_as!(
        Chat,
        r#"select coalesce(nullif(c.reply_address, ''), p.latest_address, p.address) as "reply_address!", c.last_shown_at
           from inbox.conversation c join inbox.contact_point p using (contact_point_id)
           where c.account_id = $1 and c.merged_into is null
           order by c.last_activity_at desc, c.conversation_id desc limit $2"#,
        account.id.0,
        i64::from(limit),
    )
    .fetch_all(db)
    .await
}
