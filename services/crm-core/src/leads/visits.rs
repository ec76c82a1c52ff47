//! What leads did on the company's sites: as it is shown, and as rules count it.

use chrono::{DateTime, Duration, Utc};
use model::LeadId;
use sqlx::{PgExecutor, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{
    domain::Lead,
    score::{Looks, Rule},
};
use crate::{clients::sight::Sight, text::search_form, visits::Left};

/// Steps of one visit that are shown.
const STEPS_MOST: i64 = 200;

/// What a rule found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Did {
    pub times: u32,
    pub last_at: Option<DateTime<Utc>>,
}

/// Where a page begins: after this visit of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place(pub DateTime<Utc>, pub Uuid);

#[derive(Debug, Clone)]
pub struct Visit {
    pub id: Uuid,
    pub account: Uuid,
    pub started_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub referrer_host: String,
    pub marks: BTreeMap<String, String>,
    pub device: i16,
    /// Among all that are kept, from 1.
    pub number: i64,
    pub seconds: i64,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Step {
    pub at: DateTime<Utc>,
    pub kind: i16,
    pub path: String,
    pub title: String,
    pub seconds: i32,
    pub name: String,
    pub left: Left,
}

/// A form in which somebody whom nobody knows left an address of the lead's.
#[derive(Clone)]
pub struct Form {
    pub at: DateTime<Utc>,
    pub account: Uuid,
    pub path: String,
    pub name: String,
    pub left_name: String,
    pub left_phone: String,
    pub left_email: String,
}

/// Forms that are shown.
const FORMS_MOST: i64 = 20;

/// Forms in which an address of the lead's was left, newest first. Who has been known since has them among its visits. A form with an
/// address of a client or another lead that the viewer does not see is left out: else whoever writes a number into a lead of their own
/// would read what its owner left.
///
/// # Errors
/// What the database answers.
pub async fn forms(db: impl PgExecutor<'_>, sight: &Sight, lead: LeadId) -> sqlx::Result<Vec<Form>> {
    sqlx::query_as!(
        Form,
        r#"with known as (select kind, normalized from crm.lead_address where lead_id = $1 and kind in (1, 2)),
           hit as (
               select s.* from known k join crm.visit_step s on s.left_phone <> '' and s.left_phone = k.normalized where k.kind = 1
               union
               select s.* from known k join crm.visit_step s on s.left_email <> '' and s.left_email = k.normalized where k.kind = 2),
           typed as (
               select 1::smallint as kind, left_phone as normalized from hit where left_phone <> ''
               union
               select 2::smallint, left_email from hit where left_email <> ''),
           dialog as not materialized (
               select s.contact_point_id, crm.sees_dialog($4, s.owner_employee_id, s.assignee_employee_id, s.department_id,
                          exists (select from inbox_read.mention m
                                  where m.conversation_id = s.conversation_id and m.employee_id = $4)) as seen
               from inbox_read.conversation_sight s),
           foreign_address as (
               select t.kind, t.normalized
               from typed t join crm.address a using (kind, normalized) join crm.client c using (client_id)
               where coalesce(c.responsible_employee_id <> all ($5), true) and not c.access_level_ids && $6
                 and not exists (select from crm.contact_point_link p join dialog d using (contact_point_id)
                                 where p.client_id = c.client_id and d.seen)
               union
               select t.kind, t.normalized
               from typed t join crm.lead_address a using (kind, normalized) join crm.lead l using (lead_id)
               where l.lead_id <> $1 and coalesce(l.responsible_employee_id <> all ($5), true) and not l.access_level_ids && $6
                 and not exists (select from crm.lead_contact_point p join dialog d using (contact_point_id)
                                 where p.lead_id = l.lead_id and d.seen))
           select h.at as "at!", h.account_id as "account!", h.path as "path!", h.name as "name!", h.left_name as "left_name!",
                  h.left_phone as "left_phone!", h.left_email as "left_email!"
           from hit h join crm.visit v using (visit_id)
           where v.contact_point_id is null and v.address = ''
             and ($3 or not exists (select from foreign_address f where (f.kind, f.normalized) in ((1, h.left_phone), (2, h.left_email))))
           order by h.at desc limit $2"#,
        lead.0,
        FORMS_MOST,
        sight.all,
        sight.viewer.map(Uuid::from),
        &sight.employees,
        &sight.levels
    )
    .fetch_all(db)
    .await
}

/// A page of visits, newest first.
///
/// # Errors
/// What the database answers.
pub async fn list(db: impl PgExecutor<'_>, lead: LeadId, after: Option<Place>, limit: i64) -> sqlx::Result<Vec<Visit>> {
    let (at, id) = after.map(|Place(at, id)| (at, id)).unzip();
    let rows = sqlx::query!(
        r#"with point as (
               select q.contact_point_id from crm.lead_contact_point p
               join inbox_read.contact_point q on q.contact_point_id = p.contact_point_id
               where p.lead_id = $1
               union
               select q.contact_point_id from crm.lead_contact_point p
               join inbox_read.contact_point q on q.joined_into = p.contact_point_id
               where p.lead_id = $1),
           numbered as (
               select v.*, row_number() over (order by v.started_at, v.visit_id) as number
               from crm.visit v join point using (contact_point_id)),
           page as (
               select * from numbered n
               where $2::timestamptz is null or (n.started_at, n.visit_id) < ($2, $3::uuid)
               order by n.started_at desc, n.visit_id desc limit $4)
           select n.visit_id as "id!", n.account_id as "account!", n.started_at as "started_at!", n.last_at as "last_at!",
                  n.referrer_host as "referrer_host!", n.marks as "marks!: Json<BTreeMap<String, String>>",
                  n.device as "device!", n.number as "number!",
                  (select coalesce(sum(s.seconds), 0) from crm.visit_step s where s.visit_id = n.visit_id) as "seconds!",
                  coalesce((
                      select jsonb_agg(jsonb_build_object('at', s.at, 'kind', s.kind, 'path', s.path, 'title', s.title,
                                                          'seconds', s.seconds, 'name', s.name, 'left', jsonb_build_object(
                                                              'name', s.left_name, 'phone', s.left_phone, 'email', s.left_email))
                                       order by s.at, s.step_id)
                      from (select * from crm.visit_step s where s.visit_id = n.visit_id order by s.at, s.step_id limit $5) s),
                      '[]') as "steps!: Json<Vec<Step>>"
           from page n order by n.started_at desc, n.visit_id desc"#,
        lead.0,
        at,
        id,
        limit,
        STEPS_MOST
    )
    .fetch_all(db)
    .await?;
    let visits = rows.into_iter().map(|row| Visit {
        id: row.id,
        account: row.account,
        started_at: row.started_at,
        last_at: row.last_at,
        referrer_host: row.referrer_host,
        marks: row.marks.0,
        device: row.device,
        number: row.number,
        seconds: row.seconds,
        steps: row.steps.0,
    });
    Ok(visits.collect())
}

