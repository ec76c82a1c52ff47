//! Replies with a latest time: what has not gone by then is called off.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{FailureReason, ReceiptStatus},
    errors::ErrorReason,
    inbox::{
        MessageStatus, RescheduleMessageRequest, SendMessageRequest, conversation_service_server::ConversationService,
    },
};
use model::MessageId;
use rpc::Caller;
use tonic::Status;

use super::office::{Dialog, Office, claim, reason, receipt};
use crate::{batch::Verdict, messages};

impl Office {
    async fn sends_within(
        &self,
        by: &Caller,
        dialog: &Dialog,
        not_before: Option<DateTime<Utc>>,
        not_after: DateTime<Utc>,
    ) -> Result<MessageId, Status> {
        let id = MessageId::new();
        let request = SendMessageRequest {
            message_id: id.to_string(),
            conversation_id: dialog.id.clone(),
            text: "Скидка до шести".into(),
            not_before: not_before.map(rpc::timestamp),
            not_after: Some(rpc::timestamp(not_after)),
            ..SendMessageRequest::default()
        };
        self.conversations.send_message(by.request(request)).await.map(|_| id)
    }

    /// Its latest time was a moment ago.
    async fn is_late(&self, id: MessageId) {
        let sql = "update inbox.message set not_after = now() - interval '1 second' where message_id = $1";
        sqlx::query(sql).bind(id.0).execute(&self.pool).await.unwrap();
    }

    /// What router's timer does; when to look again.
    async fn expires(&self, id: MessageId) -> Option<DateTime<Utc>> {
        let mut tx = self.pool.begin().await.unwrap();
        let again = messages::expire(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        again
    }
}

fn hour() -> DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}

// acceptance: EM-14
#[tokio::test]
async fn a_reply_is_called_off_after_its_latest_time() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let id = office.sends_within(&anna, &dialog, None, hour()).await.unwrap();
    assert!(office.message(&anna, id).await.not_after.is_some());
    let timers = "select count(*) from inbox.timer where kind = 'expire'";
    assert_eq!(office.count(timers).await, 1);
    assert!(office.expires(id).await.is_some(), "there is time");
    office.is_late(id).await;
    assert_eq!(office.facts(vec![claim(id, 0)]).await[0], Verdict::Refused, "even where the timer is late");
    office.events().await;
    assert_eq!(office.expires(id).await, None);
    let message = office.message(&anna, id).await;
    assert_eq!(message.status(), MessageStatus::Failed);
    assert_eq!(message.failure.unwrap().reason(), FailureReason::Expired);
    assert_eq!(office.count("select count(*) from inbox.outgoing where kind = 10").await, 0);
    assert_eq!(office.changed().await.0.message_ids, [id.to_string()]);
    let row = office.row(&anna, &dialog).await.unwrap();
    assert_eq!(row.last_message.unwrap().status(), MessageStatus::Failed);
    assert_eq!(office.expires(id).await, None, "again: nothing");
    assert_eq!(office.facts(vec![claim(id, 1)]).await[0], Verdict::Refused, "an order on its way is not granted");
}

#[tokio::test]
async fn what_an_adapter_holds_is_waited_for_and_what_has_gone_is_left_alone() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let id = office.sends_within(&anna, &dialog, None, hour()).await.unwrap();
    assert_eq!(office.facts(vec![claim(id, 0)]).await[0], Verdict::Granted);
    office.is_late(id).await;
    assert!(office.expires(id).await.is_some(), "it may come back unsent");
    assert_eq!(office.message(&anna, id).await.status(), MessageStatus::Sending);
    office.facts(vec![receipt(id, ReceiptStatus::Sent, &["k"])]).await;
    assert_eq!(office.expires(id).await, None);
    assert_eq!(office.message(&anna, id).await.status(), MessageStatus::Sent);
}

#[tokio::test]
async fn a_latest_time_is_ahead_of_now_and_of_the_earliest() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    for (not_before, not_after) in [
        (None, Utc::now() - TimeDelta::seconds(1)),
        (Some(hour()), hour() - TimeDelta::minutes(1)),
        (None, Utc::now() + TimeDelta::days(400)),
    ] {
        let refused = office.sends_within(&anna, &dialog, not_before, not_after).await.unwrap_err();
        assert_eq!(reason(&refused), ErrorReason::InvalidField);
    }
    let id = office.sends_within(&anna, &dialog, None, hour()).await.unwrap();
    let later = Some(rpc::timestamp(hour() + TimeDelta::minutes(1)));
    let request = RescheduleMessageRequest { message_id: id.to_string(), not_before: later };
    let refused = office.conversations.reschedule_message(anna.request(request)).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::InvalidField);
}
