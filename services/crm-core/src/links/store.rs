//! The SQL of links. One statement per function; the caller owns the transaction.

use chrono::{DateTime, NaiveDate, Utc};
use model::{ClientId, ClientLinkId, DirectoryEntryId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{Link, Terms};
use crate::change::{RequestHash, Revision};

struct Row {
    link_id: Uuid,
    revision: i64,
    kind_id: Uuid,
    client_id: Uuid,
    other_id: Uuid,
    linked_from: Option<NaiveDate>,
    linked_until: Option<NaiveDate>,
    note: String,
    author_employee_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            id: row.link_id.into(),
            revision: Revision(row.revision),
            kind: row.kind_id.into(),
            client: row.client_id.into(),
            other: row.other_id.into(),
            terms: Terms { from: row.linked_from, until: row.linked_until, note: row.note },
            author: row.author_employee_id.map(Into::into),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// All of a client, the oldest first.
pub async fn of_client(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<Vec<Link>> {
    let rows = sqlx::query_as!(
        Row,
        "select link_id, revision, kind_id, client_id, other_id, linked_from, linked_until, note, author_employee_id,
                created_at, updated_at
         from crm.client_link where client_id = $1 or other_id = $1 order by created_at, link_id",
        client.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Link::from).collect())
}

pub async fn link(db: impl PgExecutor<'_>, id: ClientLinkId) -> sqlx::Result<Option<Link>> {
    let row = sqlx::query_as!(
        Row,
        "select link_id, revision, kind_id, client_id, other_id, linked_from, linked_until, note, author_employee_id,
                created_at, updated_at
         from crm.client_link where link_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Link::from))
}

/// The hash of the request that made this link.
pub async fn request_of(db: impl PgExecutor<'_>, id: ClientLinkId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.client_link where link_id = $1", id.0).fetch_optional(db).await
}

/// Whether there is the same link the other way round, of a kind that is the same from both sides.
pub async fn mirrored(db: impl PgExecutor<'_>, link: &Link) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.client_link l join crm.directory_entry e on e.entry_id = l.kind_id
                          where l.kind_id = $1 and l.client_id = $3 and l.other_id = $2 and e.reverse_name = ''
                            and l.linked_from is not distinct from $4 and l.link_id <> $5) as "there!""#,
        link.kind.0,
        link.client.0,
        link.other.0,
        link.terms.from,
        link.id.0
    )
    .fetch_one(db)
    .await
}

pub async fn insert(db: impl PgExecutor<'_>, link: &Link, request: &RequestHash) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.client_link (link_id, kind_id, client_id, other_id, linked_from, linked_until, note,
                                      author_employee_id, created_at, updated_at, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
        link.id.0,
        link.kind.0,
        link.client.0,
        link.other.0,
        link.terms.from,
        link.terms.until,
        link.terms.note,
        link.author.map(Uuid::from),
        link.created_at,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update(db: impl PgExecutor<'_>, link: &Link) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.client_link set revision = $2, linked_from = $3, linked_until = $4, note = $5, updated_at = $6
         where link_id = $1",
        link.id.0,
        link.revision.0,
        link.terms.from,
        link.terms.until,
        link.terms.note,
        link.updated_at
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: impl PgExecutor<'_>, id: ClientLinkId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.client_link where link_id = $1", id.0).execute(db).await?;
    Ok(())
}

/// The kinds of a client's links with another, as its history keeps them.
pub async fn kinds(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<Vec<DirectoryEntryId>> {
    let ids = sqlx::query_scalar!(
        "select kind_id from crm.client_link where client_id = $1 or other_id = $1 order by created_at, link_id",
        client.0
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(DirectoryEntryId).collect())
}
