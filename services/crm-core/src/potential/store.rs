//! The SQL of settings and potentials. One statement per function; the caller owns the transaction.

use chrono::{DateTime, NaiveDate, Utc};
use model::EmployeeId;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    fields,
    settings::{Department, Head, Weight},
};

/// Lets one change of the settings go after another.
pub async fn lock_settings(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('crm.potential_settings', 0))").execute(db).await?;
    Ok(())
}

pub async fn save_head(db: impl PgExecutor<'_>, head: &Head) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.potential_settings (revision, period, fields) values ($1, $2, $3)
         on conflict (only_one) do update set revision = excluded.revision, period = excluded.period,
             fields = excluded.fields",
        head.revision.0,
        head.period,
        &head.fields
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The departments that somebody is in or heads, those below the latter, and all above any of these.
pub async fn departments_around(db: impl PgExecutor<'_>, viewer: EmployeeId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"with own as (
               select m.department_id from crm.employee_department m where m.employee_id = $1),
           headed as (
               select k.department_id from crm.employee e
               join crm.department_closure k on k.above_department_id in (
                   select department_id from own
                   union select d.department_id from crm.department d where d.head_employee_id = e.employee_id)
               where e.employee_id = $1 and 'head' = any (e.roles) and not e.dismissed),
           near as (select department_id from own union select department_id from headed)
           select distinct k.above_department_id from crm.department_closure k join near using (department_id)"#,
        viewer.0
    )
    .fetch_all(db)
    .await
}

pub async fn bases(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(Option<Uuid>, String)>> {
    let rows = sqlx::query!(r#"select department_id, amount::text as "amount!" from crm.potential_base"#);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.department_id, row.amount)).collect())
}

pub async fn weights(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(Option<Uuid>, Weight)>> {
    let rows = sqlx::query!(
        r#"select department_id, field, value, weight::text as "weight!" from crm.potential_weight order by field, value"#
    )
    .fetch_all(db)
    .await?;
    let weight = |field, value, weight| Weight { field, value, weight };
    Ok(rows.into_iter().map(|row| (row.department_id, weight(row.field, row.value, row.weight))).collect())
}

/// Whether all of these entries are there, each of its kind.
pub async fn entries_exist(db: impl PgExecutor<'_>, kinds: &[i16], ids: &[Uuid]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select not exists (
               select from unnest($1::smallint[], $2::uuid[]) as w(kind, id)
               where not exists (select from crm.directory_entry e where e.entry_id = w.id and e.kind = w.kind)) as "all!""#,
        kinds,
        ids
    )
    .fetch_one(db)
    .await
}

pub async fn departments_exist(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select not exists (
               select from unnest($1::uuid[]) as w(id)
               where not exists (select from crm.department d where d.department_id = w.id)) as "all!""#,
        ids
    )
    .fetch_one(db)
    .await
}

/// What the bases of departments are stored from.
pub struct Bases {
    ids: Vec<Option<Uuid>>,
    amounts: Vec<String>,
}

impl Bases {
    #[must_use]
    pub fn of(departments: &[Department]) -> Self {
        let rows = departments.iter().filter_map(|one| Some((one.id, one.base.clone()?)));
        let (ids, amounts) = rows.unzip();
        Self { ids, amounts }
    }
}

/// What the weights of departments are stored from.
pub struct Weights {
    ids: Vec<Option<Uuid>>,
    fields: Vec<String>,
    values: Vec<String>,
    weights: Vec<String>,
}

impl Weights {
    #[must_use]
    pub fn of(departments: &[Department]) -> Self {
        let all = || departments.iter().flat_map(|one| one.weights.iter().map(|weight| (one.id, weight)));
        Self {
            ids: all().map(|(id, _)| id).collect(),
            fields: all().map(|(_, weight)| weight.field.clone()).collect(),
            values: all().map(|(_, weight)| weight.value.clone()).collect(),
            weights: all().map(|(_, weight)| weight.weight.clone()).collect(),
        }
    }
}

