//! The SQL of contacts. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Utc};
use model::{ClientId, ContactId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::domain::{Contact, KeyEvent, Person};
use crate::{
    cards::values::ValueRow,
    change::{RequestHash, Revision},
    clients::{sight::Sight, store::AddressRow},
    text::search_form,
};

struct Row {
    contact_id: Uuid,
    client_id: Uuid,
    revision: i64,
    person: Json<Person>,
    addresses: Json<Vec<AddressRow>>,
    key_events: Json<Vec<KeyEvent>>,
    custom: Json<Vec<ValueRow>>,
    author_employee_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    merged_into: Option<Uuid>,
}

/// What [`save`] writes: columns by their names.
#[derive(serde::Serialize)]
pub struct Record<'a> {
    name: String,
    search_name: String,
    revision: i64,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    person: &'a Person,
}

impl<'a> Record<'a> {
    #[must_use]
    pub fn of(contact: &'a Contact) -> Self {
        let name = contact.name();
        Self {
            search_name: search_form(&name),
            name,
            revision: contact.revision.0,
            updated_at: contact.updated_at,
            archived_at: contact.archived_at,
            person: &contact.person,
        }
    }
}

/// These contacts, whole, in the order of `ids`.
pub async fn contacts(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Contact>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.contact_id, c.client_id, c.revision, c.author_employee_id, c.created_at, c.updated_at, c.archived_at,
                  c.merged_into, to_jsonb(c) - array['request_sha256'] as "person!: Json<Person>",
                  coalesce((select jsonb_agg(jsonb_build_object('kind', a.kind, 'normalized', a.normalized,
                                                 'value', a.value, 'is_main', a.is_main, 'brought_by', null)
                                             order by a.place, a.kind, a.normalized)
                            from crm.address a where a.contact_id = c.contact_id),
                      '[]') as "addresses!: Json<Vec<AddressRow>>",
                  coalesce((select jsonb_agg(to_jsonb(e) order by e.place, e.event_id) from crm.key_event e
                            where e.contact_id = c.contact_id),
                      '[]') as "key_events!: Json<Vec<KeyEvent>>",
                  coalesce((select jsonb_agg(jsonb_build_object('field_id', v.field_id, 'text', v.text_value,
                                                 'number', v.number_value, 'date', v.date_value, 'yes', v.yes_value,
                                                 'id', v.id_value, 'option', f.type = 5) order by v.field_id)
                            from crm.custom_value v join crm.custom_field f using (field_id)
                            where v.object_id = c.contact_id),
                      '[]') as "custom!: Json<Vec<ValueRow>>"
           from unnest($1::uuid[]) with ordinality as wanted(contact_id, place) join crm.contact c using (contact_id)
           order by wanted.place"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

pub async fn contact(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<Option<Contact>> {
    Ok(contacts(db, &[id.0]).await?.pop())
}

/// Locked until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<()> {
    sqlx::query!("select from crm.contact where contact_id = $1 for no key update", id.0).fetch_optional(db).await?;
    Ok(())
}

/// The hash of the request that made this contact.
pub async fn request_of(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.contact where contact_id = $1", id.0).fetch_optional(db).await
}

/// Which contacts, in order of their names.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `None`: of all clients in sight.
    pub client: Option<ClientId>,
    /// Patterns for the name, all of which fit.
    pub words: Vec<String>,
    pub with_archived: bool,
    pub after: Option<(String, Uuid)>,
    pub limit: i64,
}

/// The places of contacts that fit; of one client it is for the caller to see to that it is in sight.
pub async fn page(db: impl PgExecutor<'_>, sight: &Sight, asked: &Asked) -> sqlx::Result<Vec<(String, Uuid)>> {
    let (after_name, after_id) = asked.after.clone().unzip();
    let longest = asked.words.iter().max_by_key(|word| word.chars().count()).cloned();
    let rows = sqlx::query!(
        "select c.search_name, c.contact_id from crm.contact c
         where ($1::uuid is null or c.client_id = $1) and c.merged_into is null and ($2 or c.archived_at is null)
           and ($3::text is null or c.search_name like $3) and c.search_name like all ($4::text[])
           and ($1 is not null or $5 or exists (
               select from crm.client o
               where o.client_id = c.client_id
                 and (o.responsible_employee_id = any ($6::uuid[]) or o.access_level_ids && $7::uuid[])))
           and ($8::text is null or (c.search_name, c.contact_id) > ($8, $9::uuid))
         order by c.search_name, c.contact_id limit $10",
        asked.client.map(Uuid::from),
        asked.with_archived,
        longest,
        &asked.words,
        sight.all,
        &sight.employees,
        &sight.levels,
        after_name,
        after_id,
        asked.limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.search_name, row.contact_id)).collect())
}

/// `false` when a contact of this id is there already.
pub async fn insert(db: impl PgExecutor<'_>, contact: &Contact, request: &RequestHash) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.contact (contact_id, client_id, name, search_name, author_employee_id, created_at,
                                  request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (contact_id) do nothing",
        contact.id.0,
        contact.client.0,
        contact.name(),
        search_form(&contact.name()),
        contact.author.map(Uuid::from),
        contact.created_at,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes everything that people write of a contact but addresses, key events and custom values.
pub async fn save(db: impl PgExecutor<'_>, contact: &Contact) -> sqlx::Result<()> {
    let record = Record::of(contact);
    sqlx::query!(
        "update crm.contact c set
             revision = r.revision, name = r.name, search_name = r.search_name, updated_at = r.updated_at,
             archived_at = r.archived_at, surname = r.surname, given_name = r.given_name, patronymic = r.patronymic,
             sex = r.sex, position_id = r.position_id, role_id = r.role_id, state = r.state,
             key_person = r.key_person, business_owner = r.business_owner, influences = r.influences,
             interests = r.interests, birthday = r.birthday, remind_birthday = r.remind_birthday,
             linked_from = r.linked_from, linked_until = r.linked_until, unsubscribed = r.unsubscribed,
             comment = r.comment
         from jsonb_populate_record(null::crm.contact, $2) r where c.contact_id = $1",
        contact.id.0,
        Json(record) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_key_events(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.key_event where contact_id = $1", id.0).execute(db).await?;
    Ok(())
}

pub async fn insert_key_events(db: impl PgExecutor<'_>, id: ContactId, events: &[KeyEvent]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.key_event (contact_id, place, kind_id, on_date, remind_days, yearly, comment)
         select $1, e.place, r.kind_id, r.on_date, r.remind_days, r.yearly, r.comment
         from jsonb_array_elements($2::jsonb) with ordinality as e(event, place)
         cross join lateral jsonb_to_record(e.event) as r(kind_id uuid, on_date date, remind_days smallint, yearly bool,
                                                          comment text)",
        id.0,
        Json(events) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a client has a contact that is not archived.
pub async fn has_any(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.contact where client_id = $1 and archived_at is null and merged_into is null) as "there!""#,
        client.0
    )
    .fetch_one(db)
    .await
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        Self {
            id: row.contact_id.into(),
            client: row.client_id.into(),
            revision: Revision(row.revision),
            person: row.person.0,
            addresses: row.addresses.0.into_iter().map(Into::into).collect(),
            key_events: row.key_events.0,
            custom: row.custom.0.into_iter().filter_map(ValueRow::value).collect(),
            author: row.author_employee_id.map(Into::into),
            created_at: row.created_at,
            updated_at: row.updated_at,
            archived_at: row.archived_at,
            merged_into: row.merged_into.map(Into::into),
        }
    }
}
