//! One page of messages by their words. The newest months are looked into first: a word that stands everywhere costs what
//! they hold of it, not what all years do.

use chrono::{DateTime, Datelike, Days, Months, Utc};
use contracts::inbox::{FoundMessage, SnippetPart};
use model::ConversationId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{access::Viewer, time};

/// What stands around a found word in a headline; nobody types them.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// Of what is older than last year, so many matches are put into order.
const OLD: i64 = 20_000;

/// Where a page ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: Uuid,
}

/// A query that was read.
pub struct Words(String);

/// Reads what was typed; `None`: nothing in it that one could look for, such as "и" alone, or words to leave out alone.
///
/// # Errors
/// What the database answers.
pub async fn read(pool: &PgPool, typed: &str) -> sqlx::Result<Option<Words>> {
    let folded = typed.to_lowercase().replace('ё', "е");
    let (head, last) = beginning(&folded);
    let words = sqlx::query_scalar!(
        r#"select case when querytree(q) not in ('', 'T') then q::text end
           from (select websearch_to_tsquery('pg_catalog.russian', $1)
               && case when $2 = '' then ''::tsquery else to_tsquery('pg_catalog.russian', $2 || ':*') end as q) read"#,
        head,
        last,
    );
    Ok(words.fetch_one(pool).await?.map(Words))
}

/// The last word, which may be a beginning, and all before it. Within quotes nothing is a beginning.
fn beginning(typed: &str) -> (&str, &str) {
    let at = typed
        .rfind(|c: char| !c.is_alphanumeric())
        .map_or(0, |at| at + typed[at..].chars().next().map_or(0, char::len_utf8));
    let (head, last) = typed.split_at(at);
    let quoted = typed.matches('"').count() % 2 == 1;
    // "-word" leaves out; "e-mail" and "3.14" are one word to PostgreSQL.
    let part_of_one = head.chars().next_back().is_some_and(|c| !c.is_whitespace());
    if quoted || part_of_one { (typed, "") } else { (head, last) }
}

/// At most `size` and one more, newest first.
///
/// # Errors
/// What the database answers.
pub async fn page(
    pool: &PgPool,
    viewer: &Viewer,
    words: &Words,
    within: Option<ConversationId>,
    after: Option<Cursor>,
    size: usize,
) -> sqlx::Result<Vec<(FoundMessage, Cursor)>> {
    let mut found = Vec::new();
    for stretch in stretches(after.map_or_else(Utc::now, |cursor| cursor.at)) {
        found = look(pool, viewer, words, within, after, &stretch, size).await?;
        if found.len() > size {
            break;
        }
    }
    Ok(found)
}

/// Ever longer stretches of time that end with this instant, as words; the last has none: all that there is.
fn stretches(until: DateTime<Utc>) -> [Vec<String>; 3] {
    // What providers date into the future is in the index under its own month.
    let day = (until + Days::new(1)).date_naive();
    let month = |date: chrono::NaiveDate| format!("\u{1}m{}", date.format("%Y%m"));
    let first = day.with_day(1).unwrap_or(day);
    let months = [first, first - Months::new(1)].map(month);
    [months.to_vec(), vec![format!("\u{1}y{}", day.year()), format!("\u{1}y{}", day.year() - 1)], Vec::new()]
}

async fn look(
    pool: &PgPool,
    viewer: &Viewer,
    words: &Words,
    within: Option<ConversationId>,
    after: Option<Cursor>,
    stretch: &[String],
    size: usize,
) -> sqlx::Result<Vec<(FoundMessage, Cursor)>> {
    let when = stretch.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" | ");
    let query = if when.is_empty() { words.0.clone() } else { format!("({}) & ({when})", words.0) };
    let rows = sqlx::query!(
        r#"select f.message_id as "message_id!", f.conversation_id as "conversation_id!", f.seq as "seq!", f.at as "at!",
               f.direction as "direction!", f.kind as "kind!",
               ts_headline('pg_catalog.russian', left(f.text, 20000), $2::text::tsquery, $3) as "headline!"
           from (
               select s.message_id, m.conversation_id, m.seq, s.at, m.direction, m.kind, m.text
               from (select k.message_id, k.at from inbox.message_search k
                     where k.words @@ $1::text::tsquery
                         and ($4::timestamptz is null or (k.at, k.message_id) < ($4, $5::uuid)) limit $6) s
                   join inbox.message m on m.message_id = s.message_id
                   join inbox.visible($7, $8, $9, $10, $11) c on c.conversation_id = m.conversation_id
               where m.deleted_at is null and ($12::uuid is null or m.conversation_id = $12)
               order by s.at desc, s.message_id desc limit $13) f
           order by f.at desc, f.message_id desc"#,
        query,
        words.0,
        format!("StartSel={OPEN}, StopSel={CLOSE}, MaxFragments=2, MaxWords=24, MinWords=12, ShortWord=0, FragmentDelimiter=\" … \""),
        after.map(|cursor| cursor.at),
        after.map(|cursor| cursor.id),
        if when.is_empty() { Some(OLD) } else { None },
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        viewer.personal,
        within.map(|id| id.0),
        i64::try_from(size).unwrap_or_default() + 1,
    )
    .fetch_all(pool)
    .await?;
    let found = rows.into_iter().map(|row| {
        let message = FoundMessage {
            message_id: row.message_id.to_string(),
            conversation_id: row.conversation_id.to_string(),
            seq: row.seq.cast_unsigned(),
            shown_at: Some(time::to_proto(row.at)),
            direction: row.direction.into(),
            kind: row.kind.into(),
            snippet: parts(&row.headline),
        };
        (message, Cursor { at: row.at, id: row.message_id })
    });
    Ok(found.collect())
}

/// A headline in its parts.
fn parts(headline: &str) -> Vec<SnippetPart> {
    let mut parts = Vec::new();
    let mut push = |text: &str, found| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() || found {
            parts.push(SnippetPart { text, found });
        }
    };
    for piece in headline.split_inclusive([OPEN, CLOSE]) {
        match piece.strip_suffix(CLOSE) {
            Some(word) => push(word, true),
            None => push(piece.trim_end_matches(OPEN), false),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_last_word_may_be_a_beginning_where_that_makes_sense() {
        assert_eq!(beginning("счет за нояб"), ("счет за ", "нояб"));
        assert_eq!(beginning("счет "), ("счет ", ""));
        assert_eq!(beginning("оплата"), ("", "оплата"));
        for whole in ["\"счет за", "оплата -срочно", "a@example.com", "e-mail"] {
            assert_eq!(beginning(whole), (whole, ""), "{whole}");
        }
    }

    #[test]
    fn stretches_grow_from_the_newest_months_to_everything() {
        let [months, years, all] = stretches(Utc.with_ymd_and_hms(2026, 1, 15, 12, 0, 0).unwrap());
        assert_eq!(months, ["\u{1}m202601", "\u{1}m202512"]);
        assert_eq!(years, ["\u{1}y2026", "\u{1}y2025"]);
        assert!(all.is_empty());
    }

    #[test]
    fn a_headline_comes_in_parts() {
        let said = parts(&format!("просим {OPEN}счёт{CLOSE} и\n {OPEN}акт{CLOSE}"));
        let said: Vec<_> = said.iter().map(|part| (part.text.as_str(), part.found)).collect();
        assert_eq!(said, [("просим", false), ("счёт", true), ("и", false), ("акт", true)]);
    }
}
