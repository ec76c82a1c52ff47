//! What cells name, by id: directories, employees, access levels, options of custom fields; read once for many rows.

use std::collections::{HashMap, HashSet};

use contracts::crm::DirectoryKind;
use model::{AccessLevelId, DirectoryEntryId, EmployeeId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    cards::{
        access,
        fields::{self, Field, Reference, Type},
        values::Value,
    },
    error::Fault,
    text::search_form,
};

/// Why a cell does not fill its field: `okno.crm.v1.ImportReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Invalid = 1,
    Unknown = 2,
    Ambiguous = 3,
    SameClient = 4,
    SameRow = 5,
    OutOfSight = 6,
    Archived = 7,
    Unsure = 8,
    NoClient = 9,
    SameContact = 10,
    OtherClient = 11,
    ClientOutOfSight = 12,
    ClientArchived = 13,
}

/// What is wrong with one cell.
pub type Bad = (Reason, &'static str);

pub const UNKNOWN: Bad = (Reason::Unknown, "names nothing that there is");
pub const AMBIGUOUS: Bad = (Reason::Ambiguous, "names several; say which by something that only one has");

/// Ids by names in their search form; `None` where several have it.
type Names = HashMap<String, Option<Uuid>>;

#[derive(Debug, Default)]
pub struct Lookup {
    entries: HashMap<(i16, String), Uuid>,
    /// By login, name and e-mail address.
    employees: Names,
    levels: Names,
    pub fields: Vec<Field>,
    /// What may be chosen.
    current: HashSet<Uuid>,
    /// Names of everything above, of what is archived too, for files that go out.
    names: HashMap<Uuid, String>,
}

impl Lookup {
    /// As of now.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn load(db: &mut PgConnection) -> sqlx::Result<Self> {
        let mut all = Self { fields: fields::list(&mut *db, None, false).await?, ..Self::default() };
        let entries = sqlx::query!(
            r#"select entry_id, kind, name, search_name, archived_at is null as "current!" from crm.directory_entry"#
        )
        .fetch_all(&mut *db)
        .await?;
        for row in entries {
            if row.current {
                all.entries.insert((row.kind, row.search_name), row.entry_id);
                all.current.insert(row.entry_id);
            }
            all.names.insert(row.entry_id, row.name);
        }
        let employees = sqlx::query!("select employee_id, name, login, email, dismissed from crm.employee")
            .fetch_all(&mut *db)
            .await?;
        for row in employees {
            let mut names = [&row.login, &row.name, &row.email].map(|name| search_form(name)).to_vec();
            names.retain(|name| !row.dismissed && !name.is_empty());
            names.sort();
            names.dedup();
            for name in names {
                all.employees.entry(name).and_modify(|id| *id = None).or_insert(Some(row.employee_id));
            }
            all.current.extend((!row.dismissed).then_some(row.employee_id));
            all.names.insert(row.employee_id, row.name);
        }
        for level in access::list(&mut *db, true).await? {
            if !level.archived {
                all.levels.insert(search_form(&level.name), Some(level.id.0));
                all.current.insert(level.id.0);
            }
            all.names.insert(level.id.0, level.name);
        }
        for option in all.fields.iter().flat_map(|field| &field.options) {
            all.names.insert(option.option_id, option.name.clone());
        }
        Ok(all)
    }

    /// How people call what has this id; empty when nobody does any more.
    #[must_use]
    pub fn name(&self, id: Uuid) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }

    /// # Errors
    /// [`Bad`].
    pub fn entry(&self, kind: DirectoryKind, name: &str) -> Result<DirectoryEntryId, Bad> {
        let kind = i16::try_from(i32::from(kind)).unwrap_or_default();
        self.entries.get(&(kind, search_form(name))).map(|id| DirectoryEntryId(*id)).ok_or(UNKNOWN)
    }

    /// # Errors
    /// [`Bad`].
    pub fn employee(&self, name: &str) -> Result<EmployeeId, Bad> {
        one_of(&self.employees, name).map(EmployeeId)
    }

    /// # Errors
    /// [`Bad`].
    pub fn level(&self, name: &str) -> Result<AccessLevelId, Bad> {
        one_of(&self.levels, name).map(AccessLevelId)
    }

    /// Whether this may still be chosen.
    #[must_use]
    pub fn has(&self, id: Uuid) -> bool {
        self.current.contains(&id)
    }

    /// The value of a custom field, as its type wants it.
    ///
    /// # Errors
    /// [`Bad`].
    pub fn custom(&self, field: Uuid, cell: &str) -> Result<Value, Bad> {
        let field = self
            .fields
            .iter()
            .find(|one| one.id.0 == field)
            .ok_or((Reason::Unknown, "is of a field that there is no longer"))?;
        Ok(match field.kind {
            Type::Text => Value::Text(cell.to_owned()),
            Type::Number => Value::Number(number(cell).ok_or((Reason::Invalid, "is no number"))?),
            Type::Date => Value::Date(date(cell)?),
            Type::YesNo => Value::Yes(yes(cell)?),
            Type::List => {
                let wanted = search_form(cell);
                let fits = field.options.iter().find(|option| !option.archived && search_form(&option.name) == wanted);
                Value::Option(fits.ok_or(UNKNOWN)?.option_id)
            }
            Type::Reference => Value::Reference(match field.reference {
                Some(Reference::Directory(kind)) => {
                    self.entry(DirectoryKind::try_from(i32::from(kind)).unwrap_or_default(), cell)?.0
                }
                Some(Reference::Employee) => self.employee(cell)?.0,
                Some(Reference::Client) | None => return Err(UNKNOWN),
            }),
        })
    }
}

