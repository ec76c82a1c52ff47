//! Translates ContactService; decides nothing.

use contracts::{
    crm::{
        self, ArchiveContactRequest, ArchiveContactResponse, ContactInfluence, ContactState, CreateContactRequest,
        CreateContactResponse, GetContactRequest, GetContactResponse, ListContactsRequest, ListContactsResponse,
        RestoreContactRequest, RestoreContactResponse, Sex, UpdateContactRequest, UpdateContactResponse,
        contact_service_server::ContactService,
    },
    org::AccessKind,
};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    domain::{Contact, Draft, KeyEvent, NewContact, Person},
    ops,
    store::Asked,
};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_hash, request_id, required, seen},
    cards::values,
    change::Db,
    clients::message::{address_message, addresses, each_known, id_text, iso, known},
    clock::now,
    duplicates::{By, before_create_contact},
    text::{self, like_escaped, search_form},
};

const CHANGEABLE: [&str; 20] = [
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "position_id",
    "role_id",
    "state",
    "key_person",
    "business_owner",
    "influences",
    "interests",
    "birthday",
    "remind_birthday",
    "linked_from",
    "linked_until",
    "key_events",
    "unsubscribed",
    "addresses",
    "comment",
    "custom_values",
];

pub struct ContactGrpc {
    pub db: Db,
}

#[async_trait]
impl ContactService for ContactGrpc {
    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = (&request.client_id, &request.query, request.with_archived);
        let query = rpc::Fingerprint::of("ListContacts", &query);
        let name = search_form(&text::optional_line("query", &request.query, 200)?);
        if name.chars().count() == 1 {
            return Err(rpc::invalid_field("query", "must be empty, or at least 2 characters"));
        }
        let words = name.split(' ').filter(|word| !word.is_empty());
        let asked = Asked {
            client: parse_optional_id("client_id", &request.client_id)?,
            words: words.map(|word| format!("%{}%", like_escaped(word))).collect(),
            with_archived: request.with_archived,
            after: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let found = ops::list(&self.db, actor, &asked).await?;
        match asked.client {
            Some(client) => access_log::note(&self.db, &caller, Read::client(client).on()).await?,
            None => access_log::note_list(&self.db, &caller).await?,
        }
        let (page, next_page_token) = finish_page(found, size, &query, |c| (search_form(&c.name()), c.id.0));
        let contacts = page.into_iter().map(message).collect();
        Ok(Response::new(ListContactsResponse { contacts, next_page_token }))
    }

    async fn get_contact(&self, request: Request<GetContactRequest>) -> Result<Response<GetContactResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let (contact, _) = ops::open(&self.db, actor, parse_id("contact_id", &request.contact_id)?).await?;
        let read = Read::of(AccessKind::Contact, contact.id.0, Some(contact.client.0));
        access_log::note(&self.db, &caller, read).await?;
        Ok(Response::new(GetContactResponse { contact: Some(message(contact)) }))
    }

    async fn create_contact(
        &self,
        request: Request<CreateContactRequest>,
    ) -> Result<Response<CreateContactResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let candidates = before_create_contact(&self.db, &By::of(&caller, actor), &request).await?;
        if !candidates.is_empty() {
            access_log::note_list(&self.db, &caller).await?;
            return Ok(Response::new(CreateContactResponse { contact: None, candidates }));
        }
        let contact = required("contact", request.contact)?;
        let new = NewContact {
            id: request_id(&request.request_id)?,
            client: parse_id("contact.client_id", &contact.client_id)?,
            request: hash,
            draft: draft(contact, &Mask::all(&CHANGEABLE))?,
            main: request.main,
        };
        let began = now();
        let contact = ops::create(&self.db, actor, new).await?;
        let read = Read::of(AccessKind::Contact, contact.id.0, Some(contact.client.0));
        access_log::note_old(&self.db, &caller, (began, contact.created_at), read).await?;
        Ok(Response::new(CreateContactResponse { contact: Some(message(contact)), candidates: Vec::new() }))
    }

    async fn update_contact(
        &self,
        request: Request<UpdateContactRequest>,
    ) -> Result<Response<UpdateContactResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let contact = required("contact", request.contact)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let (id, seen) = (parse_id("contact.contact_id", &contact.contact_id)?, seen(&contact.etag)?);
        let contact = ops::update(&self.db, actor, id, seen, draft(contact, &mask)?, &mask).await?;
        Ok(Response::new(UpdateContactResponse { contact: Some(message(contact)) }))
    }

    async fn archive_contact(
        &self,
        request: Request<ArchiveContactRequest>,
    ) -> Result<Response<ArchiveContactResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let id = parse_id("contact_id", &request.contact_id)?;
        let contact = ops::archive(&self.db, actor, id, seen(&request.etag)?, true).await?;
        Ok(Response::new(ArchiveContactResponse { contact: Some(message(contact)) }))
    }

    async fn restore_contact(
        &self,
        request: Request<RestoreContactRequest>,
    ) -> Result<Response<RestoreContactResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let id = parse_id("contact_id", &request.contact_id)?;
        let contact = ops::archive(&self.db, actor, id, seen(&request.etag)?, false).await?;
        Ok(Response::new(RestoreContactResponse { contact: Some(message(contact)) }))
    }
}

