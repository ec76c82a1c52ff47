//! What became of versioned fields: old, new, who, when; written in the transaction that changes them.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use model::{ClientId, ContactId, EmployeeId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::domain::{Client, Kind};
use crate::{
    cards::{settings::Settings, values},
    change::Change,
};

/// The kinds of its links with others, which are no part of the card itself.
pub const LINKS: &str = "links";

/// What may be versioned of clients, as in an update mask.
pub const CLIENT_FIELDS: [&str; 36] = [
    "name",
    "kind",
    "responsible_employee_id",
    "comment",
    "working_name",
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "birthday",
    "remind_birthday",
    "inn",
    "kpp",
    "ogrn",
    "okpo",
    "registered_on",
    "main_contact_id",
    "industry_id",
    "segment_id",
    "headcount_id",
    "workplaces_id",
    "region_id",
    "holding_id",
    "importance",
    "work_status",
    "solvency",
    "relations",
    "unsubscribed",
    "takes_surveys",
    "founder",
    "tag_ids",
    "access_level_ids",
    "addresses",
    "more_industries",
    "archived_at",
    LINKS,
];

/// The values of a field, as texts; none: it is empty.
pub type Values = Vec<String>;

/// One field of two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    pub field: String,
    pub custom_field: Option<Uuid>,
    pub old: Values,
    pub new: Values,
}

/// A change as it is read.
pub struct Noted {
    pub change_id: i64,
    pub client: ClientId,
    pub contact: Option<ContactId>,
    pub change: FieldChange,
    pub employee: Option<Uuid>,
    pub at: DateTime<Utc>,
}

fn one(value: impl Display) -> Values {
    let text = value.to_string();
    if text.is_empty() { Vec::new() } else { vec![text] }
}

pub fn optional(value: Option<impl Display>) -> Values {
    value.map(one).unwrap_or_default()
}

pub fn all(values: &[impl Display]) -> Values {
    values.iter().map(ToString::to_string).collect()
}

/// An enumeration's number; nothing where it is unspecified.
pub fn number(value: i16) -> Values {
    if value == 0 { Vec::new() } else { one(value) }
}

pub fn text(value: &str) -> Values {
    one(value)
}

pub fn flag(value: bool) -> Values {
    one(value)
}

/// A field of a client by its name in an update mask.
#[must_use]
pub fn value_of(client: &Client, field: &str) -> Values {
    let card = &client.card;
    match field {
        "name" => text(&client.name),
        "kind" => number(if client.kind == Kind::Person { 1 } else { 2 }),
        "responsible_employee_id" => optional(client.responsible),
        "comment" => text(&client.comment),
        "working_name" => text(&card.working_name),
        "surname" => text(&card.surname),
        "given_name" => text(&card.given_name),
        "patronymic" => text(&card.patronymic),
        "sex" => number(card.sex),
        "birthday" => optional(card.birthday),
        "remind_birthday" => flag(card.remind_birthday),
        "inn" => text(&card.inn),
        "kpp" => text(&card.kpp),
        "ogrn" => text(&card.ogrn),
        "okpo" => text(&card.okpo),
        "registered_on" => optional(card.registered_on),
        "main_contact_id" => optional(card.main_contact_id),
        "industry_id" => optional(card.industry_id),
        "segment_id" => optional(card.segment_id),
        "headcount_id" => optional(card.headcount_id),
        "workplaces_id" => optional(card.workplaces_id),
        "region_id" => optional(card.region_id),
        "holding_id" => optional(card.holding_id),
        "importance" => number(card.importance),
        "work_status" => number(card.work_status),
        "solvency" => number(card.solvency),
        "relations" => all(&card.relations),
        "unsubscribed" => flag(card.unsubscribed),
        "takes_surveys" => flag(card.takes_surveys),
        "founder" => flag(card.founder),
        "tag_ids" => all(&card.tag_ids),
        "access_level_ids" => all(&card.access_level_ids),
        "addresses" => client.typed_addresses().iter().map(|address| address.display()).collect(),
        "more_industries" => card.more_industries.iter().map(|one| one.industry_id.to_string()).collect(),
        "archived_at" => optional(client.archived_at.map(|at| at.to_rfc3339())),
        _ => Vec::new(),
    }
}

