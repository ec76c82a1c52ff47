//! Pages of clients by filters. Filters are optional, hence the builder; each page is one statement.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::sight::Sight;
use crate::{
    cards::values::Test,
    text::{like_escaped, search_form},
};

/// So many people have few clients of all.
const FEW: usize = 5;

/// Which clients; what is empty filters nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub query: String,
    pub kind: Option<i16>,
    pub responsible: Vec<Uuid>,
    pub without_responsible: bool,
    pub tags: Vec<Uuid>,
    pub levels: Vec<Uuid>,
    pub industries: Vec<Uuid>,
    pub segments: Vec<Uuid>,
    pub regions: Vec<Uuid>,
    pub holdings: Vec<Uuid>,
    pub importances: Vec<i16>,
    pub work_statuses: Vec<i16>,
    pub solvencies: Vec<i16>,
    pub relations: Vec<i16>,
    /// All of them, each of a custom field.
    pub custom: Vec<(Uuid, Test)>,
    pub archived: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Name,
    Created,
    Updated,
    /// The largest first, those without one last.
    Potential,
}

/// Where a page begins: what the last row of the page before was ordered by.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Place {
    Name(String, Uuid),
    Time(DateTime<Utc>, Uuid),
    /// A decimal.
    Potential(Option<String>, Uuid),
}

impl Place {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Name(_, id) | Self::Time(_, id) | Self::Potential(_, id) => *id,
        }
    }
}

