//! Clients between the contract and the domain.

use chrono::{NaiveDate, Offset as _, Utc};
use contracts::crm::{
    self, BankAccount, ClientAddress, ClientExtra, ClientIndustry, ClientKind, ClientRelation, FieldChange, Importance,
    Sex, Solvency, WorkStatus,
};
use rpc::{parse_id, parse_ids, parse_optional_id, timestamp};
use tonic::Status;

use super::{
    card::{self, Card},
    domain::{Address, AddressKind, Client, Draft, Kind},
    history::Noted,
};
use crate::{caller::Mask, cards::values, text};

/// What may be written of a client.
pub const CHANGEABLE: [&str; 37] = [
    "name",
    "kind",
    "addresses",
    "responsible_employee_id",
    "comment",
    "working_name",
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "birthday",
    "remind_birthday",
    "inn",
    "kpp",
    "ogrn",
    "okpo",
    "registered_on",
    "main_contact_id",
    "industry_id",
    "more_industries",
    "segment_id",
    "headcount_id",
    "workplaces_id",
    "region_id",
    "importance",
    "work_status",
    "solvency",
    "relations",
    "unsubscribed",
    "takes_surveys",
    "founder",
    "tag_ids",
    "access_level_ids",
    "custom_values",
    "holding_id",
    "bank_accounts",
    "extras",
];

/// The fields that `fields` names; the others are left empty.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn draft(client: crm::Client, fields: &Mask) -> Result<Draft, Status> {
    let id = |field: &str, text: &str| fields.read_or_default(field, || parse_optional_id(field, text));
    let entry = |field: &str, text: &str| fields.read_or_default(field, || parse_optional_id(field, text));
    let date = |field: &'static str, text: &str| fields.read_or_default(field, || Ok(text::date(field, text)?));
    let card = Card {
        sex: fields.read_or_default("sex", || known::<Sex>("sex", client.sex))?,
        birthday: date("birthday", &client.birthday)?,
        registered_on: date("registered_on", &client.registered_on)?,
        main_contact_id: fields
            .read_or_default("main_contact_id", || parse_optional_id("main_contact_id", &client.main_contact_id))?,
        industry_id: entry("industry_id", &client.industry_id)?,
        more_industries: fields.read_or_default("more_industries", || industries(&client.more_industries))?,
        segment_id: entry("segment_id", &client.segment_id)?,
        headcount_id: entry("headcount_id", &client.headcount_id)?,
        workplaces_id: entry("workplaces_id", &client.workplaces_id)?,
        region_id: entry("region_id", &client.region_id)?,
        holding_id: entry("holding_id", &client.holding_id)?,
        importance: fields.read_or_default("importance", || known::<Importance>("importance", client.importance))?,
        work_status: fields
            .read_or_default("work_status", || known::<WorkStatus>("work_status", client.work_status))?,
        solvency: fields.read_or_default("solvency", || known::<Solvency>("solvency", client.solvency))?,
        relations: fields
            .read_or_default("relations", || each_known::<ClientRelation>("relations", &client.relations))?,
        bank_accounts: client.bank_accounts.into_iter().map(bank_account).collect(),
        extras: fields.read_or_default("extras", || client.extras.iter().map(extra).collect())?,
        tag_ids: fields.read_or_default("tag_ids", || parse_ids("tag_ids", &client.tag_ids, 50))?,
        access_level_ids: fields
            .read_or_default("access_level_ids", || parse_ids("access_level_ids", &client.access_level_ids, 50))?,
        working_name: client.working_name,
        surname: client.surname,
        given_name: client.given_name,
        patronymic: client.patronymic,
        remind_birthday: client.remind_birthday,
        inn: client.inn,
        kpp: client.kpp,
        ogrn: client.ogrn,
        okpo: client.okpo,
        unsubscribed: client.unsubscribed,
        takes_surveys: client.takes_surveys,
        founder: client.founder,
    };
    Ok(Draft {
        kind: if fields.has("kind") { kind(client.kind)? } else { Kind::Person },
        addresses: fields.read_or_default("addresses", || addresses(&client.addresses))?,
        responsible: id("responsible_employee_id", &client.responsible_employee_id)?,
        custom: fields.read_or_default("custom_values", || values::from_contract(&client.custom_values))?,
        name: client.name,
        comment: client.comment,
        card,
    })
}

