//! The SQL of leads. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Utc};
use model::{AccessLevelId, ClientId, ContactId, ContactPointId, LeadId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    domain::{Draft, Known, Lead},
    moves::State,
};
use crate::{
    change::{RequestHash, Revision},
    clients::{
        domain::{Address, AddressKind, Kind},
        store::{AddressRow, address_number},
    },
};

struct Row {
    lead_id: Uuid,
    revision: i64,
    name: String,
    kind: i16,
    company_name: String,
    surname: String,
    given_name: String,
    patronymic: String,
    responsible_employee_id: Option<Uuid>,
    channel: String,
    source: String,
    comment: String,
    unsubscribed: bool,
    access_level_ids: Vec<Uuid>,
    state: i16,
    decline_reason: String,
    repeats_client_id: Option<Uuid>,
    repeats_lead_id: Option<Uuid>,
    client_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    merged_into: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    active_at: DateTime<Utc>,
    waits: bool,
    points: Vec<Uuid>,
    addresses: Json<Vec<AddressRow>>,
}

/// These leads, whole, in the order of `ids`.
pub async fn leads(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Lead>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select l.lead_id, l.revision, l.name, l.kind, l.company_name, l.surname, l.given_name, l.patronymic,
                  l.responsible_employee_id, l.channel, l.source, l.comment, l.unsubscribed, l.access_level_ids, l.state,
                  l.decline_reason, coalesce(k.merged_into, k.client_id) as repeats_client_id, l.repeats_lead_id,
                  l.client_id, coalesce(t.merged_into, t.contact_id) as contact_id, l.merged_into, l.created_at,
                  l.updated_at,
                  greatest(l.touched_at, (
                      select max(a.active_at) from crm.lead_contact_point p
                      join inbox_read.conversation_activity a using (contact_point_id)
                      where p.lead_id = l.lead_id)) as "active_at!",
                  exists (select from crm.lead_contact_point p
                          join inbox_read.conversation_activity a using (contact_point_id)
                          where p.lead_id = l.lead_id and a.waiting_since is not null) as "waits!",
                  array(select p.contact_point_id from crm.lead_contact_point p
                        where p.lead_id = l.lead_id order by p.linked_at, p.contact_point_id) as "points!",
                  coalesce((
                      select jsonb_agg(jsonb_build_object('kind', a.kind, 'normalized', a.normalized, 'value', a.value,
                                                          'is_main', a.is_main, 'brought_by', a.contact_point_id)
                                       order by a.contact_point_id is null desc, a.place, a.kind, a.normalized)
                      from (select distinct on (kind, normalized) kind, normalized, value, place, is_main, contact_point_id
                            from crm.lead_address where lead_id = l.lead_id
                            order by kind, normalized, contact_point_id nulls first) a),
                      '[]') as "addresses!: Json<Vec<AddressRow>>"
           from unnest($1::uuid[]) with ordinality as wanted(lead_id, place) join crm.lead l using (lead_id)
           left join crm.client k on k.client_id = l.repeats_client_id
           left join crm.contact t on t.contact_id = l.contact_id
           order by wanted.place"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Lead::from).collect())
}

pub async fn lead(db: impl PgExecutor<'_>, id: LeadId) -> sqlx::Result<Option<Lead>> {
    Ok(leads(db, &[id.0]).await?.pop())
}

