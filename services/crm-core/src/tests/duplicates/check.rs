use contracts::{
    crm::{
        self, CheckDuplicatesRequest, ClientAddress, CreateClientRequest, GetMatchSettingsRequest,
        MarkNotDuplicatesRequest, MatchRule, MatchRuleSetting, MatchSettings, MatchStrength,
        UpdateMatchSettingsRequest, client_service_server::ClientService as _,
        duplicate_service_server::DuplicateService as _,
    },
    errors::ErrorReason,
};
use model::ClientId;
use rpc::{Caller, reason_of};
use tonic::Code;

use super::{administrator, grpc, merge::merged, named, put, with_phone};
use crate::{
    clients::ClientGrpc,
    duplicates::{self, rules::Facts},
    employees::domain::Role,
    tests::world::World,
};

fn phone(value: &str) -> ClientAddress {
    ClientAddress { kind: crm::AddressKind::Phone.into(), value: value.to_owned(), ..Default::default() }
}

async fn candidates(world: &World, caller: &Caller, client: crm::Client) -> Vec<crm::DuplicateCandidate> {
    let request = CheckDuplicatesRequest { client: Some(client), ..Default::default() };
    grpc(world).check_duplicates(caller.request(request)).await.unwrap().into_inner().candidates
}

fn draft(name: &str) -> crm::Client {
    crm::Client { name: name.to_owned(), ..Default::default() }
}

// acceptance: DD-3
#[tokio::test]
async fn who_it_may_be_is_said_without_what_the_caller_may_not_see() {
    let world = World::start().await;
    let by_name = named("ООО «Ромашка»");
    let by_phone = with_phone("Альфа", "79990000001");
    put(&world, &[by_name.clone(), by_phone.clone(), with_phone("Вектор", "79990000002")]).await;
    let operator = world.operator("operator1").await;
    let other = world.operator("operator2").await;
    world.sql(&format!("update crm.client set responsible_employee_id = '{}'", other.id)).await;
    let caller = Caller::operator(operator.id);
    let typed = crm::Client { addresses: vec![phone("8 (999) 000-00-01")], ..draft("Romashka LLC") };

    let found = candidates(&world, &caller, typed.clone()).await;
    let said: Vec<_> =
        found.iter().map(|c| (c.client_id.as_str(), c.name.as_str(), c.matched.clone(), c.can_open)).collect();
    let (name, phone) = (by_name.id.to_string(), by_phone.id.to_string());
    assert_eq!(
        said,
        [
            (phone.as_str(), "Альфа", vec![i32::from(MatchRule::Phone)], true),
            (name.as_str(), "ООО «Ромашка»", vec![i32::from(MatchRule::Name)], true),
        ]
    );

    world.sql("update crm.client_settings set restricted = true").await;
    for closed in candidates(&world, &caller, typed.clone()).await {
        let other = other.id.to_string();
        assert_eq!((closed.name.as_str(), closed.can_open, &closed.responsible_employee_id), ("", false, &other));
        assert!(!closed.matched.is_empty());
    }
    let seen = candidates(&world, &Caller::operator(other.id), typed.clone()).await;
    assert!(seen.iter().all(|candidate| candidate.can_open), "it is theirs");
    assert!(candidates(&world, &administrator(&world), typed).await.iter().all(|candidate| candidate.can_open));
}

#[tokio::test]
async fn a_slip_another_alphabet_and_a_missing_patronymic_are_seen_through() {
    let world = World::start().await;
    let born = chrono::NaiveDate::from_ymd_opt(1990, 5, 1);
    let company = Facts {
        company: true, inn: "7707083893".into(), ..named("АО «Технопромсервис Север»")
    };
    let person = Facts { birthday: born, ..named("Иванов Сергей Петрович") };
    put(&world, &[company.clone(), person.clone(), named("Петров Сергей Иванович")]).await;
    let caller = administrator(&world);
    for (typed, expected) in [
        (draft("Технопромсервс Север"), company.id),
        (draft("Tekhnopromservis Sever"), company.id),
        (crm::Client { inn: "7707083893".into(), ..draft("Совсем другое") }, company.id),
        (draft("Ивонов Сергей Петрович"), person.id),
        (draft("Petrovich Ivanov Sergey"), person.id),
        (crm::Client { birthday: "1990-05-01".into(), ..draft("Сергей Иванов") }, person.id),
    ] {
        let found = candidates(&world, &caller, typed.clone()).await;
        let found: Vec<_> = found.into_iter().map(|candidate| candidate.client_id).collect();
        assert_eq!(found, [expected.to_string()], "{}", typed.name);
    }
    assert!(candidates(&world, &caller, draft("Совсем другой")).await.is_empty());
    let itself =
        crm::Client { client_id: person.id.to_string(), ..draft("Иванов Сергей Петрович") };
    assert!(candidates(&world, &caller, itself).await.is_empty(), "nobody is their own double");
}

