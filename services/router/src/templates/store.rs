//! The SQL of templates.

use chrono::{DateTime, Utc};
use contracts::channel::ChannelTemplate;
use prost::Message;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::orders::REFRESH_TEMPLATES;

/// Locks an account's list; gives the date of its newest whole one.
pub async fn lock_list(db: &mut PgConnection, account: Uuid) -> sqlx::Result<Option<DateTime<Utc>>> {
    let made = sqlx::query!("insert into inbox.template_list (account_id) values ($1) on conflict do nothing", account);
    made.execute(&mut *db).await?;
    let row =
        sqlx::query_scalar!("select listed_at from inbox.template_list where account_id = $1 for update", account);
    row.fetch_one(db).await
}

/// Puts templates in as a list of that date names them.
pub async fn put(
    db: impl PgExecutor<'_>,
    account: Uuid,
    listed_at: DateTime<Utc>,
    templates: &[ChannelTemplate],
) -> sqlx::Result<()> {
    let text = |of: fn(&ChannelTemplate) -> &String| templates.iter().map(|t| clean(of(t))).collect::<Vec<_>>();
    sqlx::query!(
        "insert into inbox.channel_template as t (account_id, name, language, approval, search, template, listed_at)
         select $1, x.name, x.language, x.approval, x.search, x.template, $2
         from unnest($3::text[], $4::text[], $5::smallint[], $6::text[], $7::bytea[]) x(name, language, approval, search, template)
         on conflict (account_id, name, language) do update
             set approval = excluded.approval, search = excluded.search, template = excluded.template,
                 listed_at = excluded.listed_at
             where t.listed_at <= excluded.listed_at",
        account,
        listed_at,
        &text(|t| &t.name),
        &text(|t| &t.language),
        &templates.iter().map(|t| i16::try_from(t.approval).unwrap_or_default()).collect::<Vec<_>>(),
        &templates.iter().map(searched).collect::<Vec<_>>(),
        &templates.iter().map(Message::encode_to_vec).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a template is found by.
fn searched(template: &ChannelTemplate) -> String {
    let texts = [&template.name, &template.header_text, &template.body, &template.footer];
    clean(&texts.map(|text| text.to_lowercase()).join("\n"))
}

/// As the database can hold it.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The list of that date is whole: what it did not name is gone.
pub async fn end_list(db: impl PgExecutor<'_>, account: Uuid, listed_at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "with gone as (
             delete from inbox.channel_template where account_id = $1 and listed_at < $2)
         update inbox.template_list set listed_at = $2 where account_id = $1",
        account,
        listed_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was ordered by: name and language.
pub type Place = (String, String);

/// The templates of an account by name and language after a place.
pub async fn page(
    db: impl PgExecutor<'_>,
    account: Uuid,
    only_approved: bool,
    query: &str,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<ChannelTemplate>> {
    let (name, language) = after.unzip();
    let rows = sqlx::query_scalar!(
        "select template from inbox.channel_template
         where account_id = $1 and (approval = 1 or not $2) and strpos(search, $3) > 0
             and ($4::text is null or (name, language) > ($4, $5))
         order by name, language limit $6",
        account,
        only_approved,
        query.to_lowercase(),
        name,
        language,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|bytes| ChannelTemplate::decode(bytes.as_slice()).ok()).collect())
}

pub async fn find(
    db: impl PgExecutor<'_>,
    account: Uuid,
    name: &str,
    language: &str,
) -> sqlx::Result<Option<ChannelTemplate>> {
    let row = sqlx::query_scalar!(
        "select template from inbox.channel_template where account_id = $1 and name = $2 and language = $3",
        account,
        clean(name),
        clean(language)
    );
    Ok(row.fetch_optional(db).await?.and_then(|bytes| ChannelTemplate::decode(bytes.as_slice()).ok()))
}

/// An account as far as its templates need it.
pub struct Account {
    pub enabled: bool,
    pub listed_at: Option<DateTime<Utc>>,
}

pub async fn account(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "select a.enabled, l.listed_at from inbox.account a left join inbox.template_list l using (account_id)
         where a.account_id = $1 and a.deleted_at is null",
        account
    )
    .fetch_optional(db)
    .await
}

/// Notes that a list is asked for; `false`: it was within the last minute.
pub async fn may_ask(db: &mut PgConnection, account: Uuid) -> sqlx::Result<bool> {
    let asked = sqlx::query!(
        "update inbox.template_list set asked_at = now()
         where account_id = $1 and (asked_at is null or asked_at < now() - interval '1 minute')",
        account
    );
    Ok(asked.execute(db).await?.rows_affected() == 1)
}

/// One such order waits at most.
pub async fn order_list(
    db: impl PgExecutor<'_>,
    order: Uuid,
    account: Uuid,
    lane: &str,
    payload: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, payload)
         select $1, a.part, a.channel, a.account_id, $3, $5, $4 from inbox.account a
         where a.account_id = $2
             and not exists (select 1 from inbox.outgoing where account_id = $2 and lane = $3 and kind = $5)",
        order,
        account,
        lane,
        payload,
        REFRESH_TEMPLATES
    )
    .execute(db)
    .await?;
    Ok(())
}
