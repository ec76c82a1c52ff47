use futures::future::join_all;
use model::{ClientId, ContactPointId};
use uuid::Uuid;

use super::world::World;
use crate::{
    change::RequestHash,
    clients::{
        ClientError,
        domain::{Address, AddressKind, Card, Client, Draft, Kind, NewClient},
        link, ops,
    },
    error::Fault,
};

const PHONE: i32 = 1;
const USERNAME: i32 = 2;
const EMAIL: i32 = 3;

pub fn new_client(name: &str, addresses: &[(AddressKind, &str)]) -> NewClient {
    NewClient {
        id: ClientId::new(),
        request: RequestHash::of(name.as_bytes()),
        draft: Draft {
            name: name.into(),
            kind: Kind::Person,
            addresses: addresses.iter().map(|(kind, value)| Address::typed(*kind, value).unwrap()).collect(),
            responsible: None,
            comment: String::new(),
            card: Card::default(),
            custom: Vec::new(),
        },
    }
}

pub async fn client(world: &World, name: &str, addresses: &[(AddressKind, &str)]) -> Client {
    ops::create(&world.db, world.admin, new_client(name, addresses), None).await.unwrap()
}

async fn published_owner(world: &World, point: ContactPointId) -> Option<Uuid> {
    let sql = "select client_id from crm_read.contact_point_client where contact_point_id = $1";
    sqlx::query_scalar(sql).bind(point.0).fetch_optional(&world.db.pool).await.unwrap()
}

fn phones(client: &Client) -> Vec<&str> {
    let phones = client.addresses.iter().filter(|address| address.kind == AddressKind::Phone);
    phones.map(|address| address.normalized.as_str()).collect()
}

#[tokio::test]
async fn creating_twice_with_one_request_creates_once_and_links_once() {
    let world = World::start().await;
    let point = world.contact_point("Покупатель 1", &[(PHONE, "+7 999 000-00-01")]).await;
    let new = new_client("Покупатель 1", &[(AddressKind::Email, "Buyer1@Example.com")]);
    let create = || ops::create(&world.db, world.admin, new.clone(), Some(point));
    let all = join_all((0..6).map(|_| create())).await;
    let first = all[0].as_ref().unwrap();
    assert!(all.iter().all(|one| one.as_ref().unwrap() == first), "{all:?}");
    assert_eq!((first.contact_points.as_slice(), phones(first)), ([point].as_slice(), vec!["79990000001"]));
    assert_eq!(world.audited(first.id.0).await, ["client.create"]);
    let other = NewClient { request: RequestHash::of(b"another"), ..new };
    let reused = ops::create(&world.db, world.admin, other, None).await;
    assert!(matches!(reused, Err(ClientError::Fault(Fault::RequestReused))));
}

#[tokio::test]
async fn a_link_brings_what_the_channel_knows_and_takes_it_along() {
    let world = World::start().await;
    let aliases = [(PHONE, "+7 999 000-00-01"), (USERNAME, "@buyer_1"), (EMAIL, "buyer1@example.com")];
    let point = world.contact_point("Покупатель 1", &aliases).await;
    let one = client(&world, "Первый", &[(AddressKind::Phone, "8 999 000 00 01")]).await;
    let other = client(&world, "Второй", &[]).await;

    let linked = link::link(&world.db, world.admin, point, one.id, false).await.unwrap();
    assert_eq!((linked.contact_points.as_slice(), phones(&linked)), ([point].as_slice(), vec!["79990000001"]));
    assert_eq!(published_owner(&world, point).await, Some(one.id.0));
    assert_eq!(
        link::link(&world.db, world.admin, point, one.id, false).await.unwrap(),
        linked,
        "repeating is harmless"
    );

    let Err(ClientError::Linked { client_id, client_name }) =
        link::link(&world.db, world.admin, point, other.id, false).await
    else {
        panic!("taken without asking")
    };
    assert_eq!((client_id, client_name.as_str()), (one.id, "Первый"));
    let moved = link::link(&world.db, world.admin, point, other.id, true).await.unwrap();
    assert_eq!(phones(&moved), ["79990000001"]);
    let left = ops::get(&world.db, world.admin, one.id).await.unwrap();
    assert_eq!(phones(&left), ["79990000001"], "what was typed in stays");
    assert!(left.contact_points.is_empty() && left.addresses.len() == 1);
    assert_eq!(published_owner(&world, point).await, Some(other.id.0));

    link::unlink(&world.db, world.admin, point).await.unwrap();
    link::unlink(&world.db, world.admin, point).await.unwrap();
    assert_eq!(published_owner(&world, point).await, None);
    assert!(ops::get(&world.db, world.admin, other.id).await.unwrap().addresses.is_empty());
    assert_eq!(world.audited(point.0).await, ["contact_point.link"; 3]);
}

#[tokio::test]
async fn many_who_link_one_contact_point_at_once_give_it_to_one_client() {
    let world = World::start().await;
    let point = world.contact_point("Покупатель 1", &[(PHONE, "+79990000001")]).await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(client(&world, &format!("Клиент {number}"), &[]).await.id);
    }
    let answers = join_all(ids.iter().map(|id| link::link(&world.db, world.admin, point, *id, false))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let linked = answers.iter().filter(|answer| matches!(answer, Err(ClientError::Linked { .. }))).count();
    assert_eq!(linked, 5, "{answers:?}");
    assert_eq!(world.count("select count(*) from crm.address").await, 1);
}

