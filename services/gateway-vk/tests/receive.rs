//! How facts come: by long poll, by callback, and from histories after an outage.

use std::time::Duration;

use contracts::channel::{Inbound, Own, ReceiptStatus, inbound::Body};
use gateway_kit::{Gateway, ProviderError, Way, conformance::Fixtures};
use gateway_vk::Vk;
use model::AccountId;
use serde_json::json;
use testkit::vk::{FakeVk, Fault, VkOptions};

use crate::common::{World, setup, text};

const SOON: Duration = Duration::from_secs(10);

/// Where a first poll begins.
pub async fn position(world: &World) -> String {
    let log = world.vk.calls().len();
    assert!(log > 0, "the long poll is switched on");
    POSITION.with(|position| position.borrow().clone())
}

thread_local! {
    static POSITION: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// Switches the long poll on and remembers where it begins.
pub async fn listening(world: &World) {
    world.gateway.open(None).await.expect("open");
    let first = world.gateway.poll(None).await.expect("a first poll").position.expect("a place to begin from");
    POSITION.with(|position| *position.borrow_mut() = first);
}

/// Polls on from the position until there are facts, and moves it.
async fn next(world: &World, gateway: &Vk) -> Vec<Inbound> {
    loop {
        let polled = gateway.poll(Some(&position(world).await)).await.expect("a poll");
        if let Some(moved) = polled.position {
            POSITION.with(|position| *position.borrow_mut() = moved);
        }
        if !polled.facts.is_empty() {
            return polled.facts;
        }
    }
}

fn keys(facts: &[Inbound]) -> Vec<&str> {
    facts.iter().map(|fact| fact.key.as_str()).collect()
}

#[tokio::test]
async fn a_polled_message_has_its_name_and_moves_the_position() {
    let world = World::start().await;
    listening(&world).await;
    assert_eq!(world.gateway.way(), Way::Poll);
    world.anna.text("Сколько стоит?");
    let facts = next(&world, &world.gateway).await;
    assert_eq!(keys(&facts), ["msg:77001:2"]);
    let peer = facts[0].peer.as_ref().unwrap();
    assert_eq!((peer.address.as_str(), peer.display_name.as_str()), ("77001", "Анна Тестова"));
    assert_eq!(peer.aliases[0].value, "test_77001");
    world.anna.text("И когда?");
    assert_eq!(keys(&next(&world, &world.gateway).await), ["msg:77001:3"]);
}

#[tokio::test]
async fn a_name_that_cannot_be_had_holds_nothing_up() {
    let world = World::start().await;
    listening(&world).await;
    world.vk.fail_always("users.get", Fault::Html(500));
    world.anna.text("Привет");
    assert_eq!(next(&world, &world.gateway).await[0].peer.as_ref().unwrap().display_name, "");
}

#[tokio::test]
async fn an_expired_key_costs_nothing() {
    let world = World::start().await;
    listening(&world).await;
    world.shop.expire_poll_key();
    world.anna.text("Слышите?");
    assert_eq!(keys(&next(&world, &world.gateway).await), ["msg:77001:2"]);
}

// acceptance: DI-15
#[tokio::test]
async fn what_a_long_poll_forgot_comes_from_the_histories() {
    for lose in [testkit::vk::Community::forget_events, testkit::vk::Community::lose_events] {
        let world = World::start().await;
        listening(&world).await;
        let boris = world.shop.person(77_002, "Борис");
        world.anna.text("раз");
        boris.text("два");
        world.shop.staff_writes(77_002, 5_005, "три");
        lose(&world.shop);
        let facts = next(&world, &world.gateway).await;
        let keys = keys(&facts);
        for key in ["msg:77001:2", "msg:77002:1", "echo:77002:2"] {
            assert!(keys.contains(&key), "{key} in {keys:?}");
        }
        world.anna.text("дальше");
        assert_eq!(self::keys(&next(&world, &world.gateway).await), ["msg:77001:3"], "reading goes on");
    }
}

// acceptance: DI-15
#[tokio::test]
async fn a_process_that_was_away_asks_for_what_it_missed() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.text("пока вас не было");
    world.shop.forget_events();
    let again = Vk::connect(&setup(&world.vk, &world.shop, &[])).unwrap();
    let facts = next(&world, &again).await;
    assert!(keys(&facts).contains(&"msg:77001:2"), "{:?}", keys(&facts));
}

