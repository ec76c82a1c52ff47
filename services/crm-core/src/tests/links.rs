//! What clients are to each other.

use contracts::{
    crm::{
        ClientLink, CreateClientLinkRequest, CreateDirectoryEntryRequest, DeleteClientLinkRequest, DirectoryEntry,
        DirectoryKind, ListClientChangesRequest, ListClientLinksRequest, ListDirectoryEntriesRequest,
        UpdateClientLinkRequest, client_link_service_server::ClientLinkService as _,
        client_service_server::ClientService as _, directory_service_server::DirectoryService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    cards::{Desk, company, mask},
    duplicates::{leading, merge::merged},
};
use crate::{duplicates::merge, links::ClientLinkGrpc};

fn grpc(desk: &Desk) -> ClientLinkGrpc {
    ClientLinkGrpc { db: desk.world.db.clone() }
}

/// One of those that are there from the start.
async fn kind(desk: &Desk, name: &str) -> DirectoryEntry {
    let request = ListDirectoryEntriesRequest { kinds: vec![DirectoryKind::ClientLink.into()], ..Default::default() };
    let all = desk.directories.list_directory_entries(desk.admin.request(request)).await.unwrap().into_inner().entries;
    assert_eq!(all.len(), 6, "{all:?}");
    all.into_iter().find(|entry| entry.name == name).unwrap()
}

#[tokio::test]
async fn usual_kinds_are_there_from_the_start_and_others_are_made() {
    let desk = Desk::start().await;
    assert_eq!(kind(&desk, "Головная компания").await.reverse_name, "Филиал");
    assert_eq!(kind(&desk, "Партнёр").await.reverse_name, "", "the same from both sides");
    let entry = DirectoryEntry {
        kind: DirectoryKind::ClientLink.into(),
        name: "Наставник".into(),
        reverse_name: "Ученик".into(),
        ..Default::default()
    };
    let request = CreateDirectoryEntryRequest { request_id: Uuid::now_v7().to_string(), entry: Some(entry) };
    let made = desk.directories.create_directory_entry(desk.admin.request(request)).await.unwrap().into_inner();
    assert_eq!(made.entry.unwrap().reverse_name, "Ученик");
}

fn link(client: &str, other: &str, kind: &str) -> ClientLink {
    ClientLink { client_id: client.into(), other_client_id: other.into(), kind_id: kind.into(), ..Default::default() }
}

async fn create(desk: &Desk, by: &Caller, link: ClientLink) -> Result<ClientLink, Status> {
    let request = CreateClientLinkRequest { request_id: Uuid::now_v7().to_string(), link: Some(link) };
    Ok(grpc(desk).create_client_link(by.request(request)).await?.into_inner().link.unwrap())
}

async fn listed(desk: &Desk, by: &Caller, client: &str) -> Result<Vec<ClientLink>, Status> {
    let request = ListClientLinksRequest { client_id: client.into() };
    Ok(grpc(desk).list_client_links(by.request(request)).await?.into_inner().links)
}

async fn three(desk: &Desk) -> [String; 3] {
    let mut ids = Vec::new();
    for name in ["Альфа", "Бета", "Гамма"] {
        ids.push(desk.create(company(name)).await.unwrap().client_id);
    }
    ids.try_into().unwrap()
}

#[tokio::test]
async fn a_link_is_on_both_cards_and_called_from_each_side() {
    let desk = Desk::start().await;
    let [alpha, beta, _] = three(&desk).await;
    let parent = kind(&desk, "Головная компания").await.entry_id;
    // Said on the card of the parent: the other one is its branch.
    let wanted = ClientLink {
        reversed: true,
        linked_from: "2020-01-01".into(),
        note: "По договору".into(),
        ..link(&alpha, &beta, &parent)
    };
    let (grpc, admin) = (grpc(&desk), desk.admin.clone());
    let request = CreateClientLinkRequest { request_id: Uuid::now_v7().to_string(), link: Some(wanted.clone()) };
    let made = grpc.create_client_link(admin.request(request.clone())).await.unwrap().into_inner().link.unwrap();
    let again = grpc.create_client_link(admin.request(request)).await.unwrap().into_inner().link.unwrap();
    assert_eq!((&made, made.reversed, made.other_name.as_str()), (&again, true, "Бета"));
    let from_beta = listed(&desk, &admin, &beta).await.unwrap();
    let [seen] = from_beta.as_slice() else { panic!("{from_beta:?}") };
    assert_eq!((seen.reversed, seen.other_name.as_str(), seen.note.as_str()), (false, "Альфа", "По договору"));

    let twice = create(&desk, &admin, wanted.clone()).await.unwrap_err();
    assert_eq!((twice.code(), reason_of(&twice)), (Code::AlreadyExists, Some(ErrorReason::ClientLinkExists)));
    let itself = create(&desk, &admin, link(&alpha, &alpha, &parent)).await.unwrap_err();
    assert_eq!(itself.code(), Code::InvalidArgument);
    let tag = desk.entry(DirectoryKind::Tag, "Тег").await;
    let no_kind = create(&desk, &admin, link(&alpha, &beta, &tag)).await.unwrap_err();
    assert_eq!(reason_of(&no_kind), Some(ErrorReason::DirectoryEntryNotFound));
    // Partners are partners from both sides.
    let partner = kind(&desk, "Партнёр").await.entry_id;
    create(&desk, &admin, link(&alpha, &beta, &partner)).await.unwrap();
    let mirrored = create(&desk, &admin, link(&beta, &alpha, &partner)).await.unwrap_err();
    assert_eq!(reason_of(&mirrored), Some(ErrorReason::ClientLinkExists));

    let changed = ClientLink {
        link_id: made.link_id.clone(),
        etag: made.etag.clone(),
        client_id: beta.clone(),
        linked_until: "2024-12-31".into(),
        ..Default::default()
    };
    let request = UpdateClientLinkRequest { link: Some(changed.clone()), update_mask: mask(&["linked_until"]) };
    let after = grpc.update_client_link(admin.request(request.clone())).await.unwrap().into_inner().link.unwrap();
    assert_eq!((after.client_id.as_str(), after.reversed), (beta.as_str(), false));
    assert_eq!((after.linked_from.as_str(), after.linked_until.as_str()), ("2020-01-01", "2024-12-31"));
    let stale = grpc.update_client_link(admin.request(request)).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let backwards = ClientLink { etag: after.etag.clone(), linked_until: "2019-01-01".into(), ..changed };
    let request = UpdateClientLinkRequest { link: Some(backwards), update_mask: mask(&["linked_until"]) };
    assert_eq!(grpc.update_client_link(admin.request(request)).await.unwrap_err().code(), Code::InvalidArgument);

    let request = DeleteClientLinkRequest { link_id: made.link_id.clone(), etag: after.etag };
    grpc.delete_client_link(admin.request(request.clone())).await.unwrap();
    let gone = grpc.delete_client_link(admin.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&gone), Some(ErrorReason::ClientLinkNotFound));
    assert_eq!(listed(&desk, &admin, &beta).await.unwrap().len(), 1, "partners still");
    for client in [&alpha, &beta] {
        let request =
            ListClientChangesRequest { client_id: client.clone(), field: "links".into(), ..Default::default() };
        let changes = desk.clients.list_client_changes(admin.request(request)).await.unwrap().into_inner().changes;
        let news: Vec<_> = changes.iter().map(|change| change.new_values.clone()).collect();
        let [first, both] = [vec![parent.clone()], vec![parent.clone(), partner.clone()]];
        assert_eq!(news, [vec![partner.clone()], both, first]);
        let actions = desk.world.audited(client.parse().unwrap()).await;
        assert_eq!(actions[1..], ["client.link", "client.link", "client.link", "client.unlink"]);
    }
}

