//! What the rows and columns of an import mean, and what else each of its clients gets.

use std::collections::HashSet;

use model::{AccessLevelId, DirectoryEntryId, EmployeeId};

use super::target::{Target, What};
use crate::{
    cards::{
        fields::{Field, Reference, Type},
        values::Object,
    },
    clients::domain::{AddressKind, Kind},
    error::{Fault, Missing},
};

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Mapping {
    pub columns: Vec<Place>,
    /// The first row is one.
    pub heading: bool,
    /// Of those rows that do not say it; `None`: by what they hold.
    pub company: Option<bool>,
    pub responsible: Option<EmployeeId>,
    pub relations: Vec<i16>,
    pub tags: Vec<DirectoryEntryId>,
    pub levels: Vec<AccessLevelId>,
    pub doubles: Doubles,
    pub skip_unknown: bool,
    pub rows: Rows,
    /// Of contacts: their clients are not made.
    pub known_clients: bool,
}

/// What a row is: `okno.crm.v1.ImportRowKind`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    #[default]
    Clients,
    Contacts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    pub column: usize,
    pub target: Target,
}

/// What becomes of rows whose client seems to be there: `okno.crm.v1.ImportDoubles`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubles {
    #[default]
    LeaveOut,
    Fill,
    Make,
}

const COLUMNS: &str = "mapping.columns";

impl Mapping {
    /// Columns of a file of this width, each once; targets that take one column named once; custom fields that can be read from text.
    ///
    /// # Errors
    /// [`Fault::Invalid`], [`Fault::Missing`].
    pub fn checked(mut self, width: usize, fields: &[Field]) -> Result<Self, Fault> {
        let (mut columns, mut targets) = (HashSet::new(), HashSet::new());
        for Place { column, target } in &self.columns {
            if *column >= width || !columns.insert(*column) {
                return Err(Fault::invalid(COLUMNS, "name a column twice, or one that the file has not"));
            }
            if !targets.insert(*target) && !target.many() {
                return Err(Fault::invalid(
                    COLUMNS,
                    "fill a field from two columns; only addresses, tags, levels and relations may be",
                ));
            }
            let What::Custom(id) = target.what else { continue };
            let object = if target.contact { Object::Contact } else { Object::Client };
            let field = fields.iter().find(|field| field.id.0 == id && field.object == object);
            let field = field.ok_or(Fault::Missing { field: COLUMNS, what: Missing::CustomField })?;
            if field.kind == Type::Reference && field.reference == Some(Reference::Client) {
                return Err(Fault::invalid(
                    COLUMNS,
                    "fill a field that refers to clients; that cannot be read from a name",
                ));
            }
        }
        self.columns.sort_by_key(|place| place.column);
        if self.tags.len() > 50 || self.levels.len() > 50 {
            return Err(Fault::invalid("mapping.tag_ids", "must be at most 50, as access levels"));
        }
        Ok(self)
    }

    /// # Errors
    /// [`Fault::Invalid`] when no row could ever have a name, or of contacts say whose it is.
    pub fn must_name(&self) -> Result<(), Fault> {
        let names = |contact: bool| self.has(contact, &["name", "surname", "given_name", "patronymic"]);
        match self.rows {
            Rows::Clients if names(false) => Ok(()),
            Rows::Contacts if names(true) && (names(false) || self.has(false, &["inn"])) => Ok(()),
            Rows::Contacts if names(true) => {
                Err(Fault::invalid("mapping", "has no column that says whose contacts they are; choose one"))
            }
            Rows::Clients | Rows::Contacts => Err(Fault::invalid("mapping", "has no column for the name; choose one")),
        }
    }

    fn has(&self, contact: bool, fields: &[&str]) -> bool {
        let is = |Place { target, .. }: &Place| {
            target.contact == contact && matches!(target.what, What::Field(name) if fields.contains(&name))
        };
        self.columns.iter().any(is)
    }

    /// What a client is where its row does not say it: companies have a KPP, an INN of 10 digits, or a legal form before their name.
    #[must_use]
    pub fn kind_of(&self, name: &str, inn: &str, kpp: &str) -> Kind {
        const FORMS: [&str; 17] = [
            "ооо", "ао", "оао", "зао", "пао", "нко", "ано", "гуп", "муп", "фгуп", "фгбу", "гбу", "мбу", "тоо", "ltd",
            "llc", "gmbh",
        ];
        let formed = || {
            let lower = name.to_lowercase();
            lower.split(|c: char| !c.is_alphanumeric()).any(|word| FORMS.contains(&word))
        };
        let company = self.company.unwrap_or_else(|| !kpp.is_empty() || inn.len() == 10 || inn.is_empty() && formed());
        if company { Kind::Company } else { Kind::Person }
    }
}

/// The kind under which a shared target is split into several values.
#[must_use]
pub fn parts(target: Target, cell: &str) -> Vec<&str> {
    let split: fn(char) -> bool = match target.what {
        What::Address(AddressKind::Phone) => |c| matches!(c, ';' | ',' | '\n'),
        What::Address(AddressKind::Email | AddressKind::Site) => |c| matches!(c, ';' | ',') || c.is_whitespace(),
        What::Address(AddressKind::Postal) => |c| c == '\n',
        What::Address(_) | What::Levels => |c| matches!(c, ';' | ',' | '\n'),
        What::Field("tags" | "relations") => |c| matches!(c, ';' | ',' | '\n'),
        _ => |_| false,
    };
    cell.split(split).map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(columns: &[(usize, &str)]) -> Mapping {
        let place = |(column, target): &(usize, &str)| Place { column: *column, target: Target::read(target).unwrap() };
        Mapping { columns: columns.iter().map(place).collect(), ..Mapping::default() }
    }

    #[test]
    fn a_mapping_fits_its_file() {
        assert!(mapping(&[(0, "name"), (1, "addresses:phone"), (2, "addresses:phone")]).checked(3, &[]).is_ok());
        assert!(mapping(&[(0, "name"), (0, "inn")]).checked(3, &[]).is_err());
        assert!(mapping(&[(0, "name"), (1, "name")]).checked(3, &[]).is_err());
        assert!(mapping(&[(3, "name")]).checked(3, &[]).is_err());
        let custom = format!("custom_values:{}", uuid::Uuid::now_v7());
        assert!(mapping(&[(0, custom.as_str())]).checked(1, &[]).is_err());
        assert!(mapping(&[(0, "inn"), (1, "contact.name")]).must_name().is_err());
        assert!(mapping(&[(0, "surname")]).must_name().is_ok());
        let people =
            |columns: &[(usize, &str)]| Mapping { rows: Rows::Contacts, ..mapping(columns) }.must_name().is_ok();
        assert!(people(&[(0, "inn"), (1, "contact.name")]) && people(&[(0, "name"), (1, "contact.surname")]));
        assert!(!people(&[(0, "name"), (1, "inn")]) && !people(&[(0, "contact.name"), (1, "comment")]));
    }

    #[test]
    fn companies_are_told_from_people() {
        let kind = |name, inn, kpp| Mapping::default().kind_of(name, inn, kpp);
        assert_eq!(kind("ООО «Ромашка»", "", ""), Kind::Company);
        assert_eq!(kind("Ромашка", "7707083893", ""), Kind::Company);
        assert_eq!(kind("Иванов Иван", "", ""), Kind::Person);
        assert_eq!(kind("Иванов", "500100732259", ""), Kind::Person);
        let people = Mapping { company: Some(false), ..Mapping::default() };
        assert_eq!(people.kind_of("ООО", "7707083893", ""), Kind::Person);
    }
}
