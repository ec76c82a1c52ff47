//! The SQL of consents. One statement per function; the caller owns the transaction.

use chrono::{DateTime, NaiveDate, Utc};
use model::ClientId;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{Consent, Said, mark_current};
use crate::change::{RequestHash, Revision};

struct Row {
    consent_id: Uuid,
    revision: i64,
    client_id: Uuid,
    contact_id: Option<Uuid>,
    purpose_id: Uuid,
    given: bool,
    on_date: NaiveDate,
    means_id: Option<Uuid>,
    wording: String,
    version: String,
    document: String,
    noted_by: Option<Uuid>,
    noted_at: DateTime<Utc>,
    annulled_by: Option<Uuid>,
    annulled_at: Option<DateTime<Utc>>,
    annul_reason: String,
}

/// All of a client, the newest first.
pub async fn consents(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<Vec<Consent>> {
    let rows = sqlx::query_as!(
        Row,
        "select consent_id, revision, client_id, contact_id, purpose_id, given, on_date, means_id, wording, version, document,
                noted_by, noted_at, annulled_by, annulled_at, annul_reason
         from crm.consent where client_id = $1 order by on_date desc, noted_at desc, consent_id desc",
        client.0
    )
    .fetch_all(db)
    .await?;
    let mut found: Vec<Consent> = rows.into_iter().map(Consent::from).collect();
    mark_current(&mut found);
    Ok(found)
}

/// Whose a consent is.
pub async fn client_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<ClientId>> {
    let found = sqlx::query_scalar!("select client_id from crm.consent where consent_id = $1", id);
    Ok(found.fetch_optional(db).await?.map(ClientId))
}

/// The hash of the request that made this consent.
pub async fn request_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.consent where consent_id = $1", id).fetch_optional(db).await
}

pub async fn insert(db: impl PgExecutor<'_>, new: &Consent, request: &RequestHash) -> sqlx::Result<()> {
    let said = &new.said;
    sqlx::query!(
        "insert into crm.consent (consent_id, client_id, contact_id, purpose_id, given, on_date, means_id, wording, version,
                                  document, noted_by, noted_at, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.id,
        new.client.0,
        said.contact.map(Uuid::from),
        said.purpose.0,
        said.given,
        said.on,
        said.means.map(Uuid::from),
        said.wording,
        said.version,
        said.document,
        new.noted_by.map(Uuid::from),
        new.noted_at,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn annul(db: impl PgExecutor<'_>, consent: &Consent) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.consent set revision = $2, annulled_by = $3, annulled_at = $4, annul_reason = $5 where consent_id = $1",
        consent.id,
        consent.revision.0,
        consent.annulled_by.map(Uuid::from),
        consent.annulled_at,
        consent.annul_reason
    )
    .execute(db)
    .await?;
    Ok(())
}

impl From<Row> for Consent {
    fn from(row: Row) -> Self {
        Self {
            id: row.consent_id,
            client: row.client_id.into(),
            revision: Revision(row.revision),
            said: Said {
                contact: row.contact_id.map(Into::into),
                purpose: row.purpose_id.into(),
                given: row.given,
                on: row.on_date,
                means: row.means_id.map(Into::into),
                wording: row.wording,
                version: row.version,
                document: row.document,
            },
            noted_by: row.noted_by.map(Into::into),
            noted_at: row.noted_at,
            annulled_by: row.annulled_by.map(Into::into),
            annulled_at: row.annulled_at,
            annul_reason: row.annul_reason,
            current: false,
        }
    }
}
