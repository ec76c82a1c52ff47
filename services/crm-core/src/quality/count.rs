//! Counting records: with every change of a client in its transaction, and in batches.

use contracts::live::{Audience, event::What};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    filled,
    score::{self, Mark},
    settings::{self, Settings},
    store,
};
use crate::{clients::store as clients, contacts::store as contacts};

/// Counts what these events tell of. Every change of a client or contact tells of it, so none is forgotten here.
///
/// # Errors
/// What the database answers.
pub async fn told(db: &mut PgConnection, events: &[(What, Audience)]) -> sqlx::Result<()> {
    let (mut of_clients, mut of_contacts): (Vec<Uuid>, Vec<Uuid>) = (Vec::new(), Vec::new());
    for (what, _) in events {
        match what {
            What::ClientChanged(changed) => of_clients.extend(changed.client_id.parse::<Uuid>()),
            What::ContactChanged(changed) => {
                of_clients.extend(changed.client_id.parse::<Uuid>());
                of_contacts.extend(changed.contact_id.parse::<Uuid>());
            }
            _ => {}
        }
    }
    if of_clients.is_empty() {
        return Ok(());
    }
    of_clients.sort();
    of_clients.dedup();
    let settings = settings::get(&mut *db).await?;
    if settings.never_set_up() {
        return Ok(());
    }
    count(db, &settings, &of_clients, &of_contacts).await
}

/// Counts these clients with all of their contacts. They are locked first, in order of their ids, so that none is saved meanwhile.
///
/// # Errors
/// What the database answers.
pub async fn whole(db: &mut PgConnection, settings: &Settings, of_clients: &[Uuid]) -> sqlx::Result<()> {
    store::lock(&mut *db, of_clients).await?;
    let of_contacts = store::active_contacts(&mut *db, of_clients).await?;
    count(db, settings, of_clients, &of_contacts).await
}

async fn count(
    db: &mut PgConnection,
    settings: &Settings,
    of_clients: &[Uuid],
    of_contacts: &[Uuid],
) -> sqlx::Result<()> {
    if !of_contacts.is_empty() {
        let found = contacts::contacts(&mut *db, of_contacts).await?;
        let mark = |contact| Mark::of(&settings.contact, |field| filled::of_contact(contact, field));
        let marks: Vec<_> = found.iter().map(|contact| (contact.id.0, mark(contact))).collect();
        let percents: Vec<_> = marks.iter().map(|(_, mark)| mark.percent()).collect();
        store::save_contacts(&mut *db, &store::Columns::of(marks, percents)).await?;
    }
    let means = store::contact_means(&mut *db, of_clients).await?;
    let (mut marks, mut percents) = (Vec::new(), Vec::new());
    for client in clients::clients(&mut *db, of_clients).await? {
        let profile = settings.of(client.kind);
        let mean = means.get(&client.id.0).copied();
        let filled = |field: &str| filled::of_client(&client, field);
        let mark = match mean {
            Some(_) => Mark::of(profile, filled),
            None => Mark::of(&profile.clone().with_contact(), filled),
        };
        percents.push(score::of_client(mark.percent(), mean.flatten()));
        marks.push((client.id.0, mark));
    }
    store::save_clients(db, &store::Columns::of(marks, percents)).await
}
