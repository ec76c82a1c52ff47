//! Stores that are wiped or put back to what they were: JetStream's, and PostgreSQL's.

use std::time::Duration;

use contracts::{
    channel::AttachmentState,
    inbox::{
        AddNoteRequest, CancelMessageRequest, ConversationView, Direction, Message, MessageKind, MessageStatus,
        SendMessageRequest,
    },
};
use reqwest::StatusCode;
use testkit::{
    eventually,
    telegram::{CustomerMessage, Fault, png},
};
use uuid::Uuid;

use crate::{
    actions::customer,
    deeds::{reply, text_of},
    harm::{numbered, received},
    office::chore,
    stage::Stage,
    world::{SOON, World},
};

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_wiped_nats_loses_no_fact_no_reply_and_no_file() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let (talker, conversation) = stage.talk(99).await;
    let mut feed = stage.operator.feed().await;

    // A file that cannot be fetched yet: its order waits. Replies that nobody carries out yet: theirs wait too.
    stage.world.telegram.fail_always("getFile", Fault::DropBefore);
    talker.send(CustomerMessage::photo(png(64, 48)).caption("вот план"));
    stage.operator.message_with(&conversation, "вот план").await;
    stage.world.signal("gateway-telegram", "STOP");
    let mut replies = Vec::new();
    for text in ["первый", "второй", "третий"] {
        replies.push(stage.operator.send(&conversation, text).await);
    }
    let (buyers, texts) = ([1, 2, 3].map(|n| customer(&stage.connected.bot, n)), numbered(10));
    for text in &texts {
        for buyer in &buyers {
            buyer.text(text);
        }
    }
    stage.world.nats.wipe_store().await.expect("an empty nats-server");
    stage.world.signal("gateway-telegram", "CONT");
    stage.world.telegram.heal();

    stage.world.threads_are_beside(&buyers, &texts, 2).await;
    for reply in &replies {
        stage.operator.recovered_to(reply, MessageStatus::Sent).await;
    }
    assert_eq!(received(&talker), ["первый", "второй", "третий"]);
    let files = stage.operator.stored_files(&conversation, 1).await;
    assert_eq!(files[0].state(), AttachmentState::Stored);
    let (status, bytes) = stage.operator.download(&files[0].attachment_id).await;
    assert_eq!((status, bytes), (StatusCode::OK, png(64, 48)));
    stage.all_confirmed().await;

    talker.text("Спасибо!");
    feed.inbound(&conversation).await;
    stage.stores(33).await;
}

#[tokio::test]
async fn streams_and_buckets_that_vanish_are_made_again_and_nothing_is_lost() {
    let stage = Stage::set_in(World::start_apart().await).await;
    let (talker, conversation) = stage.talk(99).await;
    let mut feed = stage.operator.feed().await;
    let client = async_nats::connect(stage.world.nats.url()).await.expect("nats-server");
    let jetstream = async_nats::jetstream::new(client);
    let streams = ["IN_0", "OUT_telegram", "EVENTS", "KV_okno_accounts", "KV_okno_leases", "KV_okno_positions"];
    for stream in streams {
        jetstream.delete_stream(stream).await.expect("deleted");
    }
    talker.text("Есть кто?");
    feed.inbound(&conversation).await;
    let reply = stage.operator.send(&conversation, "Есть").await;
    stage.operator.recovered_to(&reply, MessageStatus::Sent).await;
    assert_eq!(received(&talker), ["Есть"]);
    stage.stores(2).await;
    stage.all_confirmed().await;
    for stream in streams {
        jetstream.get_stream(stream).await.unwrap_or_else(|error| panic!("{stream}: {error}"));
    }
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_nats_restored_from_an_hour_before_loses_and_doubles_nothing() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let (talker, conversation) = stage.talk(99).await;
    let first = stage.operator.send(&conversation, "первый").await;
    stage.operator.wait_for_status(&first, MessageStatus::Sent).await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("store");
    stage.world.nats.snapshot_store(&snapshot).await.expect("a snapshot");
    let mut feed = stage.operator.feed().await;

    let buyer = customer(&stage.connected.bot, 1);
    let texts = numbered(20);
    for text in &texts[..10] {
        buyer.text(text);
    }
    stage.stores(11).await;
    let second = stage.operator.send(&conversation, "второй").await;
    stage.operator.wait_for_status(&second, MessageStatus::Sent).await;
    stage.world.signal("gateway-telegram", "STOP");
    let third = stage.operator.send(&conversation, "третий").await;
    for text in &texts[10..] {
        buyer.text(text);
    }
    stage.world.nats.restore_store(&snapshot).await.expect("restored");
    stage.world.signal("gateway-telegram", "CONT");

    stage.world.threads_are_beside(&[buyer], &texts, 1).await;
    stage.operator.recovered_to(&third, MessageStatus::Sent).await;
    stage.all_confirmed().await;
    assert_eq!(received(&talker), ["первый", "второй", "третий"]);
    talker.text("Спасибо!");
    feed.inbound(&conversation).await;
    // A gateway that starts on what was restored finds old orders, leases and positions there.
    stage.world.kill_and_restart("gateway-telegram").await;
    let fourth = stage.operator.send(&conversation, "четвёртый").await;
    stage.operator.recovered_to(&fourth, MessageStatus::Sent).await;
    assert_eq!(received(&talker), ["первый", "второй", "третий", "четвёртый"]);
    stage.stores(22).await;
}

