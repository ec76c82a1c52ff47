//! The built-in demo provider: it says which account to connect, so nothing here knows its channel.

use std::collections::HashMap;

use contracts::inbox::{Assignment, AssignmentMethod, ChannelAccount};
use model::{AccountId, EmployeeId};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    domain::AccountError,
    ops::Accounts,
    store::{self, AccountRow},
};

/// What the demo provider answers to `POST <url>/demo/api/account`.
#[derive(Deserialize)]
struct Offer {
    channel: String,
    name: String,
    settings: HashMap<String, String>,
    /// Where to write as the customer.
    customer_url: String,
}

impl Accounts {
    /// Connects the demo account, once; repeating it gives the same one.
    pub async fn connect_demo(&self, by: EmployeeId) -> Result<(AccountRow, String), AccountError> {
        let base = self.demo_url.as_deref().ok_or(AccountError::NoDemo)?;
        let offer = offer(base).await?;
        // One account per demo provider: its id is made from the provider's address.
        let mut id = AccountId(Uuid::new_v5(&Uuid::NAMESPACE_URL, base.as_bytes()));
        for generation in 1.. {
            let deleted = sqlx::query_scalar!(
                r#"select deleted_at is not null as "deleted!" from inbox.account where account_id = $1"#,
                id.0
            );
            match deleted.fetch_optional(&self.shared.pool).await? {
                Some(true) => id = AccountId(Uuid::new_v5(&id.0, &[generation])),
                _ => break,
            }
        }
        let department = store::largest_department(&self.shared.pool).await?;
        let account = ChannelAccount {
            channel: offer.channel,
            name: offer.name,
            enabled: true,
            is_request_source: true,
            settings: offer.settings,
            assignment: Some(Assignment { method: AssignmentMethod::Queue.into(), employee_ids: Vec::new() }),
            department_id: department.map(|id| id.to_string()).unwrap_or_default(),
            reopen_window_hours: 24,
            ..ChannelAccount::default()
        };
        let account = self.create(by, id, &account).await?;
        store::put_demo(&self.shared.pool, account.account_id, &offer.customer_url).await?;
        Ok((account, offer.customer_url))
    }
}

async fn offer(base: &str) -> Result<Offer, AccountError> {
    let broken = |cause: Box<dyn std::error::Error + Send + Sync>| AccountError::Demo(cause);
    let base: egress::Url = base.parse().map_err(|_| AccountError::NoDemo)?;
    let url = base.join("/demo/api/account").map_err(|_| AccountError::NoDemo)?;
    let options = egress::Options { allow_private: true, allow_http: true, ..egress::Options::server(&base) };
    let client = egress::Client::new(options).map_err(|e| broken(e.into()))?;
    let answer = client.post(&url).map_err(|e| broken(e.into()))?.send().await.map_err(|e| broken(e.into()))?;
    answer.success().map_err(|e| broken(e.into()))?.json().await.map_err(|e| broken(e.into()))
}
