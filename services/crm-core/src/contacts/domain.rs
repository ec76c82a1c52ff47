use chrono::{DateTime, NaiveDate, Utc};
use model::{ClientId, ContactId, DirectoryEntryId, EmployeeId};

use crate::{
    caller::Mask,
    cards::values::CustomValue,
    change::{RequestHash, Revision},
    clients::{
        card::full_name,
        domain::{Address, take},
        once_each,
    },
    error::Fault,
    text,
};

/// What people write of a contact. Named as the columns of `crm.contact`, through which it is written and read;
/// enumerations are numbers of `okno.crm.v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Person {
    pub surname: String,
    pub given_name: String,
    pub patronymic: String,
    pub sex: i16,
    pub position_id: Option<DirectoryEntryId>,
    pub role_id: Option<DirectoryEntryId>,
    pub state: i16,
    pub key_person: bool,
    pub business_owner: bool,
    pub influences: Vec<i16>,
    pub interests: String,
    pub birthday: Option<NaiveDate>,
    pub remind_birthday: bool,
    pub linked_from: Option<NaiveDate>,
    pub linked_until: Option<NaiveDate>,
    pub unsubscribed: bool,
    pub comment: String,
}

/// A day to remember.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyEvent {
    pub kind_id: Option<DirectoryEntryId>,
    pub on_date: NaiveDate,
    /// So many days before; `None`: no reminder.
    pub remind_days: Option<i16>,
    pub yearly: bool,
    pub comment: String,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Contact {
    pub id: ContactId,
    pub client: ClientId,
    pub revision: Revision,
    #[serde(flatten)]
    pub person: Person,
    pub addresses: Vec<Address>,
    pub key_events: Vec<KeyEvent>,
    pub custom: Vec<CustomValue>,
    pub author: Option<EmployeeId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
    /// The contact that stands for this one since they were merged.
    pub merged_into: Option<ContactId>,
}

#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub person: Person,
    pub addresses: Vec<Address>,
    pub key_events: Vec<KeyEvent>,
    pub custom: Vec<CustomValue>,
}

#[derive(Debug, Clone)]
pub struct NewContact {
    pub id: ContactId,
    pub client: ClientId,
    pub request: RequestHash,
    pub draft: Draft,
    /// Becomes the client's main contact.
    pub main: bool,
}

const WORKS: i16 = 1;

impl NewContact {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn contact(self, author: Option<EmployeeId>, now: DateTime<Utc>) -> Result<Contact, Fault> {
        let Draft { person, addresses, key_events, custom } = self.draft;
        let contact = Contact {
            id: self.id,
            client: self.client,
            revision: Revision(1),
            person,
            addresses,
            key_events,
            custom,
            author,
            created_at: now,
            updated_at: now,
            archived_at: None,
            merged_into: None,
        };
        contact.checked()
    }
}

impl Contact {
    /// Surname, given name and patronymic in one line.
    #[must_use]
    pub fn name(&self) -> String {
        full_name(&self.person.surname, &self.person.given_name, &self.person.patronymic)
    }

    /// The next version, with those fields of `from` that are named.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, from: Draft, fields: &Mask, now: DateTime<Utc>) -> Result<Self, Fault> {
        let mut to = Self { revision: self.revision.next(), updated_at: now, ..self.clone() };
        take!(to, from, fields,
            "addresses" => addresses, "key_events" => key_events, "custom_values" => custom,
            "surname" => person.surname, "given_name" => person.given_name, "patronymic" => person.patronymic,
            "sex" => person.sex, "position_id" => person.position_id, "role_id" => person.role_id,
            "state" => person.state, "key_person" => person.key_person, "business_owner" => person.business_owner,
            "influences" => person.influences, "interests" => person.interests, "birthday" => person.birthday,
            "remind_birthday" => person.remind_birthday, "linked_from" => person.linked_from,
            "linked_until" => person.linked_until, "unsubscribed" => person.unsubscribed, "comment" => person.comment,
        );
        to.checked()
    }

    /// In its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        let person = &mut self.person;
        person.surname = text::optional_line("surname", &person.surname, 100)?;
        person.given_name = text::optional_line("given_name", &person.given_name, 100)?;
        person.patronymic = text::optional_line("patronymic", &person.patronymic, 100)?;
        person.interests = text::paragraph("interests", &person.interests, 2_000)?;
        person.comment = text::paragraph("comment", &person.comment, 10_000)?;
        person.influences.sort_unstable();
        person.influences.dedup();
        if person.state == 0 {
            person.state = WORKS;
        }
        if let (Some(from), Some(until)) = (person.linked_from, person.linked_until)
            && until < from
        {
            return Err(Fault::invalid("linked_until", "must not be before linked_from"));
        }
        if self.key_events.len() > 20 {
            return Err(Fault::invalid("key_events", "must be at most 20"));
        }
        for event in &mut self.key_events {
            event.comment = text::optional_line("key_events", &event.comment, 300)?;
        }
        self.addresses = once_each(self.addresses)?;
        if self.name().is_empty() {
            return Err(Fault::invalid("surname", "must be filled, or the given name or patronymic"));
        }
        Ok(self)
    }
}
