//! The SQL of clients. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Utc};
use model::{ClientId, ContactId, ContactPointId, EmployeeId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::domain::{Address, AddressKind, Alias, Card, Client, ContactPoint, Kind};
use crate::{
    cards::values::ValueRow,
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
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    merged_into: Option<Uuid>,
    contact_points: Vec<Uuid>,
    card: Json<Card>,
    custom: Json<Vec<ValueRow>>,
    time_zone: Option<String>,
    has_photo: bool,
}

#[derive(serde::Deserialize)]
pub struct AddressRow {
    kind: i16,
    normalized: String,
    value: String,
    is_main: bool,
    brought_by: Option<ContactPointId>,
}

/// What [`save`] writes: columns by their names.
#[derive(serde::Serialize)]
pub struct Record<'a> {
    name: &'a str,
    search_name: String,
    search_working_name: String,
    kind: i16,
    responsible_employee_id: Option<EmployeeId>,
    comment: &'a str,
    revision: i64,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    card: &'a Card,
}

impl<'a> Record<'a> {
    #[must_use]
    pub fn of(client: &'a Client) -> Self {
        Self {
            name: &client.name,
            search_name: search_form(&client.name),
            search_working_name: search_form(&client.card.working_name),
            kind: kind_number(client.kind),
            responsible_employee_id: client.responsible,
            comment: &client.comment,
            revision: client.revision.0,
            updated_at: client.updated_at,
            archived_at: client.archived_at,
            card: &client.card,
        }
    }
}