/// Takes away what these departments have of their own; null: the company.
pub async fn delete_own(db: impl PgExecutor<'_>, ids: &[Option<Uuid>]) -> sqlx::Result<()> {
    sqlx::query!(
        "with wanted as (select id from unnest($1::uuid[]) as w(id)),
         base as (
             delete from crm.potential_base b using wanted where b.department_id is not distinct from wanted.id)
         delete from crm.potential_weight w using wanted where w.department_id is not distinct from wanted.id",
        ids as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_bases(db: impl PgExecutor<'_>, rows: &Bases) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.potential_base (department_id, amount)
         select id, amount::numeric from unnest($1::uuid[], $2::text[]) as b(id, amount)",
        &rows.ids as _,
        &rows.amounts
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_weights(db: impl PgExecutor<'_>, rows: &Weights) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.potential_weight (department_id, field, value, weight)
         select id, field, value, weight::numeric
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as w(id, field, value, weight)",
        &rows.ids as _,
        &rows.fields,
        &rows.values,
        &rows.weights
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts these clients and stores what they come to, all in one statement.
///
/// A weight is that of the nearest department, going up from the one in which the client counts; the one with the most departments
/// above it is the nearest. The nil id stands for "in none".
pub async fn count(db: impl PgExecutor<'_>, head: &Head, clients: &[Uuid]) -> sqlx::Result<()> {
    let custom: Vec<Uuid> = head.fields.iter().filter_map(|name| fields::custom_field(name)).collect();
    sqlx::query!(
        "with wanted as materialized (
             select c.*, coalesce((select m.department_id from crm.employee_department m
                                   where m.employee_id = c.responsible_employee_id order by m.department_id limit 1),
                                  '00000000-0000-0000-0000-000000000000'::uuid) as counts_in
             from crm.client c where c.client_id = any ($1)),
         depth as materialized (
             select department_id, count(*) as depth from crm.department_closure group by department_id),
         held as materialized (
             select w.client_id, w.counts_in, f.field, f.value
             from wanted w cross join lateral (values
                 ('kind', w.kind::text), ('importance', nullif(w.importance, 0)::text),
                 ('work_status', nullif(w.work_status, 0)::text), ('solvency', nullif(w.solvency, 0)::text),
                 ('industry_id', w.industry_id::text), ('segment_id', w.segment_id::text),
                 ('headcount_id', w.headcount_id::text), ('workplaces_id', w.workplaces_id::text),
                 ('region_id', w.region_id::text), ('holding_id', w.holding_id::text)) as f(field, value)
             where f.field = any ($2) and f.value is not null
             union all
             select w.client_id, w.counts_in, 'custom_values:' || v.field_id, coalesce(v.yes_value::text, v.id_value::text)
             from wanted w join crm.custom_value v on v.object_id = w.client_id
             where v.field_id = any ($3) and coalesce(v.yes_value::text, v.id_value::text) is not null),
         found as materialized (
             select a.counts_in, a.field, a.value, near.weight, near.department_id
             from (select distinct counts_in, field, value from held) a
             left join lateral (
                 select w.weight, w.department_id
                 from crm.potential_weight w left join depth d using (department_id)
                 where w.field = a.field and w.value = a.value
                   and (w.department_id is null
                        or exists (select from crm.department_closure k
                                   where k.department_id = a.counts_in and k.above_department_id = w.department_id))
                 order by d.depth desc nulls last limit 1) near on true),
         base as materialized (
             select a.counts_in, near.amount, near.department_id
             from (select distinct counts_in from wanted) a
             left join lateral (
                 select b.amount, b.department_id
                 from crm.potential_base b left join depth d using (department_id)
                 where b.department_id is null
                    or exists (select from crm.department_closure k
                               where k.department_id = a.counts_in and k.above_department_id = b.department_id)
                 order by d.depth desc nulls last limit 1) near on true),
         product as (
             select h.client_id, crm.product(coalesce(f.weight, 1)) as weight,
                    jsonb_agg(jsonb_build_object('field', h.field, 'value', h.value, 'weight', f.weight::text,
                                                 'department_id', f.department_id)
                              order by array_position($2, h.field)) as factors
             from held h join found f using (counts_in, field, value) group by h.client_id),
         counted as (
             select w.client_id, nullif(w.counts_in, '00000000-0000-0000-0000-000000000000'::uuid) as department_id,
                    b.amount as base, b.department_id as base_department_id, coalesce(p.factors, '[]') as factors,
                    round(b.amount * coalesce(p.weight, 1), 2) as counted
             from wanted w join base b using (counts_in) left join product p using (client_id))
         insert into crm.client_potential (client_id, settings_revision, period, department_id, base, base_department_id,
                                           factors, counted, amount)
         select c.client_id, $4, $5, c.department_id, c.base, c.base_department_id, c.factors, c.counted,
                coalesce(o.amount, c.counted)
         from counted c left join crm.potential_override o
             on o.client_id = c.client_id and o.ends_on >= (now() at time zone 'UTC')::date
         on conflict (client_id) do update set settings_revision = excluded.settings_revision, period = excluded.period,
             department_id = excluded.department_id, base = excluded.base, base_department_id = excluded.base_department_id,
             factors = excluded.factors, counted = excluded.counted, amount = excluded.amount, counted_at = now()",
        clients,
        &head.fields,
        &custom,
        head.revision.0,
        head.period
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a client comes to; its amount is that of now, whatever was stored when.
#[derive(Debug, Clone, PartialEq)]
pub struct Potential {
    pub client: Uuid,
    pub amount: Option<String>,
    pub counted: Option<Counted>,
    pub by_hand: Option<ByHand>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub amount: Option<String>,
    pub period: i16,
    pub at: DateTime<Utc>,
    pub department: Option<Uuid>,
    pub base: Option<String>,
    pub base_department: Option<Uuid>,
    pub factors: Vec<Factor>,
    pub stale: bool,
}

/// A weight that counted; `None`: none is set for the value.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Factor {
    pub field: String,
    pub value: String,
    pub weight: Option<String>,
    pub department_id: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ByHand {
    pub amount: String,
    pub reason: String,
    pub ends_on: NaiveDate,
    pub author: Option<Uuid>,
    pub set_at: DateTime<Utc>,
}

/// How a client's potential came about.
pub async fn of_client(db: impl PgExecutor<'_>, client: Uuid) -> sqlx::Result<Potential> {
    let row = sqlx::query!(
        r#"select p.period as "period?", p.counted_at as "counted_at?", p.department_id, p.base::text as base,
                  p.base_department_id, p.factors as "factors?: Json<Vec<Factor>>", p.counted::text as counted,
                  p.settings_revision <> coalesce((select revision from crm.potential_settings), 1)
                      or p.counted_at < now() - interval '2 days' as stale,
                  o.amount::text as by_hand, o.reason as "reason?", o.ends_on as "ends_on?", o.employee_id, o.set_at as "set_at?"
           from (select $1::uuid as client_id) c left join crm.client_potential p using (client_id)
               left join crm.potential_override o
                   on o.client_id = c.client_id and o.ends_on >= (now() at time zone 'UTC')::date"#,
        client
    )
    .fetch_one(db)
    .await?;
    let by_hand = row.by_hand.zip(row.reason).zip(row.ends_on.zip(row.set_at));
    let by_hand = by_hand.map(|((amount, reason), (ends_on, set_at))| ByHand {
        amount,
        reason,
        ends_on,
        author: row.employee_id,
        set_at,
    });
    let set = by_hand.as_ref().map(|set| set.amount.clone());
    let amount = set.or_else(|| row.counted.clone());
    let counted = row.period.zip(row.counted_at).map(|(period, at)| Counted {
        amount: row.counted,
        period,
        at,
        department: row.department_id,
        base: row.base,
        base_department: row.base_department_id,
        factors: row.factors.map(|Json(factors)| factors).unwrap_or_default(),
        stale: row.stale.unwrap_or_default(),
    });
    Ok(Potential { client, amount, counted, by_hand })
}

/// Of those of these clients that have one, in their order: the amount, and whether somebody set it.
pub async fn amounts(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Vec<(Uuid, String, bool)>> {
    let rows = sqlx::query!(
        r#"select w.client_id as "client_id!", coalesce(o.amount, p.counted)::text as "amount!", o.amount is not null as "by_hand!"
           from unnest($1::uuid[]) with ordinality as w(client_id, place)
               left join crm.client_potential p using (client_id)
               left join crm.potential_override o
                   on o.client_id = w.client_id and o.ends_on >= (now() at time zone 'UTC')::date
           where coalesce(o.amount, p.counted) is not null order by w.place"#,
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.amount, row.by_hand)).collect())
}

/// Sets a client's potential in the place of what was set before.
pub async fn set(db: impl PgExecutor<'_>, client: Uuid, by_hand: &ByHand) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.potential_override (client_id, amount, reason, ends_on, employee_id, set_at)
         values ($1, $2::text::numeric, $3, $4, $5, $6)
         on conflict (client_id) do update set amount = excluded.amount, reason = excluded.reason,
             ends_on = excluded.ends_on, employee_id = excluded.employee_id, set_at = excluded.set_at",
        client,
        by_hand.amount,
        by_hand.reason,
        by_hand.ends_on,
        by_hand.author,
        by_hand.set_at
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn clear(db: impl PgExecutor<'_>, client: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.potential_override where client_id = $1", client).execute(db).await?;
    Ok(())
}

/// Takes away what was set until a day that is over, and lets the formula count again. What was set, when and by whom stays in the
/// audit.
pub async fn end_overrides(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "with ended as (
             delete from crm.potential_override where ends_on < (now() at time zone 'UTC')::date returning client_id)
         update crm.client_potential p set amount = p.counted from ended where p.client_id = ended.client_id"
    )
    .execute(db)
    .await?;
    Ok(())
}