fn kind(kind: i32) -> Result<Kind, Status> {
    match ClientKind::try_from(kind) {
        Ok(ClientKind::Person | ClientKind::Unspecified) => Ok(Kind::Person),
        Ok(ClientKind::Company) => Ok(Kind::Company),
        Err(_) => Err(rpc::invalid_field("client.kind", "is unknown")),
    }
}

/// The number of an enumeration that this version knows.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn known<E: TryFrom<i32>>(field: &str, number: i32) -> Result<i16, Status> {
    let small = E::try_from(number).ok().and_then(|_| i16::try_from(number).ok());
    small.ok_or_else(|| rpc::invalid_field(field, "is unknown"))
}

/// [`known`] for each, without those that are unspecified.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn each_known<E: TryFrom<i32>>(field: &str, numbers: &[i32]) -> Result<Vec<i16>, Status> {
    numbers.iter().filter(|number| **number != 0).map(|number| known::<E>(field, *number)).collect()
}

/// Addresses as people write them. What a contact point brought is there anyhow, so it is passed over unless it is marked.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn addresses(addresses: &[ClientAddress]) -> Result<Vec<Address>, Status> {
    let typed = addresses.iter().filter(|address| address.contact_point_id.is_empty() || address.is_main);
    typed.map(address).collect()
}

fn address(address: &ClientAddress) -> Result<Address, Status> {
    let kind = match crm::AddressKind::try_from(address.kind) {
        Ok(crm::AddressKind::Phone) => AddressKind::Phone,
        Ok(crm::AddressKind::Email) => AddressKind::Email,
        Ok(crm::AddressKind::Site) => AddressKind::Site,
        Ok(crm::AddressKind::Postal) => AddressKind::Postal,
        Ok(crm::AddressKind::Messenger) => AddressKind::Messenger,
        Ok(crm::AddressKind::Unspecified) | Err(_) => {
            return Err(rpc::invalid_field("addresses", "hold an unknown kind"));
        }
    };
    Ok(Address { is_main: address.is_main, ..Address::typed(kind, &address.value)? })
}

fn industries(industries: &[ClientIndustry]) -> Result<Vec<card::Industry>, Status> {
    const FIELD: &str = "more_industries";
    let read = |one: &ClientIndustry| {
        Ok(card::Industry {
            industry_id: parse_id(FIELD, &one.industry_id)?,
            responsible_employee_id: parse_optional_id(FIELD, &one.responsible_employee_id)?,
            contact_id: parse_optional_id(FIELD, &one.contact_id)?,
        })
    };
    industries.iter().map(read).collect()
}

fn bank_account(account: BankAccount) -> card::BankAccount {
    let BankAccount { number, bic, bank_name, correspondent_number, is_main } = account;
    card::BankAccount { number, bic, bank_name, correspondent_number, is_main }
}

fn extra(extra: &ClientExtra) -> Result<card::Extra, Status> {
    Ok(card::Extra {
        name: extra.name.clone(),
        value: extra.value.clone(),
        starts_on: text::date("extras", &extra.starts_on)?,
        ends_on: text::date("extras", &extra.ends_on)?,
    })
}

