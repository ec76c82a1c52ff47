//! The live feed over the whole: taken up again without a gap, started over where it cannot be.

use contracts::{
    inbox::{SignalTypingRequest, SignalViewingRequest},
    live::{ListEventsRequest, event, watch_response::What},
    org::ListPresenceRequest,
};
use tonic::Code;

use crate::{
    actions::customer,
    news::News,
    operator::Operator,
    stage::Stage,
    world::{SOON, World},
};

impl News {
    /// Reads until every one of these conversations was told of as new inbound work; gives the positions passed.
    async fn inbound_of(&mut self, conversations: &mut Vec<String>) -> Vec<u64> {
        let mut positions = Vec::new();
        while !conversations.is_empty() {
            let What::Event(event) = self.next().await.expect("the feed goes on") else { continue };
            if event.area == "inbox" {
                positions.push(event.position);
            }
            if let Some(event::What::ConversationChanged(changed)) = event.what
                && changed.inbound
            {
                conversations.retain(|id| *id != changed.conversation_id);
            }
        }
        positions
    }
}

#[tokio::test]
async fn a_feed_that_is_taken_up_again_misses_nothing_across_a_restart_of_the_edge() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let mut news = stage.operator.news("").await;
    customer(&stage.connected.bot, 1).text("раз");
    let first = stage.operator.conversation_with("Покупатель 1").await.conversation_id;
    news.inbound_of(&mut vec![first]).await;
    let token = news.resume_token.clone();

    // The edge is gone, the others work on; the page knows no more than its token.
    stage.world.kill("edge");
    for number in 2..=40 {
        customer(&stage.connected.bot, number).text("мимо");
    }
    testkit::eventually("they are stored", SOON, async || {
        (stage.world.count("select count(*) from inbox.message").await == 40).then_some(())
    })
    .await;
    testkit::eventually("their events are published", SOON, async || {
        (stage.world.count("select count(*) from inbox.outbox").await == 0).then_some(())
    })
    .await;
    stage.world.run(&["edge"]).await;
    let operator = stage.world.operator("operator1").await;
    let mut missed: Vec<String> = Vec::new();
    for number in 2..=40 {
        missed.push(operator.conversation_with(&format!("Покупатель {number}")).await.conversation_id);
    }
    let mut news = operator.news(&token).await;
    let mut positions = news.inbound_of(&mut missed).await;
    customer(&stage.connected.bot, 41).text("снова вживую");
    let fresh = operator.conversation_with("Покупатель 41").await.conversation_id;
    positions.extend(news.inbound_of(&mut vec![fresh]).await);
    assert!(positions.is_sorted(), "in order and none twice: {positions:?}");
    positions.dedup();
    let told = positions.len();

    // A second window with the same token is told the same.
    let request = ListEventsRequest { area: "inbox".into(), head_only: true, ..ListEventsRequest::default() };
    let head = operator.events().list_events(request).await.unwrap().into_inner();
    assert!(head.head_position >= *positions.last().unwrap() && told >= 40, "{told} of {}", head.head_position);
}

/// A token of another installation. Test databases are copies of one, so the other gets a history of its own.
async fn elsewhere() -> String {
    let mut world = World::servers().await;
    for table in ["inbox.relay", "crm.relay"] {
        let sql = format!("update {table} set epoch = gen_random_uuid()");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&world.pool).await.expect("a new epoch");
    }
    world.run(&["all"]).await;
    world.operator("operator1").await.news("").await.resume_token
}

#[tokio::test]
async fn a_token_of_another_history_and_no_token_at_all_start_over() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let token = operator.news("").await.resume_token;
    let foreign = elsewhere().await;
    for (token, resets) in [("", false), (&*token, false), (&*foreign, true), ("bm9uc2Vuc2U", true), ("?", true)] {
        let mut news = operator.news(token).await;
        let buyer = customer(&stage.connected.bot, 1);
        buyer.text("ау");
        let mut reset = false;
        news.until("the message", |what| {
            reset |= matches!(what, What::Reset(_));
            let What::Event(event) = what else { return None };
            matches!(&event.what, Some(event::What::ConversationChanged(changed)) if changed.inbound).then_some(())
        })
        .await;
        assert_eq!(reset, resets, "{token:?}");
        assert!(!news.resume_token.is_empty() && news.resume_token != token);
    }
    // The owner of the history says so itself.
    let request = |epoch: &str, after_position| ListEventsRequest {
        area: "inbox".into(),
        epoch: epoch.to_owned(),
        after_position,
        ..ListEventsRequest::default()
    };
    let above = operator.events().list_events(request("", 1_000_000)).await.unwrap_err();
    assert_eq!(above.code(), Code::OutOfRange);
    let other = operator.events().list_events(request(&uuid::Uuid::now_v7().to_string(), 0)).await.unwrap_err();
    assert_eq!(other.code(), Code::OutOfRange);
}

#[tokio::test]
async fn who_types_is_seen_by_colleagues_and_by_the_customer_and_who_is_there_too() {
    let stage = Stage::set().await;
    let head = stage.world.operator("head").await;
    let (_, conversation) = stage.talk(1).await;
    let mut told = head.news("").await;
    let feed = stage.operator.news("").await;
    told.until("who is there", |what| {
        matches!(what, What::Presence(who) if who.came_employee_ids.contains(&stage.operator.employee_id)).then_some(())
    })
    .await;
    let request = SignalTypingRequest { conversation_id: conversation.clone() };
    stage.operator.conversations().signal_typing(request).await.unwrap();
    told.until("who types", |what| {
        let What::Typing(typing) = what else { return None };
        (typing.conversation_id == conversation && typing.employee_id == stage.operator.employee_id).then_some(())
    })
    .await;
    testkit::eventually("the customer sees it", SOON, async || {
        stage.connected.bot.calls("sendChatAction").iter().find(|call| call.params["action"] == "typing").map(drop)
    })
    .await;
    let there = head.presence().list_presence(ListPresenceRequest::default()).await.unwrap().into_inner().presences;
    let online = |who: &Operator| {
        there.iter().any(|one| one.employee_id == who.employee_id && one.presence.as_ref().is_some_and(|p| p.online))
    };
    assert!(online(&stage.operator) && online(&head) && !online(&stage.admin));
    drop(feed);
}

#[tokio::test]
async fn who_has_a_dialog_open_is_seen_by_colleagues_and_not_by_themselves() {
    let stage = Stage::set().await;
    let head = stage.world.operator("head").await;
    let (_, conversation) = stage.talk(1).await;
    let (mut heads, mut operators) = (head.news("").await, stage.operator.news("").await);
    let look = |left| SignalViewingRequest { conversation_id: conversation.clone(), left };
    let viewing = |what: &What| match what {
        What::Viewing(viewing) if viewing.conversation_id == conversation => {
            Some((viewing.employee_id.clone(), viewing.left))
        }
        _ => None,
    };
    head.conversations().signal_viewing(look(false)).await.unwrap();
    let told = operators.until("that the head looks", viewing).await;
    assert_eq!(told, (head.employee_id.clone(), false));
    head.conversations().signal_viewing(look(true)).await.unwrap();
    assert_eq!(operators.until("that the head has left", viewing).await, (head.employee_id.clone(), true));
    // The first that the head hears of is somebody else.
    stage.operator.conversations().signal_viewing(look(false)).await.unwrap();
    assert_eq!(heads.until("who looks", viewing).await, (stage.operator.employee_id.clone(), false));
}
