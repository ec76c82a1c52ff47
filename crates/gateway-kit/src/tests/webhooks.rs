use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use contracts::channel::inbound::Body;
use model::{AccountId, MessageId};
use object_store::{
    ObjectStoreExt,
    memory::InMemory,
    path::Path,
    throttle::{ThrottleConfig, ThrottledStore},
};
use testkit::eventually;

use super::{
    scripted::Scripted,
    world::{World, send},
};
use crate::SendOutcome;

const LIMIT: Duration = Duration::from_secs(10);

// acceptance: XC-2
#[tokio::test]
async fn a_delivery_is_answered_200_when_router_has_it() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let answer = gateway.post(account, "hello\nand more").await;
    assert_eq!(answer.status, 200);
    assert!(world.router.committed(account, "message:hello"));
    assert!(world.router.committed(account, "message:and more"));
    gateway.stop().await;
}

#[tokio::test]
async fn the_facts_of_one_delivery_keep_their_order() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let lines: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    assert_eq!(gateway.post(account, lines.join("\n")).await.status, 200);
    let messages: Vec<_> = world.router.keys(account).into_iter().filter(|key| key.starts_with("message:")).collect();
    assert_eq!(messages, lines.iter().map(|line| format!("message:{line}")).collect::<Vec<_>>());
    gateway.stop().await;
}

#[tokio::test]
async fn a_trouble_without_a_date_gets_that_of_its_coming() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(account, "trouble").await.status, 200);
    let told = world.router.fact(account, "the trouble", |fact| fact.key.starts_with("trouble:1:")).await;
    let hour = told.sent_on.unwrap().seconds;
    assert_eq!(told.key, format!("trouble:1:{hour}"));
    assert!((0..7_200).contains(&(chrono::Utc::now().timestamp() - hour)));
    gateway.stop().await;
}

// acceptance: DI-5
#[tokio::test]
async fn a_lost_confirmation_is_503_and_the_repeat_is_200() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    world.router.fact(account, "the first state", |fact| fact.key.starts_with("state:")).await;
    world.router.state.lose.store(1, Ordering::Relaxed);
    let answer = gateway.post(account, "hello").await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("1")));
    assert_eq!(gateway.post(account, "hello").await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn without_routers_beat_the_answer_is_503_at_once_and_the_fact_is_on_the_bus() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    world.router.set(|state| &state.away, true);
    let began = eventually("router to count as away", LIMIT, async || {
        let began = std::time::Instant::now();
        let answer = gateway.post(account, "hello").await;
        (answer.status == 503 && began.elapsed() < Duration::from_millis(1_500)).then_some(began)
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    world.router.set(|state| &state.away, false);
    eventually("the fact to reach router", LIMIT, async || {
        world.router.committed(account, "message:hello").then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn until_the_accounts_are_read_in_full_nothing_is_404() {
    let mut world = World::start().await;
    let gateway = world.run(world.config());
    let answer = eventually("the gateway to listen", LIMIT, async || {
        tokio::net::TcpStream::connect(gateway.listen).await.ok()?;
        Some(gateway.post(AccountId::new(), "hello").await)
    })
    .await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("1")));
    assert!(!gateway.health.readiness().ready);
    let (account, _) = world.account(&[]).await;
    gateway.ready().await;
    assert_eq!(gateway.post(account, "hello").await.status, 200);
    // Said only once router itself is heard: until then the list may be of before a restore.
    eventually("an unknown account to be called so", LIMIT, async || {
        (gateway.post(AccountId::new(), "hello").await.status == 404).then_some(())
    })
    .await;
    assert_eq!(gateway.post("no-account", "hello").await.status, 404);
    gateway.stop().await;
}

#[tokio::test]
async fn an_unknown_account_is_called_so_when_any_part_is_heard_and_never_before() {
    let mut world = World::start().await;
    world.router.set(|state| &state.away, true);
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(AccountId::new(), "hello").await.status, 503);
    // Only another part's worker is there; the unknown account is of no part that we could know.
    world.router.state.part.store(3, Ordering::Relaxed);
    world.router.set(|state| &state.away, false);
    eventually("an unknown account to be called so", LIMIT, async || {
        (gateway.post(AccountId::new(), "hello").await.status == 404).then_some(())
    })
    .await;
    assert_eq!(gateway.post(account, "hello").await.status, 200, "a known one is not");
    gateway.stop().await;
}

#[tokio::test]
async fn a_slow_object_store_is_503_in_time_and_the_repeat_is_200() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let slow = ThrottleConfig { wait_put_per_call: Duration::from_secs(4), ..ThrottleConfig::default() };
    let store = Arc::new(ThrottledStore::new(InMemory::new(), slow));
    let gateway = world.gateway_with(|config| config.objects = store.clone()).await;
    let large = vec![0xff; 1024 * 1024];
    let began = Instant::now();
    assert_eq!(gateway.post(account, large.clone()).await.status, 503);
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    // The store has it by now, as slow as it is.
    eventually("the repeat to be taken", 2 * LIMIT, async || {
        (gateway.post(account, large.clone()).await.status == 200).then_some(())
    })
    .await;
    let key = format!("unparsed:{}", large.len());
    let fact = world.router.arrived(account).into_iter().find(|fact| fact.key == key).unwrap();
    let Some(Body::Unparsed(unparsed)) = fact.body else { panic!("it is unparsed") };
    let stored = store.get(&Path::from(unparsed.object_key)).await.unwrap().bytes().await.unwrap();
    assert_eq!(stored, large);
    gateway.stop().await;
}

#[tokio::test]
async fn a_wrong_secret_is_401_and_publishes_nothing() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post_with(account, "guessed", "hello").await.status, 401);
    assert_eq!(gateway.post(account, "mark").await.status, 200);
    assert!(!world.router.keys(account).contains(&"message:hello".to_owned()));
    gateway.stop().await;
}

