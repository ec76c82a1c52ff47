//! The SQL of clients. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Utc};
use model::{ClientId, ContactPointId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::domain::{Address, AddressKind, Alias, Client, ContactPoint, Kind};
use crate::{
    change::{RequestHash, Revision},
    text::search_form,
};

struct Row {
    client_id: Uuid,
    revision: i64,
    name: String,
    kind: i16,
    responsible_employee_id: Option<Uuid>,
    comment: String,
    created_at: DateTime<Utc>,
    addresses: Json<Vec<AddressRow>>,
    contact_points: Vec<Uuid>,
}

#[derive(serde::Deserialize)]
struct AddressRow {
    kind: i16,
    normalized: String,
    value: String,
}

/// These clients, whole, in the order of `ids`.
pub async fn clients(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Client>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.client_id, c.revision, c.name, c.kind, c.responsible_employee_id, c.comment, c.created_at,
                  coalesce((
                      select jsonb_agg(jsonb_build_object('kind', a.kind, 'normalized', a.normalized, 'value', a.value)
                                       order by a.typed desc, a.place, a.kind, a.normalized)
                      from (select distinct on (kind, normalized) kind, normalized, value, place,
                                   contact_point_id is null as typed
                            from crm.address where client_id = c.client_id
                            order by kind, normalized, contact_point_id nulls first) a),
                      '[]') as "addresses!: Json<Vec<AddressRow>>",
                  array(select l.contact_point_id from crm.contact_point_link l
                        where l.client_id = c.client_id order by l.linked_at, l.contact_point_id) as "contact_points!"
           from unnest($1::uuid[]) with ordinality as wanted(client_id, place) join crm.client c using (client_id)
           order by wanted.place"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

pub async fn client(db: impl PgExecutor<'_>, id: ClientId) -> sqlx::Result<Option<Client>> {
    Ok(clients(db, &[id.0]).await?.pop())
}

/// The hash of the request that made this client.
pub async fn request_of(db: impl PgExecutor<'_>, id: ClientId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.client where client_id = $1", id.0).fetch_optional(db).await
}

/// `false` when a client of this id is there already.
pub async fn insert(db: impl PgExecutor<'_>, client: &Client, request: &RequestHash) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.client (client_id, revision, name, search_name, kind, responsible_employee_id, comment,
                                 created_at, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (client_id) do nothing",
        client.id.0,
        client.revision.0,
        client.name,
        search_form(&client.name),
        kind_number(client.kind),
        client.responsible.map(Uuid::from),
        client.comment,
        client.created_at,
        request.bytes(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds addresses, typed in (`None`) or brought by a contact point.
pub async fn insert_addresses(
    db: impl PgExecutor<'_>,
    client: ClientId,
    addresses: &[Address],
    brought_by: Option<ContactPointId>,
) -> sqlx::Result<()> {
    let kinds: Vec<i16> = addresses.iter().map(|a| address_number(a.kind)).collect();
    let normalized: Vec<String> = addresses.iter().map(|a| a.normalized.clone()).collect();
    let values: Vec<String> = addresses.iter().map(|a| a.value.clone()).collect();
    sqlx::query!(
        "insert into crm.address (client_id, kind, normalized, value, contact_point_id, place)
         select $1, kind, normalized, value, $2, place
         from unnest($3::smallint[], $4::text[], $5::text[]) with ordinality as a(kind, normalized, value, place)
         on conflict do nothing",
        client.0,
        brought_by.map(Uuid::from),
        &kinds,
        &normalized,
        &values
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes what a contact point brought.
pub async fn delete_brought(db: impl PgExecutor<'_>, by: ContactPointId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.address where contact_point_id = $1", by.0).execute(db).await?;
    Ok(())
}

/// Gives clients a new revision and so locks them, in order of their ids.
pub async fn bump(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.client c set revision = revision + 1
         from (select client_id from crm.client where client_id = any ($1) order by client_id for no key update) locked
         where c.client_id = locked.client_id",
        clients
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Links a contact point that is free; `false` when it is linked already. Either way nobody else links it meanwhile.
pub async fn insert_link(db: impl PgExecutor<'_>, point: ContactPointId, client: ClientId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.contact_point_link (contact_point_id, client_id) values ($1, $2)
         on conflict (contact_point_id) do nothing",
        point.0,
        client.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose a contact point is.
pub async fn owner(db: impl PgExecutor<'_>, point: ContactPointId) -> sqlx::Result<Option<ClientId>> {
    let owner =
        sqlx::query_scalar!("select client_id from crm.contact_point_link where contact_point_id = $1", point.0)
            .fetch_optional(db)
            .await?;
    Ok(owner.map(ClientId))
}

/// Whose a contact point is; locks the link.
pub async fn owner_for_update(db: impl PgExecutor<'_>, point: ContactPointId) -> sqlx::Result<Option<ClientId>> {
    let owner = sqlx::query_scalar!(
        "select client_id from crm.contact_point_link where contact_point_id = $1 for update",
        point.0
    )
    .fetch_optional(db)
    .await?;
    Ok(owner.map(ClientId))
}

pub async fn move_link(db: impl PgExecutor<'_>, point: ContactPointId, client: ClientId) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.contact_point_link set client_id = $2, linked_at = now() where contact_point_id = $1",
        point.0,
        client.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes what a contact point brought along with it, and publishes that it is nobody's.
pub async fn delete_link(db: impl PgExecutor<'_>, point: ContactPointId) -> sqlx::Result<()> {
    sqlx::query!(
        "with released as (
             insert into crm.released_contact_point (contact_point_id) values ($1)
             on conflict (contact_point_id) do update set at = now())
         delete from crm.contact_point_link where contact_point_id = $1",
        point.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets contact points that were let go more than 30 days ago; router has flagged their conversations long since.
pub async fn forget_released(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.released_contact_point where at < now() - interval '30 days'").execute(db).await?;
    Ok(())
}

/// A contact point, as router publishes it; of one that was joined into another, the other.
pub async fn contact_point(db: impl PgExecutor<'_>, id: ContactPointId) -> sqlx::Result<Option<ContactPoint>> {
    let row = sqlx::query!(
        r#"select p.contact_point_id as "id!", p.channel as "channel!", p.address as "address!", p.display_name,
                  p.aliases as "aliases: Json<Vec<Alias>>"
           from inbox_read.contact_point asked
               join inbox_read.contact_point p
                   on p.contact_point_id = coalesce(asked.joined_into, asked.contact_point_id)
           where asked.contact_point_id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ContactPoint {
        id: row.id.into(),
        channel: row.channel,
        address: row.address,
        display_name: row.display_name.unwrap_or_default(),
        aliases: row.aliases.map(|json| json.0).unwrap_or_default(),
    }))
}

pub const fn address_number(kind: AddressKind) -> i16 {
    match kind {
        AddressKind::Phone => 1,
        AddressKind::Email => 2,
        AddressKind::Username => 3,
    }
}

pub const fn address_kind(number: i16) -> AddressKind {
    match number {
        1 => AddressKind::Phone,
        2 => AddressKind::Email,
        _ => AddressKind::Username,
    }
}

const fn kind_number(kind: Kind) -> i16 {
    match kind {
        Kind::Person => 1,
        Kind::Company => 2,
    }
}

impl From<Row> for Client {
    fn from(row: Row) -> Self {
        let address = |a: AddressRow| Address { kind: address_kind(a.kind), normalized: a.normalized, value: a.value };
        Self {
            id: row.client_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            kind: if row.kind == 2 { Kind::Company } else { Kind::Person },
            addresses: row.addresses.0.into_iter().map(address).collect(),
            responsible: row.responsible_employee_id.map(Into::into),
            comment: row.comment,
            created_at: row.created_at,
            contact_points: row.contact_points.into_iter().map(Into::into).collect(),
        }
    }
}