fn one_of(names: &Names, name: &str) -> Result<Uuid, Bad> {
    match names.get(&search_form(name)) {
        Some(Some(id)) => Ok(*id),
        Some(None) => Err(AMBIGUOUS),
        None => Err(UNKNOWN),
    }
}

/// With a comma or a point, and spaces between thousands.
fn number(cell: &str) -> Option<f64> {
    let bare: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    bare.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite())
}

/// ISO, or day, month and year as Russian and English people write them.
///
/// # Errors
/// [`Bad`].
pub fn date(cell: &str) -> Result<chrono::NaiveDate, Bad> {
    use chrono::{Datelike as _, NaiveDate};
    let day = cell.split([' ', 'T']).next().unwrap_or_default();
    let read = |format| NaiveDate::parse_from_str(day, format).ok().filter(|day| (1000..=9999).contains(&day.year()));
    ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d"]
        .into_iter()
        .find_map(read)
        .ok_or((Reason::Invalid, "is no date; write it as 31.03.2026 or 2026-03-31"))
}

/// # Errors
/// [`Bad`].
pub fn yes(cell: &str) -> Result<bool, Bad> {
    match search_form(cell).as_str() {
        "да" | "yes" | "true" | "1" | "+" | "истина" | "y" | "д" => Ok(true),
        "нет" | "no" | "false" | "0" | "-" | "ложь" | "n" | "н" => Ok(false),
        _ => Err((Reason::Invalid, "is neither yes nor no")),
    }
}

/// Words for the numbers of enumerations: field, number, those of the page in Russian and English, and what else people write.
const WORDS: &[(&str, i16, &[&str])] = &[
    ("kind", 1, &["человек", "person", "физлицо", "физическое лицо", "частное лицо", "ф"]),
    ("kind", 2, &["компания", "company", "юрлицо", "юридическое лицо", "организация", "ип", "ю"]),
    ("sex", 1, &["женский", "female", "ж", "жен", "f"]),
    ("sex", 2, &["мужской", "male", "м", "муж", "m"]),
    ("importance", 1, &["обычный", "ordinary", "обычная"]),
    (
        "importance",
        2,
        &["важный в регионе", "important in its region", "региональная", "важный (региональный)", "regional"],
    ),
    (
        "importance",
        3,
        &["важный в стране", "important in the country", "федеральная", "важный (федеральный)", "federal"],
    ),
    ("importance", 4, &["особо важный", "especially important", "особо важная", "special"]),
    ("work_status", 1, &["работает", "working", "работаем", "в работе"]),
    ("work_status", 2, &["не работает", "not working", "не работаем"]),
    ("work_status", 3, &["потерян", "lost", "потерянный"]),
    ("solvency", 1, &["низкая", "low"]),
    ("solvency", 2, &["средняя", "medium"]),
    ("solvency", 3, &["высокая", "high"]),
    ("relations", 1, &["покупатель", "buyer", "клиент", "customer"]),
    ("relations", 2, &["поставщик", "supplier"]),
    ("relations", 3, &["конкурент", "competitor"]),
    ("relations", 4, &["госорган", "state body", "государственный орган"]),
    ("relations", 5, &["клиент дистрибьютора", "distributor’s client", "distributor's client"]),
    ("relations", 6, &["другое", "other", "прочее"]),
];

/// The number of an enumeration that a word means.
///
/// # Errors
/// [`Bad`].
pub fn chosen(field: &str, cell: &str) -> Result<i16, Bad> {
    let word = search_form(cell);
    let fits = |one: &&(&str, i16, &[&str])| one.0 == field && one.2.iter().any(|known| search_form(known) == word);
    WORDS.iter().find(fits).map(|one| one.1).ok_or(UNKNOWN)
}

/// The word for a number, in Russian or English.
#[must_use]
pub fn word(field: &str, number: i16, russian: bool) -> &'static str {
    let fits = |one: &&(&str, i16, &'static [&'static str])| one.0 == field && one.1 == number;
    WORDS.iter().find(fits).map_or("", |one| one.2[usize::from(!russian)])
}

/// A problem of the domain, as one of a cell.
#[must_use]
pub fn of_fault(fault: &Fault) -> Option<(&'static str, Bad)> {
    match fault {
        Fault::Invalid { field, problem } => Some((*field, (Reason::Invalid, *problem))),
        Fault::Missing { field, .. } => Some((*field, UNKNOWN)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_numbers_and_flags_are_read_as_people_write_them() {
        for text in ["2026-03-31", "31.03.2026", "31/03/2026", "31.03.2026 0:00:00"] {
            assert_eq!(date(text).unwrap().to_string(), "2026-03-31", "{text}");
        }
        assert!(date("31.03.26").is_err());
        assert!(date("31.02.2026").is_err());
        assert_eq!(number("1 234,5"), Some(1_234.5));
        assert_eq!(number("1e999"), None);
        assert_eq!((yes("Да"), yes("0")), (Ok(true), Ok(false)));
    }

    #[test]
    fn words_of_both_languages_mean_the_same() {
        for (field, number, _) in WORDS {
            for russian in [true, false] {
                assert_eq!(chosen(field, word(field, *number, russian)), Ok(*number));
            }
        }
        assert!(chosen("kind", "лес").is_err());
    }
}
