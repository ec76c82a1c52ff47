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

/// The name of the constraint that a statement violated.
#[must_use]
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}
