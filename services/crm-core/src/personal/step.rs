//! An erasure that runs: it waits until router is done, then erases here and leaves the proof.

use ::store::{Schema, audit, event};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::live::{ClientChanged, event::What};
use model::{ClientId, EmployeeId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{
    count::{self, Counts},
    ops, rows,
    store::{self, Erasure, State},
    subject,
};
use crate::{
    clients::{sight, store as clients},
    visits::store as visits,
};

/// The timer that carries an erasure on; its key is the erasure.
pub const ERASURE: &str = "erasure";
/// Between two looks at whether router is done.
const PAUSE: TimeDelta = TimeDelta::seconds(1);
/// Whose rows of the audit tell of the person.
const KINDS: [&str; 6] = ["client", "contact", "contract", "lead", "contact_point", "merge"];

/// Goes on with one; returns when to look again.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<Option<DateTime<Utc>>> {
    let Some(mut erasure) = store::lock(&mut *db, id).await?.filter(|erasure| erasure.state == State::Running) else {
        return Ok(None);
    };
    let subject = subject::of(&mut *db, erasure.client.0, &erasure.points).await?;
    visits::find_points_of(&mut *db, &subject.points).await?;
    if subject.points.iter().any(|point| !erasure.points.contains(point)) {
        // Somebody linked a dialog meanwhile: router erases that one, too.
        erasure.points.clone_from(&subject.points);
        store::save(&mut *db, &erasure).await?;
        return Ok(Some(now + PAUSE));
    }
    let Some(theirs) = done(&mut *db, &erasure).await? else { return Ok(Some(now + PAUSE)) };
    // Whoever changes a card holds its row: what they write is there when we have it, and erased with the rest.
    subject::lock(&mut *db, &subject).await?;
    let subject = subject::of(&mut *db, erasure.client.0, &erasure.points).await?;
    let ours = count::count(&mut *db, &subject).await?;
    let told = told(&mut *db, &subject.clients).await?;
    let here = [
        "client",
        "contact",
        "address",
        "custom_value",
        "photo",
        "change",
        "consent",
        "lead",
        "link",
        "visit",
        "form",
        "contact_point",
    ];
    erasure.erased = theirs;
    erasure.erased.extend(ours.into_iter().filter(|(kind, _)| here.contains(&kind.as_str())));
    rows::erase(&mut *db, &subject).await?;
    let entry = audit::Entry {
        employee_id: erasure.approved_by.or(erasure.asked_by).map(Uuid::from),
        action: "erasure.done",
        object_kind: "erasure",
        object_id: id,
        before: None,
        after: ops::facts(&erasure),
    };
    audit::append(&mut *db, Schema::Crm, &[entry]).await?;
    event::append(&mut *db, Schema::Crm, &told).await?;
    let objects =
        [&subject.clients, &subject.contacts, &subject.contracts, &subject.leads, &subject.points, &subject.merges];
    let objects: Vec<Uuid> = objects.into_iter().flatten().copied().collect();
    let audited = audit::erase(&mut *db, Schema::Crm, &KINDS, &objects).await?;
    *erasure.erased.entry("audit".to_owned()).or_default() += audited.cast_signed();
    (erasure.state, erasure.ended_at) = (State::Done, Some(now));
    store::save(db, &erasure).await?;
    Ok(None)
}

/// What router erased, once it has erased all of it.
async fn done(db: &mut PgConnection, erasure: &Erasure) -> sqlx::Result<Option<Counts>> {
    let row = sqlx::query_scalar!(
        r#"select erased as "erased!: Json<Counts>" from inbox_read.erasure
           where erasure_id = $1 and contact_point_ids @> $2"#,
        erasure.id,
        &erasure.points
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|erased| erased.0))
}

async fn told(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<(What, contracts::live::Audience)>> {
    let found = clients::clients(&mut *db, ids).await?;
    let audience = sight::audience(db, &found).await?;
    let event = |client: &crate::clients::domain::Client| {
        let revision = client.revision.next().0.unsigned_abs();
        let changed = ClientChanged { client_id: client.id.to_string(), revision };
        (What::ClientChanged(changed), audience.clone())
    };
    Ok(found.iter().map(event).collect())
}

/// Orders again what router found in its list and this database does not know: a backup from before it was restored.
///
/// # Errors
/// What the database answers.
pub async fn replay(pool: &PgPool) -> sqlx::Result<()> {
    let again = sqlx::query!(
        r#"select a.erasure_id as "id!", a.client_id as "client!", a.contact_point_ids as "points!", a.listed as "listed!"
           from inbox_read.erasure_again a
           where not exists (select from crm.erasure e where e.erasure_id = a.erasure_id and e.state in (2, 3)) limit 100"#
    )
    .fetch_all(pool)
    .await?;
    for row in again {
        let mut tx = pool.begin().await?;
        // One that waits in the backup is overtaken by what was done after it.
        sqlx::query!("delete from crm.erasure where client_id = $1 and state in (1, 2)", row.client)
            .execute(&mut *tx)
            .await?;
        let subject = subject::of(&mut tx, row.client, &row.points).await?;
        visits::find_points_of(&mut *tx, &subject.points).await?;
        let erasure = Erasure {
            identifiers: subject::identifiers(&mut tx, row.id, &subject).await?,
            points: subject.points,
            ..listed(row.id, ClientId(row.client), &row.listed)
        };
        store::insert(&mut *tx, &erasure).await?;
        ops::schedule(&mut tx, row.id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// As router wrote it down when it was ordered.
fn listed(id: Uuid, client: ClientId, listed: &Value) -> Erasure {
    let employee = |field: &str| listed[field].as_str().and_then(|id| id.parse().ok()).map(EmployeeId);
    let time = |field: &str| listed[field].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    Erasure {
        id,
        state: State::Running,
        client,
        points: Vec::new(),
        seen: serde_json::from_value(listed["seen"].clone()).unwrap_or_default(),
        records: listed["records"].as_i64().unwrap_or_default(),
        erased: Counts::new(),
        asked_by: employee("asked_by"),
        asked_at: time("asked_at").unwrap_or_else(Utc::now),
        approved_by: employee("approved_by"),
        approved_at: time("approved_at"),
        ended_at: None,
        identifiers: Vec::new(),
        replayed: true,
    }
}
