//! The SQL of contracts. One statement per function; the caller owns the transaction.

use chrono::{DateTime, NaiveDate, Utc};
use model::{ClientId, ContractId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{CURRENCY, Contract, Terms};
use crate::change::{RequestHash, Revision};

struct Row {
    contract_id: Uuid,
    client_id: Uuid,
    revision: i64,
    number: String,
    signed_on: Option<NaiveDate>,
    currency: String,
    organisation_id: Option<Uuid>,
    price_kind_id: Option<Uuid>,
    discount_kind_id: Option<Uuid>,
    comment: String,
    is_main: bool,
    archived: bool,
    created_at: DateTime<Utc>,
}

/// All of a client, the main one first, then the newest; or one alone.
pub async fn contracts(
    db: impl PgExecutor<'_>,
    client: Option<ClientId>,
    id: Option<ContractId>,
    with_archived: bool,
) -> sqlx::Result<Vec<Contract>> {
    let rows = sqlx::query_as!(
        Row,
        "select contract_id, client_id, revision, number, signed_on, currency, organisation_id, price_kind_id,
                discount_kind_id, comment, is_main, archived, created_at
         from crm.contract where (client_id = $1 or contract_id = $2) and ($3 or not archived)
         order by is_main desc, created_at desc, contract_id",
        client.map(Uuid::from),
        id.map(Uuid::from),
        with_archived
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Contract::from).collect())
}

/// The hash of the request that made this contract.
pub async fn request_of(db: impl PgExecutor<'_>, id: ContractId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.contract where contract_id = $1", id.0).fetch_optional(db).await
}

/// The contracts that new clients have from the beginning.
pub async fn insert_defaults(db: impl PgExecutor<'_>, clients: &[Uuid], now: DateTime<Utc>) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = clients.iter().map(|_| ContractId::new().0).collect();
    sqlx::query!(
        "insert into crm.contract (contract_id, client_id, currency, is_main, created_at, request_sha256)
         select contract_id, client_id, $3, true, $4, '' from unnest($1::uuid[], $2::uuid[]) as c(contract_id, client_id)",
        &ids,
        clients,
        CURRENCY,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert(db: impl PgExecutor<'_>, contract: &Contract, request: &RequestHash) -> sqlx::Result<()> {
    let terms = &contract.terms;
    sqlx::query!(
        "insert into crm.contract (contract_id, client_id, number, signed_on, currency, organisation_id, price_kind_id,
                                   discount_kind_id, comment, is_main, archived, created_at, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        contract.id.0,
        contract.client.0,
        terms.number,
        terms.signed_on,
        terms.currency,
        terms.organisation.map(Uuid::from),
        terms.price_kind.map(Uuid::from),
        terms.discount_kind.map(Uuid::from),
        terms.comment,
        terms.is_main,
        terms.archived,
        contract.created_at,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update(db: impl PgExecutor<'_>, contract: &Contract) -> sqlx::Result<()> {
    let terms = &contract.terms;
    sqlx::query!(
        "update crm.contract set revision = $2, number = $3, signed_on = $4, currency = $5, organisation_id = $6,
             price_kind_id = $7, discount_kind_id = $8, comment = $9, is_main = $10, archived = $11
         where contract_id = $1",
        contract.id.0,
        contract.revision.0,
        terms.number,
        terms.signed_on,
        terms.currency,
        terms.organisation.map(Uuid::from),
        terms.price_kind.map(Uuid::from),
        terms.discount_kind.map(Uuid::from),
        terms.comment,
        terms.is_main,
        terms.archived
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the mark off whichever contract of a client has it.
pub async fn unmark_main(db: impl PgExecutor<'_>, client: ClientId, but: ContractId) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.contract set is_main = false, revision = revision + 1
         where client_id = $1 and is_main and contract_id <> $2",
        client.0,
        but.0
    )
    .execute(db)
    .await?;
    Ok(())
}

impl From<Row> for Contract {
    fn from(row: Row) -> Self {
        Self {
            id: row.contract_id.into(),
            client: row.client_id.into(),
            revision: Revision(row.revision),
            terms: Terms {
                number: row.number,
                signed_on: row.signed_on,
                currency: row.currency,
                organisation: row.organisation_id.map(Into::into),
                price_kind: row.price_kind_id.map(Into::into),
                discount_kind: row.discount_kind_id.map(Into::into),
                comment: row.comment,
                is_main: row.is_main,
                archived: row.archived,
            },
            created_at: row.created_at,
        }
    }
}