#[tokio::test]
async fn a_disabled_account_keeps_the_provider_waiting() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    world.change(account, |entry| entry.enabled = false).await;
    let gateway = world.gateway().await;
    let answer = gateway.post(account, "hello").await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("60")));
    world.change(account, |entry| entry.enabled = true).await;
    eventually("the account to take deliveries", LIMIT, async || {
        (gateway.post(account, "hello").await.status == 200).then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn unreadable_bytes_become_a_dead_letter_and_a_large_body_lies_in_the_object_store() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(account, vec![0xff; 10]).await.status, 200);
    let large = vec![0xff; 10 * 1024 * 1024];
    assert_eq!(gateway.post(account, large.clone()).await.status, 200);
    let key = format!("unparsed:{}", large.len());
    let fact = world.router.arrived(account).into_iter().find(|fact| fact.key == key).unwrap();
    let Some(Body::Unparsed(unparsed)) = fact.body else { panic!("it is unparsed") };
    assert_eq!(unparsed.raw.len(), 200 * 1024);
    let stored = std::fs::read(world.objects.path().join(&unparsed.object_key)).unwrap();
    assert_eq!(stored.len(), large.len());
    let larger = vec![b'x'; 10 * 1024 * 1024 + 1];
    assert_eq!(gateway.post(account, larger).await.status, 413);
    gateway.stop().await;
}

#[tokio::test]
async fn a_fact_too_large_for_the_bus_becomes_a_dead_letter_with_the_delivery() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let text = "ж".repeat(200_000);
    assert_eq!(gateway.post(account, text.clone()).await.status, 200);
    let fact = world.router.fact(account, "the dead letter", |f| matches!(f.body, Some(Body::Unparsed(_)))).await;
    assert!(fact.key.starts_with("message:"), "it keeps its key");
    let Some(Body::Unparsed(unparsed)) = fact.body else { panic!("it is unparsed") };
    assert_eq!(std::fs::read(world.objects.path().join(&unparsed.object_key)).unwrap(), text.as_bytes());
    gateway.stop().await;
}

#[tokio::test]
async fn a_parsers_bug_costs_no_message() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(account, "!").await.status, 200);
    world
        .router
        .fact(account, "the dead letter", |fact| matches!(&fact.body, Some(Body::Unparsed(u)) if u.raw == b"!"))
        .await;
    assert_eq!(gateway.post(account, "hello").await.status, 200);
    gateway.stop().await;
}

