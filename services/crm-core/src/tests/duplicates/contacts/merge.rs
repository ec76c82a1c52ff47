use std::collections::BTreeMap;

use contracts::{
    crm::{
        self, GetContactRequest, ListContactsRequest, ListMergesRequest, MergeChoice, MergeContactsRequest,
        UndoMergeRequest, UpdateContactRequest, contact_service_server::ContactService as _,
        duplicate_service_server::DuplicateService as _,
    },
    errors::ErrorReason,
};
use futures::future::join;
use rpc::{Caller, metadata_of, reason_of};
use serde_json::Value;
use tonic::Code;
use uuid::Uuid;

use super::{contact, custom_field, dialog, furnish, merged, phone, wanted};
use crate::{
    change::RequestHash,
    contacts::ContactGrpc,
    duplicates::{
        DuplicateError,
        invented::Luck,
        merge::{self, Wanted},
    },
    tests::{
        cards::mask,
        duplicates::{administrator, grpc, leading, merge::merged as clients_merged, named, plain, put},
        world::World,
    },
};

/// Everything that contacts and their clients have, but for revisions, times of change, and the history, which only grows.
async fn everything(world: &World) -> BTreeMap<&'static str, Value> {
    let mut all = super::super::merge::everything(world).await;
    all.remove("field_change");
    all
}

async fn two_clients(world: &World) -> [Uuid; 2] {
    let clients = [named("Ромашка"), named("Вектор")];
    put(world, &clients).await;
    clients.map(|client| client.id)
}

async fn undo(world: &World, id: Uuid) {
    merge::undo(&world.db, &leading(world), id).await.unwrap();
}

// acceptance: DD-7
#[tokio::test]
async fn merging_contacts_and_taking_it_back_leaves_everything_as_it_was() {
    let world = World::start().await;
    custom_field(&world).await;
    for seed in 0..12 {
        let mut luck = Luck(seed);
        let clients = two_clients(&world).await;
        let mut ids = Vec::new();
        for number in 0..5 {
            let id = contact(&world, clients[luck.below(2)], "Орлова", &format!("Анна {number}")).await;
            furnish(&world, id, &mut luck).await;
            ids.push(id);
        }
        for client in clients {
            dialog(&world, client, &format!("7999000000{}", luck.below(6))).await;
        }
        let before = everything(&world).await;
        let first = merged(&world, ids[0], &ids[1..3]).await;
        for counted in &first.counts {
            assert_eq!(counted.own + counted.moved, counted.total + counted.repeated, "{counted:?}");
        }
        let between = everything(&world).await;
        let (original, other) = if luck.below(2) == 0 { (ids[3], ids[0]) } else { (ids[0], ids[3]) };
        let second = merged(&world, original, &[other]).await;
        let early = merge::undo(&world.db, &leading(&world), first.id).await;
        assert!(matches!(early, Err(DuplicateError::ContactMerged(_))), "the later one first");
        for _ in 0..2 {
            undo(&world, second.id).await;
        }
        assert_eq!(everything(&world).await, between, "seed {seed}, the second");
        undo(&world, first.id).await;
        assert_eq!(everything(&world).await, before, "seed {seed}, the first");
    }
}

// acceptance: DD-5, DD-6
#[tokio::test]
async fn a_contact_of_another_client_comes_with_its_addresses_and_dialogs() {
    let world = World::start().await;
    let [here, there] = two_clients(&world).await;
    let anna = contact(&world, here, "Орлова", "Анна").await;
    let again = contact(&world, there, "Орлова", "Аня").await;
    let colleague = contact(&world, there, "Гусев", "Пётр").await;
    phone(&world, again, "79990000001", true).await;
    for owner in [again, colleague] {
        phone(&world, owner, "79990000002", false).await;
    }
    let (own, shared) = (dialog(&world, there, "79990000001").await, dialog(&world, there, "79990000002").await);
    world.sql(&format!("update crm.client set main_contact_id = '{again}' where client_id = '{there}'")).await;
    let merge = merged(&world, anna, &[again]).await;
    let owner = async |point: Uuid| -> Uuid {
        let sql = "select client_id from crm_read.contact_point_client where contact_point_id = $1";
        sqlx::query_scalar(sql).bind(point).fetch_one(&world.db.pool).await.unwrap()
    };
    assert_eq!((owner(own).await, owner(shared).await), (here, there), "a switchboard is nobody's alone");
    let count = |kind: &str| merge.counts.iter().find(|count| count.kind == kind).unwrap().total;
    assert_eq!((count("contact_point"), count("address")), (1, 2));
    let strayed =
        "select count(*) from crm.address a join crm.contact k using (contact_id) where a.client_id <> k.client_id";
    assert_eq!(world.count(strayed).await, 0);
    let main = format!("select count(*) from crm.client where client_id = '{there}' and main_contact_id is null");
    assert_eq!(world.count(&main).await, 1);
    assert_eq!(
        (world.audited(anna).await, world.audited(again).await),
        (vec!["contact.merge".into()], vec!["contact.merge".into()])
    );

    let (contacts, caller) = (ContactGrpc { db: world.db.clone() }, administrator(&world));
    let request = ListContactsRequest { client_id: there.to_string(), ..Default::default() };
    let listed = contacts.list_contacts(caller.request(request)).await.unwrap().into_inner().contacts;
    assert_eq!(listed.iter().map(|one| one.contact_id.as_str()).collect::<Vec<_>>(), [colleague.to_string()]);
    let request = GetContactRequest { contact_id: again.to_string() };
    let gone = contacts.get_contact(caller.request(request)).await.unwrap().into_inner().contact.unwrap();
    assert_eq!(gone.merged_into_contact_id, anna.to_string());
    let request = UpdateContactRequest {
        contact: Some(crm::Contact {
            contact_id: again.to_string(), comment: "Поздно".into(), ..Default::default()
        }),
        update_mask: mask(&["comment"]),
    };
    let refused = contacts.update_contact(caller.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ContactMerged));
    assert_eq!(metadata_of(&refused)["contact_id"], anna.to_string());

    undo(&world, merge.id).await;
    assert_eq!((owner(own).await, owner(shared).await), (there, there));
    let main = format!("select count(*) from crm.client where client_id = '{there}' and main_contact_id = '{again}'");
    assert_eq!(world.count(&main).await, 1);
}

