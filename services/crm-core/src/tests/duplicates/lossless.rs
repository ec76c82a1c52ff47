//! Nothing is lost by a merge unasked, and what was changed since stays where it was changed.

use contracts::{
    crm::{MergeChoice, MergeClientsRequest, duplicate_service_server::DuplicateService as _},
    errors::ErrorReason,
};
use rpc::{metadata_of, reason_of};
use serde_json::Value;
use tonic::Code;
use uuid::Uuid;

use super::{
    administrator, grpc, leading,
    merge::{custom_fields, everything, furnish, merged, name_another},
    named, put,
};
use crate::{
    duplicates::{invented::Luck, merge},
    tests::world::World,
};

async fn two(world: &World) -> [Uuid; 2] {
    let clients = [named("Ромашка"), named("Romashka")];
    put(world, &clients).await;
    clients.map(|client| client.id)
}

async fn undo(world: &World, id: Uuid) {
    merge::undo(&world.db, &leading(world), id).await.unwrap();
}

/// Says the value of the text field.
async fn say(world: &World, client: Uuid, text: &str) {
    world
        .sql(&format!(
            "insert into crm.custom_value (object_id, field_id, text_value)
             select '{client}', field_id, '{text}' from crm.custom_field where type = 1
             on conflict (object_id, field_id) do update set text_value = excluded.text_value"
        ))
        .await;
}

async fn said(world: &World, client: Uuid) -> Option<String> {
    let sql = "select text_value from crm.custom_value where object_id = $1 and text_value is not null";
    sqlx::query_scalar(sql).bind(client).fetch_optional(&world.db.pool).await.unwrap()
}

async fn photo(world: &World, client: Uuid, byte: u8) {
    world
        .sql(&format!(
            "insert into crm.photo values ('{client}', 'image/png', '\\x{byte:02x}')
             on conflict (object_id) do update set bytes = excluded.bytes"
        ))
        .await;
}

fn request(original: Uuid, other: Uuid) -> MergeClientsRequest {
    MergeClientsRequest {
        request_id: Uuid::now_v7().to_string(),
        client_id: original.to_string(),
        other_client_ids: vec![other.to_string()],
        ..Default::default()
    }
}

// acceptance: DD-5
#[tokio::test]
async fn custom_values_and_photos_that_differ_are_asked_and_lists_united() {
    let world = World::start().await;
    custom_fields(&world).await;
    let [a, b] = two(&world).await;
    for (client, text, byte) in [(a, "ABC", 1), (b, "DEF", 2)] {
        say(&world, client, text).await;
        photo(&world, client, byte).await;
        world
            .sql(&format!(
                "update crm.client set extras = '[{{\"name\": \"{text}\", \"value\": \"\"}}]' where client_id = '{client}'"
            ))
            .await;
    }
    let before = everything(&world).await;
    let (grpc, caller) = (grpc(&world), administrator(&world));
    let refused = grpc.merge_clients(caller.request(request(a, b))).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::MergeConflict));
    let field: Uuid = sqlx::query_scalar("select field_id from crm.custom_field where type = 1")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    let custom = format!("custom_values:{field}");
    assert_eq!(metadata_of(&refused)["fields"], format!("{custom},photo"));
    assert_eq!(everything(&world).await, before);

    let choice = |field: &str, client: Uuid| MergeChoice {
        field: field.to_owned(),
        client_id: client.to_string(),
        ..Default::default()
    };
    let unknown = MergeClientsRequest { choices: vec![choice("custom_values:code", b)], ..request(a, b) };
    assert_eq!(grpc.merge_clients(caller.request(unknown)).await.unwrap_err().code(), Code::InvalidArgument);
    let chosen = MergeClientsRequest { choices: vec![choice(&custom, b), choice("photo", a)], ..request(a, b) };
    let merge = grpc.merge_clients(caller.request(chosen)).await.unwrap().into_inner().merge.unwrap();
    assert_eq!(said(&world, a).await.as_deref(), Some("DEF"));
    let own = format!("select count(*) from crm.photo where object_id = '{a}' and bytes = '\\x01'");
    assert_eq!(world.count(&own).await, 1);
    let both = format!("select count(*) from crm.client where client_id = '{a}' and jsonb_array_length(extras) = 2");
    assert_eq!(world.count(&both).await, 1);
    undo(&world, merge.merge_id.parse().unwrap()).await;
    assert_eq!(everything(&world).await, before);
}

