//! What a batch does with facts, straight at `batch::process`.

use contracts::{
    channel::{
        Claim, Content, Deletion, Edit, Inbound, Message, Own, OwnEcho, Peer, Receipt, ReceiptStatus, Unparsed,
        inbound::Body,
    },
    inbox::MessageStatus,
};
use model::{AccountId, MessageId};
use sqlx::PgPool;

use super::database;
use crate::{
    batch::{self, Fact, Verdict},
    directory::Directory,
};

pub const SOON: std::time::Duration = std::time::Duration::from_secs(20);

pub struct Router {
    pub pool: PgPool,
    pub directory: Directory,
    account: AccountId,
    _database: testkit::TestDatabase,
}

impl Router {
    pub async fn start() -> Self {
        let (database, pool) = database().await;
        let account = AccountId::new();
        sqlx::query("insert into inbox.account (account_id, channel, name, live_since) values ($1, 'test', 'Тест', '2020-01-01')")
            .bind(account.0)
            .execute(&pool)
            .await
            .unwrap();
        let directory = Directory::default();
        directory.reload(&pool).await.unwrap();
        Self { pool, directory, account, _database: database }
    }

    pub fn fact(&self, inbound: Inbound) -> Fact {
        let raw = prost::Message::encode_to_vec(&inbound).into();
        let channel = "test".parse().unwrap();
        Fact {
            account: self.account,
            channel,
            part: 0,
            sequence: 1,
            inbound,
            raw,
            again: false,
            stands_in: false,
            traceparent: String::new(),
        }
    }

    pub async fn take(&self, facts: Vec<Inbound>) -> Vec<Verdict> {
        let facts: Vec<Fact> = facts.into_iter().map(|f| self.fact(f)).collect();
        let mut tx = self.pool.begin().await.unwrap();
        let verdicts = batch::process(&mut tx, &self.directory, &facts).await.unwrap();
        tx.commit().await.unwrap();
        verdicts
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    pub async fn texts(&self) -> Vec<String> {
        let sql = "select text from inbox.message where kind = 1 order by shown_at, position, seq";
        sqlx::query_scalar(sql).fetch_all(&self.pool).await.unwrap()
    }

    /// A reply of ours as SendMessage stores it.
    pub async fn queue_reply(&self, text: &str) -> MessageId {
        let id = MessageId::new();
        let sql = "with c as (update inbox.conversation set last_seq = last_seq + 1 returning *),
             m as (insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, direction, kind, status, text)
                   select conversation_id, last_seq, $1, account_id, now(), 2, 1, 1, $2 from c)
             insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, message_id)
             select gen_random_uuid(), 0, 'test', account_id, conversation_id::text, 10, conversation_id, $1 from c";
        sqlx::query(sql).bind(id.0).bind(text).execute(&self.pool).await.unwrap();
        id
    }

    pub async fn status(&self, id: MessageId) -> MessageStatus {
        let sql = "select status::int from inbox.message where message_id = $1";
        let status: i32 = sqlx::query_scalar(sql).bind(id.0).fetch_one(&self.pool).await.unwrap();
        MessageStatus::try_from(status).unwrap()
    }
}

pub fn peer(address: &str) -> Option<Peer> {
    Some(Peer { address: address.to_owned(), display_name: "Покупатель".to_owned(), ..Peer::default() })
}

