//! What stalls, hangs, is not there yet or comes twice, and replicas that share the work.

use std::time::Duration;

use contracts::inbox::MessageStatus;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use testkit::{eventually, servers::free_port, telegram::Fault};
use tokio::time::Instant;

use crate::{
    actions::{Connected, customer, round_robin},
    balancer::Balancer,
    harm::{RECOVERY, customers, everybody_writes, numbered, received},
    office::{Process, make_streams},
    stage::Stage,
    world::{SOON, World},
};

#[tokio::test]
async fn a_batch_that_meets_locked_rows_waits_and_buries_nothing() {
    let stage = Stage::set_in(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    stage.stores(1).await;
    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    eventually("the batch has given up waiting for the lock at least once", SOON, async || {
        let metrics = stage.world.processes["router"].metrics().await;
        metrics.contains("okno_router_conflicts_total").then_some(())
    })
    .await;
    lock.rollback().await.expect("unlocked");
    stage.world.threads_are(&[buyer], &["раз".to_owned(), "два".to_owned()]).await;
}

#[tokio::test]
async fn a_router_stalled_inside_its_transaction_is_replaced_and_commits_nothing() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    stage.stores(1).await;
    stage.world.run_as("standby", &["router"], &[("OKNO_ROUTER_LISTEN", "127.0.0.1:0".to_owned())]).await;
    let holder = "select backend_pid::bigint from inbox.part where part = 0";
    let before = stage.world.count(holder).await;

    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    stage.world.batch_is_stuck().await;
    stage.world.signal("router", "STOP");
    let stalled = Instant::now();
    lock.rollback().await.expect("unlocked");

    let both = ["раз".to_owned(), "два".to_owned()];
    stage.world.threads_are(std::slice::from_ref(&buyer), &both).await;
    let waited = stalled.elapsed();
    assert!(waited.as_secs() < 10, "the standby took over after {waited:?} only");
    assert_ne!(stage.world.count(holder).await, before, "the standby holds the part");
    let sessions: i64 = sqlx::query_scalar("select count(*) from pg_stat_activity where pid = $1::int")
        .bind(i32::try_from(before).expect("a process id"))
        .fetch_one(&stage.world.pool)
        .await
        .expect("a count");
    assert_eq!(sessions, 0, "the stalled session is ended, so its commit cannot come late");

    stage.world.signal("router", "CONT");
    stage.operator.inbox_answers().await;
    buyer.text("три");
    let three = ["раз", "два", "три"].map(str::to_owned);
    stage.world.threads_are(&[buyer], &three).await;
    stage.all_confirmed().await;
}

#[tokio::test]
async fn a_long_open_transaction_does_not_stop_the_live_feed() {
    let stage = Stage::set().await;
    let (buyer, conversation) = stage.talk(1).await;
    let mut feed = stage.operator.feed().await;
    // It has read everything, and holds an event that nobody may see yet.
    let mut long = stage.world.pool.begin().await.expect("a transaction");
    for sql in [
        "insert into inbox.outbox (payload) values ('')",
        "select count(*) from inbox.message, inbox.event, inbox.outbox, inbox.conversation",
    ] {
        sqlx::query(sql).execute(&mut *long).await.expect("done");
    }
    buyer.text("Вы здесь?");
    let changed = feed.inbound(&conversation).await;
    assert_eq!(changed.message_ids.len(), 1);
    long.rollback().await.expect("rolled back");
}

// acceptance: XC-3
#[tokio::test]
async fn a_conversation_that_hangs_holds_up_no_other() {
    let stage = Stage::set().await;
    let (slow, hanging) = stage.talk(1).await;
    let (quick, other) = stage.talk(2).await;
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(60)));
    stage.operator.send(&hanging, "первый").await;
    eventually("the first hangs at Telegram", SOON, async || (received(&slow) == ["первый"]).then_some(())).await;
    let behind = stage.operator.send(&hanging, "второй").await;
    for text in ["раз", "два"] {
        let reply = stage.operator.send(&other, text).await;
        stage.operator.wait_for_status(&reply, MessageStatus::Sent).await;
    }
    assert_eq!(received(&quick), ["раз", "два"]);
    assert_eq!(stage.operator.status_of(&behind).await, Some(MessageStatus::Queued), "its place is behind the first");
    assert_eq!(received(&slow), ["первый"]);
}

