//! Pages of leads by filters. Filters are optional, hence the builder; each page is one statement.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use crate::{
    clients::sight::Sight,
    text::{like_escaped, search_form},
};

/// When something last happened with a lead: a change by somebody, or something in its dialogs.
const ACTIVE: &str = "greatest(l.touched_at, (select max(a.active_at) from crm.lead_contact_point p
    join inbox_read.conversation_activity a using (contact_point_id) where p.lead_id = l.lead_id))";

/// Which leads; what is empty filters nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub query: String,
    pub states: Vec<i16>,
    pub responsible: Vec<Uuid>,
    pub without_responsible: bool,
    pub channels: Vec<String>,
    pub sources: Vec<String>,
    pub untouched_since: Option<DateTime<Utc>>,
    pub client: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Created,
    Active,
    Score,
}

/// Where a page begins: what the last row of the page before was ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Place {
    Time(DateTime<Utc>, Uuid),
    Score(i32, Uuid),
}

impl Place {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Time(_, id) | Self::Score(_, id) => *id,
        }
    }
}

/// The leads in sight that fit, by their places; `alike` are those that sound like the query.
pub async fn page(
    pool: &PgPool,
    sight: &Sight,
    filter: &Filter,
    alike: &[Uuid],
    order: Order,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Place>> {
    let (by, way, beyond) = match order {
        Order::Created => ("l.created_at", " desc", "<"),
        Order::Active => (ACTIVE, "", ">"),
        Order::Score => ("l.score", " desc", "<"),
    };
    let mut sql = QueryBuilder::new("select l.lead_id, ");
    sql.push(by).push(" as by from crm.lead l where true");
    if !sight.all {
        sql.push(" and (l.responsible_employee_id = any (").push_bind(sight.employees.clone());
        sql.push(") or l.access_level_ids && ").push_bind(sight.levels.clone()).push(")");
    }
    narrow(&mut sql, filter);
    words(&mut sql, &filter.query, alike);
    if after.is_some() {
        sql.push(format!(" and ({by}, l.lead_id) {beyond} ("));
    }
    match after {
        Some(Place::Time(at, id)) => {
            sql.push_bind(at).push(", ").push_bind(id).push(")");
        }
        Some(Place::Score(score, id)) => {
            sql.push_bind(score).push(", ").push_bind(id).push(")");
        }
        None => {}
    }
    sql.push(format!(" order by {by}{way}, l.lead_id{way} limit ")).push_bind(limit);
    let rows = sql.build().fetch_all(pool).await?;
    let place = |row: &sqlx::postgres::PgRow| {
        let id = row.try_get(0)?;
        Ok(match order {
            Order::Created | Order::Active => Place::Time(row.try_get(1)?, id),
            Order::Score => Place::Score(row.try_get(1)?, id),
        })
    };
    rows.iter().map(place).collect()
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if !filter.states.is_empty() {
        // As numbers of ours, so that the partial index of open ones fits.
        let states: Vec<String> = filter.states.iter().map(i16::to_string).collect();
        sql.push(format!(" and l.state in ({})", states.join(", ")));
    }
    match (filter.responsible.is_empty(), filter.without_responsible) {
        (true, false) => {}
        (true, true) => {
            sql.push(" and l.responsible_employee_id is null");
        }
        (false, alone) => {
            sql.push(" and (l.responsible_employee_id = any (").push_bind(filter.responsible.clone()).push(")");
            sql.push(if alone { " or l.responsible_employee_id is null)" } else { ")" });
        }
    }
    for (column, texts) in [("channel", &filter.channels), ("source", &filter.sources)] {
        if !texts.is_empty() {
            sql.push(format!(" and l.{column} = any (")).push_bind(texts.clone()).push(")");
        }
    }
    if let Some(since) = filter.untouched_since {
        sql.push(" and l.touched_at < ").push_bind(since);
        sql.push(
            " and not exists (select from crm.lead_contact_point p
                  join inbox_read.conversation_activity a using (contact_point_id)
                  where p.lead_id = l.lead_id and a.waiting_since is null and a.active_at >= ",
        );
        // Whoever writes again and waits is not worked on.
        sql.push_bind(since).push(")");
    }
    if let Some(client) = filter.client {
        sql.push(" and l.client_id = ").push_bind(client);
    }
}

/// All words somewhere in the names; or a part of an address; or it sounds like it.
fn words(sql: &mut QueryBuilder<Postgres>, query: &str, alike: &[Uuid]) {
    let text = search_form(query);
    if text.is_empty() {
        return;
    }
    sql.push(" and (l.lead_id = any (").push_bind(alike.to_vec()).push(")");
    for (place, word) in text.split(' ').enumerate() {
        sql.push(if place == 0 { " or (l.search_name like " } else { " and l.search_name like " });
        sql.push_bind(format!("%{}%", like_escaped(word)));
    }
    sql.push(")");
    for part in address_parts(&text) {
        sql.push(" or exists (select from crm.lead_address a where a.lead_id = l.lead_id and a.kind in (1, 2) and a.normalized like ");
        sql.push_bind(part).push(")");
    }
    sql.push(")");
}

/// What may be a part of a phone number, the Russian 8 read as 7 too, or of an e-mail address.
fn address_parts(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.chars().any(|c| c.is_alphabetic() || c == '@') {
        let fits = text.chars().count() >= 3 && !text.contains(' ');
        return if fits { vec![format!("%{}%", like_escaped(text))] } else { Vec::new() };
    }
    if digits.len() < 4 {
        return Vec::new();
    }
    let mut parts = vec![format!("%{digits}%")];
    parts.extend(digits.strip_prefix('8').map(|rest| format!("7{rest}%")));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_in_part_and_a_name_in_addresses_of_mail() {
        assert_eq!(address_parts("8 (999) 000"), ["%8999000%", "7999000%"]);
        assert_eq!(address_parts("buyer_1"), [r"%buyer\_1%"]);
        assert!(address_parts("анна иванова").is_empty() && address_parts("12").is_empty());
    }
}
