//! The search for clients: slips, Latin spellings, cases of names, contacts, numbers in any notation.

use contracts::crm::{FindClientsRequest, client_service_server::ClientService as _};
use uuid::Uuid;

use super::{administrator, named, put, with_phone};
use crate::{
    clients::ClientGrpc,
    duplicates::{
        invented::{Luck, client, latin, slip},
        rules::Facts,
    },
    tests::world::World,
};

async fn first_three(world: &World, query: &str) -> Vec<String> {
    let grpc = ClientGrpc { db: world.db.clone() };
    let request = FindClientsRequest { query: query.to_owned(), page_size: 3, ..Default::default() };
    let found = grpc.find_clients(administrator(world).request(request)).await.unwrap().into_inner().clients;
    found.into_iter().map(|client| client.client_id).collect()
}

/// "Кому?", as one asks for a person.
fn to_whom(name: &str) -> String {
    let dative = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        match letters.last() {
            Some('й' | 'ь') => drop(letters.splice(letters.len() - 1.., ['ю'])),
            Some('а' | 'я') => drop(letters.splice(letters.len() - 1.., ['е'])),
            _ => letters.push('у'),
        }
        letters.into_iter().collect::<String>()
    };
    name.split(' ').map(dative).collect::<Vec<_>>().join(" ")
}

/// Without form and quotes, as people type it.
fn core(name: &str) -> String {
    let bare = name.replace(['«', '»'], "");
    bare.split(' ').filter(|word| !["ООО", "АО", "ПАО", "ЗАО"].contains(word)).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn of_sixty_queries_with_slips_latin_letters_and_cases_nearly_all_find_whom_they_mean() {
    let world = World::start().await;
    let mut luck = Luck(60);
    let many = std::env::var("OKNO_TEST_CLIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let clients: Vec<Facts> = (0..many).map(|number| client(number, &mut luck)).collect();
    for part in clients.chunks(5_000) {
        put(&world, part).await;
    }
    world.sql("analyze").await;
    let mut missed = Vec::new();
    for number in 0..60 {
        let wanted = &clients[number * (many / 60)];
        let name = core(&wanted.names[0]);
        let query = match number % 4 {
            0 => slip(&name, &mut luck),
            1 => latin(&name),
            2 if !wanted.company => to_whom(&name),
            2 => name.split(' ').rev().map(|word| format!("{word}у")).collect::<Vec<_>>().join(" "),
            _ => latin(&slip(&name, &mut luck)),
        };
        let found = first_three(&world, &query).await;
        if !found.contains(&wanted.id.to_string()) {
            missed.push((query, name));
        }
    }
    assert!(missed.len() <= 3, "of 60 queries {} missed: {missed:?}", missed.len());
}

#[tokio::test]
async fn a_client_is_found_by_contacts_inn_and_any_notation_and_no_longer_once_merged() {
    let world = World::start().await;
    let firm =
        Facts { inn: "7707083893".into(), company: true, ..with_phone("ООО «Вектор»", "79990000001") };
    let other = named("Щукина Юлия");
    put(&world, &[firm.clone(), other.clone(), named("Совсем другая")]).await;
    let contact = Uuid::now_v7();
    world
        .sql(&format!(
            "insert into crm.contact (contact_id, client_id, name, search_name, request_sha256)
             values ('{contact}', '{}', 'Жданов Пётр', 'жданов петр', '')",
            firm.id
        ))
        .await;
    for query in ["Жданову Петру", "zhdanov", "Ждонов Петр", "8(999)000-00-01", "vector", "вектором"]
    {
        assert_eq!(first_three(&world, query).await, [firm.id.to_string()], "{query}");
    }
    for query in ["Yulia Schukina", "Щукиной Юлии", "Щюкина", "julia shchukina"] {
        assert_eq!(first_three(&world, query).await, [other.id.to_string()], "{query}");
    }
    world.sql(&format!("update crm.client set merged_into = '{}' where client_id = '{}'", firm.id, other.id)).await;
    assert!(first_three(&world, "Щукина").await.is_empty());
}
