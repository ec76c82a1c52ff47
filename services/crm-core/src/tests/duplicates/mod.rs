//! Doubles of clients against a real PostgreSQL.

mod check;
pub mod contacts;
mod find;
mod known;
mod known_contacts;
mod lossless;
pub mod merge;
pub mod rights;
pub mod search;

use model::{ClientId, EmployeeId};
use rpc::Caller;
use uuid::Uuid;

use super::world::World;
use crate::{
    change::Actor,
    duplicates::{By, DuplicateGrpc, rules::Facts},
};

pub fn grpc(world: &World) -> DuplicateGrpc {
    DuplicateGrpc { db: world.db.clone() }
}

pub fn administrator(world: &World) -> Caller {
    Caller::administrator(world.admin.employee().unwrap())
}

pub fn leading(world: &World) -> By {
    By { actor: world.admin, leads: true }
}

pub fn plain(employee: EmployeeId) -> By {
    By { actor: Actor::Employee { id: employee, administrator: false }, leads: false }
}

pub fn named(name: &str) -> Facts {
    Facts { id: ClientId::new().0, names: vec![name.to_owned()], ..Facts::default() }
}

pub fn with_phone(name: &str, phone: &str) -> Facts {
    Facts { phones: vec![phone.to_owned()], ..named(name) }
}

/// Stores clients as they would stand there after their cards were written.
pub async fn put(world: &World, clients: &[Facts]) {
    let text = |read: fn(&Facts) -> String| clients.iter().map(read).collect::<Vec<_>>();
    let ids: Vec<Uuid> = clients.iter().map(|client| client.id).collect();
    let kinds: Vec<i16> = clients.iter().map(|client| if client.company { 2 } else { 1 }).collect();
    let names = text(|client| client.names[0].clone());
    let searched: Vec<String> = names.iter().map(|name| crate::text::search_form(name)).collect();
    let birthdays: Vec<_> = clients.iter().map(|client| client.birthday).collect();
    sqlx::query(
        "insert into crm.client (client_id, name, search_name, kind, inn, kpp, birthday, request_sha256)
         select id, name, searched, kind, inn, kpp, birthday, '' from unnest($1::uuid[], $2::text[], $3::text[],
             $4::smallint[], $5::text[], $6::text[], $7::date[]) c(id, name, searched, kind, inn, kpp, birthday)",
    )
    .bind(&ids)
    .bind(&names)
    .bind(&searched)
    .bind(&kinds)
    .bind(text(|client| client.inn.clone()))
    .bind(text(|client| client.kpp.clone()))
    .bind(&birthdays)
    .execute(&world.db.pool)
    .await
    .unwrap();
    let (mut owners, mut kinds, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for client in clients {
        for (kind, of) in [(1_i16, &client.phones), (2, &client.emails), (3, &client.identities)] {
            for value in of {
                owners.push(client.id);
                kinds.push(kind);
                values.push(value.clone());
            }
        }
    }
    sqlx::query(
        "insert into crm.address (client_id, kind, normalized, value)
         select owner, kind, value, value from unnest($1::uuid[], $2::smallint[], $3::text[]) a(owner, kind, value)",
    )
    .bind(&owners)
    .bind(&kinds)
    .bind(&values)
    .execute(&world.db.pool)
    .await
    .unwrap();
}