#[tokio::test]
async fn an_account_that_a_restored_nats_does_not_know_is_never_told_to_be_unknown() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("store");
    stage.world.nats.snapshot_store(&snapshot).await.expect("a snapshot");
    let young = stage.world.connect_telegram(&stage.admin, "webhook").await;
    let known = async || stage.world.deliver(&young, "{}").await;
    eventually("the new account is known", SOON, async || known().await.is_success().then_some(())).await;

    stage.world.signal("router", "STOP");
    stage.world.nats.restore_store(&snapshot).await.expect("restored");
    let client = async_nats::connect(stage.world.nats.url()).await.expect("nats-server");
    let not_404 = async |times: usize| {
        for _ in 0..times {
            // What makes the gateway read its accounts again, which are the old ones now.
            client.publish("okno.hint.telegram", "".into()).await.expect("published");
            client.flush().await.expect("published");
            let status = stage.world.try_deliver(&young, "{}").await;
            assert_ne!(status.ok(), Some(StatusCode::NOT_FOUND), "the provider would give up");
        }
    };
    not_404(10).await;
    stage.world.signal("router", "CONT");
    not_404(10).await;
    let buyer = customer(&young.bot, 1);
    buyer.text("Здравствуйте");
    stage.stores(1).await;
}

#[tokio::test]
async fn a_gateway_that_starts_on_a_restored_nats_calls_no_account_unknown() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("store");
    stage.world.nats.snapshot_store(&snapshot).await.expect("a snapshot");
    let young = stage.world.connect_telegram(&stage.admin, "webhook").await;
    for process in ["router", "gateway-telegram"] {
        stage.world.kill(process);
    }
    stage.world.nats.restore_store(&snapshot).await.expect("restored");
    stage.world.run(&["gateway-telegram"]).await;
    assert_eq!(stage.world.deliver(&young, "{}").await, StatusCode::SERVICE_UNAVAILABLE);
    stage.world.run(&["router"]).await;
    let buyer = customer(&young.bot, 1);
    buyer.text("Здравствуйте");
    stage.stores(1).await;
}

