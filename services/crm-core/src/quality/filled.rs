//! Whether a field of a card is filled: there is something in it, and it is what the field is for.

use model::{Email, Phone};
use uuid::Uuid;

use super::score::says_something;
use crate::{
    cards::values::{CustomValue, Value},
    clients::{
        domain::{Address, AddressKind, Client},
        requisites,
    },
    contacts::domain::Contact,
};

/// What may be required as contact data, of clients and contacts alike.
pub const ADDRESS_FIELDS: [&str; 5] =
    ["addresses:phone", "addresses:email", "addresses:messenger", "addresses:site", "addresses:postal"];

/// What may be required of a client's portrait, beside its custom fields.
pub const CLIENT_FIELDS: [&str; 26] = [
    "working_name",
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "birthday",
    "inn",
    "kpp",
    "ogrn",
    "okpo",
    "registered_on",
    "responsible_employee_id",
    "main_contact_id",
    "industry_id",
    "segment_id",
    "headcount_id",
    "workplaces_id",
    "region_id",
    "holding_id",
    "importance",
    "work_status",
    "solvency",
    "relations",
    "bank_accounts",
    "tag_ids",
    "comment",
];

/// What may be required of a contact's portrait, beside its custom fields.
pub const CONTACT_FIELDS: [&str; 11] = [
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "position_id",
    "role_id",
    "influences",
    "interests",
    "birthday",
    "key_events",
    "comment",
];

/// The custom field that a requirement names.
#[must_use]
pub fn custom_field(field: &str) -> Option<Uuid> {
    field.strip_prefix("custom_values:")?.parse().ok()
}

#[must_use]
pub fn of_client(client: &Client, field: &str) -> bool {
    let card = &client.card;
    match field {
        "working_name" => says_something(&card.working_name),
        "surname" => says_something(&card.surname),
        "given_name" => says_something(&card.given_name),
        "patronymic" => says_something(&card.patronymic),
        "comment" => says_something(&client.comment),
        "sex" => card.sex != 0,
        "importance" => card.importance != 0,
        "work_status" => card.work_status != 0,
        "solvency" => card.solvency != 0,
        "birthday" => card.birthday.is_some(),
        "registered_on" => card.registered_on.is_some(),
        "inn" => is_some_and_valid(&card.inn, requisites::inn),
        "kpp" => is_some_and_valid(&card.kpp, requisites::kpp),
        "ogrn" => is_some_and_valid(&card.ogrn, requisites::ogrn),
        "okpo" => is_some_and_valid(&card.okpo, requisites::okpo),
        "responsible_employee_id" => client.responsible.is_some(),
        "main_contact_id" => card.main_contact_id.is_some(),
        "industry_id" => card.industry_id.is_some(),
        "segment_id" => card.segment_id.is_some(),
        "headcount_id" => card.headcount_id.is_some(),
        "workplaces_id" => card.workplaces_id.is_some(),
        "region_id" => card.region_id.is_some(),
        "holding_id" => card.holding_id.is_some(),
        "relations" => !card.relations.is_empty(),
        "bank_accounts" => !card.bank_accounts.is_empty(),
        "tag_ids" => !card.tag_ids.is_empty(),
        other => address(&client.addresses, other) || custom(&client.custom, other),
    }
}

#[must_use]
pub fn of_contact(contact: &Contact, field: &str) -> bool {
    let person = &contact.person;
    match field {
        "surname" => says_something(&person.surname),
        "given_name" => says_something(&person.given_name),
        "patronymic" => says_something(&person.patronymic),
        "interests" => says_something(&person.interests),
        "comment" => says_something(&person.comment),
        "sex" => person.sex != 0,
        "position_id" => person.position_id.is_some(),
        "role_id" => person.role_id.is_some(),
        "influences" => !person.influences.is_empty(),
        "birthday" => person.birthday.is_some(),
        "key_events" => !contact.key_events.is_empty(),
        other => address(&contact.addresses, other) || custom(&contact.custom, other),
    }
}