/// The clients in sight that fit, by their places.
pub async fn page(
    pool: &PgPool,
    sight: &Sight,
    filter: &Filter,
    order: Order,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Place>> {
    let by = match order {
        Order::Name => "c.search_name",
        Order::Created => "c.created_at",
        Order::Updated => "c.updated_at",
        Order::Potential => return by_potential(pool, sight, filter, after, limit).await,
    };
    let mut sql = QueryBuilder::new("select c.client_id, ");
    sql.push(by).push(" as by from crm.client c where c.merged_into is null");
    fitting(&mut sql, sight, filter);
    match after {
        Some(Place::Name(name, id)) => {
            sql.push(" and (c.search_name, c.client_id) > (").push_bind(name).push(", ").push_bind(id).push(")");
        }
        Some(Place::Time(at, id)) => {
            sql.push(format!(" and ({by}, c.client_id) < (")).push_bind(at).push(", ").push_bind(id).push(")");
        }
        Some(Place::Potential(..)) | None => {}
    }
    let way = if order == Order::Name { "" } else { " desc" };
    sql.push(format!(" order by {by}{way}, c.client_id{way} limit ")).push_bind(limit);
    let rows = sql.build().fetch_all(pool).await?;
    let place = |row: &sqlx::postgres::PgRow| {
        let id = row.try_get(0)?;
        Ok(if order == Order::Name { Place::Name(row.try_get(1)?, id) } else { Place::Time(row.try_get(1)?, id) })
    };
    rows.iter().map(place).collect()
}

/// First those that have a potential, walked in its order; where they do not fill the page, those without.
async fn by_potential(
    pool: &PgPool,
    sight: &Sight,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Place>> {
    let (largest, last) = match after {
        Some(Place::Potential(amount, id)) => (amount, Some(id)),
        _ => (None, None),
    };
    let mut places = Vec::new();
    if largest.is_some() || last.is_none() {
        let mut sql = QueryBuilder::new(
            "select c.client_id, p.amount::text from crm.client_potential p join crm.client c using (client_id)
             where p.amount is not null and c.merged_into is null",
        );
        fitting(&mut sql, sight, filter);
        if let Some((amount, id)) = largest.clone().zip(last) {
            sql.push(" and (p.amount, p.client_id) < (")
                .push_bind(amount)
                .push("::text::numeric, ")
                .push_bind(id)
                .push(")");
        }
        sql.push(" order by p.amount desc, p.client_id desc limit ").push_bind(limit);
        for row in sql.build().fetch_all(pool).await? {
            places.push(Place::Potential(row.try_get(1)?, row.try_get(0)?));
        }
    }
    let left = limit - i64::try_from(places.len()).unwrap_or(limit);
    if left > 0 {
        let mut sql = QueryBuilder::new(
            "select c.client_id from crm.client c
             where c.merged_into is null and not exists (select from crm.client_potential p
                                                         where p.client_id = c.client_id and p.amount is not null)",
        );
        fitting(&mut sql, sight, filter);
        if let Some(id) = last.filter(|_| largest.is_none()) {
            sql.push(" and c.client_id < ").push_bind(id);
        }
        sql.push(" order by c.client_id desc limit ").push_bind(left);
        for row in sql.build().fetch_all(pool).await? {
            places.push(Place::Potential(None, row.try_get(0)?));
        }
    }
    Ok(places)
}

fn fitting(sql: &mut QueryBuilder<Postgres>, sight: &Sight, filter: &Filter) {
    sql.push(if filter.archived { " and c.archived_at is not null" } else { " and c.archived_at is null" });
    seen(sql, sight);
    narrow(sql, filter);
}

/// Of few people the clients are looked up and then ordered; of many, the order is walked until the page is full.
fn seen(sql: &mut QueryBuilder<Postgres>, sight: &Sight) {
    if sight.all {
        return;
    }
    let (employees, levels) = (sight.employees.clone(), sight.levels.clone());
    if employees.len() <= FEW {
        sql.push(" and c.client_id = any (array(select o.client_id from crm.client o where o.responsible_employee_id = any (");
        sql.push_bind(employees).push(") union select o.client_id from crm.client o where o.access_level_ids && ");
        sql.push_bind(levels).push("))");
    } else {
        sql.push(" and (c.responsible_employee_id = any (").push_bind(employees);
        sql.push(") or c.access_level_ids && ").push_bind(levels).push(")");
    }
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(kind) = filter.kind {
        sql.push(" and c.kind = ").push_bind(kind);
    }
    match (filter.responsible.is_empty(), filter.without_responsible) {
        (true, false) => {}
        (true, true) => {
            sql.push(" and c.responsible_employee_id is null");
        }
        (false, alone) => {
            sql.push(" and (c.responsible_employee_id = any (").push_bind(filter.responsible.clone()).push(")");
            sql.push(if alone { " or c.responsible_employee_id is null)" } else { ")" });
        }
    }
    let ids = [
        ("industry_id", &filter.industries),
        ("segment_id", &filter.segments),
        ("region_id", &filter.regions),
        ("holding_id", &filter.holdings),
    ];
    for (column, ids) in ids.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        sql.push(format!(" and c.{column} = any (")).push_bind(ids.clone()).push(")");
    }
    for (column, ids) in [("tag_ids", &filter.tags), ("access_level_ids", &filter.levels)] {
        if !ids.is_empty() {
            sql.push(format!(" and c.{column} && ")).push_bind(ids.clone());
        }
    }
    let numbers =
        [("importance", &filter.importances), ("work_status", &filter.work_statuses), ("solvency", &filter.solvencies)];
    for (column, numbers) in numbers.into_iter().filter(|(_, numbers)| !numbers.is_empty()) {
        sql.push(format!(" and c.{column} = any (")).push_bind(numbers.clone()).push(")");
    }
    if !filter.relations.is_empty() {
        sql.push(" and c.relations && ").push_bind(filter.relations.clone());
    }
    for (field, test) in &filter.custom {
        test.push(sql, *field);
    }
    words(sql, &filter.query);
}

/// All words somewhere in the name, or all in the working name; or the beginning of the INN.
fn words(sql: &mut QueryBuilder<Postgres>, query: &str) {
    let text = search_form(query);
    if text.is_empty() {
        return;
    }
    sql.push(" and (");
    for column in ["search_name", "search_working_name"] {
        for (place, word) in text.split(' ').enumerate() {
            sql.push(if place == 0 { "(c." } else { " and c." }).push(column).push(" like ");
            sql.push_bind(format!("%{}%", like_escaped(word)));
        }
        sql.push(") or ");
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        sql.push("c.inn <> '' and c.inn like ").push_bind(format!("{text}%"));
    } else {
        sql.push("false");
    }
    sql.push(")");
}
