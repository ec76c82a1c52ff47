use chrono::{DateTime, Utc};
use model::{AccessLevelId, ClientId, ContactId, ContactPointId, EmployeeId, LeadId};

use super::{
    LeadError,
    moves::{Move, State},
    visits::Did,
};
use crate::{
    caller::Mask,
    change::{RequestHash, Revision},
    clients::{
        card::full_name,
        domain::{Address, ContactPoint, Kind, take},
        once_each,
    },
    error::Fault,
    text,
};

/// What people write of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub kind: Kind,
    pub company_name: String,
    pub surname: String,
    pub given_name: String,
    pub patronymic: String,
    pub addresses: Vec<Address>,
    pub responsible: Option<EmployeeId>,
    pub channel: String,
    pub source: String,
    pub comment: String,
    pub unsubscribed: bool,
    pub levels: Vec<AccessLevelId>,
}

/// A lead as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    pub id: LeadId,
    pub revision: Revision,
    pub draft: Draft,
    pub state: State,
    pub decline_reason: String,
    pub repeats: Known,
    /// What it became.
    pub client: Option<ClientId>,
    pub contact: Option<ContactId>,
    /// The lead that has what this one had.
    pub merged_into: Option<LeadId>,
    pub points: Vec<ContactPointId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The last change by somebody, or the last that was written in its dialogs.
    pub active_at: DateTime<Utc>,
    /// Somebody wrote last and waits for our answer.
    pub waits: bool,
    /// What each rule about visits found, in the rules' order; empty where none were counted.
    pub did: Vec<Did>,
}

/// Who the same person is already: a client, or else an open lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    pub client: Option<ClientId>,
    pub lead: Option<LeadId>,
}

impl Known {
    #[must_use]
    pub const fn any(&self) -> bool {
        self.client.is_some() || self.lead.is_some()
    }
}

#[derive(Debug, Clone)]
pub struct NewLead {
    pub id: LeadId,
    pub request: RequestHash,
    pub draft: Draft,
}

impl NewLead {
    /// The first version, checked. What is missing is taken from the contact point.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn lead(self, point: Option<&ContactPoint>, now: DateTime<Utc>) -> Result<Lead, Fault> {
        let mut draft = self.draft;
        if let Some(point) = point {
            if draft.name.trim().is_empty() && draft.full_name().is_empty() {
                draft.name = point.display_name.chars().filter(|c| !c.is_control()).take(300).collect();
            }
            if draft.name.trim().is_empty() && draft.full_name().is_empty() {
                draft.name = point.address.chars().filter(|c| !c.is_control()).take(300).collect();
            }
            if draft.channel.trim().is_empty() {
                draft.channel.clone_from(&point.channel);
            }
        }
        draft.addresses = once_each(draft.addresses)?;
        Ok(Lead {
            id: self.id,
            revision: Revision(1),
            draft: draft.checked()?,
            state: State::New,
            decline_reason: String::new(),
            repeats: Known::default(),
            client: None,
            contact: None,
            merged_into: None,
            points: Vec::new(),
            created_at: now,
            updated_at: now,
            active_at: now,
            waits: false,
            did: Vec::new(),
        })
    }
}

impl Draft {
    /// Surname, given name and patronymic in one line.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.surname, &self.given_name, &self.patronymic)
    }

    /// What searches compare.
    #[must_use]
    pub fn search_name(&self) -> String {
        let full = self.full_name();
        let full = if full == self.name { "" } else { full.as_str() };
        text::search_form(&[self.name.as_str(), full, self.company_name.as_str()].join(" "))
    }

    /// In its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        self.surname = text::optional_line("surname", &self.surname, 100)?;
        self.given_name = text::optional_line("given_name", &self.given_name, 100)?;
        self.patronymic = text::optional_line("patronymic", &self.patronymic, 100)?;
        if self.name.trim().is_empty() && self.kind == Kind::Person {
            self.name = self.full_name();
        }
        self.name = text::line("name", &self.name, 300)?;
        self.company_name = text::optional_line("company_name", &self.company_name, 300)?;
        self.channel = text::optional_line("channel", &self.channel, 50)?;
        self.source = text::optional_line("source", &self.source, 200)?;
        self.comment = text::paragraph("comment", &self.comment, 10_000)?;
        self.levels.sort_unstable();
        self.levels.dedup();
        Ok(self)
    }
}

/// Takes over what the mask names, but for the addresses.
fn take_draft(to: &mut Draft, from: Draft, fields: &Mask) {
    take!(to, from, fields,
        "name" => name, "kind" => kind, "company_name" => company_name, "surname" => surname,
        "given_name" => given_name, "patronymic" => patronymic, "responsible_employee_id" => responsible,
        "channel" => channel, "source" => source, "comment" => comment, "unsubscribed" => unsubscribed,
        "access_level_ids" => levels,
    );
}

impl Lead {
    /// What it had went elsewhere: it is a record and is changed no more.
    ///
    /// # Errors
    /// [`LeadError::State`].
    pub const fn must_be_own(&self) -> Result<(), LeadError> {
        match self.client.is_some() || self.merged_into.is_some() {
            true => Err(LeadError::State(self.state)),
            false => Ok(()),
        }
    }

    /// The next version, with those fields of `from` that are named.
    ///
    /// # Errors
    /// [`LeadError::State`], [`Fault::Invalid`].
    pub fn changed(&self, mut from: Draft, fields: &Mask, now: DateTime<Utc>) -> Result<Self, LeadError> {
        self.must_be_own()?;
        let mut to = self.next(now);
        if fields.has("addresses") {
            // What contact points brought stays, unless somebody types it in too.
            let same = |one: &Address, other: &Address| (one.kind, &one.normalized) == (other.kind, &other.normalized);
            let brought = self.draft.addresses.iter().filter(|one| one.brought_by.is_some());
            let brought: Vec<_> =
                brought.filter(|one| !from.addresses.iter().any(|typed| same(typed, one))).cloned().collect();
            from.addresses.extend(brought);
            to.draft.addresses = once_each(std::mem::take(&mut from.addresses))?;
        }
        take_draft(&mut to.draft, from, fields);
        to.draft = to.draft.checked()?;
        Ok(to)
    }

    /// The same as the next version.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> Self {
        Self { revision: self.revision.next(), updated_at: now, active_at: now, ..self.clone() }
    }

    /// The next version, after a move.
    ///
    /// # Errors
    /// [`LeadError::State`].
    pub fn moved(&self, step: Move, now: DateTime<Utc>) -> Result<Self, LeadError> {
        let reopens = matches!(step, Move::Reopen { .. });
        if reopens {
            self.must_be_own()?;
        }
        let state = self.state.after(step).ok_or(LeadError::State(self.state))?;
        let decline_reason = if reopens { String::new() } else { self.decline_reason.clone() };
        Ok(Self { state, decline_reason, ..self.next(now) })
    }
}