fn is_some_and_valid<E>(text: &str, read: impl Fn(&str) -> Result<String, E>) -> bool {
    read(text).is_ok_and(|read| !read.is_empty())
}

fn address(addresses: &[Address], field: &str) -> bool {
    let Some(kind) = field.strip_prefix("addresses:") else { return false };
    addresses.iter().any(|address| match (kind, address.kind) {
        ("phone", AddressKind::Phone) => {
            Phone::parse(&address.value).or_else(|| Phone::parse(&format!("+{}", address.normalized))).is_some()
        }
        ("email", AddressKind::Email) => Email::parse(&address.value).is_some(),
        ("messenger", AddressKind::Messenger | AddressKind::Username)
        | ("site", AddressKind::Site)
        | ("postal", AddressKind::Postal) => says_something(&address.value),
        _ => false,
    })
}

fn custom(values: &[CustomValue], field: &str) -> bool {
    let Some(id) = custom_field(field) else { return false };
    values.iter().any(|one| {
        one.field.0 == id
            && match &one.value {
                Value::Text(text) => says_something(text),
                Value::Number(_) | Value::Date(_) | Value::Yes(_) | Value::Option(_) | Value::Reference(_) => true,
            }
    })
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use model::{ClientId, CustomFieldId};

    use super::*;
    use crate::{
        change::RequestHash,
        clients::domain::{Draft, Kind, NewClient},
    };

    fn client() -> Client {
        let draft = Draft {
            name: "Покупатель 1".into(),
            kind: Kind::Company,
            addresses: Vec::new(),
            responsible: None,
            comment: String::new(),
            card: crate::clients::domain::Card::default(),
            custom: Vec::new(),
        };
        NewClient { id: ClientId::new(), request: RequestHash::of(b"1"), draft }.client(Utc::now()).unwrap()
    }

    #[test]
    fn nothing_is_filled_in_an_empty_card() {
        let client = client();
        for field in ADDRESS_FIELDS.iter().chain(&CLIENT_FIELDS) {
            assert!(!of_client(&client, field), "{field}");
        }
    }

    #[test]
    fn what_is_not_valid_is_not_filled() {
        let mut client = client();
        let address = |kind, value: &str| Address {
            kind,
            normalized: value.to_owned(),
            value: value.to_owned(),
            is_main: false,
            brought_by: None,
        };
        // kind, a value that is none, one that is, the field
        let addresses = [
            (AddressKind::Phone, "call me", "+7 999 000-00-01", "addresses:phone"),
            (AddressKind::Email, "buyer", "buyer@example.com", "addresses:email"),
            (AddressKind::Site, "-", "example.com", "addresses:site"),
            (AddressKind::Postal, "нет", "Москва", "addresses:postal"),
            (AddressKind::Messenger, "—", "buyer_1", "addresses:messenger"),
        ];
        for (kind, bad, good, field) in addresses {
            client.addresses = vec![address(kind, bad)];
            assert!(!of_client(&client, field), "{field}: {bad}");
            client.addresses = vec![address(kind, good)];
            assert!(of_client(&client, field), "{field}: {good}");
            assert!(ADDRESS_FIELDS.iter().filter(|one| of_client(&client, one)).count() == 1, "only {field}");
        }
        for (inn, filled) in [("", false), ("-", false), ("9999000014", false), ("9999000013", true)] {
            client.card.inn = inn.into();
            assert_eq!(of_client(&client, "inn"), filled, "{inn}");
        }
        for (name, filled) in [("нет", false), ("Покупатель", true)] {
            client.card.working_name = name.into();
            assert_eq!(of_client(&client, "working_name"), filled, "{name}");
        }
        let field = CustomFieldId::new();
        let name = format!("custom_values:{field}");
        for (value, filled) in
            [(Value::Text("-".into()), false), (Value::Text("Касса".into()), true), (Value::Yes(false), true)]
        {
            client.custom = vec![CustomValue { field, value }];
            assert_eq!(of_client(&client, &name), filled);
        }
        assert!(!of_client(&client, &format!("custom_values:{}", CustomFieldId::new())));
    }
}
