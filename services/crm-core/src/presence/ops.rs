use model::EmployeeId;

use crate::{
    change::{Actor, Db},
    employees::{
        EmployeeError,
        domain::Employee,
        ops::save,
        store::{employee, lock},
    },
};

/// Notes an employee's own choice; repeating it changes nothing.
///
/// # Errors
/// [`EmployeeError::NotFound`].
pub async fn choose(db: &Db, by: EmployeeId, away: bool) -> Result<(), EmployeeError> {
    let mut change = db.begin(Actor::Employee { id: by, administrator: false }).await?;
    lock(change.db(), by).await?;
    let before = employee(change.db(), by).await?.ok_or(EmployeeError::NotFound(by))?;
    if before.away == away {
        return Ok(());
    }
    let after = Employee { away, revision: before.revision.next(), ..before.clone() };
    save(&mut change, &before, &after, "presence.choose").await?;
    Ok(change.commit().await?)
}
