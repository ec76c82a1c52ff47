//! Filling what is empty in contacts that are there from rows that name the same.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use model::ContactId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Clients, author};
use crate::{
    cards::values,
    change::json,
    clients::{
        domain::{Address, Client},
        history as changes, store as client_store,
    },
    contacts::{domain::Contact, history, store},
    imports::{
        ImportError, Outcome, RowResult,
        fill::{new_addresses, new_values},
        lookup::Reason,
        parse::Problem,
        step::Ground,
        write::Trail,
    },
};

/// A row that may fill a contact.
pub struct Wanted<'a> {
    pub row: i32,
    pub id: Uuid,
    pub client: Uuid,
    pub from: &'a Contact,
    /// What becomes of it when there is nothing to fill.
    pub otherwise: RowResult,
}

/// Fills contacts from rows, in their order; of a dry run only says what would be filled. Their clients are locked.
///
/// # Errors
/// What the database answers.
pub async fn all(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    wanted: Vec<Wanted<'_>>,
    owners: &Clients,
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let mut ids: Vec<Uuid> = wanted.iter().map(|one| one.id).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        store::lock(&mut *db, ContactId(*id)).await?;
    }
    let there = store::contacts(&mut *db, &ids).await?;
    let mut there: HashMap<Uuid, Contact> = there.into_iter().map(|contact| (contact.id.0, contact)).collect();
    let mut results = Vec::with_capacity(wanted.len());
    for Wanted { row, id, client, from, mut otherwise } in wanted {
        let before = there.get(&id).filter(|contact| contact.merged_into.is_none() && contact.client.0 == client);
        if before.is_some_and(|contact| contact.archived_at.is_some()) {
            otherwise.problems.push(Problem::new("", (Reason::Archived, "is archived"), ""));
            results.push(otherwise);
            continue;
        }
        let filled = before.and_then(|before| Some((before, filled(before, from, ground.now)?, owners.get(&client)?)));
        let Some((before, (after, added), owner)) = filled else {
            results.push(otherwise);
            continue;
        };
        if !ground.import.dry_run {
            save(&mut *db, ground, before, &after, &added, owner, trail).await?;
        }
        there.insert(id, after);
        results.push(RowResult {
            row,
            outcome: Outcome::Updated,
            client: Some(client),
            contact: Some(id),
            other_row: None,
            problems: Vec::new(),
        });
    }
    Ok(results)
}

async fn save(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    before: &Contact,
    after: &Contact,
    added: &[Address],
    owner: &Client,
    trail: &mut Trail,
) -> Result<(), ImportError> {
    store::save(&mut *db, after).await?;
    client_store::insert_addresses(&mut *db, owner.id, Some(after.id), added, None).await?;
    if before.custom != after.custom {
        values::replace(&mut *db, after.id.0, &after.custom).await?;
    }
    let noted = history::between(before, after, &ground.settings);
    changes::write(&mut *db, Some(author(ground)), owner.id, Some(after.id), &noted).await?;
    trail.audit(author(ground), "contact.update", "contact", after.id.0, json(before), json(after));
    Ok(trail.tell_contact(db, after, owner).await?)
}

/// With what is empty taken from the other, and the addresses that are new; `None` when there is nothing.
fn filled(before: &Contact, from: &Contact, now: DateTime<Utc>) -> Option<(Contact, Vec<Address>)> {
    let mut after = before.clone();
    let (to, person) = (&mut after.person, &from.person);
    for (to, from) in [
        (&mut to.surname, &person.surname),
        (&mut to.given_name, &person.given_name),
        (&mut to.patronymic, &person.patronymic),
        (&mut to.comment, &person.comment),
    ] {
        if to.is_empty() {
            to.clone_from(from);
        }
    }
    to.position_id = to.position_id.or(person.position_id);
    to.role_id = to.role_id.or(person.role_id);
    to.birthday = to.birthday.or(person.birthday);
    if to.sex == 0 {
        to.sex = person.sex;
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