fn of(rows: &Value, client: Uuid, its: bool) -> Vec<Value> {
    let owner = client.to_string();
    rows.as_array().unwrap().iter().filter(|row| (row["object_id"] == owner.as_str()) == its).cloned().collect()
}

// acceptance: DD-7
#[tokio::test]
async fn what_was_changed_between_a_merge_and_its_undo_stays_and_the_others_get_theirs() {
    let world = World::start().await;
    custom_fields(&world).await;
    for seed in 0..12 {
        let mut luck = Luck(seed);
        let clients = [named("А"), named("Б"), named("В")];
        put(&world, &clients).await;
        let ids = clients.map(|client| client.id);
        for id in ids {
            furnish(&world, id, &mut luck).await;
        }
        let before = everything(&world).await;
        let merge = merged(&world, ids[0], &ids[1..]).await;
        if luck.below(2) == 0 {
            say(&world, ids[0], "changed").await;
            photo(&world, ids[0], 9).await;
        } else {
            world.sql(&format!("delete from crm.custom_value where object_id = '{}'", ids[0])).await;
            photo(&world, ids[0], 9).await;
        }
        let changed = everything(&world).await;
        let emptied = of(&changed["custom_value"], ids[0], true).is_empty();
        undo(&world, merge.id).await;
        let after = everything(&world).await;
        for (table, rows) in &before {
            if !["custom_value", "photo"].contains(table) {
                assert_eq!(&after[table], rows, "seed {seed}, {table}");
                continue;
            }
            assert_eq!(of(&after[table], ids[0], false), of(rows, ids[0], false), "seed {seed}, {table}");
            // Where nobody's value was chosen there was nothing to take away, and the undo brings back what was.
            if *table == "photo" || !emptied {
                let stays = of(&changed[table], ids[0], true);
                assert_eq!(of(&after[table], ids[0], true), stays, "seed {seed}, {table}");
            }
        }
    }
}

#[tokio::test]
async fn a_value_taken_away_since_does_not_come_back() {
    let world = World::start().await;
    custom_fields(&world).await;
    let [a, b] = two(&world).await;
    say(&world, a, "ABC").await;
    say(&world, b, "DEF").await;
    let field: Uuid = sqlx::query_scalar("select field_id from crm.custom_field where type = 1")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    let mut wanted = super::merge::wanted(a, &[b]);
    wanted.choices = [(format!("custom_values:{field}"), b)].into();
    let merge = merge::merge(&world.db, &leading(&world), wanted).await.unwrap();
    world.sql(&format!("delete from crm.custom_value where object_id = '{a}'")).await;
    undo(&world, merge.id).await;
    assert_eq!((said(&world, a).await, said(&world, b).await.as_deref()), (None, Some("DEF")));
}

#[tokio::test]
async fn an_undo_skips_what_the_other_has_again() {
    let world = World::start().await;
    custom_fields(&world).await;
    let [a, b] = two(&world).await;
    say(&world, b, "DEF").await;
    photo(&world, b, 2).await;
    let merge = merged(&world, a, &[b]).await;
    say(&world, b, "again").await;
    photo(&world, b, 3).await;
    undo(&world, merge.id).await;
    assert_eq!(said(&world, b).await.as_deref(), Some("again"));
    let again = format!("select count(*) from crm.photo where object_id = '{b}' and bytes = '\\x03'");
    assert_eq!(world.count(&again).await, 1);
}

