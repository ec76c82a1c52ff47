use std::collections::BTreeMap;

use contracts::{
    crm::{
        ListMergesRequest, MergeChoice, MergeClientsRequest, UndoMergeRequest,
        duplicate_service_server::DuplicateService as _,
    },
    errors::ErrorReason,
};
use futures::future::join;
use rpc::{Caller, metadata_of, reason_of};
use serde_json::Value;
use tonic::Code;
use uuid::Uuid;

use super::{administrator, grpc, leading, named, plain, put, with_phone};
use crate::{
    change::RequestHash,
    duplicates::{
        DuplicateError, Kind,
        invented::Luck,
        merge::{self, Merge, Wanted},
        rules::Facts,
    },
    tests::world::World,
};

pub fn wanted(original: Uuid, others: &[Uuid]) -> Wanted {
    Wanted {
        id: Uuid::now_v7(),
        request: RequestHash::of(format!("{original}{others:?}").as_bytes()),
        kind: Kind::Client,
        original,
        seen: None,
        others: others.to_vec(),
        choices: BTreeMap::new(),
    }
}

/// Merges; where they differ, somebody's value is chosen.
pub async fn merged(world: &World, original: Uuid, others: &[Uuid]) -> Merge {
    let (by, mut wanted) = (leading(world), wanted(original, others));
    match merge::merge(&world.db, &by, wanted.clone()).await {
        Err(DuplicateError::Conflict(fields)) => {
            let all = std::iter::once(wanted.original).chain(wanted.others.clone()).cycle();
            let chosen = all.skip(usize::from(original.as_bytes()[15]));
            wanted.choices = fields.into_iter().zip(chosen).collect();
            merge::merge(&world.db, &by, wanted).await.unwrap()
        }
        done => done.unwrap(),
    }
}

/// Everything that clients have, but for their revisions and when they were changed.
pub async fn everything(world: &World) -> BTreeMap<&'static str, Value> {
    let mut all = BTreeMap::new();
    for table in [
        "client",
        "contact_point_link",
        "address",
        "contact",
        "contract",
        "field_change",
        "custom_value",
        "photo",
        "name_sound",
        "not_duplicate",
        "key_event",
        "client_link",
    ] {
        let sql = format!(
            "select coalesce(jsonb_agg(row order by row::text), '[]') from (select to_jsonb(t) - array['revision', 'updated_at'] as row from crm.{table} t) rows"
        );
        let rows: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.db.pool).await.unwrap();
        all.insert(table, rows);
    }
    all
}

/// A client with things of all kinds, some the same as others have.
pub async fn furnish(world: &World, client: Uuid, luck: &mut Luck) {
    let some = |luck: &mut Luck| luck.below(3) > 0;
    let contact = Uuid::now_v7();
    world
        .sql(&format!(
            "insert into crm.contact (contact_id, client_id, name, search_name, request_sha256)
             values ('{contact}', '{client}', 'Анна', 'анна', '')"
        ))
        .await;
    for _ in 0..luck.below(4) {
        let phone = format!("7999000000{}", luck.below(6));
        let (owner, main) = (if some(luck) { "null".to_owned() } else { format!("'{contact}'") }, some(luck));
        world
            .sql(&format!(
                "insert into crm.address (client_id, contact_id, kind, normalized, value, is_main)
                 select '{client}', {owner}, 1, '{phone}', '+{phone}',
                        {main} and not exists (select from crm.address where client_id = '{client}' and is_main)
                 on conflict do nothing"
            ))
            .await;
    }
    for number in 0..luck.below(3) {
        world
            .sql(&format!(
                "insert into crm.contract (contract_id, client_id, currency, is_main, request_sha256)
                 values (gen_random_uuid(), '{client}', 'RUB', {}, '')",
                number == 0
            ))
            .await;
    }
    if some(luck) {
        let point = world.contact_point("Покупатель", &[]).await;
        world.sql(&format!("insert into crm.contact_point_link values ('{point}', '{client}')")).await;
        world
            .sql(&format!(
                "insert into crm.address (client_id, kind, normalized, value, contact_point_id)
                 values ('{client}', 3, 'telegram:buyer', 'buyer', '{point}')"
            ))
            .await;
    }
    if some(luck) {
        world
            .sql(&format!(
                "insert into crm.custom_value (object_id, field_id, text_value)
                 select '{client}', field_id, '{}' from crm.custom_field where type = 1;
                 insert into crm.photo values ('{client}', 'image/png', '\\x0{}')",
                if some(luck) { "ABC" } else { "DEF" },
                luck.below(2)
            ))
            .await;
    }
    world
        .sql(&format!(
            "insert into crm.field_change (client_id, contact_id, field, old_values, new_values)
             values ('{client}', '{contact}', 'surname', '{{}}', '{{a}}'), ('{client}', null, 'name', '{{}}', '{{b}}');
             update crm.client set tag_ids = array[gen_random_uuid(), '00000000-0000-0000-0000-00000000000{}'::uuid],
                    unsubscribed = {} where client_id = '{client}'",
            luck.below(3),
            some(luck)
        ))
        .await;
}

