//! Who sees which leads: as clients, but for the contact points through which dialogs lead to them.

use std::collections::{BTreeSet, HashSet};

use contracts::live::Audience;
use model::{EmployeeId, LeadId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::Lead;
use crate::clients::sight::{self, Sight, Told};

/// Whether a lead is in sight by itself; who sees a dialog of its sees it too ([`through_dialogs`]).
#[must_use]
pub fn shows(sight: &Sight, lead: &Lead) -> bool {
    sight.shows_owned(lead.draft.responsible, &lead.draft.levels)
}

/// Which of these leads have a dialog that the viewer sees, by the rules of the inbox.
pub async fn through_dialogs(
    db: impl PgExecutor<'_>,
    viewer: EmployeeId,
    leads: &[Uuid],
) -> sqlx::Result<HashSet<LeadId>> {
    let ids = sqlx::query_scalar!(
        "select distinct l.lead_id from crm.lead_contact_point l
         join inbox_read.conversation_sight s using (contact_point_id)
         where l.lead_id = any ($2) and crm.sees_dialog($1, s.owner_employee_id, s.assignee_employee_id, s.department_id,
             exists (select from inbox_read.mention m
                     where m.conversation_id = s.conversation_id and m.employee_id = $1))",
        viewer.0,
        leads
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(LeadId).collect())
}

/// Who may learn of a change of these versions of a lead (rule E3).
pub async fn audience(db: impl PgExecutor<'_>, versions: &[&Lead]) -> sqlx::Result<Audience> {
    let of = |ids: BTreeSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
    let told = Told {
        clients: Vec::new(),
        points: of(versions.iter().flat_map(|lead| &lead.points).map(|id| id.0).collect()),
        responsible: of(versions.iter().filter_map(|lead| lead.draft.responsible).map(Uuid::from).collect()),
        levels: of(versions.iter().flat_map(|lead| &lead.draft.levels).map(|id| id.0).collect()),
    };
    sight::told(db, &told).await
}
