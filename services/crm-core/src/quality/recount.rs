//! The recount of the base quality: of every client and its contacts, and of the day's figures.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{count, days, settings};
use crate::{change::Revision, recounts::Kind};

/// How well cards are filled.
pub struct QualityCount;

impl Kind for QualityCount {
    const NAME: &'static str = "quality_recount";
    const ACTIONS: [&'static str; 3] = ["quality_recount.start", "quality_recount.stop", "quality_recount.resume"];
    const SETTINGS: &'static str = "quality_settings";
    const STRETCH: i64 = 500;

    async fn revision(db: &mut PgConnection) -> sqlx::Result<Revision> {
        Ok(settings::get(db).await?.revision)
    }

    async fn count(db: &mut PgConnection, clients: &[Uuid]) -> sqlx::Result<()> {
        let settings = settings::get(&mut *db).await?;
        count::whole(db, &settings, clients).await
    }

    async fn end(db: &mut PgConnection) -> sqlx::Result<()> {
        days::note_today(db).await
    }
}
