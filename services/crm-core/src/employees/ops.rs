//! Use cases of employees; each is one transaction with its audit rows and events.

use contracts::live::{EmployeeChanged, event::What};
use model::EmployeeId;

use super::{
    EmployeeError,
    domain::{Employee, NewEmployee, Patch},
    store,
};
use crate::{
    change::{Actor, Change, Db, json},
    clock::now,
    refusals,
    sessions::{attempts, domain::check_password, ops::end_sessions, passwords::Passwords, store as credentials},
};

/// # Errors
/// [`EmployeeError::NotFound`].
pub async fn get(db: &Db, id: EmployeeId) -> Result<Employee, EmployeeError> {
    store::employee(&db.pool, id).await?.ok_or(EmployeeError::NotFound(id))
}

/// Adds an employee with a password. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`EmployeeError::LoginTaken`], [`EmployeeError::WeakPassword`], and what the domain refuses.
pub async fn create(
    db: &Db,
    passwords: &Passwords,
    by: Actor,
    new: NewEmployee,
    password: &str,
) -> Result<Employee, EmployeeError> {
    refusals::administrators_only(db, by, "employee", new.id.0).await?;
    let (id, request) = (new.id, new.request.clone());
    if let Some(stored) = store::request_of(&db.pool, id).await? {
        request.must_be(&stored)?;
        return get(db, id).await;
    }
    let employee = new.employee(now())?;
    check_password(&employee.login, password)?;
    let hash = passwords.hash(password).await?;
    let mut change = db.begin_organisation(by).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?; // the same request, a moment ago
        return store::employee(change.db(), id).await?.ok_or(EmployeeError::NotFound(id));
    }
    store::insert(change.db(), &employee, &request).await?;
    store::set_departments(change.db(), id, &employee.departments).await?;
    credentials::set_password(change.db(), id, &hash).await?;
    change.audit("employee.create", "employee", id.0, None, json(&employee));
    change.tell_everyone(changed(&employee));
    change.commit().await?;
    Ok(employee)
}

/// Changes an employee. Whoever is dismissed is signed out everywhere.
///
/// # Errors
/// [`EmployeeError::NotFound`], [`Fault::Stale`](crate::error::Fault::Stale), [`EmployeeError::LastAdministrator`],
/// and what the domain refuses.
pub async fn update(db: &Db, by: Actor, id: EmployeeId, patch: Patch) -> Result<Employee, EmployeeError> {
    refusals::administrators_only(db, by, "employee", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let (before, after) = change_within(&mut change, id, patch, "employee.update").await?;
    if before.is_active_administrator()
        && !after.is_active_administrator()
        && !store::another_administrator(change.db(), id).await?
    {
        return Err(EmployeeError::LastAdministrator);
    }
    if after.dismissed && !before.dismissed {
        end_sessions(&mut change, id, None).await?;
    }
    change.commit().await?;
    Ok(after)
}

/// The part of a change that every way to it shares. Returns the versions before and after.
pub(crate) async fn change_within(
    change: &mut Change<'_>,
    id: EmployeeId,
    patch: Patch,
    action: &'static str,
) -> Result<(Employee, Employee), EmployeeError> {
    store::lock(change.db(), id).await?;
    let before = store::employee(change.db(), id).await?.ok_or(EmployeeError::NotFound(id))?;
    before.revision.must_be(patch.seen)?;
    let after = before.changed(patch)?;
    save(change, &before, &after, action).await?;
    Ok((before, after))
}

/// Stores a version and says so.
pub(crate) async fn save(
    change: &mut Change<'_>,
    before: &Employee,
    after: &Employee,
    action: &'static str,
) -> Result<(), EmployeeError> {
    store::update(change.db(), after).await?;
    if before.departments != after.departments {
        store::set_departments(change.db(), after.id, &after.departments).await?;
    }
    change.audit(action, "employee", after.id.0, json(before), json(after));
    change.tell_everyone(changed(after));
    Ok(())
}

/// Sets a new password, ends every session of that employee, forgets failed sign-ins. Who has no second factor does not
/// see personal accounts for a while: whoever set the password could come in as the employee.
///
/// # Errors
/// [`EmployeeError::NotFound`], [`EmployeeError::WeakPassword`].
pub async fn reset_password(
    db: &Db,
    passwords: &Passwords,
    by: Actor,
    id: EmployeeId,
    password: &str,
) -> Result<(), EmployeeError> {
    refusals::administrators_only(db, by, "employee", id.0).await?;
    let employee = get(db, id).await?;
    check_password(&employee.login, password)?;
    let hash = passwords.hash(password).await?;
    let by_other = by.employee() != Some(id);
    let mut change = db.begin(by).await?;
    credentials::set_password(change.db(), id, &hash).await?;
    if by_other {
        credentials::note_reset(change.db(), id).await?;
    }
    attempts::forget_login(change.db(), &employee.login).await?;
    change.audit("password.reset", "employee", id.0, None, None);
    end_sessions(&mut change, id, None).await?;
    Ok(change.commit().await?)
}

fn changed(employee: &Employee) -> What {
    let (employee_id, revision) = (employee.id.to_string(), employee.revision.0.unsigned_abs());
    What::EmployeeChanged(EmployeeChanged { employee_id, revision })
}
