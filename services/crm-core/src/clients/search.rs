//! Finding clients by what somebody types, and those that a contact point might belong to.

use model::{ClientId, Email, Phone};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    domain::{Address, AddressKind},
    sight::Sight,
};
use crate::{
    clients::store::{address_kind, address_number},
    text::{like_escaped, search_form},
};

/// What a typed query may mean. `None`: it cannot mean that.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query {
    phone: Option<String>,
    email: Option<String>,
    inn: Option<String>,
    name: String,
    word_prefix: String,
    /// What an address may begin with: the Russian 8 and none at all are read as 7 too.
    beginnings: Vec<String>,
    phone_part: Option<String>,
    email_part: Option<String>,
    /// The longest words, by which the index is asked ...
    longest: [Option<String>; INDEXED],
    /// ... and all of them, in any order.
    words: Vec<String>,
}

/// Words that the index is asked by; of fewer the longest stands for the others.
const INDEXED: usize = 3;
/// Of each way to fit so many are compared: who types two letters wants any that fit, not the first of a hundred thousand.
const CANDIDATES: i64 = 300;
/// So many are read for that, of which some may be out of sight, or have only one of several words.
const READ: i64 = 10_000;
/// The places of those of whom the name begins so, and of what fits anywhere else first.
const NAME: i32 = 1;
const WITHIN: i32 = 4;

/// Where a page of results begins: what the last row of the page before was ordered by.
pub type Place = (i32, String, Uuid);

impl Query {
    #[must_use]
    pub fn read(text: &str) -> Self {
        let name = search_form(text);
        let part = |word: &str| format!("%{}%", like_escaped(word));
        let mut long: Vec<&str> = name.split(' ').filter(|word| word.chars().count() >= 3).collect(); // shorter ones have no trigram
        long.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let longest = std::array::from_fn(|place| long.get(place).or(long.first()).map(|word| part(word)));
        let digits = phone_digits(text);
        let is_address = !name.contains(' ');
        Self {
            phone: Phone::parse(text).map(|phone| phone.digits().to_owned()),
            email: Email::parse(text).map(|email| email.as_str().to_owned()),
            inn: inn(text),
            word_prefix: format!("% {}%", like_escaped(&name)),
            beginnings: beginnings(digits.as_deref(), is_address.then_some(name.as_str())),
            phone_part: digits.as_deref().map(part),
            // Digits alone are no e-mail, and phones are full of them.
            email_part: (is_address && long.len() == 1 && name.chars().any(char::is_alphabetic)).then(|| part(&name)),
            longest,
            words: name.split(' ').map(part).collect(),
            name,
        }
    }
}

/// What may be a whole INN.
fn inn(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (matches!(text.len(), 10 | 12) && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

/// Digits that may be a part of a phone number.
fn phone_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 4 && !text.chars().any(|c| c.is_alphabetic() || c == '@')).then_some(digits)
}

