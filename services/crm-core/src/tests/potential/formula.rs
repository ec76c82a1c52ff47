use contracts::crm::{
    Client, CustomValue, FieldOption, FieldType, PotentialPeriod, UpdateCustomFieldRequest, custom_value::Value,
    field_service_server::FieldService as _,
};
use uuid::Uuid;

use super::{client, own, potential_of, set_up};
use crate::{
    employees::domain::Role,
    tests::cards::{Desk, company, mask},
};

// acceptance: PT-1, PT-2
#[tokio::test]
async fn a_client_comes_to_the_base_amount_times_the_nearest_weights() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let root = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(root)).await;
    let south = world.department("Юг", Some(sales)).await;
    let service = world.department("Сервис", Some(root)).await;
    let employee = async |login: &str, departments: &[model::DepartmentId]| {
        world.employee(login, &[Role::Operator], departments).await.id.to_string()
    };
    let (seller, southerner, server) = (
        employee("seller", &[sales]).await,
        employee("southerner", &[south]).await,
        employee("server", &[service]).await,
    );
    let both = employee("both", &[south, root]).await;
    let [sales, south, root, service] = [sales, south, root, service].map(|id| id.to_string());
    let whole = [("importance", "4", "2"), ("importance", "3", "1.50"), ("solvency", "3", "1.1")];
    let departments = vec![
        own("", Some("1000"), &whole),
        own(&sales, Some("2000"), &[("importance", "4", "3")]),
        own(&south, None, &[("solvency", "3", "0.3333"), ("importance", "1", "0"), ("kind", "2", "7")]),
    ];
    set_up(&desk, &["importance", "solvency"], departments).await;

    // who answers, importance, solvency; what it comes to, in which department; base and weights, and from where
    type Case<'a> = (&'a str, i32, i32, &'a str, &'a str, (&'a str, &'a str), &'a [(&'a str, &'a str, &'a str)]);
    let at_sales = ("2000.00", sales.as_str());
    let cases: [Case<'_>; 9] = [
        ("", 0, 0, "1000.00", "", ("1000.00", ""), &[]),
        ("", 4, 3, "2200.00", "", ("1000.00", ""), &[("4", "2", ""), ("3", "1.1", "")]),
        (&seller, 4, 3, "6600.00", &sales, at_sales, &[("4", "3", &sales), ("3", "1.1", "")]),
        (&southerner, 4, 3, "1999.80", &south, at_sales, &[("4", "3", &sales), ("3", "0.3333", &south)]),
        (&southerner, 3, 3, "999.90", &south, at_sales, &[("3", "1.5", ""), ("3", "0.3333", &south)]),
        (&southerner, 1, 0, "0.00", &south, at_sales, &[("1", "0", &south)]),
        (&southerner, 2, 0, "2000.00", &south, at_sales, &[("2", "1", "")]),
        (&server, 4, 0, "2000.00", &service, ("1000.00", ""), &[("4", "2", "")]),
        (&both, 4, 0, "2000.00", &root, ("1000.00", ""), &[("4", "2", "")]), // of two departments in the older
    ];
    for (number, (who, importance, solvency, amount, department, base, weights)) in cases.into_iter().enumerate() {
        let made = client(&desk, &format!("Покупатель {number}"), who, importance, solvency).await;
        let found = potential_of(world, &desk.admin, &made.client_id).await.unwrap();
        assert_eq!((found.amount.as_deref(), found.counted.as_deref()), (Some(amount), Some(amount)), "{number}");
        assert_eq!(
            (found.department_id.as_str(), found.base_amount.as_deref()),
            (department, Some(base.0)),
            "{number}"
        );
        assert_eq!(found.base_department_id, base.1, "{number}");
        let factors: Vec<_> = found
            .factors
            .iter()
            .map(|one| (one.value.as_str(), one.weight.as_str(), one.department_id.as_str()))
            .collect();
        assert_eq!(factors, weights, "{number}");
        let unset: Vec<_> = found.factors.iter().filter(|one| one.unset).map(|one| one.value.as_str()).collect();
        assert_eq!(unset, if importance == 2 { vec!["2"] } else { vec![] }, "{number}");
        assert_eq!(found.period, i32::from(PotentialPeriod::Year), "{number}");
        assert!(found.counted_at.is_some() && !found.stale && found.by_hand.is_none(), "{number}");
    }
}