pub fn says(address: &str, key: &str, text: &str, position: i64) -> Inbound {
    let content = Content { text: text.to_owned(), ..Content::default() };
    Inbound {
        key: format!("msg:{key}"),
        message_key: key.to_owned(),
        position,
        peer: peer(address),
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}

pub fn edit(key: &str, text: &str, at: i64) -> Inbound {
    let edit = Edit {
        content: Some(Content { text: text.to_owned(), ..Content::default() }),
        edited_at: Some(prost_types::Timestamp { seconds: at, nanos: 0 }),
    };
    Inbound {
        key: format!("edit:{key}:{at}"),
        message_key: key.to_owned(),
        body: Some(Body::Edit(edit)),
        ..Inbound::default()
    }
}

pub fn claim(id: MessageId, attempt: u32, nonce: &str) -> Inbound {
    let body = Claim { message_id: id.to_string(), attempt, nonce: nonce.to_owned() };
    Inbound { key: format!("claim:{id}:{attempt}:{nonce}"), body: Some(Body::Claim(body)), ..Inbound::default() }
}

pub fn receipt(id: MessageId, status: ReceiptStatus, nonce: &str, keys: &[&str]) -> Inbound {
    let body = Receipt {
        message_id: id.to_string(),
        nonce: nonce.to_owned(),
        status: status.into(),
        provider_keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        sent: Some(Content { text: "отправлено раньше".to_owned(), ..Content::default() }),
        ..Receipt::default()
    };
    Inbound {
        key: format!("rcpt:{id}:{nonce}:{}", status as i32),
        peer: peer("1"),
        body: Some(Body::Receipt(body)),
        ..Inbound::default()
    }
}

fn delivered(key: &str, status: ReceiptStatus) -> Inbound {
    let body = Receipt { status: status.into(), ..Receipt::default() };
    Inbound {
        key: format!("status:{key}:{}", status as i32),
        message_key: key.to_owned(),
        body: Some(Body::Receipt(body)),
        ..Inbound::default()
    }
}

pub fn echo(key: &str, own: Own, text: &str) -> Inbound {
    let content = Content { text: text.to_owned(), ..Content::default() };
    let body = OwnEcho { own: own.into(), content: Some(content), author_name: "Коллега".to_owned() };
    Inbound {
        key: format!("echo:{key}"),
        message_key: key.to_owned(),
        peer: peer("1"),
        body: Some(Body::OwnEcho(body)),
        ..Inbound::default()
    }
}

// acceptance: DI-5
#[tokio::test]
async fn a_repeated_fact_changes_nothing_in_one_batch_or_in_the_next() {
    let router = Router::start().await;
    let fact = says("1", "1|1", "привет", 1);
    router.take(vec![fact.clone(), fact.clone()]).await;
    router.take(vec![fact]).await;
    assert_eq!(router.texts().await, ["привет"]);
    assert_eq!(router.count("select count(*) from inbox.request").await, 1);
    assert_eq!(router.count("select count(*) from inbox.outbox").await, 1);
}

#[tokio::test]
async fn a_thousand_first_messages_of_one_customer_are_one_conversation_with_one_request() {
    let router = Router::start().await;
    let facts: Vec<Inbound> = (0..1_000).map(|n| says("1", &format!("1|{n}"), &format!("{n}"), n)).collect();
    for part in facts.chunks(250) {
        router.take(part.to_vec()).await;
    }
    assert_eq!(router.count("select count(*) from inbox.conversation").await, 1);
    assert_eq!(router.count("select count(*) from inbox.request where is_current").await, 1);
    assert_eq!(router.count("select inbound_count from inbox.conversation").await, 1_000);
    let expected: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(router.texts().await, expected);
}

#[tokio::test]
async fn an_edit_before_its_original_waits_for_it() {
    let router = Router::start().await;
    router.take(vec![edit("1|1", "исправлено", 100)]).await;
    assert_eq!(router.count("select count(*) from inbox.early").await, 1);
    router.take(vec![says("1", "1|1", "как было", 1)]).await;
    assert_eq!(router.texts().await, ["исправлено"]);
    assert_eq!(router.count("select count(*) from inbox.early").await, 0);
    router.take(vec![edit("1|1", "старее", 50)]).await;
    assert_eq!(router.texts().await, ["исправлено"], "an older edit never overwrites a newer one");
}

#[tokio::test]
async fn edits_of_one_second_all_leave_what_they_replaced() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "один", 1)]).await;
    let again = |n: usize, text| Inbound { key: format!("edit:1|1:{n}"), ..edit("1|1", text, 100) };
    router.take(vec![again(1, "два"), again(2, "три")]).await;
    router.take(vec![again(3, "четыре")]).await;
    let sql = "select text from inbox.message_version order by until";
    let earlier: Vec<String> = sqlx::query_scalar(sql).fetch_all(&router.pool).await.unwrap();
    assert_eq!(earlier, ["один", "два", "три"]);
    assert_eq!(router.texts().await, ["четыре"]);
}

#[tokio::test]
async fn what_comes_before_its_original_in_the_same_batch_is_right_at_once() {
    let router = Router::start().await;
    router.take(vec![edit("1|1", "исправлено", 100), says("1", "1|1", "как было", 1)]).await;
    assert_eq!(router.texts().await, ["исправлено"]);
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    let sent = receipt(reply, ReceiptStatus::Sent, "a", &["1|2"]);
    router.take(vec![delivered("1|2", ReceiptStatus::Read), echo("1|2", Own::Yes, "ответ"), sent]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Read);
    assert_eq!(router.count("select count(*) from inbox.early").await, 0);
    assert_eq!(router.count("select count(*) from inbox.timer where kind = 'early'").await, 0);
}

