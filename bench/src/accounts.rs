//! Connecting accounts by the API, as an administrator does on the channels page.

use std::time::Duration;

use anyhow::{Result, bail};
use contracts::inbox::{Assignment, ChannelAccount, CreateChannelAccountRequest};
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use tonic::Code;
use uuid::Uuid;

use crate::people::Person;

const SOON: Duration = Duration::from_secs(30);

/// Connects an account whose requests wait in the queue of the operators' department; gives its id.
pub async fn connect(
    admin: &Person,
    pool: &PgPool,
    channel: &str,
    name: &str,
    settings: &[(&str, &str)],
) -> Result<String> {
    let department: Uuid = sqlx::query_scalar(
        "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1",
    )
    .fetch_one(pool)
    .await?;
    let account = ChannelAccount {
        channel: channel.to_owned(),
        name: name.to_owned(),
        enabled: true,
        is_request_source: true,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        assignment: Some(Assignment::default()),
        department_id: department.to_string(),
        reopen_window_hours: 24,
        ..ChannelAccount::default()
    };
    let request_id = Uuid::now_v7().to_string();
    let end = Instant::now() + SOON;
    loop {
        let request = CreateChannelAccountRequest { request_id: request_id.clone(), account: Some(account.clone()) };
        match admin.accounts().create_channel_account(request).await {
            Ok(made) => return Ok(made.into_inner().account.map(|account| account.account_id).unwrap_or_default()),
            // The gateway has not announced itself yet.
            Err(status) if status.code() == Code::Unavailable && Instant::now() < end => {}
            Err(status) => bail!("the account {name} was refused: {status}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits for something that comes soon.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        if let Some(found) = look().await {
            return Ok(found);
        }
        sleep(Duration::from_millis(20)).await;
    }
    bail!("waited {} s in vain for {what}", SOON.as_secs())
}
