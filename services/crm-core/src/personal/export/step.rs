//! An export that goes on: our part is written down, router packs the whole, and after its days it is removed.

use ::store::{Schema, audit};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    super::{count::Counts, settings, subject},
    gather, ops,
    store::{self, Export, State},
};
use crate::visits::store as visits;

/// The timer that carries an export on; its key is the export.
pub const EXPORT: &str = "personal_export";
/// Between two looks at whether router is done.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// Goes on with one; returns when to look again.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<Option<DateTime<Utc>>> {
    let Some(mut export) = store::lock(&mut *db, id).await? else { return Ok(None) };
    match export.state {
        State::Running if !export.gathered => {
            let subject = subject::of(&mut *db, export.client.0, &[]).await?;
            visits::find_points_of(&mut *db, &subject.points).await?;
            gather::write(&mut *db, id, &subject).await?;
            (export.gathered, export.points) = (true, subject.points);
            store::save(db, &export).await?;
            Ok(Some(now + PAUSE))
        }
        State::Running => {
            let Some((packed, size_bytes)) = done(&mut *db, id).await? else { return Ok(Some(now + PAUSE)) };
            let days = settings::read(&mut *db).await?.export_days;
            let until = now + TimeDelta::days(days.into());
            (export.packed, export.size_bytes) = (packed, size_bytes);
            (export.state, export.ready_at, export.removed_at) = (State::Ready, Some(now), Some(until));
            end(db, &export, "export.ready").await?;
            Ok(Some(until))
        }
        State::Ready => {
            if let Some(until) = export.removed_at.filter(|until| *until > now) {
                return Ok(Some(until));
            }
            (export.state, export.removed_at) = (State::Removed, Some(now));
            end(db, &export, "export.expire").await?;
            Ok(None)
        }
        State::Removed => Ok(None),
    }
}

async fn end(db: &mut PgConnection, export: &Export, action: &'static str) -> sqlx::Result<()> {
    store::save(&mut *db, export).await?;
    let entry = audit::Entry {
        employee_id: None,
        action,
        object_kind: "export",
        object_id: export.id,
        before: None,
        after: ops::facts(export),
    };
    audit::append(db, Schema::Crm, &[entry]).await
}

/// What router has packed, once that is all.
async fn done(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<(Counts, i64)>> {
    let row = sqlx::query!(
        r#"select packed as "packed!: Json<Counts>", size_bytes as "size_bytes!" from inbox_read.personal_export
           where export_id = $1 and done"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.packed.0, row.size_bytes)))
}