fn draft(contact: crm::Contact, fields: &Mask) -> Result<Draft, Status> {
    let entry = |field: &str, text: &str| fields.read_or_default(field, || parse_optional_id(field, text));
    let date = |field: &'static str, text: &str| fields.read_or_default(field, || Ok(text::date(field, text)?));
    let person = Person {
        sex: fields.read_or_default("sex", || known::<Sex>("sex", contact.sex))?,
        position_id: entry("position_id", &contact.position_id)?,
        role_id: entry("role_id", &contact.role_id)?,
        state: fields.read_or_default("state", || known::<ContactState>("state", contact.state))?,
        influences: fields
            .read_or_default("influences", || each_known::<ContactInfluence>("influences", &contact.influences))?,
        birthday: date("birthday", &contact.birthday)?,
        linked_from: date("linked_from", &contact.linked_from)?,
        linked_until: date("linked_until", &contact.linked_until)?,
        surname: contact.surname,
        given_name: contact.given_name,
        patronymic: contact.patronymic,
        key_person: contact.key_person,
        business_owner: contact.business_owner,
        interests: contact.interests,
        remind_birthday: contact.remind_birthday,
        unsubscribed: contact.unsubscribed,
        comment: contact.comment,
    };
    Ok(Draft {
        addresses: fields.read_or_default("addresses", || addresses(&contact.addresses))?,
        key_events: fields.read_or_default("key_events", || contact.key_events.iter().map(key_event).collect())?,
        custom: fields.read_or_default("custom_values", || values::from_contract(&contact.custom_values))?,
        person,
    })
}

fn key_event(event: &crm::KeyEvent) -> Result<KeyEvent, Status> {
    const FIELD: &str = "key_events";
    let days = i16::try_from(event.remind_days_before).ok().filter(|days| *days <= 365);
    let days = days.ok_or_else(|| rpc::invalid_field(FIELD, "remind at most 365 days before"))?;
    Ok(KeyEvent {
        kind_id: parse_optional_id(FIELD, &event.kind_id)?,
        on_date: text::date(FIELD, &event.date)?.ok_or_else(|| rpc::invalid_field(FIELD, "need a date each"))?,
        remind_days: event.remind.then_some(days),
        yearly: event.yearly,
        comment: event.comment.clone(),
    })
}

fn message(contact: Contact) -> crm::Contact {
    let name = contact.name();
    let event = |event: KeyEvent| crm::KeyEvent {
        kind_id: id_text(event.kind_id),
        date: event.on_date.to_string(),
        remind_days_before: event.remind_days.map(i16::unsigned_abs).unwrap_or_default().into(),
        remind: event.remind_days.is_some(),
        yearly: event.yearly,
        comment: event.comment,
    };
    let person = contact.person;
    crm::Contact {
        contact_id: contact.id.to_string(),
        etag: rpc::etag(contact.revision.0),
        client_id: contact.client.to_string(),
        name,
        surname: person.surname,
        given_name: person.given_name,
        patronymic: person.patronymic,
        sex: person.sex.into(),
        position_id: id_text(person.position_id),
        role_id: id_text(person.role_id),
        state: person.state.into(),
        key_person: person.key_person,
        business_owner: person.business_owner,
        influences: person.influences.iter().map(|number| i32::from(*number)).collect(),
        interests: person.interests,
        birthday: iso(person.birthday),
        remind_birthday: person.remind_birthday,
        linked_from: iso(person.linked_from),
        linked_until: iso(person.linked_until),
        key_events: contact.key_events.into_iter().map(event).collect(),
        unsubscribed: person.unsubscribed,
        addresses: contact.addresses.iter().filter_map(address_message).collect(),
        comment: person.comment,
        custom_values: values::to_contract(contact.custom),
        author_employee_id: id_text(contact.author),
        created_at: Some(timestamp(contact.created_at)),
        updated_at: Some(timestamp(contact.updated_at)),
        archived_at: contact.archived_at.map(timestamp),
        merged_into_contact_id: id_text(contact.merged_into),
    }
}
