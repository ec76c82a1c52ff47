//! Entries from all sources at once, one statement each. Which sources there are is data, hence the builder.

use model::EmployeeId;
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::domain::{Detail, Entry, FILE, Filter, Place, Scope, Source};

/// Of the text of an entry; one more says that it goes on.
pub const TEXT: usize = 1_000;
/// `okno.crm.v1.FeedState`.
const PLANNED: &str = "2";

/// What is read of the sources.
pub struct Feed<'a> {
    pub sources: &'a [Source],
    pub scope: &'a Scope,
    pub viewer: EmployeeId,
}

type Sql = QueryBuilder<Postgres>;

impl Feed<'_> {
    /// What is neither planned nor pinned, newest first. Of each client and dialog no more is read than the page may show.
    pub async fn past(
        &self,
        pool: &PgPool,
        filter: &Filter,
        after: Option<Place>,
        limit: i64,
    ) -> sqlx::Result<Vec<Entry>> {
        let rest = |sql: &mut Sql, source: &Source| {
            self.begin(sql, source, true);
            past(sql, source);
            narrow(sql, filter);
            if let Some(Place(at, id)) = after {
                // The first alone is what the index is read from.
                sql.push(" and s.at <= ").push_bind(at).push(" and (s.at, s.entry_id) < (").push_bind(at);
                sql.push(", ").push_bind(id).push(")");
            }
            sql.push(" and not exists (select from crm.feed_pin p where p.entry_id = s.entry_id and p.employee_id = ");
            sql.push_bind(self.viewer.0)
                .push(") order by s.at desc, s.entry_id desc limit ")
                .push_bind(limit)
                .push(") f");
        };
        let sources = self.sources.iter().filter(|source| source.may_have(filter));
        read(pool, self.of(sources, rest, "u.at desc, u.entry_id desc", limit, false)).await
    }

    /// What the viewer pinned, the last pinned first.
    pub async fn pinned(&self, pool: &PgPool, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Entry>> {
        let pinned = |sql: &mut Sql, source: &Source| {
            self.begin(sql, source, false);
            past(sql, source);
            narrow(sql, filter);
        };
        let sources = self.sources.iter().filter(|source| source.may_have(filter));
        read(pool, self.of(sources, pinned, "u.pinned_at desc, u.entry_id desc", limit, true)).await
    }

    /// What is planned, the soonest first; no filter hides it.
    pub async fn plans(&self, pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Entry>> {
        let plans = |sql: &mut Sql, source: &Source| {
            self.begin(sql, source, true);
            sql.push(format!(" and s.state = {PLANNED} order by s.at, s.entry_id limit ")).push_bind(limit).push(") f");
        };
        let sources = self.sources.iter().filter(|source| source.plans);
        read(pool, self.of(sources, plans, "u.at, u.entry_id", limit, false)).await
    }

    /// Whether the viewer's feed holds the entry.
    pub async fn holds(&self, pool: &PgPool, entry: Uuid) -> sqlx::Result<bool> {
        let mut sql = QueryBuilder::new("select false");
        for source in self.sources {
            sql.push(" or exists (select from ")
                .push(&source.view_name)
                .push(" s where s.entry_id = ")
                .push_bind(entry);
            sql.push(" and s.anchor_id = any (").push_bind(self.anchors(source).to_vec()).push("))");
        }
        sql.build_query_scalar().persistent(false).fetch_one(pool).await
    }

    fn anchors(&self, source: &Source) -> &[Uuid] {
        if source.by_client { &self.scope.clients } else { &self.scope.conversations }
    }

    /// Each anchor by itself, or those entries that are pinned; conditions follow.
    fn begin(&self, sql: &mut Sql, source: &Source, each: bool) {
        let anchors = self.anchors(source).to_vec();
        if each {
            sql.push("select f.* from unnest(").push_bind(anchors.clone());
            sql.push("::uuid[]) a(id) cross join lateral (");
        }
        let conversation = if source.by_client { "null::uuid" } else { "s.anchor_id" };
        sql.push("select s.entry_id, s.at, s.kind, s.state, s.employee_id, s.text, s.detail, ").push(conversation);
        sql.push(" as conversation_id, ").push(if each { "null::timestamptz" } else { "p.pinned_at" });
        sql.push(" as pinned_at from ").push(&source.view_name).push(" s");
        if each {
            sql.push(" where s.anchor_id = a.id");
        } else {
            sql.push(" join crm.feed_pin p on p.entry_id = s.entry_id and p.employee_id = ").push_bind(self.viewer.0);
            sql.push(" where s.anchor_id = any (").push_bind(anchors).push("::uuid[])");
        }
    }

    /// One statement of a part for each source; none where there is no source.
    fn of<'s>(
        &self,
        sources: impl Iterator<Item = &'s Source>,
        part: impl Fn(&mut Sql, &Source),
        order: &'static str,
        limit: i64,
        pinned: bool,
    ) -> Option<Sql> {
        let mut sql = QueryBuilder::new("select u.entry_id, u.at, u.kind, u.state, u.employee_id, left(u.text, ");
        sql.push(format!("{}) as text, u.detail, u.conversation_id", TEXT + 1));
        if pinned {
            sql.push(", true");
        } else {
            sql.push(", exists (select from crm.feed_pin p where p.entry_id = u.entry_id and p.employee_id = ");
            sql.push_bind(self.viewer.0).push(")");
        }
        sql.push(" as pinned from (");
        let mut any = false;
        for source in sources {
            sql.push(if any { " union all " } else { "" });
            part(&mut sql, source);
            any = true;
        }
        sql.push(") u order by ").push(order).push(" limit ").push_bind(limit);
        any.then_some(sql)
    }
}