fn beginnings(digits: Option<&str>, address: Option<&str>) -> Vec<String> {
    let russian = digits.and_then(|digits| {
        let rest = digits.strip_prefix('8').or_else(|| digits.starts_with('9').then_some(digits));
        rest.map(|rest| format!("7{rest}"))
    });
    let mut all: Vec<String> = [digits, address].into_iter().flatten().map(str::to_owned).chain(russian).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Behind all that begins so, in the order of its bytes.
fn behind(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

/// What somebody types is answered as fast in a large base as in a small one: by indexes alone, whatever PostgreSQL expects a
/// pattern to find, and without what only pays for long work.
async fn by_index(db: &mut PgConnection, may_walk: bool) -> sqlx::Result<()> {
    let walk = if may_walk { "on" } else { "off" };
    sqlx::query!(
        "select set_config('enable_seqscan', 'off', true) as seq, set_config('enable_indexscan', $1, true) as walk,
             set_config('enable_indexonlyscan', $1, true) as walk_only, set_config('jit', 'off', true) as jit,
             set_config('max_parallel_workers_per_gather', '0', true) as workers",
        walk
    )
    .fetch_one(db)
    .await
    .map(drop)
}

/// What [`beginning`] found.
pub struct Begun {
    /// The page's, in order.
    pub places: Vec<Place>,
    /// All but those of whom the name begins so.
    pub others: Vec<Uuid>,
}

/// Clients in sight of which something begins so, best first: an address or the INN exactly; the name's beginning; that of a
/// contact's name; that of an address. Found by walking along an index, and not far.
pub async fn beginning(
    db: &PgPool,
    sight: &Sight,
    query: &Query,
    after: Option<&Place>,
    limit: i64,
) -> sqlx::Result<Begun> {
    let (rank, name, id) = parts(after);
    let ends: Vec<String> = query.beginnings.iter().map(|beginning| behind(beginning)).collect();
    let mut tx = db.begin().await?;
    by_index(&mut tx, true).await?;
    let rows = sqlx::query!(
        r#"with seen as not materialized (
               select client_id, search_name collate "C" as search_name from crm.client
               where archived_at is null and merged_into is null
                 and ($7 or responsible_employee_id = any ($8::uuid[]) or access_level_ids && $9::uuid[])),
           exact as (
               select client_id from crm.address where kind = 1 and normalized = $1
               union
               select client_id from crm.address where kind = 2 and normalized = $2
               union
               select client_id from crm.client where inn = $3 and inn <> ''),
           hit as (
               select client_id, 0 as rank from exact
               union all
               (select client_id, 1 from seen
                where search_name >= $4 and search_name < $5 and client_id not in (select client_id from exact)
                  and ($10::int is null or $10 < 1 or $10 = 1 and (search_name, client_id) > ($11::text, $12::uuid))
                order by search_name, client_id limit $13)
               union all
               (select k.client_id, 2 from (
                    select client_id, search_name collate "C" as search_name from crm.contact
                    where archived_at is null and merged_into is null
                      and search_name collate "C" >= $4 and search_name collate "C" < $5
                    order by search_name collate "C", client_id limit $17) k
                join seen s using (client_id) where not starts_with(s.search_name, $6)
                order by k.search_name, k.client_id limit $14)
               union all
               (select a.client_id, 3 from unnest($15::text[], $16::text[]) w(beginning, behind)
                cross join lateral (
                    select a.client_id from (
                        select client_id, normalized collate "C" as normalized from crm.address
                        where kind in (1, 2)
                          and normalized collate "C" >= w.beginning and normalized collate "C" < w.behind
                        order by normalized collate "C", client_id limit $17) a
                    join seen s using (client_id) where not starts_with(s.search_name, $6)
                    order by a.normalized, a.client_id limit $14) a)),
           best as (select client_id, min(rank) as rank from hit group by client_id)
           select b.rank as "rank!", c.search_name as "search_name!", c.client_id
           from best b join seen c using (client_id) order by b.rank, c.search_name, c.client_id"#,
        query.phone.as_deref(),
        query.email.as_deref(),
        query.inn.as_deref(),
        query.name,
        behind(&query.name),
        query.name,
        sight.all,
        &sight.employees,
        &sight.levels,
        rank,
        name,
        id,
        limit,
        CANDIDATES,
        &query.beginnings,
        &ends,
        READ
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let others = rows.iter().filter(|row| row.rank != NAME).map(|row| row.client_id).collect();
    let places = rows.into_iter().map(|row| (row.rank, row.search_name, row.client_id));
    let places =
        places.filter(|place| after.is_none_or(|after| place > after)).take(usize::try_from(limit).unwrap_or(0));
    Ok(Begun { places: places.collect(), others })
}

/// The others in sight that fit, best first: a word's beginning, of a contact's name too; a part of an address; all words
/// somewhere in the name or working name, or in a custom field; then those `alike`, by their distance.
pub async fn within(
    db: &PgPool,
    sight: &Sight,
    query: &Query,
    begun: &Begun,
    alike: &[(Uuid, i32)],
    after: Option<&Place>,
    limit: i64,
) -> sqlx::Result<Vec<Place>> {
    let (alike, far): (Vec<Uuid>, Vec<i32>) = alike.iter().copied().unzip();
    let (rank, name, id) = parts(after.filter(|(rank, _, _)| *rank >= WITHIN));
    let [first, second, third] = &query.longest;
    let mut tx = db.begin().await?;
    by_index(&mut tx, false).await?;
    let rows = sqlx::query!(
        r#"with seen as not materialized (
               select client_id, search_name, search_working_name from crm.client
               where archived_at is null and merged_into is null
                 and ($9 or responsible_employee_id = any ($10::uuid[]) or access_level_ids && $11::uuid[])),
           person as not materialized (
               select k.client_id, k.search_name from crm.contact k join seen using (client_id)
               where k.archived_at is null and k.merged_into is null),
           hit as (
               (select client_id, 4 as rank from seen where search_name like $2 limit $17)
               union all
               (select client_id, 4 from person where search_name like $2 limit $17)
               union all
               (select client_id, 5 from crm.address a join seen using (client_id)
                where a.kind = 1 and a.normalized like $3 limit $17)
               union all
               (select client_id, 5 from crm.address a join seen using (client_id)
                where a.kind = 2 and a.normalized like $4 limit $17)
               union all
               (select client_id, 6 from (
                    select client_id, search_name from seen
                    where search_name like $5 and search_name like $6 and search_name like $7 limit $20) named
                where search_name like all ($8::text[]) limit $17)
               union all
               (select client_id, 6 from seen
                where search_working_name like $5 and search_working_name like $6 and search_working_name like $7
                  and search_working_name like all ($8) limit $17)
               union all
               (select client_id, 6 from (
                    select client_id, search_name from crm.contact
                    where search_name like $5 and search_name like $6 and search_name like $7
                      and archived_at is null and merged_into is null limit $20) named
                join seen using (client_id) where named.search_name like all ($8) limit $17)
               union all
               (select v.object_id, 6 from crm.custom_value v join crm.custom_field f using (field_id)
                join seen s on s.client_id = v.object_id
                where v.search_text like $5 and v.search_text like $6 and v.search_text like $7
                  and v.search_text like all ($8) and f.searchable and f.object = 1 limit $17)
               union all
               select * from unnest($18::uuid[], $19::int[])),
           best as (select client_id, min(rank) as rank from hit group by client_id)
           select b.rank as "rank!", c.search_name as "search_name!", c.client_id
           from best b join seen c using (client_id)
           -- All that `beginning` has found, on this page or another.
           where not starts_with(c.search_name, $1) and c.client_id <> all ($12)
             and ($13::int is null or (b.rank, c.search_name collate "C", c.client_id) > ($13, $14::text, $15::uuid))
           order by b.rank, c.search_name collate "C", c.client_id limit $16"#,
        query.name,
        query.word_prefix,
        query.phone_part.as_deref(),
        query.email_part.as_deref(),
        first.as_deref(),
        second.as_deref(),
        third.as_deref(),
        &query.words,
        sight.all,
        &sight.employees,
        &sight.levels,
        &begun.others,
        rank,
        name,
        id,
        limit,
        CANDIDATES,
        &alike,
        &far,
        READ
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(|row| (row.rank, row.search_name, row.client_id)).collect())
}

fn parts(place: Option<&Place>) -> (Option<i32>, Option<&str>, Option<Uuid>) {
    place.map_or((None, None, None), |(rank, name, id)| (Some(*rank), Some(name.as_str()), Some(*id)))
}

/// Who shares an address or the whole name with a contact point.
pub struct Likely {
    pub client: ClientId,
    /// In what; empty: only the name.
    pub addresses: Vec<AddressKind>,
    pub name: bool,
}

/// The likeliest clients in sight first, but for the one it belongs to already; at most 10.
pub async fn likely(
    db: impl PgExecutor<'_>,
    sight: &Sight,
    addresses: &[Address],
    display_name: &str,
    owner: Option<ClientId>,
) -> sqlx::Result<Vec<Likely>> {
    let kinds: Vec<i16> = addresses.iter().map(|a| address_number(a.kind)).collect();
    let normalized: Vec<String> = addresses.iter().map(|a| a.normalized.clone()).collect();
    let name = search_form(display_name);
    let rows = sqlx::query!(
        r#"with hit as (
               select a.client_id, a.kind from crm.address a
               join unnest($1::smallint[], $2::text[]) w(kind, normalized) using (kind, normalized)
               union
               select client_id, 9 from crm.client where search_name = $3 and $3 <> '')
           select client_id as "client_id!", array_agg(hit.kind::smallint order by hit.kind) as "kinds!"
           from hit join crm.client c using (client_id)
           where client_id is distinct from $4 and c.archived_at is null and c.merged_into is null
             and ($5 or c.responsible_employee_id = any ($6::uuid[]) or c.access_level_ids && $7::uuid[])
           group by client_id order by min(hit.kind), count(*) desc, client_id limit 10"#,
        &kinds,
        &normalized,
        name,
        owner.map(Uuid::from),
        sight.all,
        &sight.employees,
        &sight.levels
    )
    .fetch_all(db)
    .await?;
    let likely = |client_id: Uuid, kinds: &[i16]| Likely {
        client: client_id.into(),
        addresses: kinds.iter().filter(|kind| **kind != 9).map(|kind| address_kind(*kind)).collect(),
        name: kinds.contains(&9),
    };
    Ok(rows.iter().map(|row| likely(row.client_id, &row.kinds)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_whole_and_in_part() {
        let query = Query::read("8 (999) 000-00-01");
        assert_eq!(query.phone.as_deref(), Some("79990000001"));
        assert_eq!(query.beginnings, ["79990000001", "89990000001"]);
        assert_eq!(Query::read("999 000").beginnings, ["7999000", "999000"]);
        assert_eq!(Query::read("00-01").phone_part.as_deref(), Some("%0001%"));
        assert_eq!(Query::read("ООО 2024").phone_part, None);
    }

    #[test]
    fn an_address_is_one_word_and_no_number_is_an_e_mail() {
        let query = Query::read("Anna@exam");
        assert_eq!((query.beginnings, query.email_part.as_deref()), (vec!["anna@exam".into()], Some("%anna@exam%")));
        assert_eq!(Query::read("7999").email_part, None);
        assert_eq!(Query::read("anna b").beginnings, [""; 0]);
    }

    #[test]
    fn words_are_looked_for_in_any_order_and_are_no_patterns() {
        let query = Query::read("Ёлкин 100%");
        assert_eq!(query.words, ["%елкин%", r"%100\%%"]);
        assert_eq!(query.longest.map(Option::unwrap), ["%елкин%", r"%100\%%", "%елкин%"]);
        assert_eq!(Query::read("ан").longest, [None, None, None]);
    }
}