// acceptance: DI-5
#[tokio::test]
async fn a_gateway_killed_before_its_answer_leaves_the_fact_to_router_and_the_repeat_is_confirmed() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    world.router.set(|state| &state.stalled, true);
    let before = world.bus.jetstream.get_stream("IN_0").await.unwrap().cached_info().state.messages;
    let posting = async {
        eventually("the fact to be on the bus", LIMIT, async || {
            let info = world.bus.jetstream.get_stream("IN_0").await.unwrap();
            (info.cached_info().state.messages > before).then_some(())
        })
        .await;
    };
    tokio::select! {
        answer = gateway.post(account, "hello") => panic!("answered before router had it: {answer:?}"),
        () = posting => {}
    }
    gateway.kill();
    world.router.set(|state| &state.stalled, false);
    let second = world.gateway().await;
    assert_eq!(second.post(account, "hello").await.status, 200);
    assert!(world.router.committed(account, "message:hello"));
    second.stop().await;
}

#[tokio::test]
async fn sixty_four_copies_at_once_are_all_answered_200() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let answers = futures::future::join_all((0..64).map(|_| gateway.post(account, "hello"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    gateway.stop().await;
}

#[tokio::test]
async fn more_bytes_than_an_instance_may_hold_are_refused_and_nothing_of_them_is_published() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    world.router.set(|state| &state.stalled, true);
    let large = || vec![0xff; 9 * 1024 * 1024];
    let (first, second) = tokio::join!(gateway.post(account, large()), gateway.post(account, large()));
    let statuses = [first.status, second.status];
    assert_eq!(statuses, [503, 503]);
    world.router.set(|state| &state.stalled, false);
    eventually("the fact that was held", LIMIT, async || {
        let key = format!("unparsed:{}", large().len());
        let arrived = world.router.keys(account).iter().filter(|known| **known == key).count();
        (arrived == 1).then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn where_the_provider_would_give_up_the_buss_acknowledgement_stands_in() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.run_as::<Scripted<true>>(world.config());
    gateway.ready().await;
    world.router.set(|state| &state.away, true);
    assert_eq!(gateway.post(account, "while the outage is young").await.status, 503);
    eventually("the outage to be long enough", LIMIT, async || {
        (gateway.post(account, "hello").await.status == 200).then_some(())
    })
    .await;
    world.router.set(|state| &state.away, false);
    eventually("the fact to reach router", LIMIT, async || {
        world.router.committed(account, "message:hello").then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn the_promised_metrics_exist() {
    let metrics = runtime::Metrics::install().expect("each test is a process of its own");
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    gateway.post(account, "hello").await;
    gateway.post_with(account, "guessed", "hello").await;
    script.outcomes.lock().push_back(SendOutcome::Unknown { text: "time-out".to_owned() });
    world.order(account, &send("c1", MessageId::new(), "hello")).await;
    world.router.fact(account, "the receipt", |fact| matches!(fact.body, Some(Body::Receipt(_)))).await;
    let named = [
        "okno_gateway_facts_total{channel=\"scripted\"",
        "okno_gateway_confirm_seconds",
        "okno_gateway_unconfirmed",
        "okno_gateway_answers_total{channel=\"scripted\",status=\"200\"}",
        "okno_gateway_webhook_seconds",
        "okno_gateway_refused_total{channel=\"scripted\",why=\"unauthentic\"} 1",
        "okno_gateway_orders_total",
        "okno_gateway_pacing_wait_seconds",
        "okno_gateway_provider_errors_total",
        "okno_gateway_unknown_outcomes_total",
        "okno_gateway_last_fact_timestamp_seconds",
    ];
    eventually("all metrics", LIMIT, async || {
        let text = metrics.render();
        named.iter().all(|name| text.contains(name)).then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_question_that_is_no_delivery_is_answered_and_publishes_nothing() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let asked = gateway.post_with(account, "a stranger", "who?").await;
    assert_eq!((asked.status, asked.body.as_str()), (200, "me"));
    assert!(world.router.keys(account).iter().all(|key| !key.starts_with("message:")));
    assert_eq!(gateway.post(account, "hello").await.body, "", "an answer without a body");
    gateway.stop().await;
}

#[tokio::test]
async fn what_a_delivery_lacks_is_added_or_it_comes_again() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(account, "name me").await.status, 200);
    let fact = world.router.fact(account, "the message", |fact| fact.key == "message:name me").await;
    assert_eq!(fact.peer.unwrap().display_name, "Anna");
    let refused = gateway.post(account, "incomplete").await;
    assert_eq!((refused.status, refused.retry_after.as_deref()), (503, Some("1")));
    assert!(!world.router.committed(account, "message:incomplete"));
    gateway.stop().await;
}

#[tokio::test]
async fn what_the_provider_could_not_deliver_is_caught_up_with_and_its_position_kept() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    script.missed.lock().push("missed".to_owned());
    let gateway = world.gateway().await;
    world.router.fact(account, "the position", |fact| fact.key == "pos:updates:after missed").await;
    assert!(world.router.committed(account, "message:missed"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_provider_that_asks_whose_address_it_is_gets_the_channels_answer() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let ask = async |query: &str| gateway.get(account, query).await;
    assert_eq!(ask("?ask=s").await, (200, "it is ours".to_owned()));
    assert_eq!(ask("?ask=other").await, (403, String::new()));
    assert_eq!(ask("").await.0, 405, "no question that the channel knows");
    gateway.stop().await;
}

#[tokio::test]
async fn a_delivery_for_several_accounts_reaches_each_of_them() {
    let mut world = World::start().await;
    let (one, _) = world.account(&[("name", "one")]).await;
    let (two, _) = world.account(&[("name", "two")]).await;
    let (other, _) = world.account(&[("name", "other")]).await;
    let sealed = world.key().seal(other, br#"{"secret":"another"}"#).unwrap();
    world.change(other, |entry| entry.secrets = Some(sealed.clone())).await;
    let gateway = world.gateway().await;
    let body = "@one hello\n@two hi\n@nobody who\n@ mine";
    assert_eq!(gateway.post(one, body).await.status, 200);
    assert!(world.router.committed(one, "message:hello") && world.router.committed(one, "message:mine"));
    assert!(world.router.committed(two, "message:hi") && !world.router.committed(two, "message:hello"));
    // Whose connection is off cannot be asked: it may be theirs, so it has to come again. The others have theirs at once.
    world.change(other, |entry| entry.enabled = false).await;
    eventually("the change to be known", LIMIT, async || {
        (gateway.post(one, "@nobody who").await.status == 503).then_some(())
    })
    .await;
    assert_eq!(gateway.post(one, "@nobody who\n@one again\n@two again too").await.status, 503);
    assert!(world.router.committed(one, "message:again") && world.router.committed(two, "message:again too"));
    assert_eq!(gateway.post(one, "@one hello again").await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn a_delivery_that_an_accounts_secret_does_not_prove_comes_again_and_the_account_says_so() {
    let mut world = World::start().await;
    let (one, _) = world.account(&[("name", "one")]).await;
    let (other, _) = world.account(&[("name", "other")]).await;
    let sealed = world.key().seal(other, br#"{"secret":"another"}"#).unwrap();
    world.change(other, |entry| entry.secrets = Some(sealed.clone())).await;
    let gateway = world.gateway().await;
    world.router.fact(other, "its first state", |fact| fact.key.starts_with("state:")).await;
    let body = "@one hello\n@other unproven";
    assert_eq!(gateway.post(one, body).await.status, 503);
    assert!(world.router.committed(one, "message:hello"), "it holds up nobody else");
    assert!(!world.router.committed(other, "message:unproven"), "its own secret was not shown");
    let told = world.router.fact(
        other,
        "the trouble",
        |fact| matches!(&fact.body, Some(Body::AccountState(state)) if state.remedy_key == "secret"),
    );
    let Some(Body::AccountState(state)) = told.await.body else { panic!("a state") };
    assert!(state.problem.contains("another app secret") && state.problem_text.is_some(), "{state:?}");
    let right = world.key().seal(other, br#"{"secret":"s"}"#).unwrap();
    world.change(other, |entry| entry.secrets = Some(right.clone())).await;
    eventually("the provider's repeat to be taken", LIMIT, async || {
        (gateway.post(one, body).await.status == 200).then_some(())
    })
    .await;
    assert!(world.router.committed(other, "message:unproven"), "nothing was lost");
    gateway.stop().await;
}
