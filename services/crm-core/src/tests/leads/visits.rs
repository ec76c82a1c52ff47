//! What leads did on the sites: whose it becomes, who sees it, what rules make of it, and when it is gone.

use chrono::{DateTime, Duration, Utc};
use contracts::{
    channel::{Visit, VisitReport, VisitStep, VisitStepKind, VisitsWithdrawn, visit_report::Report},
    crm::{
        Client, CreateClientRequest, EraseLeadRequest, Lead, LeadNextStep, LeadScoreCondition, LeadScoreRule,
        LeadSettings, LeadVisit, ListLeadVisitsRequest, ListLeadVisitsResponse, UpdateLeadSettingsRequest,
        client_service_server::ClientService as _, lead_service_server::LeadService as _,
    },
};
use model::{AccountId, ContactPointId, EmployeeId};
use prost::Message as _;
use rpc::Caller;
use tonic::Code;
use uuid::Uuid;

use super::{admin, create, email, get, grpc, named, phone, request_id};
use crate::{
    clients::ClientGrpc,
    clock::now,
    tests::{cards::mask, world::World},
    visits::{store as visits, take, told},
};

/// A browser that has agreed.
pub struct Browser {
    account: AccountId,
    guest: Uuid,
}

fn stamp(at: DateTime<Utc>) -> Option<prost_types::Timestamp> {
    Some(rpc::timestamp(at))
}

pub fn page(path: &str, at: DateTime<Utc>) -> VisitStep {
    VisitStep {
        step_id: Uuid::now_v7().to_string(),
        at: stamp(at),
        kind: VisitStepKind::Page.into(),
        path: path.to_owned(),
        title: format!("Страница {path}"),
        seconds: 30,
        ..VisitStep::default()
    }
}

impl Browser {
    pub fn new() -> Self {
        Self { account: AccountId::new(), guest: Uuid::now_v7() }
    }

    async fn report(&self, world: &World, address: &str, what: Report) {
        let report = VisitReport {
            guest_id: self.guest.to_string(),
            address: address.to_owned(),
            report: Some(what),
            ..VisitReport::default()
        };
        let from = ("telegram".parse().unwrap(), self.account);
        let mut connection = world.db.pool.acquire().await.unwrap();
        take(&mut connection, &told(from, &report.encode_to_vec()).unwrap()).await.unwrap();
    }

    /// As whom the browser has proven to be; `None`: nobody.
    pub async fn visit(&self, world: &World, who: Option<ContactPointId>, id: Uuid, steps: Vec<VisitStep>) {
        let started_at = steps.first().and_then(|step| step.at);
        let visit = Visit { visit_id: id.to_string(), started_at, steps, ..Visit::default() };
        let address = who.map(|id| id.0.to_string()).unwrap_or_default();
        self.report(world, &address, Report::Visit(visit)).await;
    }

    async fn withdraw(&self, world: &World) {
        self.report(world, "", Report::Withdrawn(VisitsWithdrawn {})).await;
    }
}

async fn lead_of(world: &World, name: &str) -> (Lead, ContactPointId) {
    let point = world.contact_point(name, &[]).await;
    let of = named(name, vec![phone("+7 999 000-00-01")]);
    let of = Lead { responsible_employee_id: world.admin.employee().unwrap().to_string(), ..of };
    let lead = create(world, &admin(world), of, Some(&point.0.to_string())).await.unwrap();
    (lead, point)
}

async fn answer(world: &World, lead: &Lead) -> ListLeadVisitsResponse {
    let request = ListLeadVisitsRequest { lead_id: lead.lead_id.clone(), ..<_>::default() };
    grpc(world).list_lead_visits(admin(world).request(request)).await.unwrap().into_inner()
}

async fn shown(world: &World, lead: &Lead) -> Vec<LeadVisit> {
    answer(world, lead).await.visits
}

fn paths(visit: &LeadVisit) -> Vec<&str> {
    visit.steps.iter().map(|step| step.path.as_str()).collect()
}

