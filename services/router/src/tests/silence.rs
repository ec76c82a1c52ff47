//! The watchdog over accounts that fall silent.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{AccountHealth, AccountState, Inbound, inbound::Body},
    live::event::What,
};
use uuid::Uuid;

use super::office::{Office, says};
use crate::{
    accounts::{accounts, contract},
    housekeeping::notice_silence,
};

impl Office {
    /// Something comes each `gap`, `count` times; the last just now.
    async fn heard(&self, gap: TimeDelta, count: i32) {
        for _ in 0..count {
            let sql = "update inbox.account_state set last_event_at = now() - $1::interval";
            let gap = sqlx::postgres::types::PgInterval::try_from(gap).unwrap();
            sqlx::query(sql).bind(gap).execute(&self.pool).await.unwrap();
            self.facts(vec![says("1", "Здравствуйте")]).await;
        }
    }

    async fn silent_for(&self, how_long: TimeDelta) -> usize {
        let how_long = sqlx::postgres::types::PgInterval::try_from(how_long).unwrap();
        let sql = "update inbox.account_state set last_event_at = now() - $1::interval";
        sqlx::query(sql).bind(how_long).execute(&self.pool).await.unwrap();
        notice_silence(&self.pool).await.unwrap()
    }

    async fn account_row(&self) -> contracts::inbox::AccountStatus {
        let rows = accounts(&self.pool, Some(self.account.0), None, None, 1).await.unwrap();
        contract(&rows[0]).status.unwrap()
    }

    async fn open_at(&self, hours: &[&str]) {
        let sql = "with s as (insert into crm.schedule (schedule_id, name, search_name, time_zone, intervals, days_off, request_sha256)
                       values ($1, 'График', 'график', 'UTC', $2::text[]::int4range[], '{}', ''))
                   update inbox.account set schedule_id = $1";
        sqlx::query(sql).bind(Uuid::now_v7()).bind(hours).execute(&self.pool).await.unwrap();
    }
}

// acceptance: XC-9
#[tokio::test]
async fn an_account_that_falls_silent_is_told_of_by_its_own_measure() {
    let office = Office::open().await;
    sqlx::query("insert into inbox.account_state (account_id) values ($1) on conflict do nothing")
        .bind(office.account.0)
        .execute(&office.pool)
        .await
        .unwrap();
    let trouble = AccountState {
        health: AccountHealth::Degraded.into(),
        problem: "the provider answers slowly".into(),
        identity: "@shop".into(),
        ..AccountState::default()
    };
    office
        .facts(vec![Inbound { key: "state".into(), body: Some(Body::AccountState(trouble)), ..Inbound::default() }])
        .await;
    office.heard(TimeDelta::minutes(3), 12).await;
    let status = office.account_row().await;
    assert!(status.last_event_at.is_some() && status.last_error_at.is_some(), "{status:?}");
    assert_eq!((status.identity.as_str(), status.silent), ("@shop", false));

    office.events().await;
    assert_eq!(office.silent_for(TimeDelta::minutes(25)).await, 0, "less than ten times three minutes");
    assert_eq!(office.silent_for(TimeDelta::minutes(35)).await, 1);
    assert!(office.account_row().await.silent);
    let events = office.events().await;
    let [(What::ChannelAccountChanged(changed), audience)] = events.as_slice() else { panic!("{events:?}") };
    assert!(changed.account_id == office.account.to_string() && audience.everyone, "the page is told");
    assert_eq!(notice_silence(&office.pool).await.unwrap(), 0, "once");

    office.facts(vec![says("1", "Мы тут")]).await;
    assert!(!office.account_row().await.silent, "at once for whoever looks");
    office.events().await;
    assert_eq!(notice_silence(&office.pool).await.unwrap(), 1);
    assert!(
        matches!(office.events().await.as_slice(), [(What::ChannelAccountChanged(_), _)]),
        "and told within a minute"
    );
}

#[tokio::test]
async fn a_rare_account_may_be_silent_for_longer() {
    let office = Office::open().await;
    office.facts(vec![says("1", "Здравствуйте")]).await;
    office.heard(TimeDelta::hours(2), 12).await;
    assert_eq!(office.silent_for(TimeDelta::hours(15)).await, 0);
    assert_eq!(office.silent_for(TimeDelta::hours(25)).await, 1);
}

#[tokio::test]
async fn nobody_is_missed_before_they_are_known_or_when_switched_off() {
    let office = Office::open().await;
    office.facts(vec![says("1", "Здравствуйте")]).await;
    office.heard(TimeDelta::minutes(1), 5).await;
    assert_eq!(office.silent_for(TimeDelta::days(2)).await, 0, "five gaps tell nothing");
    office.heard(TimeDelta::minutes(1), 10).await;
    sqlx::query("update inbox.account set enabled = false").execute(&office.pool).await.unwrap();
    assert_eq!(office.silent_for(TimeDelta::days(2)).await, 0);
}

#[tokio::test]
async fn an_account_is_waited_for_while_it_is_open() {
    let office = Office::open().await;
    office.facts(vec![says("1", "Здравствуйте")]).await;
    office.heard(TimeDelta::minutes(6), 12).await;
    // Longest usual silence: an hour. Closed for the last ten hours, and before that open.
    let minute = i32::try_from((Utc::now() - chrono::DateTime::UNIX_EPOCH).num_minutes() % 10_080).unwrap();
    let of_week = (minute + 3 * 1_440) % 10_080; // 1970-01-01 was a Thursday
    let open: Vec<String> = (0..10_080)
        .step_by(60)
        .filter(|from| (of_week - from).rem_euclid(10_080) >= 660)
        .map(|from| format!("[{from},{})", from + 60))
        .collect();
    let hours: Vec<&str> = open.iter().map(String::as_str).collect();
    office.open_at(&hours).await;
    assert_eq!(office.silent_for(TimeDelta::minutes(630)).await, 0, "half an hour of it was open");
    office.open_at(&["[0,10080)"]).await;
    assert_eq!(office.silent_for(TimeDelta::minutes(630)).await, 1, "all of it was open");
}