pub async fn custom_fields(world: &World) {
    world
        .sql(
            "insert into crm.custom_field (field_id, object, name, search_name, type, request_sha256)
              values (gen_random_uuid(), 1, 'Код', 'код', 1, '');
             insert into crm.custom_field (field_id, object, name, search_name, type, reference, request_sha256)
              values (gen_random_uuid(), 1, 'Партнёр', 'партнер', 6, 3, '')",
        )
        .await;
}

/// Says that two clients are partners; nobody is their own.
pub async fn tie(world: &World, one: Uuid, other: Uuid) {
    world
        .sql(&format!(
            "insert into crm.directory_entry (entry_id, kind, name, search_name, request_sha256)
             values ('00000000-0000-0000-0000-00000000000f', 15, 'Компаньон', 'компаньон', '') on conflict do nothing;
             insert into crm.client_link (link_id, kind_id, client_id, other_id, request_sha256)
             select gen_random_uuid(), '00000000-0000-0000-0000-00000000000f', '{one}', '{other}', ''
             where '{one}' <> '{other}' on conflict do nothing"
        ))
        .await;
}

/// Says in the reference field of a client and of its contacts who their partner is.
pub async fn name_another(world: &World, client: Uuid, partner: Uuid) {
    world
        .sql(&format!(
            "insert into crm.custom_value (object_id, field_id, id_value)
             select owner, field_id, '{partner}' from crm.custom_field cross join (
                 select '{client}'::uuid as owner
                 union select contact_id from crm.contact where client_id = '{client}') o
             where reference = 3"
        ))
        .await;
}

// acceptance: DD-7
#[tokio::test]
async fn merging_and_taking_it_back_leaves_everything_as_it_was() {
    let world = World::start().await;
    custom_fields(&world).await;
    for seed in 0..12 {
        let mut luck = Luck(seed);
        let clients: Vec<Facts> = (0..5).map(|number| named(&format!("Клиент {seed} {number}"))).collect();
        put(&world, &clients).await;
        let ids: Vec<Uuid> = clients.iter().map(|client| client.id).collect();
        for id in &ids {
            furnish(&world, *id, &mut luck).await;
            name_another(&world, *id, ids[luck.below(5)]).await;
            tie(&world, *id, ids[luck.below(5)]).await;
        }
        let before = everything(&world).await;
        // Three become one, then that one goes into the fourth, or the fourth into it.
        let first = merged(&world, ids[0], &ids[1..3]).await;
        let between = everything(&world).await;
        let (original, other) = if luck.below(2) == 0 { (ids[3], ids[0]) } else { (ids[0], ids[3]) };
        let second = merged(&world, original, &[other]).await;
        assert!(
            matches!(merge::undo(&world.db, &leading(&world), first.id).await, Err(DuplicateError::Merged(_))),
            "the later one first"
        );
        for _ in 0..2 {
            merge::undo(&world.db, &leading(&world), second.id).await.unwrap();
        }
        assert_eq!(everything(&world).await, between, "seed {seed}, the second");
        merge::undo(&world.db, &leading(&world), first.id).await.unwrap();
        assert_eq!(everything(&world).await, before, "seed {seed}, the first");
    }
}