#[tokio::test]
async fn what_somebody_did_before_they_wrote_becomes_theirs_once_they_write() {
    let world = World::start().await;
    let (browser, other) = (Browser::new(), Browser::new());
    let (lead, point) = lead_of(&world, "Анна").await;
    let (first, second, at) = (Uuid::now_v7(), Uuid::now_v7(), now() - Duration::hours(5));
    browser.visit(&world, None, first, vec![page("/lamps", at)]).await;
    other.visit(&world, None, Uuid::now_v7(), vec![page("/others", at)]).await;
    assert!(shown(&world, &lead).await.is_empty());
    let step = page("/prices", at + Duration::hours(1));
    let longer = VisitStep { seconds: 90, ..step.clone() };
    browser.visit(&world, None, second, vec![step.clone()]).await;
    browser.visit(&world, Some(point), second, vec![longer, page("/cart", at + Duration::hours(2))]).await;
    // Come late and without the token: whose it was.
    browser.visit(&world, None, second, vec![step]).await;
    let visits = shown(&world, &lead).await;
    let told: Vec<_> = visits.iter().map(|visit| (visit.number, paths(visit), visit.seconds)).collect();
    assert_eq!(told, [(2, vec!["/prices", "/cart"], 120), (1, vec!["/lamps"], 30)]);
}

/// A form in which somebody left this.
fn form(name: &str, phone: &str, email: &str) -> VisitStep {
    VisitStep {
        kind: VisitStepKind::Form.into(),
        name: "callback".into(),
        left_name: name.into(),
        left_phone: phone.into(),
        left_email: email.into(),
        ..page("/contacts", now())
    }
}

#[tokio::test]
async fn what_was_left_in_a_form_is_shown_and_makes_nobody_known() {
    let world = World::start().await;
    let browser = Browser::new();
    let (lead, point) = lead_of(&world, "Анна").await;
    let (other, _) = lead_of(&world, "Борис").await;
    let left = form("Анна Иванова", "79990000001", "anna@example.com");
    let typed_in_a_page = VisitStep { left_phone: "79990000009".into(), ..page("/a", now()) };
    // Nobody is recognised by a phone that somebody typed: its leads are shown what was left, and nothing else of the browser.
    browser.visit(&world, None, Uuid::now_v7(), vec![left, typed_in_a_page]).await;
    for lead in [&lead, &other] {
        let seen = answer(&world, lead).await;
        assert!(seen.visits.is_empty());
        let told: Vec<_> = seen.forms.iter().map(|form| (form.left_name.as_str(), form.left_phone.as_str())).collect();
        assert_eq!(told, [("Анна Иванова", "+7 999 000-00-01")]);
    }
    let bad = form("", "нет", "не почта");
    browser.visit(&world, Some(point), Uuid::now_v7(), vec![bad]).await;
    let visits = shown(&world, &lead).await;
    let told: Vec<_> = visits
        .iter()
        .flat_map(|visit| &visit.steps)
        .map(|step| [&step.left_name, &step.left_phone, &step.left_email].map(String::as_str))
        .collect();
    assert!(told.contains(&["Анна Иванова", "+7 999 000-00-01", "anna@example.com"]), "{told:?}");
    assert_eq!(told.iter().filter(|left| **left != ["", "", ""]).count(), 1, "{told:?}");
    let seen = answer(&world, &other).await;
    assert!(seen.visits.is_empty() && seen.forms.is_empty(), "it is somebody's by now");
    let kept = get(&world, &admin(&world), &lead.lead_id).await.unwrap();
    assert_eq!((kept.etag, kept.addresses.len()), (lead.etag, 1), "the card is as people wrote it");
    browser.withdraw(&world).await;
    assert_eq!(world.count("select count(*) from crm.visit_step").await, 0);
}

