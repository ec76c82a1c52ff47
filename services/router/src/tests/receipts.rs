//! What a provider says of a send by our own mark, before, after and instead of the answer to it.

use contracts::{
    channel::{Failure, FailureReason, Inbound, Receipt, ReceiptStatus, inbound::Body},
    inbox::MessageStatus,
};
use model::MessageId;
use prost::Message as _;

use super::batch::{Router, claim, receipt, says};

/// A status that bears our mark: message and attempt, but no claim's nonce.
fn told(id: MessageId, status: ReceiptStatus) -> Inbound {
    let failure = (status == ReceiptStatus::Failed).then(|| Failure {
        reason: FailureReason::WindowClosed.into(),
        provider_code: "131047".to_owned(),
        ..Failure::default()
    });
    let provider_keys = if status == ReceiptStatus::Sent { vec!["1|2".to_owned()] } else { Vec::new() };
    let body =
        Receipt { message_id: id.to_string(), status: status.into(), provider_keys, failure, ..Receipt::default() };
    Inbound {
        key: format!("st:1|2:{}", status.as_str_name()),
        message_key: "1|2".to_owned(),
        body: Some(Body::Receipt(body)),
        ..Inbound::default()
    }
}

/// A reply that is on its way.
async fn sending(router: &Router) -> MessageId {
    router.take(vec![says("1", "1|1", "вопрос", 0)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    reply
}

fn own(id: MessageId) -> Inbound {
    receipt(id, ReceiptStatus::Sent, "a", &["1|2"])
}

#[tokio::test]
async fn what_was_accepted_and_fails_later_is_failed_whichever_word_comes_first() {
    for own_first in [true, false] {
        for apart in [true, false] {
            let router = Router::start().await;
            let reply = sending(&router).await;
            let mut facts = vec![own(reply), told(reply, ReceiptStatus::Failed)];
            if !own_first {
                facts.reverse();
            }
            if apart {
                for fact in facts {
                    router.take(vec![fact]).await;
                }
            } else {
                router.take(facts).await;
            }
            assert_eq!(router.status(reply).await, MessageStatus::Failed, "own first: {own_first}, apart: {apart}");
            let failure = "select failure from inbox.message where failure is not null";
            let failure: Vec<u8> = sqlx::query_scalar(failure).fetch_one(&router.pool).await.unwrap();
            assert_eq!(Failure::decode(failure.as_slice()).unwrap().reason(), FailureReason::WindowClosed);
            assert_eq!(router.count("select count(*) from inbox.outgoing").await, 0);
        }
    }
}

#[tokio::test]
async fn what_arrived_on_one_device_after_failing_on_another_has_arrived() {
    let router = Router::start().await;
    let reply = sending(&router).await;
    router.take(vec![own(reply), told(reply, ReceiptStatus::Failed)]).await;
    router.take(vec![told(reply, ReceiptStatus::Delivered)]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Delivered);
    assert_eq!(router.count("select count(*) from inbox.message where failure is not null").await, 0);
    router.take(vec![Inbound { key: "st:1|2:again".to_owned(), ..told(reply, ReceiptStatus::Failed) }]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Delivered, "it was seen");
}

/// The answer was lost, and no key of the message is known.
#[tokio::test]
async fn a_status_by_our_mark_settles_an_unknown_outcome() {
    let router = Router::start().await;
    let reply = sending(&router).await;
    router.take(vec![receipt(reply, ReceiptStatus::Unknown, "a", &[])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Unknown);
    router.take(vec![told(reply, ReceiptStatus::Sent), told(reply, ReceiptStatus::Read)]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Read);
}

/// The provider counts seconds: a question of the second in which our answer went stands after it.
#[tokio::test]
async fn the_providers_time_stays_when_the_sends_own_receipt_comes_last() {
    let router = Router::start().await;
    let reply = sending(&router).await;
    let now = prost_types::Timestamp { seconds: chrono::Utc::now().timestamp() + 2, nanos: 0 };
    let at = |fact: Inbound| Inbound { shown_at: Some(now), ..fact };
    router.take(vec![at(told(reply, ReceiptStatus::Sent)), at(says("1", "1|3", "ещё вопрос", 0))]).await;
    router.take(vec![own(reply)]).await;
    let shown = "select count(*) from inbox.message where text = 'ответ' and shown_at = date_trunc('second', shown_at)";
    assert_eq!(router.count(shown).await, 1);
    assert_eq!(router.texts().await, ["вопрос", "ответ", "ещё вопрос"]);
}

/// It takes about a day, for the pauses grow to five minutes.
#[tokio::test]
async fn a_send_that_was_put_off_three_hundred_times_fails_with_its_last_reason() {
    for (attempt, expected) in [(299_i32, MessageStatus::Queued), (300, MessageStatus::Failed)] {
        let router = Router::start().await;
        router.take(vec![says("1", "1|1", "вопрос", 0)]).await;
        let reply = router.queue_reply("ответ").await;
        let older = sqlx::query("update inbox.message set attempt = $2 where message_id = $1");
        older.bind(reply.0).bind(attempt).execute(&router.pool).await.unwrap();
        let attempt = attempt.cast_unsigned();
        router.take(vec![claim(reply, attempt, "a")]).await;
        let put_off = receipt(reply, ReceiptStatus::Deferred, "a", &[]);
        let Some(Body::Receipt(body)) = put_off.body else { panic!("a receipt") };
        let why = Failure {
            reason: FailureReason::AccountProblem.into(),
            provider_text: "нет связи".into(),
            ..<_>::default()
        };
        let body = Some(Body::Receipt(Receipt { attempt, failure: Some(why), ..body }));
        router.take(vec![Inbound { body, ..put_off }]).await;
        assert_eq!(router.status(reply).await, expected, "attempt {attempt}");
        let failure: Option<Vec<u8>> = sqlx::query_scalar("select failure from inbox.message where message_id = $1")
            .bind(reply.0)
            .fetch_one(&router.pool)
            .await
            .unwrap();
        let told =
            failure.map(|failure| Failure::decode(failure.as_slice()).unwrap().provider_text).unwrap_or_default();
        assert_eq!(told, if expected == MessageStatus::Failed { "нет связи" } else { "" });
        let orders = if expected == MessageStatus::Failed { 0 } else { 1 };
        assert_eq!(router.count("select count(*) from inbox.outgoing").await, orders, "its lane is free");
    }
}
