//! Doubles of contacts, by the same means as those of clients.

mod find;
mod merge;

use uuid::Uuid;

use crate::{
    duplicates::{
        DuplicateError, Kind,
        invented::Luck,
        merge::{self as merges, Merge, Wanted},
    },
    tests::{duplicates::leading, world::World},
};

/// Stores a contact of a client, as it would stand there after its card was written.
pub async fn contact(world: &World, client: Uuid, surname: &str, given: &str) -> Uuid {
    let (id, name) = (Uuid::now_v7(), format!("{surname} {given}").trim().to_owned());
    let searched = crate::text::search_form(&name);
    world
        .sql(&format!(
            "insert into crm.contact (contact_id, client_id, surname, given_name, name, search_name, request_sha256)
             values ('{id}', '{client}', '{surname}', '{given}', '{name}', '{searched}', '')"
        ))
        .await;
    id
}

pub async fn person(world: &World, client: &str) -> String {
    contact(world, client.parse().unwrap(), "Орлова", "Анна").await.to_string()
}

pub async fn phone(world: &World, contact: Uuid, digits: &str, main: bool) {
    world
        .sql(&format!(
            "insert into crm.address (client_id, contact_id, kind, normalized, value, is_main)
             select client_id, contact_id, 1, '{digits}', '+{digits}', {main} from crm.contact where contact_id = '{contact}'
             on conflict do nothing"
        ))
        .await;
}

/// A dialog of the client's with somebody who has this phone.
pub async fn dialog(world: &World, client: Uuid, digits: &str) -> Uuid {
    let point = world.contact_point("Покупатель", &[]).await;
    world
        .sql(&format!(
            "insert into crm.contact_point_link values ('{point}', '{client}');
             insert into crm.address (client_id, kind, normalized, value, contact_point_id)
             values ('{client}', 1, '{digits}', '+{digits}', '{point}')"
        ))
        .await;
    point.0
}

pub fn wanted(original: Uuid, others: &[Uuid]) -> Wanted {
    Wanted { kind: Kind::Contact, ..super::merge::wanted(original, others) }
}

/// Merges; where they differ, somebody's value is chosen.
pub async fn merged(world: &World, original: Uuid, others: &[Uuid]) -> Merge {
    let (by, mut wanted) = (leading(world), wanted(original, others));
    match merges::merge(&world.db, &by, wanted.clone()).await {
        Err(DuplicateError::Conflict(fields)) => {
            let all = std::iter::once(original).chain(others.iter().copied()).cycle();
            wanted.choices = fields.into_iter().zip(all.skip(usize::from(original.as_bytes()[15]))).collect();
            merges::merge(&world.db, &by, wanted).await.unwrap()
        }
        done => done.unwrap(),
    }
}

pub async fn custom_field(world: &World) {
    world
        .sql(
            "insert into crm.custom_field (field_id, object, name, search_name, type, request_sha256)
             values (gen_random_uuid(), 2, 'Код', 'код', 1, '')",
        )
        .await;
}

/// A contact with things of all kinds, some the same as others have.
pub async fn furnish(world: &World, contact: Uuid, luck: &mut Luck) {
    let some = |luck: &mut Luck| luck.below(3) > 0;
    for number in 0..luck.below(4) {
        phone(world, contact, &format!("7999000000{}", luck.below(6)), number == 0).await;
    }
    for place in 0..luck.below(3) {
        let day = 1 + luck.below(3);
        world
            .sql(&format!(
                "insert into crm.key_event (contact_id, place, on_date, comment)
                 values ('{contact}', {}, '2026-01-0{day}', 'Встреча')",
                place + 1
            ))
            .await;
    }
    if some(luck) {
        world
            .sql(&format!(
                "insert into crm.custom_value (object_id, field_id, text_value)
                 select '{contact}', field_id, '{}' from crm.custom_field where type = 1",
                if some(luck) { "ABC" } else { "DEF" }
            ))
            .await;
    }
    if some(luck) {
        world
            .sql(&format!(
                "update crm.client c set main_contact_id = '{contact}', more_industries = c.more_industries ||
                     jsonb_build_array(jsonb_build_object('industry_id', gen_random_uuid(), 'contact_id', '{contact}'))
                 from crm.contact k where k.contact_id = '{contact}' and c.client_id = k.client_id"
            ))
            .await;
    }
    world
        .sql(&format!(
            "update crm.contact set influences = array[{}::smallint], comment = '{}', unsubscribed = {}
             where contact_id = '{contact}'",
            1 + luck.below(3),
            if some(luck) { "Звонить утром" } else { "" },
            some(luck)
        ))
        .await;
}