#[tokio::test]
async fn a_contact_point_that_router_does_not_know_yet_is_found_later_and_followed_when_it_is_joined() {
    let world = World::start().await;
    let browser = Browser::new();
    let unknown = ContactPointId::new();
    browser.visit(&world, Some(unknown), Uuid::now_v7(), vec![page("/a", now())]).await;
    world
        .sql(&format!(
            "insert into inbox_read.contact_point values ('{0}', 'telegram', '', '{0}', 'Анна', '[]')",
            unknown.0
        ))
        .await;
    visits::find_points(&world.db.pool).await.unwrap();
    let (lead, point) = lead_of(&world, "Анна").await;
    let joined = format!(
        "update inbox_read.contact_point set joined_into = '{}' where contact_point_id = '{}'",
        point.0, unknown.0
    );
    world.sql(&joined).await;
    assert_eq!(shown(&world, &lead).await.len(), 1);
    visits::follow_joined(&world.db.pool).await.unwrap();
    assert_eq!(shown(&world, &lead).await.len(), 1, "once, not twice");
    let theirs = format!("select count(*) from crm.visit where contact_point_id = '{}'", point.0);
    assert_eq!(world.count(&theirs).await, 1);
}

#[tokio::test]
async fn somebody_else_at_the_same_browser_gets_visits_of_their_own() {
    let world = World::start().await;
    let browser = Browser::new();
    let ((anna, of_anna), (boris, of_boris)) = (lead_of(&world, "Анна").await, lead_of(&world, "Борис").await);
    let (visit, at) = (Uuid::now_v7(), now() - Duration::hours(1));
    browser.visit(&world, Some(of_anna), visit, vec![page("/anna", at)]).await;
    browser.visit(&world, Some(of_boris), visit, vec![page("/boris", at)]).await;
    assert_eq!(paths(&shown(&world, &anna).await[0]), ["/anna"]);
    assert_eq!(paths(&shown(&world, &boris).await[0]), ["/boris"]);
}

#[tokio::test]
async fn who_takes_consent_back_leaves_nothing_and_what_comes_late_is_not_taken() {
    let world = World::start().await;
    let browser = Browser::new();
    let (lead, point) = lead_of(&world, "Анна").await;
    browser.visit(&world, Some(point), Uuid::now_v7(), vec![page("/a", now())]).await;
    browser.withdraw(&world).await;
    browser.visit(&world, Some(point), Uuid::now_v7(), vec![page("/late", now())]).await;
    assert!(shown(&world, &lead).await.is_empty());
    assert_eq!(world.count("select count(*) from crm.visit_step").await, 0);
    visits::forget_old(&world.db.pool, now() + Duration::days(9)).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.guest_gone").await, 0, "the number goes, too");
}

