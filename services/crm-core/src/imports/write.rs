//! New clients of a stretch, each kind of row in one statement.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::live::{Audience, ContactChanged, event::What};
use model::{ClientId, ContactId, EmployeeId};
use sqlx::{PgConnection, PgExecutor, types::Json};
use store::audit;
use uuid::Uuid;

use super::parse::Parsed;
use crate::{
    agreements,
    cards::{settings::Settings, values},
    change::json,
    clients::{
        domain::{Address, Client},
        ops, sight,
        store::{self as clients, address_number},
    },
    contacts::{domain::Contact, store as contacts},
};

/// What is written beside the rows themselves, at the end of a stretch.
#[derive(Default)]
pub struct Trail {
    pub entries: Vec<audit::Entry<'static>>,
    pub events: Vec<(What, Audience)>,
    /// Who learns of clients that this person answers for and that have these levels; without dialogs, as new ones are.
    audiences: HashMap<(Option<EmployeeId>, Vec<Uuid>), Audience>,
    /// Who learns of contacts of these clients.
    of_clients: HashMap<Uuid, Audience>,
}

impl Trail {
    pub fn audit(
        &mut self,
        by: EmployeeId,
        action: &'static str,
        object_kind: &'static str,
        object_id: Uuid,
        before: Option<serde_json::Value>,
        after: Option<serde_json::Value>,
    ) {
        self.entries.push(audit::Entry { employee_id: Some(by.0), action, object_kind, object_id, before, after });
    }

    /// Where it stands, to come back to.
    #[must_use]
    pub const fn mark(&self) -> (usize, usize) {
        (self.entries.len(), self.events.len())
    }

    /// Forgets what came after a mark.
    pub fn back_to(&mut self, (entries, events): (usize, usize)) {
        self.entries.truncate(entries);
        self.events.truncate(events);
    }

    /// Tells who sees a new client of it.
    async fn tell_new(&mut self, db: &mut PgConnection, client: &Client, what: What) -> sqlx::Result<()> {
        let levels: Vec<Uuid> = client.card.access_level_ids.iter().map(|id| id.0).collect();
        let key = (client.responsible, levels);
        let audience = match self.audiences.get(&key) {
            Some(known) => known.clone(),
            None => sight::audience(&mut *db, std::slice::from_ref(client)).await?,
        };
        self.events.push((what, audience.clone()));
        self.audiences.insert(key, audience);
        Ok(())
    }
}

impl Trail {
    /// Tells who sees the client of a contact.
    pub async fn tell_contact(&mut self, db: &mut PgConnection, contact: &Contact, owner: &Client) -> sqlx::Result<()> {
        let audience = match self.of_clients.get(&owner.id.0) {
            Some(known) => known.clone(),
            None => sight::audience(db, std::slice::from_ref(owner)).await?,
        };
        self.events.push((contact_changed(contact), audience.clone()));
        self.of_clients.insert(owner.id.0, audience);
        Ok(())
    }
}

fn contact_changed(contact: &Contact) -> What {
    What::ContactChanged(ContactChanged {
        contact_id: contact.id.to_string(),
        client_id: contact.client.to_string(),
        revision: contact.revision.0.unsigned_abs(),
    })
}

/// Writes new clients with all that a client has from its beginning.
pub async fn clients_of(
    db: &mut PgConnection,
    by: EmployeeId,
    made: &[&Parsed],
    settings: &Settings,
    now: DateTime<Utc>,
    trail: &mut Trail,
) -> sqlx::Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    insert_clients(&mut *db, made).await?;
    insert_contacts(&mut *db, made.iter().filter_map(|one| one.contact.as_ref())).await?;
    set_main_contacts(&mut *db, made).await?;
    let own = made.iter().map(|one| (one.client.id, None, &one.client.addresses));
    let contacts = made.iter().filter_map(|one| Some((one.client.id, one.contact.as_ref()?)));
    let of_contacts = contacts.clone().map(|(client, contact)| (client, Some(contact.id), &contact.addresses));
    insert_addresses(&mut *db, own.chain(of_contacts)).await?;
    let own = made.iter().flat_map(|one| one.client.custom.iter().map(|value| (one.client.id.0, value)));
    let of_contacts = contacts.flat_map(|(_, contact)| contact.custom.iter().map(|value| (contact.id.0, value)));
    values::insert(&mut *db, &own.chain(of_contacts).collect::<Vec<_>>()).await?;
    if !settings.without_default_contract {
        let ids: Vec<Uuid> = made.iter().map(|one| one.client.id.0).collect();
        agreements::store::insert_defaults(&mut *db, &ids, now).await?;
    }
    for one in made {
        let mut client = one.client.clone();
        client.card.main_contact_id = one.contact.as_ref().map(|contact| contact.id);
        trail.audit(by, "client.create", "client", client.id.0, None, json(&client));
        trail.tell_new(&mut *db, &client, ops::changed(&client)).await?;
        if let Some(contact) = &one.contact {
            trail.audit(by, "contact.create", "contact", contact.id.0, None, json(contact));
            trail.tell_new(&mut *db, &client, contact_changed(contact)).await?;
        }
    }
    Ok(())
}