/// Counts what rules about visits look at, one statement for all of these leads; none where no rule does.
///
/// # Errors
/// What the database answers.
pub async fn count(
    db: impl PgExecutor<'_>,
    leads: &mut [Lead],
    rules: &[Rule],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let looking = || rules.iter().enumerate().filter(|(_, rule)| rule.looks.at_visits());
    if leads.is_empty() || looking().next().is_none() {
        return Ok(());
    }
    let ids: Vec<Uuid> = leads.iter().map(|lead| lead.id.0).collect();
    let places: Vec<i32> = looking().filter_map(|(place, _)| i32::try_from(place).ok()).collect();
    let kinds: Vec<i16> = looking().map(|(_, rule)| kind(rule.looks)).collect();
    let since: Vec<DateTime<Utc>> =
        looking().map(|(_, rule)| now - Duration::days(i64::from(rule.within_days))).collect();
    // A value is one line, so lines can be told apart again.
    let values: Vec<String> = looking().map(|(_, rule)| lines(&rule.values)).collect();
    let rows = sqlx::query!(
        r#"with point as (
               select p.lead_id, p.contact_point_id from crm.lead_contact_point p where p.lead_id = any ($1)
               union
               select p.lead_id, q.contact_point_id from crm.lead_contact_point p
               join inbox_read.contact_point q on q.joined_into = p.contact_point_id
               where p.lead_id = any ($1)),
           did as (
               select point.lead_id, 0::smallint as kind, v.started_at as at, '' as told
               from point join crm.visit v using (contact_point_id)
               union all
               select point.lead_id, s.kind, s.at, s.search_text
               from point join crm.visit v using (contact_point_id) join crm.visit_step s using (visit_id))
           select d.lead_id as "lead!", r.place as "place!", count(*) as "times!", max(d.at) as "last_at!"
           from unnest($2::int[], $3::smallint[], $4::timestamptz[], $5::text[]) r(place, kind, since, words)
           join did d on d.kind = r.kind and d.at >= r.since
           where r.words = '' or exists (
               select from unnest(string_to_array(r.words, E'\n')) word where position(word in d.told) > 0)
           group by 1, 2"#,
        &ids,
        &places,
        &kinds,
        &since,
        &values
    )
    .fetch_all(db)
    .await?;
    for lead in leads.iter_mut() {
        lead.did = vec![Did::default(); rules.len()];
    }
    for row in rows {
        let lead = leads.iter_mut().find(|lead| lead.id.0 == row.lead);
        let did = usize::try_from(row.place).ok().zip(lead).and_then(|(place, lead)| lead.did.get_mut(place));
        if let Some(did) = did {
            *did = Did { times: u32::try_from(row.times).unwrap_or(u32::MAX), last_at: Some(row.last_at) };
        }
    }
    Ok(())
}

fn lines(values: &[String]) -> String {
    values.iter().map(|value| search_form(value)).collect::<Vec<_>>().join("\n")
}

/// Visits themselves, or `okno.channel.v1.VisitStepKind`.
const fn kind(looks: Looks) -> i16 {
    match looks {
        Looks::PageViews => 1,
        Looks::FormsSent => 2,
        _ => 0,
    }
}