#[tokio::test]
async fn visits_are_kept_as_long_as_the_settings_say() {
    let world = World::start().await;
    let browser = Browser::new();
    for days in [70, 20] {
        browser.visit(&world, None, Uuid::now_v7(), vec![page("/a", now() - Duration::days(days))]).await;
    }
    visits::forget_old(&world.db.pool, now()).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.visit").await, 2, "six months unless set");
    let set = async |keep_visits_months| {
        let settings = Some(LeadSettings { keep_visits_months, ..LeadSettings::default() });
        let request = UpdateLeadSettingsRequest { settings, update_mask: mask(&["keep_visits_months"]) };
        grpc(&world).update_lead_settings(admin(&world).request(request)).await
    };
    assert_eq!(set(0).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(set(2).await.unwrap().into_inner().settings.unwrap().keep_visits_months, 2);
    visits::forget_old(&world.db.pool, now()).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.visit").await, 1);
}

#[tokio::test]
async fn visits_go_with_the_lead_unless_they_are_somebody_elses_too() {
    let world = World::start().await;
    let (lead, point) = lead_of(&world, "Анна").await;
    let again = create(&world, &admin(&world), named("Аня", Vec::new()), Some(&point.0.to_string())).await.unwrap();
    Browser::new().visit(&world, Some(point), Uuid::now_v7(), vec![page("/a", now())]).await;
    let erase = async |lead: &Lead| {
        let lead_id = lead.lead_id.clone();
        let request = EraseLeadRequest { lead_id, etag: String::new() };
        grpc(&world).erase_lead(admin(&world).request(request)).await.unwrap();
        world.count("select count(*) from crm.visit").await
    };
    assert_eq!((erase(&lead).await, erase(&again).await), (1, 0));
}

#[tokio::test]
async fn what_was_left_by_nobody_known_goes_with_the_last_lead_of_that_number() {
    let world = World::start().await;
    let vera =
        async || create(&world, &admin(&world), named("Вера", vec![phone("+7 999 000-00-07")]), None).await.unwrap();
    let (lead, same) = (vera().await, vera().await);
    let (_, point) = lead_of(&world, "Анна").await;
    Browser::new().visit(&world, None, Uuid::now_v7(), vec![form("Вера", "79990000007", "")]).await;
    Browser::new().visit(&world, Some(point), Uuid::now_v7(), vec![form("Анна", "79990000007", "")]).await;
    let erase = async |lead: &Lead| {
        let request = EraseLeadRequest { lead_id: lead.lead_id.clone(), etag: String::new() };
        grpc(&world).erase_lead(admin(&world).request(request)).await.unwrap();
        world.count("select count(*) from crm.visit_step where left_phone <> '' or left_name <> ''").await
    };
    assert_eq!(answer(&world, &lead).await.forms.len(), 1);
    assert_eq!(erase(&lead).await, 2, "another lead has the number");
    assert_eq!(answer(&world, &same).await.forms.len(), 1);
    assert_eq!(erase(&same).await, 1, "what a known one left is theirs");
}

#[tokio::test]
async fn what_was_left_by_nobody_known_goes_with_what_was_merged_into_the_lead_too() {
    let world = World::start().await;
    let kept = create(&world, &admin(&world), named("Вера", vec![phone("+7 999 000-00-07")]), None).await.unwrap();
    let merged = create(&world, &admin(&world), named("Вера", Vec::new()), None).await.unwrap();
    for (place, digits) in [(0, "79990000007"), (1, "79990000008")] {
        let sql = "insert into crm.lead_address (lead_id, kind, normalized, value, is_main, place)";
        world.sql(&format!("{sql} values ('{}', 1, '{digits}', '{digits}', false, {place})", merged.lead_id)).await;
        Browser::new().visit(&world, None, Uuid::now_v7(), vec![form("Вера", digits, "")]).await;
    }
    let sql = format!("update crm.lead set merged_into = '{}' where lead_id = '{}'", kept.lead_id, merged.lead_id);
    world.sql(&sql).await;
    let request = EraseLeadRequest { lead_id: kept.lead_id.clone(), etag: String::new() };
    grpc(&world).erase_lead(admin(&world).request(request)).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.lead").await, 0);
    assert_eq!(world.count("select count(*) from crm.visit_step where left_phone <> '' or left_name <> ''").await, 0);
}

#[tokio::test]
async fn a_number_of_somebody_whom_one_does_not_see_opens_nothing_that_was_left_under_it() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let lead = |name: &str, who: &EmployeeId, digits: &str| Lead {
        responsible_employee_id: who.to_string(),
        ..named(name, vec![phone(digits)])
    };
    let of_lead = lead("Лид Олега", &oleg.id, "+7 999 000-00-11");
    create(&world, &admin(&world), of_lead, None).await.unwrap();
    let client = Client {
        name: "Клиент Олега".into(),
        responsible_employee_id: oleg.id.to_string(),
        addresses: vec![phone("+7 999 000-00-12"), email("oleg@example.com")],
        ..Client::default()
    };
    let request = CreateClientRequest { request_id: request_id(), client: Some(client), ..<_>::default() };
    let clients = ClientGrpc { db: world.db.clone() };
    clients.create_client(admin(&world).request(request)).await.unwrap();
    for (phone, email) in [
        ("79990000011", ""),
        ("79990000012", ""),
        ("79990000013", "oleg@example.com"),
        ("79990000013", "anna@example.com"),
    ] {
        Browser::new().visit(&world, None, Uuid::now_v7(), vec![form(phone, phone, email)]).await;
    }
    let caller = Caller::operator(anna.id);
    let mut own = Vec::new();
    for digits in ["+7 999 000-00-11", "+7 999 000-00-12", "+7 999 000-00-13"] {
        own.push(create(&world, &caller, lead("Сама завела", &anna.id, digits), None).await.unwrap());
    }
    let read = async |by: &Caller| {
        let mut seen = Vec::new();
        for lead in &own {
            let request = ListLeadVisitsRequest { lead_id: lead.lead_id.clone(), ..<_>::default() };
            seen.push(grpc(&world).list_lead_visits(by.request(request)).await.unwrap().into_inner().forms.len());
        }
        seen
    };
    assert_eq!(read(&caller).await, [1, 1, 2], "everybody sees everybody");
    world.restrict().await;
    assert_eq!(read(&caller).await, [0, 0, 1], "only what is nobody else's");
    assert_eq!(read(&admin(&world)).await, [1, 1, 2]);
    // Whoever sees a dialog of theirs sees them.
    let point = world.contact_point("Клиент Олега", &[]).await;
    world.dialog(point, None, Some(anna.id), None).await;
    let link = "insert into crm.contact_point_link (contact_point_id, client_id)
                select '{}', client_id from crm.client where name = 'Клиент Олега'";
    world.sql(&link.replace("{}", &point.to_string())).await;
    assert_eq!(read(&caller).await, [0, 1, 2]);
}

