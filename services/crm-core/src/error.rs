//! What can fail anywhere in crm-core. Each module's error adds what can fail only there.

/// Failures that every use case shares.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{field} {problem}")]
    Invalid { field: &'static str, problem: &'static str },
    #[error("it was changed meanwhile: read it again")]
    Stale,
    #[error("this needs the role administrator")]
    Permission,
    #[error("{field} names {what}, which there is not, or no longer")]
    Missing { field: &'static str, what: Missing },
    #[error("another one has this name; choose a different one")]
    NameTaken,
    #[error("there are {0} already, which is the most there may be")]
    Limit(u32),
    #[error("request_id was used by another request")]
    RequestReused,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl Fault {
    #[must_use]
    pub const fn invalid(field: &'static str, problem: &'static str) -> Self {
        Self::Invalid { field, problem }
    }
}

/// What a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Of the kind that the field wants, and not archived.
    DirectoryEntry,
    Employee,
    /// One that the caller sees.
    Client,
    /// Of the same client, and not archived.
    Contact,
    AccessLevel,
    Department,
    CustomField,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DirectoryEntry => "an entry of its directory",
            Self::Employee => "an employee",
            Self::Client => "a client",
            Self::Contact => "a contact of this client",
            Self::AccessLevel => "an access level",
            Self::Department => "a department",
            Self::CustomField => "a custom field",
        })
    }
}

/// The name of the constraint that a statement violated.
#[must_use]
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}
