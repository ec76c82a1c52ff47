//! Finding clients by what somebody types, and those that a contact point might belong to.

use model::{ClientId, Email, Phone};
use sqlx::PgExecutor;
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
    name_prefix: Option<String>,
    word_prefix: Option<String>,
    /// Part of a phone number, with the Russian 8 read as 7 too.
    phone_parts: Vec<String>,
    email_part: Option<String>,
    /// The longest word, by which the index is asked ...
    longest_word: Option<String>,
    /// ... and all of them, in any order.
    words: Vec<String>,
}

/// Where a page of results begins: what the last row of the page before was ordered by.
pub type Place = (i32, String, Uuid);

impl Query {
    #[must_use]
    pub fn read(text: &str) -> Self {
        let name = search_form(text);
        let escaped = like_escaped(&name);
        let part = |word: &str| format!("%{}%", like_escaped(word));
        let long = |word: &&str| word.chars().count() >= 3; // shorter ones have no trigram of their own
        let longest = name.split(' ').filter(long).max_by_key(|word| word.chars().count());
        Self {
            phone: Phone::parse(text).map(|phone| phone.digits().to_owned()),
            email: Email::parse(text).map(|email| email.as_str().to_owned()),
            inn: inn(text),
            name_prefix: Some(format!("{escaped}%")),
            word_prefix: Some(format!("% {escaped}%")),
            phone_parts: phone_parts(text),
            email_part: (name.chars().count() >= 3 && !name.contains(' ')).then(|| part(&name)),
            longest_word: longest.map(part),
            words: name.split(' ').map(part).collect(),
        }
    }
}

/// What may be a whole INN.
fn inn(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (matches!(text.len(), 10 | 12) && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn phone_parts(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 4 || text.chars().any(|c| c.is_alphabetic() || c == '@') {
        return Vec::new();
    }
    let mut parts = vec![format!("%{digits}%")];
    if let Some(rest) = digits.strip_prefix('8') {
        parts.push(format!("7{rest}%"));
    }
    parts
}

/// Clients in sight that fit, best first: an address or the INN exactly; the name's beginning; a word's beginning, of a
/// contact's name too; a part of an address; all words somewhere in the name or working name, or in a custom
/// field; then those `alike`, by their distance.
pub async fn find(
    db: impl PgExecutor<'_>,
    sight: &Sight,
    query: &Query,
    alike: &[(Uuid, i32)],
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Place>> {
    let (alike, far): (Vec<Uuid>, Vec<i32>) = alike.iter().copied().unzip();
    let (rank, name, id) = after.map_or((None, None, None), |(rank, name, id)| (Some(rank), Some(name), Some(id)));
    let rows = sqlx::query!(
        r#"with hit as (
               select client_id, 0 as rank from crm.address where kind = 1 and normalized = $1
               union all
               select client_id, 0 from crm.address where kind = 2 and normalized = $2
               union all
               select client_id, 1 from crm.client where search_name like $3
               union all
               select client_id, 2 from crm.client where search_name like $4
               union all
               select client_id, 3 from crm.address where kind = 1 and normalized like any ($5::text[])
               union all
               select client_id, 3 from crm.address where kind = 2 and normalized like $6
               union all
               select client_id, 4 from crm.client where search_name like $7 and search_name like all ($8::text[])
               union all
               select client_id, 0 from crm.client where inn = $13 and inn <> ''
               union all
               select client_id, 2 from crm.contact
               where archived_at is null and merged_into is null and (search_name like $3 or search_name like $4)
               union all
               select client_id, 4 from crm.client where search_working_name like $7 and search_working_name like all ($8)
               union all
               select client_id, 4 from crm.contact
               where archived_at is null and merged_into is null and search_name like $7 and search_name like all ($8)
               union all
               select v.object_id, 4 from crm.custom_value v join crm.custom_field f using (field_id)
               where v.search_text like $7 and v.search_text like all ($8) and f.searchable and f.object = 1
               union all
               select * from unnest($17::uuid[], $18::int[])),
           best as (select client_id, min(rank) as rank from hit group by client_id)
           select b.rank as "rank!", c.search_name, c.client_id
           from best b join crm.client c using (client_id)
           where ($9::int is null or (b.rank, c.search_name, c.client_id) > ($9, $10::text, $11::uuid))
             and c.archived_at is null and c.merged_into is null
             and ($14 or c.responsible_employee_id = any ($15::uuid[]) or c.access_level_ids && $16::uuid[])
           order by b.rank, c.search_name, c.client_id limit $12"#,
        query.phone.as_deref(),
        query.email.as_deref(),
        query.name_prefix.as_deref(),
        query.word_prefix.as_deref(),
        &query.phone_parts,
        query.email_part.as_deref(),
        query.longest_word.as_deref(),
        &query.words,
        rank,
        name,
        id,
        limit,
        query.inn.as_deref(),
        sight.all,
        &sight.employees,
        &sight.levels,
        &alike,
        &far
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rank, row.search_name, row.client_id)).collect())
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
        assert_eq!(query.phone_parts, ["%89990000001%", "79990000001%"]);
        assert_eq!(Query::read("00-01").phone_parts, ["%0001%"]);
        assert!(Query::read("ООО 2024").phone_parts.is_empty());
    }

    #[test]
    fn words_are_looked_for_in_any_order_and_are_no_patterns() {
        let query = Query::read("Ёлкин 100%");
        assert_eq!(query.words, ["%елкин%", r"%100\%%"]);
        assert_eq!(query.longest_word.as_deref(), Some("%елкин%"));
        assert_eq!(query.name_prefix.as_deref(), Some(r"елкин 100\%%"));
        assert_eq!(Query::read("ан").longest_word, None);
    }
}
