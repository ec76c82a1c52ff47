//! The fields of a client's card. Named as the columns of `crm.client`, through which they are written and read.

use std::collections::HashSet;

use chrono::NaiveDate;
use model::{AccessLevelId, ContactId, DirectoryEntryId, EmployeeId};

use super::requisites;
use crate::{error::Fault, text};

/// What there is beside name, kind, addresses, responsible person and comment. Enumerations are numbers of `okno.crm.v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Card {
    pub working_name: String,
    pub surname: String,
    pub given_name: String,
    pub patronymic: String,
    pub sex: i16,
    pub birthday: Option<NaiveDate>,
    pub remind_birthday: bool,
    pub inn: String,
    pub kpp: String,
    pub ogrn: String,
    pub okpo: String,
    pub registered_on: Option<NaiveDate>,
    pub main_contact_id: Option<ContactId>,
    pub industry_id: Option<DirectoryEntryId>,
    pub more_industries: Vec<Industry>,
    pub segment_id: Option<DirectoryEntryId>,
    pub headcount_id: Option<DirectoryEntryId>,
    pub workplaces_id: Option<DirectoryEntryId>,
    pub region_id: Option<DirectoryEntryId>,
    pub holding_id: Option<DirectoryEntryId>,
    pub importance: i16,
    pub work_status: i16,
    pub solvency: i16,
    pub relations: Vec<i16>,
    pub unsubscribed: bool,
    pub takes_surveys: bool,
    pub founder: bool,
    pub bank_accounts: Vec<BankAccount>,
    pub extras: Vec<Extra>,
    pub tag_ids: Vec<DirectoryEntryId>,
    pub access_level_ids: Vec<AccessLevelId>,
}

/// An industry beside the main one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Industry {
    pub industry_id: DirectoryEntryId,
    pub responsible_employee_id: Option<EmployeeId>,
    pub contact_id: Option<ContactId>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BankAccount {
    pub number: String,
    pub bic: String,
    pub bank_name: String,
    pub correspondent_number: String,
    pub is_main: bool,
}

/// What is known for a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Extra {
    pub name: String,
    pub value: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

const MOST_LABELS: usize = 50;

impl Card {
    /// Surname, given name and patronymic in one line.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.surname, &self.given_name, &self.patronymic)
    }

    /// In its stored form.
    ///
    /// # Errors
    /// [`Fault::Invalid`] naming the field.
    pub fn checked(mut self) -> Result<Self, Fault> {
        self.working_name = text::optional_line("working_name", &self.working_name, 300)?;
        self.surname = text::optional_line("surname", &self.surname, 100)?;
        self.given_name = text::optional_line("given_name", &self.given_name, 100)?;
        self.patronymic = text::optional_line("patronymic", &self.patronymic, 100)?;
        self.inn = requisites::inn(&self.inn)?;
        self.kpp = requisites::kpp(&self.kpp)?;
        self.ogrn = requisites::ogrn(&self.ogrn)?;
        self.okpo = requisites::okpo(&self.okpo)?;
        self.relations.sort_unstable();
        self.relations.dedup();
        self.tag_ids = distinct("tag_ids", self.tag_ids)?;
        self.access_level_ids = distinct("access_level_ids", self.access_level_ids)?;
        if self.more_industries.len() > 20 {
            return Err(Fault::invalid("more_industries", "must be at most 20"));
        }
        self.bank_accounts = bank_accounts(self.bank_accounts)?;
        self.extras = extras(self.extras)?;
        Ok(self)
    }
}

/// The parts of a person's name in one line.
#[must_use]
pub fn full_name(surname: &str, given_name: &str, patronymic: &str) -> String {
    let parts = [surname, given_name, patronymic].map(str::trim);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Each once, in their order.
fn distinct<T: Copy + Eq + std::hash::Hash>(field: &'static str, ids: Vec<T>) -> Result<Vec<T>, Fault> {
    let mut seen = HashSet::new();
    let ids: Vec<T> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
    if ids.len() > MOST_LABELS { Err(Fault::invalid(field, "must be at most 50")) } else { Ok(ids) }
}

fn bank_accounts(accounts: Vec<BankAccount>) -> Result<Vec<BankAccount>, Fault> {
    const FIELD: &str = "bank_accounts";
    if accounts.len() > 20 {
        return Err(Fault::invalid(FIELD, "must be at most 20"));
    }
    if accounts.iter().filter(|account| account.is_main).count() > 1 {
        return Err(Fault::invalid(FIELD, "may hold one main; take the mark off the others"));
    }
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let checked = |account: BankAccount| {
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let (number, bic) = (bare(&account.number), bare(&account.bic));
        let correspondent_number = bare(&account.correspondent_number);
        if !digits(&number, 20) || !digits(&bic, 9) {
            return Err(Fault::invalid(FIELD, "need a number of 20 digits and a BIC of 9"));
        }
        if !correspondent_number.is_empty() && !digits(&correspondent_number, 20) {
            return Err(Fault::invalid(FIELD, "have correspondent numbers of 20 digits, or none"));
        }
        let bank_name = text::optional_line(FIELD, &account.bank_name, 300)?;
        Ok(BankAccount { number, bic, bank_name, correspondent_number, is_main: account.is_main })
    };
    accounts.into_iter().map(checked).collect()
}

fn extras(extras: Vec<Extra>) -> Result<Vec<Extra>, Fault> {
    const FIELD: &str = "extras";
    if extras.len() > 50 {
        return Err(Fault::invalid(FIELD, "must be at most 50"));
    }
    let checked = |extra: Extra| {
        if let (Some(from), Some(to)) = (extra.starts_on, extra.ends_on)
            && to < from
        {
            return Err(Fault::invalid(FIELD, "must not end before they start"));
        }
        let (name, value) = (text::line(FIELD, &extra.name, 200)?, text::paragraph(FIELD, &extra.value, 1_000)?);
        Ok(Extra { name, value, ..extra })
    };
    extras.into_iter().map(checked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_field() {
        let account =
            |number: &str| BankAccount { number: number.into(), bic: "044525000".into(), ..Default::default() };
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let extra = Extra {
            name: "Касса".into(),
            starts_on: day("2026-02-01"),
            ends_on: day("2026-01-01"),
            ..Extra::default()
        };
        let bad = [
            (Card { inn: "1".into(), ..Card::default() }, "inn"),
            (Card { kpp: "1".into(), ..Card::default() }, "kpp"),
            (Card { ogrn: "1".into(), ..Card::default() }, "ogrn"),
            (Card { okpo: "1".into(), ..Card::default() }, "okpo"),
            (Card { surname: "а\nб".into(), ..Card::default() }, "surname"),
            (Card { bank_accounts: vec![account("1")], ..Card::default() }, "bank_accounts"),
            (Card { extras: vec![extra], ..Card::default() }, "extras"),
            (Card { tag_ids: (0..51).map(|_| DirectoryEntryId::new()).collect(), ..Card::default() }, "tag_ids"),
        ];
        for (card, wanted) in bad {
            assert!(matches!(card.checked(), Err(Fault::Invalid { field, .. }) if field == wanted), "{wanted}");
        }
    }

    #[test]
    fn labels_count_once() {
        let tag = DirectoryEntryId::new();
        let card = Card { tag_ids: vec![tag, tag], relations: vec![2, 1, 2], ..Card::default() }.checked().unwrap();
        assert_eq!((card.tag_ids, card.relations), (vec![tag], vec![1, 2]));
    }
}