#[tokio::test]
async fn who_sees_one_of_two_linked_clients_learns_nothing_of_the_other() {
    let desk = Desk::start().await;
    let [alpha, beta, gamma] = three(&desk).await;
    let parent = kind(&desk, "Головная компания").await.entry_id;
    let noted = ClientLink { note: "Тайна".into(), ..link(&alpha, &beta, &parent) };
    let made = create(&desk, &desk.admin, noted).await.unwrap();
    let operator = desk.world.operator("operator1").await.id;
    desk.world
        .sql(&format!("update crm.client set responsible_employee_id = '{operator}' where client_id = '{alpha}'"))
        .await;
    desk.world.restrict().await;
    let caller = Caller::operator(operator);
    let seen = listed(&desk, &caller, &alpha).await.unwrap().pop().unwrap();
    let told = (seen.other_client_id.as_str(), seen.other_name.as_str(), seen.note.as_str(), seen.can_open);
    assert_eq!(told, ("", "", "", false));
    assert_eq!(seen.kind_id, parent);
    assert_eq!(reason_of(&listed(&desk, &caller, &beta).await.unwrap_err()), Some(ErrorReason::ClientNotFound));
    let refused = create(&desk, &caller, link(&alpha, &gamma, &parent)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientNotFound));
    let request = DeleteClientLinkRequest { link_id: made.link_id.clone(), ..Default::default() };
    let refused = grpc(&desk).delete_client_link(caller.request(request.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let nobody = Caller::operator(desk.world.operator("operator2").await.id);
    let refused = grpc(&desk).delete_client_link(nobody.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientLinkNotFound));
}

#[tokio::test]
async fn a_merge_moves_links_drops_one_to_itself_and_an_undo_brings_it_back() {
    let desk = Desk::start().await;
    let [alpha, beta, gamma] = three(&desk).await;
    let parent = kind(&desk, "Головная компания").await.entry_id;
    for (one, other) in [(&alpha, &beta), (&alpha, &gamma), (&beta, &gamma), (&gamma, &beta)] {
        create(&desk, &desk.admin, link(one, other, &parent)).await.unwrap();
    }
    let all = "select string_agg(client_id::text || other_id, ',' order by link_id) from crm.client_link";
    let pairs = async || sqlx::query_scalar::<_, Option<String>>(all).fetch_one(&desk.world.db.pool).await.unwrap();
    let before = pairs().await;
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let merge = merged(&desk.world, id(&alpha), &[id(&beta)]).await;
    let names = async |client: &str| -> Vec<(String, bool)> {
        let links = listed(&desk, &desk.admin, client).await.unwrap();
        links.into_iter().map(|link| (link.other_name, link.reversed)).collect()
    };
    assert_eq!(names(&alpha).await, [("Гамма".to_owned(), false), ("Гамма".to_owned(), true)]);
    for counted in merge.counts.iter().filter(|count| count.kind == "link") {
        assert_eq!(counted.own + counted.moved, counted.total + counted.repeated, "{counted:?}");
    }
    merge::undo(&desk.world.db, &leading(&desk.world), merge.id).await.unwrap();
    assert_eq!(pairs().await, before);
}