// acceptance: XC-2
#[tokio::test]
async fn a_postgresql_restored_gets_facts_and_replies_back_and_nothing_is_sent_twice() {
    let mut stage = Stage::set_in(World::start_apart_on_own_postgres().await).await;
    let talker = customer(&stage.connected.bot, 1);
    talker.text("до копии");
    let conversation = stage.operator.take_only().await.conversation_id;
    let before = stage.operator.send(&conversation, "ответ до копии").await;
    stage.operator.wait_for_status(&before, MessageStatus::Sent).await;
    // Queued in the copy, sent after it: the copy would send it once more.
    stage.world.signal("gateway-telegram", "STOP");
    let queued = stage.operator.send(&conversation, "ждал во время копии").await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("data");
    stage.world.postgres().snapshot_data(&snapshot).await.expect("a copy");
    stage.world.signal("gateway-telegram", "CONT");
    stage.operator.inbox_answers().await;
    stage.operator.recovered_to(&queued, MessageStatus::Sent).await;

    let mut feed = stage.operator.feed().await;
    talker.text("после копии");
    talker.send(CustomerMessage::photo(png(32, 32)).caption("снимок после копии"));
    let newcomer = customer(&stage.connected.bot, 2);
    newcomer.text("я новый");
    stage.operator.message_with(&conversation, "снимок после копии").await;
    let file = stage.operator.upload("смета.pdf", "application/pdf", b"%PDF-1.4 estimate".to_vec(), 0).await;
    let with_file =
        contracts::inbox::SendMessageRequest { file_ids: vec![file], ..reply(&conversation, "со сметой") };
    let with_file = stage.operator.try_send(with_file).await.expect("sent").remove(0);
    stage.operator.wait_for_status(&with_file, MessageStatus::Sent).await;
    let note = AddNoteRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: conversation.clone(),
        text: "перезвонить".to_owned(),
        ..AddNoteRequest::default()
    };
    stage.operator.conversations().add_note(note).await.expect("a note");
    let other = stage.operator.take_only().await.conversation_id;
    let to_newcomer = stage.operator.send(&other, "ответ новому").await;
    stage.operator.wait_for_status(&to_newcomer, MessageStatus::Sent).await;
    let (sent_to_talker, sent_to_newcomer) = (received(&talker), received(&newcomer));
    assert_eq!(sent_to_talker, ["ответ до копии", "ждал во время копии", "со сметой"]);

    stage.world.postgres().restore_data(&snapshot).await.expect("restored");

    feed.reset().await;
    stage.operator.inbox_answers().await;
    stage.stores(4).await;
    assert_eq!(stage.world.written_by(&talker).await, ["до копии", "после копии", "снимок после копии"]);
    assert_eq!(stage.world.written_by(&newcomer).await, ["я новый"]);
    stage.operator.recovered_to(&queued, MessageStatus::Sent).await;
    stage.operator.recovered_to(&with_file, MessageStatus::Sent).await;
    let files = stage.operator.stored_files(&conversation, 2).await;
    for file in files {
        let (status, bytes) = stage.operator.download(&file.attachment_id).await;
        assert_eq!(status, StatusCode::OK, "{}", file.name);
        assert!(bytes == png(32, 32) || bytes == b"%PDF-1.4 estimate");
    }
    is_back_for_the_newcomer(&stage).await;
    is_lost(&stage, &conversation).await;
    let listed = chore(&stage.world.environment, &["lost"]).await.expect("a list");
    assert!(listed.lines().any(|line| line.ends_with(&format!("conversation {conversation}"))), "the note:\n{listed}");
    let taken = format!("of employee {}", stage.operator.employee_id);
    assert!(listed.lines().any(|line| line.contains(&other) && line.ends_with(&taken)), "the request taken:\n{listed}");

    // Work goes on, and what goes out now goes once.
    talker.text("вы ещё тут?");
    feed.inbound(&conversation).await;
    let last = stage.operator.send(&conversation, "тут").await;
    stage.operator.wait_for_status(&last, MessageStatus::Sent).await;
    assert_eq!(received(&talker), [sent_to_talker, vec!["тут".to_owned()]].concat());
    assert_eq!(received(&newcomer), sent_to_newcomer);
    stage.all_confirmed().await;
}