// acceptance: DD-5, DD-6
#[tokio::test]
async fn a_merge_gives_everything_to_the_original_and_counts_it() {
    let world = World::start().await;
    custom_fields(&world).await;
    let clients = [with_phone("Ромашка", "79990000001"), with_phone("Romashka", "79990000001"), named("Ромашка ООО")];
    put(&world, &clients).await;
    let ids = clients.map(|client| client.id);
    let (mut luck, mut points) = (Luck(3), Vec::new());
    for id in ids {
        furnish(&world, id, &mut luck).await;
        let point = world.contact_point("Покупатель", &[]).await;
        world.sql(&format!("insert into crm.contact_point_link values ('{point}', '{id}')")).await;
        points.push(point);
    }
    let count = async |table: &str, owner: &str| {
        let ids = ids.map(|id| format!("'{id}'")).join(",");
        world.count(&format!("select count(*) from crm.{table} where {owner} in ({ids})")).await.unsigned_abs()
    };
    let before = (count("contact", "client_id").await, count("contract", "client_id").await);
    let merge = merged(&world, ids[0], &ids[1..]).await;
    for counted in &merge.counts {
        assert_eq!(counted.own + counted.moved, counted.total + counted.repeated, "{counted:?}");
    }
    let total = |kind: &str| merge.counts.iter().find(|count| count.kind == kind).unwrap().total;
    assert_eq!((total("contact"), total("contract")), before);
    assert!(merge.counts.iter().any(|count| count.kind == "address" && count.repeated > 0));
    for owner in &ids[1..] {
        for table in ["contact_point_link", "address", "contact", "contract", "name_sound"] {
            let only = if table == "name_sound" { "and owner_id <> client_id" } else { "" };
            let sql = format!("select count(*) from crm.{table} where client_id = '{owner}' {only}");
            assert_eq!(world.count(&sql).await, 0, "{table}");
        }
    }
    // Dialogs follow by themselves: whose a contact point is, is read from here.
    for point in points {
        let sql = format!(
            "select count(*) from crm_read.contact_point_client where contact_point_id = '{point}' and client_id = '{}'",
            ids[0]
        );
        assert_eq!(world.count(&sql).await, 1);
    }
    let sql = format!("select count(*) from crm.client where merged_into = '{}'", ids[0]);
    assert_eq!(world.count(&sql).await, 2);
    let unsubscribed = format!("select count(*) from crm.client where client_id = '{}' and unsubscribed", ids[0]);
    assert_eq!(world.count(&unsubscribed).await, 1, "who left mailings stays out of them");
    assert_eq!(world.audited(ids[0]).await, ["client.merge"]);
    assert_eq!(world.audited(ids[1]).await, ["client.merge"]);
}

// acceptance: DD-9
#[tokio::test]
async fn the_same_request_merges_once_and_overlapping_ones_conflict() {
    let world = World::start().await;
    let clients = [named("А"), named("Б"), named("В")];
    put(&world, &clients).await;
    let [a, b, c] = clients.map(|client| client.id);
    let by = leading(&world);
    let once = wanted(a, &[b]);
    let (one, other) =
        join(merge::merge(&world.db, &by, once.clone()), merge::merge(&world.db, &by, once.clone())).await;
    assert_eq!(one.unwrap().id, other.unwrap().id);
    assert_eq!(world.count("select count(*) from crm.merge").await, 1);
    assert_eq!(world.audited(a).await, ["client.merge"]);
    let reused = Wanted { request: RequestHash::of(b"another"), ..once.clone() };
    assert!(merge::merge(&world.db, &by, reused).await.is_err());
    merge::undo(&world.db, &by, once.id).await.unwrap();

    let (one, other) =
        join(merge::merge(&world.db, &by, wanted(a, &[b])), merge::merge(&world.db, &by, wanted(c, &[b]))).await;
    let refused = [&one, &other].into_iter().filter(|answer| matches!(answer, Err(DuplicateError::Merged(_)))).count();
    assert_eq!(refused, 1, "{one:?} {other:?}");
}

#[tokio::test]
async fn what_differs_is_asked_and_what_was_changed_since_stays() {
    let world = World::start().await;
    let clients = [named("Ромашка"), named("Romashka")];
    put(&world, &clients).await;
    let [a, b] = clients.map(|client| client.id);
    world.sql(&format!("update crm.client set comment = 'Утром' where client_id = '{a}'")).await;
    world.sql(&format!("update crm.client set comment = 'Вечером', inn = '7707083893' where client_id = '{b}'")).await;
    let (grpc, caller) = (grpc(&world), administrator(&world));
    let mut request = MergeClientsRequest {
        request_id: Uuid::now_v7().to_string(),
        client_id: a.to_string(),
        other_client_ids: vec![b.to_string()],
        ..Default::default()
    };
    let refused = grpc.merge_clients(caller.request(request.clone())).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::MergeConflict));
    assert_eq!(metadata_of(&refused)["fields"], "comment");
    request.choices = vec![MergeChoice { field: "comment".into(), client_id: b.to_string(), ..Default::default() }];
    let stale = MergeClientsRequest { etag: rpc::etag(7), ..request.clone() };
    assert_eq!(grpc.merge_clients(caller.request(stale)).await.unwrap_err().code(), Code::Aborted);
    let merge = grpc.merge_clients(caller.request(request)).await.unwrap().into_inner().merge.unwrap();
    let now = format!(
        "select count(*) from crm.client where client_id = '{a}' and name = 'Ромашка' and comment = 'Вечером' and inn = '7707083893'"
    );
    assert_eq!(world.count(&now).await, 1);

    world.sql(&format!("update crm.client set comment = 'Никогда' where client_id = '{a}'")).await;
    let request = UndoMergeRequest { merge_id: merge.merge_id.clone() };
    let undone = grpc.undo_merge(caller.request(request)).await.unwrap().into_inner().merge.unwrap();
    assert!(undone.undone_at.is_some());
    let now = format!("select count(*) from crm.client where client_id = '{a}' and comment = 'Никогда' and inn = ''");
    assert_eq!(world.count(&now).await, 1);
    let listed = grpc.list_merges(caller.request(ListMergesRequest { client_id: b.to_string(), ..Default::default() }));
    let listed = listed.await.unwrap().into_inner().merges;
    assert_eq!(listed.iter().map(|merge| merge.merge_id.as_str()).collect::<Vec<_>>(), [merge.merge_id.as_str()]);
}

