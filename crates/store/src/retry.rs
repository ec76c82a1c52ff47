use std::{future::Future, time::Duration};

/// What was locked is no longer what was looked for. Nothing is wrong with the data: [`is_conflict`] knows it, and the
/// transaction passes when it is tried anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rows were changed by another transaction while this one waited for them")]
pub struct Conflict;

impl From<Conflict> for sqlx::Error {
    fn from(conflict: Conflict) -> Self {
        Self::AnyDriverError(Box::new(conflict))
    }
}

/// Runs a transaction again when PostgreSQL refuses it for reasons of concurrency (serialization failure,
/// deadlock, lock time-out); at most five times, with growing pauses.
///
/// # Errors
/// The first error of another kind, or the fifth conflict.
pub async fn retry_conflicts<T, E, F, Fut>(mut transaction: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: std::error::Error + 'static,
{
    let mut pause = Duration::from_millis(5);
    for _ in 0..4 {
        match transaction().await {
            Err(error) if is_conflict(&error) => {
                tokio::time::sleep(pause).await;
                pause *= 3;
            }
            other => return other,
        }
    }
    transaction().await
}

/// Whether the transaction only met another one (serialization failure, deadlock, lock time-out): the data is not to
/// blame, and the same transaction may pass a moment later.
#[must_use]
pub fn is_conflict(error: &(dyn std::error::Error + 'static)) -> bool {
    let codes = ["40001", "40P01", "55P03"];
    sources(error).any(|e| e.is::<Conflict>())
        || database_code(error).is_some_and(|code| codes.contains(&code.as_str()))
}

/// Whether a statement took longer than it may: the database is there, but this is too much for it.
#[must_use]
pub fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    database_code(error).is_some_and(|code| code == "57014")
}

/// Whether the database itself is away (connection lost, shutting down), so that the data is not to blame.
#[must_use]
pub fn is_outage(error: &(dyn std::error::Error + 'static)) -> bool {
    match database_code(error) {
        // 57P01..03: shutting down, 08: connection, 25P03/25P02: our session was cut, 53: out of resources, 58: disk
        Some(code) => {
            ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "25P03" || code == "25006"
        }
        None => sources(error).any(|e| {
            matches!(
                e.downcast_ref::<sqlx::Error>(),
                Some(
                    sqlx::Error::Io(_)
                        | sqlx::Error::PoolTimedOut
                        | sqlx::Error::PoolClosed
                        | sqlx::Error::Tls(_)
                        | sqlx::Error::WorkerCrashed
                        | sqlx::Error::Protocol(_)
                )
            )
        }),
    }
}

fn database_code(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    sources(error).find_map(|e| {
        let sqlx::Error::Database(database) = e.downcast_ref::<sqlx::Error>()? else { return None };
        database.code().map(std::borrow::Cow::into_owned)
    })
}

fn sources<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |e| e.source())
}
