//! What became of a lead's fields: old, new, who, when. Kept beside the lead, so that it goes with it when it is erased.

use chrono::{DateTime, Utc};
use model::LeadId;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::Lead;
use crate::{
    change::Change,
    clients::{
        domain::Kind,
        history::{FieldChange, Values, all, fields, flag, number, optional, text},
    },
};

const FIELDS: [&str; 17] = [
    "name",
    "kind",
    "company_name",
    "surname",
    "given_name",
    "patronymic",
    "addresses",
    "responsible_employee_id",
    "channel",
    "source",
    "comment",
    "unsubscribed",
    "access_level_ids",
    "state",
    "decline_reason",
    "client_id",
    "merged_into_lead_id",
];

/// A change as it is read.
pub struct Noted {
    pub change_id: i64,
    pub change: FieldChange,
    pub employee: Option<Uuid>,
    pub at: DateTime<Utc>,
}

fn value_of(lead: &Lead, field: &str) -> Values {
    let draft = &lead.draft;
    match field {
        "name" => text(&draft.name),
        "kind" => number(if draft.kind == Kind::Person { 1 } else { 2 }),
        "company_name" => text(&draft.company_name),
        "surname" => text(&draft.surname),
        "given_name" => text(&draft.given_name),
        "patronymic" => text(&draft.patronymic),
        "addresses" => draft.addresses.iter().map(crate::clients::domain::Address::display).collect(),
        "responsible_employee_id" => optional(draft.responsible),
        "channel" => text(&draft.channel),
        "source" => text(&draft.source),
        "comment" => text(&draft.comment),
        "unsubscribed" => flag(draft.unsubscribed),
        "access_level_ids" => all(&draft.levels),
        "state" => number(lead.state.number()),
        "decline_reason" => text(&lead.decline_reason),
        "client_id" => optional(lead.client),
        "merged_into_lead_id" => optional(lead.merged_into),
        _ => Vec::new(),
    }
}

/// What differs between two versions.
#[must_use]
pub fn between(before: &Lead, after: &Lead) -> Vec<FieldChange> {
    let names = FIELDS.map(str::to_owned);
    fields(&names, |field| (value_of(before, field), value_of(after, field)))
}

/// Keeps changes, in the order given.
pub async fn keep(change: &mut Change<'_>, lead: LeadId, changes: &[FieldChange]) -> sqlx::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let by = change.by().employee().map(Uuid::from);
    let fields: Vec<String> = changes.iter().map(|one| one.field.clone()).collect();
    // PostgreSQL has no array of arrays of different lengths.
    let old = serde_json::json!(changes.iter().map(|one| &one.old).collect::<Vec<_>>());
    let new = serde_json::json!(changes.iter().map(|one| &one.new).collect::<Vec<_>>());
    sqlx::query!(
        "insert into crm.lead_change (lead_id, employee_id, field, old_values, new_values)
         select $1, $2, c.field, array(select jsonb_array_elements_text($4::jsonb -> (c.place::int - 1))),
                array(select jsonb_array_elements_text($5::jsonb -> (c.place::int - 1)))
         from unnest($3::text[]) with ordinality as c(field, place) order by c.place",
        lead.0,
        by,
        &fields,
        old,
        new
    )
    .execute(change.db())
    .await?;
    Ok(())
}

/// A page of changes, newest first.
pub async fn list(db: impl PgExecutor<'_>, lead: LeadId, before: Option<i64>, limit: i64) -> sqlx::Result<Vec<Noted>> {
    let rows = sqlx::query!(
        "select change_id, field, old_values, new_values, employee_id, at from crm.lead_change
         where lead_id = $1 and ($2::bigint is null or change_id < $2) order by change_id desc limit $3",
        lead.0,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    let noted = rows.into_iter().map(|row| Noted {
        change_id: row.change_id,
        change: FieldChange { field: row.field, custom_field: None, old: row.old_values, new: row.new_values },
        employee: row.employee_id,
        at: row.at,
    });
    Ok(noted.collect())
}