#[tokio::test]
async fn a_conversation_whose_history_is_refused_stops_no_other() {
    for code in [917, 15, 7] {
        let world = World::start().await;
        listening(&world).await;
        world.anna.text("раз");
        world.shop.person(77_002, "Борис").text("два");
        world.vk.fail_always("messages.getHistory@77001", Fault::Error(code));
        world.shop.lose_events();
        let facts = next(&world, &world.gateway).await;
        assert_eq!(keys(&facts), ["msg:77002:1"], "error {code}");
        world.anna.text("дальше");
        assert_eq!(keys(&next(&world, &world.gateway).await), ["msg:77001:3"], "and reading goes on");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_from_the_whole_community_passes_over_nobody() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.text("раз");
    world.shop.lose_events();
    world.vk.fail_next("messages.getHistory", Fault::Html(500));
    let position = position(&world).await;
    assert!(world.gateway.poll(Some(&position)).await.is_err());
    world.shop.set_rights(&["manage"]);
    let refused = world.gateway.poll(Some(&position)).await;
    assert!(matches!(refused, Err(ProviderError::Account { remedy_key: "rights", .. })), "{refused:?}");
    world.shop.set_rights(&["messages", "manage", "photos", "docs"]);
    assert!(keys(&next(&world, &world.gateway).await).contains(&"msg:77001:2"));
}

#[tokio::test]
async fn a_message_of_a_history_that_cannot_be_read_is_a_dead_letter_and_stops_no_other() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.send(json!({ "text": "странное", "date": "вчера" }));
    world.anna.text("дальше");
    world.anna.send(json!({ "text": "последнее", "date": "сегодня" }));
    world.shop.lose_events();
    let facts = next(&world, &world.gateway).await;
    for key in ["hist:77001:2", "msg:77001:3", "hist:77001:4"] {
        assert!(keys(&facts).contains(&key), "{key} in {:?}", keys(&facts));
    }
    let odd = facts.iter().find(|fact| fact.key == "hist:77001:2").unwrap();
    let Some(Body::Unparsed(unparsed)) = &odd.body else { panic!("a dead letter") };
    let event: serde_json::Value = serde_json::from_slice(&unparsed.raw).unwrap();
    assert_eq!((&event["type"], &event["object"]["message"]["text"]), (&json!("message_new"), &json!("странное")));
    assert!(!unparsed.reason.contains("вчера"), "{}", unparsed.reason);
}

#[tokio::test]
async fn a_round_that_is_given_up_half_way_goes_on_where_it_was() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.text("раз");
    world.shop.person(77_002, "Борис").text("два");
    world.vk.fail_next("messages.getHistory@77002", Fault::Slow(Duration::from_secs(600)));
    world.shop.lose_events();
    let asked = |peer: &str| {
        let calls = world.vk.calls();
        calls.iter().filter(|one| one.method == "messages.getHistory" && one.params["peer_id"] == peer).count()
    };
    let position = position(&world).await;
    tokio::select! {
        polled = world.gateway.poll(Some(&position)) => panic!("one history takes its time: {polled:?}"),
        () = testkit::eventually("it to be asked for", SOON, async || (asked("77002") > 0).then_some(())) => {}
    }
    let facts = next(&world, &world.gateway).await;
    for key in ["msg:77001:2", "msg:77002:1"] {
        assert!(keys(&facts).contains(&key), "{key} in {:?}", keys(&facts));
    }
    assert_eq!(asked("77001"), 1, "what was read stays read");
}

#[tokio::test]
async fn what_was_found_before_an_error_is_not_lost_with_it() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.text("раз");
    world.shop.person(77_002, "Борис").text("два");
    world.vk.fail_always("messages.getHistory@77002", Fault::Html(500));
    world.shop.lose_events();
    let mut found = Vec::new();
    testkit::eventually("what can be read", SOON, async || {
        let polled = world.gateway.poll(Some(&position(&world).await)).await;
        found.extend(polled.map(|polled| polled.facts).unwrap_or_default());
        keys(&found).contains(&"msg:77001:2").then_some(())
    })
    .await;
    world.vk.heal();
    assert!(keys(&next(&world, &world.gateway).await).contains(&"msg:77002:1"));
}

#[tokio::test]
async fn by_callback_what_was_missed_comes_from_the_histories() {
    let world = World::start_with(VkOptions::default(), &[("receive", "webhook")]).await;
    let first = world.gateway.catch_up(None).await.unwrap();
    let position = first.position.expect("a place to begin from");
    assert!(world.gateway.catch_up(Some(&position)).await.unwrap().position.is_none(), "not each time");
    world.anna.text("не доставлено");
    let again = Vk::connect(&setup(&world.vk, &world.shop, &[("receive", "webhook")])).unwrap();
    let caught = again.catch_up(Some(&position)).await.unwrap();
    assert!(keys(&caught.facts).contains(&"msg:77001:2"), "{:?}", keys(&caught.facts));
    assert!(caught.position.is_some());
    world.vk.fail_always("messages.getConversations", Fault::Html(500));
    let broken = Vk::connect(&setup(&world.vk, &world.shop, &[("receive", "webhook")])).unwrap();
    assert!(broken.catch_up(Some(&position)).await.is_err(), "and is asked for again");
}

