//! A lead becomes a client, or part of one. Its contact points go along, and dialogs and requests follow them (rule A4).

use model::{ClientId, ContactId, LeadId};
use uuid::Uuid;

use super::{
    LeadError,
    domain::Lead,
    moves::Move,
    ops::{find_locked, open, write},
    store,
};
use crate::{
    change::{Actor, Change, Db, RequestHash, Revision},
    clients::{
        ClientError,
        card::Card,
        domain::{Address, Client, Draft, Kind, NewClient},
        link, ops as clients,
        sight::Sight,
        store as client_store,
    },
    clock::now,
    contacts::{
        domain::{Draft as ContactDraft, NewContact, Person},
        ops as contacts,
    },
};

/// What a conversion asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Becomes the id of a new client.
    pub id: Uuid,
    pub request: RequestHash,
    pub lead: LeadId,
    pub seen: Option<Revision>,
    /// The client that it joins; `None`: a new one.
    pub client: Option<ClientId>,
    /// Of a new client; `None`: as the lead says.
    pub kind: Option<Kind>,
}

/// Makes a client of a lead, or joins it to one. Repeated with the same request it returns what was made.
///
/// # Errors
/// [`LeadError::NotFound`], [`LeadError::State`], stale, and what clients and contacts refuse.
pub async fn convert(db: &Db, by: Actor, wanted: &Wanted) -> Result<(Lead, Client), LeadError> {
    let (_, sight) = open(db, by, wanted.lead).await?;
    if let Some(client) = wanted.client {
        clients::open(db, by, client).await?;
    }
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, wanted.lead, None).await?;
    if let Some(done) = repeat(&mut change, wanted, &before).await? {
        return Ok(done);
    }
    before.revision.must_be(wanted.seen)?;
    let step = if wanted.client.is_some() { Move::Join } else { Move::Convert };
    let mut after = before.moved(step, now())?;
    let (client, contact) = match wanted.client {
        Some(client) => join(&mut change, &sight, &before, client).await?,
        None => make(&mut change, &sight, &before, wanted).await?,
    };
    for point in &before.points {
        let point = link::find_point(&mut change, *point).await?;
        link::link_within(&mut change, &point, client, false).await?;
    }
    (after.client, after.contact) = (Some(client), contact);
    write(&mut change, "lead.convert", &before, &after).await?;
    store::set_conversion(change.db(), after.id, wanted.id, &wanted.request).await?;
    let done = both(&mut change, after.id, client).await?;
    change.commit().await?;
    Ok(done)
}

/// Whether this request did it already, before anything is asked of the repeat.
///
/// # Errors
/// What the database answers.
pub async fn is_done(db: &Db, wanted: &Wanted) -> Result<bool, LeadError> {
    Ok(store::conversion(&db.pool, wanted.lead).await?.is_some_and(|(id, _)| id == wanted.id))
}

async fn repeat(change: &mut Change<'_>, wanted: &Wanted, lead: &Lead) -> Result<Option<(Lead, Client)>, LeadError> {
    let Some((id, hash)) = store::conversion(change.db(), wanted.lead).await? else { return Ok(None) };
    let Some(client) = lead.client.filter(|_| id == wanted.id) else { return Ok(None) };
    wanted.request.must_be(&hash)?;
    Ok(Some(both(change, lead.id, client).await?))
}

async fn both(change: &mut Change<'_>, lead: LeadId, client: ClientId) -> Result<(Lead, Client), LeadError> {
    let lead = super::ops::find(change, lead).await?;
    Ok((lead, clients::find(change, client).await?))
}

/// The kind of client that a lead becomes.
#[must_use]
pub fn kind_of(lead: &Lead, wanted: Option<Kind>) -> Kind {
    let works = !lead.draft.company_name.is_empty();
    wanted.unwrap_or(if works { Kind::Company } else { lead.draft.kind })
}

