//! Accounts in their other states: no source of requests, switched off, just connected; and chats that are groups.

use chrono::{Datelike, TimeDelta, Utc};
use contracts::{
    channel::FailureReason,
    errors::ErrorReason,
    inbox::{
        Automatic, ChannelAccount, ConversationView, DeleteChannelAccountRequest, GetChannelAccountRequest,
        MessageKind, MessageStatus, UpdateChannelAccountRequest,
    },
    org::{CreateScheduleRequest, DeleteScheduleRequest, Schedule, WorkInterval},
};
use reqwest::StatusCode;
use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::{
    actions::customer,
    deeds::{reason, reply, text_of},
    stage::{Stage, private_message},
    world::{SOON, World},
};

impl Stage {
    async fn account(&self) -> ChannelAccount {
        let request = GetChannelAccountRequest { account_id: self.connected.account_id.clone() };
        let found = self.admin.accounts().get_channel_account(request).await.expect("an account");
        found.into_inner().account.expect("an account")
    }

    async fn change_account(&self, path: &str, change: impl FnOnce(&mut ChannelAccount)) -> ChannelAccount {
        let mut account = self.account().await;
        change(&mut account);
        let mask = prost_types::FieldMask { paths: vec![path.to_owned()] };
        let request = UpdateChannelAccountRequest { account: Some(account), update_mask: Some(mask) };
        let changed = self.admin.accounts().update_channel_account(request).await.expect("changed");
        changed.into_inner().account.expect("an account")
    }
}

// acceptance: DI-3
#[tokio::test]
async fn what_is_no_source_of_requests_or_came_before_fills_dialogs_only() {
    let stage = Stage::set().await;
    // Shown before the account was connected: history, nobody's work.
    let yesterday = Utc::now().timestamp() - 86_400;
    let mut old = private_message(6_001, "Анна", 1, "давно");
    old["date"] = json!(yesterday);
    stage.update(1, "message", old).await;
    let anna = stage.operator.conversation_with("Анна").await;
    assert_eq!((anna.unread, anna.request.is_none()), (0, true));
    let shown = stage.operator.messages(&anna.conversation_id).await.remove(0).shown_at.unwrap();
    assert_eq!(shown.seconds, yesterday);
    stage.update(2, "message", private_message(6_001, "Анна", 2, "теперь")).await;
    stage.operator.message_with(&anna.conversation_id, "теперь").await;
    assert!(stage.operator.conversation(&anna.conversation_id).await.unwrap().request.is_some());

    stage.change_account("is_request_source", |account| account.is_request_source = false).await;
    let row = eventually("it takes effect", SOON, async || {
        let number = 100 + stage.world.count("select count(*) from inbox.conversation").await;
        let buyer = customer(&stage.connected.bot, number);
        buyer.text("просто поболтать");
        let row = stage.operator.conversation_with(&format!("Покупатель {number}")).await;
        row.request.is_none().then_some((row, buyer))
    })
    .await;
    let (row, buyer) = row;
    assert_eq!((row.unread, row.can_reply), (1, true), "it is told and may be answered, but is no work");
    stage.send_all(reply(&row.conversation_id, "И нам приятно")).await;
    assert_eq!(buyer.received().len(), 1);
    let waiting = stage.operator.list(ConversationView::Unassigned).await;
    assert!(!waiting.iter().any(|c| c.conversation_id == row.conversation_id));
    // Neither with its messages nor with the answer: no request, thus no deadline, and nothing that reports read.
    for (what, sql) in [
        ("request", "select count(*) from inbox.request where conversation_id::text = $1"),
        ("published request", "select count(*) from inbox_read.request where conversation_id::text = $1"),
        ("deadline", "select count(*) from inbox.timer where strpos(key || payload::text, $1) > 0"),
    ] {
        let count = sqlx::query_scalar::<_, i64>(sql).bind(&row.conversation_id).fetch_one(&stage.world.pool).await;
        assert_eq!(count.expect("a count"), 0, "no {what}");
    }
}