async fn read(pool: &PgPool, sql: Option<Sql>) -> sqlx::Result<Vec<Entry>> {
    let Some(mut sql) = sql else { return Ok(Vec::new()) };
    // Planned for these very clients and dialogs: of one there are three, of another thousands.
    sql.build().persistent(false).fetch_all(pool).await?.iter().map(entry).collect()
}

fn past(sql: &mut Sql, source: &Source) {
    if source.plans {
        sql.push(format!(" and s.state <> {PLANNED}"));
    }
}

fn narrow(sql: &mut Sql, filter: &Filter) {
    if !filter.kinds.is_empty() {
        sql.push(" and (s.kind = any (").push_bind(filter.kinds.clone()).push(")");
        sql.push(if filter.kinds.contains(&FILE) { " or s.has_files)" } else { ")" });
    }
    if !filter.employees.is_empty() {
        sql.push(" and s.employee_id = any (").push_bind(filter.employees.clone()).push(")");
    }
    if let Some(from) = filter.from {
        sql.push(" and s.at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        sql.push(" and s.at < ").push_bind(until);
    }
    if !filter.words.is_empty() {
        sql.push(" and s.text ~ ").push_bind(pattern(&filter.words));
    }
}

/// A regular expression for these words in any case, whatever the locale of the database: folding texts there takes five times as long.
fn pattern(words: &str) -> String {
    let mut pattern = String::new();
    for c in words.chars() {
        let mut cases = vec![c];
        cases.extend(c.to_uppercase().chain(c.to_lowercase()).filter(|other| *other != c));
        match c {
            'е' => pattern.push_str("[еЕёЁ]"),
            ' ' => pattern.push_str("\\s+"),
            // One letter of several, as in "ß", stays itself.
            _ if c.is_alphabetic() && c.to_uppercase().count() == 1 => {
                pattern.push('[');
                pattern.extend(cases);
                pattern.push(']');
            }
            _ if c.is_ascii_punctuation() => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern
}

fn entry(row: &PgRow) -> sqlx::Result<Entry> {
    Ok(Entry {
        id: row.try_get("entry_id")?,
        kind: row.try_get("kind")?,
        state: row.try_get("state")?,
        at: row.try_get("at")?,
        employee: row.try_get("employee_id")?,
        text: row.try_get("text")?,
        conversation: row.try_get("conversation_id")?,
        pinned: row.try_get("pinned")?,
        detail: row.try_get::<Option<Json<Detail>>, _>("detail")?.map(|json| json.0).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn words_are_looked_for_in_any_case_and_are_no_pattern() {
        assert_eq!(pattern("счет 5"), "[сС][чЧ][еЕёЁ][тТ]\\s+5");
        assert_eq!(pattern("a.*(b"), "[aA]\\.\\*\\([bB]");
        assert_eq!(pattern("ß"), "ß");
    }
}
