//! Who sees which clients. Decided in SQL, from what is true now: whoever is moved sees otherwise from the next call on.

use std::collections::{BTreeSet, HashSet};

use contracts::live::Audience;
use model::{AccessLevelId, ClientId, ContactPointId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::Client;
use crate::change::Actor;

/// What somebody sees of clients: all of them, or those of these employees and those with one of these access levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// `None`: the system.
    pub viewer: Option<EmployeeId>,
    pub all: bool,
    /// The viewer, and whom they head.
    pub employees: Vec<Uuid>,
    pub levels: Vec<Uuid>,
}

impl Sight {
    /// As of now.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn of(db: impl PgExecutor<'_>, by: Actor) -> sqlx::Result<Self> {
        let Some(viewer) = by.employee() else {
            return Ok(Self { viewer: None, all: true, employees: Vec::new(), levels: Vec::new() });
        };
        let row = sqlx::query!(
            r#"select all_clients as "all!", employees as "employees!", levels as "levels!" from crm.client_scope($1)"#,
            viewer.0
        )
        .fetch_one(db)
        .await?;
        Ok(Self { viewer: Some(viewer), all: row.all, employees: row.employees, levels: row.levels })
    }

    /// Whether a client is in sight by itself; who sees a dialog of its sees it too ([`through_dialogs`]).
    #[must_use]
    pub fn shows(&self, client: &Client) -> bool {
        self.shows_owned(client.responsible, &client.card.access_level_ids)
    }

    /// The same of anything that somebody answers for and that has access levels.
    #[must_use]
    pub fn shows_owned(&self, responsible: Option<EmployeeId>, levels: &[AccessLevelId]) -> bool {
        self.all
            || responsible.is_some_and(|id| self.employees.contains(&id.0))
            || levels.iter().any(|level| self.levels.contains(&level.0))
    }

    /// Whether the viewer, or somebody whom they head, is responsible.
    #[must_use]
    pub fn answers_for(&self, client: &Client) -> bool {
        client.responsible.is_some_and(|id| self.employees.contains(&id.0))
    }
}

/// Which of these clients have a dialog that the viewer sees, by the rules of the inbox.
pub async fn through_dialogs(
    db: impl PgExecutor<'_>,
    viewer: EmployeeId,
    clients: &[Uuid],
) -> sqlx::Result<HashSet<ClientId>> {
    let ids = sqlx::query_scalar!(
        "select distinct l.client_id from crm.contact_point_link l
         join inbox_read.conversation_sight s using (contact_point_id)
         where l.client_id = any ($2) and crm.sees_dialog($1, s.owner_employee_id, s.assignee_employee_id, s.department_id,
             exists (select from inbox_read.mention m
                     where m.conversation_id = s.conversation_id and m.employee_id = $1))",
        viewer.0,
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ClientId).collect())
}

/// Whether the viewer sees a dialog of this contact point, by the rules of the inbox.
pub async fn sees_point(db: impl PgExecutor<'_>, viewer: EmployeeId, point: ContactPointId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from inbox_read.conversation_sight s
               where s.contact_point_id = $2
                 and crm.sees_dialog($1, s.owner_employee_id, s.assignee_employee_id, s.department_id,
                     exists (select from inbox_read.mention m
                             where m.conversation_id = s.conversation_id and m.employee_id = $1))) as "sees!""#,
        viewer.0,
        point.0
    )
    .fetch_one(db)
    .await
}

/// Who may learn of a change of these versions of clients: everyone while clients are open; else whoever sees one of them
/// (rule E3). Administrators learn of all anyhow.
pub async fn audience(db: impl PgExecutor<'_>, versions: &[Client]) -> sqlx::Result<Audience> {
    let of = |ids: BTreeSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
    let told_of = Told {
        clients: of(versions.iter().map(|client| client.id.0).collect()),
        points: Vec::new(),
        responsible: of(versions.iter().filter_map(|client| client.responsible).map(Uuid::from).collect()),
        levels: of(versions.iter().flat_map(|c| &c.card.access_level_ids).map(|id| id.0).collect()),
    };
    told(db, &told_of).await
}

/// What decides who learns of a change.
pub struct Told {
    /// Whose contact points lead to dialogs ...
    pub clients: Vec<Uuid>,
    /// ... beside these.
    pub points: Vec<Uuid>,
    pub responsible: Vec<Uuid>,
    pub levels: Vec<Uuid>,
}

/// Everyone while clients are open; else whoever sees what is changed.
pub async fn told(db: impl PgExecutor<'_>, of: &Told) -> sqlx::Result<Audience> {
    let row = sqlx::query!(
        r#"with level as (
               select access_level_id from crm.access_level
               where not archived and (access_level_id = any ($3) or all_clients)),
           place as (
               select c.above_department_id as department_id
               from crm.employee_department m join crm.department_closure c using (department_id)
               where m.employee_id = any ($2)),
           dialog as (
               select s.* from crm.contact_point_link l join inbox_read.conversation_sight s using (contact_point_id)
               where l.client_id = any ($1)
               union
               select s.* from inbox_read.conversation_sight s where s.contact_point_id = any ($4))
           select not (select restricted from crm.client_settings) as "everyone!",
                  array(select unnest($2::uuid[])
                        union select h.employee_id from crm.access_level_employee h join level using (access_level_id)
                        union select m.employee_id from crm.employee_department m join place using (department_id)
                              join crm.employee e using (employee_id) where 'head' = any (e.roles)
                        union select d.head_employee_id from crm.department d join place using (department_id)
                              where d.head_employee_id is not null
                        union select coalesce(owner_employee_id, assignee_employee_id) from dialog
                              where coalesce(owner_employee_id, assignee_employee_id) is not null) as "employees!",
                  array(select h.department_id from crm.access_level_department h join level using (access_level_id)
                        union select department_id from dialog
                              where owner_employee_id is null and department_id is not null) as "departments!""#,
        &of.clients,
        &of.responsible,
        &of.levels,
        &of.points
    )
    .fetch_one(db)
    .await?;
    if row.everyone {
        return Ok(Audience { everyone: true, ..Audience::default() });
    }
    let texts = |ids: Vec<Uuid>| ids.iter().map(Uuid::to_string).collect();
    Ok(Audience { employee_ids: texts(row.employees), department_ids: texts(row.departments), ..Audience::default() })
}
