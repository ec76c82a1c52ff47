//! Scores by rules that an administrator writes, and the next step.

use chrono::Duration;
use contracts::crm::{
    GetLeadSettingsRequest, Lead, LeadNextStep, LeadOrder, LeadScoreCondition, LeadScoreRule, LeadSettings,
    ListLeadsRequest, UpdateLeadSettingsRequest, lead_service_server::LeadService as _,
};
use tonic::{Code, Status};

use super::{admin, create, email, get, grpc, listed, named, phone};
use crate::{
    clock::now,
    leads::recount,
    tests::{cards::mask, world::World},
};

fn rule(name: &str, condition: LeadScoreCondition, points: i32) -> LeadScoreRule {
    LeadScoreRule { name: name.into(), points, condition: condition.into(), ..LeadScoreRule::default() }
}

async fn set(world: &World, score_rules: Vec<LeadScoreRule>) -> Result<LeadSettings, Status> {
    let settings = Some(LeadSettings { score_rules, ..LeadSettings::default() });
    let request = UpdateLeadSettingsRequest { settings, update_mask: mask(&["score_rules"]) };
    Ok(grpc(world).update_lead_settings(admin(world).request(request)).await?.into_inner().settings.unwrap())
}

async fn recount(world: &World, at: chrono::DateTime<chrono::Utc>) {
    let mut connection = world.db.pool.acquire().await.unwrap();
    while recount::step(&mut connection, at).await.unwrap() {}
}

async fn by_score(world: &World) -> Vec<String> {
    let request = ListLeadsRequest { order: LeadOrder::Score.into(), ..ListLeadsRequest::default() };
    listed(world, &admin(world), request).await
}

#[tokio::test]
async fn a_score_follows_its_rules_with_its_breakdown_and_orders_the_list() {
    let world = World::start().await;
    let by = admin(&world);
    let site = LeadScoreRule { values: vec!["Site".into()], ..rule("С сайта", LeadScoreCondition::Channel, 20) };
    let wanted = vec![
        site,
        rule("Есть телефон", LeadScoreCondition::HasPhone, 15),
        rule("Почта", LeadScoreCondition::HasEmail, -5),
    ];
    let low = create(&world, &by, named("Почта", vec![email("buyer@example.com")]), None).await.unwrap();
    let high = Lead { channel: "site".into(), ..named("Сайт", vec![phone("+7 999 000-00-01")]) };
    let high = create(&world, &by, high, None).await.unwrap();
    assert_eq!((low.score, high.score), (0, 0));
    let saved = set(&world, wanted.clone()).await.unwrap();
    assert_eq!((saved.score_rules, saved.leads_to_recount), (wanted, 2));
    let shown = get(&world, &by, &high.lead_id).await.unwrap();
    let parts: Vec<_> = shown.score_parts.iter().map(|part| (part.name.as_str(), part.points)).collect();
    assert_eq!((shown.score, parts), (35, vec![("С сайта", 20), ("Есть телефон", 15)]));
    recount(&world, now()).await;
    assert_eq!(by_score(&world).await, ["Сайт", "Почта"]);
    let third = create(&world, &by, named("Ещё", vec![phone("+7 999 000-00-03")]), None).await.unwrap();
    assert_eq!(third.score, 15);
    assert_eq!(by_score(&world).await, ["Сайт", "Ещё", "Почта"], "counted when it is written");
    let settings = grpc(&world).get_lead_settings(by.request(GetLeadSettingsRequest {})).await.unwrap().into_inner();
    assert_eq!(settings.settings.unwrap().leads_to_recount, 0);
    let unknown = set(&world, vec![LeadScoreRule { name: "Ничто".into(), ..LeadScoreRule::default() }]).await;
    assert_eq!(unknown.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn scores_that_look_at_days_are_counted_anew_by_themselves() {
    let world = World::start().await;
    let old = LeadScoreRule { at_least: 2, ..rule("Залежался", LeadScoreCondition::AgeDays, -10) };
    set(&world, vec![old]).await.unwrap();
    create(&world, &admin(&world), named("Анна", Vec::new()), None).await.unwrap();
    recount(&world, now()).await;
    let stored = "select score::bigint from crm.lead";
    assert_eq!(world.count(stored).await, 0);
    world.sql("delete from crm.timer where kind = 'lead_score'").await;
    let timers = "select count(*) from crm.timer where kind = 'lead_score'";
    recount::begin_due(&world.db.pool, now()).await.unwrap();
    assert_eq!(world.count(timers).await, 0, "it was counted just now");
    let later = now() + Duration::days(3);
    recount::begin_due(&world.db.pool, later).await.unwrap();
    assert_eq!(world.count(timers).await, 1);
    recount(&world, later).await;
    assert_eq!(world.count(stored).await, -10);
}

#[tokio::test]
async fn a_lead_says_what_to_do_next() {
    let world = World::start().await;
    let by = admin(&world);
    let lead = create(&world, &by, named("Анна", vec![phone("+7 999 000-00-01")]), None).await.unwrap();
    assert_eq!(lead.next_step, i32::from(LeadNextStep::Assign));
    let again = create(&world, &by, named("Аня", vec![phone("+7 999 000-00-01")]), None).await.unwrap();
    assert_eq!(again.next_step, i32::from(LeadNextStep::Merge));
}