#[tokio::test]
async fn after_an_undo_nobody_names_contacts_that_are_not_theirs() {
    let world = World::start().await;
    let [a, b] = two(&world).await;
    furnish(&world, b, &mut Luck(1)).await;
    let merge = merged(&world, a, &[b]).await;
    let contact: Uuid =
        sqlx::query_scalar("select contact_id from crm.contact").fetch_one(&world.db.pool).await.unwrap();
    let industry = Uuid::now_v7();
    world
        .sql(&format!(
            "update crm.client set main_contact_id = '{contact}', more_industries = jsonb_build_array(
                 jsonb_build_object('industry_id', '{industry}', 'contact_id', '{contact}')) where client_id = '{a}'"
        ))
        .await;
    undo(&world, merge.id).await;
    let cleared = format!(
        "select count(*) from crm.client where client_id = '{a}' and main_contact_id is null and more_industries =
             jsonb_build_array(jsonb_build_object('industry_id', '{industry}', 'contact_id', null))"
    );
    assert_eq!(world.count(&cleared).await, 1);
}

// acceptance: DD-6
#[tokio::test]
async fn cards_that_name_a_merged_client_name_the_original() {
    let world = World::start().await;
    custom_fields(&world).await;
    let [a, b] = two(&world).await;
    let third = named("Третий");
    put(&world, std::slice::from_ref(&third)).await;
    name_another(&world, third.id, b).await;
    let names = async |client: Uuid| {
        let sql =
            format!("select count(*) from crm.custom_value where object_id = '{}' and id_value = '{client}'", third.id);
        world.count(&sql).await
    };
    let merge = merged(&world, a, &[b]).await;
    assert_eq!((names(a).await, names(b).await), (1, 0));
    let count = merge.counts.iter().find(|count| count.kind == "named_by").unwrap();
    assert_eq!((count.own, count.moved, count.total), (0, 1, 1));
    undo(&world, merge.id).await;
    assert_eq!((names(a).await, names(b).await), (0, 1));
}

#[tokio::test]
async fn nothing_is_merged_into_an_archived_client() {
    let world = World::start().await;
    let [a, b] = two(&world).await;
    world.sql(&format!("update crm.client set archived_at = now() where client_id = '{a}'")).await;
    let (grpc, caller) = (grpc(&world), administrator(&world));
    let refused = grpc.merge_clients(caller.request(request(a, b))).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, Some(ErrorReason::ClientArchived)));
    // An archived one may go into another.
    grpc.merge_clients(caller.request(request(b, a))).await.unwrap();
}

#[tokio::test]
async fn a_merge_and_its_undo_are_in_the_history_of_the_original() {
    let world = World::start().await;
    custom_fields(&world).await;
    world.sql("update crm.custom_field set versioned = true").await;
    let [a, b] = two(&world).await;
    say(&world, b, "DEF").await;
    world.sql(&format!("update crm.client set inn = '7707083893' where client_id = '{b}'")).await;
    world.sql("update crm.client set updated_at = now() - interval '1 day'").await;
    let history = async || -> Vec<(String, Vec<String>, Vec<String>)> {
        let sql = "select field, old_values, new_values from crm.field_change where client_id = $1 order by change_id";
        sqlx::query_as(sql).bind(a).fetch_all(&world.db.pool).await.unwrap()
    };
    let merge = merged(&world, a, &[b]).await;
    let change = |field: &str, old: &[&str], new: &[&str]| {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        (field.to_owned(), list(old), list(new))
    };
    let filled = [change("inn", &[], &["7707083893"]), change("custom_values", &[], &["DEF"])];
    assert_eq!(history().await, filled);
    let fresh = "select count(*) from crm.client where updated_at > now() - interval '1 hour'";
    assert_eq!(world.count(fresh).await, 2);
    world.sql("update crm.client set updated_at = now() - interval '1 day'").await;
    undo(&world, merge.id).await;
    let back = [change("inn", &["7707083893"], &[]), change("custom_values", &["DEF"], &[])];
    assert_eq!(history().await, [filled, back].concat());
    assert_eq!(world.count(fresh).await, 2);
}