// acceptance: DD-1
#[tokio::test]
async fn what_counts_as_a_match_is_set_up_by_administrators() {
    let world = World::start().await;
    put(&world, &[with_phone("Альфа", "79990000001")]).await;
    let (caller, operator) = (administrator(&world), world.employee("head1", &[Role::Head], &[]).await);
    let typed = crm::Client { addresses: vec![phone("+7 999 000-00-01")], ..draft("Бета") };
    let grpc = grpc(&world);
    let get = async || {
        let answer = grpc.get_match_settings(caller.request(GetMatchSettingsRequest {})).await.unwrap();
        answer.into_inner().settings.unwrap()
    };
    let update = async |caller: &Caller, settings: MatchSettings| {
        let request = UpdateMatchSettingsRequest { settings: Some(settings) };
        grpc.update_match_settings(caller.request(request)).await.map(|answer| answer.into_inner().settings.unwrap())
    };
    let defaults = get().await;
    assert_eq!((defaults.client_rules.len(), defaults.contact_rules.len()), (7, 6));
    assert_eq!(candidates(&world, &caller, typed.clone()).await.len(), 1);

    let shared = MatchSettings { shared_addresses: vec!["8 999 000 00 01".into()], ..defaults.clone() };
    let shared = update(&caller, shared).await.unwrap();
    assert_eq!(shared.shared_addresses, ["79990000001"]);
    assert!(candidates(&world, &caller, typed.clone()).await.is_empty(), "a switchboard matches nobody");
    let hard = MatchRuleSetting { rule: MatchRule::Phone.into(), strength: MatchStrength::Hard.into() };
    let only = MatchSettings { shared_addresses: Vec::new(), client_rules: vec![hard], ..shared.clone() };
    let only = update(&caller, only).await.unwrap();
    assert!(candidates(&world, &caller, typed.clone()).await[0].duplicate);
    let none = update(&caller, MatchSettings { client_rules: Vec::new(), ..only }).await.unwrap();
    assert!(candidates(&world, &caller, typed).await.is_empty());

    let stale = update(&caller, shared).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let inn = MatchRuleSetting { rule: MatchRule::Inn.into(), strength: MatchStrength::Hard.into() };
    let wrong = update(&caller, MatchSettings { contact_rules: vec![inn], ..none.clone() }).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let twice = update(&caller, MatchSettings { client_rules: vec![hard, hard], ..none.clone() }).await.unwrap_err();
    assert_eq!(twice.code(), Code::InvalidArgument);
    let refused = update(&Caller::operator(operator.id), none).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::Permission));
}

// acceptance: DD-8
#[tokio::test]
async fn those_called_different_are_not_offered_again() {
    let world = World::start().await;
    let (one, other) = (named("ООО Ромашка"), named("Ромашка"));
    put(&world, &[one.clone(), other.clone()]).await;
    let (caller, grpc) = (administrator(&world), grpc(&world));
    let typed = crm::Client { client_id: one.id.to_string(), ..draft("ООО Ромашка") };
    assert_eq!(candidates(&world, &caller, typed.clone()).await.len(), 1);
    let request =
        MarkNotDuplicatesRequest { client_ids: vec![other.id.to_string(), one.id.to_string()], ..Default::default() };
    for _ in 0..2 {
        grpc.mark_not_duplicates(caller.request(request.clone())).await.unwrap();
    }
    assert!(candidates(&world, &caller, typed.clone()).await.is_empty());
    assert_eq!(world.audited(one.id).await, ["client.not_duplicate"], "the repeat changed nothing");

    let stranger = MarkNotDuplicatesRequest {
        client_ids: vec![one.id.to_string(), ClientId::new().to_string()],
        ..Default::default()
    };
    let refused = grpc.mark_not_duplicates(caller.request(stranger)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientNotFound));
    world.sql("update crm.client_settings set restricted = true").await;
    let operator = Caller::operator(world.operator("operator1").await.id);
    let refused = grpc.mark_not_duplicates(operator.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientNotFound));
}

// acceptance: DD-2
#[tokio::test]
async fn making_a_client_answers_with_candidates_unless_it_is_forced() {
    let world = World::start().await;
    put(&world, &[named("ООО «Ромашка»")]).await;
    let (caller, grpc) = (administrator(&world), ClientGrpc { db: world.db.clone() });
    let request = CreateClientRequest {
        request_id: ClientId::new().to_string(),
        client: Some(draft("Romashka")),
        ..Default::default()
    };
    let create = async |request: &CreateClientRequest| {
        grpc.create_client(caller.request(request.clone())).await.unwrap().into_inner()
    };
    let settings = duplicates::settings::Settings { check_on_create: true, ..Default::default() };
    duplicates::settings::update(&world.db, world.admin, None, settings).await.unwrap();
    for _ in 0..2 {
        let answer = create(&request).await;
        assert!(answer.client.is_none());
        assert_eq!(
            answer.candidates.iter().map(|candidate| candidate.name.as_str()).collect::<Vec<_>>(),
            ["ООО «Ромашка»"]
        );
    }
    assert_eq!(world.count("select count(*) from crm.client").await, 1);
    let forced = CreateClientRequest { force: true, ..request };
    let made = create(&forced).await;
    assert!(made.candidates.is_empty());
    assert_eq!(create(&forced).await.client, made.client, "its repeat is the same");
    let another = CreateClientRequest {
        request_id: ClientId::new().to_string(),
        client: Some(draft("Вектор")),
        ..Default::default()
    };
    assert!(create(&another).await.client.is_some(), "nobody is like it");
}

#[tokio::test]
async fn a_repeated_create_whose_client_was_merged_meanwhile_is_a_repeat() {
    let world = World::start().await;
    let (caller, grpc) = (administrator(&world), ClientGrpc { db: world.db.clone() });
    let settings = duplicates::settings::Settings { check_on_create: true, ..Default::default() };
    duplicates::settings::update(&world.db, world.admin, None, settings).await.unwrap();
    let id = ClientId::new();
    let request =
        CreateClientRequest { request_id: id.to_string(), client: Some(draft("Romashka")), ..Default::default() };
    let create = async || grpc.create_client(caller.request(request.clone())).await.unwrap().into_inner();
    assert!(create().await.client.is_some());
    let original = named("ООО «Ромашка»");
    put(&world, std::slice::from_ref(&original)).await;
    merged(&world, original.id, &[id.0]).await;
    let repeat = create().await;
    assert!(repeat.candidates.is_empty());
    assert_eq!(repeat.client.unwrap().client_id, id.to_string());
    assert_eq!(world.count("select count(*) from crm.client").await, 2);
}