#[tokio::test]
async fn what_differs_in_contacts_is_asked_and_the_merge_is_on_record() {
    let world = World::start().await;
    custom_field(&world).await;
    let [here, _] = two_clients(&world).await;
    let (anna, again) = (contact(&world, here, "Орлова", "Анна").await, contact(&world, here, "Орлова", "Аня").await);
    for (id, text) in [(anna, "Утром"), (again, "Вечером")] {
        world
            .sql(&format!(
                "update crm.contact set interests = '{text}' where contact_id = '{id}';
                 insert into crm.custom_value (object_id, field_id, text_value)
                 select '{id}', field_id, '{text}' from crm.custom_field"
            ))
            .await;
    }
    let field: Uuid =
        sqlx::query_scalar("select field_id from crm.custom_field").fetch_one(&world.db.pool).await.unwrap();
    let custom = format!("custom_values:{field}");
    let (grpc, caller) = (grpc(&world), administrator(&world));
    let mut request = MergeContactsRequest {
        request_id: Uuid::now_v7().to_string(),
        contact_id: anna.to_string(),
        other_contact_ids: vec![again.to_string()],
        ..Default::default()
    };
    let refused = grpc.merge_contacts(caller.request(request.clone())).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::MergeConflict));
    assert_eq!(metadata_of(&refused)["fields"], format!("interests,{custom}"));
    let choice = |field: &str, contact: Uuid| MergeChoice {
        field: field.to_owned(),
        contact_id: contact.to_string(),
        ..Default::default()
    };
    let photo = MergeContactsRequest { choices: vec![choice("photo", anna)], ..request.clone() };
    assert_eq!(grpc.merge_contacts(caller.request(photo)).await.unwrap_err().code(), Code::InvalidArgument);
    request.choices = vec![choice("interests", again), choice(&custom, anna), choice("name", again)];
    let stale = MergeContactsRequest { etag: rpc::etag(7), ..request.clone() };
    assert_eq!(grpc.merge_contacts(caller.request(stale)).await.unwrap_err().code(), Code::Aborted);
    let merge = grpc.merge_contacts(caller.request(request)).await.unwrap().into_inner().merge.unwrap();
    assert_eq!((merge.kind(), merge.client_id.as_str()), (crm::DuplicateKind::Contact, here.to_string().as_str()));
    let now = format!(
        "select count(*) from crm.contact where contact_id = '{anna}' and name = 'Орлова Аня' and given_name = 'Аня'
             and search_name = 'орлова аня' and interests = 'Вечером'"
    );
    assert_eq!(world.count(&now).await, 1);
    let history = format!("select count(*) from crm.field_change where contact_id = '{anna}' and field = 'given_name'");
    assert_eq!(world.count(&history).await, 1);

    let listed =
        async |request: ListMergesRequest| grpc.list_merges(caller.request(request)).await.unwrap().into_inner().merges;
    let kind = crm::DuplicateKind::Contact.into();
    assert_eq!(listed(ListMergesRequest { kind, ..Default::default() }).await, std::slice::from_ref(&merge));
    assert!(listed(ListMergesRequest::default()).await.is_empty(), "merges of clients");
    let of_one = ListMergesRequest { contact_id: again.to_string(), ..Default::default() };
    assert_eq!(listed(of_one).await, std::slice::from_ref(&merge));
    let request = UndoMergeRequest { merge_id: merge.merge_id };
    let undone = grpc.undo_merge(caller.request(request)).await.unwrap().into_inner().merge.unwrap();
    assert!(undone.undone_at.is_some());
    assert_eq!(world.count(&now).await, 0);
    world.sql("update crm.merge set undone_at = null, merged_at = now() - interval '31 days'").await;
    let request = UndoMergeRequest { merge_id: undone.merge_id };
    let refused = grpc.undo_merge(caller.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::MergeTooOld));
}

