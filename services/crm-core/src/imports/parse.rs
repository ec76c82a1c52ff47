//! A row of a file as a new client, or as a contact with its client, through the checks that each of them passes.

use chrono::{DateTime, Utc};
use contracts::crm::DirectoryKind;
use model::{ClientId, ContactId, EmployeeId};

use super::{
    lookup::{self, Bad, Lookup, Reason, chosen, date, yes},
    mapping::{Mapping, Place, Rows, parts},
    target::{Target, What},
};
use crate::{
    cards::values::{self, CustomValue},
    change::RequestHash,
    clients::{
        domain::{Address, Card, Client, Draft, Kind, NewClient},
        refs::Refs,
    },
    contacts::domain::{Contact, Draft as ContactDraft, NewContact, Person},
    error::Fault,
};

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// A target, or the rule by which somebody is the same.
    pub field: String,
    pub reason: Reason,
    pub value: String,
    pub text: String,
}

impl Problem {
    #[must_use]
    pub fn new(field: impl ToString, (reason, text): Bad, value: &str) -> Self {
        let value = value.chars().take(200).collect();
        Self { field: field.to_string(), reason, value, text: text.to_owned() }
    }
}

/// A new client and, where columns say so, its contact.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub client: Client,
    pub contact: Option<Contact>,
    /// Only an INN says which client it is: none can be made of it.
    pub unnamed: bool,
}

struct Reader<'a> {
    mapping: &'a Mapping,
    lookup: &'a Lookup,
    client: Draft,
    company: Option<bool>,
    contact: ContactDraft,
    problems: Vec<Problem>,
}

/// # Errors
/// Every problem of the row's cells, or what the domain refuses.
pub fn row(
    cells: &[String],
    mapping: &Mapping,
    lookup: &Lookup,
    author: Option<EmployeeId>,
    now: DateTime<Utc>,
) -> Result<Parsed, Vec<Problem>> {
    let card = Card {
        relations: mapping.relations.clone(),
        tag_ids: mapping.tags.iter().copied().filter(|id| lookup.has(id.0)).collect(),
        access_level_ids: mapping.levels.iter().copied().filter(|id| lookup.has(id.0)).collect(),
        ..Card::default()
    };
    let client = Draft {
        name: String::new(),
        kind: Kind::Person,
        addresses: Vec::new(),
        responsible: mapping.responsible.filter(|id| lookup.has(id.0)),
        comment: String::new(),
        card,
        custom: Vec::new(),
    };
    let contact = ContactDraft::default();
    let mut reader = Reader { mapping, lookup, client, company: mapping.company, contact, problems: Vec::new() };
    for Place { column, target } in &mapping.columns {
        let cell = cells.get(*column).map_or("", |cell| unguarded(cell.trim()));
        if !cell.is_empty() {
            reader.cell(*target, cell);
        }
    }
    reader.finish(author, now)
}

/// Without the mark that our exports, and Excel, put before what is no formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