#[tokio::test]
async fn the_word_that_nothing_was_sent_counts_also_after_the_claims_timer() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    let mut tx = router.pool.begin().await.unwrap();
    batch::claim_ended(&mut tx, &router.directory, reply, "a").await.unwrap();
    tx.commit().await.unwrap();
    router.take(vec![receipt(reply, ReceiptStatus::Deferred, "a", &[])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Queued);
    assert_eq!(router.count("select count(*) from inbox.outgoing where kind = 10").await, 1);
}

#[tokio::test]
async fn the_keys_of_a_send_that_was_settled_by_hand_are_kept_when_its_receipt_comes() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    let settle = "update inbox.message set status = 4 where message_id = $1";
    sqlx::query(settle).bind(reply.0).execute(&router.pool).await.unwrap();
    router.take(vec![receipt(reply, ReceiptStatus::Sent, "a", &["1|2"])]).await;
    router.take(vec![delivered("1|2", ReceiptStatus::Read)]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Read);
}

#[tokio::test]
async fn an_answer_goes_where_the_message_went_that_it_answers_in_one_batch_or_in_two() {
    for apart in [false, true] {
        let router = Router::start().await;
        let letter = Inbound { thread_key: "letter".into(), ..says("1", "1|1", "счёт", 1) };
        let answer = Inbound { refers_to: vec!["1|1".into()], ..says("1", "1|2", "спасибо", 2) };
        if apart {
            router.take(vec![letter]).await;
            router.take(vec![answer]).await;
        } else {
            router.take(vec![letter, answer]).await;
        }
        assert_eq!(router.count("select count(*) from inbox.conversation").await, 1, "apart: {apart}");
    }
}

#[tokio::test]
async fn a_person_whom_another_part_makes_known_at_the_same_time_is_one_person() {
    let router = Router::start().await;
    let other = AccountId::new();
    sqlx::query(
        "insert into inbox.account (account_id, channel, name, live_since) values ($1, 'test', 'Второй', '2020-01-01')",
    )
    .bind(other.0)
    .execute(&router.pool)
    .await
    .unwrap();
    router.directory.reload(&router.pool).await.unwrap();
    let mut first = router.pool.begin().await.unwrap();
    batch::process(&mut first, &router.directory, &[router.fact(says("1", "1|1", "раз", 1))]).await.unwrap();
    let fact = Fact { account: other, ..router.fact(says("1", "1|1", "два", 1)) };
    let second = async {
        let mut tx = router.pool.begin().await.unwrap();
        let verdicts = batch::process(&mut tx, &router.directory, &[fact]).await.unwrap();
        tx.commit().await.unwrap();
        verdicts
    };
    // The second one's insert waits for the first one's to be decided.
    let decided = async {
        testkit::eventually("the second to wait", SOON, async || {
            let waiting =
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            (router.count(waiting).await == 1).then_some(())
        })
        .await;
        first.commit().await.unwrap();
    };
    let (verdicts, ()) = tokio::join!(second, decided);
    assert_eq!(verdicts, [Verdict::Committed]);
    assert_eq!(router.count("select count(*) from inbox.contact_point").await, 1);
    assert_eq!(router.count("select count(*) from inbox.message").await, 2);
}

// acceptance: XC-1
#[tokio::test]
async fn a_channel_that_router_has_never_heard_of_gives_the_same_shapes() {
    let router = Router::start().await;
    let pigeon = AccountId::new();
    sqlx::query("insert into inbox.account (account_id, channel, name, live_since) values ($1, 'pigeon', 'Почта', '2020-01-01')")
        .bind(pigeon.0)
        .execute(&router.pool)
        .await
        .unwrap();
    router.directory.reload(&router.pool).await.unwrap();
    let day = vec![says("1", "1|1", "вопрос", 1), edit("1|1", "вопрос!", 9), says("1", "1|2", "ещё", 2)];
    router.take(day.clone()).await;
    let channel: model::Channel = "pigeon".parse().unwrap();
    let facts = day.into_iter().map(|f| Fact { account: pigeon, channel: channel.clone(), ..router.fact(f) });
    let mut tx = router.pool.begin().await.unwrap();
    batch::process(&mut tx, &router.directory, &facts.collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
    // Ids, times and the channel apart, what the two channels left is the same.
    let shapes =
        "select count(distinct (select jsonb_agg(jsonb_build_array(m.seq, m.direction, m.kind, m.status, m.text,
                      m.inbound_no, m.position, m.edited_at) order by m.seq) || jsonb_build_array(r.state, r.outcome,
                      r.is_current, c.inbound_count, c.last_text, c.request_open)
                  from inbox.message m where m.conversation_id = c.conversation_id))
                  from inbox.conversation c join inbox.request r using (request_id)";
    assert_eq!(router.count("select count(*) from inbox.conversation").await, 2);
    assert_eq!(router.count(shapes).await, 1);
}