pub fn iso(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

pub fn id_text(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn texts(ids: &[impl ToString]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// `None` for what only helps to recognise.
pub fn address_message(address: &Address) -> Option<ClientAddress> {
    let kind = match address.kind {
        AddressKind::Phone => crm::AddressKind::Phone,
        AddressKind::Email => crm::AddressKind::Email,
        AddressKind::Site => crm::AddressKind::Site,
        AddressKind::Postal => crm::AddressKind::Postal,
        AddressKind::Messenger => crm::AddressKind::Messenger,
        AddressKind::Username => return None,
    };
    Some(ClientAddress {
        kind: kind.into(),
        value: address.value.clone(),
        display: address.display(),
        is_main: address.is_main,
        key: address.normalized.clone(),
        contact_point_id: id_text(address.brought_by),
    })
}

/// Minutes from UTC in a time zone, now.
fn utc_offset_minutes(time_zone: Option<&str>) -> i32 {
    let zone: Option<chrono_tz::Tz> = time_zone.and_then(|zone| zone.parse().ok());
    zone.map_or(0, |zone| Utc::now().with_timezone(&zone).offset().fix().local_minus_utc() / 60)
}

pub fn message(client: Client) -> crm::Client {
    let kind = match client.kind {
        Kind::Person => ClientKind::Person,
        Kind::Company => ClientKind::Company,
    };
    let card = client.card;
    let industry = |one: &card::Industry| ClientIndustry {
        industry_id: one.industry_id.to_string(),
        responsible_employee_id: id_text(one.responsible_employee_id),
        contact_id: id_text(one.contact_id),
    };
    let account = |account: card::BankAccount| {
        let card::BankAccount { number, bic, bank_name, correspondent_number, is_main } = account;
        BankAccount { number, bic, bank_name, correspondent_number, is_main }
    };
    let extra = |extra: card::Extra| ClientExtra {
        name: extra.name,
        value: extra.value,
        starts_on: iso(extra.starts_on),
        ends_on: iso(extra.ends_on),
    };
    crm::Client {
        client_id: client.id.to_string(),
        etag: rpc::etag(client.revision.0),
        kind: kind.into(),
        addresses: client.addresses.iter().filter_map(address_message).collect(),
        responsible_employee_id: id_text(client.responsible),
        created_at: Some(timestamp(client.created_at)),
        contact_point_ids: texts(&client.contact_points),
        name: client.name,
        comment: client.comment,
        working_name: card.working_name,
        surname: card.surname,
        given_name: card.given_name,
        patronymic: card.patronymic,
        sex: card.sex.into(),
        birthday: iso(card.birthday),
        remind_birthday: card.remind_birthday,
        inn: card.inn,
        kpp: card.kpp,
        ogrn: card.ogrn,
        okpo: card.okpo,
        registered_on: iso(card.registered_on),
        main_contact_id: id_text(card.main_contact_id),
        industry_id: id_text(card.industry_id),
        more_industries: card.more_industries.iter().map(industry).collect(),
        segment_id: id_text(card.segment_id),
        headcount_id: id_text(card.headcount_id),
        workplaces_id: id_text(card.workplaces_id),
        region_id: id_text(card.region_id),
        utc_offset_minutes: utc_offset_minutes(client.time_zone.as_deref()),
        time_zone: client.time_zone.unwrap_or_default(),
        importance: card.importance.into(),
        work_status: card.work_status.into(),
        solvency: card.solvency.into(),
        relations: card.relations.iter().map(|number| i32::from(*number)).collect(),
        unsubscribed: card.unsubscribed,
        takes_surveys: card.takes_surveys,
        founder: card.founder,
        has_photo: client.has_photo,
        tag_ids: texts(&card.tag_ids),
        access_level_ids: texts(&card.access_level_ids),
        custom_values: values::to_contract(client.custom),
        holding_id: id_text(card.holding_id),
        bank_accounts: card.bank_accounts.into_iter().map(account).collect(),
        extras: card.extras.into_iter().map(extra).collect(),
        updated_at: Some(timestamp(client.updated_at)),
        archived_at: client.archived_at.map(timestamp),
        merged_into_client_id: id_text(client.merged_into),
    }
}

pub fn change_message(noted: Noted) -> FieldChange {
    FieldChange {
        client_id: noted.client.to_string(),
        contact_id: id_text(noted.contact),
        field: noted.change.field,
        custom_field_id: id_text(noted.change.custom_field),
        old_values: noted.change.old,
        new_values: noted.change.new,
        employee_id: id_text(noted.employee),
        at: Some(timestamp(noted.at)),
    }
}