#[tokio::test]
async fn what_is_given_to_a_merged_client_lands_on_the_original() {
    let world = World::start().await;
    let clients = [named("А"), named("Б")];
    put(&world, &clients).await;
    let [a, b] = clients.map(|client| client.id);
    let (mut merge, db) = (wanted(a, &[b]), &world.db);
    for late in [false, true] {
        merge.id = Uuid::now_v7();
        let point = world.contact_point("Покупатель", &[]).await;
        let link = format!("insert into crm.contact_point_link values ('{point}', '{b}')");
        let by = leading(&world);
        let done = if late {
            let done = merge::merge(db, &by, merge.clone()).await.unwrap();
            world.sql(&link).await;
            done
        } else {
            // Both at once: whichever comes first, the contact point is the original's.
            join(merge::merge(db, &by, merge.clone()), world.sql(&link)).await.0.unwrap()
        };
        let owner = format!(
            "select count(*) from crm.contact_point_link where contact_point_id = '{point}' and client_id = '{a}'"
        );
        assert_eq!(world.count(&owner).await, 1);
        merge::undo(db, &by, done.id).await.unwrap();
    }
}

#[tokio::test]
async fn a_merge_is_taken_back_for_thirty_days() {
    let world = World::start().await;
    let clients = [named("А"), named("Б")];
    put(&world, &clients).await;
    let merge = merged(&world, clients[0].id, &[clients[1].id]).await;
    world.sql("update crm.merge set merged_at = now() - interval '30 days 1 minute'").await;
    let late = merge::undo(&world.db, &leading(&world), merge.id).await;
    assert!(matches!(late, Err(DuplicateError::TooOld)));
    world.sql("update crm.merge set merged_at = now() - interval '29 days'").await;
    merge::forget_journals(&world.db.pool).await.unwrap();
    merge::undo(&world.db, &leading(&world), merge.id).await.unwrap();
}

#[tokio::test]
async fn who_does_not_lead_merges_what_is_their_own_or_nobodys() {
    let world = World::start().await;
    let clients = [named("А"), named("Б"), named("В")];
    put(&world, &clients).await;
    let [a, b, c] = clients.map(|client| client.id);
    let (one, other) = (world.operator("operator1").await, world.operator("operator2").await);
    let own = |client: Uuid, who: model::EmployeeId| {
        format!("update crm.client set responsible_employee_id = '{who}' where client_id = '{client}'")
    };
    world.sql(&own(a, one.id)).await;
    world.sql(&own(c, other.id)).await;
    let foreign = merge::merge(&world.db, &plain(one.id), wanted(a, &[c])).await;
    assert!(matches!(foreign, Err(DuplicateError::Permission)));
    let done = merge::merge(&world.db, &plain(one.id), wanted(a, &[b])).await.unwrap();
    assert!(matches!(merge::undo(&world.db, &plain(other.id), done.id).await, Err(DuplicateError::Permission)));
    assert_eq!(merge::list(&world.db, &plain(other.id), Kind::Client, None, None, 10).await.unwrap().len(), 1);

    world.sql("update crm.client_settings set restricted = true").await;
    assert!(merge::list(&world.db, &plain(other.id), Kind::Client, None, None, 10).await.unwrap().is_empty());
    assert!(matches!(merge::undo(&world.db, &plain(other.id), done.id).await, Err(DuplicateError::MergeNotFound(_))));
    let unseen = merge::merge(&world.db, &plain(one.id), wanted(a, &[c])).await;
    assert!(matches!(unseen, Err(DuplicateError::ClientNotFound(_))));
    merge::undo(&world.db, &plain(one.id), done.id).await.unwrap();

    let key = Caller { scopes: vec!["crm.read".into()], ..administrator(&world) };
    let request = MergeClientsRequest { request_id: Uuid::now_v7().to_string(), ..Default::default() };
    assert_eq!(grpc(&world).merge_clients(key.request(request)).await.unwrap_err().code(), Code::PermissionDenied);
}