/// What differs between two versions, of what the company versions.
#[must_use]
pub fn between(before: &Client, after: &Client, settings: &Settings) -> Vec<FieldChange> {
    let mut changes =
        fields(&settings.versioned_client_fields, |field| (value_of(before, field), value_of(after, field)));
    changes.extend(values::changes(&before.custom, &after.custom, &settings.versioned_custom_fields));
    changes
}

/// Those of these fields whose values differ.
pub fn fields(names: &[String], both: impl Fn(&str) -> (Values, Values)) -> Vec<FieldChange> {
    let change = |name: &String| {
        let (old, new) = both(name);
        (old != new).then(|| FieldChange { field: name.clone(), custom_field: None, old, new })
    };
    names.iter().filter_map(change).collect()
}

/// Keeps changes, in the order given.
pub async fn keep(
    change: &mut Change<'_>,
    client: ClientId,
    contact: Option<ContactId>,
    changes: &[FieldChange],
) -> sqlx::Result<()> {
    let by = change.by().employee();
    write(change.db(), by, client, contact, changes).await
}

/// The same of whoever owns a transaction that is no [`Change`].
pub async fn write(
    db: &mut PgConnection,
    by: Option<EmployeeId>,
    client: ClientId,
    contact: Option<ContactId>,
    changes: &[FieldChange],
) -> sqlx::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let by = by.map(Uuid::from);
    let fields: Vec<String> = changes.iter().map(|one| one.field.clone()).collect();
    let custom: Vec<Option<Uuid>> = changes.iter().map(|one| one.custom_field).collect();
    // PostgreSQL has no array of arrays of different lengths.
    let old = serde_json::json!(changes.iter().map(|one| &one.old).collect::<Vec<_>>());
    let new = serde_json::json!(changes.iter().map(|one| &one.new).collect::<Vec<_>>());
    sqlx::query!(
        "insert into crm.field_change (client_id, contact_id, employee_id, field, field_id, old_values, new_values)
         select $1, $2, $3, c.field, c.field_id,
                array(select jsonb_array_elements_text($6::jsonb -> (c.place::int - 1))),
                array(select jsonb_array_elements_text($7::jsonb -> (c.place::int - 1)))
         from unnest($4::text[], $5::uuid[]) with ordinality as c(field, field_id, place) order by c.place",
        client.0,
        contact.map(Uuid::from),
        by,
        &fields,
        &custom as &[Option<Uuid>],
        old,
        new
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which changes, newest first.
#[derive(Debug, Clone)]
pub struct Asked {
    pub client: ClientId,
    pub contact: Option<ContactId>,
    pub field: Option<String>,
    pub before: Option<i64>,
    pub limit: i64,
}

pub async fn list(db: impl PgExecutor<'_>, asked: &Asked) -> sqlx::Result<Vec<Noted>> {
    let rows = sqlx::query!(
        "select change_id, client_id, contact_id, field, field_id, old_values, new_values, employee_id, at
         from crm.field_change
         where client_id = $1 and ($2::uuid is null or contact_id = $2) and ($3::text is null or field = $3)
           and ($4::bigint is null or change_id < $4)
         order by change_id desc limit $5",
        asked.client.0,
        asked.contact.map(Uuid::from),
        asked.field,
        asked.before,
        asked.limit
    )
    .fetch_all(db)
    .await?;
    let noted = rows.into_iter().map(|row| Noted {
        change_id: row.change_id,
        client: row.client_id.into(),
        contact: row.contact_id.map(Into::into),
        change: FieldChange { field: row.field, custom_field: row.field_id, old: row.old_values, new: row.new_values },
        employee: row.employee_id,
        at: row.at,
    });
    Ok(noted.collect())
}