/// Locks leads until the transaction ends, in the order of their ids.
pub async fn lock(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("select from crm.lead where lead_id = any ($1) order by lead_id for no key update", ids)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// The hash of the request that made this lead.
pub async fn request_of(db: impl PgExecutor<'_>, id: LeadId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.lead where lead_id = $1", id.0).fetch_optional(db).await
}

/// `false` when a lead of this id is there already.
pub async fn insert(db: impl PgExecutor<'_>, lead: &Lead, request: &RequestHash) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.lead (lead_id, name, search_name, kind, state, request_sha256, created_at)
         values ($1, '', '', 1, 1, $2, $3) on conflict (lead_id) do nothing",
        lead.id.0,
        request.bytes(),
        lead.created_at
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the rules of these settings came to.
pub struct Scored {
    pub score: i32,
    pub revision: Revision,
}

/// Writes everything of a lead but its addresses and contact points.
pub async fn save(db: impl PgExecutor<'_>, lead: &Lead, scored: &Scored) -> sqlx::Result<()> {
    let draft = &lead.draft;
    let levels: Vec<Uuid> = draft.levels.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update crm.lead set revision = $2, name = $3, search_name = $4, kind = $5, company_name = $6, surname = $7,
             given_name = $8, patronymic = $9, responsible_employee_id = $10, channel = $11, source = $12, comment = $13,
             unsubscribed = $14, access_level_ids = $15, state = $16, decline_reason = $17, repeats_client_id = $18,
             repeats_lead_id = $19, client_id = $20, contact_id = $21, merged_into = $22, updated_at = $23,
             touched_at = $23, score = $24, scored_revision = $25, scored_at = $23
         where lead_id = $1",
        lead.id.0,
        lead.revision.0,
        draft.name,
        draft.search_name(),
        if draft.kind == Kind::Person { 1_i16 } else { 2 },
        draft.company_name,
        draft.surname,
        draft.given_name,
        draft.patronymic,
        draft.responsible.map(Uuid::from),
        draft.channel,
        draft.source,
        draft.comment,
        draft.unsubscribed,
        &levels,
        lead.state.number(),
        lead.decline_reason,
        lead.repeats.client.map(Uuid::from),
        lead.repeats.lead.map(Uuid::from),
        lead.client.map(Uuid::from),
        lead.contact.map(Uuid::from),
        lead.merged_into.map(Uuid::from),
        lead.updated_at,
        scored.score,
        scored.revision.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the addresses that were typed in.
pub async fn delete_typed(db: impl PgExecutor<'_>, lead: LeadId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.lead_address where lead_id = $1 and contact_point_id is null", lead.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Adds addresses: typed in, or brought by a contact point, as each says.
pub async fn insert_addresses(db: impl PgExecutor<'_>, lead: LeadId, addresses: &[Address]) -> sqlx::Result<()> {
    let mains: Vec<bool> = addresses.iter().map(|a| a.is_main).collect();
    let kinds: Vec<i16> = addresses.iter().map(|a| address_number(a.kind)).collect();
    let normalized: Vec<String> = addresses.iter().map(|a| a.normalized.clone()).collect();
    let values: Vec<String> = addresses.iter().map(|a| a.value.clone()).collect();
    let points: Vec<Option<Uuid>> = addresses.iter().map(|a| a.brought_by.map(Uuid::from)).collect();
    sqlx::query!(
        "insert into crm.lead_address (lead_id, kind, normalized, value, is_main, contact_point_id, place)
         select $1, a.kind, a.normalized, a.value, a.is_main, a.point, a.place
         from unnest($2::smallint[], $3::text[], $4::text[], $5::bool[], $6::uuid[])
             with ordinality as a(kind, normalized, value, is_main, point, place)
         on conflict do nothing",
        lead.0,
        &kinds,
        &normalized,
        &values,
        &mains,
        &points as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_points(db: impl PgExecutor<'_>, lead: LeadId, points: &[ContactPointId]) -> sqlx::Result<()> {
    let points: Vec<Uuid> = points.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into crm.lead_contact_point (lead_id, contact_point_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        lead.0,
        &points
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those that tell one person from another.
fn identifying(addresses: &[Address]) -> (Vec<i16>, Vec<String>) {
    let telling = addresses.iter().filter(|a| !matches!(a.kind, AddressKind::Site | AddressKind::Postal));
    telling.map(|a| (address_number(a.kind), a.normalized.clone())).unzip()
}

/// Two who enter the same person at once do it one after another, so that one of them is the repeated one.
pub async fn lock_person(db: impl PgExecutor<'_>, lead: &Lead) -> sqlx::Result<()> {
    let (kinds, normalized) = identifying(&lead.draft.addresses);
    let mut keys: Vec<String> =
        kinds.iter().zip(&normalized).map(|(kind, key)| format!("crm.lead {kind} {key}")).collect();
    keys.extend(lead.points.iter().map(|point| format!("crm.lead {point}")));
    sqlx::query!(
        "select pg_advisory_xact_lock(k.key)
         from (select distinct hashtextextended(key, 0) as key from unnest($1::text[]) key order by 1) k",
        &keys
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Who the person of a lead is already: by an address that tells people apart, or by a contact point.
pub async fn known(db: impl PgExecutor<'_>, lead: &Lead) -> sqlx::Result<Known> {
    let (kinds, normalized) = identifying(&lead.draft.addresses);
    let points: Vec<Uuid> = lead.points.iter().map(|id| id.0).collect();
    let row = sqlx::query!(
        r#"with own as (
               select o.kind, o.normalized from unnest($2::smallint[], $3::text[]) o(kind, normalized)
               where not exists (select from crm.match_settings s where o.normalized = any (s.shared)))
           select (select coalesce(c.merged_into, c.client_id)
                   from crm.client c
                   where c.archived_at is null and c.client_id in (
                       select a.client_id from crm.address a join own using (kind, normalized)
                       union all select l.client_id from crm.contact_point_link l where l.contact_point_id = any ($4))
                   order by c.client_id limit 1) as client_id,
                  (select l.lead_id from crm.lead l
                   where l.lead_id <> $1 and l.state in (1, 2) and l.lead_id in (
                       select a.lead_id from crm.lead_address a join own using (kind, normalized)
                       union all select p.lead_id from crm.lead_contact_point p where p.contact_point_id = any ($4))
                   order by l.created_at, l.lead_id limit 1) as lead_id"#,
        lead.id.0,
        &kinds,
        &normalized,
        &points
    )
    .fetch_one(db)
    .await?;
    Ok(Known { client: row.client_id.map(ClientId), lead: row.lead_id.map(LeadId) })
}

/// The request that converted a lead, and its hash.
pub async fn conversion(db: impl PgExecutor<'_>, id: LeadId) -> sqlx::Result<Option<(Uuid, Vec<u8>)>> {
    let row = sqlx::query!("select conversion_id, conversion_sha256 from crm.lead where lead_id = $1", id.0)
        .fetch_optional(db)
        .await?;
    Ok(row.and_then(|row| row.conversion_id.zip(row.conversion_sha256)))
}

pub async fn set_conversion(
    db: impl PgExecutor<'_>,
    id: LeadId,
    request_id: Uuid,
    request: &RequestHash,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.lead set conversion_id = $2, conversion_sha256 = $3 where lead_id = $1",
        id.0,
        request_id,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the addresses and contact points of a lead to another one; what both have stays once.
pub async fn give(db: impl PgExecutor<'_>, from: LeadId, to: LeadId) -> sqlx::Result<()> {
    sqlx::query!(
        "with points as (
             insert into crm.lead_contact_point (lead_id, contact_point_id, linked_at)
             select $2, contact_point_id, linked_at from crm.lead_contact_point where lead_id = $1
             on conflict do nothing)
         insert into crm.lead_address (lead_id, kind, normalized, value, is_main, contact_point_id, place)
         select $2, a.kind, a.normalized, a.value, false, a.contact_point_id, a.place + 1000
         from crm.lead_address a
         where a.lead_id = $1 and (a.contact_point_id is not null or not exists (
             select from crm.lead_address o
             where o.lead_id = $2 and (o.kind, o.normalized) = (a.kind, a.normalized)))
         on conflict do nothing",
        from.0,
        to.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a closed lead's contact points and addresses away: they are another's now.
pub async fn strip(db: impl PgExecutor<'_>, id: LeadId) -> sqlx::Result<()> {
    sqlx::query!(
        "with points as (delete from crm.lead_contact_point where lead_id = $1)
         delete from crm.lead_address where lead_id = $1",
        id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Leads in whose name there is one word of each list, as `duplicates::store::named`.
pub async fn named(
    db: impl PgExecutor<'_>,
    lists: [&[String]; 4],
    most: i64,
) -> sqlx::Result<Vec<(Uuid, Vec<String>)>> {
    let [first, second, third, fourth] = lists;
    let rows = sqlx::query!(
        "select n.lead_id, n.words from crm.lead_sound n
         where n.words && $1 and (cardinality($2::text[]) = 0 or n.words && $2)
           and (cardinality($3::text[]) = 0 or n.words && $3) and (cardinality($4::text[]) = 0 or n.words && $4)
         limit $5",
        first,
        second,
        third,
        fourth,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.lead_id, row.words)).collect())
}

impl From<Row> for Lead {
    fn from(row: Row) -> Self {
        Self {
            id: row.lead_id.into(),
            revision: Revision(row.revision),
            draft: Draft {
                name: row.name,
                kind: if row.kind == 2 { Kind::Company } else { Kind::Person },
                company_name: row.company_name,
                surname: row.surname,
                given_name: row.given_name,
                patronymic: row.patronymic,
                addresses: row.addresses.0.into_iter().map(Address::from).collect(),
                responsible: row.responsible_employee_id.map(Into::into),
                channel: row.channel,
                source: row.source,
                comment: row.comment,
                unsubscribed: row.unsubscribed,
                levels: row.access_level_ids.into_iter().map(AccessLevelId).collect(),
            },
            state: State::of(row.state),
            decline_reason: row.decline_reason,
            repeats: Known { client: row.repeats_client_id.map(ClientId), lead: row.repeats_lead_id.map(LeadId) },
            client: row.client_id.map(ClientId),
            contact: row.contact_id.map(ContactId),
            merged_into: row.merged_into.map(LeadId),
            points: row.points.into_iter().map(ContactPointId).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            active_at: row.active_at,
            waits: row.waits,
            did: Vec::new(),
        }
    }
}
