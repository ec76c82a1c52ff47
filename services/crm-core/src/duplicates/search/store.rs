//! The SQL of searches. One statement per function; the caller owns the transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use model::EmployeeId;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{Search, State};
use crate::duplicates::{
    blocks::Pair,
    kind::Kind,
    rules::{Match, Rule, Rules, Strength},
};

struct Row {
    search_id: Uuid,
    kind: i16,
    state: i16,
    clients_total: i64,
    clients: i64,
    client_cursor: Option<Uuid>,
    key_cursor: Option<i64>,
    pairs: i64,
    groups: i64,
    employee_id: Option<Uuid>,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    rules: Json<Kept>,
}

/// Rules as a search keeps them.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    strengths: Vec<(Rule, Strength)>,
    shared: BTreeSet<String>,
}

impl Row {
    fn search(self) -> (Search, Rules) {
        let Json(kept) = self.rules;
        let rules = Rules { strengths: kept.strengths.into_iter().collect(), shared: kept.shared };
        let search = Search {
            id: self.search_id,
            kind: Kind::of(self.kind),
            state: State::of(self.state),
            clients_total: self.clients_total,
            clients: self.clients,
            client_cursor: self.client_cursor,
            key_cursor: self.key_cursor,
            pairs: self.pairs,
            groups: self.groups,
            author: self.employee_id.map(EmployeeId),
            started_at: self.started_at,
            ended_at: self.ended_at,
        };
        (search, rules)
    }
}

