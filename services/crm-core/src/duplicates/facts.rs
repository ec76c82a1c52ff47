//! Clients and contacts of the contract as they are compared; what cannot be read does not match and is refused when it is stored.

use chrono::NaiveDate;
use contracts::crm::{self, AddressKind, ClientAddress};
use model::{ClientId, ContactId, Email, Phone};
use rpc::parse_optional_id;
use tonic::Status;
use uuid::Uuid;

use super::rules::Facts;

/// # Errors
/// INVALID_ARGUMENT for an id that is none.
pub fn client(client: &crm::Client) -> Result<Facts, Status> {
    let parts = [&client.surname, &client.given_name, &client.patronymic].map(String::as_str).join(" ");
    let names = [client.name.trim(), client.working_name.trim(), parts.trim()];
    Ok(Facts {
        id: parse_optional_id::<ClientId>("client.client_id", &client.client_id)?.map(Uuid::from).unwrap_or_default(),
        company: client.kind == i32::from(crm::ClientKind::Company),
        names: names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        inn: client.inn.clone(),
        kpp: client.kpp.clone(),
        birthday: day(&client.birthday),
        ..reached(&client.addresses)
    })
}

/// # Errors
/// INVALID_ARGUMENT for an id that is none.
pub fn contact(contact: &crm::Contact) -> Result<Facts, Status> {
    let id = parse_optional_id::<ContactId>("contact.contact_id", &contact.contact_id)?;
    let name = [&contact.surname, &contact.given_name, &contact.patronymic].map(String::as_str).join(" ");
    Ok(Facts {
        id: id.map(Uuid::from).unwrap_or_default(),
        names: Some(name.trim().to_owned()).filter(|name| !name.is_empty()).into_iter().collect(),
        birthday: day(&contact.birthday),
        ..reached(&contact.addresses)
    })
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn reached(addresses: &[ClientAddress]) -> Facts {
    let of = |kind: AddressKind| {
        let ours = addresses.iter().filter(move |address| address.kind == i32::from(kind));
        ours.map(|address| address.value.as_str())
    };
    Facts {
        phones: of(AddressKind::Phone).filter_map(|text| Some(Phone::parse(text)?.digits().to_owned())).collect(),
        emails: of(AddressKind::Email).filter_map(|text| Some(Email::parse(text)?.as_str().to_owned())).collect(),
        identities: of(AddressKind::Messenger).map(str::to_lowercase).collect(),
        ..Facts::default()
    }
}
