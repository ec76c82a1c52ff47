//! Filling what is empty in clients that are there from rows that name the same.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Import, ImportError, Outcome, RowResult, parse::Parsed, write::Trail};
use crate::{
    cards::{
        settings::Settings,
        values::{self, CustomValue},
    },
    change::json,
    clients::{
        domain::{Address, Client},
        history, ops, sight, store,
    },
    quality::store::lock,
};

/// A client never has more typed addresses than anybody could type in.
const MOST_ADDRESSES: usize = 50;

/// A row that may fill a client.
pub struct Wanted<'a> {
    pub row: i32,
    pub client: Uuid,
    pub from: &'a Parsed,
    /// What becomes of it when there is nothing to fill.
    pub otherwise: RowResult,
}

/// Fills clients from rows, in their order; of a dry run only says what would be filled.
///
/// # Errors
/// What the database answers.
pub async fn all(
    db: &mut PgConnection,
    import: &Import,
    settings: &Settings,
    wanted: Vec<Wanted<'_>>,
    now: DateTime<Utc>,
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let mut ids: Vec<Uuid> = wanted.iter().map(|one| one.client).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    lock(&mut *db, &ids).await?;
    let there = store::clients(&mut *db, &ids).await?;
    let mut there: HashMap<Uuid, Client> = there.into_iter().map(|client| (client.id.0, client)).collect();
    let mut results = Vec::with_capacity(wanted.len());
    for Wanted { row, client, from, otherwise } in wanted {
        // Merged or archived meanwhile: there is nothing to fill.
        let before = there.get(&client).filter(|client| client.merged_into.is_none() && client.archived_at.is_none());
        let Some((before, (after, added))) =
            before.and_then(|before| Some((before, filled(before, &from.client, now)?)))
        else {
            results.push(otherwise);
            continue;
        };
        if !import.dry_run {
            save(&mut *db, import, settings, before, &after, &added, trail).await?;
        }
        there.insert(client, after);
        results.push(RowResult {
            row,
            outcome: Outcome::Updated,
            client: Some(client),
            contact: None,
            other_row: None,
            problems: Vec::new(),
        });
    }
    Ok(results)
}

async fn save(
    db: &mut PgConnection,
    import: &Import,
    settings: &Settings,
    before: &Client,
    after: &Client,
    added: &[Address],
    trail: &mut Trail,
) -> Result<(), ImportError> {
    store::save(&mut *db, after).await?;
    store::insert_addresses(&mut *db, after.id, None, added, None).await?;
    if before.custom != after.custom {
        values::replace(&mut *db, after.id.0, &after.custom).await?;
    }
    let changes = history::between(before, after, settings);
    history::write(&mut *db, Some(import.author), after.id, None, &changes).await?;
    trail.audit(import.author, "client.update", "client", after.id.0, json(before), json(after));
    let audience = sight::audience(db, &[before.clone(), after.clone()]).await?;
    trail.events.push((ops::changed(after), audience));
    Ok(())
}

/// With what is empty taken from the other, and the addresses that are new; `None` when there is nothing.
fn filled(before: &Client, from: &Client, now: DateTime<Utc>) -> Option<(Client, Vec<Address>)> {
    let mut after = before.clone();
    let (to, card) = (&mut after.card, &from.card);
    for (to, from) in [
        (&mut after.comment, &from.comment),
        (&mut to.working_name, &card.working_name),
        (&mut to.surname, &card.surname),
        (&mut to.given_name, &card.given_name),
        (&mut to.patronymic, &card.patronymic),
        (&mut to.inn, &card.inn),
        (&mut to.kpp, &card.kpp),
        (&mut to.ogrn, &card.ogrn),
        (&mut to.okpo, &card.okpo),
    ] {
        if to.is_empty() {
            to.clone_from(from);
        }
    }
    for (to, from) in [
        (&mut to.industry_id, card.industry_id),
        (&mut to.segment_id, card.segment_id),
        (&mut to.headcount_id, card.headcount_id),
        (&mut to.workplaces_id, card.workplaces_id),
        (&mut to.region_id, card.region_id),
        (&mut to.holding_id, card.holding_id),
    ] {
        *to = to.or(from);
    }
    for (to, from) in [
        (&mut to.sex, card.sex),
        (&mut to.importance, card.importance),
        (&mut to.work_status, card.work_status),
        (&mut to.solvency, card.solvency),
    ] {
        if *to == 0 {
            *to = from;
        }
    }
    to.birthday = to.birthday.or(card.birthday);
    to.registered_on = to.registered_on.or(card.registered_on);
    if to.relations.is_empty() {
        to.relations.clone_from(&card.relations);
    }
    if to.tag_ids.is_empty() {
        to.tag_ids.clone_from(&card.tag_ids);
    }
    after.custom.extend(new_values(&before.custom, &from.custom));
    let added = new_addresses(&before.addresses, &from.addresses);
    after.addresses.extend_from_slice(&added);
    if after == *before {
        return None;
    }
    after.revision = before.revision.next();
    after.updated_at = now;
    Some((after, added))
}

/// Values of fields that have none.
pub fn new_values(there: &[CustomValue], from: &[CustomValue]) -> impl Iterator<Item = CustomValue> {
    from.iter().filter(|value| there.iter().all(|known| known.field != value.field)).cloned()
}

/// Those that are not there yet, as far as there is room.
#[must_use]
pub fn new_addresses(there: &[Address], from: &[Address]) -> Vec<Address> {
    let new = |address: &&Address| {
        there.iter().all(|known| (known.kind, &known.normalized) != (address.kind, &address.normalized))
    };
    from.iter().filter(new).take(MOST_ADDRESSES.saturating_sub(there.len())).cloned().collect()
}