#[tokio::test]
async fn a_reply_taken_back_after_the_copy_is_held_and_a_send_never_reported_is_listed() {
    let mut stage = Stage::set_in(World::start_apart_on_own_postgres().await).await;
    let (talker, conversation) = stage.talk(1).await;
    let (other, silent) = stage.talk(2).await;
    let taken_back = later(&stage, &conversation, "цена вчерашняя").await;
    let stays = later(&stage, &conversation, "перезвоню").await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("data");
    stage.world.postgres().snapshot_data(&snapshot).await.expect("a copy");
    stage.operator.inbox_answers().await;
    let request = CancelMessageRequest { message_id: taken_back.message_id.clone() };
    stage.operator.conversations().cancel_message(request).await.expect("taken back");
    // Begun after the copy, and its gateway ends before it can tell.
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(60)));
    let begun = stage.operator.send(&silent, "уже в пути").await;
    eventually("the customer has it", SOON, async || (received(&other) == ["уже в пути"]).then_some(())).await;
    for target in ["gateway-telegram", "router", "crm-core", "edge"] {
        stage.world.kill(target);
    }
    stage.world.postgres().restore_data(&snapshot).await.expect("restored");

    let okno = async |arguments: &[&str]| chore(&stage.world.environment, arguments).await.expect("a list");
    let listed = okno(&["lost"]).await;
    let line = |message: &Message, end: &str| {
        listed.lines().any(|line| line.contains(&message.message_id) && line.ends_with(end))
    };
    assert!(line(&begun, "nobody knows whether it arrived"), "{listed}");
    assert!(line(&taken_back, "perhaps taken back"), "{listed}");
    assert!(!line(&stays, ""), "nothing happened to it:\n{listed}");
    assert!(listed.contains("1 replies go out as soon as router runs"), "{listed}");
    assert!(okno(&["lost", "--hold"]).await.contains("1 replies are held"));

    stage.world.run_apart().await;
    stage.operator.inbox_answers().await;
    stage.operator.recovered_to(&taken_back, MessageStatus::Failed).await;
    let after = stage.operator.send(&conversation, "цена сегодняшняя").await;
    stage.operator.recovered_to(&after, MessageStatus::Sent).await;
    assert_eq!(stage.operator.status_of(&stays).await, Some(MessageStatus::Queued));
    assert_eq!(received(&talker), ["цена сегодняшняя"]);
    assert_eq!(received(&other), ["уже в пути"], "and not once more");
}

/// A reply that is to go out in an hour.
async fn later(stage: &Stage, conversation: &str, text: &str) -> Message {
    let at = prost_types::Timestamp { seconds: chrono::Utc::now().timestamp() + 3_600, nanos: 0 };
    let request = SendMessageRequest { not_before: Some(at), ..reply(conversation, text) };
    stage.operator.try_send(request).await.expect("queued").remove(0)
}

/// The newcomer's conversation is another one than before, with the reply that was sent in the lost one.
async fn is_back_for_the_newcomer(stage: &Stage) {
    let again = eventually("the newcomer waits in the queue again", SOON, async || {
        stage.operator.list(ConversationView::Unassigned).await.into_iter().next()
    })
    .await;
    let reply = stage.operator.message_with(&again.conversation_id, "ответ новому").await;
    assert_eq!((reply.direction(), reply.status()), (Direction::Out, MessageStatus::Sent));
}

/// What staff decided since the copy is lost: the note, and who took the newcomer's request.
async fn is_lost(stage: &Stage, conversation: &str) {
    let thread = stage.operator.messages(conversation).await;
    assert!(thread.iter().all(|message| message.kind() != MessageKind::Note));
    let texts: Vec<&str> = thread.iter().filter(|m| m.kind() == MessageKind::Message).map(text_of).collect();
    assert_eq!(
        texts,
        ["до копии", "ответ до копии", "ждал во время копии", "после копии", "снимок после копии", "со сметой"]
    );
    assert_eq!(stage.admin.list(ConversationView::Unassigned).await.len(), 1);
}

/// A record of the bucket that cannot be read any more stops every reader of it; a gateway that starts then knows no account.
// acceptance: XC-3
#[tokio::test]
async fn a_bucket_of_accounts_that_cannot_be_read_is_made_anew() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    stage.world.kill("gateway-telegram");
    stage.world.nats.stop().await;
    stage.world.nats.flip_bit_at("jetstream/$G/streams/KV_okno_accounts/msgs/1.blk", 2).expect("a block of the bucket");
    stage.world.nats.restart().await.expect("nats-server on a broken store");
    stage.world.run_unready(&["gateway-telegram"]);
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("слышно?");
    stage.world.threads_are(&[buyer], &["слышно?".to_owned()]).await;
}
