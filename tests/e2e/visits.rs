//! What a visitor does on the site, over the whole: reported by the browser, shown with the lead and the client, gone with the consent.

use contracts::crm::{
    ConvertLeadRequest, CreateLeadRequest, FeedKind, Lead, LeadVisit, ListClientFeedRequest, ListLeadVisitsRequest,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{eventually, webchat::Site};
use uuid::Uuid;

use crate::{
    deeds::http,
    operator::Operator,
    world::{SOON, World},
};

async fn report(site: &Site, body: Value) -> StatusCode {
    let call = http().post(site.url("visits")).header("origin", &site.origin).body(body.to_string());
    call.send().await.expect("an answer").status()
}

fn seen(guest: Uuid, visit: Uuid, token: Option<&str>, path: &str) -> Value {
    let step = json!({ "id": Uuid::now_v7(), "at": 500, "kind": "page", "path": path, "title": "Цены", "seconds": 20 });
    let visit =
        json!({ "id": visit, "at": 400, "from": "search.example", "marks": { "utm_source": "ya" }, "steps": [step] });
    json!({ "guest": guest, "token": token, "now": 1_000, "agreed": 300, "visit": visit })
}

async fn visits(operator: &Operator, lead: &Lead) -> Vec<LeadVisit> {
    let request = ListLeadVisitsRequest { lead_id: lead.lead_id.clone(), ..<_>::default() };
    operator.leads().list_lead_visits(request).await.expect("visits").into_inner().visits
}

#[tokio::test]
async fn a_visitor_who_agrees_is_known_by_what_they_did_until_they_take_it_back() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[("visits", "site")]).await;
    let operator = world.operator("operator1").await;
    let (guest, first, second) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(report(&site, seen(guest, first, None, "/lamps")).await, StatusCode::NO_CONTENT);
    let (mut chat, token) = site.begin().await;
    chat.write(1, "Сколько стоит доставка?").await;
    let conversation = operator.take_the_visitor().await;
    let point = conversation.person.expect("a person").contact_point_id;
    let lead = Lead { name: "Посетитель".into(), ..Lead::default() };
    let request =
        CreateLeadRequest { request_id: Uuid::now_v7().to_string(), lead: Some(lead), contact_point_id: point };
    let lead = operator.leads().create_lead(request).await.unwrap().into_inner().lead.unwrap();
    for _ in 0..2 {
        assert_eq!(report(&site, seen(guest, second, Some(&token), "/prices?promo=1")).await, StatusCode::NO_CONTENT);
    }
    let told = eventually("both visits are the lead's", SOON, async || {
        Some(visits(&operator, &lead).await).filter(|visits| visits.len() == 2 && visits[0].steps.len() == 2)
    })
    .await;
    let paths: Vec<_> = told.iter().map(|visit| (visit.number, visit.steps[0].path.as_str())).collect();
    assert_eq!(paths, [(2, "/prices"), (1, "/lamps")]);
    assert_eq!((told[0].referrer_host.as_str(), told[0].marks["utm_source"].as_str()), ("search.example", "ya"));

    let request = ConvertLeadRequest {
        request_id: Uuid::now_v7().to_string(),
        lead_id: lead.lead_id.clone(),
        force: true,
        ..<_>::default()
    };
    let client = operator.leads().convert_lead(request).await.unwrap().into_inner().client.unwrap();
    let request = ListClientFeedRequest { client_id: client.client_id, ..<_>::default() };
    let feed = operator.client_feed().list_client_feed(request).await.unwrap().into_inner();
    let in_feed: Vec<_> = feed.entries.iter().filter(|entry| entry.kind() == FeedKind::Visit).collect();
    assert_eq!(in_feed.len(), 2, "{feed:?}");
    assert_eq!(in_feed[0].facts["pages"], "2");

    let withdrawn = json!({ "guest": guest, "withdraw": true });
    assert_eq!(report(&site, withdrawn).await, StatusCode::NO_CONTENT);
    eventually("nothing is left", SOON, async || visits(&operator, &lead).await.is_empty().then_some(())).await;
    assert_eq!(report(&site, seen(guest, second, Some(&token), "/late")).await, StatusCode::NO_CONTENT);
    // What comes after it is stored, so the late one was looked at.
    let (other, visit) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(report(&site, seen(other, visit, Some(&token), "/again")).await, StatusCode::NO_CONTENT);
    let again = eventually("who agrees anew", SOON, async || {
        Some(visits(&operator, &lead).await).filter(|visits| !visits.is_empty())
    })
    .await;
    assert_eq!(again.iter().map(|visit| visit.steps[0].path.as_str()).collect::<Vec<_>>(), ["/again"]);
}

#[tokio::test]
async fn nothing_that_was_stored_stays_on_the_bus() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[("visits", "site")]).await;
    assert_eq!(report(&site, seen(Uuid::now_v7(), Uuid::now_v7(), None, "/lamps")).await, StatusCode::NO_CONTENT);
    let stored = "select count(*) from crm.visit";
    eventually("it is stored", SOON, async || {
        let count: i64 = sqlx::query_scalar(stored).fetch_one(&world.pool).await.expect("a count");
        (count == 1).then_some(())
    })
    .await;
    let client = async_nats::connect(world.nats.url()).await.expect("nats-server");
    let jetstream = async_nats::jetstream::new(client);
    eventually("it is gone from the bus", SOON, async || {
        let mut stream = jetstream.get_stream("VISITS").await.ok()?;
        (stream.info().await.ok()?.state.messages == 0).then_some(())
    })
    .await;
}