#[tokio::test]
async fn rules_count_what_was_done_and_ask_for_a_call() {
    let world = World::start().await;
    let by = admin(&world);
    let (lead, point) = lead_of(&world, "Анна").await;
    let prices = LeadScoreRule {
        name: "Был на странице цен три раза за неделю".into(),
        points: 40,
        condition: LeadScoreCondition::PageViews.into(),
        values: vec!["/Цены".into(), "/prices".into()],
        at_least: 3,
        within_days: 7,
        call: true,
        ..LeadScoreRule::default()
    };
    let returns = LeadScoreRule {
        name: "Возвращался".into(),
        points: 5,
        condition: LeadScoreCondition::Visits.into(),
        at_least: 2,
        within_days: 30,
        ..LeadScoreRule::default()
    };
    let settings = Some(LeadSettings { score_rules: vec![prices, returns], ..LeadSettings::default() });
    let request = UpdateLeadSettingsRequest { settings, update_mask: mask(&["score_rules"]) };
    grpc(&world).update_lead_settings(by.request(request)).await.unwrap();
    let browser = Browser::new();
    let old = vec![page("/prices", now() - Duration::days(9))];
    browser.visit(&world, Some(point), Uuid::now_v7(), old).await;
    let soon = now() + Duration::seconds(5);
    browser.visit(&world, Some(point), Uuid::now_v7(), vec![page("/prices/a", soon), page("/цены", soon)]).await;
    let before = get(&world, &by, &lead.lead_id).await.unwrap();
    assert_eq!((before.score, before.next_step()), (5, LeadNextStep::Answer), "twice within a week is not three times");
    browser.visit(&world, Some(point), Uuid::now_v7(), vec![page("/prices", soon), page("/about", soon)]).await;
    let asks = get(&world, &by, &lead.lead_id).await.unwrap();
    let expected = (45, LeadNextStep::Call, "Был на странице цен три раза за неделю");
    assert_eq!((asks.score, asks.next_step(), asks.next_step_reason.as_str()), expected);
    world.sql("update crm.lead set touched_at = now() + interval '1 minute'").await;
    let done = get(&world, &by, &lead.lead_id).await.unwrap();
    assert_ne!(done.next_step(), LeadNextStep::Call, "somebody has done something since");
}