#[tokio::test]
async fn every_event_of_a_conversation_is_told() {
    let world = World::start().await;
    listening(&world).await;
    let number = world.anna.start("yandex_oct", "banner1");
    world.anna.edit(1, "Здравствуйте!");
    world.anna.react(number, Some(2));
    world.anna.deny();
    world.anna.allow("site");
    world.shop.staff_writes(77_001, 5_005, "Отвечу я");
    world.anna.press(4, json!({ "d": "yes" }));
    world.anna.read();
    let mut facts = Vec::new();
    while facts.len() < 9 {
        facts.extend(next(&world, &world.gateway).await);
    }
    let bodies: Vec<_> = facts.iter().map(|fact| fact.body.as_ref().unwrap()).collect();
    assert!(matches!(bodies[0], Body::ConversationStarted(_)));
    assert_eq!(facts[0].source.as_ref().unwrap().r#ref, "yandex_oct");
    assert!(matches!(bodies[1], Body::Edit(_)));
    assert!(matches!(bodies[2], Body::Reaction(reaction) if reaction.emojis == ["🔥"]));
    assert!(matches!((bodies[3], bodies[4]), (Body::Blocked(_), Body::Unblocked(_))));
    assert!(matches!(bodies[5], Body::ConversationStarted(_)), "by a marked button");
    assert!(matches!(bodies[6], Body::OwnEcho(echo) if echo.own() == Own::No));
    assert!(matches!(bodies[7], Body::ButtonCallback(pressed) if pressed.data == "yes"));
    let read = |receipt: &contracts::channel::Receipt| receipt.read_up_to_position;
    assert!(
        matches!(bodies[8], Body::Receipt(receipt) if receipt.status() == ReceiptStatus::Read && read(receipt) == 3)
    );
}

#[tokio::test]
async fn who_types_is_named_and_is_no_fact() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.types();
    let polled = testkit::eventually("the typing", SOON, async || {
        Some(world.gateway.poll(Some(&position(&world).await)).await.ok()?).filter(|polled| !polled.typing.is_empty())
    })
    .await;
    assert_eq!((polled.facts.len(), polled.typing.len()), (0, 1));
    assert_eq!(polled.typing[0].address, "77001");
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let typed = |name: &str| Vk::typed(AccountId::default(), fixtures.get(name)).map(|peer| peer.address);
    assert_eq!(typed("event-message_typing_state").as_deref(), Some("77001"));
    assert_eq!(typed("event-message_new"), None);
}

#[tokio::test]
async fn our_own_message_comes_back_as_maybe_ours() {
    let world = World::start().await;
    listening(&world).await;
    let keys = world.accepted(text("Да")).await.provider_keys;
    let facts = next(&world, &world.gateway).await;
    assert_eq!(facts[0].message_key, keys[0]);
    assert!(matches!(&facts[0].body, Some(Body::OwnEcho(echo)) if echo.own() == Own::Maybe));
}

#[tokio::test]
async fn a_message_that_was_cut_is_read_whole_or_comes_again() {
    let world = World::start().await;
    listening(&world).await;
    world.anna.text(&"я".repeat(9_000));
    world.vk.fail_next("messages.getByConversationMessageId", Fault::Html(502));
    assert!(world.gateway.poll(Some(&position(&world).await)).await.is_err());
    let facts = next(&world, &world.gateway).await;
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text.chars().count(), 9_000);
}

#[tokio::test]
async fn a_message_whose_rest_vk_refuses_arrives_cut() {
    let world = World::start().await;
    listening(&world).await;
    for code in [15, 917, 100] {
        world.anna.text(&"я".repeat(9_000));
        world.vk.fail_next("messages.getByConversationMessageId", Fault::Error(code));
        let facts = next(&world, &world.gateway).await;
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        assert_eq!(message.content.as_ref().unwrap().text.chars().count(), 1_000, "error {code}");
    }
}

#[tokio::test]
async fn errors_of_the_provider_are_told_with_what_helps() {
    let world = World::start().await;
    listening(&world).await;
    world.vk.fail_next("long_poll", Fault::Html(502));
    let polled = world.gateway.poll(Some(&position(&world).await)).await;
    assert!(matches!(polled, Err(ProviderError::Temporary { .. })), "{polled:?}");
    world.vk.fail_next("groups.getById", Fault::Error(29));
    let limited = world.gateway.open(None).await;
    let hour = Some(Duration::from_secs(3600));
    assert!(matches!(limited, Err(ProviderError::Temporary { retry_after, .. }) if retry_after == hour), "{limited:?}");
    world.shop.set_rights(&["messages"]);
    let refused = world.gateway.open(None).await;
    assert!(matches!(refused, Err(ProviderError::Account { remedy_key: "rights", .. })), "{refused:?}");
    world.shop.revoke_key();
    let revoked = world.gateway.open(None).await;
    assert!(matches!(revoked, Err(ProviderError::Account { remedy_key: "token", .. })), "{revoked:?}");
}