#[tokio::test]
async fn many_who_link_many_points_to_one_client_do_not_block_each_other_for_good() {
    let world = World::start().await;
    let (one, other) = (client(&world, "Первый", &[]).await.id, client(&world, "Второй", &[]).await.id);
    let mut points = Vec::new();
    for number in 0..10 {
        points.push(world.contact_point(&format!("Точка {number}"), &[]).await);
    }
    let there = points.iter().map(|point| link::link(&world.db, world.admin, *point, one, true));
    assert!(join_all(there).await.iter().all(Result::is_ok));
    let apart = points.iter().enumerate().map(|(number, point)| {
        let to = if number % 2 == 0 { other } else { one };
        link::link(&world.db, world.admin, *point, to, true)
    });
    let apart = join_all(apart).await;
    assert!(apart.iter().all(Result::is_ok), "{apart:?}");
    assert_eq!(ops::get(&world.db, world.admin, other).await.unwrap().contact_points.len(), 5);
}

#[tokio::test]
async fn who_and_what_is_linked_must_exist() {
    let world = World::start().await;
    let client = client(&world, "Первый", &[]).await;
    let nobody = link::link(&world.db, world.admin, ContactPointId::new(), client.id, false).await;
    assert!(matches!(nobody, Err(ClientError::ContactPointNotFound(_))));
    let point = world.contact_point("Покупатель 1", &[]).await;
    let nobody = link::link(&world.db, world.admin, point, ClientId::new(), false).await;
    assert!(matches!(nobody, Err(ClientError::NotFound(_))));
    let mut new = new_client("Второй", &[]);
    new.draft.responsible = Some(model::EmployeeId::new());
    assert!(matches!(ops::create(&world.db, world.admin, new, None).await, Err(ClientError::ResponsibleNotFound)));
}

#[tokio::test]
async fn a_contact_point_is_offered_to_those_who_share_something() {
    let world = World::start().await;
    let by_name = client(&world, "Покупатель Ёлкин", &[]).await;
    let by_phone = client(&world, "Кто-то", &[(AddressKind::Phone, "8 (999) 000-00-01")]).await;
    let by_both = client(&world, "Фирма", &[(AddressKind::Email, "BUYER@example.com")]).await;
    let earlier = world.contact_point("Раньше", &[(USERNAME, "Buyer_1")]).await;
    link::link(&world.db, world.admin, earlier, by_both.id, false).await.unwrap();
    client(&world, "Чужой", &[(AddressKind::Phone, "+7 999 000-00-02")]).await;

    let aliases = [(PHONE, "79990000001"), (USERNAME, "@buyer_1"), (EMAIL, "buyer@example.com")];
    let point = world.contact_point(" покупатель елкин", &aliases).await;
    let found = ops::suggest(&world.db, world.admin, point).await.unwrap();
    let found: Vec<_> = found.iter().map(|(client, why)| (client.id, why.addresses.clone(), why.name)).collect();
    assert_eq!(
        found,
        [
            (by_phone.id, vec![AddressKind::Phone], false),
            (by_both.id, vec![AddressKind::Email, AddressKind::Username], false),
            (by_name.id, vec![], true),
        ]
    );
    link::link(&world.db, world.admin, point, by_phone.id, false).await.unwrap();
    assert_eq!(ops::suggest(&world.db, world.admin, point).await.unwrap().len(), 2, "its own client is no suggestion");
}

#[tokio::test]
async fn what_somebody_claims_recognises_nobody() {
    let world = World::start().await;
    let known = client(&world, "Покупатель 1", &[(AddressKind::Phone, "+7 999 000-00-01")]).await;
    let point = world.contact_point("Кто-то", &[(PHONE, "+7 999 000-00-01")]).await;
    world.sql("update inbox_read.contact_point set aliases = jsonb_set(aliases, '{0,claimed}', 'true')").await;
    assert!(ops::suggest(&world.db, world.admin, point).await.unwrap().is_empty());
    let other = client(&world, "Покупатель 2", &[]).await;
    let linked = link::link(&world.db, world.admin, point, other.id, false).await.unwrap();
    assert!(linked.addresses.is_empty(), "it is no address of the client");
    let matches = "select count(*) from crm_read.address_client where normalized = '79990000001'";
    assert_eq!(world.count(matches).await, 1, "{:?}", known.id);
}

#[tokio::test]
async fn a_link_to_a_joined_contact_point_is_one_to_the_other() {
    let world = World::start().await;
    let stays = world.contact_point("Покупатель 1", &[]).await;
    let joined = world.contact_point("Покупатель 1", &[]).await;
    let sql =
        format!("update inbox_read.contact_point set joined_into = '{stays}' where contact_point_id = '{joined}'");
    world.sql(&sql).await;
    let owner = client(&world, "Покупатель 1", &[]).await;
    link::link(&world.db, world.admin, joined, owner.id, false).await.unwrap();
    assert_eq!(published_owner(&world, stays).await, Some(owner.id.0));
    assert_eq!(published_owner(&world, joined).await, None);
}
