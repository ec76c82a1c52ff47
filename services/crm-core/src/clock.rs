use chrono::{DateTime, SubsecRound as _, Utc};

/// Now, as exact as PostgreSQL stores it, so that what was written equals what is read.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