/// `false` when one of this id is there already. One that goes on violates `duplicate_search_running`.
pub async fn insert(
    db: impl PgExecutor<'_>,
    id: Uuid,
    kind: Kind,
    rules: &Rules,
    by: Option<EmployeeId>,
) -> sqlx::Result<bool> {
    let kept = Kept { strengths: rules.strengths.clone().into_iter().collect(), shared: rules.shared.clone() };
    let done = sqlx::query!(
        "insert into crm.duplicate_search (search_id, state, rules, clients_total, employee_id, kind)
         select $1, 1, $2, count(*), $3, $4 from crm.duplicate_record
         where kind = $4 and merged_into is null and archived_at is null
         on conflict (search_id) do nothing",
        id,
        Json(kept) as _,
        by.map(|id| id.0),
        kind.number()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One search, or the newest of a kind.
pub async fn search(db: impl PgExecutor<'_>, kind: Kind, id: Option<Uuid>) -> sqlx::Result<Option<Search>> {
    let row = sqlx::query_as!(
        Row,
        r#"select search_id, kind, state, clients_total, clients, client_cursor, key_cursor, pairs, groups, employee_id,
                  started_at, ended_at, rules as "rules: Json<Kept>"
           from crm.duplicate_search where case when $1::uuid is null then kind = $2 else search_id = $1 end
           order by started_at desc, search_id desc limit 1"#,
        id,
        kind.number()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.search().0))
}

pub async fn search_for_update(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<(Search, Rules)>> {
    let row = sqlx::query_as!(
        Row,
        r#"select search_id, kind, state, clients_total, clients, client_cursor, key_cursor, pairs, groups, employee_id,
                  started_at, ended_at, rules as "rules: Json<Kept>"
           from crm.duplicate_search where search_id = $1 for update"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Row::search))
}

pub async fn next_records(
    db: impl PgExecutor<'_>,
    kind: Kind,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select record_id as "record_id!" from crm.duplicate_record
           where kind = $3 and record_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
             and merged_into is null and archived_at is null
           order by record_id limit $2"#,
        after,
        limit,
        kind.number()
    )
    .fetch_all(db)
    .await
}

pub async fn insert_keys(db: impl PgExecutor<'_>, search: Uuid, keys: &[i64], clients: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.duplicate_key (search_id, key, client_id)
         select $1, key, client_id from unnest($2::bigint[], $3::uuid[]) k(key, client_id) on conflict do nothing",
        search,
        keys,
        clients
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn have_read(db: impl PgExecutor<'_>, search: Uuid, up_to: Uuid, clients: usize) -> sqlx::Result<()> {
    let clients = i64::try_from(clients).unwrap_or(i64::MAX);
    sqlx::query!(
        "update crm.duplicate_search set client_cursor = $2, clients = clients + $3 where search_id = $1",
        search,
        up_to,
        clients
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_state(db: impl PgExecutor<'_>, search: Uuid, state: State) -> sqlx::Result<()> {
    sqlx::query!("update crm.duplicate_search set state = $2 where search_id = $1", search, state.number())
        .execute(db)
        .await?;
    Ok(())
}

/// The next keys under which at least two and not too many meet.
pub async fn next_blocks(
    db: impl PgExecutor<'_>,
    search: Uuid,
    after: Option<i64>,
    most: i64,
    limit: i64,
) -> sqlx::Result<Vec<(i64, Vec<Uuid>)>> {
    let rows = sqlx::query!(
        r#"select key, array_agg(client_id) as "clients!" from crm.duplicate_key
           where search_id = $1 and ($2::bigint is null or key > $2)
           group by key having count(*) between 2 and $3 order by key limit $4"#,
        search,
        after,
        most,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.clients)).collect())
}

/// Returns how many were new; pairs that were called different are left out when they are read.
pub async fn insert_pairs(db: impl PgExecutor<'_>, search: Uuid, pairs: &[Pair]) -> sqlx::Result<u64> {
    let one: Vec<Uuid> = pairs.iter().map(|pair| pair.one).collect();
    let other: Vec<Uuid> = pairs.iter().map(|pair| pair.other).collect();
    let rules: Vec<String> = pairs.iter().map(|pair| written(&pair.found.rules)).collect();
    let duplicate: Vec<bool> = pairs.iter().map(|pair| pair.found.duplicate).collect();
    let score: Vec<i16> = pairs.iter().map(|pair| pair.found.score).collect();
    let done = sqlx::query!(
        "insert into crm.duplicate_pair (search_id, one_id, other_id, rules, duplicate, score)
         select $1, one, other, string_to_array(rules, ','), duplicate, score
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bool[], $6::smallint[]) p(one, other, rules, duplicate, score)
         on conflict do nothing",
        search,
        &one,
        &other,
        &rules,
        &duplicate,
        &score
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub async fn have_compared(db: impl PgExecutor<'_>, search: Uuid, up_to: i64, new: u64) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.duplicate_search set key_cursor = $2, pairs = pairs + $3 where search_id = $1",
        search,
        up_to,
        new.cast_signed()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All pairs of a search.
pub async fn pairs(db: impl PgExecutor<'_>, search: Uuid) -> sqlx::Result<Vec<Pair>> {
    let rows = sqlx::query!(
        "select one_id, other_id, rules, duplicate, score from crm.duplicate_pair where search_id = $1",
        search
    )
    .fetch_all(db)
    .await?;
    let pair = |one, other, rules: &[String], duplicate, score| Pair {
        one,
        other,
        found: Match { rules: read(rules), duplicate, score },
    };
    Ok(rows.iter().map(|row| pair(row.one_id, row.other_id, &row.rules, row.duplicate, row.score)).collect())
}

pub async fn set_groups(
    db: impl PgExecutor<'_>,
    search: Uuid,
    pairs: &[(Uuid, Uuid)],
    groups: &[Uuid],
) -> sqlx::Result<()> {
    let (one, other): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    sqlx::query!(
        "with grouped as (
             select * from unnest($2::uuid[], $3::uuid[], $4::uuid[]) g(one_id, other_id, group_id)),
         set_pairs as (
             update crm.duplicate_pair p set group_id = g.group_id from grouped g
             where p.search_id = $1 and p.one_id = g.one_id and p.other_id = g.other_id)
         insert into crm.duplicate_group (search_id, group_id, score, duplicate)
         select $1, g.group_id, max(p.score), bool_or(p.duplicate)
         from grouped g join crm.duplicate_pair p
             on p.search_id = $1 and p.one_id = g.one_id and p.other_id = g.other_id
         group by g.group_id",
        search,
        &one,
        &other,
        groups
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn finish(db: impl PgExecutor<'_>, search: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "with gone as (delete from crm.duplicate_key where search_id = $1)
         update crm.duplicate_search set state = 3, ended_at = now(),
             groups = (select count(*) from crm.duplicate_group where search_id = $1)
         where search_id = $1",
        search
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A page of groups in which at least one pair still counts: both stand for themselves, and neither they nor those merged into
/// them were called different. The surest first.
pub async fn groups(
    db: impl PgExecutor<'_>,
    search: Uuid,
    duplicates_only: bool,
    after: Option<(i16, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, i16, bool)>> {
    let (score, id) = after.unzip();
    let rows = sqlx::query!(
        "select g.group_id, g.score, g.duplicate from crm.duplicate_group g
         where g.search_id = $1 and (not $2 or g.duplicate)
           and ($3::smallint is null or g.score < $3 or (g.score = $3 and g.group_id > $4::uuid))
           and exists (select from crm.duplicate_pair p
                       join crm.duplicate_record a on a.record_id = p.one_id and a.merged_into is null
                       join crm.duplicate_record b on b.record_id = p.other_id and b.merged_into is null
                       where p.search_id = $1 and p.group_id = g.group_id
                         and (p.one_id, p.other_id) not in (
                             select least(coalesce(x.merged_into, x.record_id), coalesce(y.merged_into, y.record_id)),
                                    greatest(coalesce(x.merged_into, x.record_id), coalesce(y.merged_into, y.record_id))
                             from crm.called_different n
                             join crm.duplicate_record x on x.record_id = n.one_id join crm.duplicate_record y on y.record_id = n.other_id))
         order by g.score desc, g.group_id limit $5",
        search,
        duplicates_only,
        score,
        id,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.group_id, row.score, row.duplicate)).collect())
}

/// The pairs of groups that still count, the surest first.
pub async fn pairs_of(
    db: impl PgExecutor<'_>,
    search: Uuid,
    groups: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, Uuid, Uuid, Match)>> {
    let rows = sqlx::query!(
        r#"select p.group_id as "group_id!", p.one_id, p.other_id, p.rules, p.duplicate, p.score
           from crm.duplicate_pair p
           join crm.duplicate_record a on a.record_id = p.one_id and a.merged_into is null
           join crm.duplicate_record b on b.record_id = p.other_id and b.merged_into is null
           where p.search_id = $1 and p.group_id = any ($2)
             and (p.one_id, p.other_id) not in (
                 select least(coalesce(x.merged_into, x.record_id), coalesce(y.merged_into, y.record_id)),
                        greatest(coalesce(x.merged_into, x.record_id), coalesce(y.merged_into, y.record_id))
                 from crm.called_different n
                 join crm.duplicate_record x on x.record_id = n.one_id join crm.duplicate_record y on y.record_id = n.other_id)
           order by p.group_id, p.score desc, p.one_id, p.other_id"#,
        search,
        groups
    )
    .fetch_all(db)
    .await?;
    let pair = rows.into_iter().map(|row| {
        let found = Match { rules: read(&row.rules), duplicate: row.duplicate, score: row.score };
        (row.group_id, row.one_id, row.other_id, found)
    });
    Ok(pair.collect())
}

/// Forgets searches but the last five of each kind.
pub async fn forget_old(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from crm.duplicate_search where state = 3 and search_id not in (
             select search_id from (
                 select search_id, row_number() over (partition by kind order by started_at desc) as place
                 from crm.duplicate_search) s where place <= 5)"
    )
    .execute(db)
    .await?;
    Ok(())
}

fn written(rules: &[Rule]) -> String {
    rules.iter().map(|rule| name(*rule)).collect::<Vec<_>>().join(",")
}

fn read(names: &[String]) -> Vec<Rule> {
    const ALL: [Rule; 7] =
        [Rule::Inn, Rule::Phone, Rule::Email, Rule::Identity, Rule::Name, Rule::SimilarName, Rule::Birthday];
    ALL.into_iter().filter(|rule| names.iter().any(|written| written == name(*rule))).collect()
}

const fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::Inn => "inn",
        Rule::Phone => "phone",
        Rule::Email => "email",
        Rule::Identity => "identity",
        Rule::Name => "name",
        Rule::SimilarName => "similar_name",
        Rule::Birthday => "birthday",
    }
}