/// These clients, whole, in the order of `ids`.
pub async fn clients(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Client>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.client_id, c.revision, c.name, c.kind, c.responsible_employee_id, c.comment, c.created_at,
                  c.updated_at, c.archived_at, c.merged_into,
                  coalesce((
                      select jsonb_agg(jsonb_build_object('kind', a.kind, 'normalized', a.normalized, 'value', a.value,
                                                          'is_main', a.is_main, 'brought_by', a.contact_point_id)
                                       order by a.contact_point_id is null desc, a.place, a.kind, a.normalized)
                      from (select distinct on (kind, normalized) kind, normalized, value, place, is_main, contact_point_id
                            from crm.address where client_id = c.client_id and contact_id is null
                            order by kind, normalized, contact_point_id nulls first) a),
                      '[]') as "addresses!: Json<Vec<AddressRow>>",
                  to_jsonb(c) - array['request_sha256', 'comment', 'name', 'search_name'] as "card!: Json<Card>",
                  coalesce((select jsonb_agg(jsonb_build_object('field_id', v.field_id, 'text', v.text_value,
                                                 'number', v.number_value, 'date', v.date_value, 'yes', v.yes_value,
                                                 'id', v.id_value, 'option', f.type = 5) order by v.field_id)
                            from crm.custom_value v join crm.custom_field f using (field_id)
                            where v.object_id = c.client_id),
                      '[]') as "custom!: Json<Vec<ValueRow>>",
                  (select r.time_zone from crm.directory_entry r where r.entry_id = c.region_id) as time_zone,
                  exists (select from crm.photo p where p.object_id = c.client_id) as "has_photo!",
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

/// Writes everything that people write of a client but its addresses and custom values.
pub async fn save(db: impl PgExecutor<'_>, client: &Client) -> sqlx::Result<()> {
    let record = Record::of(client);
    sqlx::query!(
        r#"update crm.client c set
               revision = r.revision, name = r.name, search_name = r.search_name, kind = r.kind,
               responsible_employee_id = r.responsible_employee_id, comment = r.comment, updated_at = r.updated_at,
               archived_at = r.archived_at, working_name = r.working_name, search_working_name = r.search_working_name,
               surname = r.surname, given_name = r.given_name, patronymic = r.patronymic, sex = r.sex,
               birthday = r.birthday, remind_birthday = r.remind_birthday, inn = r.inn, kpp = r.kpp, ogrn = r.ogrn,
               okpo = r.okpo, registered_on = r.registered_on, main_contact_id = r.main_contact_id,
               industry_id = r.industry_id, more_industries = r.more_industries, segment_id = r.segment_id,
               headcount_id = r.headcount_id, workplaces_id = r.workplaces_id, region_id = r.region_id,
               holding_id = r.holding_id, importance = r.importance, work_status = r.work_status,
               solvency = r.solvency, relations = r.relations, unsubscribed = r.unsubscribed,
               takes_surveys = r.takes_surveys, founder = r.founder, bank_accounts = r.bank_accounts,
               extras = r.extras, tag_ids = r.tag_ids, access_level_ids = r.access_level_ids
           from jsonb_populate_record(null::crm.client, $2) r where c.client_id = $1"#,
        client.id.0,
        Json(record) as _,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same as [`client`], locked until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, id: ClientId) -> sqlx::Result<()> {
    sqlx::query!("select from crm.client where client_id = $1 for no key update", id.0).fetch_optional(db).await?;
    Ok(())
}

/// Removes the addresses that were typed in for a client, or for one of its contacts.
pub async fn delete_typed(db: impl PgExecutor<'_>, client: ClientId, contact: Option<ContactId>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from crm.address
         where client_id = $1 and contact_id is not distinct from $2 and contact_point_id is null",
        client.0,
        contact.map(Uuid::from)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds addresses, typed in (`None`) or brought by a contact point; of the client itself, or of one of its contacts.
pub async fn insert_addresses(
    db: impl PgExecutor<'_>,
    client: ClientId,
    contact: Option<ContactId>,
    addresses: &[Address],
    brought_by: Option<ContactPointId>,
) -> sqlx::Result<()> {
    let mains: Vec<bool> = addresses.iter().map(|a| a.is_main).collect();
    let kinds: Vec<i16> = addresses.iter().map(|a| address_number(a.kind)).collect();
    let normalized: Vec<String> = addresses.iter().map(|a| a.normalized.clone()).collect();
    let values: Vec<String> = addresses.iter().map(|a| a.value.clone()).collect();
    sqlx::query!(
        "insert into crm.address (client_id, kind, normalized, value, contact_point_id, place, contact_id, is_main)
         select $1, kind, normalized, value, $2, place, $6, is_main
         from unnest($3::smallint[], $4::text[], $5::text[], $7::bool[])
             with ordinality as a(kind, normalized, value, is_main, place)
         on conflict do nothing",
        client.0,
        brought_by.map(Uuid::from),
        &kinds,
        &normalized,
        &values,
        contact.map(Uuid::from),
        &mains
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a client and its contacts have all of these.
pub async fn has_addresses(db: impl PgExecutor<'_>, client: ClientId, addresses: &[Address]) -> sqlx::Result<bool> {
    let kinds: Vec<i16> = addresses.iter().map(|a| address_number(a.kind)).collect();
    let normalized: Vec<String> = addresses.iter().map(|a| a.normalized.clone()).collect();
    sqlx::query_scalar!(
        r#"select not exists (
               select from unnest($2::smallint[], $3::text[]) as w(kind, normalized)
               where not exists (
                   select from crm.address a
                   where a.client_id = $1 and (a.kind, a.normalized) = (w.kind, w.normalized))) as "all!""#,
        client.0,
        &kinds,
        &normalized
    )
    .fetch_one(db)
    .await
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
        AddressKind::Site => 4,
        AddressKind::Postal => 5,
        AddressKind::Messenger => 6,
    }
}

pub const fn address_kind(number: i16) -> AddressKind {
    match number {
        1 => AddressKind::Phone,
        2 => AddressKind::Email,
        4 => AddressKind::Site,
        5 => AddressKind::Postal,
        6 => AddressKind::Messenger,
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
        Self {
            id: row.client_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            kind: if row.kind == 2 { Kind::Company } else { Kind::Person },
            addresses: row.addresses.0.into_iter().map(Address::from).collect(),
            responsible: row.responsible_employee_id.map(Into::into),
            comment: row.comment,
            created_at: row.created_at,
            contact_points: row.contact_points.into_iter().map(Into::into).collect(),
            card: row.card.0,
            custom: row.custom.0.into_iter().filter_map(ValueRow::value).collect(),
            updated_at: row.updated_at,
            archived_at: row.archived_at,
            merged_into: row.merged_into.map(Into::into),
            time_zone: row.time_zone,
            has_photo: row.has_photo,
        }
    }
}

impl From<AddressRow> for Address {
    fn from(row: AddressRow) -> Self {
        let kind = address_kind(row.kind);
        let (normalized, value) = (row.normalized, row.value);
        Self { kind, normalized, value, is_main: row.is_main, brought_by: row.brought_by }
    }
}
