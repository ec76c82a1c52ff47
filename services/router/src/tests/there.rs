//! `okno.ask.office`: whether somebody is there for customers.

use bus::Asker;
use contracts::channel::{AskOfficeRequest, AskOfficeResponse};
use rpc::Caller;
use uuid::Uuid;

use super::office::{Office, id_of};
use crate::questions::{QuestionError, office::Office as Questions};

impl Office {
    async fn there(&self) -> AskOfficeResponse {
        // A new one each time: what it remembers is another test's matter.
        self.there_by(&Questions::new(self.pool.clone())).await
    }

    async fn there_by(&self, questions: &Questions) -> AskOfficeResponse {
        let asker = Asker::Channel("test".parse().unwrap());
        questions.answer(&asker, AskOfficeRequest { account_id: self.account.to_string() }).await.unwrap()
    }

    /// A schedule in UTC that is open from `from` minutes of each day on, for `length`.
    async fn schedule(&self, from: i32, length: i32) -> Uuid {
        let id = Uuid::now_v7();
        let sql = "insert into crm.schedule (schedule_id, name, search_name, time_zone, intervals, days_off, request_sha256)
                   select $1, 'График', 'график', 'UTC', array_agg(int4range(d * 1440 + $2, d * 1440 + $2 + $3)), '{}', ''
                   from generate_series(0, 6) d";
        sqlx::query(sql).bind(id).bind(from).bind(length).execute(&self.pool).await.unwrap();
        let sql = "update inbox.account set schedule_id = $1";
        sqlx::query(sql).bind(id).execute(&self.pool).await.unwrap();
        id
    }

    async fn page_open(&self, caller: &Caller, open: bool) {
        let sql = "insert into crm.session (session_id, employee_id, secret_sha256, user_agent, client_address, last_seen_at)
                   values (gen_random_uuid(), $1, $2, '', '', now() - case when $3 then interval '1 min' else '4 min' end)";
        let query = sqlx::query(sql).bind(caller.employee().unwrap().0).bind(Uuid::now_v7().as_bytes().as_slice());
        query.bind(open).execute(&self.pool).await.unwrap();
    }

    async fn replied_in(&self, seconds: &[i64]) {
        let sql = "insert into inbox.request (request_id, conversation_id, account_id, is_current, state, received_at, first_reply_at)
                   select gen_random_uuid(), gen_random_uuid(), $1, false, 5, now() - interval '1 day',
                       now() - interval '1 day' + make_interval(secs => s) from unnest($2::bigint[]) s";
        sqlx::query(sql).bind(self.account.0).bind(seconds).execute(&self.pool).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_without_a_schedule_is_always_open() {
    let office = Office::open().await;
    let answer = office.there().await;
    assert_eq!((answer.open, answer.opens_at, answer.online, answer.reply_seconds), (true, None, 0, 0));
}

#[tokio::test]
async fn a_schedule_opens_and_closes_an_account() {
    let office = Office::open().await;
    office.schedule(0, 1440).await;
    assert!(office.there().await.open);
    let never = office.schedule(0, 1).await;
    sqlx::query("update crm.schedule set intervals = '{}' where schedule_id = $1")
        .bind(never)
        .execute(&office.pool)
        .await
        .unwrap();
    let answer = office.there().await;
    assert_eq!((answer.open, answer.opens_at), (false, None), "it never opens");
    // Open for one minute a day, twelve hours from now.
    let now = chrono::Utc::now();
    let minute = (now + chrono::TimeDelta::hours(12)).timestamp() / 60;
    office.schedule(i32::try_from(minute % 1440).unwrap(), 1).await;
    let answer = office.there().await;
    assert!(!answer.open);
    assert_eq!(answer.opens_at.unwrap().seconds / 60, minute);
    sqlx::query("update inbox.account set schedule_id = gen_random_uuid()").execute(&office.pool).await.unwrap();
    assert!(office.there().await.open, "a schedule that is gone closes nothing");
}

#[tokio::test]
async fn who_is_there_has_a_page_open_and_is_available() {
    let office = Office::open().await;
    let [anna, boris, vera] = [
        office.operator("Анна", office.sales).await,
        office.operator("Борис", office.sales).await,
        office.operator("Вера", office.service).await,
    ];
    assert_eq!(office.there().await.online, 0, "nobody has signed in");
    office.page_open(&anna, true).await;
    office.page_open(&anna, true).await;
    office.page_open(&boris, false).await;
    office.page_open(&vera, true).await;
    assert_eq!(office.there().await.online, 1, "of the account's department, with a page open: {}", id_of(&anna));
    sqlx::query("update crm.employee set away = true").execute(&office.pool).await.unwrap();
    assert_eq!(office.there().await.online, 0);
}

#[tokio::test]
async fn the_usual_reply_is_the_median_of_a_week_and_remembered() {
    let office = Office::open().await;
    let questions = Questions::new(office.pool.clone());
    office.replied_in(&[10, 20, 30, 4_000]).await;
    assert_eq!(office.there().await.reply_seconds, 0, "four are too few to tell");
    office.replied_in(&[40]).await;
    assert_eq!(office.there_by(&questions).await.reply_seconds, 30);
    sqlx::query(
        "update inbox.request set received_at = now() - interval '8 days', first_reply_at = now() - interval '8 days'",
    )
    .execute(&office.pool)
    .await
    .unwrap();
    assert_eq!(office.there_by(&questions).await.reply_seconds, 30, "it moves slowly");
    assert_eq!(office.there().await.reply_seconds, 0, "last week's do not count");
}

#[tokio::test]
async fn another_channel_is_told_nothing() {
    let office = Office::open().await;
    let asker = Asker::Channel("telegram".parse().unwrap());
    let question = AskOfficeRequest { account_id: office.account.to_string() };
    let answer = Questions::new(office.pool.clone()).answer(&asker, question).await;
    assert!(matches!(answer, Err(QuestionError::Refused(_))));
}