/// A row of `crm.client` by its columns.
#[derive(serde::Serialize)]
struct ClientRow<'a> {
    client_id: ClientId,
    created_at: DateTime<Utc>,
    #[serde(flatten)]
    record: clients::Record<'a>,
}

/// The main contact comes later: each needs the other.
async fn insert_clients(db: impl PgExecutor<'_>, made: &[&Parsed]) -> sqlx::Result<()> {
    let row = |one: &&'_ Parsed| {
        let (client_id, created_at) = (one.client.id, one.client.created_at);
        serde_json::to_value(ClientRow { client_id, created_at, record: clients::Record::of(&one.client) })
    };
    let rows: Vec<serde_json::Value> = made.iter().filter_map(|one| row(one).ok()).collect();
    sqlx::query!(
        "insert into crm.client (client_id, request_sha256, created_at, revision, name, search_name, kind,
             responsible_employee_id, comment, updated_at, archived_at, working_name, search_working_name, surname, given_name,
             patronymic, sex, birthday, remind_birthday, inn, kpp, ogrn, okpo, registered_on, industry_id, more_industries,
             segment_id, headcount_id, workplaces_id, region_id, holding_id, importance, work_status, solvency, relations,
             unsubscribed, takes_surveys, founder, bank_accounts, extras, tag_ids, access_level_ids)
         select r.client_id, '', r.created_at, r.revision, r.name, r.search_name, r.kind,
             r.responsible_employee_id, r.comment, r.updated_at, r.archived_at, r.working_name, r.search_working_name, r.surname,
             r.given_name, r.patronymic, r.sex, r.birthday, r.remind_birthday, r.inn, r.kpp, r.ogrn, r.okpo, r.registered_on,
             r.industry_id, r.more_industries, r.segment_id, r.headcount_id, r.workplaces_id, r.region_id, r.holding_id,
             r.importance, r.work_status, r.solvency, r.relations, r.unsubscribed, r.takes_surveys, r.founder, r.bank_accounts,
             r.extras, r.tag_ids, r.access_level_ids
         from jsonb_populate_recordset(null::crm.client, $1) r",
        Json(rows) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(serde::Serialize)]
struct ContactRow<'a> {
    contact_id: ContactId,
    client_id: ClientId,
    author_employee_id: Option<EmployeeId>,
    created_at: DateTime<Utc>,
    #[serde(flatten)]
    record: contacts::Record<'a>,
}

pub async fn insert_contacts<'a>(db: impl PgExecutor<'_>, made: impl Iterator<Item = &'a Contact>) -> sqlx::Result<()> {
    let row = |contact: &Contact| {
        let row = ContactRow {
            contact_id: contact.id,
            client_id: contact.client,
            author_employee_id: contact.author,
            created_at: contact.created_at,
            record: contacts::Record::of(contact),
        };
        serde_json::to_value(row).ok()
    };
    let rows: Vec<serde_json::Value> = made.filter_map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into crm.contact (contact_id, client_id, author_employee_id, request_sha256, created_at, revision, name,
             search_name, updated_at, archived_at, surname, given_name, patronymic, sex, position_id, role_id, state, key_person,
             business_owner, influences, interests, birthday, remind_birthday, linked_from, linked_until, unsubscribed, comment)
         select r.contact_id, r.client_id, r.author_employee_id, '', r.created_at, r.revision, r.name,
             r.search_name, r.updated_at, r.archived_at, r.surname, r.given_name, r.patronymic, r.sex, r.position_id, r.role_id,
             r.state, r.key_person, r.business_owner, r.influences, r.interests, r.birthday, r.remind_birthday, r.linked_from,
             r.linked_until, r.unsubscribed, r.comment
         from jsonb_populate_recordset(null::crm.contact, $1) r",
        Json(rows) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn set_main_contacts(db: impl PgExecutor<'_>, made: &[&Parsed]) -> sqlx::Result<()> {
    let both = made.iter().filter_map(|one| Some((one.client.id.0, one.contact.as_ref()?.id.0)));
    let (clients, contacts): (Vec<Uuid>, Vec<Uuid>) = both.unzip();
    if clients.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update crm.client c set main_contact_id = m.contact_id
         from unnest($1::uuid[], $2::uuid[]) as m(client_id, contact_id) where c.client_id = m.client_id",
        &clients,
        &contacts
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_addresses<'a>(
    db: impl PgExecutor<'_>,
    all: impl Iterator<Item = (ClientId, Option<ContactId>, &'a Vec<Address>)>,
) -> sqlx::Result<()> {
    let (mut owners, mut contacts, mut places, mut kinds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut normalized, mut values, mut mains) = (Vec::new(), Vec::new(), Vec::new());
    for (client, contact, addresses) in all {
        for (place, address) in (1_i16..).zip(addresses) {
            owners.push(client.0);
            contacts.push(contact.map(Uuid::from));
            places.push(place);
            kinds.push(address_number(address.kind));
            normalized.push(address.normalized.clone());
            values.push(address.value.clone());
            mains.push(address.is_main);
        }
    }
    if owners.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into crm.address (client_id, contact_id, place, kind, normalized, value, is_main)
         select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::bool[])",
        &owners,
        &contacts as &[Option<Uuid>],
        &places,
        &kinds,
        &normalized,
        &values,
        &mains
    )
    .execute(db)
    .await?;
    Ok(())
}
