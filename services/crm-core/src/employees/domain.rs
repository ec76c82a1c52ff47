//! Who works here, and what may be said about them.

use chrono::{DateTime, Utc};
use model::{DepartmentId, Email, EmployeeId, ScheduleId};

use crate::{
    change::{RequestHash, Revision},
    error::Fault,
    text,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Operator,
    Head,
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Operator, Self::Head, Self::Administrator];

    /// The name in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Head => "head",
            Self::Administrator => "administrator",
        }
    }

    /// `None` for a name that this version does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// An employee as stored. What is audited about one is this, whole: no secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Employee {
    pub id: EmployeeId,
    pub revision: Revision,
    pub name: String,
    pub login: String,
    pub email: String,
    pub departments: Vec<DepartmentId>,
    pub roles: Vec<Role>,
    pub schedule: Option<ScheduleId>,
    pub dismissed: bool,
    pub language: String,
    pub time_zone: String,
    pub away: bool,
    pub created_at: DateTime<Utc>,
}

impl Employee {
    #[must_use]
    pub fn is_active_administrator(&self) -> bool {
        !self.dismissed && self.roles.contains(&Role::Administrator)
    }

    /// The next version with these changes, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, patch: Patch) -> Result<Self, Fault> {
        let next = Self {
            id: self.id,
            revision: self.revision.next(),
            name: patch.name.unwrap_or_else(|| self.name.clone()),
            login: patch.login.unwrap_or_else(|| self.login.clone()),
            email: patch.email.unwrap_or_else(|| self.email.clone()),
            departments: patch.departments.unwrap_or_else(|| self.departments.clone()),
            roles: patch.roles.unwrap_or_else(|| self.roles.clone()),
            schedule: patch.schedule.unwrap_or(self.schedule),
            dismissed: patch.dismissed.unwrap_or(self.dismissed),
            language: patch.language.unwrap_or_else(|| self.language.clone()),
            time_zone: patch.time_zone.unwrap_or_else(|| self.time_zone.clone()),
            away: self.away,
            created_at: self.created_at,
        };
        next.checked()
    }

    /// The same with every text in its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 200)?;
        self.login = login(&self.login)?;
        self.email = email(&self.email)?;
        self.language = language(&self.language)?;
        self.time_zone = text::time_zone("time_zone", &self.time_zone)?;
        self.departments.sort_unstable();
        self.departments.dedup();
        self.roles.sort_unstable();
        self.roles.dedup();
        if self.roles.is_empty() {
            return Err(Fault::invalid("roles", "must name at least one role"));
        }
        Ok(self)
    }
}

/// Someone to be added.
#[derive(Debug, Clone)]
pub struct NewEmployee {
    pub id: EmployeeId,
    pub request: RequestHash,
    pub name: String,
    pub login: String,
    pub email: String,
    pub departments: Vec<DepartmentId>,
    pub roles: Vec<Role>,
    pub schedule: Option<ScheduleId>,
    /// Empty: "ru".
    pub language: String,
    /// Empty: Europe/Moscow.
    pub time_zone: String,
}

impl NewEmployee {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn employee(self, now: DateTime<Utc>) -> Result<Employee, Fault> {
        let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
        let employee = Employee {
            id: self.id,
            revision: Revision(1),
            name: self.name,
            login: self.login,
            email: self.email,
            departments: self.departments,
            roles: self.roles,
            schedule: self.schedule,
            dismissed: false,
            language: or(self.language, "ru"),
            time_zone: or(self.time_zone, "Europe/Moscow"),
            away: false,
            created_at: now,
        };
        employee.checked()
    }
}

/// What to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub login: Option<String>,
    pub email: Option<String>,
    pub departments: Option<Vec<DepartmentId>>,
    pub roles: Option<Vec<Role>>,
    pub schedule: Option<Option<ScheduleId>>,
    pub dismissed: Option<bool>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
}

/// A login in its stored form: lower case, 2 to 100 characters, no spaces.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn login(text: &str) -> Result<String, Fault> {
    let login = text::line("login", text, 100)?.to_lowercase();
    if login.chars().count() < 2 || login.contains(char::is_whitespace) {
        return Err(Fault::invalid("login", "must be 2 to 100 characters without spaces"));
    }
    Ok(login)
}

fn email(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let email = Email::parse(text).ok_or(Fault::invalid("email", "is no e-mail address"))?;
    Ok(email.as_str().to_owned())
}

/// A language that the page speaks.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn language(text: &str) -> Result<String, Fault> {
    match text {
        "ru" | "en" => Ok(text.to_owned()),
        _ => Err(Fault::invalid("language", "must be ru or en")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewEmployee {
        NewEmployee {
            id: EmployeeId::new(),
            request: RequestHash::of(b""),
            name: " Оператор 1 ".into(),
            login: "Operator1".into(),
            email: "Operator1@Example.com".into(),
            departments: Vec::new(),
            roles: vec![Role::Head, Role::Operator, Role::Head],
            schedule: None,
            language: String::new(),
            time_zone: String::new(),
        }
    }

    #[test]
    fn texts_get_their_stored_form() {
        let employee = new().employee(Utc::now()).unwrap();
        assert_eq!((employee.name.as_str(), employee.login.as_str()), ("Оператор 1", "operator1"));
        assert_eq!(employee.email, "operator1@example.com");
        assert_eq!(employee.roles, [Role::Operator, Role::Head]);
        assert_eq!((employee.language.as_str(), employee.time_zone.as_str()), ("ru", "Europe/Moscow"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let employee = new().employee(Utc::now()).unwrap();
        let patches = [
            Patch { name: Some(" ".into()), ..Patch::default() },
            Patch { login: Some("a b".into()), ..Patch::default() },
            Patch { email: Some("nobody".into()), ..Patch::default() },
            Patch { language: Some("de".into()), ..Patch::default() },
            Patch { time_zone: Some("Moscow".into()), ..Patch::default() },
            Patch { roles: Some(Vec::new()), ..Patch::default() },
        ];
        for patch in patches {
            assert!(matches!(employee.changed(patch), Err(Fault::Invalid { .. })));
        }
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_is() {
        let employee = new().employee(Utc::now()).unwrap();
        let changed = employee.changed(Patch { name: Some("Оператор 2".into()), ..Patch::default() }).unwrap();
        assert_eq!(changed, Employee { name: "Оператор 2".into(), revision: Revision(2), ..employee });
    }
}