#[tokio::test]
async fn a_claim_is_granted_to_one_asker_and_a_repeat_gets_the_same_answer() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    assert_eq!(router.take(vec![claim(reply, 0, "a")]).await, [Verdict::Granted]);
    assert_eq!(router.take(vec![claim(reply, 0, "b")]).await, [Verdict::Refused]);
    assert_eq!(router.take(vec![claim(reply, 0, "a")]).await, [Verdict::Granted]);
    router.take(vec![receipt(reply, ReceiptStatus::Sent, "a", &["1|2"])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Sent);
    assert_eq!(router.take(vec![claim(reply, 0, "a")]).await, [Verdict::Refused], "what is sent is not sent again");
    assert_eq!(router.count("select count(*) from inbox.outgoing").await, 0);
}

#[tokio::test]
async fn receipts_and_echoes_before_the_sends_own_receipt_come_out_right() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    router.take(vec![delivered("1|2", ReceiptStatus::Read), echo("1|2", Own::Yes, "ответ")]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Sending);
    router.take(vec![receipt(reply, ReceiptStatus::Sent, "a", &["1|2"])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Read);
    assert_eq!(router.texts().await, ["вопрос", "ответ"]);
    router.take(vec![delivered("1|2", ReceiptStatus::Delivered)]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Read, "status moves forward only");
}

#[tokio::test]
async fn an_echo_of_unknown_origin_settles_the_send_whose_text_it_has() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a"), echo("1|2", Own::Maybe, "ответ")]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Sent);
    router.take(vec![echo("1|3", Own::Maybe, "с телефона")]).await;
    assert_eq!(router.texts().await, ["вопрос", "ответ", "с телефона"]);
}

#[tokio::test]
async fn a_deferred_send_goes_back_to_the_queue_for_a_new_attempt() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    router.take(vec![receipt(reply, ReceiptStatus::Deferred, "a", &[])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Queued);
    assert_eq!(router.take(vec![claim(reply, 0, "a")]).await, [Verdict::Refused], "the old attempt is over");
    assert_eq!(router.take(vec![claim(reply, 1, "c")]).await, [Verdict::Granted]);
}

#[tokio::test]
async fn a_claim_without_a_receipt_becomes_an_unknown_outcome() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    router.take(vec![claim(reply, 0, "a")]).await;
    let mut tx = router.pool.begin().await.unwrap();
    batch::claim_ended(&mut tx, &router.directory, reply, "another").await.unwrap();
    batch::claim_ended(&mut tx, &router.directory, reply, "a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(router.status(reply).await, MessageStatus::Unknown);
    assert_eq!(router.count("select count(*) from inbox.outgoing").await, 0, "it is not sent again by itself");
    router.take(vec![receipt(reply, ReceiptStatus::Sent, "a", &["1|2"])]).await;
    assert_eq!(router.status(reply).await, MessageStatus::Sent, "a late receipt settles it");
}