impl Reader<'_> {
    fn cell(&mut self, target: Target, cell: &str) {
        for part in parts(target, cell) {
            let read =
                if target.contact { self.of_contact(target.what, part) } else { self.of_client(target.what, part) };
            match read {
                Err((Reason::Unknown | Reason::Ambiguous, _)) if self.mapping.skip_unknown => {}
                Err(bad) => self.problems.push(Problem::new(target, bad, part)),
                Ok(()) => {}
            }
        }
    }

    fn of_client(&mut self, what: What, cell: &str) -> Result<(), Bad> {
        let (lookup, draft) = (self.lookup, &mut self.client);
        let card = &mut draft.card;
        let text = || cell.to_owned();
        let entry = |kind| lookup.entry(kind, cell).map(Some);
        match what {
            What::Address(kind) => draft.addresses.push(address(kind, cell)?),
            What::Custom(field) => draft.custom.push(custom(lookup, field, cell)?),
            What::Responsible => draft.responsible = Some(lookup.employee(cell)?),
            What::Levels => card.access_level_ids.push(lookup.level(cell)?),
            What::Field("tags") => card.tag_ids.push(lookup.entry(DirectoryKind::Tag, cell)?),
            What::Field("kind") => self.company = Some(chosen("kind", cell)? == 2),
            What::Field("name") => draft.name = text(),
            What::Field("comment") => draft.comment = text(),
            What::Field("working_name") => card.working_name = text(),
            What::Field("surname") => card.surname = text(),
            What::Field("given_name") => card.given_name = text(),
            What::Field("patronymic") => card.patronymic = text(),
            What::Field("sex") => card.sex = chosen("sex", cell)?,
            What::Field("birthday") => card.birthday = Some(date(cell)?),
            What::Field("registered_on") => card.registered_on = Some(date(cell)?),
            What::Field("inn") => card.inn = with_zero(cell, &[9, 11]),
            What::Field("kpp") => card.kpp = with_zero(cell, &[8]),
            What::Field("ogrn") => card.ogrn = text(),
            What::Field("okpo") => card.okpo = with_zero(cell, &[7, 9]),
            What::Field("importance") => card.importance = chosen("importance", cell)?,
            What::Field("work_status") => card.work_status = chosen("work_status", cell)?,
            What::Field("solvency") => card.solvency = chosen("solvency", cell)?,
            What::Field("relations") => card.relations.push(chosen("relations", cell)?),
            What::Field("unsubscribed") => card.unsubscribed = yes(cell)?,
            What::Field("takes_surveys") => card.takes_surveys = yes(cell)?,
            What::Field("founder") => card.founder = yes(cell)?,
            What::Field("industry") => card.industry_id = entry(DirectoryKind::Industry)?,
            What::Field("segment") => card.segment_id = entry(DirectoryKind::Segment)?,
            What::Field("headcount") => card.headcount_id = entry(DirectoryKind::Headcount)?,
            What::Field("workplaces") => card.workplaces_id = entry(DirectoryKind::Workplaces)?,
            What::Field("region") => card.region_id = entry(DirectoryKind::Region)?,
            What::Field("holding") => card.holding_id = entry(DirectoryKind::Holding)?,
            What::Field(_) => {}
        }
        Ok(())
    }

    fn of_contact(&mut self, what: What, cell: &str) -> Result<(), Bad> {
        let (lookup, draft) = (self.lookup, &mut self.contact);
        let person = &mut draft.person;
        match what {
            What::Address(kind) => draft.addresses.push(address(kind, cell)?),
            What::Custom(field) => draft.custom.push(custom(lookup, field, cell)?),
            What::Field("name") => name(person, cell),
            What::Field("surname") => cell.clone_into(&mut person.surname),
            What::Field("given_name") => cell.clone_into(&mut person.given_name),
            What::Field("patronymic") => cell.clone_into(&mut person.patronymic),
            What::Field("sex") => person.sex = chosen("sex", cell)?,
            What::Field("birthday") => person.birthday = Some(date(cell)?),
            What::Field("position") => person.position_id = Some(lookup.entry(DirectoryKind::Position, cell)?),
            What::Field("role") => person.role_id = Some(lookup.entry(DirectoryKind::ContactRole, cell)?),
            What::Field("comment") => cell.clone_into(&mut person.comment),
            What::Field(_) | What::Responsible | What::Levels => {}
        }
        Ok(())
    }

    fn finish(mut self, author: Option<EmployeeId>, now: DateTime<Utc>) -> Result<Parsed, Vec<Problem>> {
        let people = self.mapping.rows == Rows::Contacts;
        let card = &self.client.card;
        if people && self.company.is_none() {
            self.company = Some(card.inn.len() != 12); // who has contacts is a company, unless the INN is a person's
        }
        let kind = Mapping { company: self.company, ..Mapping::default() };
        self.client.kind = kind.kind_of(&self.client.name, &card.inn, &card.kpp);
        if self.client.name.is_empty() {
            self.client.name = card.full_name(); // of an entrepreneur too
        }
        let person = &self.contact.person;
        let named = [&person.surname, &person.given_name, &person.patronymic].iter().any(|part| !part.is_empty());
        let unnamed = people && self.client.name.is_empty();
        if people {
            self.must_say_who(named);
        } else if !named {
            // A number without a name is the client's own.
            self.client.addresses.append(&mut self.contact.addresses);
        }
        let mut faults = self.check_custom();
        let (id, request) = (ClientId::new(), RequestHash::of(b""));
        let client = NewClient { id, request: request.clone(), draft: self.client }.client(now);
        let client = client.map_err(|error| faults.extend(error_of(&error, ""))).ok();
        let contact = named.then(|| {
            NewContact { id: ContactId::new(), client: id, request, draft: self.contact, main: true }
                .contact(author, now)
        });
        let contact = contact.transpose().map_err(|error| faults.extend(error_of(&error, "contact."))).ok();
        self.problems.extend(faults);
        match (client, contact, self.problems.is_empty()) {
            (Some(client), Some(contact), true) => Ok(Parsed { client, contact, unnamed }),
            _ => Err(self.problems),
        }
    }

    /// Of a contact: who it is, and whose. What stands in for a client's name lets the other cells be checked.
    fn must_say_who(&mut self, named: bool) {
        if !named {
            let bad = (Reason::Invalid, "must be filled, or the surname or given name");
            self.problems.push(Problem::new("contact.name", bad, ""));
        }
        if self.client.name.is_empty() {
            self.client.name.clone_from(&self.client.card.inn);
        }
        if self.client.name.is_empty() {
            let bad = (Reason::NoClient, "does not say whose contact it is; people by themselves are clients");
            self.problems.push(Problem::new("name", bad, ""));
            "?".clone_into(&mut self.client.name);
        }
    }

    /// What custom fields hold must fit them, as of a client that is typed in. Names were looked up among what there is.
    fn check_custom(&self) -> Vec<Problem> {
        let mut refs = Refs::default();
        let both = [("", &self.client.custom), ("contact.", &self.contact.custom)];
        let faults = both.into_iter().filter_map(|(before, values)| {
            let fault = values::fit(&self.lookup.fields, values, &mut refs).err()?;
            error_of(&fault, before)
        });
        faults.collect()
    }
}

