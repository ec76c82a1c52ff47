//! What a merge changes, before and after: who learns of it, and what is kept of it.

use chrono::{DateTime, Utc};
use contracts::live::{ContactChanged, ContactPointLinked, event::What};
use model::ContactId;
use uuid::Uuid;

use super::{Merge, store};
use crate::{
    cards::settings,
    change::{Change, json},
    clients::{domain::Client, history, ops::changed, sight, store as clients},
    contacts::{self, domain::Contact},
    duplicates::{DuplicateError, kind::Kind},
};

/// Clients that are merged, or whose contacts are; and these.
pub struct Snapshot {
    clients: Vec<Client>,
    contacts: Vec<Contact>,
}

impl Snapshot {
    pub async fn take(db: &mut sqlx::PgConnection, clients: &[Uuid], contacts: &[Uuid]) -> sqlx::Result<Self> {
        let clients = clients::clients(&mut *db, clients).await?;
        Ok(Self { clients, contacts: contacts::store::contacts(db, contacts).await? })
    }

    /// Keeps what became of versioned fields; and whoever saw or sees one of the clients learns what changed and whose the moved
    /// contact points are (rule E3).
    pub async fn tell(self, change: &mut Change<'_>, merge: &Merge, at: DateTime<Utc>) -> Result<(), DuplicateError> {
        let clients: Vec<Uuid> = self.clients.iter().map(|client| client.id.0).collect();
        let contacts: Vec<Uuid> = self.contacts.iter().map(|contact| contact.id.0).collect();
        clients::bump(change.db(), &clients).await?;
        store::set_updated(change.db(), &clients, at).await?;
        store::bump_contacts(change.db(), &contacts, at).await?;
        let after = Self::take(change.db(), &clients, &contacts).await?;
        self.keep(change, &after, merge).await?;
        let versions: Vec<Client> = self.clients.into_iter().chain(after.clients.iter().cloned()).collect();
        let audience = sight::audience(change.db(), &versions).await?;
        for client in &after.clients {
            change.tell_audience(audience.clone(), changed(client));
        }
        for contact in &after.contacts {
            let changed = ContactChanged {
                contact_id: contact.id.to_string(),
                client_id: contact.client.to_string(),
                revision: contact.revision.0.unsigned_abs(),
            };
            change.tell_audience(audience.clone(), What::ContactChanged(changed));
        }
        for (point, client) in store::moved_points(change.db(), merge.id).await? {
            let linked = ContactPointLinked { contact_point_id: point.to_string(), client_id: client.to_string() };
            change.tell_audience(audience.clone(), What::ContactPointLinked(linked));
        }
        Ok(())
    }

    async fn keep(&self, change: &mut Change<'_>, after: &Self, merge: &Merge) -> Result<(), DuplicateError> {
        let settings = settings::read(change.db()).await?;
        for (old, new) in self.clients.iter().zip(&after.clients) {
            let differ = history::between(old, new, &settings);
            // What becomes of clients that are merged into another is the other's.
            if merge.kind == Kind::Client && old.id.0 == merge.original {
                history::keep(change, old.id, None, &differ).await?;
            }
            let said = |client: &Client| (client.card.main_contact_id, json(&client.card.more_industries));
            if merge.kind == Kind::Contact && said(old) != said(new) {
                history::keep(change, old.id, None, &differ).await?;
                change.audit("client.update", "client", old.id.0, json(old), json(new));
            }
        }
        for (old, new) in self.contacts.iter().zip(&after.contacts).filter(|(old, _)| old.id.0 == merge.original) {
            let differ = contacts::history::between(old, new, &settings);
            history::keep(change, new.client, Some(ContactId(merge.original)), &differ).await?;
        }
        Ok(())
    }
}
