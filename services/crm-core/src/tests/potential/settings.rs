use contracts::crm::{
    DirectoryKind, FieldType, GetPotentialSettingsRequest, PotentialPeriod, PotentialSettings,
    potential_service_server::PotentialService as _,
};
use rpc::Caller;
use tonic::Code;
use uuid::Uuid;

use super::{grpc, heading, own, settings, update};
use crate::{
    employees::domain::Role,
    tests::{cards::Desk, world::World},
};

async fn read(world: &World, by: &Caller) -> PotentialSettings {
    let request = by.request(GetPotentialSettingsRequest {});
    grpc(world).get_potential_settings(request).await.unwrap().into_inner().settings.unwrap()
}

fn departments(settings: &PotentialSettings) -> Vec<&str> {
    settings.departments.iter().map(|one| one.department_id.as_str()).collect()
}

// acceptance: PT-1
#[tokio::test]
async fn period_fields_and_what_departments_have_are_set_up_part_by_part() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, &desk.admin);
    let before = read(world, admin).await;
    assert_eq!((before.period, before.fields.len()), (PotentialPeriod::Year.into(), 0));
    assert!(before.available_fields.contains(&"segment_id".to_owned()));
    let sales = world.department("Продажи", None).await.to_string();
    let segment = desk.entry(DirectoryKind::Segment, "Розница").await;
    let yes = desk.field("Сеть", FieldType::YesNo, |_| {}).await;
    let yes = format!("custom_values:{}", yes.field_id);
    assert!(read(world, admin).await.available_fields.contains(&yes));

    let two =
        vec![own("", Some("1000"), &[(&yes, "true", "2")]), own(&sales, None, &[("segment_id", &segment, "1.40")])];
    let wanted = PotentialSettings {
        etag: before.etag.clone(),
        period: PotentialPeriod::Quarter.into(),
        ..settings(&["segment_id", &yes], two)
    };
    let (kept, _) = update(world, admin, wanted.clone(), &["period", "fields", "departments"]).await.unwrap();
    assert_eq!((kept.period, &kept.fields), (PotentialPeriod::Quarter.into(), &wanted.fields));
    assert_eq!(
        kept.departments,
        [own("", Some("1000.00"), &[(&yes, "true", "2")]), own(&sales, None, &[("segment_id", &segment, "1.4")])]
    );
    assert_eq!(read(world, admin).await, kept);

    // Others stay; what is named is replaced whole, and nothing of its own is nothing.
    let one = settings(&[], vec![own(&sales, Some("5"), &[])]);
    let (kept, _) = update(world, admin, one, &["departments"]).await.unwrap();
    assert_eq!((departments(&kept), kept.fields.len()), (vec!["", sales.as_str()], 2));
    assert_eq!((kept.departments[1].base_amount.as_deref(), kept.departments[1].weights.len()), (Some("5.00"), 0));
    let (kept, _) = update(world, admin, settings(&[], vec![own(&sales, None, &[])]), &["departments"]).await.unwrap();
    assert_eq!(departments(&kept), [""]);
    let stale = PotentialSettings { etag: before.etag, ..settings(&["kind"], Vec::new()) };
    assert_eq!(update(world, admin, stale, &["fields"]).await.unwrap_err().code(), Code::Aborted);

    let unknown = Uuid::now_v7().to_string();
    let text = desk.field("Заметка", FieldType::Text, |_| {}).await;
    let text = format!("custom_values:{}", text.field_id);
    let weights =
        |field: &str, value: &str, weight: &str| settings(&[], vec![own("", None, &[(field, value, weight)])]);
    let bad = [
        settings(&["name"], Vec::new()),
        settings(&["kind", "kind"], Vec::new()),
        settings(&[&text], Vec::new()),
        settings(&[&format!("custom_values:{unknown}")], Vec::new()),
        settings(&["kind"], vec![own(&unknown, Some("1"), &[])]),
        settings(&["kind"], vec![own("", Some("-1"), &[])]),
        weights("segment_id", &unknown, "1"),
        weights("region_id", &segment, "1"), // of another directory
        weights("kind", "3", "1"),
        weights("kind", "1", "1001"),
    ];
    for wanted in bad {
        let paths: &[&str] = if wanted.departments.is_empty() { &["fields"] } else { &["departments"] };
        let refused = update(world, admin, wanted.clone(), paths).await.unwrap_err().code();
        assert!(matches!(refused, Code::InvalidArgument | Code::NotFound), "{wanted:?}: {refused:?}");
    }
    let refused = update(world, admin, settings(&[], Vec::new()), &["period"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "an unspecified period");
}

// acceptance: PT-1
#[tokio::test]
async fn heads_set_up_their_departments_and_everybody_knows_what_they_inherit() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, &desk.admin);
    let root = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(root)).await;
    let (south, service) = (world.department("Юг", Some(sales)).await, world.department("Сервис", Some(root)).await);
    let head = heading(world.employee("head", &[Role::Operator, Role::Head], &[sales]).await.id);
    let seller = Caller::operator(world.employee("seller", &[Role::Operator], &[south]).await.id);
    let ids = [root, sales, south, service].map(|id| id.to_string());
    let all = std::iter::once("").chain(ids.iter().map(String::as_str));
    let all: Vec<_> = all.map(|id| own(id, Some("100"), &[])).collect();
    update(world, admin, settings(&["kind"], all), &["fields", "departments"]).await.unwrap();
    let [root, sales, south, service] = &ids;

    let one = |id: &str| settings(&["solvency"], vec![own(id, Some("200"), &[("kind", "2", "1.1")])]);
    // who, which department, whether
    let cases = [
        (&head, sales, true),
        (&head, south, true),
        (&head, service, false),
        (&head, root, false),
        (&head, &String::new(), false),
        (&seller, south, false),
        (admin, service, true),
    ];
    for (who, id, may) in cases {
        let answer = update(world, who, one(id), &["departments"]).await;
        match may {
            true => assert!(answer.is_ok(), "{who:?} {id}: {answer:?}"),
            false => assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied, "{who:?} {id}"),
        }
    }
    let both = settings(&[], vec![own(sales, None, &[]), own(service, None, &[])]);
    assert_eq!(update(world, &head, both, &["departments"]).await.unwrap_err().code(), Code::PermissionDenied);
    for paths in [&["fields"] as &[_], &["fields", "departments"]] {
        assert_eq!(update(world, &head, one(sales), paths).await.unwrap_err().code(), Code::PermissionDenied);
    }
    let refused = world.count("select count(*) from crm.audit where action = 'access.refused'").await;
    assert_eq!(refused, 7);

    let sorted = |settings: PotentialSettings| {
        let mut ids: Vec<String> = settings.departments.into_iter().map(|one| one.department_id).collect();
        ids.sort();
        ids
    };
    let those = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).chain([String::new()]).collect();
        ids.sort();
        ids
    };
    assert_eq!(sorted(read(world, &seller).await), those(&[root, sales, south]));
    assert_eq!(sorted(read(world, &head).await), those(&[root, sales, south]));
    assert_eq!(sorted(read(world, admin).await), those(&[root, sales, south, service]));
    assert_eq!(read(world, admin).await.fields, ["kind"]);
}
