//! What happens when a timer of schema `crm` fires.

use std::sync::Arc;

use chrono::Utc;
use sqlx::PgConnection;
use store::timer::{Handler, Timer};
use tokio::sync::Notify;

use crate::{
    duplicates::search,
    imports,
    leads::{cleaning, recount as scores},
    personal::{export::step as exports, step as erasures},
    potential::recount::PotentialCount,
    quality::recount::QualityCount,
    recounts::{self, Kind as _},
};

/// Does the work of crm-core's timers.
pub struct Timers {
    pub wake: Arc<Notify>,
}

impl Handler for Timers {
    async fn fire(
        &self,
        db: &mut PgConnection,
        timer: &Timer,
    ) -> Result<Option<Timer>, Box<dyn std::error::Error + Send + Sync>> {
        if timer.kind == erasures::ERASURE {
            let next = erasures::step(db, timer.key.parse()?, Utc::now()).await?;
            self.wake.notify_one();
            return Ok(next.map(|due_at| Timer { due_at, ..timer.clone() }));
        }
        if timer.kind == exports::EXPORT {
            let next = exports::step(db, timer.key.parse()?, Utc::now()).await?;
            return Ok(next.map(|due_at| Timer { due_at, ..timer.clone() }));
        }
        let again = match timer.kind.as_str() {
            search::SEARCH => search::step(db, timer.key.parse()?).await?,
            cleaning::CLEANING => cleaning::step(db, timer.key.parse()?).await?,
            scores::RECOUNT => scores::step(db, Utc::now()).await?,
            PotentialCount::NAME => recounts::step::<PotentialCount>(db, timer.key.parse()?).await?,
            imports::IMPORT => imports::step(db, timer.key.parse()?).await?,
            QualityCount::NAME => recounts::step::<QualityCount>(db, timer.key.parse()?).await?,
            other => return Err(format!("no work is known for timers of kind {other}").into()),
        };
        self.wake.notify_one();
        Ok(again.then(|| Timer { due_at: Utc::now(), ..timer.clone() }))
    }
}