#[tokio::test]
async fn a_reply_younger_than_a_restored_database_comes_back_by_its_receipt() {
    let router = Router::start().await;
    let lost = MessageId::new();
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    assert_eq!(router.take(vec![claim(lost, 0, "a")]).await, [Verdict::Refused]);
    router.take(vec![receipt(lost, ReceiptStatus::Sent, "a", &["1|2"])]).await;
    assert_eq!(router.status(lost).await, MessageStatus::Sent);
    assert_eq!(router.texts().await, ["вопрос", "отправлено раньше"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_with_its_bytes_and_the_rest_goes_on() {
    let router = Router::start().await;
    let unparsed = Unparsed { raw: b"{".to_vec(), reason: "not JSON".to_owned(), ..Unparsed::default() };
    let bad = Inbound { key: "raw:1".to_owned(), body: Some(Body::Unparsed(unparsed)), ..Inbound::default() };
    let newer = Inbound { key: "new:1".to_owned(), body: None, ..Inbound::default() };
    let facts = vec![bad, newer, says("1", "1|1", "\u{0}\u{202e}<b>x</b>", 1)];
    let verdicts = router.take(facts).await;
    assert_eq!(verdicts, [Verdict::DeadLetter, Verdict::DeadLetter, Verdict::Committed]);
    assert_eq!(router.count("select count(*) from inbox.dead_letter").await, 2);
    assert_eq!(router.texts().await, ["\u{fffd}\u{202e}<b>x</b>"]);
}

#[tokio::test]
async fn a_deletion_keeps_the_text_and_marks_the_message() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "лишнее", 1)]).await;
    let body = Deletion { more_keys: vec!["1|2".to_owned()] };
    let fact = Inbound {
        key: "del:1".to_owned(),
        message_key: "1|1".to_owned(),
        body: Some(Body::Deletion(body)),
        ..Inbound::default()
    };
    router.take(vec![fact]).await;
    assert_eq!(router.count("select count(*) from inbox.message where deleted_at is not null").await, 1);
    assert_eq!(router.count("select count(*) from inbox.early").await, 1, "the unknown one waits");
}

#[tokio::test]
async fn a_closed_request_is_opened_again_within_the_window_and_continued_by_a_new_one_later() {
    let router = Router::start().await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let close =
        "update inbox.request set state = 5, is_current = false, closed_at = now() - $1::interval where is_current";
    sqlx::query(close).bind("1 hour").execute(&router.pool).await.unwrap();
    router.take(vec![says("1", "1|2", "ещё вопрос", 2)]).await;
    assert_eq!(router.count("select count(*) from inbox.request where is_current and state = 1").await, 1);
    assert_eq!(router.count("select count(*) from inbox.request").await, 1);
    sqlx::query(close).bind("25 hours").execute(&router.pool).await.unwrap();
    router.take(vec![says("1", "1|3", "и ещё", 3)]).await;
    assert_eq!(router.count("select count(*) from inbox.request where previous_request_id is not null").await, 1);
}

#[tokio::test]
async fn history_is_nobodys_work() {
    let router = Router::start().await;
    sqlx::query("update inbox.account set live_since = now() + interval '1 day'").execute(&router.pool).await.unwrap();
    router.directory.reload(&router.pool).await.unwrap();
    router.take(vec![says("1", "1|1", "прошлогоднее", 1)]).await;
    assert_eq!(router.texts().await, ["прошлогоднее"]);
    assert_eq!(router.count("select count(*) from inbox.request").await, 0);
    assert_eq!(router.count("select inbound_count from inbox.conversation").await, 0);
}

#[tokio::test]
async fn an_album_is_one_unread_and_its_rules_wait_for_quiet() {
    let router = Router::start().await;
    let album =
        (0..3).map(|n| Inbound { group_key: "album".to_owned(), ..says("1", &format!("1|{n}"), "фото", n) });
    router.take(album.collect()).await;
    assert_eq!(router.count("select inbound_count from inbox.conversation").await, 1);
    assert_eq!(router.count("select count(*) from inbox.timer where kind = 'assign'").await, 1);
    assert_eq!(router.count("select count(*) from inbox.message").await, 3);
}

#[tokio::test]
async fn facts_that_a_gateway_answered_for_alone_are_counted_once() {
    let router = Router::start().await;
    let alone = |key: &str| Fact { stands_in: true, ..router.fact(says("1", key, "без нас", 1)) };
    for facts in [vec![alone("1|1"), alone("1|2")], vec![alone("1|1"), router.fact(says("1", "1|3", "с нами", 2))]]
    {
        let mut tx = router.pool.begin().await.unwrap();
        batch::process(&mut tx, &router.directory, &facts).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(router.count("select accepted_unconfirmed from inbox.account_state").await, 2);
}

#[tokio::test]
async fn what_a_program_wrote_is_shown_and_opens_no_request() {
    let router = Router::start().await;
    let away = Inbound { automatic: true, ..says("1", "1|1", "Меня нет на месте", 1) };
    router.take(vec![away]).await;
    assert_eq!(router.texts().await, ["Меня нет на месте"]);
    assert_eq!(router.count("select count(*) from inbox.request").await, 0);
    assert_eq!(router.count("select inbound_count from inbox.conversation").await, 1);
}