// acceptance: DD-9
#[tokio::test]
async fn the_same_request_merges_contacts_once_and_overlapping_ones_conflict() {
    let world = World::start().await;
    let [here, there] = two_clients(&world).await;
    let a = contact(&world, here, "Орлова", "Анна").await;
    let b = contact(&world, there, "Орлова", "Анна").await;
    let c = contact(&world, there, "Орлова", "Аня").await;
    let (by, once) = (leading(&world), wanted(a, &[b]));
    let both = join(merge::merge(&world.db, &by, once.clone()), merge::merge(&world.db, &by, once.clone())).await;
    assert_eq!(both.0.unwrap().id, both.1.unwrap().id);
    assert_eq!(world.count("select count(*) from crm.merge").await, 1);
    let reused = Wanted { request: RequestHash::of(b"another"), ..once.clone() };
    assert!(merge::merge(&world.db, &by, reused).await.is_err());
    undo(&world, once.id).await;
    let (one, other) =
        join(merge::merge(&world.db, &by, wanted(a, &[b])), merge::merge(&world.db, &by, wanted(c, &[b]))).await;
    let merged = |answer: &Result<_, _>| matches!(answer, Err(DuplicateError::ContactMerged(_)));
    assert_eq!([merged(&one), merged(&other)].iter().filter(|merged| **merged).count(), 1, "{one:?} {other:?}");
}

#[tokio::test]
async fn contacts_merge_while_their_clients_come_and_go() {
    let world = World::start().await;
    let [here, there] = two_clients(&world).await;
    let (anna, again) = (contact(&world, here, "Орлова", "Анна").await, contact(&world, there, "Орлова", "Анна").await);
    for id in [anna, again] {
        phone(&world, id, "79990000001", true).await;
    }
    phone(&world, again, "79990000002", false).await;
    let before = everything(&world).await;
    // Whichever was first is taken back last: what the one moved the other may have moved on.
    let contacts = merged(&world, anna, &[again]).await;
    let clients = clients_merged(&world, there, &[here]).await;
    let refused = merge::undo(&world.db, &leading(&world), contacts.id).await;
    assert!(matches!(refused, Err(DuplicateError::ContactMerged(id)) if id.0 == anna), "{refused:?}");
    undo(&world, clients.id).await;
    undo(&world, contacts.id).await;
    assert_eq!(everything(&world).await, before);
    let clients = clients_merged(&world, here, &[there]).await;
    let contacts = merged(&world, anna, &[again]).await;
    let refused = merge::undo(&world.db, &leading(&world), clients.id).await;
    assert!(matches!(refused, Err(DuplicateError::Merged(id)) if id.0 == here), "{refused:?}");
    undo(&world, contacts.id).await;
    undo(&world, clients.id).await;
    assert_eq!(everything(&world).await, before);
}

// acceptance: DD-3
#[tokio::test]
async fn contacts_are_merged_by_those_who_may_merge_their_clients() {
    let world = World::start().await;
    let [here, there] = two_clients(&world).await;
    let (anna, again) = (contact(&world, here, "Орлова", "Анна").await, contact(&world, there, "Орлова", "Анна").await);
    let operator = world.operator("operator1").await;
    let other = world.operator("operator2").await;
    let own = |client: Uuid, who: model::EmployeeId| {
        format!("update crm.client set responsible_employee_id = '{who}' where client_id = '{client}'")
    };
    world.sql(&own(here, operator.id)).await;
    world.sql(&own(there, other.id)).await;
    let by = plain(operator.id);
    let refused = merge::merge(&world.db, &by, wanted(anna, &[again])).await;
    assert!(matches!(refused, Err(DuplicateError::Permission)), "{refused:?}");
    world.sql("update crm.client_settings set restricted = true").await;
    let refused = merge::merge(&world.db, &by, wanted(anna, &[again])).await;
    assert!(matches!(refused, Err(DuplicateError::ContactNotFound(id)) if id.0 == again), "{refused:?}");
    world.sql(&own(there, operator.id)).await;
    let done = merge::merge(&world.db, &by, wanted(anna, &[again])).await.unwrap();
    let caller = Caller::operator(other.id);
    let request = UndoMergeRequest { merge_id: done.id.to_string() };
    let refused = grpc(&world).undo_merge(caller.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::MergeNotFound));
    merge::undo(&world.db, &by, done.id).await.unwrap();
}
