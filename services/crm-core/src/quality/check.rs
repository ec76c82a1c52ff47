//! The records in sight that fail a check. What is asked for is optional, hence the builder; each page is one statement.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Postgres, QueryBuilder};
use uuid::Uuid;

use super::QualityError;
use crate::{
    change::{Actor, Db},
    clients::sight::Sight,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    ContactData,
    Portrait,
    DuplicateClients,
    DuplicateContacts,
    Potential,
    Unlinked,
}

#[derive(Debug, Clone)]
pub struct Asked {
    pub check: Check,
    /// Empty: whoever.
    pub responsible: Vec<Uuid>,
    pub department: Option<Uuid>,
    pub after: Option<(String, Uuid)>,
    pub limit: i64,
}

#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Failure {
    /// What pages are ordered by, with the id.
    pub sort: String,
    /// Of the record that fails.
    pub id: Uuid,
    pub client_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
    pub channel: Option<String>,
    pub name: String,
    pub client_name: String,
    pub responsible: Option<Uuid>,
    pub percent: Option<i16>,
    pub missing: Vec<String>,
    pub others: Vec<Uuid>,
}

/// A page of failures, with the moment as of which they are known where that is not now.
///
/// # Errors
/// What the database answers.
pub async fn list(db: &Db, by: Actor, asked: &Asked) -> Result<(Vec<Failure>, Option<DateTime<Utc>>), QualityError> {
    let sight = Sight::of(&db.pool, by).await?;
    let search = match asked.check {
        Check::DuplicateClients => newest_search(&db.pool).await?,
        _ => None,
    };
    let mut sql = QueryBuilder::new("");
    if asked.check == Check::Unlinked {
        unlinked(&mut sql, &sight);
    } else {
        seen(&mut sql, &sight, asked);
        match asked.check {
            Check::ContactData => unfilled(&mut sql, "missing_contact", "contact_percent"),
            Check::Portrait => unfilled(&mut sql, "missing_portrait", "portrait_percent"),
            Check::DuplicateClients => duplicate_clients(&mut sql, search.map(|(id, _)| id)),
            Check::Potential => without_potential(&mut sql),
            Check::DuplicateContacts | Check::Unlinked => duplicate_contacts(&mut sql),
        }
    }
    let (name, id) = asked.after.clone().unwrap_or_default();
    sql.push(" select * from failure where (sort, id) > (").push_bind(name).push(", ").push_bind(id);
    sql.push(") order by sort, id limit ").push_bind(asked.limit);
    let failures = sql.build_query_as().fetch_all(&db.pool).await?;
    Ok((failures, search.map(|(_, ended_at)| ended_at)))
}

/// The newest search for doubles that is done.
async fn newest_search(db: impl PgExecutor<'_>) -> sqlx::Result<Option<(Uuid, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"select search_id, ended_at as "ended_at!" from crm.duplicate_search
           where kind = 1 and state = 3 and ended_at is not null
           order by started_at desc, search_id desc limit 1"#
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.search_id, row.ended_at)))
}

/// The clients that are looked at.
fn seen(sql: &mut QueryBuilder<Postgres>, sight: &Sight, asked: &Asked) {
    sql.push(
        "with seen as materialized (
             select c.client_id, c.name, c.search_name, c.responsible_employee_id as responsible from crm.client c
             where c.merged_into is null and c.archived_at is null and c.work_status <> 3",
    );
    if !sight.all {
        sql.push(" and (c.responsible_employee_id = any (").push_bind(sight.employees.clone());
        sql.push(") or c.access_level_ids && ").push_bind(sight.levels.clone()).push(")");
    }
    if !asked.responsible.is_empty() {
        sql.push(" and c.responsible_employee_id = any (").push_bind(asked.responsible.clone()).push(")");
    }
    if let Some(department) = asked.department {
        sql.push(
            " and c.responsible_employee_id in (
                  select m.employee_id from crm.employee_department m join crm.department_closure k using (department_id)
                  where k.above_department_id = ",
        );
        sql.push_bind(department).push(")");
    }
    sql.push(")");
}

fn unfilled(sql: &mut QueryBuilder<Postgres>, missing: &'static str, percent: &'static str) {
    sql.push(format!(
        ", failure as (
            select s.search_name as sort, s.client_id as id, s.client_id, null::uuid as contact_id, null::text as channel,
                   s.name, s.name as client_name, s.responsible, q.{percent} as percent, q.{missing} as missing,
                   '{{}}'::uuid[] as others
            from seen s join crm.client_quality q using (client_id) where q.{missing} <> '{{}}'
            union all
            select s.search_name, k.contact_id, s.client_id, k.contact_id, null, k.name, s.name, s.responsible, q.{percent},
                   q.{missing}, '{{}}'
            from seen s join crm.contact k using (client_id) join crm.contact_quality q using (contact_id)
            where k.archived_at is null and k.merged_into is null and q.{missing} <> '{{}}')"
    ));
}

