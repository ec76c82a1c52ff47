//! Use cases of schedules; each is one transaction with its audit rows and events.

use contracts::live::{ScheduleChanged, event::What};
use model::ScheduleId;

use super::{
    ScheduleError,
    domain::{NewSchedule, Patch, Schedule},
    store,
};
use crate::{
    change::{Actor, Db, Revision, json},
    refusals,
};

/// Adds a schedule. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// What the domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewSchedule) -> Result<Schedule, ScheduleError> {
    refusals::administrators_only(db, by, "schedule", new.id.0).await?;
    let (id, request) = (new.id, new.request.clone());
    let mut change = db.begin_organisation(by).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return store::schedule(change.db(), id).await?.ok_or(ScheduleError::NotFound(id));
    }
    let schedule = new.schedule()?;
    store::check_time_zone(change.db(), &schedule.time_zone).await?;
    store::insert(change.db(), &schedule, &request).await?;
    change.audit("schedule.create", "schedule", id.0, None, json(&schedule));
    change.tell_everyone(changed(id));
    change.commit().await?;
    Ok(schedule)
}

/// Changes a schedule; at once for everyone who works by it.
///
/// # Errors
/// [`ScheduleError::NotFound`], [`Fault::Stale`](crate::error::Fault::Stale), and what the domain refuses.
pub async fn update(db: &Db, by: Actor, id: ScheduleId, patch: Patch) -> Result<Schedule, ScheduleError> {
    refusals::administrators_only(db, by, "schedule", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = store::schedule(change.db(), id).await?.ok_or(ScheduleError::NotFound(id))?;
    before.revision.must_be(patch.seen)?;
    let after = before.changed(patch)?;
    store::check_time_zone(change.db(), &after.time_zone).await?;
    store::update(change.db(), &after).await?;
    change.audit("schedule.update", "schedule", id.0, json(&before), json(&after));
    change.tell_everyone(changed(id));
    change.commit().await?;
    Ok(after)
}

/// Removes a schedule that nobody and nothing goes by. People who were dismissed lose it.
///
/// # Errors
/// [`ScheduleError::NotFound`], [`Fault::Stale`](crate::error::Fault::Stale), [`ScheduleError::InUse`].
pub async fn delete(db: &Db, by: Actor, id: ScheduleId, seen: Option<Revision>) -> Result<(), ScheduleError> {
    refusals::administrators_only(db, by, "schedule", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = store::schedule(change.db(), id).await?.ok_or(ScheduleError::NotFound(id))?;
    before.revision.must_be(seen)?;
    if store::in_use(change.db(), id).await? {
        return Err(ScheduleError::InUse);
    }
    store::forget(change.db(), id).await?;
    store::delete(change.db(), id).await?;
    change.audit("schedule.delete", "schedule", id.0, json(&before), None);
    change.tell_everyone(changed(id));
    Ok(change.commit().await?)
}

fn changed(id: ScheduleId) -> What {
    What::ScheduleChanged(ScheduleChanged { schedule_id: id.to_string() })
}
