//! Lists of leads: filters, words with slips, pages, and what stays out of sight.

use contracts::crm::{
    Lead, LeadFilter, LeadNextStep, LeadOrder, LeadState, ListLeadsRequest, lead_service_server::LeadService as _,
};
use model::ContactPointId;
use prost_types::Timestamp;
use rpc::Caller;
use tonic::Code;

use super::{admin, create, get, grpc, listed, named, of, phone, state};
use crate::tests::world::World;

fn by(filter: LeadFilter) -> ListLeadsRequest {
    ListLeadsRequest { filter: Some(filter), ..ListLeadsRequest::default() }
}

async fn age(world: &World, lead: &Lead, days: i32) {
    let sql =
        format!("update crm.lead set touched_at = now() - interval '{days} days' where lead_id = '{}'", lead.lead_id);
    world.sql(&sql).await;
}

async fn wrote(world: &World, point: ContactPointId, days: i32) {
    let sql = format!(
        "insert into inbox_read.conversation_activity values (gen_random_uuid(), '{point}', now() - interval '{days} days')"
    );
    world.sql(&sql).await;
}

fn days_ago(days: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: (chrono::Utc::now() - chrono::Duration::days(days)).timestamp(), nanos: 0 })
}

// acceptance: LD-6
#[tokio::test]
async fn leads_are_found_by_words_with_slips_and_by_parts_of_addresses() {
    let world = World::start().await;
    let lead = Lead {
        company_name: "ООО Ромашка".into(), ..named("Пётр Ёлкин", vec![phone("+7 999 000-00-07")])
    };
    create(&world, &admin(&world), lead, None).await.unwrap();
    create(&world, &admin(&world), named("Анна", Vec::new()), None).await.unwrap();
    for query in ["елкин", "ПЁТР", "рамашка", "elkin", "Петор", "8 999 000", "0007"] {
        let found = listed(&world, &admin(&world), by(LeadFilter { query: query.into(), ..Default::default() })).await;
        assert_eq!(found, ["Пётр Ёлкин"], "{query}");
    }
    let none = by(LeadFilter { query: "Василий".into(), ..Default::default() });
    assert!(listed(&world, &admin(&world), none).await.is_empty());
    let short = by(LeadFilter { query: "я".into(), ..Default::default() });
    let short = grpc(&world).list_leads(admin(&world).request(short)).await.unwrap_err();
    assert_eq!(short.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn nobody_s_and_silent_leads_are_listed_the_longest_silent_first() {
    let world = World::start().await;
    let anna = world.operator("anna").await;
    let mine = of(&world, "Мой", anna.id).await;
    let point = world.contact_point("Пишет", &[]).await;
    let writes = create(&world, &admin(&world), Lead::default(), Some(&point.to_string())).await.unwrap();
    let source = Lead { source: "Реклама".into(), channel: "site".into(), ..named("Молчит", Vec::new()) };
    let silent = create(&world, &admin(&world), source, None).await.unwrap();
    for (lead, days) in [(&mine, 5), (&writes, 30), (&silent, 20)] {
        age(&world, lead, days).await;
    }
    wrote(&world, point, 1).await;
    let all = admin(&world);
    let untouched = |days| LeadFilter { untouched_since: days_ago(days), ..LeadFilter::default() };
    assert_eq!(listed(&world, &all, by(untouched(10))).await, ["Молчит"], "who wrote yesterday is not silent");
    let request = ListLeadsRequest { order: LeadOrder::Active.into(), ..by(untouched(0)) };
    assert_eq!(listed(&world, &all, request).await, ["Молчит", "Мой", "Пишет"]);
    let nobodys = LeadFilter { without_responsible: true, ..LeadFilter::default() };
    assert_eq!(listed(&world, &all, by(nobodys.clone())).await, ["Молчит", "Пишет"]);
    let responsible_employee_ids = vec![anna.id.to_string()];
    let mut filter = LeadFilter { responsible_employee_ids, ..LeadFilter::default() };
    assert_eq!(listed(&world, &all, by(filter.clone())).await, ["Мой"]);
    filter.without_responsible = true;
    assert_eq!(listed(&world, &all, by(filter)).await.len(), 3);
    for filter in [
        LeadFilter { channels: vec!["site".into()], ..LeadFilter::default() },
        LeadFilter { sources: vec!["Реклама".into()], ..LeadFilter::default() },
    ] {
        assert_eq!(listed(&world, &all, by(filter)).await, ["Молчит"]);
    }
    let declined = LeadFilter { states: vec![LeadState::Declined.into()], ..LeadFilter::default() };
    assert!(listed(&world, &all, by(declined)).await.is_empty());
    let active = get(&world, &all, &writes.lead_id).await.unwrap().active_at.unwrap().seconds;
    assert!(active > days_ago(2).unwrap().seconds);
}

#[tokio::test]
async fn pages_hold_every_lead_once_in_either_order() {
    let world = World::start().await;
    for number in 0..7 {
        create(&world, &admin(&world), named(&format!("Лид {number}"), Vec::new()), None).await.unwrap();
    }
    for order in [LeadOrder::Created, LeadOrder::Active, LeadOrder::Score] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListLeadsRequest { order: order.into(), page_size: 3, page_token, filter: None };
            let page = grpc(&world).list_leads(admin(&world).request(request)).await.unwrap().into_inner();
            seen.extend(page.leads.into_iter().map(|lead| lead.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mut wanted: Vec<_> = (0..7).map(|number| format!("Лид {number}")).collect();
        if order != LeadOrder::Active {
            wanted.reverse();
        }
        assert_eq!(seen, wanted);
    }
}

#[tokio::test]
async fn restricted_one_sees_own_leads_and_those_of_one_s_dialogs() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    of(&world, "Лид Анны", anna.id).await;
    let foreign = of(&world, "Лид Олега", oleg.id).await;
    let point = world.contact_point("Из диалога", &[]).await;
    world.dialog(point, None, Some(anna.id), None).await;
    let through = create(&world, &admin(&world), Lead::default(), Some(&point.to_string())).await.unwrap();
    world.restrict().await;
    let caller = Caller::operator(anna.id);
    assert_eq!(listed(&world, &caller, ListLeadsRequest::default()).await, ["Лид Анны"]);
    assert!(get(&world, &caller, &through.lead_id).await.is_ok());
    assert_eq!(get(&world, &caller, &foreign.lead_id).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(world.audited(foreign.lead_id.parse().unwrap()).await, ["lead.create", "access.refused"]);
    let own = create(&world, &caller, named("Сам завёл", Vec::new()), None).await.unwrap();
    assert_eq!(own.responsible_employee_id, anna.id.to_string());
    let elsewhere = world.contact_point("Чужой диалог", &[]).await.to_string();
    assert_eq!(create(&world, &caller, Lead::default(), Some(&elsewhere)).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn restricted_one_learns_that_a_person_is_known_but_not_whose() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let mobile = || vec![phone("+7 999 000-00-01")];
    let foreign = Lead { responsible_employee_id: oleg.id.to_string(), ..named("Лид Олега", mobile()) };
    let foreign = create(&world, &admin(&world), foreign, None).await.unwrap();
    world.restrict().await;
    let own = create(&world, &Caller::operator(anna.id), named("Сам завёл", mobile()), None).await.unwrap();
    assert_eq!((state(&own), own.repeats_lead_id.as_str()), (LeadState::Repeated, ""));
    assert_ne!(own.next_step(), LeadNextStep::Merge, "it could not be done");
    let seen = get(&world, &admin(&world), &own.lead_id).await.unwrap();
    assert_eq!((seen.repeats_lead_id, seen.next_step), (foreign.lead_id, LeadNextStep::Merge.into()));
}