#[tokio::test]
async fn the_product_is_exact_and_rounded_once() {
    let desk = Desk::start().await;
    // base amount, weights of importance and solvency, what they come to
    let cases = [
        ("0.15", "0.1", "1", "0.02"), // halves up
        ("0.05", "0.1", "0.5", "0.00"),
        ("0.05", "0.1", "1", "0.01"),
        ("333.33", "0.3333", "1.1", "122.21"),
        ("100", "0.0001", "0.0001", "0.00"),
        ("9999999999999.99", "999.9999", "999.9999", "9999998000000090000.00"),
        ("0", "1000", "1000", "0.00"),
    ];
    let mut made = client(&desk, "Покупатель 1", "", 4, 3).await;
    assert!(potential_of(&desk.world, &desk.admin, &made.client_id).await.unwrap().amount.is_none(), "not set up");
    for (number, (base, one, other, amount)) in cases.into_iter().enumerate() {
        let weights = [("importance", "4", one), ("solvency", "3", other)];
        set_up(&desk, &["solvency", "importance"], vec![own("", Some(base), &weights)]).await;
        let next = Client { comment: number.to_string(), ..made.clone() };
        made = desk.update(Client { etag: String::new(), ..next }, &["comment"]).await.unwrap();
        let found = potential_of(&desk.world, &desk.admin, &made.client_id).await.unwrap();
        assert_eq!(found.amount.as_deref(), Some(amount), "{base} × {one} × {other}");
        let fields: Vec<_> = found.factors.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["solvency", "importance"], "in the order of the settings");
    }
    set_up(&desk, &["importance"], vec![own("", None, &[("importance", "4", "2")])]).await;
    desk.update(Client { etag: String::new(), ..made.clone() }, &["comment"]).await.unwrap();
    let found = potential_of(&desk.world, &desk.admin, &made.client_id).await.unwrap();
    assert_eq!((found.amount, found.counted, found.factors.len()), (None, None, 1), "without a base amount");
}

#[tokio::test]
async fn custom_fields_with_few_values_take_part_until_they_are_archived() {
    let desk = Desk::start().await;
    let option = Uuid::now_v7().to_string();
    let network = desk.field("Сеть", FieldType::YesNo, |_| {}).await;
    let listed = |field: &mut contracts::crm::CustomField| {
        field.options = vec![FieldOption { option_id: option.clone(), name: "Опт".into(), archived: false }];
    };
    let way = desk.field("Способ", FieldType::List, listed).await;
    let name = |id: &str| format!("custom_values:{id}");
    let (network_name, way_name) = (name(&network.field_id), name(&way.field_id));
    let weights = [
        (network_name.as_str(), "true", "1.2"),
        (network_name.as_str(), "false", "0.5"),
        (way_name.as_str(), option.as_str(), "2"),
    ];
    set_up(&desk, &[&way_name, &network_name], vec![own("", Some("100"), &weights)]).await;

    let values = vec![
        CustomValue { field_id: network.field_id.clone(), value: Some(Value::Yes(false)) },
        CustomValue { field_id: way.field_id.clone(), value: Some(Value::OptionId(option.clone())) },
    ];
    let made = desk.create(Client { custom_values: values, ..company("Покупатель 1") }).await.unwrap();
    let found = potential_of(&desk.world, &desk.admin, &made.client_id).await.unwrap();
    assert_eq!(found.amount.as_deref(), Some("100.00"), "100 × 2 × 0.5");
    assert_eq!(found.factors.iter().map(|one| one.weight.as_str()).collect::<Vec<_>>(), ["2", "0.5"]);
    assert_eq!((&found.factors[0].field, &found.factors[0].value), (&way_name, &option));

    let archived = contracts::crm::CustomField { archived: true, etag: String::new(), ..network };
    let request = UpdateCustomFieldRequest { field: Some(archived), update_mask: mask(&["archived"]) };
    desk.fields.update_custom_field(desk.admin.request(request)).await.unwrap();
    desk.update(Client { etag: String::new(), ..made.clone() }, &["comment"]).await.unwrap();
    let found = potential_of(&desk.world, &desk.admin, &made.client_id).await.unwrap();
    assert_eq!((found.amount.as_deref(), found.factors.len()), (Some("200.00"), 1));
}
