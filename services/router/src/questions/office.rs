//! `okno.ask.office`: whether somebody is there.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bus::Asker;
use chrono::{DateTime, Utc};
use contracts::channel::{AskOfficeRequest, AskOfficeResponse};
use model::AccountId;
use parking_lot::Mutex;
use sqlx::{PgExecutor, PgPool};

use super::{Account, QuestionError, account};

/// How long a median is told before it is computed anew: it moves slowly.
const REMEMBERED: Duration = Duration::from_secs(300);
/// Fewer answers than these tell nothing of the next one.
const ENOUGH: i64 = 5;

/// Answers, and remembers how fast accounts reply.
#[derive(Debug, Clone)]
pub struct Office {
    pool: PgPool,
    replies: Arc<Mutex<HashMap<AccountId, (Instant, u32)>>>,
}

struct State {
    open: bool,
    opens_at: Option<DateTime<Utc>>,
    online: i64,
}

impl Office {
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, replies: Arc::default() }
    }

    /// # Errors
    /// [`QuestionError`].
    pub async fn answer(&self, asker: &Asker, question: AskOfficeRequest) -> Result<AskOfficeResponse, QuestionError> {
        let account = account(&self.pool, asker, &question.account_id).await?;
        let state = state(&self.pool, &account, Utc::now()).await?;
        Ok(AskOfficeResponse {
            open: state.open,
            opens_at: state.opens_at.map(rpc::timestamp),
            online: u32::try_from(state.online).unwrap_or(u32::MAX),
            reply_seconds: self.reply_seconds(account.id).await?,
        })
    }

    async fn reply_seconds(&self, account: AccountId) -> sqlx::Result<u32> {
        let known = self.replies.lock().get(&account).copied();
        if let Some((since, seconds)) = known
            && since.elapsed() < REMEMBERED
        {
            return Ok(seconds);
        }
        let seconds = median_reply(&self.pool, account).await?;
        let mut replies = self.replies.lock();
        replies.retain(|_, (since, _)| since.elapsed() < REMEMBERED);
        replies.insert(account, (Instant::now(), seconds));
        Ok(seconds)
    }
}

/// Without a schedule it is always open. Who is there: members of the account's department whose page is open and who did
/// not choose to be away.
async fn state(db: impl PgExecutor<'_>, account: &Account, now: DateTime<Utc>) -> sqlx::Result<State> {
    sqlx::query_as!(
        State,
        r#"select coalesce(s.open, true) as "open!", s.opens_at as "opens_at?",
                  (select count(*) from crm_read.employee_department d
                   join crm_read.employee_present p using (employee_id)
                   join crm_read.employee e using (employee_id)
                   where d.department_id = $3 and e.active and e.available) as "online!"
           from (select 1) as one left join crm_read.schedule_at($1, $2) s on true"#,
        account.schedule,
        now,
        account.department
    )
    .fetch_one(db)
    .await
}

/// From what was received within 7 days and has a reply; 0: too few to tell.
async fn median_reply(db: impl PgExecutor<'_>, account: AccountId) -> sqlx::Result<u32> {
    let row = sqlx::query!(
        r#"select count(*) as "replies!",
                  percentile_cont(0.5) within group (order by extract(epoch from first_reply_at - received_at)::float8) as median
           from inbox.request
           where account_id = $1 and received_at > now() - interval '7 days' and first_reply_at >= received_at"#,
        account.0
    )
    .fetch_one(db)
    .await?;
    let median = row.median.filter(|_| row.replies >= ENOUGH).unwrap_or_default();
    // Rounded up, so that a quick answer is not taken for none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what u32 holds")]
    Ok(median.ceil().clamp(0.0, f64::from(u32::MAX)) as u32)
}
