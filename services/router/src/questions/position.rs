//! `okno.ask.position`: how far an account's polls are committed.

use bus::Asker;
use contracts::channel::{AskPositionRequest, AskPositionResponse};
use sqlx::PgPool;

use super::{QuestionError, account};

/// The stored position; empty when none ever was. While the database does not tell there is no answer at all: "nothing
/// was ever confirmed" would make the adapter begin anew.
///
/// # Errors
/// [`QuestionError`].
pub async fn answer(
    pool: &PgPool,
    asker: &Asker,
    question: AskPositionRequest,
) -> Result<AskPositionResponse, QuestionError> {
    let account = account(pool, asker, &question.account_id).await?;
    let stored = sqlx::query_scalar!(
        "select value from inbox.poll_position where account_id = $1 and stream = $2",
        account.id.0,
        question.stream,
    )
    .fetch_optional(pool)
    .await?;
    Ok(AskPositionResponse { value: stored.unwrap_or_default() })
}
