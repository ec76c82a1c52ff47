//! Who takes no letters of mailings.

use ::store::{Schema, audit};
use chrono::{DateTime, Utc};
use contracts::inbox::{self, MailingRecipientState};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    domain::MailingError,
    letters::{sha256, take_back},
    store,
};
use crate::{access::Viewer, conversations::Db};

/// What was ordered by.
pub type Place = (DateTime<Utc>, Uuid);

/// # Errors
/// [`MailingError::NotAllowed`] for who is neither administrator nor head.
pub fn must_keep_list(by: &Viewer) -> Result<(), MailingError> {
    if by.administrator || !by.headed.is_empty() {
        return Ok(());
    }
    Err(MailingError::NotAllowed("who takes no mailings is for administrators and heads to see and change"))
}

/// Owners of personal accounts see who left by their mailings.
///
/// # Errors
/// [`MailingError::NotAllowed`].
pub async fn may_see_list(db: &PgPool, by: &Viewer) -> Result<(), MailingError> {
    let refusal = must_keep_list(by);
    if refusal.is_err() && store::has_own_account(db, by).await? { Ok(()) } else { refusal }
}

/// The newest whose address has this part, after a place. Who left by a mailing of a personal account is its owner's to see.
pub async fn page(
    db: impl PgExecutor<'_>,
    by: &Viewer,
    part: &str,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<(Place, inbox::Unsubscribed)>> {
    let (at, id) = after.unzip();
    let rows = sqlx::query!(
        r#"select u.unsubscribed_id, u.address, u.at, u.employee_id, u.mailing_id,
                  case when a.owner_employee_id is not null or $5 or a.department_id = any ($6) then m.name end
                      as "mailing_name?"
           from inbox.unsubscribed u
           left join inbox.mailing m on m.mailing_id = u.mailing_id
           left join inbox.account a on a.account_id = m.account_id
           where strpos(u.address, $1) > 0 and ($2::timestamptz is null or (u.at, u.unsubscribed_id) < ($2, $3))
               and case when a.owner_employee_id is null then $5 or cardinality($6) > 0
                        else $7 and a.owner_employee_id = $8 end
           order by u.at desc, u.unsubscribed_id desc limit $4"#,
        part,
        at,
        id,
        limit,
        by.administrator,
        &by.headed,
        by.personal,
        by.employee.0
    )
    .fetch_all(db)
    .await?;
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let rows = rows.into_iter().map(|row| {
        let shown = inbox::Unsubscribed {
            address: row.address,
            at: Some(rpc::timestamp(row.at)),
            employee_id: text(row.employee_id),
            mailing_id: text(row.mailing_id),
            mailing_name: row.mailing_name.unwrap_or_default(),
        };
        ((row.at, row.unsubscribed_id), shown)
    });
    Ok(rows.collect())
}

/// Enters addresses by hand; returns how many are new.
///
/// # Errors
/// What the database answers.
pub async fn add(db: &Db, by: &Viewer, addresses: &[String]) -> Result<u32, MailingError> {
    must_keep_list(by)?;
    let mut tx = db.pool.begin().await?;
    let mut added = 0;
    for address in addresses {
        added += u32::from(enter(&mut tx, address, Some(by), None).await?);
    }
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(added)
}

/// Takes an address off the list.
///
/// # Errors
/// What the database answers.
pub async fn remove(db: &Db, by: &Viewer, address: &str) -> Result<(), MailingError> {
    may_see_list(&db.pool, by).await?;
    let mut tx = db.pool.begin().await?;
    let gone = sqlx::query_scalar!(
        "delete from inbox.unsubscribed u where u.address = $1
             and case (select a.owner_employee_id is not null from inbox.mailing m join inbox.account a using (account_id)
                       where m.mailing_id = u.mailing_id)
                 when true then $3 and exists (
                     select from inbox.mailing m join inbox.account a using (account_id)
                     where m.mailing_id = u.mailing_id and a.owner_employee_id = $4)
                 else $2 end
         returning u.unsubscribed_id",
        address,
        must_keep_list(by).is_ok(),
        by.personal,
        by.employee.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = gone {
        record(&mut tx, Some(by), "removed", id).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whoever holds the token of a letter takes no more of them.
///
/// # Errors
/// [`MailingError::NoToken`].
pub async fn leave(db: &Db, token: &str, only_look: bool) -> Result<(), MailingError> {
    let mut tx = db.pool.begin().await?;
    let found =
        sqlx::query!("select mailing_id, address from inbox.mailing_recipient where token_sha256 = $1", sha256(token));
    let found = found.fetch_optional(&mut *tx).await?.ok_or(MailingError::NoToken)?;
    if only_look {
        return Ok(());
    }
    enter(&mut tx, &found.address, None, Some(found.mailing_id)).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(())
}

/// `false`: it is there already. Who waits for a letter waits no more, and what no adapter has taken is taken back. First the
/// list, then those who wait: a letter that is being made meanwhile is waited for, and then found.
async fn enter(
    db: &mut PgConnection,
    address: &str,
    by: Option<&Viewer>,
    mailing: Option<Uuid>,
) -> Result<bool, MailingError> {
    let id = Uuid::now_v7();
    let added = sqlx::query!(
        "insert into inbox.unsubscribed (unsubscribed_id, address, employee_id, mailing_id) values ($1, $2, $3, $4)
         on conflict (address) do nothing",
        id,
        address,
        by.map(|by| by.employee.0),
        mailing
    )
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update inbox.mailing_recipient r set state = 5, state_at = now() from inbox.mailing m
         where r.address = $1 and r.state = 1 and m.mailing_id = r.mailing_id and m.state <> 1",
        address
    )
    .execute(&mut *db)
    .await?;
    for letter in store::queued(&mut *db, None, Some(address)).await? {
        take_back(db, &letter, MailingRecipientState::Unsubscribed).await?;
    }
    record(db, by, if by.is_some() { "added" } else { "left" }, id).await?;
    Ok(true)
}

/// The address itself is not noted.
async fn record(db: &mut PgConnection, by: Option<&Viewer>, action: &'static str, id: Uuid) -> sqlx::Result<()> {
    let employee_id = by.map(|by| by.employee.0);
    let object_kind = "unsubscribed";
    let entry = audit::Entry { employee_id, action, object_kind, object_id: id, before: None, after: None };
    audit::append(db, Schema::Inbox, &[entry]).await
}
