//! New contacts of a stretch, each kind of row in one statement, and the clients that come with them.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{author, store};
use crate::{
    cards::values,
    change::json,
    clients::{domain::Client, history as changes, ops, sight, store as client_store},
    contacts::domain::Contact,
    imports::{
        parse::Parsed,
        step::Ground,
        write::{self, Trail},
    },
};

pub enum Unit<'a> {
    /// Of a client that is there, or comes with an earlier row.
    Contact { contact: Box<Contact>, owner: &'a Client },
    /// A client with its first contact.
    Both(&'a Parsed),
}

impl Unit<'_> {
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Self::Contact { contact, .. } => Some(contact),
            Self::Both(parsed) => parsed.contact.as_ref(),
        }
    }
}

/// Writes them, clients first.
///
/// # Errors
/// What the database answers.
pub async fn all(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    units: &[&Unit<'_>],
    trail: &mut Trail,
) -> sqlx::Result<()> {
    let both = units.iter().filter_map(|unit| if let Unit::Both(parsed) = unit { Some(*parsed) } else { None });
    write::clients_of(&mut *db, author(ground), &both.collect::<Vec<_>>(), &ground.settings, ground.now, trail).await?;
    let contacts = units.iter().filter_map(|unit| match unit {
        Unit::Contact { contact, owner } => Some((contact.as_ref(), *owner)),
        Unit::Both(_) => None,
    });
    contacts_of(db, ground, &contacts.collect::<Vec<_>>(), trail).await
}

async fn contacts_of(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    made: &[(&Contact, &Client)],
    trail: &mut Trail,
) -> sqlx::Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let mut first: HashMap<Uuid, (&Contact, &Client)> = HashMap::new();
    for &(contact, owner) in made {
        first.entry(owner.id.0).or_insert((contact, owner));
    }
    let without = store::without_contacts(&mut *db, &first.keys().copied().collect::<Vec<_>>()).await?;
    write::insert_contacts(&mut *db, made.iter().map(|(contact, _)| *contact)).await?;
    let addresses = made.iter().map(|(contact, owner)| (owner.id, Some(contact.id), &contact.addresses));
    write::insert_addresses(&mut *db, addresses).await?;
    let custom = made.iter().flat_map(|(contact, _)| contact.custom.iter().map(|value| (contact.id.0, value)));
    values::insert(&mut *db, &custom.collect::<Vec<_>>()).await?;
    for (contact, owner) in made {
        trail.audit(author(ground), "contact.create", "contact", contact.id.0, None, json(contact));
        trail.tell_contact(&mut *db, contact, owner).await?;
    }
    for (contact, owner) in without.iter().filter_map(|client| first.get(client)) {
        set_main(&mut *db, ground, contact, owner, trail).await?;
    }
    Ok(())
}

/// The first contact of a client is its main one.
async fn set_main(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    contact: &Contact,
    owner: &Client,
    trail: &mut Trail,
) -> sqlx::Result<()> {
    let mut after = Client { revision: owner.revision.next(), updated_at: ground.now, ..owner.clone() };
    after.card.main_contact_id = Some(contact.id);
    client_store::save(&mut *db, &after).await?;
    let noted = changes::between(owner, &after, &ground.settings);
    changes::write(&mut *db, Some(author(ground)), owner.id, None, &noted).await?;
    trail.audit(author(ground), "client.update", "client", owner.id.0, json(owner), json(&after));
    let audience = sight::audience(db, std::slice::from_ref(&after)).await?;
    trail.events.push((ops::changed(&after), audience));
    Ok(())
}