#[tokio::test]
async fn a_gateway_that_has_not_read_its_accounts_answers_503_and_never_404() {
    let Stage { mut world, connected, .. } = Stage::set_in(World::start_apart().await).await;
    for process in ["router", "gateway-telegram"] {
        world.kill(process);
    }
    world.nats.wipe_store().await.expect("an empty nats-server");
    world.run_unready(&["gateway-telegram"]);
    let ask = async || world.try_deliver(&connected, r#"{"update_id":1}"#).await;
    let first = eventually("the gateway listens", SOON, async || ask().await.ok()).await;
    assert_eq!(first, StatusCode::SERVICE_UNAVAILABLE);
    let stranger = Connected { account_id: uuid::Uuid::now_v7().to_string(), bot: connected.bot.clone() };
    assert_eq!(world.deliver(&stranger, "{}").await, StatusCode::SERVICE_UNAVAILABLE, "nobody knows yet");
    make_streams(&world.environment).await;
    assert_eq!(ask().await.ok(), Some(StatusCode::SERVICE_UNAVAILABLE), "an empty bucket tells nothing either");

    let router = Process::spawn(&["router"], &world.environment);
    eventually("the account is known", RECOVERY, async || {
        let status = ask().await.expect("an answer");
        assert_ne!(status, StatusCode::NOT_FOUND, "the provider would give up");
        status.is_success().then_some(())
    })
    .await;
    assert_eq!(world.deliver(&stranger, "{}").await, StatusCode::NOT_FOUND);
    drop(router);
}

/// Two gateways behind a balancer, two routers.
async fn replicas() -> (Stage, Balancer) {
    let mut world = World::servers().await;
    let gateways = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let balancer = Balancer::start(gateways.to_vec()).await;
    world.environment.insert("OKNO_PUBLIC_URL".to_owned(), balancer.url.clone());
    world.environment.insert("OKNO_GATEWAY_TELEGRAM_LISTEN".to_owned(), gateways[0].clone());
    world.run_apart().await;
    let second = [("OKNO_GATEWAY_TELEGRAM_LISTEN", gateways[1].clone())];
    world.run_as("second gateway", &["gateway-telegram"], &second).await;
    world.run_as("standby", &["router"], &[("OKNO_ROUTER_LISTEN", "127.0.0.1:0".to_owned())]).await;
    (Stage::set_in(world).await, balancer)
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn bursts_through_two_gateways_and_two_routers_keep_their_order() {
    let (mut stage, _balancer) = replicas().await;
    let (buyers, texts) = (customers(&stage.connected, 4), numbered(50));
    everybody_writes(&buyers, &texts);
    stage.stores_more(60, 200).await;
    stage.world.kill("second gateway");
    stage.stores_more(30, 200).await;
    stage.world.kill("router");
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

/// An update as Telegram words it.
fn update(number: i64, text: &str) -> String {
    let person = json!({ "id": 5_001, "is_bot": false, "first_name": "Покупатель 1", "language_code": "ru" });
    json!({
        "update_id": 900_000 + number,
        "message": {
            "message_id": 70_000 + number, "date": chrono::Utc::now().timestamp(), "from": person, "text": text,
            "chat": { "id": 5_001, "type": "private", "first_name": "Покупатель 1" },
        },
    })
    .to_string()
}

// acceptance: DI-5
#[tokio::test]
async fn parallel_copies_of_one_update_are_one_message_and_one_event_and_all_confirmed() {
    let (stage, _balancer) = replicas().await;
    let copy = update(1, "ровно один раз");
    let url = stage.connected.bot.webhook_url().expect("a webhook");
    let copies = (0..64).map(|_| stage.world.deliver_to(&url, &stage.connected, copy.clone()));
    let answers = join_all(copies).await;
    assert_eq!(answers, [StatusCode::OK; 64]);
    let buyer = customer(&stage.connected.bot, 1);
    stage.world.threads_are(&[buyer], &["ровно один раз".to_owned()]).await;
    let message: String = sqlx::query_scalar("select message_id::text from inbox.message")
        .fetch_one(&stage.world.pool)
        .await
        .expect("the message");
    assert_eq!(stage.world.events_naming(&message).await, 1);
}

// acceptance: DI-5
#[tokio::test]
async fn a_lost_confirmation_is_given_to_the_retry() {
    let stage = Stage::set_in(World::start_apart().await).await;
    let copy = update(1, "слышно?");
    stage.world.signal("router", "STOP");
    assert_eq!(stage.world.deliver(&stage.connected, copy.clone()).await, StatusCode::SERVICE_UNAVAILABLE);
    stage.world.signal("router", "CONT");
    let buyer = customer(&stage.connected.bot, 1);
    // Confirmed to nobody: the one who asked has been answered.
    stage.world.threads_are(std::slice::from_ref(&buyer), &["слышно?".to_owned()]).await;
    assert_eq!(stage.world.deliver(&stage.connected, copy).await, StatusCode::OK);
    stage.world.threads_are(&[buyer], &["слышно?".to_owned()]).await;
}

#[tokio::test]
async fn a_flushed_or_dead_redis_hands_over_nobodys_work() {
    let mut world = World::start().await;
    let admin = world.operator("admin").await;
    let team = [world.operator("operator1").await, world.operator("operator2").await];
    let connected = world.connect_telegram_with(&admin, "webhook", round_robin(&[&team[0], &team[1]])).await;
    let _pages = [team[0].feed().await, team[1].feed().await];
    for buyer in customers(&connected, 4) {
        buyer.text("Здравствуйте");
    }
    let work = "select coalesce(string_agg(concat_ws(' ', request_id, assignee_employee_id, state, revision), '; '
                    order by request_id), '') from inbox.request where assignee_employee_id is not null";
    let before = eventually("four requests have somebody", SOON, async || {
        let all: String = sqlx::query_scalar(work).fetch_one(&world.pool).await.expect("the work");
        (all.split("; ").count() == 4).then_some(all)
    })
    .await;
    let online = async |count: usize| {
        eventually(&format!("{count} people are online"), SOON, async || {
            let all = admin.presence().list_presence(contracts::org::ListPresenceRequest::default()).await.ok()?;
            let online = |p: &contracts::org::EmployeePresence| p.presence.as_ref().is_some_and(|p| p.online);
            (all.into_inner().presences.iter().filter(|p| online(p)).count() == count).then_some(())
        })
        .await;
    };
    online(2).await;
    assert!(world.redis.flush().await);
    online(2).await;
    world.redis.kill();
    online(0).await;
    let late = customer(&connected.bot, 5);
    late.text("А мне ответите?");
    eventually("work goes on without Redis", SOON, async || (world.stored().await == 5).then_some(())).await;
    world.redis.restart().await.expect("redis-server");
    online(2).await;
    let after: String = sqlx::query_scalar(work).fetch_one(&world.pool).await.expect("the work");
    assert!(after.starts_with(&before), "somebody's work was handed over:\n{before}\n{after}");
    let audit =
        "select count(*) from inbox.audit where action not in ('received', 'assigned') and object_kind = 'request'";
    assert_eq!(world.count(audit).await, 0);
}

mod long {
    use contracts::{channel::AccountHealth, inbox::GetChannelAccountRequest};

    use super::*;

    // acceptance: DI-15
    #[tokio::test]
    async fn a_lost_provider_is_visible_within_a_minute_and_loses_nothing_it_still_holds() {
        let world = World::start().await;
        let admin = world.operator("admin").await;
        let connected = world.connect_telegram(&admin, "poll").await;
        let health = async || {
            let request = GetChannelAccountRequest { account_id: connected.account_id.clone() };
            let answer = admin.accounts().get_channel_account(request).await.expect("an account").into_inner();
            answer.account.and_then(|account| account.status).map(|status| status.health())
        };
        let becomes = async |wanted: AccountHealth, limit| {
            let what = format!("the account is {wanted:?}");
            eventually(&what, limit, async || (health().await == Some(wanted)).then_some(())).await;
        };
        becomes(AccountHealth::Connected, SOON).await;

        world.telegram.fail_always("getUpdates", Fault::DropBefore);
        let buyer = customer(&connected.bot, 1);
        buyer.text("сообщение 1"); // ends the poll that is under way; none works after it
        eventually("the last poll is taken", SOON, async || (world.stored().await == 1).then_some(())).await;
        for n in 2..=5 {
            buyer.text(&format!("сообщение {n}"));
        }
        becomes(AccountHealth::Degraded, Duration::from_secs(60)).await;
        assert_eq!(world.stored().await, 1);

        world.telegram.heal();
        world.threads_are(&[buyer], &numbered(5)).await;
        becomes(AccountHealth::Connected, SOON).await;
        eventually("every update is confirmed", SOON, async || (connected.bot.pending() == 0).then_some(())).await;
    }
}