fn error_of(fault: &Fault, before: &str) -> Option<Problem> {
    let (field, bad) = lookup::of_fault(fault)?;
    Some(Problem::new(format!("{before}{field}"), bad, ""))
}

fn address(kind: crate::clients::domain::AddressKind, cell: &str) -> Result<Address, Bad> {
    Address::typed(kind, cell).map_err(|error| match error {
        Fault::Invalid { problem, .. } => (Reason::Invalid, problem),
        _ => (Reason::Invalid, "cannot be read"),
    })
}

fn custom(lookup: &Lookup, field: uuid::Uuid, cell: &str) -> Result<CustomValue, Bad> {
    Ok(CustomValue { field: field.into(), value: lookup.custom(field, cell)? })
}

/// "Surname Given-name Patronymic"; a single word is a given name.
fn name(person: &mut Person, cell: &str) {
    let words: Vec<&str> = cell.split_whitespace().collect();
    match words.as_slice() {
        [given] => (*given).clone_into(&mut person.given_name),
        [surname, given, rest @ ..] => {
            (*surname).clone_into(&mut person.surname);
            (*given).clone_into(&mut person.given_name);
            person.patronymic = rest.join(" ");
        }
        [] => {}
    }
}

/// Spreadsheets take the zero at the beginning of a number away.
fn with_zero(cell: &str, short: &[usize]) -> String {
    let digits: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    let lost = digits.bytes().all(|b| b.is_ascii_digit()) && short.contains(&digits.len());
    if lost { format!("0{digits}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(columns: &[&str], cells: &[&str]) -> Result<Parsed, Vec<Problem>> {
        read_as(Rows::Clients, columns, cells)
    }

    fn read_as(rows: Rows, columns: &[&str], cells: &[&str]) -> Result<Parsed, Vec<Problem>> {
        let place = |(column, target): (usize, &&str)| Place { column, target: Target::read(target).unwrap() };
        let mapping = Mapping { columns: columns.iter().enumerate().map(place).collect(), rows, ..Mapping::default() };
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        row(&cells, &mapping, &Lookup::default(), None, Utc::now())
    }

    fn fields(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.field.as_str()).collect()
    }

    #[test]
    fn a_row_becomes_a_client_with_its_contact() {
        let columns = ["name", "inn", "addresses:phone", "contact.name", "contact.addresses:email", "relations"];
        let cells = [
            "ООО Ромашка",
            "7707083893",
            "'+7 999 000-00-01, 8 999 000-00-02",
            "Иванов Иван",
            "i@example.com",
            "покупатель",
        ];
        let Parsed { client, contact, .. } = read(&columns, &cells).unwrap();
        assert_eq!((client.name.as_str(), client.kind), ("ООО Ромашка", Kind::Company));
        assert_eq!(
            client.addresses.iter().map(|a| a.normalized.as_str()).collect::<Vec<_>>(),
            ["79990000001", "79990000002"]
        );
        assert_eq!(client.card.relations, [1]);
        let contact = contact.unwrap();
        assert_eq!((contact.person.surname.as_str(), contact.person.given_name.as_str()), ("Иванов", "Иван"));
        assert_eq!(contact.addresses[0].normalized, "i@example.com");
    }

    #[test]
    fn a_row_of_contacts_says_who_and_whose() {
        let columns = ["contact.name", "name", "inn", "contact.addresses:phone"];
        let read = |cells: &[&str]| read_as(Rows::Contacts, &columns, cells);
        let parsed = read(&["Иванов Иван", "Ромашка", "", "+7 999 000-00-01"]).unwrap();
        assert_eq!((parsed.client.kind, parsed.unnamed, parsed.client.addresses.len()), (Kind::Company, false, 0));
        assert!(read(&["Иванов Иван", "", "7707083893", ""]).is_ok_and(|one| one.unnamed));
        assert_eq!(fields(&read(&["", "Ромашка", "", "+7 999 000-00-01"]).unwrap_err()), ["contact.name"]);
        let alone = read(&["Иванов Иван", "", "", "нет"]).unwrap_err();
        assert_eq!(fields(&alone), ["contact.addresses:phone", "name"]);
        assert_eq!(alone[1].reason, Reason::NoClient);
    }

    #[test]
    fn every_bad_cell_of_a_row_is_told() {
        let columns = ["name", "addresses:phone", "birthday", "region", "contact.name", "contact.position"];
        let problems = read(&columns, &["Иванов", "нет", "вчера", "Луна", "Петр", "Директор"]).unwrap_err();
        assert_eq!(fields(&problems), ["addresses:phone", "birthday", "region", "contact.position"]);
        assert_eq!(problems[2].reason, Reason::Unknown);
        assert_eq!(fields(&read(&["name", "inn"], &["", "7707083893"]).unwrap_err()), ["name"]);
        assert_eq!(fields(&read(&["name", "inn"], &["Ромашка", "7707083894"]).unwrap_err()), ["inn"]);
    }

    #[test]
    fn numbers_get_back_the_zero_that_spreadsheets_take() {
        let client = read(&["name", "inn", "kpp"], &["Ромашка", "500100732259", "77301001"]).unwrap().client;
        assert_eq!((client.card.inn.as_str(), client.card.kpp.as_str()), ("500100732259", "077301001"));
        assert_eq!(with_zero("701234567", &[9, 11]), "0701234567");
    }

    #[test]
    fn a_number_without_a_name_is_the_client_s() {
        let parsed = read(&["name", "contact.addresses:phone"], &["Ромашка", "+7 999 000-00-03"]).unwrap();
        assert!(parsed.contact.is_none());
        assert_eq!(parsed.client.addresses.len(), 1);
    }
}