/// Those that were merged or called different since are no doubles any more.
fn duplicate_clients(sql: &mut QueryBuilder<Postgres>, search: Option<Uuid>) {
    sql.push(", pair as (select one_id, other_id from crm.duplicate_pair where search_id = ").push_bind(search);
    sql.push(
        "),
        failure as (
            select s.search_name as sort, s.client_id as id, s.client_id, null::uuid as contact_id, null::text as channel,
                   s.name, s.name as client_name, s.responsible, null::smallint as percent, '{}'::text[] as missing,
                   (array_agg(o.client_id order by o.client_id))[1:20] as others
            from seen s
            join (select one_id as id, other_id from pair union all select other_id, one_id from pair) p
                on p.id = s.client_id
            join crm.client o on o.client_id = p.other_id and o.merged_into is null and o.archived_at is null
            where not exists (select from crm.not_duplicate d
                              where d.one_id = least(p.id, p.other_id) and d.other_id = greatest(p.id, p.other_id))
            group by s.search_name, s.client_id, s.name, s.responsible)",
    );
}

/// They share a phone or e-mail address that is not called shared by many, or a name within one client.
fn duplicate_contacts(sql: &mut QueryBuilder<Postgres>) {
    sql.push(
        ", person as materialized (
            select k.contact_id, k.client_id, k.name, k.search_name from crm.contact k
            where k.archived_at is null and k.merged_into is null),
        same as (
            select a.contact_id, b.contact_id as other_id
            from crm.address a join crm.address b
                on b.normalized = a.normalized and b.kind = a.kind and b.contact_id <> a.contact_id
            where a.kind in (1, 2) and a.contact_id is not null and a.client_id in (select client_id from seen)
              and not exists (select from crm.match_settings m where a.normalized = any (m.shared))
            union
            select k.contact_id, o.contact_id
            from person k join person o on o.client_id = k.client_id and o.search_name = k.search_name
                                           and o.contact_id <> k.contact_id),
        failure as (
            select s.search_name as sort, k.contact_id as id, s.client_id, k.contact_id, null::text as channel, k.name,
                   s.name as client_name, s.responsible, null::smallint as percent, '{}'::text[] as missing,
                   (array_agg(o.contact_id order by o.contact_id))[1:20] as others
            from seen s join person k using (client_id) join same on same.contact_id = k.contact_id
            join person o on o.contact_id = same.other_id
            where not exists (select from crm.not_duplicate_contact d
                              where d.one_id = least(k.contact_id, o.contact_id)
                                and d.other_id = greatest(k.contact_id, o.contact_id))
            group by s.search_name, s.client_id, k.contact_id, k.name, s.name, s.responsible)",
    );
}

/// As `potential::store::of_client` calls it empty or stale. Nobody, while it is not set up.
fn without_potential(sql: &mut QueryBuilder<Postgres>) {
    sql.push(
        ", failure as (
            select s.search_name as sort, s.client_id as id, s.client_id, null::uuid as contact_id, null::text as channel,
                   s.name, s.name as client_name, s.responsible, null::smallint as percent,
                   array[case when coalesce(o.amount, p.counted) is null then 'potential:empty' else 'potential:stale' end] as missing,
                   '{}'::uuid[] as others
            from seen s cross join crm.potential_settings u left join crm.client_potential p using (client_id)
            left join crm.potential_override o
                on o.client_id = s.client_id and o.ends_on >= (now() at time zone 'UTC')::date
            where coalesce(o.amount, p.counted) is null or p.settings_revision is distinct from u.revision
               or p.counted_at < now() - interval '2 days')",
    );
}

/// Contact points that are nobody's, of dialogs that the caller sees. In the order of their ids, so that a page ends the search.
fn unlinked(sql: &mut QueryBuilder<Postgres>, sight: &Sight) {
    sql.push(
        "with failure as (
            select '' as sort, p.contact_point_id as id, null::uuid as client_id, null::uuid as contact_id, p.channel,
                   coalesce(nullif(p.display_name, ''), p.address, '') as name, '' as client_name,
                   null::uuid as responsible, null::smallint as percent, '{}'::text[] as missing, '{}'::uuid[] as others
            from inbox_read.contact_point p
            where p.joined_into is null
              and not exists (select from crm.contact_point_link l where l.contact_point_id = p.contact_point_id)
              and exists (select from inbox_read.conversation_sight s where s.contact_point_id = p.contact_point_id",
    );
    if let Some(viewer) = sight.viewer {
        sql.push(" and crm.sees_dialog(").push_bind(viewer.0);
        sql.push(
            ", s.owner_employee_id, s.assignee_employee_id, s.department_id,
               exists (select from inbox_read.mention m where m.conversation_id = s.conversation_id and m.employee_id = ",
        );
        sql.push_bind(viewer.0).push("))");
    }
    sql.push("))");
}
