//! Who gets a request: the queue and its race, a fixed employee, turns.

use std::collections::HashMap;

use contracts::{
    errors::ErrorReason,
    inbox::{Assignment, AssignmentMethod, ConversationView, ListRequestsRequest, Request, RequestState},
    org::{PresenceChoice, Role, SetPresenceRequest},
};
use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::json;
use testkit::{
    eventually,
    telegram::{CustomerMessage, png},
};

use crate::{
    actions::{customer, round_robin},
    operator::Operator,
    stage::{Stage, private_message},
    world::{SOON, World},
};

async fn all_requests(admin: &Operator) -> Vec<Request> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRequestsRequest { page_size: 200, page_token, ..ListRequestsRequest::default() };
        let page = admin.requests().list_requests(request).await.expect("requests").into_inner();
        all.extend(page.requests);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test]
async fn a_thousand_first_messages_of_one_customer_are_one_conversation_and_one_request() {
    let stage = Stage::set().await;
    let poster = stage.poster();
    let texts: Vec<String> = (1..=1_000).map(|n| format!("вопрос {n}")).collect();
    let updates = texts.iter().enumerate().map(|(n, text)| {
        let message = private_message(6_001, "Анна", n as i64 + 1, text);
        json!({ "update_id": n, "message": message }).to_string()
    });
    let answers: Vec<StatusCode> =
        stream::iter(updates).map(|body| poster.post(body)).buffer_unordered(256).collect().await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK), "{answers:?}");

    let list = stage.operator.list(ConversationView::All).await;
    let [conversation] = &list[..] else { panic!("one conversation, not {}", list.len()) };
    assert_eq!((conversation.unread, conversation.last_seq), (1_000, 1_000));
    let requests = all_requests(&stage.admin).await;
    let [request] = &requests[..] else { panic!("one request, not {}", requests.len()) };
    assert_eq!(request.request_id, conversation.request.as_ref().unwrap().request_id);
    // The provider's order, whatever came first.
    let thread = stage.operator.messages(&conversation.conversation_id).await;
    assert!(thread.is_sorted_by_key(|message| message.position));
    assert_eq!(stage.world.count("select count(distinct message_key) from inbox.message").await, 1_000);
}

#[tokio::test]
async fn turns_are_fair_to_within_one_also_across_a_restart_of_router() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let department = stage.department().await;
    let mut team = Vec::new();
    for login in ["turn1", "turn2", "turn3"] {
        team.push(stage.new_employee(login, &department, &[Role::Operator]).await);
    }
    let connected =
        stage.world.connect_telegram_with(&stage.admin, "webhook", round_robin(&team.iter().collect::<Vec<_>>())).await;
    for number in 1..=150 {
        customer(&connected.bot, number).text("Здравствуйте");
    }
    eventually("some have come", SOON, async || (all_requests(&stage.admin).await.len() > 40).then_some(())).await;
    stage.world.kill_and_restart("router").await;
    for number in 151..=300 {
        customer(&connected.bot, number).text("Здравствуйте");
    }
    let requests = eventually("all have come", SOON, async || {
        let request = ListRequestsRequest { page_size: 1, ..ListRequestsRequest::default() };
        stage.admin.requests().list_requests(request).await.ok()?; // router is back
        let requests = all_requests(&stage.admin).await;
        (requests.len() == 300).then_some(requests)
    })
    .await;
    let mut shares: HashMap<&str, usize> = HashMap::new();
    for request in &requests {
        assert_eq!(request.decision.as_ref().unwrap().method, "round_robin");
        *shares.entry(&request.assignee_employee_id).or_default() += 1;
    }
    assert_eq!(team.iter().map(|one| shares[one.employee_id.as_str()]).collect::<Vec<_>>(), [100, 100, 100]);
}

#[tokio::test]
async fn a_fixed_employee_gets_all_and_who_is_away_is_passed_over() {
    let stage = Stage::set().await;
    let department = stage.department().await;
    let (one, two) = (
        stage.new_employee("one", &department, &[Role::Operator]).await,
        stage.new_employee("two", &department, &[Role::Operator]).await,
    );
    let fixed = Assignment { method: AssignmentMethod::Fixed.into(), employee_ids: vec![one.employee_id.clone()] };
    let direct = stage.world.connect_telegram_with(&stage.admin, "webhook", fixed).await;
    customer(&direct.bot, 1).text("раз");
    // The rules look at an album once it is whole.
    let pictures = (1..=3).map(|n| CustomerMessage::photo(png(n, n))).collect();
    customer(&direct.bot, 2).album(pictures);
    let mine = eventually("both are theirs", SOON, async || {
        let mine = one.list(ConversationView::Mine).await;
        (mine.len() == 2).then_some(mine)
    })
    .await;
    assert!(mine.iter().all(|c| c.can_reply && c.request.as_ref().unwrap().state() == RequestState::Assigned));
    assert_eq!(stage.world.count("select count(*) from inbox.audit where action = 'assigned'").await, 2);
    assert!(two.list(ConversationView::All).await.is_empty(), "what one has, a colleague does not see");

    one.presence().set_presence(SetPresenceRequest { choice: PresenceChoice::Away.into() }).await.unwrap();
    let shared = stage.world.connect_telegram_with(&stage.admin, "webhook", round_robin(&[&one, &two])).await;
    customer(&shared.bot, 3).text("три");
    customer(&shared.bot, 4).text("четыре");
    let got = eventually("both are the other one's", SOON, async || {
        let mine = two.list(ConversationView::Mine).await;
        (mine.len() == 2).then_some(mine)
    })
    .await;
    let request = two.request(&got[0].request.as_ref().unwrap().request_id).await;
    assert_eq!(request.decision.unwrap().skipped, [format!("{}: away", one.employee_id)]);

    // Nobody is there: it waits in the queue.
    two.presence().set_presence(SetPresenceRequest { choice: PresenceChoice::Away.into() }).await.unwrap();
    customer(&shared.bot, 5).text("пять");
    let waiting = stage.operator.conversation_with("Покупатель 5").await.request.unwrap();
    assert_eq!((waiting.state(), waiting.assignee_employee_id.as_str()), (RequestState::Unassigned, ""));
}

// acceptance: DI-13
#[tokio::test]
async fn of_two_who_take_one_gets_it_and_the_other_reads_who_was_first() {
    let stage = Stage::set().await;
    let colleague = stage.new_employee("colleague", &stage.department().await, &[Role::Operator]).await;
    for number in 1..=10 {
        let (_, conversation, request) = stage.wait_in_queue(number).await;
        let (a, b) = tokio::join!(stage.operator.take(&request), colleague.take(&request));
        let (winner, taken, refused) = match (a, b) {
            (Ok(taken), Err(refused)) => (&stage.operator, taken, refused),
            (Err(refused), Ok(taken)) => (&colleague, taken, refused),
            other => panic!("one of them, not {other:?}"),
        };
        assert_eq!(taken.assignee_employee_id, winner.employee_id);
        assert_eq!(rpc::reason_of(&refused), Some(ErrorReason::RequestTaken));
        let facts = rpc::metadata_of(&refused);
        assert_eq!(facts["employee_id"], winner.employee_id);
        let row = winner.conversation(&conversation).await.unwrap().request.unwrap();
        assert_eq!(row.assignee_name, facts["employee_name"], "the name, as colleagues know it");
        let again = winner.take(&request).await.expect("taking twice is taking");
        assert_eq!(again.assignee_employee_id, winner.employee_id);
    }
    assert!(stage.operator.list(ConversationView::Unassigned).await.is_empty());
}
