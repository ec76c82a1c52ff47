//! A person who has blocked the account, as a refused send tells it: not every channel says so by itself, or in time.

use contracts::channel::{
    Blocked, ConversationStarted, Failure, FailureReason, Inbound, Receipt, ReceiptStatus, Unblocked, inbound::Body,
};
use rpc::Caller;

use super::office::{Dialog, Office, claim, receipt, says};

impl Office {
    /// Sends, and lets the provider refuse it.
    async fn refused_by_provider(&self, by: &Caller, dialog: &Dialog, why: FailureReason) {
        let id = self.send(by, dialog, "Ваш заказ готов").await;
        let refusal = receipt(id, ReceiptStatus::Failed, &[]);
        let Some(Body::Receipt(body)) = refusal.body else { panic!("a receipt") };
        let failure = Some(Failure { reason: why.into(), ..Failure::default() });
        let body = Some(Body::Receipt(Receipt { failure, ..body }));
        self.facts(vec![claim(id, 0), Inbound { body, ..refusal }]).await;
    }

    async fn is_blocked(&self, by: &Caller, dialog: &Dialog) -> bool {
        self.row(by, dialog).await.unwrap().blocked
    }
}

#[tokio::test]
async fn a_send_that_was_refused_as_blocked_closes_the_dialog_until_the_person_lets_us_in_again() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    for lets_in in [
        Body::Unblocked(Unblocked {}),
        Body::ConversationStarted(ConversationStarted::default()),
        says("1", "Я тут").body.unwrap(),
    ] {
        office.refused_by_provider(&anna, &dialog, FailureReason::BlockedByClient).await;
        assert!(office.is_blocked(&anna, &dialog).await, "before {lets_in:?}");
        office.facts(vec![Inbound { body: Some(lets_in.clone()), ..says("1", "") }]).await;
        assert!(!office.is_blocked(&anna, &dialog).await, "after {lets_in:?}");
    }
    office.facts(vec![Inbound { body: Some(Body::Blocked(Blocked {})), ..says("1", "") }]).await;
    assert!(office.is_blocked(&anna, &dialog).await);
    let looked_in = Body::ConversationStarted(ConversationStarted { without_consent: true });
    office.facts(vec![Inbound { body: Some(looked_in), ..says("1", "") }]).await;
    assert!(office.is_blocked(&anna, &dialog).await, "opening the chat is no consent at every provider");
}

/// The provider knows best; whoever writes opens the window anew.
#[tokio::test]
async fn a_send_that_came_too_late_closes_the_window_unless_the_person_has_written_since() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let until = (chrono::Utc::now() + chrono::TimeDelta::hours(24)).timestamp();
    let opens = |key: &str| Inbound {
        reply_until: Some(prost_types::Timestamp { seconds: until, nanos: 0 }),
        ..says("1", key)
    };
    let window = async || office.row(&anna, &dialog).await.unwrap().reply_until.unwrap().seconds;
    office.facts(vec![opens("Есть окна?")]).await;
    assert_eq!(window().await, until);
    office.refused_by_provider(&anna, &dialog, FailureReason::WindowClosed).await;
    assert!(window().await <= chrono::Utc::now().timestamp(), "closed");
    office.facts(vec![opens("Ау")]).await;
    assert_eq!(window().await, until, "opened anew");
    let id = office.send(&anna, &dialog, "Да").await;
    office.facts(vec![claim(id, 0), opens("Жду")]).await;
    let refusal = receipt(id, ReceiptStatus::Failed, &[]);
    let Some(Body::Receipt(body)) = refusal.body else { panic!("a receipt") };
    let failure = Some(Failure { reason: FailureReason::WindowClosed.into(), ..Failure::default() });
    office.facts(vec![Inbound { body: Some(Body::Receipt(Receipt { failure, ..body })), ..refusal }]).await;
    assert_eq!(window().await, until, "the person has written since");
}

#[tokio::test]
async fn another_refusal_leaves_the_dialog_open() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    for why in [FailureReason::Rejected, FailureReason::BarredByUs, FailureReason::Undeliverable] {
        office.refused_by_provider(&anna, &dialog, why).await;
        assert!(!office.is_blocked(&anna, &dialog).await, "{why:?}");
    }
}
