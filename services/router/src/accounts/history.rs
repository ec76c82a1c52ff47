//! How an account was in the last 24 hours.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::LocalText,
    inbox::{AccountSpan, GetAccountHistoryResponse},
};
use model::AccountId;
use sqlx::{PgExecutor, PgPool};

const SPAN: TimeDelta = TimeDelta::hours(24);
/// Changes that are told at most, the newest.
const MOST: i64 = 500;

/// One change: from then on the account was so.
#[derive(Debug, Clone)]
struct Row {
    at: DateTime<Utc>,
    phase: i16,
    problem: String,
    problem_ru: String,
    remedy_key: String,
}

/// The spans of the last 24 hours.
///
/// # Errors
/// What the database answers.
pub async fn of(pool: &PgPool, account: AccountId) -> sqlx::Result<GetAccountHistoryResponse> {
    let to = Utc::now();
    let from = to - SPAN;
    let rows = rows(pool, account, from).await?;
    Ok(GetAccountHistoryResponse {
        spans: spans(&rows, from, to),
        from: Some(rpc::timestamp(from)),
        to: Some(rpc::timestamp(to)),
    })
}

/// Oldest first; the first may have begun before `from`.
async fn rows(db: impl PgExecutor<'_>, account: AccountId, from: DateTime<Utc>) -> sqlx::Result<Vec<Row>> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"select at, phase, problem, problem_ru, remedy_key from inbox.account_phase
           where account_id = $1 and at >= coalesce((
               select max(at) from inbox.account_phase where account_id = $1 and at <= $2), $2)
           order by at desc limit $3"#,
        account.0,
        from,
        MOST
    )
    .fetch_all(db)
    .await?;
    rows.reverse();
    Ok(rows)
}

/// Puts the changes end to end; before the first nothing is known.
fn spans(rows: &[Row], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<AccountSpan> {
    let unknown = rows.first().is_none_or(|first| first.at > from).then(|| AccountSpan {
        from: Some(rpc::timestamp(from)),
        to: Some(rpc::timestamp(rows.first().map_or(to, |first| first.at.min(to)))),
        ..AccountSpan::default()
    });
    let ends = rows.iter().skip(1).map(|next| next.at).chain([to]);
    let known = rows.iter().zip(ends).map(|(row, end)| row.span(row.at.max(from), end));
    unknown.into_iter().chain(known).collect()
}

impl Row {
    fn span(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> AccountSpan {
        let in_both = || LocalText { ru: self.problem_ru.clone(), en: self.problem.clone() };
        AccountSpan {
            phase: self.phase.into(),
            from: Some(rpc::timestamp(from)),
            to: Some(rpc::timestamp(to)),
            problem: self.problem.clone(),
            remedy_key: self.remedy_key.clone(),
            problem_text: (!self.problem_ru.is_empty()).then(in_both),
        }
    }
}

/// Forgets changes that no 24 hours reach any more: of each account one that is older than a day is kept.
///
/// # Errors
/// What the database answers.
pub async fn forget(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from inbox.account_phase p
         where p.at < now() - interval '36 hours' and exists (
             select from inbox.account_phase later
             where later.account_id = p.account_id and later.at > p.at and later.at < now() - interval '25 hours')"
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contracts::inbox::AccountPhase;

    use super::*;

    fn row(at: DateTime<Utc>, phase: AccountPhase) -> Row {
        let (problem, problem_ru, remedy_key) = (String::new(), String::new(), String::new());
        Row { at, phase: phase as i16, problem, problem_ru, remedy_key }
    }

    #[test]
    fn spans_stand_end_to_end_within_the_day() {
        let to = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let from = to - SPAN;
        let hours = |n| from + TimeDelta::hours(n);
        let seconds = |span: &AccountSpan| (span.from.unwrap().seconds, span.to.unwrap().seconds);
        let told = spans(&[], from, to);
        assert_eq!((told.len(), seconds(&told[0])), (1, (from.timestamp(), to.timestamp())));
        let rows = [
            row(hours(-5), AccountPhase::Working),
            row(hours(3), AccountPhase::Problem),
            row(hours(4), AccountPhase::Paused),
        ];
        let told = spans(&rows, from, to);
        let phases: Vec<_> = told.iter().map(AccountSpan::phase).collect();
        assert_eq!(phases, [AccountPhase::Working, AccountPhase::Problem, AccountPhase::Paused]);
        assert_eq!(seconds(&told[0]), (from.timestamp(), hours(3).timestamp()));
        assert_eq!(seconds(&told[2]), (hours(4).timestamp(), to.timestamp()));
        let late = spans(&rows[1..], from, to);
        assert_eq!(
            (late.len(), late[0].phase(), late[0].to.unwrap().seconds),
            (3, AccountPhase::Unspecified, hours(3).timestamp())
        );
    }
}
