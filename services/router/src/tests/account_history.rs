//! How an account was in the last day, and what troubles it in both languages.

use contracts::{
    channel::{AccountHealth, AccountState, Inbound, LocalText, inbound::Body},
    inbox::{AccountPhase, AccountSpan},
};

use super::office::Office;
use crate::accounts::history;

impl Office {
    async fn is_told(&self, key: &str, state: AccountState) {
        let body = Some(Body::AccountState(state));
        self.facts(vec![Inbound { key: key.into(), body, ..Inbound::default() }]).await;
    }

    async fn phases(&self) -> Vec<AccountPhase> {
        self.spans().await.iter().map(AccountSpan::phase).collect()
    }

    async fn spans(&self) -> Vec<AccountSpan> {
        history::of(&self.pool, self.account).await.unwrap().spans
    }
}

fn state(health: AccountHealth, remedy_key: &str) -> AccountState {
    let words = LocalText { ru: "токен не принят".into(), en: "the token is refused".into() };
    let trouble = health != AccountHealth::Connected;
    AccountState {
        health: health.into(),
        problem: if trouble { words.en.clone() } else { String::new() },
        problem_text: trouble.then_some(words),
        remedy_key: remedy_key.into(),
        ..AccountState::default()
    }
}

#[tokio::test]
async fn an_accounts_day_is_told_in_spans_with_problems_in_both_languages() {
    use AccountPhase::{Paused, Problem, Unspecified, Working};
    let office = Office::open().await;
    assert_eq!(office.phases().await, [Unspecified]);
    office.is_told("1", state(AccountHealth::Connected, "")).await;
    office.is_told("2", state(AccountHealth::Connected, "")).await;
    office.is_told("3", state(AccountHealth::Disconnected, "token")).await;
    office.is_told("4", state(AccountHealth::Degraded, "token")).await;
    assert_eq!(office.phases().await, [Unspecified, Working, Problem], "what stays the same is no change");
    let switch = async |enabled: bool| {
        let sql = "update inbox.account set enabled = $1";
        sqlx::query(sql).bind(enabled).execute(&office.pool).await.unwrap();
    };
    switch(false).await;
    switch(true).await;
    office.is_told("5", state(AccountHealth::Connected, "")).await;
    let spans = office.spans().await;
    let phases: Vec<_> = spans.iter().map(AccountSpan::phase).collect();
    assert_eq!(phases, [Unspecified, Working, Problem, Paused, Problem, Working]);
    assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from), "end to end: {spans:?}");
    let words = spans[2].problem_text.clone().unwrap();
    assert_eq!((words.ru.as_str(), words.en.as_str()), ("токен не принят", "the token is refused"));
    assert_eq!((spans[2].remedy_key.as_str(), spans[3].problem_text.is_none()), ("token", true));
}

#[tokio::test]
async fn what_lies_before_the_day_is_forgotten_but_for_how_it_was_when_the_day_began() {
    let office = Office::open().await;
    office.is_told("1", state(AccountHealth::Connected, "")).await;
    office.is_told("2", state(AccountHealth::Disconnected, "token")).await;
    office.is_told("3", state(AccountHealth::Connected, "")).await;
    let back = "update inbox.account_phase set at = at - interval '3 days'";
    sqlx::query(back).execute(&office.pool).await.unwrap();
    history::forget(&office.pool).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("select count(*) from inbox.account_phase").fetch_one(&office.pool).await.unwrap();
    assert_eq!((left, office.phases().await), (1, vec![AccountPhase::Working]));
}
