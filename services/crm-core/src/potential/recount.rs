//! The recount of potential: of every client, in one statement for a stretch of them.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{count, settings};
use crate::{change::Revision, recounts::Kind};

/// How much clients could buy.
pub struct PotentialCount;

impl Kind for PotentialCount {
    const NAME: &'static str = "potential_recount";
    const ACTIONS: [&'static str; 3] =
        ["potential_recount.start", "potential_recount.stop", "potential_recount.resume"];
    const SETTINGS: &'static str = "potential_settings";
    const STRETCH: i64 = 2_000;

    async fn revision(db: &mut PgConnection) -> sqlx::Result<Revision> {
        Ok(settings::head(db).await?.revision)
    }

    async fn count(db: &mut PgConnection, clients: &[Uuid]) -> sqlx::Result<()> {
        let head = settings::head(&mut *db).await?;
        count::whole(db, &head, clients).await
    }
}