/// The client that a lead becomes, without what contact points bring: they bring it anew.
#[must_use]
pub fn client_draft(lead: &Lead, kind: Kind) -> Draft {
    let of = &lead.draft;
    let person = kind == Kind::Person;
    let named = !of.company_name.is_empty() && !person;
    let part = |text: &String| if person { text.clone() } else { String::new() };
    Draft {
        name: if named { of.company_name.clone() } else { of.name.clone() },
        kind,
        addresses: if has_contact(lead, kind) { Vec::new() } else { typed(lead) },
        responsible: of.responsible,
        comment: of.comment.clone(),
        card: Card {
            surname: part(&of.surname),
            given_name: part(&of.given_name),
            patronymic: part(&of.patronymic),
            unsubscribed: of.unsubscribed,
            access_level_ids: of.levels.clone(),
            ..Card::default()
        },
        custom: Vec::new(),
    }
}

/// Whether a client of this kind gets a contact of the lead: a company does when somebody's name is known.
fn has_contact(lead: &Lead, client: Kind) -> bool {
    let of = &lead.draft;
    client == Kind::Company && (of.kind == Kind::Person || !of.full_name().is_empty())
}

fn typed(lead: &Lead) -> Vec<Address> {
    lead.draft.addresses.iter().filter(|one| one.brought_by.is_none()).cloned().collect()
}

async fn make(
    change: &mut Change<'_>,
    sight: &Sight,
    lead: &Lead,
    wanted: &Wanted,
) -> Result<(ClientId, Option<ContactId>), LeadError> {
    let kind = kind_of(lead, wanted.kind);
    let new = NewClient { id: ClientId(wanted.id), request: wanted.request.clone(), draft: client_draft(lead, kind) };
    let mut client = new.client(now())?;
    if !clients::add(change, sight, &mut client, &wanted.request).await? {
        return Err(crate::error::Fault::RequestReused.into()); // a client of this id was made otherwise
    }
    clients::tell(change, std::slice::from_ref(&client)).await?;
    let contact = if has_contact(lead, kind) { Some(add_contact(change, sight, lead, client.id).await?) } else { None };
    Ok((client.id, contact))
}

/// Joined to a company somebody becomes a contact; to a person their addresses are added.
async fn join(
    change: &mut Change<'_>,
    sight: &Sight,
    lead: &Lead,
    client: ClientId,
) -> Result<(ClientId, Option<ContactId>), LeadError> {
    let before = clients::find_locked(change, client, None).await?;
    if before.archived_at.is_some() {
        return Err(ClientError::Archived.into());
    }
    if has_contact(lead, before.kind) && !knows_all(change, lead, client).await? {
        return Ok((client, Some(add_contact(change, sight, lead, client).await?)));
    }
    let known = |one: &Address| before.addresses.iter().any(|a| (a.kind, &a.normalized) == (one.kind, &one.normalized));
    let added: Vec<_> =
        typed(lead).into_iter().filter(|one| !known(one)).map(|one| Address { is_main: false, ..one }).collect();
    if !added.is_empty() {
        clients::add_addresses(change, &before, &added).await?;
    }
    Ok((client, None))
}

/// Whether the client, or somebody of it, has every address of the lead: then nobody new is met.
async fn knows_all(change: &mut Change<'_>, lead: &Lead, client: ClientId) -> Result<bool, LeadError> {
    let addresses = typed(lead);
    Ok(!addresses.is_empty() && client_store::has_addresses(change.db(), client, &addresses).await?)
}

async fn add_contact(
    change: &mut Change<'_>,
    sight: &Sight,
    lead: &Lead,
    client: ClientId,
) -> Result<ContactId, LeadError> {
    let of = &lead.draft;
    let unnamed = of.full_name().is_empty();
    let person = Person {
        surname: of.surname.clone(),
        given_name: if unnamed { of.name.chars().take(100).collect() } else { of.given_name.clone() },
        patronymic: of.patronymic.clone(),
        unsubscribed: of.unsubscribed,
        ..Person::default()
    };
    let draft = ContactDraft { person, addresses: typed(lead), ..ContactDraft::default() };
    let request = RequestHash::of(lead.id.0.as_bytes());
    let new = NewContact { id: ContactId::new(), client, request, draft, main: false };
    Ok(contacts::add(change, sight, new).await?.id)
}