#[tokio::test]
async fn an_account_that_is_off_takes_nothing_and_loses_nothing() {
    let stage = Stage::set().await;
    let (buyer, conversation) = stage.talk(1).await;
    stage.change_account("enabled", |account| account.enabled = false).await;
    let body = || json!({ "update_id": 9, "message": private_message(6_001, "Анна", 9, "пока выключено") }).to_string();
    eventually("deliveries are put off", SOON, async || {
        (stage.world.deliver(&stage.connected, body()).await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    assert_eq!(reason(stage.operator.try_send(reply(&conversation, "ау")).await), ErrorReason::AccountOff);
    buyer.text("кто-нибудь есть?");
    assert_eq!(stage.connected.bot.pending(), 1, "Telegram keeps it");
    stage.change_account("enabled", |account| account.enabled = true).await;
    stage.operator.message_with(&conversation, "кто-нибудь есть?").await;
    let sent = stage.operator.send(&conversation, "Снова здесь").await;
    stage.operator.wait_for_status(&sent, MessageStatus::Sent).await;

    // For good: nobody is answered there, what was said stays.
    let account = stage.account().await;
    let request = DeleteChannelAccountRequest { account_id: account.account_id, etag: account.etag };
    stage.admin.accounts().delete_channel_account(request).await.unwrap();
    eventually("nothing is taken any more", SOON, async || {
        (stage.world.deliver(&stage.connected, body()).await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    assert_eq!(reason(stage.operator.try_send(reply(&conversation, "ау")).await), ErrorReason::AccountOff);
    assert!(stage.operator.messages(&conversation).await.iter().any(|m| text_of(m) == "Снова здесь"));
}

#[tokio::test]
async fn a_group_is_one_conversation_that_survives_its_upgrade() {
    let stage = Stage::set().await;
    let mut group = stage.connected.bot.group(-100_001, "Дом на Лесной");
    let (anna, boris) = (customer(&stage.connected.bot, 1), customer(&stage.connected.bot, 2));
    let asked = group.member(&anna).text("Когда привезут окна?").message_id;
    group.member(&boris).reply(asked, "Мне тоже интересно");
    let row = stage.operator.conversation_with("Дом на Лесной").await;
    let id = row.conversation_id;
    let thread = stage.operator.thread(&id, 2).await;
    let said: Vec<_> = thread.iter().map(text_of).collect();
    assert_eq!(said, ["Покупатель 1: Когда привезут окна?", "Покупатель 2: Мне тоже интересно"]);
    assert_eq!(thread[1].reply_to_message_id, thread[0].message_id);
    stage.operator.take(&row.request.unwrap().request_id).await.unwrap();
    stage.send_all(reply(&id, "В пятницу")).await;
    assert_eq!(stage.world.telegram.sent_to(-100_001).len(), 1);

    // Telegram gives an upgraded group a new id; what is sent to the old one is told it.
    group.migrate(-1_000_000_100_001);
    let sent = stage.operator.send(&id, "В пятницу до обеда").await;
    stage.operator.wait_for_status(&sent, MessageStatus::Sent).await;
    assert_eq!(stage.world.telegram.sent_to(-1_000_000_100_001).len(), 1);
    let lines = stage.operator.messages(&id).await;
    assert_eq!(
        lines.iter().filter(|m| m.kind() == MessageKind::Message && m.status() == MessageStatus::Sent).count(),
        2
    );
    group.kick_bot();
    let refused = stage.operator.send(&id, "Алло").await;
    let failed = stage.operator.wait_for_status(&refused, MessageStatus::Failed).await;
    let why = failed.failure.unwrap().reason();
    assert!(matches!(why, FailureReason::BlockedByClient | FailureReason::Unreachable), "{why:?}");
}

#[tokio::test]
async fn an_account_has_a_schedule_that_stays_while_it_is_needed() {
    let stage = Stage::set().await;
    let request = CreateScheduleRequest {
        request_id: Uuid::now_v7().to_string(),
        schedule: Some(Schedule {
            name: "Пятидневка".into(),
            time_zone: "Europe/Moscow".into(),
            intervals: vec![WorkInterval { weekday: 1, from_minute: 540, to_minute: 1_080 }],
            ..Schedule::default()
        }),
    };
    let made = stage.admin.departments().create_schedule(request).await.unwrap().into_inner().schedule.unwrap();
    let changed = stage.change_account("schedule_id", |account| account.schedule_id = made.schedule_id.clone()).await;
    assert_eq!(changed.schedule_id, made.schedule_id);
    assert_eq!(stage.account().await.schedule_id, made.schedule_id);
    let wrong = |schedule_id: String| {
        let mask = prost_types::FieldMask { paths: vec!["schedule_id".to_owned()] };
        let account = ChannelAccount { schedule_id, ..changed.clone() };
        UpdateChannelAccountRequest { account: Some(account), update_mask: Some(mask) }
    };
    for id in ["7".to_owned(), Uuid::now_v7().to_string()] {
        assert_eq!(reason(stage.admin.accounts().update_channel_account(wrong(id)).await), ErrorReason::InvalidField);
    }
    let delete = || DeleteScheduleRequest { schedule_id: made.schedule_id.clone(), etag: made.etag.clone() };
    assert_eq!(reason(stage.admin.departments().delete_schedule(delete()).await), ErrorReason::ScheduleInUse);
    assert_eq!(reason(stage.operator.departments().delete_schedule(delete()).await), ErrorReason::Permission);
    stage.change_account("schedule_id", |account| account.schedule_id.clear()).await;
    stage.admin.departments().delete_schedule(delete()).await.unwrap();
}

/// A schedule that is closed now, and opens the day after tomorrow.
async fn closed_today(stage: &Stage) -> String {
    let weekday = (Utc::now() + TimeDelta::days(2)).weekday().number_from_monday();
    let request = CreateScheduleRequest {
        request_id: Uuid::now_v7().to_string(),
        schedule: Some(Schedule {
            name: "Один час".into(),
            time_zone: "UTC".into(),
            intervals: vec![WorkInterval { weekday, from_minute: 540, to_minute: 600 }],
            ..Schedule::default()
        }),
    };
    let made = stage.admin.departments().create_schedule(request).await.expect("made").into_inner().schedule;
    made.expect("a schedule").schedule_id
}

// acceptance: DI-14
#[tokio::test]
async fn who_writes_out_of_hours_is_answered_once_whatever_is_killed() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let schedule = closed_today(&stage).await;
    stage.change_account("schedule_id", |account| account.schedule_id.clone_from(&schedule)).await;
    stage
        .change_account("out_of_hours_text", |account| "Мы ответим утром".clone_into(&mut account.out_of_hours_text))
        .await;
    let anna = customer(&stage.connected.bot, 1);
    eventually("the setting to take effect", SOON, async || {
        anna.text("Есть кто?");
        (!anna.received().is_empty()).then_some(())
    })
    .await;
    assert_eq!(anna.received()[0].text.as_deref(), Some("Мы ответим утром"));
    anna.text("Ау");
    let boris = customer(&stage.connected.bot, 2);
    boris.text("И мне ответьте");
    stage.world.kill_and_restart("router").await;
    anna.text("Алло");
    eventually("the other to be answered", SOON, async || (boris.received().len() == 1).then_some(())).await;
    let last = customer(&stage.connected.bot, 3);
    last.text("Последний");
    eventually("the last to be answered", SOON, async || (last.received().len() == 1).then_some(())).await;
    assert_eq!((anna.received().len(), boris.received().len()), (1, 1), "once per dialog");
    let conversation = stage.operator.conversation_with("Покупатель 1").await;
    let said = stage.operator.messages(&conversation.conversation_id).await;
    let ours: Vec<_> = said.iter().filter(|message| message.automatic() == Automatic::OutOfHours).collect();
    assert_eq!(ours.len(), 1, "shown as what nobody wrote");
    assert!(conversation.waiting_since.is_some(), "and the person still waits");
}
