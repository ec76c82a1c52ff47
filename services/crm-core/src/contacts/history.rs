//! Which fields of contacts may be versioned, and their values.

use super::domain::Contact;
use crate::{
    cards::{settings::Settings, values},
    clients::history::{FieldChange, Values, all, fields, flag, number, optional, text},
};

/// As in an update mask.
pub const CONTACT_FIELDS: [&str; 19] = [
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
    "linked_from",
    "linked_until",
    "unsubscribed",
    "comment",
    "addresses",
    "key_events",
    "archived_at",
];

fn value_of(contact: &Contact, field: &str) -> Values {
    let person = &contact.person;
    match field {
        "surname" => text(&person.surname),
        "given_name" => text(&person.given_name),
        "patronymic" => text(&person.patronymic),
        "sex" => number(person.sex),
        "position_id" => optional(person.position_id),
        "role_id" => optional(person.role_id),
        "state" => number(person.state),
        "key_person" => flag(person.key_person),
        "business_owner" => flag(person.business_owner),
        "influences" => all(&person.influences),
        "interests" => text(&person.interests),
        "birthday" => optional(person.birthday),
        "linked_from" => optional(person.linked_from),
        "linked_until" => optional(person.linked_until),
        "unsubscribed" => flag(person.unsubscribed),
        "comment" => text(&person.comment),
        "addresses" => contact.addresses.iter().map(|address| address.display()).collect(),
        "key_events" => contact.key_events.iter().map(|event| event.on_date.to_string()).collect(),
        "archived_at" => optional(contact.archived_at.map(|at| at.to_rfc3339())),
        _ => Vec::new(),
    }
}

/// What differs between two versions, of what the company versions.
#[must_use]
pub fn between(before: &Contact, after: &Contact, settings: &Settings) -> Vec<FieldChange> {
    let mut changes =
        fields(&settings.versioned_contact_fields, |field| (value_of(before, field), value_of(after, field)));
    changes.extend(values::changes(&before.custom, &after.custom, &settings.versioned_custom_fields));
    changes
}
