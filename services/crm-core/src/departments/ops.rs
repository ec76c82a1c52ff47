//! Use cases of departments; each is one transaction with its audit rows and events.

use contracts::live::{DepartmentChanged, event::What};
use model::DepartmentId;

use super::{
    DepartmentError,
    domain::{Department, NewDepartment, Patch},
    store,
};
use crate::{
    change::{Actor, Change, Db, Revision, json},
    refusals,
};

/// Adds a department. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`DepartmentError::ParentNotFound`], [`DepartmentError::HeadNotFound`], and what the domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewDepartment) -> Result<Department, DepartmentError> {
    refusals::administrators_only(db, by, "department", new.id.0).await?;
    let (id, request) = (new.id, new.request.clone());
    let mut change = db.begin_organisation(by).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return find(&mut change, id).await;
    }
    let department = new.department()?;
    store::insert(change.db(), &department, &request).await?;
    store::rebuild_closure(change.db()).await?;
    change.audit("department.create", "department", id.0, None, json(&department));
    change.tell_everyone(changed(&department));
    change.commit().await?;
    Ok(department)
}

/// Changes a department's name, place or head.
///
/// # Errors
/// [`DepartmentError::NotFound`], [`Fault::Stale`](crate::error::Fault::Stale), [`DepartmentError::Cycle`].
pub async fn update(db: &Db, by: Actor, id: DepartmentId, patch: Patch) -> Result<Department, DepartmentError> {
    refusals::administrators_only(db, by, "department", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = find(&mut change, id).await?;
    before.revision.must_be(patch.seen)?;
    let after = before.changed(patch)?;
    if after.parent != before.parent
        && let Some(parent) = after.parent
        && store::is_below(change.db(), parent, id).await?
    {
        return Err(DepartmentError::Cycle);
    }
    store::update(change.db(), &after).await?;
    store::rebuild_closure(change.db()).await?;
    change.audit("department.update", "department", id.0, json(&before), json(&after));
    change.tell_everyone(changed(&after));
    change.commit().await?;
    Ok(after)
}

/// Removes a department that nobody works in and nothing stands below.
///
/// # Errors
/// [`DepartmentError::NotFound`], [`Fault::Stale`](crate::error::Fault::Stale), [`DepartmentError::InUse`].
pub async fn delete(db: &Db, by: Actor, id: DepartmentId, seen: Option<Revision>) -> Result<(), DepartmentError> {
    refusals::administrators_only(db, by, "department", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = find(&mut change, id).await?;
    before.revision.must_be(seen)?;
    if store::in_use(change.db(), id).await? {
        return Err(DepartmentError::InUse);
    }
    store::forget_members(change.db(), id).await?;
    store::delete(change.db(), id).await?;
    change.audit("department.delete", "department", id.0, json(&before), None);
    change.tell_everyone(changed(&Department { revision: before.revision.next(), ..before }));
    Ok(change.commit().await?)
}

async fn find(change: &mut Change<'_>, id: DepartmentId) -> Result<Department, DepartmentError> {
    store::department(change.db(), id).await?.ok_or(DepartmentError::NotFound(id))
}

fn changed(department: &Department) -> What {
    let (department_id, revision) = (department.id.to_string(), department.revision.0.unsigned_abs());
    What::DepartmentChanged(DepartmentChanged { department_id, revision })
}