async fn by_callback() -> World {
    World::start_with(VkOptions::default(), &[("receive", "webhook")]).await
}

#[tokio::test]
async fn a_callback_server_is_made_once_and_follows_the_address() {
    let world = by_callback().await;
    for _ in 0..3 {
        let _ = world.gateway.open(Some("http://127.0.0.1:9/hook/vk/a")).await;
    }
    assert_eq!(world.vk.count("groups.addCallbackServer"), 1);
    assert!(world.vk.count("groups.editCallbackServer") > 1, "one that failed is described again");
    let again = Vk::connect(&setup(&world.vk, &world.shop, &[("receive", "webhook")])).unwrap();
    let _ = again.open(Some("http://127.0.0.1:10/hook/vk/a")).await;
    assert_eq!(world.shop.servers().len(), 1, "the old one is changed, not kept beside");
    assert_eq!(world.shop.servers()[0].0, "http://127.0.0.1:10/hook/vk/a");
    let missing = world.gateway.open(None).await;
    assert!(matches!(missing, Err(ProviderError::Account { remedy_key: "public_url", .. })), "{missing:?}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_told() {
    let world = by_callback().await;
    let trouble = testkit::eventually("the failed confirmation to be told", SOON, async || {
        world.gateway.open(Some("http://127.0.0.1:9/hook/vk/a")).await.err()
    })
    .await;
    assert!(matches!(trouble, ProviderError::Account { remedy_key: "webhook", .. }), "{trouble:?}");
}

#[tokio::test]
async fn the_question_for_the_code_is_answered_and_strangers_are_not() {
    let world = by_callback().await;
    let question = |group: i64| json!({ "type": "confirmation", "group_id": group }).to_string();
    let id = world.shop.id();
    let answer = world.gateway.greet(question(id).as_bytes()).await.expect("an answer");
    assert_eq!(answer.len(), 8);
    for _ in 0..5 {
        assert_eq!(world.gateway.greet(question(id).as_bytes()).await.as_ref(), Some(&answer));
    }
    assert_eq!(world.vk.count("groups.getCallbackConfirmationCode"), 1, "a stranger's questions are not passed on");
    assert!(world.gateway.greet(question(id + 1).as_bytes()).await.is_none());
    assert!(world.gateway.greet(b"{").await.is_none());
    let headers = http::HeaderMap::new();
    for body in [json!({}), json!({ "type": "message_new", "group_id": id, "secret": "guess" }), json!([])] {
        assert!(world.gateway.authenticate(&headers, body.to_string().as_bytes()).is_err(), "{body}");
    }
}

#[tokio::test]
async fn good_settings_pass_every_step_and_change_nothing() {
    let (vk, shop) = connected().await;
    let probe = Vk::probe(&setup(&vk, &shop, &[])).await;
    assert!(probe.steps.iter().all(|step| step.passed), "{:?}", probe.steps);
    assert!(probe.identity.starts_with("vk.com/okna"), "{}", probe.identity);
    let methods: Vec<_> = vk.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(methods, ["groups.getById", "groups.getTokenPermissions"]);
}

async fn connected() -> (FakeVk, testkit::vk::Community) {
    let vk = FakeVk::start().await;
    let shop = vk.community();
    (vk, shop)
}

#[tokio::test]
async fn bad_settings_fail_at_the_step_that_is_to_blame() {
    let (vk, shop) = connected().await;
    for (more, field) in [
        (("token", "short"), "token"),
        (("token", "vk1.a.another_key_that_nobody_knows"), "token"),
        (("group_id", "shop"), "group_id"),
        (("group_id", "5"), "group_id"),
        (("api_url", "http://127.0.0.1:9/method"), "api_url"),
        (("receive", "webhook"), ""),
        (("proxy", "nonsense"), "proxy"),
    ] {
        let settings = setup(&vk, &shop, &[more]);
        let probe = Vk::probe(&settings).await;
        let failed: Vec<_> = probe.steps.iter().filter(|step| !step.passed).collect();
        let expected = if field.is_empty() { "receive" } else { field };
        assert_eq!(failed.len(), 1, "{field}: {:?}", probe.steps);
        assert_eq!(failed[0].field, expected);
        let problem = failed[0].problem.as_ref().unwrap();
        assert!(!problem.ru.contains(settings.get("token")) && !problem.en.contains(settings.get("token")));
    }
    shop.set_rights(&["messages"]);
    let probe = Vk::probe(&setup(&vk, &shop, &[])).await;
    let rights = probe.steps.iter().find(|step| !step.passed).expect("a missing right");
    assert!(rights.problem.as_ref().unwrap().en.contains("community management, photos, documents"));
}
