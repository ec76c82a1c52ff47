//! What an account answers by itself when nobody is there.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{Inbound, Own, OwnEcho, ReceiptStatus, inbound::Body},
    inbox::{Automatic, ListMessagesRequest, Message, conversation_service_server::ConversationService},
};
use model::MessageId;
use rpc::Caller;
use uuid::Uuid;

use super::office::{Dialog, Office, claim, receipt, says};
use crate::batch;

impl Office {
    /// The account has hours, and a text for outside of them.
    async fn closed(&self, text: &str) {
        let sql = "with s as (insert into crm.schedule (schedule_id, name, search_name, time_zone, intervals, days_off, request_sha256)
                       values ($1, 'Смена', 'смена', 'UTC', '{}', '{}', '') returning schedule_id)
                   update inbox.account set schedule_id = s.schedule_id, out_of_hours_text = $2 from s";
        sqlx::query(sql).bind(Uuid::now_v7()).bind(text).execute(&self.pool).await.unwrap();
        self.open_until(None).await;
    }

    /// Open from a week ago until `minutes` from now; `None`: closed but for the hour that begins in two.
    async fn open_until(&self, minutes: Option<i64>) {
        let now = Utc::now();
        let minute = |at: chrono::DateTime<Utc>| {
            use chrono::{Datelike, Timelike};
            i64::from(at.weekday().num_days_from_monday()) * 1_440 + i64::from(at.hour() * 60 + at.minute())
        };
        let (from, to) = match minutes {
            Some(minutes) => (minute(now - TimeDelta::minutes(1)), minute(now + TimeDelta::minutes(minutes))),
            None => (minute(now + TimeDelta::hours(2)), minute(now + TimeDelta::hours(3))),
        };
        // A span over the end of a week is two.
        let spans = if from < to { vec![(from, to)] } else { vec![(from, 10_080), (0, to)] };
        let spans: Vec<String> =
            spans.iter().filter(|(from, to)| from < to).map(|(from, to)| format!("[{from},{to})")).collect();
        let sql = "update crm.schedule set intervals = $1::text[]::int4range[]";
        sqlx::query(sql).bind(spans).execute(&self.pool).await.unwrap();
        self.directory.reload(&self.pool).await.unwrap();
    }

    /// What router's timer does, once for each dialog that asked for it.
    async fn timers(&self) -> usize {
        let sql = "delete from inbox.timer where kind = 'out_of_hours' returning key";
        let due: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.pool).await.unwrap();
        for key in &due {
            let mut tx = self.pool.begin().await.unwrap();
            batch::out_of_hours(&mut tx, &self.directory, key.parse().unwrap()).await.unwrap();
            tx.commit().await.unwrap();
        }
        due.len()
    }

    async fn automatic(&self, by: &Caller, dialog: &Dialog) -> Vec<Message> {
        let request = ListMessagesRequest { conversation_id: dialog.id.clone(), ..ListMessagesRequest::default() };
        let page = self.conversations.list_messages(by.request(request)).await.unwrap().into_inner();
        page.messages.into_iter().filter(|message| message.automatic() == Automatic::OutOfHours).collect()
    }
}

// acceptance: DI-14
#[tokio::test]
async fn who_writes_out_of_hours_is_answered_once_per_closed_time() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.closed("Мы ответим утром").await;
    let dialog = office.writes("1", "Есть кто?").await;
    assert_eq!(office.timers().await, 1, "from a timer, not in the batch");
    office.facts(vec![says("1", "Ау"), says("1", "Алло")]).await;
    office.timers().await;
    let said = office.automatic(&anna, &dialog).await;
    assert_eq!(said.len(), 1, "once, whatever else is written");
    assert_eq!(said[0].content.as_ref().unwrap().text, "Мы ответим утром");
    assert_eq!(office.count("select count(*) from inbox.outgoing where kind = 10").await, 1);
    office.open_until(Some(5)).await;
    office.facts(vec![says("1", "Доброе утро")]).await;
    office.timers().await;
    assert_eq!(office.automatic(&anna, &dialog).await.len(), 1, "somebody is there");
    // The closed time of then is over: the last text was sent before an opening that has passed.
    sqlx::query("update inbox.message set created_at = now() - interval '7 days' where automatic = 1")
        .execute(&office.pool)
        .await
        .unwrap();
    office.open_until(None).await;
    office.facts(vec![says("1", "Снова ночь")]).await;
    office.timers().await;
    assert_eq!(office.automatic(&anna, &dialog).await.len(), 2, "another closed time");
}

#[tokio::test]
async fn an_automatic_text_answers_nobody() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.closed("Мы ответим утром").await;
    let dialog = office.writes("1", "Есть кто?").await;
    office.timers().await;
    let said: MessageId = office.automatic(&anna, &dialog).await[0].message_id.parse().unwrap();
    office.facts(vec![claim(said, 0), receipt(said, ReceiptStatus::Sent, &["p|1"])]).await;
    assert_eq!(office.count("select count(*) from inbox.request where first_reply_at is not null").await, 0);
    let row = office.row(&anna, &dialog).await.unwrap();
    assert!(row.waiting_since.is_some(), "the person still waits");
    assert_eq!(row.last_message.unwrap().text, "Есть кто?");
}

#[tokio::test]
async fn history_echoes_closed_windows_and_blocks_are_not_answered() {
    let office = Office::open().await;
    office.closed("Мы ответим утром").await;
    sqlx::query("update inbox.account set live_since = now()").execute(&office.pool).await.unwrap();
    office.directory.reload(&office.pool).await.unwrap();
    let past = |from: Inbound| Inbound { shown_at: Some(rpc::timestamp(Utc::now() - TimeDelta::hours(1))), ..from };
    let echo = OwnEcho { own: Own::No.into(), ..OwnEcho::default() };
    office.facts(vec![past(says("1", "давно")), Inbound { body: Some(Body::OwnEcho(echo)), ..says("2", "") }]).await;
    assert_eq!(office.timers().await, 0);
    let over = Some(rpc::timestamp(Utc::now() - TimeDelta::minutes(1)));
    office.facts(vec![Inbound { reply_until: over, ..says("3", "поздно") }, says("4", "и ушёл")]).await;
    sqlx::query(
        "update inbox.conversation set blocked = true where contact_point_id in
             (select contact_point_id from inbox.contact_point where address = '4')",
    )
    .execute(&office.pool)
    .await
    .unwrap();
    assert_eq!(office.timers().await, 2);
    assert_eq!(office.count("select count(*) from inbox.message where automatic <> 0").await, 0);
}

#[tokio::test]
async fn an_album_is_answered_after_its_quiet() {
    let office = Office::open().await;
    office.closed("Мы ответим утром").await;
    let album = (0..3).map(|_| Inbound { group_key: "album".to_owned(), ..says("1", "фото") });
    office.facts(album.collect()).await;
    let due = "select count(*) from inbox.timer where kind = 'out_of_hours' and due_at > now() + interval '1 second'";
    assert_eq!(office.count(due).await, 1);
}
